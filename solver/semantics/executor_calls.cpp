// Calls, contracts and the few library functions that the IR knows by name.
#include <fmt/format.h>

#include "solver/semantics/executor.h"

namespace assay::solver {

using program::CheckKind;
using program::Clause;
using program::Expr;
using program::ExprKind;
using program::PlaceKind;
using program::Stmt;

/// Runs the body and everything that belongs to a return; afterwards `state` is where the function has returned.
void Executor::run_body(State& state, Frame& frame) {
  std::vector<std::vector<Cell>> entry;
  for (std::uint32_t i = 0; i < frame.function->parameter_count; ++i) entry.push_back(*state.objects[frame.locals[i].value].cells);
  execute(state, frame, frame.function->ghost_entry);
  execute_scope(state, frame, frame.function->body);
  if (!state.dead()) {
    if (frame.has_result) fall_off(state, frame, frame.function->origin);
    else frame.returns.push_back(std::move(state));
  }
  state = memory_.merge(frame.returns);
  if (!state.dead()) check_ensures(state, frame, entry);
}

/// In an ensures clause a parameter denotes its value at entry, memory its state at exit.
void Executor::check_ensures(const State& at_exit, Frame& frame, const std::vector<std::vector<Cell>>& entry) {
  if (frame.function->ensures.empty()) return;
  State state = at_exit;
  set_arguments(state, frame, entry);
  if (frame.function->result && frame.has_result)
    memory_.set_cells(state, frame.locals[*frame.function->result], *state.objects[frame.result.value].cells);
  for (const Clause& clause : frame.function->ensures) this->clause(state, frame, clause, CheckKind::kPostcondition, clause.origin);
}

Term Executor::clause_value(State& state, Frame& frame, const Clause& clause) {
  ++contract_depth_;
  const Clause* outer = contract_;
  contract_ = &clause;
  execute(state, frame, clause.prelude);
  const Term holds = state.dead() ? store_.yes() : truth(state, frame, *clause.condition, state.path);
  contract_ = outer;
  --contract_depth_;
  return holds;
}

/// Evaluates a clause on a copy of the state. With `kind` it is an obligation, otherwise an assumption.
void Executor::clause(State state, Frame& frame, const Clause& clause, std::optional<CheckKind> kind, const program::Origin& at) {
  const Term path = state.path;
  const Term holds = clause_value(state, frame, clause);
  if (kind) violate(*kind, at, path, !holds, clause.text);
  else assume(path, holds);
}

// ---- calls ----------------------------------------------------------------------------------------------------------
void Executor::call(State& state, Frame& frame, const Stmt& stmt) {
  if (stmt.callee) call_function(state, frame, stmt);
  else call_builtin(state, frame, stmt);
}

void Executor::call_function(State& state, Frame& frame, const Stmt& stmt) {
  const program::Function& callee = program_.function(*stmt.callee);
  std::vector<std::vector<Cell>> arguments;
  for (const auto& argument : stmt.arguments) arguments.push_back(evaluate_all(state, frame, *argument, state.path));
  if (!callee.has_body) {
    refuse(state.path, stmt.origin, callee.refusal.empty() ? fmt::format("call of '{}', which has no body here", callee.name) : callee.refusal);
    state.path = store_.no();
    return;
  }
  int& depth = depth_[stmt.callee->value];
  if (depth > 0) {
    const auto decision = context_.loops.next(static_cast<std::uint64_t>(depth), reached(state.path), true);
    if (decision == Unroll::kStop)
      cut(CutKind::kRecursion, state.path, stmt.origin,
          fmt::format("{}: depth of the recursion of '{}' is not constant; pass --bound N", program_.range(stmt.origin).to_string(), callee.name), 0);
    if (decision != Unroll::kGoOn) {
      state.path = store_.no();
      return;
    }
  }
  ++depth;
  Frame inner = make_frame(state, *stmt.callee, &frame);
  set_arguments(state, inner, arguments);
  const std::uint32_t outer_function = function_index_;
  function_index_ = stmt.callee->value;
  for (const Clause& clause : callee.requires_)
    if (!state.dead()) this->clause(state, inner, clause, CheckKind::kPrecondition, stmt.origin);
  run_body(state, inner);
  function_index_ = outer_function;
  --depth_[stmt.callee->value];
  for (ObjectId local : inner.locals) memory_.kill(state, local);
  if (state.dead() || !stmt.place) return;
  if (inner.fell_off.valid()) violate(CheckKind::kMissingReturn, stmt.origin, state.path, inner.fell_off, fmt::format("value of {}", callee.name));
  assign(state, frame, *stmt.place, *state.objects[inner.result.value].cells, state.path);
}

void Executor::call_builtin(State& state, Frame& frame, const Stmt& stmt) {
  if (stmt.name == "printf" || stmt.name == "puts" || stmt.name == "putchar") return print(state, frame, stmt);
  if ((stmt.name == "abs" || stmt.name == "labs" || stmt.name == "llabs") && stmt.arguments.size() == 1) {
    const program::Type& t = type(stmt.arguments[0]->type);
    const Term a = integer(state, frame, *stmt.arguments[0], state.path);
    if (encoding_.mode() != SemanticsMode::kMath)
      violate(CheckKind::kNegationOverflow, stmt.origin, state.path, encoding_.is_lowest(t, a),
              fmt::format("{}({})", stmt.name, text(frame, *stmt.arguments[0])));
    const Term negative = encoding_.compare(program::BinaryOp::kLess, t, a, encoding_.constant(t, 0));
    if (stmt.place) assign(state, frame, *stmt.place, {memory_.integer_cell(store_.ite(negative, encoding_.negate(t, a), a))}, state.path);
    return;
  }
  refuse(state.path, stmt.origin, fmt::format("library function '{}' is not modelled", stmt.name));
  state.path = store_.no();
}

namespace {

/// The string literal that an argument points to: its object, if it is one.
const PointerTarget* literal_target(const Cell& cell) {
  if (!cell.pointer || cell.pointer->targets.size() != 1 || !cell.pointer->null.is_false()) return nullptr;
  const PointerTarget& target = cell.pointer->targets[0];
  return target.base.steps.empty() && target.index.is_constant() ? &target : nullptr;
}

}  // namespace

/// Printed text is compared by format and arguments; only string literals are followed.
void Executor::print(State& state, Frame& frame, const Stmt& stmt) {
  OutputEvent event{.guard = state.path, .function = stmt.name, .format = {}, .arguments = {}};
  for (const auto& argument : stmt.arguments) {
    const Cell value = evaluate(state, frame, *argument, state.path);
    if (!value.pointer) {
      event.arguments.push_back(value);
      continue;
    }
    const PointerTarget* target = literal_target(value);
    if (!target || !memory_.info(target->base.object).is_const) {
      refuse(state.path, stmt.origin, fmt::format("{} of text that is not a string literal", stmt.name));
      continue;
    }
    const std::vector<Cell>& text = *state.objects[target->base.object.value].cells;
    for (std::size_t i = static_cast<std::size_t>(target->index.value());
         i < text.size() && text[i].integer.is_constant() && text[i].integer.value() != 0; ++i)
      event.format += static_cast<char>(text[i].integer.value());
    event.format += '\0';
  }
  if (stmt.place) {
    if (stmt.name != "putchar") {
      refuse(state.path, stmt.origin, fmt::format("use of the value of {}", stmt.name));
    } else {
      const program::Type& t = type(stmt.arguments[0]->type);
      const Term byte = encoding_.arithmetic(program::BinaryOp::kBitAnd, t, event.arguments[0].integer, encoding_.constant(t, 255), t);
      assign(state, frame, *stmt.place, {memory_.integer_cell(byte)}, state.path);
    }
  }
  run_.output.push_back(std::move(event));
}

}  // namespace assay::solver
