// A decision site in words: node and concept, and what else could have been written with its probability, a line each.
//
//   site_title(site)   "written: 71.0 % · \"<=\"\ncomparison · BinaryOperator · loop-bound\n22.0 % · \"<\"\n..."
//
// Most probable first, at most eight. Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <string>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

/// `site`: of samples[].sites in bench.json. Not escaped.
std::string site_title(const Json& site);
/// Was an alternative's token more probable than the written one in its place? `sample`: the site's.
bool site_overtaken(const Json& site, const Json& sample);

}  // namespace assay::analysis::bench
