// Where does a proved claim stop holding? Widens the domain step by step until the first failure or a budget (DESIGN section 3).
//
// Small extensions are enumerated, larger ones sampled with a seed; the end of the position table is `unsupported`, not a failure, and
// positions that training never reached are said to be so. Test: tests/analysis/extension_test.cpp
#pragma once

#include "analysis/claims/claim.h"
#include "analysis/tasks/labels.h"

namespace assay::analysis {

/// How to widen. An unknown unit or a length that is none is an error: "length + 1", "digits + 2", "slot a + 1", "none"; absent: one unit longer
/// each, up to eight steps.
struct ExtensionPlan {
  bool none = false, answers = false, open_ended = true;
  int steps = 8;
  std::string slot;
};
Result<ExtensionPlan> parse_extension(const std::optional<std::string>& text);

/// Never changes the claim's outcome: it fills result.details["extension"].
Status extend(ClaimContext& context, const ClaimSpec& claim, circuits::Network& network, const Labels& labels, Json& extension);

}  // namespace assay::analysis
