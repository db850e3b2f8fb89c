// The small language in which programs over finite tuples are searched: integer expressions and the loops people write over arrays.
//
// A term is a row of a TermPool; children come before parents. `evaluate` is partial: a division by zero, a value outside 32 bits or an
// endless loop gives nothing, and such a term is never a candidate. Test: tests/analysis/expression_search_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::analysis {

/// An input of the program: an integer (length 0) or an array of `length` integers.
struct InputColumn {
  std::string name;
  int length = 0;
};

/// All inputs of one row, flattened in column order.
using InputRow = std::vector<std::int32_t>;

enum class TermOp {
  kInput,     ///< scalar column a
  kElement,   ///< column a, element b
  kConstant,  ///< constant
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kMaximum,
  kMinimum,
  kLess,
  kEqual,
  kArraySum,
  kArrayMaximum,
  kArrayMinimum,  ///< over column a
  kArrayCount,    ///< elements of column a equal to term b
  kLastMatch,
  kFirstMatch,  ///< element of column b at the last (first) place where column a equals term c; `constant` if none
  kTripLess,
  kTripLessEqual,
  kTripNotEqual,  ///< iterations of `for (i = a; i OP b; i += c)`; kNever if more than the limit
};

inline constexpr std::int32_t kNever = -1;  ///< value of a loop that does not end

struct Term {
  TermOp op = TermOp::kConstant;
  int a = -1, b = -1, c = -1;  ///< columns or terms, as the operator says
  std::int32_t constant = 0;
  int size = 1;  ///< nodes
};

class TermPool {
 public:
  /// `trip_limit`: a loop that has not ended after so many iterations counts as endless.
  explicit TermPool(std::vector<InputColumn> columns, int trip_limit = 1000);
  int trip_limit() const { return trip_limit_; }
  int add(Term term);
  const Term& operator[](int term) const { return terms_[static_cast<std::size_t>(term)]; }
  int count() const { return static_cast<int>(terms_.size()); }
  const std::vector<InputColumn>& columns() const { return columns_; }

  /// Values of a binary operator over rows of values; false if it is undefined on one of them.
  static bool apply_rows(TermOp op, const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b, std::vector<std::int32_t>& result);
  /// Value of operator applied to the values of its term children.
  std::optional<std::int32_t> apply(const Term& term, const InputRow& row, std::int32_t a, std::int32_t b, std::int32_t c) const;
  std::optional<std::int32_t> evaluate(int term, const InputRow& row) const;

 private:
  std::vector<InputColumn> columns_;
  std::vector<int> first_;  ///< of each column within a row
  std::vector<Term> terms_;
  int trip_limit_;
};

/// Are a, b, c of this operator terms (rather than columns)?
bool child_a_is_term(TermOp op);
bool child_b_is_term(TermOp op);
bool child_c_is_term(TermOp op);

}  // namespace assay::analysis
