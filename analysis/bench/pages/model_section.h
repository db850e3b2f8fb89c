// One model on the summary page: headline, pass@k by tests and by proof, choosing among samples, splits, the map, and what the model is.
// Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <string>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

/// The share that is proved with its interval, and what passes the tests and is wrong or unsafe. Any model.
std::string model_headline(const Json& document, std::size_t model);
/// Everything else. `model` is not skipped.
std::string model_section(const Json& document, std::size_t model);

}  // namespace assay::analysis::bench
