// Statements -> C text. Structured control flow maps one to one; a condition that needs statements of its own moves into the loop.
#include <fmt/format.h>

#include <algorithm>

#include "frontend/program/printer_statements.h"

namespace assay::program {

namespace {

bool jumps(const Block& block) {
  if (block.empty()) return false;
  const Stmt& last = block.back();
  switch (last.kind) {
    case StmtKind::kBreak:
    case StmtKind::kContinue:
    case StmtKind::kReturn:
    case StmtKind::kAbort: return true;
    case StmtKind::kBlock: return jumps(last.body);
    case StmtKind::kIf: return jumps(last.body) && jumps(last.else_body);
    default: return false;
  }
}

void collect_declared(const Block& block, std::set<std::uint32_t>& declared) {
  for (const Stmt& stmt : block) {
    if (stmt.kind == StmtKind::kDeclare) declared.insert(stmt.variable.index);
    collect_declared(stmt.body, declared);
    collect_declared(stmt.else_body, declared);
    if (!stmt.loop) continue;
    collect_declared(stmt.loop->condition_prelude, declared);
    collect_declared(stmt.loop->step, declared);
  }
}

void collect_used(const Place& place, std::set<std::uint32_t>& used);
void collect_used(const Expr& expr, std::set<std::uint32_t>& used) {
  if (expr.place) collect_used(*expr.place, used);
  for (const ExprPtr* operand : {&expr.a, &expr.b, &expr.c})
    if (*operand) collect_used(**operand, used);
}
void collect_used(const Place& place, std::set<std::uint32_t>& used) {
  if (place.kind == PlaceKind::kVariable && !place.variable.global) used.insert(place.variable.index);
  if (place.pointer) collect_used(*place.pointer, used);
  if (place.base) collect_used(*place.base, used);
  if (place.index) collect_used(*place.index, used);
}
void collect_used(const Block& block, std::set<std::uint32_t>& used) {
  for (const Stmt& stmt : block) {
    if (stmt.place) collect_used(*stmt.place, used);
    if (stmt.value && !(stmt.kind == StmtKind::kAssert && stmt.name == "$unsequenced")) collect_used(*stmt.value, used);
    for (const ExprPtr& argument : stmt.arguments) collect_used(*argument, used);
    collect_used(stmt.body, used);
    collect_used(stmt.else_body, used);
    if (!stmt.loop) continue;
    collect_used(stmt.loop->condition_prelude, used);
    if (stmt.loop->condition) collect_used(*stmt.loop->condition, used);
    collect_used(stmt.loop->step, used);
  }
}

bool is_variable(const Place& place, VariableId id) { return place.kind == PlaceKind::kVariable && place.variable == id; }

bool is_simple(const Stmt& stmt, const Program& program) {
  if (stmt.kind == StmtKind::kAssign) return program.type(stmt.place->type).kind != TypeKind::kArray;
  return stmt.kind == StmtKind::kCall;
}

}  // namespace

StatementPrinter::StatementPrinter(const Program& program, const Names& names, const Function& function)
    : program_(program), names_(names), function_(function), printer_(program, names, &function) {}

std::string StatementPrinter::print() {
  open_scope();
  for (std::uint32_t i = 0; i < function_.parameter_count; ++i) name_local(i);
  std::set<std::uint32_t> declared, used;
  collect_declared(function_.body, declared);
  collect_used(function_.body, used);
  depth_ = 1;
  clauses(function_.requires_, "requires");
  clauses(function_.ensures, "ensures");
  for (std::uint32_t i = function_.parameter_count; i < function_.locals.size(); ++i) {
    if (declared.contains(i) || !used.contains(i)) continue;
    name_local(i);
    line(print_declaration(program_, function_.locals[i].type, printer_.local_name(i)) + ";");
  }
  block(function_.body);
  close_scope();
  return out_;
}

void StatementPrinter::name_local(std::uint32_t local) {
  const std::string wanted = identifier(function_.locals[local].name);
  std::string name = wanted;
  const auto visible = [&](const std::string& candidate) {
    return names_.taken(candidate) || std::any_of(scopes_.begin(), scopes_.end(), [&](const auto& scope) { return scope.contains(candidate); });
  };
  for (int i = 2; visible(name); ++i) name = fmt::format("{}_{}", wanted, i);
  scopes_.back().insert(name);
  printer_.set_local_name(local, name);
}

void StatementPrinter::line(const std::string& text) { out_ += std::string(static_cast<std::size_t>(2 * depth_), ' ') + text + "\n"; }

void StatementPrinter::clauses(const std::vector<Clause>& clauses, const char* keyword) {
  for (const Clause& clause : clauses)
    if (!clause.text.empty()) line(fmt::format("//@ {} {};", keyword, clause.text));
}

void StatementPrinter::block(const Block& block) {
  for (std::size_t i = 0; i < block.size(); ++i) {
    const Stmt& stmt = block[i];
    if (stmt.kind == StmtKind::kDeclare && i + 1 < block.size() && initialises(block[i + 1], stmt.variable)) {
      declaration_with_value(stmt, block[i + 1]);
      ++i;
    } else {
      statement(stmt);
    }
  }
}

/// `next` sets all of the variable without reading it.
bool StatementPrinter::initialises(const Stmt& next, VariableId variable) const {
  if ((next.kind != StmtKind::kAssign && next.kind != StmtKind::kCall) || !next.place || !is_variable(*next.place, variable)) return false;
  if (program_.type(next.place->type).kind == TypeKind::kArray) return false;
  std::set<std::uint32_t> used;
  if (next.value) collect_used(*next.value, used);
  for (const ExprPtr& argument : next.arguments) collect_used(*argument, used);
  return !used.contains(variable.index);
}

void StatementPrinter::declaration_with_value(const Stmt& declare, const Stmt& value) {
  name_local(declare.variable.index);
  const Variable& variable = function_.locals[declare.variable.index];
  const std::string right = value.kind == StmtKind::kCall ? call(value) : printer_.converted(*value.value);
  line(fmt::format("{} = {};", print_declaration(program_, variable.type, printer_.local_name(declare.variable.index)), right));
}

std::string StatementPrinter::call(const Stmt& stmt) const {
  std::string text = (stmt.callee ? names_.function(stmt.callee->value) : stmt.name) + "(";
  for (std::size_t i = 0; i < stmt.arguments.size(); ++i) {
    const bool variadic = !stmt.callee || i >= program_.function(*stmt.callee).parameter_count;
    text += (i ? ", " : "") + (variadic ? printer_.expression(*stmt.arguments[i]) : printer_.converted(*stmt.arguments[i]));
  }
  return text + ")";
}

/// `i = i + 1` as people write it.
std::string StatementPrinter::assignment(const Stmt& stmt) const {
  const std::string left = printer_.place(*stmt.place);
  const Expr* value = stmt.value.get();
  const Type& type = program_.type(stmt.place->type);
  if (value->kind == ExprKind::kConvert && type.is_integer()) value = value->a.get();
  if (stmt.place->kind == PlaceKind::kVariable && value->kind == ExprKind::kBinary && value->binary_op < BinaryOp::kEqual && !type.is_bool) {
    const Expr* first = value->a.get();
    if (first->kind == ExprKind::kConvert && program_.type(first->type).width >= type.width && program_.type(first->type).name == "int" &&
        type.width < program_.target.int_width)
      first = first->a.get();
    const bool same = first->kind == ExprKind::kLoad && is_variable(*first->place, stmt.place->variable);
    if (same && (value->b->type == value->a->type || value->binary_op == BinaryOp::kShiftLeft || value->binary_op == BinaryOp::kShiftRight)) {
      const bool one = value->b->kind == ExprKind::kConstant && value->b->value == 1;
      if (one && value->binary_op == BinaryOp::kAdd) return left + "++";
      if (one && value->binary_op == BinaryOp::kSubtract) return left + "--";
      return fmt::format("{} {}= {}", left, symbol(value->binary_op), printer_.expression(*value->b));
    }
  }
  return left + " = " + printer_.converted(*stmt.value);
}

std::string StatementPrinter::simple(const Stmt& stmt) const {
  if (stmt.kind == StmtKind::kAssign) return assignment(stmt);
  return stmt.place ? printer_.place(*stmt.place) + " = " + call(stmt) : call(stmt);
}

void StatementPrinter::statement(const Stmt& stmt) {
  switch (stmt.kind) {
    case StmtKind::kDeclare:
      name_local(stmt.variable.index);
      return line(print_declaration(program_, function_.locals[stmt.variable.index].type, printer_.local_name(stmt.variable.index)) + ";");
    case StmtKind::kAssign:
      if (program_.type(stmt.place->type).kind == TypeKind::kArray && stmt.value->kind == ExprKind::kLoad) {
        const std::string to = printer_.place(*stmt.place);
        return line(fmt::format("memcpy({}, {}, sizeof {});", to, printer_.expression(*stmt.value), printer_.place(*stmt.place, 100)));
      }
      return line(assignment(stmt) + ";");
    case StmtKind::kCall: return line(simple(stmt) + ";");
    case StmtKind::kBlock: return plain_block(stmt);
    case StmtKind::kIf: return if_statement(stmt, "");
    case StmtKind::kLoop: return loop(stmt, "");
    case StmtKind::kSwitch: return switch_statement(stmt);
    case StmtKind::kBreak: return line("break;");
    case StmtKind::kContinue: return line("continue;");
    case StmtKind::kReturn: return line(stmt.value ? "return " + printer_.converted(*stmt.value) + ";" : "return;");
    case StmtKind::kLabel: return line("//@ label " + stmt.name);
    case StmtKind::kAssert:
      if (stmt.name == "$unsequenced") return;
      return line("assert(" + printer_.condition(*stmt.value) + ");");
    case StmtKind::kAssume: return line("//@ assume " + printer_.condition(*stmt.value) + ";");
    case StmtKind::kAbort:
      return line(stmt.value ? fmt::format("{}({});", stmt.name, printer_.converted(*stmt.value))
                             : (stmt.name.empty() ? "abort" : stmt.name) + "();");
  }
}

/// A block, or the for statement that a block with a declaration, an initialisation and a loop stands for.
void StatementPrinter::plain_block(const Stmt& stmt) {
  const Block& body = stmt.body;
  open_scope();
  if (body.size() == 3 && body[0].kind == StmtKind::kDeclare && initialises(body[1], body[0].variable) && body[1].kind == StmtKind::kAssign &&
      is_for(body[2])) {
    name_local(body[0].variable.index);
    const Variable& variable = function_.locals[body[0].variable.index];
    loop(body[2], fmt::format("{} = {}", print_declaration(program_, variable.type, printer_.local_name(body[0].variable.index)),
                              printer_.converted(*body[1].value)));
  } else if (body.size() == 2 && body[0].kind == StmtKind::kAssign && is_simple(body[0], program_) && is_for(body[1])) {
    loop(body[1], assignment(body[0]));
  } else {
    line("{");
    nested(body);
    line("}");
  }
  close_scope();
}

bool StatementPrinter::is_for(const Stmt& stmt) const {
  return stmt.kind == StmtKind::kLoop && stmt.loop->form == LoopForm::kFor && stmt.loop->condition_prelude.empty() && simple_step(*stmt.loop);
}

bool StatementPrinter::simple_step(const Loop& loop) const {
  return std::all_of(loop.step.begin(), loop.step.end(), [&](const Stmt& stmt) { return is_simple(stmt, program_); });
}

void StatementPrinter::nested(const Block& inner) {
  open_scope();
  ++depth_;
  block(inner);
  --depth_;
  close_scope();
}

void StatementPrinter::if_statement(const Stmt& stmt, const std::string& prefix) {
  line(prefix + "if (" + printer_.condition(*stmt.value) + ") {");
  nested(stmt.body);
  const Block& otherwise = stmt.else_body;
  if (otherwise.empty()) return line("}");
  if (otherwise.size() == 1 && otherwise[0].kind == StmtKind::kIf) return if_statement(otherwise[0], "} else ");
  line("} else {");
  nested(otherwise);
  line("}");
}

void StatementPrinter::loop(const Stmt& stmt, const std::string& initialisation) {
  const Loop& loop = *stmt.loop;
  const std::string condition = loop.condition ? printer_.condition(*loop.condition) : "";
  const bool plain = loop.condition_prelude.empty();
  if (loop.form == LoopForm::kDo && plain) {
    line("do {");
    loop_body(stmt);
    return line("} while (" + (loop.condition ? condition : "1") + ");");
  }
  if (loop.form != LoopForm::kDo && plain && (loop.step.empty() || simple_step(loop))) {
    std::string step;
    for (const Stmt& part : loop.step) step += (step.empty() ? "" : ", ") + simple(part);
    if (loop.form == LoopForm::kWhile && step.empty() && initialisation.empty()) line("while (" + (loop.condition ? condition : "1") + ") {");
    else line(fmt::format("for ({};{}{};{}{}) {{", initialisation, condition.empty() ? "" : " ", condition, step.empty() ? "" : " ", step));
    loop_body(stmt);
    return line("}");
  }
  general_loop(stmt);
}

void StatementPrinter::loop_body(const Stmt& stmt) {
  ++depth_;
  clauses(stmt.loop->invariants, "invariant");
  --depth_;
  nested(stmt.body);
}

/// A loop whose condition or step needs statements: a flag tells the first round, so that `continue` still runs the step.
void StatementPrinter::general_loop(const Stmt& stmt) {
  const Loop& loop = *stmt.loop;
  const bool at_end = loop.form == LoopForm::kDo;
  open_scope();
  std::string flag = "later_round";
  const auto visible = [&](const std::string& name) {
    return names_.taken(name) || std::any_of(scopes_.begin(), scopes_.end(), [&](const auto& scope) { return scope.contains(name); });
  };
  for (int i = 2; visible(flag); ++i) flag = fmt::format("later_round_{}", i);
  scopes_.back().insert(flag);
  const bool needs_flag = at_end || !loop.step.empty();
  line("{");
  ++depth_;
  if (needs_flag) line("int " + flag + " = 0;");
  line("while (1) {");
  ++depth_;
  clauses(loop.invariants, "invariant");
  const auto test = [&] {
    block(loop.condition_prelude);
    if (loop.condition) line("if (!(" + printer_.condition(*loop.condition) + ")) break;");
  };
  if (needs_flag) {
    line("if (" + flag + ") {");
    ++depth_;
    open_scope();
    block(loop.step);
    if (at_end) test();
    close_scope();
    --depth_;
    line("}");
    line(flag + " = 1;");
  }
  open_scope();
  if (!at_end) test();
  block(stmt.body);
  close_scope();
  --depth_;
  line("}");
  --depth_;
  line("}");
  close_scope();
}

void StatementPrinter::switch_statement(const Stmt& stmt) {
  line("switch (" + printer_.expression(*stmt.value) + ") {");
  open_scope();
  const Type& type = program_.type(stmt.value->type);
  for (std::uint32_t i = 0; i <= stmt.body.size(); ++i) {
    bool labelled = false;
    for (const SwitchCase& label : stmt.cases) {
      if (label.start != i) continue;
      const bool falls = i > 0 && !labelled && stmt.body[i - 1].kind != StmtKind::kBreak && stmt.body[i - 1].kind != StmtKind::kReturn &&
                         stmt.body[i - 1].kind != StmtKind::kContinue && stmt.body[i - 1].kind != StmtKind::kAbort && !jumps(stmt.body[i - 1].body);
      if (falls && label.start > first_start(stmt)) line("  /* fall through */");
      labelled = true;
      for (const std::int64_t value : label.values) line("case " + constant_spelling(type, value) + ":");
      if (label.is_default) line("default:");
    }
    if (labelled && (i == stmt.body.size() || stmt.body[i].kind == StmtKind::kDeclare || stmt.body[i].kind == StmtKind::kLabel)) line("  ;");
    if (i == stmt.body.size()) break;
    ++depth_;
    statement(stmt.body[i]);
    --depth_;
  }
  close_scope();
  line("}");
}

std::uint32_t StatementPrinter::first_start(const Stmt& stmt) const {
  std::uint32_t first = ~std::uint32_t{0};
  for (const SwitchCase& label : stmt.cases) first = std::min(first, label.start);
  return first;
}

}  // namespace assay::program
