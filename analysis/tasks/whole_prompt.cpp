#include "analysis/tasks/whole_prompt.h"

namespace assay::analysis {

Result<WholePrompt> whole_prompt(const Prompts& prompts, const Prompt& prompt, const CodeSpec& code, const std::string& symbol) {
  if (code.rest.empty()) return input_error("the prompts are no whole files: [code] does not say how they go on", "write `rest` in [code]");
  const Result<std::string> rest = prompts.completion(prompt, code.rest[prompt.choices[code.slot]]);
  if (!rest) return fail(rest.error());
  const std::size_t cut = prompt.text.size();
  return WholePrompt{prompt.text + symbol + *rest, cut, cut + symbol.size()};
}

Status whole_prompt(const Prompts& prompts, const Prompt& prompt, const PromptCode& code, const std::function<Status(const WholePrompt&)>& use) {
  Status last;
  for (const std::string& symbol : code.symbols) {
    const Result<WholePrompt> whole = whole_prompt(prompts, prompt, code.code, symbol);
    if (!whole) return fail(whole.error());
    last = use(*whole);
    if (last) return last;
  }
  return last;
}

}  // namespace assay::analysis
