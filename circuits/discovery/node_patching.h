// Activation patching of whole nodes, exactly: what a head or an MLP writes is replaced, everything behind it is run, and the metric is read.
//
//   Result<NodeEffects> found = patch_nodes(network, examples, {.ablation = Ablation::kResample}, session, spans);
//   found->effects[u][s]            // node u at the positions of span s (one span of all positions where none are named)
//
// Removing (the default) puts the ablated value into the clean run: effect = metric(clean run) - metric(patched), positive where the node is needed.
// Restoring puts the clean value into the corrupted run: effect = metric(patched) - metric(corrupted run), positive where the node is enough. Both
// are summed over the examples, in the metric's unit. (They differ where nodes stand in for one another, or work only together.) A run begins at the
// patched layer and at the first position that changes, with kept keys and values; the nodes of one layer run side by side. Cost: per node about half
// the layers, for the positions behind the patched ones. Source: Vig et al. 2020, Meng et al. 2022, Zhang & Nanda 2024. Test:
// tests/circuits/node_patching_test.cpp (equals full passes with one value replaced)
#pragma once

#include "circuits/discovery/method.h"

namespace assay::circuits {

Result<NodeEffects> patch_nodes(const Transformer& network, std::span<const Example> examples, const NodePatchingOptions& options, Session& session,
                                const std::vector<Span>& spans = {});

}  // namespace assay::circuits
