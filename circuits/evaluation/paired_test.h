// Does removing something change the normalised metric by more than a threshold, or by less? Tests over examples, and Holm's correction for many.
//
//   EffectTest test = test_effect(differences, ranges, 0.001);        // per example m(C) - m(C without e), and m(M) - m(empty)
//   std::vector<bool> matter = holm(p_values, 0.05);                  // which may be said to matter, all of them at once at .05
//
// The effect is sum(differences) / sum(ranges). It lies above t exactly where the mean of difference - t * range is above 0, which is linear: a
// one-sided paired t test over examples, that is a normal approximation for the mean with Student's tails. `matters` takes the better of the two
// directions and doubles it; `idle`, the effect lies within +-t, takes the worse of the two (two one-sided tests, Schuirmann 1987).
// Why not the bootstrap of estimate.h: the p-value of 1,000 draws is a multiple of .001, and Holm asks of the first of 128 for less than .05 / 128 =
// .0004, so no draw could ever pass; exact sign flips would ask for a symmetric distribution, which differences of logits have not.
// Cost: examples additions per test. Sources: Student 1908; Holm 1979. Test: tests/circuits/paired_test_test.cpp
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay::circuits {

struct EffectTest {
  double matters = 1;  ///< p-value against: the effect lies within +-threshold
  double idle = 1;     ///< p-value against: it lies outside or on the border
};

/// Nothing can be said (1 and 1) from fewer than two examples, and where the ranges sum to 0.
EffectTest test_effect(std::span<const double> differences, std::span<const double> ranges, double threshold);

/// Exact one-sided sign test: the probability of at least so many heads of fair coins. 1 without any.
double sign_test(std::uint64_t heads, std::uint64_t coins);

/// Which null hypotheses fall when the chance that any true one falls is at most `level`: the smallest p-value must be at most level / n, the
/// next level / (n - 1), and so on; from the first that is not, none falls.
std::vector<bool> holm(std::span<const double> p_values, double level);

}  // namespace assay::circuits
