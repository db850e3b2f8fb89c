#include "analysis/bench/known_inputs.h"

namespace assay::analysis::bench {

std::vector<Input> known_inputs(const CodeTask& task, const std::vector<const Judgement*>& judgements) {
  std::vector<Input> inputs;
  for (const auto* tests : {&task.visible, &task.hidden})
    for (const TestCase& test : *tests) inputs.push_back(arguments_of(test));
  for (const Judgement* judgement : judgements)
    for (const Finding* finding : {&judgement->safety, &judgement->meaning})
      if (!finding->arguments.empty()) inputs.push_back(finding->arguments);
  return inputs;
}

std::size_t cells_in(const Input& input) {
  std::size_t cells = 0;
  for (const program::Argument& argument : input) cells += argument.cells.size();
  return cells;
}

}  // namespace assay::analysis::bench
