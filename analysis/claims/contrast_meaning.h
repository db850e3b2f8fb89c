// What a contrast changes, by the solver: the references of its two values differ, and prompts that differ in their surface alone become the same
// function when they are completed with the symbol that the program calls right.
//
//   if (*label(context, claim, contrast, result))
//     result.details["labels"]["right_symbol"] == {{"completions", 16}, {"meet_the_reference", 16}, ...}
//
// A prompt is completed as the task's [code] says: prompt, symbol, `rest`. Completions that differ in comments alone are judged once. Where the one
// with the other symbol is wrong, the symbol itself is wrong only if no completion is right: so operators, constants and names behind it are chosen
// anew (solver/completions), and `where_refuted` counts what is doomed and what is still completable. Without [code] the labels are null. Cost: one
// query per function, .1 s to 1 s each, and seconds per function whose completions are tried. Test: tests/analysis/sensitivity_test.cpp
#pragma once

#include "analysis/claims/claim.h"
#include "analysis/claims/contrast.h"

namespace assay::analysis {

/// The labels as `details.labels` of a claim about this contrast; prompts with edited code become pairs (edit_labels.h). False where no pair is
/// contrasted: then the claim is vacuous. Errors of kind kInput: a completion with the right symbol is refuted, or the references of both values are
/// equal and no completion with the other symbol is wrong: the program or the references are wrong about what the prompts ask for.
Result<bool> label(const ClaimContext& context, const ClaimSpec& claim, Contrast& contrast, ClaimResult& result);

}  // namespace assay::analysis
