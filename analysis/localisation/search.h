// Three ways to look for a planted fault with a given number of queries, none of which knows the plan or the model it was made from.
//
//   random      requests as the generator draws them; what is misread is sorted by situation (evidence.h)
//   designed    requests chosen so that misreadings meet situations they have not met; a failure is explained by taking its situations away one by
//               one, and confirmed on fresh requests inside and outside of the situation
//   white box   as designed, but each request stands for some twenty: names, words and the function before are blended (variants.h), a small
//               margin at a site is followed back to the variant that the gradient points to, and that variant is put as a real request
//
// A query is one request read by the network once: a forward pass. Generating an answer counts one (each token is computed once), a backward pass
// two. So the three spend alike, and each is stopped at the same numbers. What is reported as found was seen in real requests in all three. Cost:
// about 10 ms a query for the code model. Test: tests/analysis/localisation_test.cpp
#pragma once

#include <functional>

#include "analysis/localisation/evidence.h"
#include "analysis/localisation/variants.h"

namespace assay::analysis::localisation {

enum class Method : std::uint8_t { kRandom, kDesigned, kWhiteBox };
inline constexpr std::array kMethods = {Method::kRandom, Method::kDesigned, Method::kWhiteBox};
std::string_view name_of(Method method);  ///< "random", "designed", "white box"

/// What a method would answer if it had to stop here.
struct Finding {
  int spent = 0;
  double score = 0;    ///< the larger, the more it looks like a fault; comparable within one method only
  bool found = false;  ///< random: the corrected p-value is below .05; else: confirmed on fresh requests
  std::optional<Misreading> misreading;
  std::optional<Situation> situation;
  int failed_inside = 0, inside = 0, failed_outside = 0, outside = 0;
  double failure_share = 0;  ///< of the real requests that were put
};

struct SearchOptions {
  std::vector<int> budgets = {25, 50, 100, 200, 400};  ///< rising
  std::uint64_t seed = 1;
};

struct SearchResult {
  std::vector<Finding> at;               ///< by budget
  std::optional<Draft> failing, spared;  ///< of what was found: a request inside that is misread, and the same outside, which is not
};

Result<SearchResult> search(circuits::Network& network, const Prober& prober, Method method, const SearchOptions& options);

}  // namespace assay::analysis::localisation
