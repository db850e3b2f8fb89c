// Both encodings against C arithmetic on all pairs of eight-bit values: folding a constant term must give what C gives.
#include "solver/semantics/encoding.h"

#include <gtest/gtest.h>

namespace assay::solver {
namespace {

using program::BinaryOp;
using program::Type;

Type integer(int width, bool is_signed) {
  Type type;
  type.kind = program::TypeKind::kInteger;
  type.width = width;
  type.is_signed = is_signed;
  return type;
}

std::int64_t wrapped(const Type& type, std::int64_t value) {
  return type.is_signed ? static_cast<std::int8_t>(value) : static_cast<std::uint8_t>(value);
}

struct Computed {
  std::int64_t exact = 0;
  bool defined = true;  ///< apart from overflow
};

Computed in_c(BinaryOp op, std::int64_t a, std::int64_t b) {
  switch (op) {
    case BinaryOp::kAdd: return {a + b};
    case BinaryOp::kSubtract: return {a - b};
    case BinaryOp::kMultiply: return {a * b};
    case BinaryOp::kDivide: return {b == 0 ? 0 : a / b, b != 0};
    case BinaryOp::kRemainder: return {b == 0 ? 0 : a % b, b != 0};
    case BinaryOp::kShiftLeft: return {b < 0 || b > 7 ? 0 : a * (std::int64_t{1} << b), b >= 0 && b <= 7};
    case BinaryOp::kShiftRight: return {b < 0 || b > 7 ? 0 : a >> b, b >= 0 && b <= 7};
    case BinaryOp::kBitAnd: return {a & b};
    case BinaryOp::kBitOr: return {a | b};
    case BinaryOp::kBitXor: return {a ^ b};
    default: return {};
  }
}

class BothEncodings : public testing::TestWithParam<EncodingKind> {};

TEST_P(BothEncodings, arithmetic_on_eight_bits_is_that_of_c) {
  for (bool is_signed : {true, false}) {
    smt::TermStore store;
    const auto encoding = make_encoding(GetParam(), store, SemanticsMode::kWrap);
    const Type type = integer(8, is_signed);
    const auto low = static_cast<std::int64_t>(lowest(type)), high = static_cast<std::int64_t>(highest(type));
    for (std::int64_t a = low; a <= high; ++a)
      for (std::int64_t b = low; b <= high; ++b)
        for (int op = 0; op <= static_cast<int>(BinaryOp::kBitXor); ++op) {
          const auto binary = static_cast<BinaryOp>(op);
          const Computed expected = in_c(binary, a, b);
          const bool overflows = binary == BinaryOp::kDivide && expected.exact > high;  // -128 / -1
          if (!expected.defined || overflows) continue;
          const Term x = encoding->constant(type, a), y = encoding->constant(type, b);
          const Term result = encoding->arithmetic(binary, type, x, y, type);
          ASSERT_TRUE(result.is_constant());
          ASSERT_EQ(encoding->read(type, result.value()), wrapped(type, expected.exact)) << a << " op " << op << " " << b << " signed " << is_signed;
        }
    EXPECT_TRUE(encoding->exact());
  }
}

TEST_P(BothEncodings, overflow_is_a_result_outside_the_type) {
  smt::TermStore store;
  const auto encoding = make_encoding(GetParam(), store, SemanticsMode::kUbIsError);
  const Type type = integer(8, true);
  for (std::int64_t a = -128; a <= 127; ++a)
    for (std::int64_t b = -128; b <= 127; ++b)
      for (BinaryOp op : {BinaryOp::kAdd, BinaryOp::kSubtract, BinaryOp::kMultiply, BinaryOp::kShiftLeft}) {
        const Computed expected = in_c(op, a, b);
        if (!expected.defined) continue;
        const bool outside = expected.exact < -128 || expected.exact > 127 || (op == BinaryOp::kShiftLeft && a < 0);
        ASSERT_EQ(encoding->overflows(op, type, encoding->constant(type, a), encoding->constant(type, b), type).is_true(), outside)
            << a << " " << static_cast<int>(op) << " " << b;
      }
}

TEST_P(BothEncodings, conversions_keep_the_value_modulo_the_width) {
  smt::TermStore store;
  const auto encoding = make_encoding(GetParam(), store, SemanticsMode::kUbIsError);
  Type boolean = integer(1, false);
  boolean.is_bool = true;
  for (std::int64_t value : {-32768, -129, -128, -1, 0, 1, 127, 128, 255, 256, 32767}) {
    const Type wide = integer(16, true);
    const Term term = encoding->constant(wide, value);
    for (bool is_signed : {true, false}) {
      const Type narrow = integer(8, is_signed);
      EXPECT_EQ(encoding->read(narrow, encoding->convert(wide, narrow, term).value()), wrapped(narrow, value));
      const Term back = encoding->convert(narrow, wide, encoding->convert(wide, narrow, term));
      EXPECT_EQ(encoding->read(wide, back.value()), wrapped(narrow, value));
    }
    EXPECT_EQ(encoding->read(boolean, encoding->convert(wide, boolean, term).value()), value != 0);
  }
  const Type unsigned_wide = integer(64, false);
  EXPECT_EQ(encoding->read(unsigned_wide, encoding->constant(unsigned_wide, -1).value()), -1);  // all ones keep their pattern
}

TEST_P(BothEncodings, comparisons_read_the_sign_from_the_type) {
  smt::TermStore store;
  const auto encoding = make_encoding(GetParam(), store, SemanticsMode::kUbIsError);
  const Type s = integer(8, true), u = integer(8, false);
  EXPECT_TRUE(encoding->compare(BinaryOp::kLess, s, encoding->constant(s, -1), encoding->constant(s, 1)).is_true());
  EXPECT_TRUE(encoding->compare(BinaryOp::kGreater, u, encoding->constant(u, 255), encoding->constant(u, 1)).is_true());
  EXPECT_TRUE(encoding->is_lowest(s, encoding->constant(s, -128)).is_true());
}

INSTANTIATE_TEST_SUITE_P(Encodings, BothEncodings, testing::Values(EncodingKind::kBitVectors, EncodingKind::kIntegers));

TEST(IntegerEncoding, a_bit_operation_on_two_variables_has_no_form) {
  smt::TermStore store;
  const auto encoding = make_encoding(EncodingKind::kIntegers, store, SemanticsMode::kUbIsError);
  const Type type = integer(32, false);
  const Term x = encoding->variable(type, "x"), y = encoding->variable(type, "y");
  encoding->arithmetic(BinaryOp::kBitAnd, type, x, encoding->constant(type, 15), type);  // the residue modulo 16
  EXPECT_TRUE(encoding->exact());
  encoding->arithmetic(BinaryOp::kBitXor, type, x, y, type);
  EXPECT_FALSE(encoding->exact());
}

TEST(IntegerEncoding, math_does_not_wrap) {
  smt::TermStore store;
  const auto encoding = make_encoding(EncodingKind::kIntegers, store, SemanticsMode::kMath);
  const Type type = integer(8, true);
  EXPECT_EQ(encoding->arithmetic(BinaryOp::kMultiply, type, encoding->constant(type, 100), encoding->constant(type, 100), type).value(), 10000);
}

}  // namespace
}  // namespace assay::solver
