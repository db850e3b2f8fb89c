// The tokens of prompts grouped by the syntax of their code, and by the attribute that their comments name.
//
//   add_syntax_spans(prompts, code, {attribute}, tokenizer);
//   prompts.all()[0].spans      // "f1_comment", "attribute", "f1_comment_after", "f1_head", ..., "f2_for", "site"
//
// A token lies where its last byte does (frontend/lowering/syntax/syntax_spans.h). Within a comment the text of an attribute's slot is a span with
// the slot's name, and what follows it `..._after`; the last token, at which the model decides, is `site`. Cost: a parse per prompt. Test:
// tests/analysis/prompt_spans_test.cpp
#pragma once

#include "analysis/tasks/whole_prompt.h"

namespace assay::analysis {

/// `attributes`: slots, of which those count that stand in comments alone. Errors: as whole_prompt().
Status add_syntax_spans(Prompts& prompts, const PromptCode& code, const std::vector<std::size_t>& attributes, const circuits::Tokenizer& tokenizer);

}  // namespace assay::analysis
