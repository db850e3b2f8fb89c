// Where a model is right and where it is wrong: families down, attributes across, each value with its samples by label and its requests.
//
//   attribute_map(document, 0)     // cell "sum", "end": inclusive ▇▇▁ 2 proved, 1 wrong -> r0007, r0003, r0012
//
// A cell is a <details>, so its list opens without a script, by mouse and by keyboard. Columns that most families share come first; the first
// row is all families together. Cost: requests times attributes. Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

/// Empty where no request has a family or an attribute. `model` is not skipped.
std::string attribute_map(const Json& document, std::size_t model);
/// Requests by number as links, worst first, with the labels of the model's samples.
std::string request_links(const Json& document, std::size_t model, std::vector<std::size_t> requests);

}  // namespace assay::analysis::bench
