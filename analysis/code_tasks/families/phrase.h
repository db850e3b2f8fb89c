// Phrases with alternatives and slots, the way the families word a request.
//
//   "[Return|Compute] the sum of the {kind} [elements|entries] of {a} {range}."
//
// `[x|y]` draws one of its alternatives, `{slot}` is replaced by a phrase of its own; both nest. An empty alternative leaves no double space. A word
// is never put together from parts, so that the words of a phrase are the words of every sentence it makes.
// Cost: linear in the sentence. Test: tests/analysis/code_tasks_families_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "analysis/code_tasks/families/draw.h"
#include "analysis/code_tasks/families/family.h"

namespace assay::analysis::code_tasks {

/// The phrase with its alternatives drawn and its slots filled.
std::string sentence(std::string_view phrase, const Slots& slots, Draw& draw);
/// All words of a phrase, in text order, without slots: what the vocabulary is collected from.
std::string words_of(std::string_view phrase);

}  // namespace assay::analysis::code_tasks
