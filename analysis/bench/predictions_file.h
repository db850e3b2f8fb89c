// predictions.jsonl read back: what was said before anything was generated, held to the hash that bench.json carries.
//
//   Result<std::vector<Prediction>> entries = parse_predictions(text, "out/predictions.jsonl", bench["predictions"]["sha256"]);
//
// Untrusted: a text with another hash, and a line that is no prediction, is an error that names file and line. Cost: one pass.
// Test: tests/analysis/bench_prediction_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/bench/prediction.h"

namespace assay::analysis::bench {

Result<std::vector<Prediction>> parse_predictions(const std::string& text, const std::string& file, const std::string& sha256);

}  // namespace assay::analysis::bench
