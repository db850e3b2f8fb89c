// The HTML pages of `assay bench`: a summary with the map of families and attributes, and a page for each request.
//
//   Result<std::vector<PageFile>> pages = bench_pages(document);      // what to_json(BenchReport) gives, or bench.json read back
//   (*pages)[0].name == "index.html", (*pages)[1].name == "r0001.html"
//
// Verdicts, code, counterexamples and the lists behind the cells of the map are plain HTML; the script adds filters and hover cards. The pages
// load nothing, and link to each other by bare file names. Texts of the document are untrusted: prompts and answers are escaped, characters
// that would not be seen are made visible, and a content security policy names the one script that may run. The member "timing" is not read, so
// equal runs give equal pages. Cost: linear in the document. Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace assay::analysis::bench {

struct PageFile {
  std::string name, text;  ///< name: "index.html", "r0001.html", ...
};

/// A member that is missing or of another type is an input error that names it: "models[0].tasks[2].answers: missing, expected a list".
Result<std::vector<PageFile>> bench_pages(const nlohmann::json& document);
/// The same into a folder, which is made.
Status write_bench_pages(const nlohmann::json& document, const std::string& folder);

}  // namespace assay::analysis::bench
