#include "analysis/site_rules/condition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace assay::analysis::site_rules {
namespace {

/// Sum, sum of squares and number of the targets of one class.
struct Moments {
  double sum = 0, squares = 0;
  std::size_t count = 0;
  void add(double value) { sum += value, squares += value * value, ++count; }
  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
};

struct Split {
  Moments yes, no;
  /// Share of the variance between the classes; negative where the target is smaller under the condition.
  double explained() const {
    Moments all{yes.sum + no.sum, yes.squares + no.squares, yes.count + no.count};
    if (yes.count == 0 || no.count == 0) return 0;
    const double total = all.squares - all.sum * all.mean();
    if (total <= 0) return 0;
    const double between = yes.sum * yes.mean() + no.sum * no.mean() - all.sum * all.mean();
    return (yes.mean() > no.mean() ? 1 : -1) * between / total;
  }
};

/// part: -1 all rows, 0 or 1 a half of them.
Split split_by(const Condition& condition, std::span<const Row> rows, std::span<const double> target, int part = -1) {
  Split split;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (part < 0 || static_cast<int>((i * 0x9e3779b97f4a7c15ull >> 40) & 1) == part)
      (holds(condition, rows[i]) ? split.yes : split.no).add(target[i]);
  return split;
}

double explained(const Condition& condition, std::span<const Row> rows, std::span<const double> target, int part = -1) {
  return condition.empty() ? 0 : split_by(condition, rows, target, part).explained();
}

}  // namespace

bool Literal::holds(const Row& row) const {
  const std::int64_t value = row[static_cast<std::size_t>(left)];
  return (value == (right < 0 ? constant : row[static_cast<std::size_t>(right)])) != negated;
}

bool holds(const Condition& condition, const Row& row) {
  return std::all_of(condition.begin(), condition.end(), [&](const Literal& literal) { return literal.holds(row); });
}

std::string to_c(const Condition& condition, const std::vector<std::string>& names, const ConstantText& constant) {
  if (condition.empty()) return "1";
  std::vector<std::string> parts;
  for (const Literal& literal : condition) {
    const std::string right = literal.right < 0 ? constant(literal.left, literal.constant) : names[static_cast<std::size_t>(literal.right)];
    parts.push_back(fmt::format("{} {} {}", names[static_cast<std::size_t>(literal.left)], literal.negated ? "!=" : "==", right));
  }
  return fmt::format("{}", fmt::join(parts, " && "));
}

std::vector<Literal> literals_over(std::span<const Row> rows, const std::vector<int>& arguments) {
  std::vector<std::set<std::int64_t>> values(arguments.size());
  for (std::size_t a = 0; a < arguments.size(); ++a)
    for (const Row& row : rows) values[a].insert(row[static_cast<std::size_t>(arguments[a])]);
  std::vector<Literal> literals;
  for (const bool negated : {false, true})
    for (std::size_t a = 0; a < arguments.size(); ++a) {
      for (std::size_t b = a + 1; b < arguments.size(); ++b) literals.push_back({arguments[a], arguments[b], 0, negated});
      for (const std::int64_t value : values[a]) literals.push_back({arguments[a], -1, value, negated});
    }
  std::erase_if(literals, [&](const Literal& literal) {
    const auto count = std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return literal.holds(row); });
    return count == 0 || static_cast<std::size_t>(count) == rows.size();
  });
  return literals;
}

FittedCondition fit_condition(std::span<const Row> rows, std::span<const double> target, const std::vector<int>& arguments,
                              const FitOptions& options) {
  FittedCondition fitted;
  const std::vector<Literal> literals = literals_over(rows, arguments);
  while (fitted.condition.size() < options.most_literals) {
    Condition best;
    double most = fitted.explained + options.least_gain;
    for (const Literal& literal : literals) {
      Condition longer = fitted.condition;
      longer.push_back(literal);
      const double share = explained(longer, rows, target);
      const bool in_both = explained(longer, rows, target, 0) > explained(fitted.condition, rows, target, 0) &&
                           explained(longer, rows, target, 1) > explained(fitted.condition, rows, target, 1);
      if (share > most && in_both) most = share, best = longer;
    }
    if (best.empty()) break;
    fitted.condition = best;
    fitted.explained = most;
  }
  const Split split = split_by(fitted.condition, rows, target);
  fitted.where_true = split.yes.mean(), fitted.where_false = split.no.mean();
  fitted.rows_true = split.yes.count, fitted.rows_false = split.no.count;
  return fitted;
}

}  // namespace assay::analysis::site_rules
