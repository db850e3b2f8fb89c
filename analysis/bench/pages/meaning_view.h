// Answers to one request by what they mean: classes, and an input that tells two of them apart. Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <string>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

/// `run`: one model's answers to the request; `prefix` is what anchors of its answers begin with: "m0a".
std::string meaning_view(const Json& run, const std::string& prefix);
/// Samples that wrote an answer, from 0.
std::vector<std::size_t> samples_of(const Json& run, std::size_t answer);

}  // namespace assay::analysis::bench
