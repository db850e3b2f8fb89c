// result.json read back: untrusted input, so version and shape are checked before any writer sees it.
//
//   Result<ResultFile> result = read_result("build/demo/result.json");
//   to_html(*result), to_junit(result->verification)
//
// Errors name the file and the member: "result.json: hypotheses[2].claims[0].link: found 7, expected 1, 2 or 3".
// Cost: one pass over the document. Schema: docs/result.schema.json. Test: tests/analysis/report_test.cpp
#pragma once

#include <string>

#include "analysis/results/verification.h"

namespace assay::analysis {

struct ResultFile {
  Json json;                  ///< the whole document
  Verification verification;  ///< its typed part; hypotheses in the order of the document
};

Result<ResultFile> read_result(const std::string& path);
/// `file` is for messages.
Result<ResultFile> parse_result(const std::string& text, const std::string& file);
/// Only the hypotheses of this name or file; an unknown name is an error that names the nearest.
Result<ResultFile> only_hypothesis(const ResultFile& result, const std::string& name);

}  // namespace assay::analysis
