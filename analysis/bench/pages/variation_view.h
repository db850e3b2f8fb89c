// What changes of a request did to the meaning of the code: pairs of requests with an input where the answers differ, and their counts.
// Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <string>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

/// The pairs that a request is part of; empty where there are none. `model` is not skipped.
std::string variation_view(const Json& document, std::size_t model, std::size_t task);
/// Pairs by kind of change; empty where nothing was varied. `model` is not skipped.
std::string variation_table(const Json& document, std::size_t model);

}  // namespace assay::analysis::bench
