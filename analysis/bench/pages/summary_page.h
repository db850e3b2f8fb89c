// The summary: how much is proved, what passes the tests and is wrong or unsafe all the same, and where.
//
//   summary_page(document)     // index.html: headlines, pass@k, map of families and attributes, all requests, how answers were sampled
//
// Cost: linear in the document; a request is listed once for each of its attributes. Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <string>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

/// Of a document that check_document() accepts.
std::string summary_page(const Json& document);

}  // namespace assay::analysis::bench
