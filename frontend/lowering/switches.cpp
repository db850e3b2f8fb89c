#include <fmt/format.h>

#include "frontend/lowering/function.h"

namespace assay::lowering {

using namespace program;

namespace {

constexpr std::uint64_t kMaxRange = 1024;  // values of one GNU `case 1 ... 9`

}  // namespace

// Peels the labels off `node`, records where they lead, and returns the statement behind them.
const clang::Stmt* FunctionLowering::switch_labels(const clang::Stmt* node, TypeId type_id, std::uint32_t start, Stmt& out, std::size_t& seen) {
  SwitchCase labels;
  labels.start = start;
  const clang::Stmt* inner = node;
  while (const auto* label = llvm::dyn_cast<clang::SwitchCase>(inner)) {
    ++seen;
    inner = label->getSubStmt();
    const auto* value_label = llvm::dyn_cast<clang::CaseStmt>(label);
    if (!value_label) {
      labels.is_default = true;
      continue;
    }
    llvm::APSInt low = value_label->getLHS()->EvaluateKnownConstInt(unit_.context());
    llvm::APSInt high = value_label->getRHS() ? value_label->getRHS()->EvaluateKnownConstInt(unit_.context()) : low;
    if (high < low) continue;  // an empty range
    if ((high - low).getZExtValue() >= kMaxRange) {
      refuse(label, fmt::format("case range with more than {} values", kMaxRange));
      continue;
    }
    for (llvm::APSInt at = low;; ++at) {
      labels.values.push_back(integer_constant(at, type_id, {})->value);
      if (at == high) break;
    }
  }
  if (labels.is_default || !labels.values.empty()) out.cases.push_back(std::move(labels));
  return inner;
}

// A label may jump over a declaration into its scope, so the variables of the body begin their life before the switch.
void FunctionLowering::hoist_switch_declarations(const clang::CompoundStmt* body) {
  for (const clang::Stmt* child : body->body()) {
    while (const auto* label = llvm::dyn_cast<clang::SwitchCase>(child)) child = label->getSubStmt();
    const auto* declared = llvm::dyn_cast<clang::DeclStmt>(child);
    if (!declared) continue;
    for (const clang::Decl* decl : declared->decls()) {
      const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl);
      if (!variable || !variable->hasLocalStorage()) continue;
      Variable local;
      local.name = variable->getName().str();
      local.type = type_of(variable->getType(), variable->getLocation());
      local.origin = unit_.origin(variable);
      local.is_const = variable->getType().isConstQualified();
      std::uint32_t index = add_local(std::move(local));
      locals_.emplace(variable, index);
      if (unit_.exposed().count(variable->getCanonicalDecl()) > 0) exposed_.insert(index);
      emit(build::declare({false, index}, origin(declared)));
    }
  }
}

void FunctionLowering::switch_statement(const clang::SwitchStmt* node) {
  if (!full_expression(node->getCond())) return;
  Stmt block = build::statement(StmtKind::kBlock, origin(node));
  {
    OutputScope outer(*this, block.body);
    Stmt out = build::statement(StmtKind::kSwitch, origin(node));
    out.value = value(node->getCond());
    TypeId type_id = out.value->type;
    const auto* body = llvm::dyn_cast<clang::CompoundStmt>(node->getBody());
    if (body) hoist_switch_declarations(body);
    std::size_t seen = 0, labels = 0;
    for (const clang::SwitchCase* label = node->getSwitchCaseList(); label; label = label->getNextSwitchCase()) ++labels;
    {
      OutputScope inner(*this, out.body);
      auto child_statement = [&](const clang::Stmt* child) {
        const clang::Stmt* behind = switch_labels(child, type_id, static_cast<std::uint32_t>(out.body.size()), out, seen);
        statement(behind);
      };
      if (body)
        for (const clang::Stmt* child : body->body()) child_statement(child);
      else child_statement(node->getBody());
    }
    if (seen != labels && !refused()) refuse(node, "case label inside a nested statement");
    if (!out.cases.empty() && out.cases.back().start == out.body.size())  // a label before an empty statement
      out.body.push_back(build::statement(StmtKind::kBlock, origin(node)));
    emit(std::move(out));
  }
  if (block.body.size() == 1) emit(std::move(block.body.front()));
  else emit(std::move(block));
}

}  // namespace assay::lowering
