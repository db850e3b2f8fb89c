// The walk of a domain's tree that tests compare with what they expect.
#pragma once

#include <functional>
#include <vector>

#include "analysis/tasks/domain.h"

namespace assay::analysis::testing {

/// Every scored prefix in the order of the walk; the network answers `token` everywhere.
inline std::vector<Tokens> scored_prefixes(const Domain& domain, TokenId token = 9) {
  std::vector<Tokens> found;
  const std::function<void(Tokens&)> walk = [&](Tokens& prefix) {
    const circuits::Answer answer{token, 0, 1};
    const bool scored = domain.scored(prefix);
    if (scored) found.push_back(prefix);
    Tokens next;
    domain.children(prefix, scored ? &answer : nullptr, next);
    for (const TokenId each : next) {
      prefix.push_back(each);
      walk(prefix);
      prefix.pop_back();
    }
  };
  Tokens prefix;
  walk(prefix);
  return found;
}

}  // namespace assay::analysis::testing
