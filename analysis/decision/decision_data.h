// What the page of a decision shows, as the JSON that its script reads: prompts with what was written behind them at every recorded dose, the
// attention of the circuit's heads, the graph, the rule with its links.
//
//   Result<Decision> decision = join_decision(site, benches);
//   decision->island["prompts"][3]["runs"][0]["samples"][0]["site"] == {"token": " <=", "probability": 0.8, "alternatives": [...]}
//
// The site of a task of prompts is where its prompts end; of other requests it is the first wrong decision where one was looked for, else the first
// token. A prompt that several bench results have is shown with the one that changed the model most; a prediction may come from any of them. Texts
// are cut into the model's tokens, so that nothing counts bytes and characters at once. Cost: linear in the documents. Test:
// tests/analysis/decision_test.cpp
#pragma once

#include <optional>
#include <vector>

#include "analysis/decision/documents.h"

namespace assay::analysis {

struct Decision {
  Json island;
  std::vector<Json> answers;  ///< as in bench.json, by the island's answer numbers: their verdicts are plain HTML
};

/// Errors: bench results about other networks than the result, no request at all, a circuit that cannot be laid out.
Result<Decision> join_decision(const std::optional<SiteDocument>& site, const std::vector<BenchDocument>& benches);

/// Where a prompt's last function begins, with the comment before it: behind it stands what the model goes on with. 0: there is only one.
std::size_t begin_of_last_function(const std::string& prompt, const std::string& declaration);
/// The doses of the repairs of one bench result, none first and the strongest last; `run` is the model's number there.
Json repairs_of(const Json& bench, std::size_t number);

}  // namespace assay::analysis
