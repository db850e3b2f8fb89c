// A circuit as a drawing: Graphviz places nodes in layers and routes edges, the page draws what comes out as SVG.
//
// Layers are the network's: input, heads of layer 0, MLP of layer 0, heads of layer 1, ..., logits, from bottom to top, so that a
// residual site is a horizontal cut between two of them. Edges of one pair of nodes (the q, k and v inputs of a head) are one line.
//
//   {"width": 300, "height": 410, "nodes": [{"name": "a0.h1", "x": 60, "y": 320, "kept": true}, ...], "rows": [{"rank": 1, "y": 320}, ...],
//    "edges": [{"from": "input", "to": "a0.h1", "inputs": [["q", 0.5], ["k", null]], "score": 0.5, "path": "M60,380C...", "x": 60, "y": 350}],
//    "edges_total": 40, "edges_left_out": 0}
//
// Of a circuit that tells positions apart the spans are columns, in the order of the text ("columns": [{"span": "site", "x": 300, "width": 120}]),
// and the rows are ours too: Graphviz then only routes the lines. Rank: input 0, heads of layer L 1 + 2L, MLP of layer L 2 + 2L. Sizes are SVG user
// units, and do not depend on installed fonts. Cost: Graphviz' network simplex; at most kMostLines lines are drawn, those of largest |score|. Test:
// tests/analysis/report_test.cpp
#pragma once

#include <map>
#include <string>

#include "analysis/results/claim_result.h"
#include "base/result.h"

namespace assay::analysis {

inline constexpr std::size_t kMostLines = 300, kMostLinesBetweenSpans = 120;

/// `circuit` and `network` as in result.json; either may be null. Null if there is nothing to draw.
Result<Json> lay_out_circuit(const Json& circuit, const Json& network);

}  // namespace assay::analysis
