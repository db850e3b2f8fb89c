// What the heads of a circuit look at on the prompts of a template: one row of each head's pattern, at the position where the circuit has the head.
//
//   Json rows = describe_attention_rows(hypothesis, circuit, network, session);
//   rows["rows"][0] == {"node": "a18.h6@site", "head": "a18.h6", "position": "site", "score": 45.9, "aligned": true}
//   rows["prompts"][3]["rows"][0] == [[57, 0.83], [12, 0.04]]      // the token that it looks at, and how strongly
//
// Heads are those that kept edges leave from, at spans that are one named position, by the summed |score| of these edges, and those that the
// hypothesis aligns a query, pattern or output of; at most kMostAttentionRows of them. Weights below kLeastAttention are left out. Cost: one
// forward pass per prompt. Test: tests/analysis/attention_rows_test.cpp
#pragma once

#include "analysis/claims/hypothesis.h"
#include "analysis/results/claim_result.h"
#include "base/session.h"

namespace assay::analysis {

inline constexpr std::size_t kMostAttentionRows = 48;
inline constexpr std::size_t kMostAttentionPrompts = 512;
inline constexpr double kLeastAttention = 0.005;

/// `circuit` as in result.json, or null. Null where the task's inputs are no prompts, where no head is named, and where the network cannot say.
Json describe_attention_rows(const Hypothesis& hypothesis, const Json& circuit, circuits::Network& network, Session& session);

}  // namespace assay::analysis
