#include "frontend/lowering/cxx_subset.h"

#include <clang/AST/DeclTemplate.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/AST/StmtCXX.h>
#include <clang/Basic/SourceManager.h>
#include <fmt/format.h>

#include <set>

namespace assay::lowering {
namespace {

/// Integers, pointers to such, fixed arrays and plain structs; anything else has a name here.
bool is_plain(clang::QualType type) {
  const clang::QualType canonical = type.getCanonicalType();
  if (canonical->isVoidType() || canonical->isIntegralOrEnumerationType() || canonical->isRealFloatingType()) return true;  // floats: refused as in C
  if (const auto* pointer = canonical->getAs<clang::PointerType>())
    return pointer->getPointeeType()->isFunctionType() || is_plain(pointer->getPointeeType());
  if (const auto* array = llvm::dyn_cast<clang::ArrayType>(canonical.getTypePtr())) return is_plain(array->getElementType());
  const clang::CXXRecordDecl* record = canonical->getAsCXXRecordDecl();
  return record != nullptr && record->hasDefinition() && record->isCLike() && !llvm::isa<clang::ClassTemplateSpecializationDecl>(record);
}

class Finder : public clang::RecursiveASTVisitor<Finder> {
 public:
  explicit Finder(const clang::ASTContext& context) : context_(context) {}

  bool shouldVisitImplicitCode() const { return true; }
  bool shouldVisitTemplateInstantiations() const { return true; }
  const std::optional<CxxConstruct>& found() const { return found_; }

  void check_function(const clang::FunctionDecl* function) {
    if (!function->getDeclName().isIdentifier()) return report(function->getLocation(), "overloaded operator");
    if (function->isTemplateInstantiation()) return report(function->getLocation(), "function template");
    if (llvm::isa<clang::CXXMethodDecl>(function)) return report(function->getLocation(), "member function");
    for (const clang::ParmVarDecl* parameter : function->parameters()) check_type(parameter->getLocation(), parameter->getType(), "parameter");
    check_type(function->getLocation(), function->getReturnType(), "result");
    if (!found_) TraverseStmt(function->getBody());
  }

  bool VisitVarDecl(clang::VarDecl* variable) { return check_type(variable->getLocation(), variable->getType(), "variable"); }
  bool VisitCXXForRangeStmt(clang::CXXForRangeStmt* s) { return report_stmt(s, "range-based for"); }
  bool VisitLambdaExpr(clang::LambdaExpr* e) { return report_stmt(e, "lambda"); }
  bool VisitCXXThrowExpr(clang::CXXThrowExpr* e) { return report_stmt(e, "throw"); }
  bool VisitCXXTryStmt(clang::CXXTryStmt* s) { return report_stmt(s, "try"); }
  bool VisitCXXNewExpr(clang::CXXNewExpr* e) { return report_stmt(e, "new"); }
  bool VisitCXXDeleteExpr(clang::CXXDeleteExpr* e) { return report_stmt(e, "delete"); }
  bool VisitCXXMemberCallExpr(clang::CXXMemberCallExpr* e) {
    const clang::CXXMethodDecl* method = e->getMethodDecl();
    return report_stmt(e, method ? fmt::format("call of '{}'", method->getQualifiedNameAsString()) : "call of a member function");
  }
  bool VisitCXXOperatorCallExpr(clang::CXXOperatorCallExpr* e) {
    return report_stmt(e, fmt::format("overloaded operator '{}'", clang::getOperatorSpelling(e->getOperator())));
  }
  bool VisitCXXConstructExpr(clang::CXXConstructExpr* e) { return report_stmt(e, fmt::format("object of type '{}'", text_of(e->getType()))); }
  bool VisitCallExpr(clang::CallExpr* e) {
    if (found_) return false;
    const clang::FunctionDecl* callee = e->getDirectCallee();
    if (callee == nullptr || !context_.getSourceManager().isInSystemHeader(callee->getLocation())) return true;
    if (callee->isExternC() || callee->getBuiltinID() != 0) return true;
    return report_stmt(e, fmt::format("call of '{}'", callee->getQualifiedNameAsString()));
  }

  bool VisitIfStmt(clang::IfStmt* s) { return !(s->hasInitStorage() || s->hasVarStorage()) || report_stmt(s, "declaration in a condition"); }
  bool VisitSwitchStmt(clang::SwitchStmt* s) { return !(s->hasInitStorage() || s->hasVarStorage()) || report_stmt(s, "declaration in a condition"); }
  bool VisitWhileStmt(clang::WhileStmt* s) { return !s->hasVarStorage() || report_stmt(s, "declaration in a condition"); }
  bool VisitForStmt(clang::ForStmt* s) {
    allow(s->getInc());
    if (const auto* init = llvm::dyn_cast_or_null<clang::Expr>(s->getInit())) allow(init);
    allow_body(s->getBody());
    return s->getConditionVariable() == nullptr || report_stmt(s, "declaration in a condition");
  }
  bool VisitBinaryOperator(clang::BinaryOperator* e) {
    if (e->isAssignmentOp()) check_standing(e);
    const bool shifts_left = e->getOpcode() == clang::BO_Shl || e->getOpcode() == clang::BO_ShlAssign;
    if (shifts_left && e->getLHS()->getType()->isSignedIntegerOrEnumerationType()) report_stmt(e, "signed left shift in C++20");
    return !found_;
  }
  bool VisitUnaryOperator(clang::UnaryOperator* e) {
    if (e->isIncrementDecrementOp()) check_standing(e);
    return !found_;
  }

  // Statements whose value nobody uses: an assignment there is sequenced as in C.
  bool VisitCompoundStmt(clang::CompoundStmt* s) {
    for (const clang::Stmt* child : s->body()) allow_body(child);
    return true;
  }
  bool TraverseIfStmt(clang::IfStmt* s) {
    allow_body(s->getThen());
    allow_body(s->getElse());
    return RecursiveASTVisitor::TraverseIfStmt(s);
  }
  bool TraverseWhileStmt(clang::WhileStmt* s) { return allow_body(s->getBody()), RecursiveASTVisitor::TraverseWhileStmt(s); }
  bool TraverseDoStmt(clang::DoStmt* s) { return allow_body(s->getBody()), RecursiveASTVisitor::TraverseDoStmt(s); }
  bool TraverseCaseStmt(clang::CaseStmt* s) { return allow_body(s->getSubStmt()), RecursiveASTVisitor::TraverseCaseStmt(s); }
  bool TraverseDefaultStmt(clang::DefaultStmt* s) { return allow_body(s->getSubStmt()), RecursiveASTVisitor::TraverseDefaultStmt(s); }
  bool TraverseLabelStmt(clang::LabelStmt* s) { return allow_body(s->getSubStmt()), RecursiveASTVisitor::TraverseLabelStmt(s); }

 private:
  static std::string text_of(clang::QualType type) {
    clang::PrintingPolicy policy{clang::LangOptions()};
    policy.adjustForCPlusPlus();
    return type.getUnqualifiedType().getAsString(policy);
  }

  void report(clang::SourceLocation where, const std::string& name) {
    if (!found_) found_ = CxxConstruct{where, name};
  }
  bool report_stmt(const clang::Stmt* node, const std::string& name) {
    report(node->getBeginLoc(), name);
    return false;
  }
  bool check_type(clang::SourceLocation where, clang::QualType type, const char* what) {
    if (found_) return false;
    if (!is_plain(type)) report(where, fmt::format("{} of type '{}'", what, text_of(type)));
    return !found_;
  }

  void allow(const clang::Expr* e) {
    if (e == nullptr) return;
    standing_.insert(e->IgnoreParens());
    if (const auto* comma = llvm::dyn_cast<clang::BinaryOperator>(e->IgnoreParens()); comma && comma->isCommaOp()) {
      allow(comma->getLHS());
      allow(comma->getRHS());
    }
  }
  void allow_body(const clang::Stmt* s) {
    if (const auto* e = llvm::dyn_cast_or_null<clang::Expr>(s)) allow(e);
  }
  void check_standing(const clang::Expr* e) {
    if (!standing_.contains(e)) report(e->getBeginLoc(), "assignment inside of an expression in C++");
  }

  const clang::ASTContext& context_;
  std::set<const clang::Expr*> standing_;
  std::optional<CxxConstruct> found_;
};

}  // namespace

std::optional<CxxConstruct> unmodelled_cxx(const clang::FunctionDecl* function, const clang::ASTContext& context) {
  Finder finder(context);
  finder.check_function(function);
  return finder.found();
}

}  // namespace assay::lowering
