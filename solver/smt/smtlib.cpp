#include "solver/smt/smtlib.h"

#include <fmt/format.h>

#include <unordered_map>

namespace assay::solver::smt {
namespace {

std::string sort_text(Sort sort) {
  switch (sort.kind) {
    case SortKind::kBool: return "Bool";
    case SortKind::kInteger: return "Int";
    case SortKind::kBitVector: return fmt::format("(_ BitVec {})", sort.width);
  }
  return {};
}

std::string decimal(UWide value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value != 0);
  return digits;
}

std::string constant_text(const Node& node) {
  switch (node.sort.kind) {
    case SortKind::kBool: return node.value ? "true" : "false";
    case SortKind::kBitVector: return fmt::format("(_ bv{} {})", decimal(static_cast<UWide>(node.value)), node.sort.width);
    case SortKind::kInteger:
      return node.value < 0 ? "(- " + decimal(UWide{0} - static_cast<UWide>(node.value)) + ")" : decimal(static_cast<UWide>(node.value));
  }
  return {};
}

const char* operator_text(Op op, bool integer) {
  switch (op) {
    case Op::kNot: return "not";
    case Op::kAnd: return "and";
    case Op::kOr: return "or";
    case Op::kIte: return "ite";
    case Op::kEqual: return "=";
    case Op::kAdd: return integer ? "+" : "bvadd";
    case Op::kSubtract: return integer ? "-" : "bvsub";
    case Op::kMultiply: return integer ? "*" : "bvmul";
    case Op::kNegate: return integer ? "-" : "bvneg";
    case Op::kLess: return integer ? "<" : "bvslt";
    case Op::kLessEqual: return integer ? "<=" : "bvsle";
    case Op::kUnsignedLess: return "bvult";
    case Op::kUnsignedLessEqual: return "bvule";
    case Op::kUnsignedDivide: return "bvudiv";
    case Op::kUnsignedRemainder: return "bvurem";
    case Op::kSignedDivide: return "bvsdiv";
    case Op::kSignedRemainder: return "bvsrem";
    case Op::kFloorDivide: return "div";
    case Op::kFloorModulo: return "mod";
    case Op::kShiftLeft: return "bvshl";
    case Op::kLogicalShiftRight: return "bvlshr";
    case Op::kArithmeticShiftRight: return "bvashr";
    case Op::kBitAnd: return "bvand";
    case Op::kBitOr: return "bvor";
    case Op::kBitXor: return "bvxor";
    case Op::kBitNot: return "bvnot";
    default: return "";
  }
}

/// Names of nodes: constants are written out, variables by quoted name, everything else by its definition's name.
class Printer {
 public:
  std::string run(const std::vector<Term>& assertions, const std::vector<std::string>& comment) {
    for (const std::string& line : comment) text_ += "; " + line + "\n";
    text_ += "(set-logic " + logic_of(assertions) + ")\n";
    for (const Node* node : in_order(assertions)) add(node);
    for (Term assertion : assertions) text_ += "(assert " + names_.at(assertion.node()) + ")\n";
    text_ += "(check-sat)\n";
    return std::move(text_);
  }

 private:
  void add(const Node* node) {
    if (node->op == Op::kConstant) {
      names_[node] = constant_text(*node);
    } else if (node->op == Op::kVariable) {
      names_[node] = "|" + node->store->name(Term(node)) + "|";
      text_ += fmt::format("(declare-const {} {})\n", names_[node], sort_text(node->sort));
    } else {
      const std::string body = body_of(*node);
      names_[node] = fmt::format("t{}", ++count_);
      text_ += fmt::format("(define-fun {} () {} {})\n", names_[node], sort_text(node->sort), body);
    }
  }

  std::string body_of(const Node& node) const {
    const std::string& a = names_.at(node.a.node());
    switch (node.op) {
      case Op::kTruncate: return fmt::format("((_ extract {} 0) {})", node.sort.width - 1, a);
      case Op::kZeroExtend: return fmt::format("((_ zero_extend {}) {})", node.sort.width - node.a.sort().width, a);
      case Op::kSignExtend: return fmt::format("((_ sign_extend {}) {})", node.sort.width - node.a.sort().width, a);
      case Op::kMultiplyOverflows: {
        const int width = node.a.sort().width;
        const std::string product = fmt::format("(bvmul ((_ sign_extend {0}) {1}) ((_ sign_extend {0}) {2}))", width, a, names_.at(node.b.node()));
        return fmt::format("(let ((p {0})) (not (= p ((_ sign_extend {1}) ((_ extract {2} 0) p)))))", product, width, width - 1);
      }
      default: break;
    }
    std::string text = fmt::format("({} {}", operator_text(node.op, node.a.sort().kind == SortKind::kInteger), a);
    for (Term part : {node.b, node.c})
      if (part.valid()) text += " " + names_.at(part.node());
    return text + ")";
  }

  std::unordered_map<const Node*, std::string> names_;
  std::string text_;
  int count_ = 0;
};

}  // namespace

std::string logic_of(const std::vector<Term>& assertions) {
  bool bits = false, integers = false, products = false;
  for (const Node* node : in_order(assertions)) {
    bits |= node->sort.kind == SortKind::kBitVector;
    integers |= node->sort.kind == SortKind::kInteger;
    const bool nonlinear = node->op == Op::kMultiply || node->op == Op::kFloorDivide || node->op == Op::kFloorModulo;
    products |= nonlinear && node->sort.kind == SortKind::kInteger && !node->b.is_constant();
  }
  if (bits && integers) return "ALL";
  if (integers) return products ? "QF_NIA" : "QF_LIA";
  return "QF_BV";
}

std::string to_smtlib(const std::vector<Term>& assertions, const std::vector<std::string>& comment) { return Printer().run(assertions, comment); }

}  // namespace assay::solver::smt
