#include "analysis/inference/term.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace assay::analysis {

bool child_a_is_term(TermOp op) {
  switch (op) {
    case TermOp::kAdd:
    case TermOp::kSubtract:
    case TermOp::kMultiply:
    case TermOp::kDivide:
    case TermOp::kRemainder:
    case TermOp::kMaximum:
    case TermOp::kMinimum:
    case TermOp::kLess:
    case TermOp::kEqual:
    case TermOp::kTripLess:
    case TermOp::kTripLessEqual:
    case TermOp::kTripNotEqual: return true;
    default: return false;
  }
}
bool child_b_is_term(TermOp op) { return child_a_is_term(op) || op == TermOp::kArrayCount; }
bool child_c_is_term(TermOp op) {
  switch (op) {
    case TermOp::kTripLess:
    case TermOp::kTripLessEqual:
    case TermOp::kTripNotEqual:
    case TermOp::kLastMatch:
    case TermOp::kFirstMatch: return true;
    default: return false;
  }
}

TermPool::TermPool(std::vector<InputColumn> columns, int trip_limit) : columns_(std::move(columns)), trip_limit_(trip_limit) {
  int next = 0;
  for (const InputColumn& column : columns_) {
    first_.push_back(next);
    next += std::max(column.length, 1);
  }
}

int TermPool::add(Term term) {
  terms_.push_back(term);
  return count() - 1;
}

namespace {

std::optional<std::int32_t> narrow(std::int64_t value) {
  if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::int32_t>(value);
}

bool continues(TermOp op, std::int64_t i, std::int64_t bound) {
  if (op == TermOp::kTripLess) return i < bound;
  return op == TermOp::kTripLessEqual ? i <= bound : i != bound;
}

std::int32_t trips(TermOp op, std::int64_t i, std::int64_t bound, std::int64_t step, int limit) {
  if (step == 0) return continues(op, i, bound) ? kNever : 0;
  for (std::int32_t count = 0; count <= limit; ++count, i += step)
    if (!continues(op, i, bound)) return count;
  return kNever;
}

}  // namespace

bool TermPool::apply_rows(TermOp op, const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b, std::vector<std::int32_t>& result) {
  result.resize(a.size());
  // One loop per operator, so that the switch is not taken once per row.
  auto rows = [&](auto of) {
    for (std::size_t row = 0; row < a.size(); ++row) {
      const std::int64_t value = of(std::int64_t{a[row]}, std::int64_t{b[row]});
      result[row] = static_cast<std::int32_t>(value);
      if (value != result[row]) return false;
    }
    return true;
  };
  const bool divides = op == TermOp::kDivide || op == TermOp::kRemainder;
  if (divides && std::find(b.begin(), b.end(), 0) != b.end()) return false;
  switch (op) {
    case TermOp::kAdd: return rows([](std::int64_t x, std::int64_t y) { return x + y; });
    case TermOp::kSubtract: return rows([](std::int64_t x, std::int64_t y) { return x - y; });
    case TermOp::kMultiply: return rows([](std::int64_t x, std::int64_t y) { return x * y; });
    case TermOp::kDivide: return rows([](std::int64_t x, std::int64_t y) { return x / y; });
    case TermOp::kRemainder: return rows([](std::int64_t x, std::int64_t y) { return x % y; });
    case TermOp::kMaximum: return rows([](std::int64_t x, std::int64_t y) { return std::max(x, y); });
    case TermOp::kMinimum: return rows([](std::int64_t x, std::int64_t y) { return std::min(x, y); });
    case TermOp::kLess: return rows([](std::int64_t x, std::int64_t y) { return std::int64_t{x < y}; });
    case TermOp::kEqual: return rows([](std::int64_t x, std::int64_t y) { return std::int64_t{x == y}; });
    default: return false;
  }
}

std::optional<std::int32_t> TermPool::apply(const Term& term, const InputRow& row, std::int32_t a, std::int32_t b, std::int32_t c) const {
  const std::int64_t x = a, y = b;
  auto column = [&](int index) {
    const auto begin = row.begin() + first_[static_cast<std::size_t>(index)];
    return std::pair{begin, begin + std::max(columns_[static_cast<std::size_t>(index)].length, 1)};
  };
  switch (term.op) {
    case TermOp::kInput: return *column(term.a).first;
    case TermOp::kElement: return *(column(term.a).first + term.b);
    case TermOp::kConstant: return term.constant;
    case TermOp::kAdd: return narrow(x + y);
    case TermOp::kSubtract: return narrow(x - y);
    case TermOp::kMultiply: return narrow(x * y);
    case TermOp::kDivide: return y == 0 ? std::nullopt : narrow(x / y);
    case TermOp::kRemainder: return y == 0 ? std::nullopt : narrow(x % y);
    case TermOp::kMaximum: return std::max(a, b);
    case TermOp::kMinimum: return std::min(a, b);
    case TermOp::kLess: return a < b;
    case TermOp::kEqual: return a == b;
    case TermOp::kArraySum: {
      auto [begin, end] = column(term.a);
      return narrow(std::accumulate(begin, end, std::int64_t{0}));
    }
    case TermOp::kArrayMaximum: {
      auto [begin, end] = column(term.a);
      return *std::max_element(begin, end);
    }
    case TermOp::kArrayMinimum: {
      auto [begin, end] = column(term.a);
      return *std::min_element(begin, end);
    }
    case TermOp::kArrayCount: {
      auto [begin, end] = column(term.a);
      return static_cast<std::int32_t>(std::count(begin, end, b));
    }
    case TermOp::kLastMatch:
    case TermOp::kFirstMatch: {
      auto [keys, keys_end] = column(term.a);
      auto values = column(term.b).first;
      std::int32_t found = term.constant;
      for (auto key = keys; key != keys_end; ++key) {
        if (*key != c) continue;
        found = *(values + (key - keys));
        if (term.op == TermOp::kFirstMatch) break;
      }
      return found;
    }
    case TermOp::kTripLess:
    case TermOp::kTripLessEqual:
    case TermOp::kTripNotEqual: return trips(term.op, a, b, c, trip_limit_);
  }
  return std::nullopt;
}

std::optional<std::int32_t> TermPool::evaluate(int index, const InputRow& row) const {
  const Term& term = (*this)[index];
  auto child = [&](bool is_term, int of) -> std::optional<std::int32_t> { return is_term ? evaluate(of, row) : std::optional<std::int32_t>(0); };
  const auto a = child(child_a_is_term(term.op), term.a), b = child(child_b_is_term(term.op), term.b), c = child(child_c_is_term(term.op), term.c);
  if (!a || !b || !c) return std::nullopt;
  return apply(term, row, *a, *b, *c);
}

}  // namespace assay::analysis
