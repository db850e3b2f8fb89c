// The main job: checks every claim of every hypothesis and gathers what the report shows.
//
//   Result<std::vector<std::string>> files = find_hypotheses({"zoo"});
//   Verification verification = verify(*files, options, cache, session);
//
// Finished claims are cached, so an interrupted run resumes. Test: tests/analysis/verify_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/claims/claim.h"
#include "analysis/results/verification.h"

namespace assay::analysis {

/// Files as they are; folders are searched for `*.hypothesis.toml`, in name order.
Result<std::vector<std::string>> find_hypotheses(const std::vector<std::string>& paths);

/// Never fails as a whole: what is broken is an error of its hypothesis. `store` may hold networks already.
Verification verify(const std::vector<std::string>& files, const VerifyOptions& options, NetworkStore& store, Cache& cache, Session& session);

/// Compares with `expected.json` beside each hypothesis: {"version": 1, "claims": {"NAME/CLAIM": "GRADE by EVIDENCE"}}; a claim that is
/// missing on either side is a difference too. Hypotheses that were skipped are not compared.
void compare_with_expected(Verification& verification);
/// Writes these files from what was found.
Status write_expected(const Verification& verification);

/// What a report shows about a hypothesis besides its claims.
Json describe_task(const Hypothesis& hypothesis);
Json describe_function(const CFunction& function);
/// With how its texts become tokens, where the task's inputs are texts.
Json describe_network(circuits::Network& network, const Task& task);
/// Every aligned variable: what a claim found out about it, or where the hypothesis states it. Null without any.
Json describe_alignments(const Hypothesis& hypothesis, Json found);
/// A few inputs with the program's values of the aligned variables and answers; input of the first witness first.
Json describe_inputs(const Hypothesis& hypothesis, circuits::Network& network, const std::vector<ClaimResult>& claims);
/// Pattern of every head on the inputs of describe_inputs.
Json describe_attention(const Hypothesis& hypothesis, circuits::Network& network, const Json& inputs);

}  // namespace assay::analysis
