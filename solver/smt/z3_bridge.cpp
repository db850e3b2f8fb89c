#include "solver/smt/z3_bridge.h"

#include <string>
#include <unordered_map>

namespace assay::solver::smt {
namespace {

std::string decimal(Wide value) {
  const bool negative = value < 0;
  UWide rest = negative ? UWide{0} - static_cast<UWide>(value) : static_cast<UWide>(value);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  return negative ? "-" + digits : digits;
}

class Translator {
 public:
  explicit Translator(z3::context& context) : context_(context) {}

  std::vector<z3::expr> run(const std::vector<Term>& assertions) {
    for (const Node* node : in_order(assertions)) built_.emplace(node, build(*node));
    std::vector<z3::expr> result;
    for (Term assertion : assertions) result.push_back(of(assertion));
    return result;
  }

 private:
  const z3::expr& of(Term term) const { return built_.at(term.node()); }

  z3::expr build(const Node& node) {
    if (node.op == Op::kConstant) return constant(node);
    if (node.op == Op::kVariable) return context_.constant(node.store->name(Term(&node)).c_str(), sort(node.sort));
    const z3::expr& a = of(node.a);
    switch (node.op) {
      case Op::kNot: return !a;
      case Op::kNegate: return -a;
      case Op::kBitNot: return ~a;
      case Op::kTruncate: return a.extract(static_cast<unsigned>(node.sort.width - 1), 0);
      case Op::kZeroExtend: return z3::zext(a, static_cast<unsigned>(node.sort.width - node.a.sort().width));
      case Op::kSignExtend: return z3::sext(a, static_cast<unsigned>(node.sort.width - node.a.sort().width));
      case Op::kIte: return z3::ite(a, of(node.b), of(node.c));
      default: return binary(node.op, a, of(node.b));
    }
  }

  static z3::expr binary(Op op, const z3::expr& a, const z3::expr& b) {
    switch (op) {
      case Op::kAnd: return a && b;
      case Op::kOr: return a || b;
      case Op::kEqual: return a == b;
      case Op::kAdd: return a + b;
      case Op::kSubtract: return a - b;
      case Op::kMultiply: return a * b;
      case Op::kLess: return a < b;
      case Op::kLessEqual: return a <= b;
      case Op::kUnsignedLess: return z3::ult(a, b);
      case Op::kUnsignedLessEqual: return z3::ule(a, b);
      case Op::kUnsignedDivide: return z3::udiv(a, b);
      case Op::kUnsignedRemainder: return z3::urem(a, b);
      case Op::kSignedDivide: return a / b;
      case Op::kSignedRemainder: return z3::srem(a, b);
      case Op::kFloorDivide: return a / b;
      case Op::kFloorModulo: return z3::mod(a, b);
      case Op::kShiftLeft: return z3::shl(a, b);
      case Op::kLogicalShiftRight: return z3::lshr(a, b);
      case Op::kArithmeticShiftRight: return z3::ashr(a, b);
      case Op::kBitAnd: return a & b;
      case Op::kBitOr: return a | b;
      case Op::kBitXor: return a ^ b;
      case Op::kMultiplyOverflows: return !(z3::bvmul_no_overflow(a, b, true) && z3::bvmul_no_underflow(a, b));
      default: throw z3::exception("operator without a binary form");
    }
  }

  z3::expr constant(const Node& node) {
    switch (node.sort.kind) {
      case SortKind::kBool: return context_.bool_val(node.value != 0);
      case SortKind::kInteger: return context_.int_val(decimal(node.value).c_str());
      case SortKind::kBitVector: return context_.bv_val(decimal(node.value).c_str(), static_cast<unsigned>(node.sort.width));
    }
    throw z3::exception("sort without a constant");
  }

  z3::sort sort(Sort sort) {
    switch (sort.kind) {
      case SortKind::kBool: return context_.bool_sort();
      case SortKind::kInteger: return context_.int_sort();
      case SortKind::kBitVector: return context_.bv_sort(static_cast<unsigned>(sort.width));
    }
    throw z3::exception("unknown sort");
  }

  z3::context& context_;
  std::unordered_map<const Node*, z3::expr> built_;
};

}  // namespace

std::vector<z3::expr> translate(z3::context& context, const std::vector<Term>& assertions) { return Translator(context).run(assertions); }

std::optional<Wide> value_of(const z3::expr& value) {
  if (value.is_bool()) return value.is_true() ? 1 : 0;
  if (!value.is_numeral()) return std::nullopt;
  const std::string digits = Z3_get_numeral_string(value.ctx(), value);
  const bool negative = !digits.empty() && digits[0] == '-';
  Wide result = 0;
  for (std::size_t i = negative ? 1 : 0; i < digits.size(); ++i) {
    if (digits[i] < '0' || digits[i] > '9') return std::nullopt;
    if (__builtin_mul_overflow(result, Wide{10}, &result) || __builtin_add_overflow(result, Wide{digits[i] - '0'}, &result)) return std::nullopt;
  }
  return negative ? -result : result;
}

bool read_model(const z3::model& model, Model& into) {
  for (unsigned i = 0; i < model.num_consts(); ++i) {
    const z3::func_decl declaration = model.get_const_decl(i);
    const std::optional<Wide> value = value_of(model.get_const_interp(declaration));
    if (!value) return false;
    into.set(declaration.name().str(), *value);
  }
  return true;
}

}  // namespace assay::solver::smt
