#include "analysis/site_rules/decision_list.h"

#include <algorithm>
#include <numeric>

namespace assay::analysis::site_rules {
namespace {

std::vector<Condition> candidates(std::span<const Row> rows) {
  std::vector<int> arguments(rows[0].size());
  std::iota(arguments.begin(), arguments.end(), 0);
  const std::vector<Literal> literals = literals_over(rows, arguments);
  std::vector<Condition> found;
  for (const Literal& literal : literals) found.push_back({literal});
  for (std::size_t a = 0; a < literals.size(); ++a)
    for (std::size_t b = a + 1; b < literals.size(); ++b) found.push_back({literals[a], literals[b]});
  return found;
}

struct Scored {
  double precision = 0;  ///< Laplace's estimate
  std::size_t covered = 0;
  int answer = 0;
  bool pure = false;
  bool better_than(const Scored& other) const {
    if (pure != other.pure) return pure;
    return pure ? covered > other.covered : precision > other.precision;
  }
};

Scored score(const Condition& condition, std::span<const Row> rows, std::span<const int> answers, const std::vector<bool>& left, int classes) {
  std::vector<std::size_t> counts(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (left[i] && holds(condition, rows[i])) ++counts[static_cast<std::size_t>(answers[i])];
  Scored scored;
  scored.covered = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  const auto most = std::max_element(counts.begin(), counts.end());
  scored.answer = static_cast<int>(most - counts.begin());
  scored.pure = scored.covered > 0 && *most == scored.covered;
  scored.precision = static_cast<double>(*most + 1) / static_cast<double>(scored.covered + static_cast<std::size_t>(classes));
  return scored;
}

std::vector<int> answers_left(std::span<const int> answers, const std::vector<bool>& left) {
  std::vector<int> kept;
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (left[i]) kept.push_back(answers[i]);
  return kept;
}

}  // namespace

int most_frequent(std::span<const int> answers, int classes) {
  std::vector<std::size_t> counts(static_cast<std::size_t>(std::max(classes, 1)));
  for (const int answer : answers) ++counts[static_cast<std::size_t>(answer)];
  return static_cast<int>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

int DecisionList::decide(const Row& row) const {
  for (const Line& line : lines)
    if (holds(line.when, row)) return line.answer;
  return otherwise;
}

DecisionList learn_decision_list(std::span<const Row> rows, std::span<const int> answers, int classes) {
  DecisionList list;
  const std::vector<Condition> conditions = candidates(rows);
  std::vector<bool> left(rows.size(), true);
  while (true) {
    const std::vector<int> open = answers_left(answers, left);
    list.otherwise = open.empty() ? list.otherwise : most_frequent(open, classes);
    if (std::all_of(open.begin(), open.end(), [&](int answer) { return answer == list.otherwise; })) return list;
    Scored best;
    const Condition* chosen = nullptr;
    for (const Condition& condition : conditions) {
      const Scored scored = score(condition, rows, answers, left, classes);
      if (scored.covered > 0 && scored.covered < open.size() && scored.better_than(best)) best = scored, chosen = &condition;
    }
    if (chosen == nullptr) return list;
    list.lines.push_back({*chosen, best.answer});
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (holds(*chosen, rows[i])) left[i] = false;
  }
}

}  // namespace assay::analysis::site_rules
