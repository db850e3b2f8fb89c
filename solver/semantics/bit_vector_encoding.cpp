#include "solver/semantics/encodings.h"

namespace assay::solver {

using program::BinaryOp;
using program::Type;
using smt::Op;
using smt::Sort;

namespace {

class BitVectorEncoding : public Encoding {
 public:
  using Encoding::Encoding;

  Term constant(const Type& type, std::int64_t value) override { return store_.bits(value, type.width); }
  Term variable(const Type& type, const std::string& name) override { return store_.variable(name, Sort::bit_vector(type.width)); }
  Term in_range(const Type&, Term) override { return store_.yes(); }

  Term shift_count(const Type& type, Term b, const Type& b_type) {
    if (b_type.width > type.width) return store_.resize(Op::kTruncate, b, type.width);  // counts >= width are excluded by their own check
    return store_.resize(b_type.is_signed ? Op::kSignExtend : Op::kZeroExtend, b, type.width);
  }

  Term arithmetic(BinaryOp op, const Type& type, Term a, Term b, const Type& b_type) override {
    switch (op) {
      case BinaryOp::kAdd: return a + b;
      case BinaryOp::kSubtract: return a - b;
      case BinaryOp::kMultiply: return a * b;
      case BinaryOp::kDivide: return store_.apply(type.is_signed ? Op::kSignedDivide : Op::kUnsignedDivide, a, b);
      case BinaryOp::kRemainder: return store_.apply(type.is_signed ? Op::kSignedRemainder : Op::kUnsignedRemainder, a, b);
      case BinaryOp::kShiftLeft: return store_.apply(Op::kShiftLeft, a, shift_count(type, b, b_type));
      case BinaryOp::kShiftRight:
        return store_.apply(type.is_signed ? Op::kArithmeticShiftRight : Op::kLogicalShiftRight, a, shift_count(type, b, b_type));
      case BinaryOp::kBitAnd: return store_.apply(Op::kBitAnd, a, b);
      case BinaryOp::kBitOr: return store_.apply(Op::kBitOr, a, b);
      case BinaryOp::kBitXor: return store_.apply(Op::kBitXor, a, b);
      default: return a;
    }
  }

  Term overflows(BinaryOp op, const Type& type, Term a, Term b, const Type& b_type) override {
    const Term zero = constant(type, 0);
    switch (op) {
      case BinaryOp::kAdd: {
        const Term sum = a + b;
        if (b.is_constant()) return b.signed_value() >= 0 ? sum < a : a < sum;
        return (a < zero).equals(b < zero) && (sum < zero).differs(a < zero);
      }
      case BinaryOp::kSubtract: {
        const Term difference = a - b;
        if (b.is_constant()) return b.signed_value() >= 0 ? a < difference : difference < a;
        return (a < zero).differs(b < zero) && (difference < zero).differs(a < zero);
      }
      case BinaryOp::kMultiply: return store_.apply(Op::kMultiplyOverflows, a, b);
      case BinaryOp::kShiftLeft: {
        const Term count = shift_count(type, b, b_type);
        const Term back = store_.apply(Op::kArithmeticShiftRight, store_.apply(Op::kShiftLeft, a, count), count);
        return a < zero || back.differs(a);
      }
      default: return store_.no();
    }
  }

  Term compare(BinaryOp op, const Type& type, Term a, Term b) override {
    switch (op) {
      case BinaryOp::kEqual: return a.equals(b);
      case BinaryOp::kNotEqual: return a.differs(b);
      case BinaryOp::kLess: return type.is_signed ? a < b : a.unsigned_less(b);
      case BinaryOp::kLessEqual: return type.is_signed ? a <= b : a.unsigned_less_equal(b);
      case BinaryOp::kGreater: return compare(BinaryOp::kLess, type, b, a);
      case BinaryOp::kGreaterEqual: return compare(BinaryOp::kLessEqual, type, b, a);
      default: return store_.no();
    }
  }

  Term negate(const Type&, Term a) override { return -a; }
  Term bit_not(const Type&, Term a) override { return store_.apply(Op::kBitNot, a); }

  Term convert(const Type& from, const Type& to, Term a) override {
    if (to.is_bool) return from_condition(to, nonzero(from, a));
    if (to.width <= from.width) return store_.resize(Op::kTruncate, a, to.width);
    return store_.resize(from.is_signed ? Op::kSignExtend : Op::kZeroExtend, a, to.width);
  }

  std::int64_t read(const Type& type, smt::Wide value) const override {
    return static_cast<std::int64_t>(type.is_signed ? smt::as_signed(value, type.width) : value);
  }
};

}  // namespace

std::unique_ptr<Encoding> bit_vector_encoding(smt::TermStore& store, SemanticsMode mode) { return std::make_unique<BitVectorEncoding>(store, mode); }

}  // namespace assay::solver
