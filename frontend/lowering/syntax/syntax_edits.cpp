#include "frontend/lowering/syntax/syntax_edits.h"

#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "frontend/lowering/overlay_tokens.h"

namespace assay::syntax {
namespace {

using clang::BinaryOperator;
using clang::BinaryOperatorKind;
using clang::Expr;
using clang::Stmt;

/// Names that programmers give to locals, the short ones first.
constexpr std::array kNames = {"t", "v", "x", "m", "r", "j", "w", "c", "val", "res", "item", "value", "number", "amount", "output", "counter"};

/// What is mutated into what; the nearest first.
std::vector<BinaryOperatorKind> others(BinaryOperatorKind kind) {
  using namespace clang;
  switch (kind) {
    case BO_LT: return {BO_LE, BO_GT};
    case BO_LE: return {BO_LT, BO_GE};
    case BO_GT: return {BO_GE, BO_LT};
    case BO_GE: return {BO_GT, BO_LE};
    case BO_EQ: return {BO_NE, BO_LE};
    case BO_NE: return {BO_EQ, BO_LT};
    case BO_Add: return {BO_Sub, BO_Mul};
    case BO_Sub: return {BO_Add};
    case BO_Mul: return {BO_Add, BO_Sub};
    case BO_Div: return {BO_Mul, BO_Rem};
    case BO_Rem: return {BO_Div, BO_Mul};
    case BO_LAnd: return {BO_LOr};
    case BO_LOr: return {BO_LAnd};
    case BO_And: return {BO_Or};
    case BO_Or: return {BO_And};
    case BO_Shl: return {BO_Shr};
    case BO_Shr: return {BO_Shl};
    case BO_AddAssign: return {BO_SubAssign, BO_MulAssign};
    case BO_SubAssign: return {BO_AddAssign};
    case BO_MulAssign: return {BO_AddAssign, BO_SubAssign};
    case BO_DivAssign: return {BO_MulAssign, BO_RemAssign};
    case BO_RemAssign: return {BO_DivAssign, BO_MulAssign};
    default: return {};
  }
}

/// Line breaks and the blanks around them as one blank.
std::string one_line(const std::string& text) {
  std::string line;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\n') {
      line += text[at];
      continue;
    }
    while (at + 1 < text.size() && text[at + 1] == ' ') ++at;
    line += ' ';
  }
  return line;
}

bool is_commutative(BinaryOperatorKind kind) {
  using namespace clang;
  for (const BinaryOperatorKind each : {BO_Add, BO_Mul, BO_EQ, BO_NE, BO_And, BO_Or, BO_Xor, BO_LAnd, BO_LOr})
    if (kind == each) return true;
  return false;
}

/// `a < b` is `b > a`.
std::optional<BinaryOperatorKind> mirrored(BinaryOperatorKind kind) {
  using namespace clang;
  switch (kind) {
    case BO_LT: return BO_GT;
    case BO_LE: return BO_GE;
    case BO_GT: return BO_LT;
    case BO_GE: return BO_LE;
    default: return {};
  }
}

class Finder : public clang::RecursiveASTVisitor<Finder> {
 public:
  Finder(clang::ASTContext& context, const clang::FunctionDecl& function, const std::string& text)
      : context_(context), function_(function), text_(text), tokens_(lowering::raw_tokens(text)) {}

  std::vector<Alternatives> find() {
    collect_variables();
    for (const clang::VarDecl* variable : variables_) rename(*variable);
    TraverseStmt(function_.getBody());
    return std::move(found_);
  }

  bool VisitDeclRefExpr(clang::DeclRefExpr* reference) {
    const auto* variable = llvm::dyn_cast<clang::VarDecl>(reference->getDecl());
    const auto own = bytes(reference);
    if (variable == nullptr || !own) return true;
    std::vector<Alternatives::Text> texts;
    for (const clang::VarDecl* other : variables_)
      if (other->getName() != variable->getName() && same_type(*other, *variable)) texts.push_back(replaced(*own, other->getName().str()));
    add("token", *reference, std::move(texts));
    return true;
  }

  bool VisitIntegerLiteral(clang::IntegerLiteral* literal) {
    const auto own = bytes(literal);
    if (!own || literal->getValue().getActiveBits() > 62) return true;
    const std::uint64_t value = literal->getValue().getZExtValue();
    std::vector<Alternatives::Text> texts = {replaced(*own, std::to_string(value + 1))};
    if (value > 0) texts.push_back(replaced(*own, std::to_string(value - 1)));
    if (value == 1) std::swap(texts.front(), texts.back());
    add("token", *literal, std::move(texts));
    return true;
  }

  bool VisitBinaryOperator(BinaryOperator* binary) {
    const auto all = bytes(binary), left = bytes(binary->getLHS()), right = bytes(binary->getRHS());
    const auto sign = bytes(clang::SourceRange(binary->getOperatorLoc()));
    if (!all || !left || !right || !sign) return true;
    std::vector<Alternatives::Text> texts;
    for (const BinaryOperatorKind other : others(binary->getOpcode())) texts.push_back(replaced(*sign, spelled(other)));
    add("token", *binary, std::move(texts));
    if (binary->getLHS()->HasSideEffects(context_) || binary->getRHS()->HasSideEffects(context_)) return true;
    if (is_commutative(binary->getOpcode())) add("reorder", *binary, {swapped(*left, *right, wrapped(*binary, *left), code(*right), {})});
    if (const auto mirror = mirrored(binary->getOpcode()))
      add("idiom", *binary, {swapped(*left, *right, code(*left), code(*right), TextChange{sign->begin, sign->end, spelled(*mirror)})});
    if (is_zero(*binary->getRHS()) && (binary->getOpcode() == clang::BO_EQ || binary->getOpcode() == clang::BO_NE))
      add("idiom", *binary, {replaced(*all, (binary->getOpcode() == clang::BO_EQ ? "!" : "") + as_operand(*binary->getLHS(), *left))});
    return true;
  }

  bool VisitArraySubscriptExpr(clang::ArraySubscriptExpr* subscript) {
    const auto all = bytes(subscript), base = bytes(subscript->getBase()), index = bytes(subscript->getIdx());
    if (all && base && index && llvm::isa<clang::DeclRefExpr>(subscript->getBase()->IgnoreParenImpCasts()))
      add("idiom", *subscript, {replaced(*all, fmt::format("*({} + {})", code(*base), as_operand(*subscript->getIdx(), *index)))});
    return true;
  }

  bool VisitReturnStmt(clang::ReturnStmt* statement) {
    const Expr* value = statement->getRetValue();
    const auto own = value == nullptr ? std::nullopt : bytes(value);
    if (own && !llvm::isa<clang::ParenExpr>(value->IgnoreImpCasts())) add("idiom", *statement, {replaced(*own, "(" + code(*own) + ")")});
    return true;
  }

  bool VisitForStmt(clang::ForStmt* loop) {
    if (loop->getInc() != nullptr) discarded(*loop->getInc());
    discarded_body(loop->getBody());
    return true;
  }
  bool VisitWhileStmt(clang::WhileStmt* loop) { return discarded_body(loop->getBody()); }
  bool VisitIfStmt(clang::IfStmt* branch) { return discarded_body(branch->getThen()) && discarded_body(branch->getElse()); }

  bool VisitCompoundStmt(clang::CompoundStmt* block) {
    const Stmt* before = nullptr;
    for (const Stmt* statement : block->body()) {
      discarded_body(statement);
      if (before != nullptr) change_places(*before, *statement);
      before = statement;
    }
    return true;
  }

 private:
  std::optional<Bytes> bytes(clang::SourceRange range) const { return bytes_of(context_, range); }
  std::optional<Bytes> bytes(const Stmt* node) const { return bytes(node->getSourceRange()); }
  std::string code(Bytes at) const { return text_.substr(at.begin, at.end - at.begin); }
  static std::string spelled(BinaryOperatorKind kind) { return BinaryOperator::getOpcodeStr(kind).str(); }

  void add(std::string kind, const Stmt& node, std::vector<Alternatives::Text> texts) {
    add(std::move(kind), node.getStmtClassName(), std::move(texts));
  }
  void add(std::string kind, std::string ast, std::vector<Alternatives::Text> texts) {
    if (!texts.empty()) found_.push_back({std::move(kind), std::move(ast), std::move(texts)});
  }

  Alternatives::Text replaced(Bytes at, const std::string& by) const {
    return {one_line(fmt::format("{} -> {}", code(at), by)), {{at.begin, at.end, by}}};
  }

  Alternatives::Text swapped(Bytes left, Bytes right, const std::string& left_text, const std::string& right_text,
                             const std::optional<TextChange>& between) const {
    std::vector<TextChange> changes = {{left.begin, left.end, right_text}};
    if (between) changes.push_back(*between);
    changes.push_back({right.begin, right.end, left_text});
    std::vector<TextChange> moved_changes = changes;
    for (TextChange& change : moved_changes) change.begin -= left.begin, change.end -= left.begin;
    const std::string written = code({left.begin, right.end});
    return {one_line(fmt::format("{} -> {}", written, edited_text(moved_changes, written))), std::move(changes)};
  }

  /// The left operand where it will stand on the right: in parentheses if it would be torn apart there.
  std::string wrapped(const BinaryOperator& binary, Bytes left) const {
    const auto* inner = llvm::dyn_cast<BinaryOperator>(binary.getLHS()->IgnoreImpCasts());
    const bool splits =
        inner != nullptr && ((binary.isAdditiveOp() && inner->isAdditiveOp()) || (binary.isMultiplicativeOp() && inner->isMultiplicativeOp()) ||
                             (binary.isEqualityOp() && inner->isEqualityOp()));
    return splits ? "(" + code(left) + ")" : code(left);
  }

  /// What may stand beside an operator as it is, or in parentheses.
  std::string as_operand(const Expr& value, Bytes at) const {
    const Expr* plain = value.IgnoreImpCasts();
    const bool is_whole = llvm::isa<clang::DeclRefExpr, clang::IntegerLiteral, clang::ParenExpr, clang::ArraySubscriptExpr, clang::CallExpr>(plain);
    return is_whole ? code(at) : "(" + code(at) + ")";
  }

  static bool is_zero(const Expr& value) {
    const auto* literal = llvm::dyn_cast<clang::IntegerLiteral>(value.IgnoreParenImpCasts());
    return literal != nullptr && literal->getValue().isZero();
  }

  bool same_type(const clang::ValueDecl& one, const clang::ValueDecl& other) const {
    return context_.hasSameUnqualifiedType(one.getType().getCanonicalType(), other.getType().getCanonicalType());
  }

  void collect_variables() {
    for (const clang::Decl* decl : function_.decls())
      if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl); variable != nullptr && !variable->isImplicit() && !variable->getName().empty())
        variables_.push_back(variable);
    std::stable_sort(variables_.begin(), variables_.end(), [&](const clang::VarDecl* one, const clang::VarDecl* other) {
      return context_.getSourceManager().isBeforeInTranslationUnit(one->getLocation(), other->getLocation());
    });
  }

  /// Of every variable with this name: inner ones that hide outer ones keep doing so.
  void rename(const clang::VarDecl& variable) {
    if (!renamed_.insert(variable.getName().str()).second) return;
    const auto whole = bytes(function_.getSourceRange());
    if (!whole) return;
    Alternatives::Text form;
    std::set<std::string_view> words;
    for (const lowering::RawToken& token : tokens_) {
      if (token.begin < whole->begin || token.end > whole->end) continue;
      words.insert(token.text);
      if (token.text == std::string_view(variable.getName())) form.changes.push_back({token.begin, token.end, {}});
    }
    std::vector<Alternatives::Text> texts;
    for (const char* name : kNames) {
      if (words.contains(name)) continue;
      Alternatives::Text text = form;
      text.what = fmt::format("{} -> {}", variable.getName().str(), name);
      for (TextChange& change : text.changes) change.text = name;
      texts.push_back(std::move(text));
    }
    add("rename", variable.getDeclKindName() + std::string("Decl"), std::move(texts));
  }

  bool discarded_body(const Stmt* statement) {
    if (const auto* expression = llvm::dyn_cast_or_null<Expr>(statement)) discarded(*expression);
    return true;
  }

  /// An expression whose value nobody reads.
  void discarded(const Expr& expression) {
    const auto own = bytes(&expression);
    if (!own) return;
    if (const auto* step = llvm::dyn_cast<clang::UnaryOperator>(&expression); step != nullptr && step->isIncrementDecrementOp()) {
      const auto operand = bytes(step->getSubExpr());
      if (!operand) return;
      const char sign = step->isIncrementOp() ? '+' : '-';
      const std::string twice(2, sign);
      add("idiom", expression, {replaced(*own, step->isPostfix() ? twice + code(*operand) : code(*operand) + twice)});
      add("idiom", expression, {replaced(*own, fmt::format("{} {}= 1", code(*operand), sign))});
    }
    if (const auto* assignment = llvm::dyn_cast<clang::CompoundAssignOperator>(&expression)) {
      const auto left = bytes(assignment->getLHS()), right = bytes(assignment->getRHS());
      if (!left || !right || assignment->getLHS()->HasSideEffects(context_)) return;
      const std::string sign = spelled(BinaryOperator::getOpForCompoundAssignment(assignment->getOpcode()));
      add("idiom", expression, {replaced(*own, fmt::format("{0} = {0} {1} {2}", code(*left), sign, as_operand(*assignment->getRHS(), *right)))});
    }
  }

  /// Does the statement do no more than set variables?
  bool is_plain(const Stmt& statement) const {
    if (const auto* declared = llvm::dyn_cast<clang::DeclStmt>(&statement)) {
      const auto* variable = declared->isSingleDecl() ? llvm::dyn_cast<clang::VarDecl>(declared->getSingleDecl()) : nullptr;
      return variable != nullptr && (variable->getInit() == nullptr || !variable->getInit()->HasSideEffects(context_));
    }
    const auto* assignment = llvm::dyn_cast<BinaryOperator>(&statement);
    return assignment != nullptr && assignment->isAssignmentOp() && !assignment->getRHS()->HasSideEffects(context_) &&
           !assignment->getLHS()->HasSideEffects(context_);
  }

  void change_places(const Stmt& first, const Stmt& second) {
    if (!is_plain(first) || !is_plain(second)) return;
    std::optional<Bytes> one = bytes(&first), other = bytes(&second);
    if (!one || !other) return;
    for (Bytes* each : {&*one, &*other})
      if (each->end < text_.size() && text_[each->end] == ';') ++each->end;
    add("reorder", first, {swapped(*one, *other, code(*one), code(*other), {})});
  }

  clang::ASTContext& context_;
  const clang::FunctionDecl& function_;
  const std::string& text_;
  const std::vector<lowering::RawToken> tokens_;
  std::vector<const clang::VarDecl*> variables_;
  std::set<std::string> renamed_;
  std::vector<Alternatives> found_;
};

}  // namespace

std::vector<Alternatives> syntax_edits(clang::ASTContext& context, const clang::FunctionDecl& function, const std::string& text) {
  return Finder(context, function, text).find();
}

}  // namespace assay::syntax
