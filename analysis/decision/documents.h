// What the page of a decision is made from: at most one result of `assay verify`, and results of `assay bench` with their predictions.
//
//   Result<BenchDocument> bench = read_bench_document("out/bench.json");          // predictions.jsonl beside it, held to its hash
//   Result<SiteDocument> site = read_site_document(result, "");                   // the hypotheses about one task, joined
//
// Hypotheses about one task share its page if they state one program: the circuit of one, the aligned variables of all. Everything is untrusted and
// checked here. Cost: linear in the documents. Test: tests/analysis/decision_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/bench/prediction.h"
#include "analysis/report/result_file.h"

namespace assay::analysis {

struct BenchDocument {
  std::string file;
  Json json;  ///< of the shape that bench::check_document accepts
  std::vector<bench::Prediction> predictions;
};

/// The decision as `assay verify` has it.
struct SiteDocument {
  std::string task;                                 ///< its name
  Json hypothesis;                                  ///< joined: program, network, circuit, alignments (with nodes), attention_rows; null where absent
  std::vector<const HypothesisResult*> hypotheses;  ///< whose claims speak about it; they live in the result
};

/// Errors: no bench.json, a request that both runs of a repair do not have, predictions of another run.
Result<BenchDocument> read_bench_document(const std::string& path);
/// `hypothesis`: name or file of one of them; may be empty where all speak about one task. Errors name the tasks.
Result<SiteDocument> read_site_document(const ResultFile& result, const std::string& hypothesis);

}  // namespace assay::analysis
