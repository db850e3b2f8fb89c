// Is this the document that to_json(BenchReport) writes? Asked once, so that the pages can read members without asking again.
//
//   check_document({{"kind", "assay-bench"}, {"version", 1}})     // "tasks: missing, expected a list"
//
// The shape is a list of paths with a type each; a model that was skipped has its name and its reason only. Cost: linear in the document.
// Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace assay::analysis::bench {

Status check_document(const nlohmann::json& document);

}  // namespace assay::analysis::bench
