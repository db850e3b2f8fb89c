// The page of one request: what was asked, the reference, and each model's different answers with what is known about them.
//
//   request_page(document, 0)     // r0001.html: code as written, verdict, counterexample, classes of meaning
//
// Cost: linear in the request's answers. Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <string>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

/// Of a document that check_document() accepts.
std::string request_page(const Json& document, std::size_t task);

}  // namespace assay::analysis::bench
