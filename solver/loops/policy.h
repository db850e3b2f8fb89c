// Whether a loop or a recursion is unrolled once more. The place for induction and invariants: another policy, same executor.
//
// Idea. Unrolling goes on while the solver says that the next iteration can be reached; when it says that it cannot, the loop has ended on
// every input and the unrolling is exact: that is how `for (i = 0; i < n; ++i)` under `requires n <= 8` is proved without a bound. When a limit
// stops it first, the executor records a cut: inputs beyond it are not covered, and every verdict that depends on them says so.
//
// What the path says about single variables comes first, without a solver: a counter that runs up to n, with n <= 24 on the path, ends
// after 24 iterations whatever else the path has been through, and is unrolled that far even beyond the automatic limit.
//
// A condition that folds to true each time may still never end a loop, as `i >= 0` of an unsigned i does: at iterations 64, 128, 256, ... the solver
// is asked whether everything that gets there has been undefined before.
//
// Cost: a walk over the path for each symbolic iteration, and a small query where no counter is known. Test: tests/solver/policy_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "solver/smt/solver.h"

namespace assay::solver {

enum class Unroll {
  kGoOn,         ///< execute the iteration
  kUnreachable,  ///< proved: no input gets here
  kStop,         ///< a limit: cut here
};

/// When an iteration begins: conjunctions. `path` alone is weaker and far easier; `defined` adds that nothing undefined happened before.
struct Reached {
  std::vector<smt::Term> path;
  smt::Term defined;
  /// The loop's condition for this iteration, and the first one that folding did not decide, with its iteration; invalid where there is none.
  smt::Term condition, first_condition;
  std::uint64_t first_iteration = 0;
};

class LoopPolicy {
 public:
  virtual ~LoopPolicy() = default;
  /// Iteration number `iteration` (from 0) is about to begin; `symbolic`: folding did not decide the loop's condition.
  virtual Unroll next(std::uint64_t iteration, const Reached& reached, bool symbolic) = 0;
  /// Work done: statements executed; a limit on the whole execution.
  virtual bool exhausted(std::uint64_t statements) = 0;
};

struct UnrollLimits {
  std::optional<int> bound;            ///< the user's: symbolic iterations beyond it are cut
  std::uint64_t automatic = 40;        ///< symbolic iterations without a bound of the user's
  std::uint64_t counted = 1024;        ///< the same where the path bounds what a known counter runs up to
  std::uint64_t statements = 200'000;  ///< of one execution, constant loops included
  std::uint64_t rlimit = 200'000;      ///< of one reachability query
  int queries = 300;                   ///< of one execution; then every eighth iteration is asked about; 0: none is
  int undecided = 3;                   ///< undecided queries after which no solver is asked
};

/// Unrolls while the solver reaches the next iteration.
class UnrollWhileReachable : public LoopPolicy {
 public:
  explicit UnrollWhileReachable(UnrollLimits limits) : limits_(limits) {}
  Unroll next(std::uint64_t iteration, const Reached& reached, bool symbolic) override;
  bool exhausted(std::uint64_t statements) override { return statements > limits_.statements; }
  int queries() const { return queries_; }
  std::uint64_t rlimit_spent() const { return rlimit_spent_; }

 private:
  bool unreachable(const std::vector<smt::Term>& query);
  bool asks(std::uint64_t iteration, bool at_limit) const;
  bool only_undefined_goes_on(std::uint64_t iteration, const Reached& reached);

  UnrollLimits limits_;
  int queries_ = 0;
  int undecided_ = 0;
  std::uint64_t rlimit_spent_ = 0;
};

}  // namespace assay::solver
