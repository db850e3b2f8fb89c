#include "frontend/lowering/syntax/syntax_spans.h"

#include <clang/AST/Decl.h>
#include <clang/AST/Expr.h>
#include <clang/AST/Stmt.h>
#include <fmt/format.h>

#include <map>

#include "frontend/lowering/syntax/parser.h"

namespace assay::syntax {
namespace {

using clang::Stmt;

/// The spans of one function. Parts that a macro wrote belong to what stands before them.
class Writer {
 public:
  Writer(const clang::ASTContext& context, std::string function, std::vector<SyntaxSpan>& spans)
      : context_(context), function_(std::move(function)), spans_(spans) {}

  void body(const Stmt& body) {
    for (const Stmt* statement : body.children()) write("", statement);
  }

 private:
  void add(const std::string& name, clang::SourceRange range) {
    if (const auto at = bytes_of(context_, range)) add_at(name, at->begin);
  }
  void add_at(const std::string& name, std::size_t begin) {
    const std::size_t nth = ++times_[name];
    const std::string whole = fmt::format("{}_{}{}", function_, name, nth > 1 ? std::to_string(nth) : "");
    if (!spans_.empty() && spans_.back().begin == begin) spans_.back().name = whole;
    else if (spans_.empty() || spans_.back().begin < begin) spans_.push_back({begin, whole});
  }

  void write(const std::string& prefix, const Stmt* statement) {
    if (statement == nullptr) return;
    if (const auto* block = llvm::dyn_cast<clang::CompoundStmt>(statement)) {
      for (const Stmt* inner : block->body()) write(prefix, inner);
    } else if (const auto* loop = llvm::dyn_cast<clang::ForStmt>(statement)) {
      add(prefix + "for", loop->getSourceRange());
      condition(prefix + "for_condition", loop->getCond());
      if (loop->getInc() != nullptr) add(prefix + "for_step", loop->getInc()->getSourceRange());
      write(prefix + "for_body_", loop->getBody());
    } else if (const auto* repeated = llvm::dyn_cast<clang::WhileStmt>(statement)) {
      add(prefix + "while", repeated->getSourceRange());
      condition(prefix + "while_condition", repeated->getCond());
      write(prefix + "while_body_", repeated->getBody());
    } else if (const auto* branch = llvm::dyn_cast<clang::IfStmt>(statement)) {
      add(prefix + "if", branch->getSourceRange());
      condition(prefix + "if_condition", branch->getCond());
      write(prefix + "if_then_", branch->getThen());
      write(prefix + "if_else_", branch->getElse());
    } else if (const auto* result = llvm::dyn_cast<clang::ReturnStmt>(statement)) {
      add(prefix + "return", result->getSourceRange());
      if (result->getRetValue() != nullptr && is_operation(*result->getRetValue())) condition(prefix + "return", result->getRetValue());
    } else {
      add(prefix + kind_of(*statement), statement->getSourceRange());
    }
  }

  static bool is_operation(const clang::Expr& value) { return llvm::isa<clang::BinaryOperator>(value.IgnoreImpCasts()); }

  static std::string kind_of(const Stmt& statement) {
    if (llvm::isa<clang::DeclStmt>(statement)) return "declaration";
    if (const auto* binary = llvm::dyn_cast<clang::BinaryOperator>(&statement); binary != nullptr && binary->isAssignmentOp()) return "assignment";
    return llvm::isa<clang::CallExpr>(statement) ? "call" : "statement";
  }

  void condition(const std::string& name, const clang::Expr* value) {
    if (value == nullptr) return;
    const auto* binary = llvm::dyn_cast<clang::BinaryOperator>(value->IgnoreParenImpCasts());
    if (binary == nullptr) return add(name, value->getSourceRange());
    add(name + "_left", binary->getLHS()->getSourceRange());
    add(name + "_operator", clang::SourceRange(binary->getOperatorLoc()));
    add(name + "_right", binary->getRHS()->getSourceRange());
  }

  const clang::ASTContext& context_;
  const std::string function_;
  std::vector<SyntaxSpan>& spans_;
  std::map<std::string, std::size_t> times_;
};

/// The first byte behind `end` that is no blank.
std::size_t behind_blanks(const std::string& text, std::size_t end) { return std::min(text.find_first_not_of(" \t\r\n;", end), text.size()); }

std::vector<SyntaxSpan> spans_of(const clang::ASTContext& context, const std::string& text) {
  std::vector<SyntaxSpan> spans;
  std::size_t number = 0, end = 0;
  for (const clang::Decl* decl : context.getTranslationUnitDecl()->decls()) {
    const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl);
    if (function == nullptr || !function->doesThisDeclarationHaveABody()) continue;
    const auto whole = bytes_of(context, function->getSourceRange());
    if (!whole) continue;
    const std::string name = fmt::format("f{}", ++number);
    const std::size_t before = number == 1 ? 0 : behind_blanks(text, end);
    if (before < whole->begin) spans.push_back({before, name + "_comment"});
    spans.push_back({whole->begin, name + "_head"});
    Writer(context, name, spans).body(*function->getBody());
    end = whole->end;
  }
  if (!spans.empty()) spans.front().begin = 0;
  return spans;
}

}  // namespace

Result<std::vector<SyntaxSpan>> syntax_spans(const std::string& text, const std::string& file_name) {
  const Result<Parser> parser = Parser::create(file_name);
  if (!parser) return fail(parser.error());
  std::vector<SyntaxSpan> spans;
  const Status parsed = parser->parse(text, [&](clang::ASTContext& context) { spans = spans_of(context, text); });
  if (!parsed) return fail(parsed.error());
  if (spans.empty()) return input_error("the text has no function", "give a text with one", SourceRange{file_name, {}, {}});
  return spans;
}

}  // namespace assay::syntax
