// What pointer parameters point to: sizes from contracts, and which parameters share an object.
//
// A pointer parameter needs a size. `//@ requires length(a) == n;` gives it one: the array has as many elements as the precondition allows
// (asked from the solver), up to a cap. `T a[N]` says N. Such an array begins at its pointer unless another parameter shares it. Without
// either, `check` says which contract to write, and `equiv` may ask for an object of stated size in which the pointer stands anywhere.
//
//   //@ requires length(a) == n && length(b) == n;      sharing one array, b - a can only be 0: that is asked from the solver too
//
// Cost: a handful of small queries per pointer and per pair. Test: tests/solver/inputs_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "frontend/program/program.h"

namespace assay::solver {

/// What one pointer parameter points to.
struct PointerPlan {
  enum class Size { kFree, kDeclared, kContract };
  Size size = Size::kContract;  ///< what its size is known from
  std::uint64_t capacity = 0;   ///< elements from the pointer on that are modelled
  std::uint64_t before = 0;     ///< elements in front of it that are modelled
  std::uint64_t most = 0;       ///< elements of the whole object where that is fewer; 0: before + capacity
  bool exact = false;           ///< `capacity` elements follow on every input
  bool capped = false;          ///< more are possible: results are bounded
  bool may_be_null = false;
  // Of a parameter that points into the object of an earlier one; that one's plan says how large the object is.
  std::optional<std::uint32_t> shares_with;
  std::int64_t nearest = 0, farthest = 0;  ///< elements from the earlier parameter to this one
};

using PointerPlans = std::vector<std::optional<PointerPlan>>;  ///< by parameter; absent for parameters that are no pointers

struct PlanOptions {
  std::uint64_t cap = 8;                ///< elements where the precondition gives no bound
  std::optional<std::uint64_t> shared;  ///< elements of an object without a length contract; absent: that is unsupported
};

struct ContractSource {
  const program::Program& program;
  program::FunctionId function;
};

class PointerPlanner {
 public:
  PointerPlanner(const ContractSource& source, const PlanOptions& options);
  ~PointerPlanner();

  /// Every pointer parameter in an object of its own. Error: one without a size; says which contract to write.
  Result<PointerPlans> apart();
  /// The same with the parameters of each group, in ascending order, in one object. `apart` is the result of apart().
  PointerPlans shared(const PointerPlans& apart, const std::vector<std::vector<std::uint32_t>>& groups);

 private:
  class Lengths;
  PointerPlan plan(std::uint32_t parameter);
  static std::int64_t size_of(const PointerPlans& plans, const std::vector<std::uint32_t>& group);
  void share(PointerPlans& plans, const std::vector<std::uint32_t>& group);

  const ContractSource source_;
  const PlanOptions options_;
  std::unique_ptr<Lengths> lengths_;
};

}  // namespace assay::solver
