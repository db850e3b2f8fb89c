// Conditions on the attributes of a prompt: conjunctions of equalities, and the one that explains a measured quantity best.
//
//   FittedCondition gate = fit_condition(rows, attention, {1, 2});      // earlier_variable == variable && variable != 105
//   gate.explained                                                      // share of the attention's variance between prompts where it holds and
//   others
//
// A literal says that two attributes are equal or that one has a value, or the contrary. Literals join greedily, each only if it explains at
// least `least_gain` more of the variance, and more in both halves of the rows, so that a chance difference seldom does.
// Cost: literals x rows per step. Test: tests/analysis/site_rules_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace assay::analysis::site_rules {

/// The values of a task's arguments on one prompt, in their order.
using Row = std::vector<std::int64_t>;

struct Literal {
  int left = 0;               ///< argument
  int right = -1;             ///< argument, or -1: compared with `constant`
  std::int64_t constant = 0;  ///< only where right is -1
  bool negated = false;
  bool holds(const Row& row) const;
  bool operator==(const Literal&) const = default;
};

using Condition = std::vector<Literal>;  ///< conjunction; empty: always
bool holds(const Condition& condition, const Row& row);
/// A value of an argument, as C writes it: 105, 'i'.
using ConstantText = std::function<std::string(int argument, std::int64_t value)>;
/// As C; `names` by argument. "1" where it always holds.
std::string to_c(const Condition& condition, const std::vector<std::string>& names, const ConstantText& constant);

/// Literals over these arguments that hold on some rows and not on others: equality of two that share a value, and with each value they take.
std::vector<Literal> literals_over(std::span<const Row> rows, const std::vector<int>& arguments);

struct FittedCondition {
  Condition condition;                     ///< empty where nothing explains enough
  double explained = 0;                    ///< share of the variance between the two classes
  double where_true = 0, where_false = 0;  ///< means
  std::size_t rows_true = 0, rows_false = 0;
};

struct FitOptions {
  std::size_t most_literals = 3;
  double least_gain = 0.05;
};
/// The condition under which `target` (one per row) is larger.
FittedCondition fit_condition(std::span<const Row> rows, std::span<const double> target, const std::vector<int>& arguments,
                              const FitOptions& options = {});

}  // namespace assay::analysis::site_rules
