// One self-contained HTML page from a result: works from the disk, without network, without a framework.
//
// The verdict tables are plain HTML, so that they can be read, searched and printed without a script. Everything else (source with
// values, circuit, counterexamples, attention) lies in a JSON island, and page/*.js builds a section when it is opened.
//
//   Result<std::string> page = to_html(*read_result("result.json"));
//
// Text of the result is escaped (analysis/page/page.h). Cost: linear in the result, and one Graphviz layout per different circuit.
// Test: tests/analysis/report_test.cpp
#pragma once

#include <string>

#include "analysis/report/result_file.h"

namespace assay::analysis {

std::string to_html(const ResultFile& result);

}  // namespace assay::analysis
