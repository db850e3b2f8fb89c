// Prompts whose code is edited by way of its syntax tree: the same request in another surface, or with another token.
//
//   Prompts all = *with_edits(prompts, {"rename", "token"}, {code, {" +", " *"}, "sum"}, tokenizer);
//   all.all().back().edit->what == "a -> t"
//
// Clang reads every prompt as a whole file (whole_prompt.h); what an edit changes behind the prompt is kept for its completion (Prompts::completion).
// Edits that give another number of tokens are counted and left out: a prompt and its edited form can then stand for each other at every position.
// Cost: a parse per prompt and edit, about 5 ms each. Test: tests/analysis/prompt_edits_test.cpp
#pragma once

#include "analysis/tasks/whole_prompt.h"

namespace assay::analysis {

/// `kinds` are some of syntax::edit_kinds(). Errors: as whole_prompt(), with Clang's words for a prompt that no symbol makes C.
Result<Prompts> with_edits(Prompts prompts, const std::vector<std::string>& kinds, const PromptCode& code, const circuits::Tokenizer& tokenizer);

}  // namespace assay::analysis
