// bench.json read back as the report that it was written from, so that the terminal's table can be printed again.
//
//   if (is_bench_result(json)) { BenchReport report = *read_report(json); to_table(report); }
//
// What the document does not hold (tests, references with their contracts, time limits) stays empty: a report that was read cannot be run again.
// Cost: one pass over the document. Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include "analysis/bench/bench_result.h"

namespace assay::analysis::bench {

bool is_bench_result(const Json& document);
/// The document is checked first: check_document().
Result<BenchReport> read_report(const Json& document);

}  // namespace assay::analysis::bench
