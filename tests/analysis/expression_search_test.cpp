// The program search against functions whose shape is known; every found program is compared on its whole domain.
#include "analysis/inference/expression_search.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <random>

namespace assay::analysis {
namespace {

struct Domain {
  std::vector<InputColumn> columns;
  std::vector<InputRow> rows;
  std::function<std::int32_t(const InputRow&)> truth;
};

Result<FoundProgram> search(const Domain& domain, const SearchOptions& options = {}) {
  std::vector<SearchRow> sample;
  std::mt19937 random(1);
  for (int i = 0; i < 150; ++i) {
    const InputRow& row = domain.rows[random() % domain.rows.size()];
    sample.push_back({row, domain.truth(row)});
  }
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};
  return search_program(
      domain.columns, sample,
      [&](const FoundProgram& program) -> Result<std::vector<SearchRow>> {
        std::vector<SearchRow> differences;
        for (const InputRow& row : domain.rows)
          if (program.answer(row) != domain.truth(row)) differences.push_back({row, domain.truth(row)});
        std::shuffle(differences.begin(), differences.end(), random);
        differences.resize(std::min<std::size_t>(differences.size(), 30));
        return differences;
      },
      options, session);
}

std::vector<InputRow> product(const std::vector<int>& bases) {
  std::vector<InputRow> rows = {{}};
  for (int base : bases) {
    std::vector<InputRow> longer;
    for (const InputRow& row : rows)
      for (int value = 0; value < base; ++value) {
        longer.push_back(row);
        longer.back().push_back(value);
      }
    rows = std::move(longer);
  }
  return rows;
}

TEST(ExpressionSearch, finds_the_largest_of_four) {
  Domain domain{{{"a", 4}}, product({6, 6, 6, 6}), [](const InputRow& row) { return *std::max_element(row.begin(), row.end()); }};
  auto program = search(domain);
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  EXPECT_EQ(program->size, 1);
  EXPECT_NE(program_to_c(*program, "max4", {}).text.find("for (int i = 1; i < 4; i++)"), std::string::npos);
}

TEST(ExpressionSearch, finds_the_digits_of_a_sum_with_its_carry) {
  std::vector<InputRow> rows = product({10, 10, 10, 10, 3});
  Domain domain{{{"a", 2}, {"b", 2}, {"step", 0}}, rows, [](const InputRow& row) {
                  const int sum = 10 * (row[0] + row[2]) + row[1] + row[3];
                  return row[4] == 0 ? sum / 100 : row[4] == 1 ? sum / 10 % 10 : sum % 10;
                }};
  auto program = search(domain, {.most_size = 5});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  EXPECT_EQ(program->cases.size(), 3u);
}

TEST(ExpressionSearch, finds_the_last_match) {
  Domain domain{{{"names", 3}, {"values", 3}, {"query", 0}}, {}, [](const InputRow& row) {
                  for (std::size_t end = 3; end > 0; --end)
                    if (row[end - 1] == row[6]) return row[end + 2];
                  return 0;
                }};
  for (const InputRow& row : product({3, 3, 3, 4, 4, 4, 3}))
    if (std::find(row.begin(), row.begin() + 3, row[6]) != row.begin() + 3) domain.rows.push_back(row);
  auto program = search(domain);
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  EXPECT_EQ(program->pool[program->cases[0].term].op, TermOp::kLastMatch);
}

TEST(ExpressionSearch, finds_trip_counts_by_operator) {
  std::vector<InputRow> rows;
  for (InputRow row : product({8, 3, 8, 3})) {
    ++row[3];
    rows.push_back(row);
  }
  Domain domain{{{"lo", 0}, {"op", 0}, {"hi", 0}, {"step", 0}}, rows, [](const InputRow& row) {
                  int count = 0;
                  for (int i = row[0]; row[1] == 0 ? i < row[2] : row[1] == 1 ? i <= row[2] : i != row[2]; i += row[3])
                    if (++count > 50) return -1;
                  return count;
                }};
  auto program = search(domain, {.most_size = 4});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  EXPECT_EQ(program->cases.size(), 3u);
}

TEST(ExpressionSearch, gives_no_answer_with_a_reason) {
  Domain domain{{{"x", 0}}, product({64}), [](const InputRow& row) { return static_cast<int>((row[0] * 2654435761u >> 7) % 61); }};
  auto program = search(domain, {.most_size = 4, .most_terms = 20'000});
  ASSERT_FALSE(program.has_value());
  EXPECT_NE(program.error().message.find("no program of the grammar"), std::string::npos);
}

}  // namespace
}  // namespace assay::analysis
