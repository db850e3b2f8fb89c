// What the edits of prompts' code change, by the solver: the meaning of the code, and which symbol is right behind it.
//
//   *label_edits(completed, contrast);
//   contrast.surfaces.back().name == "rename"       // pairs of a prompt and its edited form, equivalent and with the same right symbol
//
// An edit of a finished function is compared with that function as it was, in both directions, wherever the other is defined; which symbol is right
// stays, as the request does. An edit of the function that the prompt begins is judged by its two completions: the symbol with which it meets the
// reference is right, and it means the same where that is the symbol of the prompt as it was. An edit after which neither is right, both are or
// the solver does not know has no pair, and is counted. Loops of a finished function without a constant bound are compared up to --bound, or 6
// iterations. Cost: a parse per edited prompt, and one or two queries for each that differs from all before in more than names and layout. Test:
// tests/analysis/edit_labels_test.cpp
#pragma once

#include "analysis/claims/completed_prompts.h"
#include "analysis/claims/contrast.h"

namespace assay::analysis {

/// Sorts the edited prompts into `contrast.surfaces` (the same symbol is right) and `contrast.turned` (the other one is), by kind; returns the counts
/// as `details.labels.edits`. Errors: as CompletedPrompts::judge for a prompt that is not edited.
Result<Json> label_edits(CompletedPrompts& completed, Contrast& contrast);

}  // namespace assay::analysis
