// One self-contained page about one decision of a model: the earlier code and what was written behind it side by side, the attention of the circuit's
// heads drawn onto them, the graph, the rule with its lines linked to it, verdicts with witnesses, and the recorded doses of each repair.
//
//   Result<std::string> page = decision_page(site, benches);
//
// Claims, verdicts and counterexamples are plain HTML; code, attention, graph and the dose chosen are built by the script from an island of JSON.
// Where a part has no document (no circuit, no repair, no prediction) a sentence says which one it would come from. Nothing between two recorded
// doses is shown. Cost: linear in the documents and one Graphviz layout. Test: tests/analysis/decision_test.cpp
#pragma once

#include "analysis/decision/decision_data.h"

namespace assay::analysis {

Result<std::string> decision_page(const std::optional<SiteDocument>& site, const std::vector<BenchDocument>& benches);

}  // namespace assay::analysis
