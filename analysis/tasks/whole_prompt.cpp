#include "analysis/tasks/whole_prompt.h"

namespace assay::analysis {

Status whole_prompt(const Prompts& prompts, const Prompt& prompt, const PromptCode& code, const std::function<Status(const WholePrompt&)>& use) {
  if (code.code.rest.empty()) return input_error("the prompts are no whole files: [code] does not say how they go on", "write `rest` in [code]");
  const Result<std::string> rest = prompts.completion(prompt, code.code.rest[prompt.choices[code.code.slot]]);
  if (!rest) return fail(rest.error());
  Status last;
  for (const std::string& symbol : code.symbols) {
    const std::size_t cut = prompt.text.size(), behind = cut + symbol.size();
    last = use({prompt.text + symbol + *rest, cut, behind});
    if (last) return last;
  }
  return last;
}

}  // namespace assay::analysis
