#include "solver/smt/fold.h"

namespace assay::solver::smt {
namespace {

UWide mask(int width) { return width >= 128 ? ~UWide{0} : (UWide{1} << width) - 1; }

/// SMT-LIB: division by zero gives all ones (unsigned), the remainder by zero its first operand.
UWide unsigned_divide(UWide a, UWide b, int width) { return b == 0 ? mask(width) : a / b; }
UWide unsigned_remainder(UWide a, UWide b) { return b == 0 ? a : a % b; }

UWide magnitude(Wide value) { return value < 0 ? UWide{0} - static_cast<UWide>(value) : static_cast<UWide>(value); }

UWide signed_divide(Wide a, Wide b, int width) {
  const UWide quotient = unsigned_divide(magnitude(a) & mask(width), magnitude(b) & mask(width), width);
  return (a < 0) != (b < 0) ? UWide{0} - quotient : quotient;
}

UWide signed_remainder(Wide a, Wide b, int width) {
  const UWide remainder = unsigned_remainder(magnitude(a) & mask(width), magnitude(b) & mask(width));
  return a < 0 ? UWide{0} - remainder : remainder;
}

std::optional<Wide> fold_integer(Op op, Wide a, Wide b) {
  Wide result = 0;
  switch (op) {
    case Op::kAdd:
      if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
      return result;
    case Op::kSubtract:
      if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
      return result;
    case Op::kMultiply:
      if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
      return result;
    case Op::kNegate:
      if (__builtin_sub_overflow(Wide{0}, a, &result)) return std::nullopt;
      return result;
    case Op::kFloorModulo:
    case Op::kFloorDivide: {  // Euclidean: the remainder is never negative
      if (b == 0) return op == Op::kFloorDivide ? 0 : a;
      Wide remainder = b == -1 ? 0 : a % b;
      if (remainder < 0) remainder += b < 0 ? -b : b;
      if (op == Op::kFloorModulo) return remainder;
      if (__builtin_sub_overflow(a, remainder, &result)) return std::nullopt;
      return b == -1 ? fold_integer(Op::kNegate, result, 0) : result / b;
    }
    case Op::kLess: return a < b;
    case Op::kLessEqual: return a <= b;
    default: return std::nullopt;
  }
}

}  // namespace

Wide as_signed(Wide bits, int width) {
  const UWide unsigned_bits = static_cast<UWide>(bits) & mask(width);
  const bool negative = (unsigned_bits >> (width - 1)) & 1;
  return static_cast<Wide>(negative ? unsigned_bits | ~mask(width) : unsigned_bits);
}

std::optional<Wide> fold(Op op, Sort operand, int result_width, Wide a, Wide b) {
  if (operand.kind == SortKind::kInteger) return fold_integer(op, a, b);
  const int width = operand.width;
  const UWide x = static_cast<UWide>(a), y = static_cast<UWide>(b);
  const Wide sx = as_signed(a, width), sy = as_signed(b, width);
  auto wrap = [&](UWide value) { return static_cast<Wide>(value & mask(result_width)); };
  switch (op) {
    case Op::kAdd: return wrap(x + y);
    case Op::kSubtract: return wrap(x - y);
    case Op::kMultiply: return wrap(x * y);
    case Op::kNegate: return wrap(UWide{0} - x);
    case Op::kLess: return sx < sy;
    case Op::kLessEqual: return sx <= sy;
    case Op::kUnsignedLess: return x < y;
    case Op::kUnsignedLessEqual: return x <= y;
    case Op::kUnsignedDivide: return wrap(unsigned_divide(x, y, width));
    case Op::kUnsignedRemainder: return wrap(unsigned_remainder(x, y));
    case Op::kSignedDivide: return wrap(signed_divide(sx, sy, width));
    case Op::kSignedRemainder: return wrap(signed_remainder(sx, sy, width));
    case Op::kShiftLeft: return y >= static_cast<UWide>(width) ? 0 : wrap(x << static_cast<int>(y));
    case Op::kLogicalShiftRight: return y >= static_cast<UWide>(width) ? 0 : wrap(x >> static_cast<int>(y));
    case Op::kArithmeticShiftRight: return wrap(static_cast<UWide>(sx >> (y >= static_cast<UWide>(width) ? width - 1 : static_cast<int>(y))));
    case Op::kBitAnd: return wrap(x & y);
    case Op::kBitOr: return wrap(x | y);
    case Op::kBitXor: return wrap(x ^ y);
    case Op::kBitNot: return wrap(~x);
    case Op::kTruncate:
    case Op::kZeroExtend: return wrap(x);
    case Op::kSignExtend: return wrap(static_cast<UWide>(sx));
    case Op::kMultiplyOverflows: {
      Wide product = 0;
      return __builtin_mul_overflow(sx, sy, &product) || as_signed(product, width) != product;
    }
    default: return std::nullopt;
  }
}

}  // namespace assay::solver::smt
