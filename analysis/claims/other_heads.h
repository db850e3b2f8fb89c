// As many other heads: wrong sites that a swap in heads is compared with.
//
//   *other_heads({"v.21.0", "v.22.6"}, {"v.21.6"}, info, 1)        // {"v.22.3", "v.21.3"}: of the same kind, none that is named or avoided
//
// They are drawn by the seed from the layers between the first and the last named one; while these have too few, the layers next to them join.
// Queries and outputs are those of one head; a key or value is one place for all heads that share it (grouped queries). Cost: none.
// Test: tests/analysis/other_heads_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "circuits/engine.h"

namespace assay::analysis {

/// Does the site belong to one head: "q.3.1", "attn_out.0.2"?
bool is_in_head(const std::string& site);

/// One for each of `named`, in their order; what is named twice gets the same twice. Errors: a site is in no head of the network, or the network has
/// too few others.
Result<std::vector<std::string>> other_heads(const std::vector<std::string>& named, const std::vector<std::string>& avoided,
                                             const circuits::NetworkInfo& info, std::uint64_t seed);

}  // namespace assay::analysis
