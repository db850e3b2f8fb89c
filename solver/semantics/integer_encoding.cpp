#include "solver/semantics/encodings.h"

namespace assay::solver {

using program::BinaryOp;
using program::Type;
using smt::Op;
using smt::Sort;
using smt::Wide;

namespace {

class IntegerEncoding : public Encoding {
 public:
  using Encoding::Encoding;

  Term constant(const Type& type, std::int64_t value) override {
    return store_.integer(type.is_signed || type.width < 64 ? Wide{value} : Wide{static_cast<std::uint64_t>(value)});
  }

  Term variable(const Type&, const std::string& name) override { return store_.variable(name, Sort::integer()); }

  Term in_range(const Type& type, Term value) override { return store_.integer(lowest(type)) <= value && value <= store_.integer(highest(type)); }

  Term no_form(const Type& type) {
    exact_ = false;
    return constant(type, 0);
  }

  Term reduce(const Type& type, Term a) {
    if (mode_ == SemanticsMode::kMath) return a;
    const Term modulus = store_.integer(Wide{1} << type.width);
    if (!type.is_signed) return store_.apply(Op::kFloorModulo, a, modulus);
    const Term shift = store_.integer(-lowest(type));
    return store_.apply(Op::kFloorModulo, a + shift, modulus) - shift;
  }

  /// SMT-LIB's div rounds so that the remainder is not negative; C rounds towards zero.
  Term truncated_divide(Term a, Term b) {
    const Term zero = store_.integer(0);
    return store_.ite(zero <= a, store_.apply(Op::kFloorDivide, a, b), -store_.apply(Op::kFloorDivide, -a, b));
  }

  Term truncated_remainder(Term a, Term b) {
    const Term zero = store_.integer(0);
    return store_.ite(zero <= a, store_.apply(Op::kFloorModulo, a, b), -store_.apply(Op::kFloorModulo, -a, b));
  }

  Term power_of_two(Term exponent, int width) {
    Term power = store_.integer(1);
    for (int i = 1; i < width; ++i) power = store_.ite(exponent.equals(store_.integer(i)), store_.integer(Wide{1} << i), power);
    return power;
  }

  /// The low bits of a two's complement number are its residue: only masks 2^k - 1 have an integer form.
  Term mask(const Type& type, Term a, Term b) {
    if (a.is_constant()) std::swap(a, b);
    if (!b.is_constant()) return no_form(type);
    if (a.is_constant()) return store_.integer(a.value() & b.value());
    const Wide bits = b.value();
    if (bits < 0 || (bits & (bits + 1)) != 0) return no_form(type);
    return store_.apply(Op::kFloorModulo, a, store_.integer(bits + 1));
  }

  Term exact_result(BinaryOp op, const Type& type, Term a, Term b) {
    switch (op) {
      case BinaryOp::kAdd: return a + b;
      case BinaryOp::kSubtract: return a - b;
      case BinaryOp::kMultiply: return a * b;
      case BinaryOp::kShiftLeft:
        if (!a.is_constant() && !b.is_constant()) return no_form(type);
        return a * power_of_two(b, type.width);
      default: return a;
    }
  }

  Term arithmetic(BinaryOp op, const Type& type, Term a, Term b, const Type&) override {
    const bool overflow_is_excluded = type.is_signed && mode_ == SemanticsMode::kUbIsError;
    switch (op) {
      case BinaryOp::kAdd:
      case BinaryOp::kSubtract:
      case BinaryOp::kMultiply:
      case BinaryOp::kShiftLeft: {
        const Term result = exact_result(op, type, a, b);
        return overflow_is_excluded && op != BinaryOp::kShiftLeft ? result : reduce(type, result);  // C++20 defines shifts past the sign
      }
      case BinaryOp::kDivide: return type.is_signed ? truncated_divide(a, b) : store_.apply(Op::kFloorDivide, a, b);
      case BinaryOp::kRemainder: return type.is_signed ? truncated_remainder(a, b) : store_.apply(Op::kFloorModulo, a, b);
      case BinaryOp::kShiftRight:
        if (!a.is_constant() && !b.is_constant()) return no_form(type);
        return store_.apply(Op::kFloorDivide, a, power_of_two(b, type.width));
      case BinaryOp::kBitAnd: return mask(type, a, b);
      case BinaryOp::kBitOr:
        if (a.is_constant() && b.is_constant()) return store_.integer(a.value() | b.value());
        return no_form(type);
      case BinaryOp::kBitXor:
        if (a.is_constant() && b.is_constant()) return store_.integer(a.value() ^ b.value());
        return no_form(type);
      default: return a;
    }
  }

  Term overflows(BinaryOp op, const Type& type, Term a, Term b, const Type&) override {
    const Term result = exact_result(op, type, a, b);
    const Term outside = !in_range(type, result);
    return op == BinaryOp::kShiftLeft ? a < store_.integer(0) || outside : outside;
  }

  Term compare(BinaryOp op, const Type&, Term a, Term b) override {
    switch (op) {
      case BinaryOp::kEqual: return a.equals(b);
      case BinaryOp::kNotEqual: return a.differs(b);
      case BinaryOp::kLess: return a < b;
      case BinaryOp::kLessEqual: return a <= b;
      case BinaryOp::kGreater: return b < a;
      case BinaryOp::kGreaterEqual: return b <= a;
      default: return store_.no();
    }
  }

  Term negate(const Type& type, Term a) override {
    const bool overflow_is_excluded = type.is_signed && mode_ == SemanticsMode::kUbIsError;
    return overflow_is_excluded ? -a : reduce(type, -a);
  }

  /// ~a is -a - 1 in two's complement, and 2^width - 1 - a for unsigned types.
  Term bit_not(const Type& type, Term a) override { return type.is_signed ? -a - store_.integer(1) : store_.integer(highest(type)) - a; }

  Term convert(const Type& from, const Type& to, Term a) override {
    if (to.is_bool) return from_condition(to, nonzero(from, a));
    if (lowest(to) <= lowest(from) && highest(from) <= highest(to)) return a;
    return reduce(to, a);
  }

  std::int64_t read(const Type&, Wide value) const override { return static_cast<std::int64_t>(value); }

  void reinterpret_bits() override { exact_ = false; }
};

}  // namespace

std::unique_ptr<Encoding> integer_encoding(smt::TermStore& store, SemanticsMode mode) { return std::make_unique<IntegerEncoding>(store, mode); }

}  // namespace assay::solver
