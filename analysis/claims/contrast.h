// Pairs of prompts that differ in one slot alone, so that what is right changes with it; and pairs that differ in another, so that it does not.
//
//   Contrast contrast = *contrast_of(task, domain, program, "attribute");
//   contrast.pairs[0]          // of a comment that says "at most" the prompt with ` <=`, and the one that says "below" with ` <`
//   contrast.surfaces[0]       // the slot `array`: the same request over `a` and over `v`
//
// Prompts whose code was edited (tasks/prompt_edits.h) have no pairs until the solver has said what their edits change (edit_labels.h).
// What is right on a prompt is what the program answers there. Only pairs of one length are compared, so that the same tokens stand at the same
// places; the others are counted. Cost: one run of the interpreter per prompt. Test: tests/analysis/sensitivity_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/tasks/task.h"

namespace assay::analysis {

/// By index of the prompt. On `first` the first symbol is right, on `second` the second.
struct ContrastPair {
  std::size_t first = 0, second = 0;
  std::vector<std::int32_t> places;  ///< tokens, start included, at which the two differ
};

/// Prompts that differ in one other slot, or in one kind of edits of their code.
struct NamedPairs {
  std::string name;  ///< the slot's; of edits "rename", "token, other meaning", ...
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::uint64_t other_length = 0;
};

struct Contrast {
  std::size_t slot = 0;
  TokenId first = -1, second = -1;  ///< the symbols decided between
  std::vector<int> right;           ///< per prompt: 1 for the first symbol, -1 for the second, 0 where the domain excludes it
  std::vector<ContrastPair> pairs;
  std::vector<NamedPairs> surfaces;  ///< on which the same symbol is right
  std::vector<NamedPairs> turned;    ///< on which an edit of the code makes the other symbol right; on the first of a pair the first is
  std::uint64_t other_length = 0;    ///< pairs that are left out because their lengths differ
  std::uint64_t same_right = 0;      ///< pairs on which the same symbol is right
};

/// Errors: the domain is no template, the slot is unknown (names the nearest), the program gives no answer or more than two, and
/// kUnsupported where no pair has one length (names the texts).
Result<Contrast> contrast_of(const Task& task, const Domain& domain, const CFunction& program, const std::string& slot);

}  // namespace assay::analysis
