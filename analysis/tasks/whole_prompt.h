// A prompt as a whole file of C, for Clang to read: prompt, a symbol, and what the task's [code] says stands behind.
//
//   whole_prompt(prompts, prompt, code, [&](const WholePrompt& whole) -> Status { ... whole.text ... });
//
// Test: tests/analysis/prompt_edits_test.cpp
#pragma once

#include <functional>

#include "analysis/tasks/task.h"

namespace assay::analysis {

struct PromptCode {
  const CodeSpec& code;
  std::vector<std::string> symbols;  ///< texts of the output's symbols
  std::string name;                  ///< what a file is called in Clang's messages
};

/// Bytes [0, cut) are the prompt; what completes it begins at `rest`.
struct WholePrompt {
  std::string text;
  std::size_t cut = 0, rest = 0;
};

/// With this symbol. Errors: kInput for [code] without `rest`.
Result<WholePrompt> whole_prompt(const Prompts& prompts, const Prompt& prompt, const CodeSpec& code, const std::string& symbol);
/// Calls `use` with each symbol in turn until it succeeds: `rest` may go on from one symbol alone. Errors: the last one of `use`; kInput for [code]
/// without `rest`.
Status whole_prompt(const Prompts& prompts, const Prompt& prompt, const PromptCode& code, const std::function<Status(const WholePrompt&)>& use);

}  // namespace assay::analysis
