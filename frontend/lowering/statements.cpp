#include <clang/AST/DeclCXX.h>
#include <fmt/format.h>

#include "frontend/lowering/function.h"

namespace assay::lowering {

using namespace program;

namespace {

constexpr int kMaxNesting = 400;  // blocks within blocks; consumers walk them recursively

}  // namespace

void FunctionLowering::statement(const clang::Stmt* node) {
  using namespace clang;
  struct Nesting {
    int& depth;
    explicit Nesting(int& d) : depth(++d) {}
    ~Nesting() { --depth; }
  } nesting(nesting_);
  if (nesting_ > kMaxNesting) {
    refuse(node, fmt::format("statements nested more than {} deep", kMaxNesting));
    return;
  }
  switch (node->getStmtClass()) {
    case clang::Stmt::NullStmtClass: return;
    case clang::Stmt::CompoundStmtClass: {
      program::Stmt block = build::statement(StmtKind::kBlock, origin(node));
      block.body = scoped(node);
      return emit(std::move(block));
    }
    case clang::Stmt::DeclStmtClass: return declaration(llvm::cast<DeclStmt>(node));
    case clang::Stmt::IfStmtClass: return if_statement(llvm::cast<IfStmt>(node));
    case clang::Stmt::ForStmtClass: return for_statement(llvm::cast<ForStmt>(node));
    case clang::Stmt::WhileStmtClass: return while_statement(llvm::cast<WhileStmt>(node));
    case clang::Stmt::DoStmtClass: return do_statement(llvm::cast<DoStmt>(node));
    case clang::Stmt::SwitchStmtClass: return switch_statement(llvm::cast<SwitchStmt>(node));
    case clang::Stmt::ReturnStmtClass: return return_statement(llvm::cast<ReturnStmt>(node));
    case clang::Stmt::BreakStmtClass: return emit(build::statement(StmtKind::kBreak, origin(node)));
    case clang::Stmt::ContinueStmtClass: return emit(build::statement(StmtKind::kContinue, origin(node)));
    case clang::Stmt::AttributedStmtClass: return statement(llvm::cast<AttributedStmt>(node)->getSubStmt());
    case clang::Stmt::LabelStmtClass: return statement(llvm::cast<LabelStmt>(node)->getSubStmt());  // a goto to it is refused itself
    case clang::Stmt::GotoStmtClass:
    case clang::Stmt::IndirectGotoStmtClass: refuse(node, "goto"); return;
    case clang::Stmt::GCCAsmStmtClass:
    case clang::Stmt::MSAsmStmtClass: refuse(node, "inline assembly"); return;
    case clang::Stmt::CaseStmtClass:
    case clang::Stmt::DefaultStmtClass: refuse(node, "case label inside a nested statement"); return;
    default: break;
  }
  if (const auto* e = llvm::dyn_cast<clang::Expr>(node)) {
    if (full_expression(e)) effect(e);
    return;
  }
  refuse(node, node->getStmtClassName());
}

/// The statements of a block without a block of its own around them.
void FunctionLowering::flattened(const clang::Stmt* node) {
  if (const auto* compound = llvm::dyn_cast<clang::CompoundStmt>(node)) {
    for (const clang::Stmt* child : compound->body()) statement(child);
  } else {
    statement(node);
  }
}

Block FunctionLowering::scoped(const clang::Stmt* node) {
  Block block;
  OutputScope scope(*this, block);
  flattened(node);
  return block;
}

// ---- declarations -------------------------------------------------------------------------------------------------------
void FunctionLowering::declaration(const clang::DeclStmt* node) {
  for (const clang::Decl* declared : node->decls()) {
    if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(declared)) local_variable(variable, node);
    else if (llvm::isa<clang::TypeDecl, clang::FunctionDecl, clang::StaticAssertDecl, clang::EmptyDecl>(declared)) continue;
    else refuse(node, fmt::format("{} declaration", declared->getDeclKindName()));
  }
}

void FunctionLowering::local_variable(const clang::VarDecl* variable, const clang::DeclStmt* node) {
  if (!variable->hasLocalStorage()) {  // static or extern: a global; what it cannot be is reported where it stands
    if (!unit_.global(variable)) refuse_at(variable->getLocation(), unit_.why());
    return;
  }
  Variable local;
  local.name = variable->getName().str();
  local.type = type_of(variable->getType(), variable->getLocation());
  local.origin = unit_.origin(variable);
  local.is_const = variable->getType().isConstQualified();
  TypeId local_type = local.type;
  auto known = locals_.find(variable);  // the declaration of a switch body has been hoisted
  bool hoisted = known != locals_.end();
  std::uint32_t index = hoisted ? known->second : add_local(std::move(local));
  Origin at = unit_.origin(clang::SourceRange(variable->getBeginLoc(), variable->getEndLoc()), "DeclStmt");
  if (!hoisted) {
    locals_.emplace(variable, index);
    if (unit_.exposed().count(variable->getCanonicalDecl()) > 0) exposed_.insert(index);
    emit(build::declare({false, index}, at));
  }
  if (const clang::Expr* initialiser = variable->getInit(); initialiser && !refused()) {
    if (full_expression(initialiser)) initialise(*variable_place({false, index}, local_type, at), initialiser, false);
  }
  (void)node;
}

// ---- branches and loops -------------------------------------------------------------------------------------------------
bool FunctionLowering::assert_statement(const clang::IfStmt* node) {
  const clang::CallExpr* failure = failed_assert(node->getElse());
  if (!failure || !llvm::isa<clang::NullStmt>(node->getThen())) return false;
  if (full_expression(node->getCond())) emit_assert(node->getCond(), failure, origin(node));
  return true;
}

void FunctionLowering::if_statement(const clang::IfStmt* node) {
  if (assert_statement(node)) return;
  if (!full_expression(node->getCond())) return;
  ExprPtr chosen = condition(node->getCond());
  Block then_body = scoped(node->getThen());
  Block else_body = node->getElse() ? scoped(node->getElse()) : Block{};
  emit(build::branch(std::move(chosen), std::move(then_body), std::move(else_body), origin(node)));
}

void FunctionLowering::loop_condition(const clang::Expr* tested, Loop& loop) {
  if (!tested) return;
  if (!full_expression(tested)) return;
  OutputScope scope(*this, loop.condition_prelude);
  loop.condition = condition(tested);
}

void FunctionLowering::loop_body(const clang::Stmt* body, Stmt& loop) {
  OutputScope scope(*this, loop.body);
  if (const auto* compound = llvm::dyn_cast<clang::CompoundStmt>(body)) {
    for (const clang::Stmt* child : without_leading(compound, false, &loop.loop->invariants)) statement(child);
  } else {
    statement(body);
  }
}

void FunctionLowering::for_statement(const clang::ForStmt* node) {
  Stmt block = build::statement(StmtKind::kBlock, origin(node));
  {
    OutputScope scope(*this, block.body);
    if (node->getInit()) statement(node->getInit());
    Stmt loop = build::statement(StmtKind::kLoop, origin(node));
    loop.loop = std::make_unique<Loop>();
    loop.loop->form = LoopForm::kFor;
    loop_condition(node->getCond(), *loop.loop);
    loop_body(node->getBody(), loop);
    if (node->getInc()) loop.loop->step = scoped(node->getInc());
    emit(std::move(loop));
  }
  if (block.body.size() == 1) emit(std::move(block.body.front()));
  else emit(std::move(block));
}

void FunctionLowering::while_statement(const clang::WhileStmt* node) {
  Stmt loop = build::statement(StmtKind::kLoop, origin(node));
  loop.loop = std::make_unique<Loop>();
  loop.loop->form = LoopForm::kWhile;
  loop_condition(node->getCond(), *loop.loop);
  loop_body(node->getBody(), loop);
  emit(std::move(loop));
}

void FunctionLowering::do_statement(const clang::DoStmt* node) {
  Stmt loop = build::statement(StmtKind::kLoop, origin(node));
  loop.loop = std::make_unique<Loop>();
  loop.loop->form = LoopForm::kDo;
  loop_body(node->getBody(), loop);
  loop_condition(node->getCond(), *loop.loop);
  emit(std::move(loop));
}

void FunctionLowering::return_statement(const clang::ReturnStmt* node) {
  Stmt stmt = build::statement(StmtKind::kReturn, origin(node));
  if (const clang::Expr* returned = node->getRetValue()) {
    if (!full_expression(returned)) return;
    if (returned->getType()->isVoidType()) effect(returned);
    else stmt.value = value(returned);
    if (stmt.value && stmt.value->type != function_.return_type && type(stmt.value->type).is_pointer())
      stmt.value = build::convert(std::move(stmt.value), function_.return_type, origin(node));
  }
  emit(std::move(stmt));
}

}  // namespace assay::lowering
