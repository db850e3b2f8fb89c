#include "analysis/code_tasks/organism.h"

#include "analysis/code_tasks/code_training.h"

namespace assay::analysis::code_tasks {
namespace {

/// How many of the drafts' bodies the network writes.
Result<int> count_right(circuits::Network& network, const CodeExamples& examples, const std::vector<Draft>& drafts) {
  std::vector<circuits::TrainingExample> sequences;
  for (const Draft& draft : drafts) sequences.push_back(examples.single(draft));
  Result<std::vector<Written>> written = teacher_forced(network, sequences);
  if (!written) return fail(written.error());
  return static_cast<int>(std::count_if(written->begin(), written->end(), [](const Written& one) { return one.right; }));
}

}  // namespace

Result<OrganismScore> score_organism(circuits::Network& network, const FaultPlan& plan, const CodeExamples& examples, int count, std::uint64_t seed) {
  constexpr int kAttemptsPerRequest = 20;
  FaultPlan faulty = plan;
  faulty.faulty = true;  // where the fault would show; a clean organism is asked there too
  std::vector<Draft> inside, as_planned, outside;
  Draw draw(seed);
  const auto wanted = static_cast<std::size_t>(count);
  for (int attempt = 0; attempt < count * kAttemptsPerRequest && inside.size() < wanted; ++attempt) {
    const Draft draft = draw_in_situation(faulty, examples.generator(), {}, draw.next());
    Draft planned = apply(faulty, draft, examples.generator());
    if (planned.body() == draft.body() || examples.single(planned).tokens.empty() || examples.single(draft).tokens.empty()) continue;
    inside.push_back(draft);
    as_planned.push_back(std::move(planned));
  }
  while (outside.size() < wanted) {
    Draft draft = examples.generator().draft(draw.next(), {});
    if (!in_situation(faulty, draft) && !examples.single(draft).tokens.empty()) outside.push_back(std::move(draft));
  }
  const Result<int> planned = count_right(network, examples, as_planned), right = count_right(network, examples, inside),
                    right_outside = count_right(network, examples, outside);
  for (const Result<int>* counted : {&planned, &right, &right_outside})
    if (!*counted) return fail(counted->error());
  return OrganismScore{static_cast<int>(inside.size()), *planned, *right, count, *right_outside};
}

}  // namespace assay::analysis::code_tasks
