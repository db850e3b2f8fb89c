// Statements: forks, joins, loops. A state whose path is false is dropped at once.
#include <fmt/format.h>

#include <algorithm>

#include "solver/semantics/executor.h"

namespace assay::solver {

using program::Block;
using program::CheckKind;
using program::LoopForm;
using program::Stmt;
using program::StmtKind;

void Executor::execute(State& state, Frame& frame, const Block& block) {
  for (const Stmt& stmt : block) {
    if (state.dead()) return;
    execute(state, frame, stmt);
  }
}

/// A block whose declarations end with it, on whichever way it is left.
void Executor::execute_scope(State& state, Frame& frame, const Block& block) {
  execute(state, frame, block);
  end_scope(state, frame, block);
}

void Executor::end_scope(State& state, Frame& frame, const Block& block) {
  for (const Stmt& stmt : block) {
    if (stmt.kind != StmtKind::kDeclare) continue;
    const ObjectId object = frame.locals[stmt.variable.index];
    memory_.kill(state, object);
    for (Parked& parked : frame.targets) {
      for (State& parked_state : parked.breaks) memory_.kill(parked_state, object);
      for (State& parked_state : parked.continues) memory_.kill(parked_state, object);
    }
  }
}

void Executor::execute(State& state, Frame& frame, const Stmt& stmt) {
  if (context_.loops.exhausted(++statements_)) {
    cut(CutKind::kWork, state.path, stmt.origin,
        fmt::format("{}: the execution grew beyond its limit; pass --bound N to unroll less, or narrow the domain with //@ requires",
                    program_.range(stmt.origin).to_string()),
        0);
    state.path = store_.no();
    return;
  }
  switch (stmt.kind) {
    case StmtKind::kDeclare: memory_.rebirth(state, frame.locals[stmt.variable.index]); return;
    case StmtKind::kAssign: {
      const std::vector<Cell> values = evaluate_all(state, frame, *stmt.value, state.path);
      assign(state, frame, *stmt.place, values, state.path);
      return;
    }
    case StmtKind::kCall: return call(state, frame, stmt);
    case StmtKind::kBlock: return execute_scope(state, frame, stmt.body);
    case StmtKind::kIf: return execute_if(state, frame, stmt);
    case StmtKind::kLoop: return execute_loop(state, frame, stmt);
    case StmtKind::kSwitch: return execute_switch(state, frame, stmt);
    case StmtKind::kBreak:
      frame.targets.back().breaks.push_back(std::move(state));
      state = State{store_.no(), {}};
      return;
    case StmtKind::kContinue: {
      const auto to = std::find_if(frame.targets.rbegin(), frame.targets.rend(), [](const Parked& parked) { return parked.is_loop; });
      to->continues.push_back(std::move(state));
      state = State{store_.no(), {}};
      return;
    }
    case StmtKind::kReturn: return execute_return(state, frame, stmt);
    case StmtKind::kLabel: return;
    case StmtKind::kAssert: {
      const Term holds = truth(state, frame, *stmt.value, state.path);
      const bool unsequenced = stmt.name == "$unsequenced";  // lowering's own check
      violate(unsequenced ? CheckKind::kUnsequenced : CheckKind::kAssertion, stmt.origin, state.path, !holds, frame, *stmt.value);
      return;
    }
    case StmtKind::kAssume: return assume(state.path, truth(state, frame, *stmt.value, state.path));
    case StmtKind::kAbort: return execute_abort(state, frame, stmt);
  }
}

void Executor::execute_abort(State& state, Frame& frame, const Stmt& stmt) {
  if (stmt.name == "__builtin_unreachable" || stmt.name == "unreachable") {
    violate(CheckKind::kUnreachable, stmt.origin, state.path, store_.yes(), stmt.name);
  } else {
    AbortEvent event{.guard = state.path, .name = stmt.name, .status = Term()};
    if (stmt.value && type(stmt.value->type).is_integer()) event.status = integer(state, frame, *stmt.value, state.path);
    run_.aborts.push_back(event);
  }
  state = State{store_.no(), {}};
}

void Executor::execute_return(State& state, Frame& frame, const Stmt& stmt) {
  if (stmt.value) {
    memory_.set_cells(state, frame.result, evaluate_all(state, frame, *stmt.value, state.path));
    frame.returns.push_back(std::move(state));
  } else if (frame.has_result) {
    fall_off(state, frame, stmt.origin);
  } else {
    frame.returns.push_back(std::move(state));
  }
  state = State{store_.no(), {}};
}

/// The end of a function that should have returned a value: undefined where the value is used; the entry function's always is.
void Executor::fall_off(State& state, Frame& frame, const program::Origin& origin) {
  if (state.dead()) return;
  if (!frame.caller) {
    violate(CheckKind::kMissingReturn, origin, state.path, store_.yes(), fmt::format("end of {}", frame.function->name));
    return;
  }
  frame.fell_off = frame.fell_off.valid() ? frame.fell_off || state.path : state.path;
  frame.returns.push_back(std::move(state));
}

void Executor::execute_if(State& state, Frame& frame, const Stmt& stmt) {
  const Term chosen = truth(state, frame, *stmt.value, state.path);
  State otherwise = state;
  state.path = state.path && chosen;
  otherwise.path = otherwise.path && !chosen;
  if (!state.dead()) execute_scope(state, frame, stmt.body);
  if (!otherwise.dead()) execute_scope(otherwise, frame, stmt.else_body);
  state = memory_.merge(state, otherwise, chosen);
}

// ---- loops ----------------------------------------------------------------------------------------------------------
/// Evaluates the loop condition; the states that leave go to `exits`. False: nothing goes on.
bool Executor::test(State& state, Frame& frame, const Stmt& stmt, Unrolling& loop) {
  execute_scope(state, frame, stmt.loop->condition_prelude);
  loop.symbolic = false;
  if (!state.dead() && stmt.loop->condition) {
    loop.condition = truth(state, frame, *stmt.loop->condition, state.path);
    loop.symbolic = !loop.condition.is_constant();
    if (loop.symbolic && !loop.first_condition.valid()) {
      loop.first_condition = loop.condition;
      loop.first_iteration = loop.iteration;
    }
    State leaving = state;
    leaving.path = leaving.path && !loop.condition;
    state.path = state.path && loop.condition;
    if (!leaving.dead()) loop.exits.push_back(std::move(leaving));
  }
  return !state.dead();
}

/// Whether the iteration is executed.
bool Executor::enter_iteration(State& state, Frame& frame, const Stmt& stmt, const Unrolling& loop) {
  const bool endless_condition = !stmt.loop->condition || stmt.loop->condition->kind == program::ExprKind::kConstant;  // breaks and returns end it
  Reached at = reached(state.path);
  at.condition = loop.condition;
  at.first_condition = loop.first_condition;
  at.first_iteration = loop.first_iteration;
  const auto decision = context_.loops.next(loop.iteration, at, loop.symbolic || endless_condition);
  if (decision == Unroll::kGoOn) return true;
  if (decision == Unroll::kStop) {
    const std::string subject = stmt.loop->condition ? text(frame, *stmt.loop->condition) : "the loop";
    cut(CutKind::kLoopBound, state.path, stmt.origin,
        fmt::format("{}: bound of '{}' is not constant; pass --bound N or add a loop invariant", program_.range(stmt.origin).to_string(), subject),
        loop.since);
  }
  state.path = store_.no();
  return false;
}

void Executor::iterate_body(State& state, Frame& frame, const Stmt& stmt) {
  frame.targets.back().continues.clear();
  execute_scope(state, frame, stmt.body);
  std::vector<State>& continues = frame.targets.back().continues;
  if (!continues.empty()) {
    if (!state.dead()) continues.push_back(std::move(state));
    state = memory_.merge(continues);
    continues.clear();
  }
  if (!state.dead()) execute_scope(state, frame, stmt.loop->step);
}

void Executor::execute_loop(State& state, Frame& frame, const Stmt& stmt) {
  const bool tests_first = stmt.loop->form != LoopForm::kDo;
  if (open_loops_++ == 0) outermost_loop_ = events_ + 1;
  Unrolling loop;
  loop.since = outermost_loop_;  // of an outer loop, later iterations may be hidden too
  auto invariants = [&] {
    for (const program::Clause& clause : stmt.loop->invariants)
      if (!state.dead()) this->clause(state, frame, clause, CheckKind::kLoopInvariant, clause.origin);
  };
  frame.targets.push_back({.breaks = {}, .continues = {}, .is_loop = true});
  for (; !state.dead(); ++loop.iteration) {
    if (tests_first || loop.iteration > 0) {
      if (tests_first) invariants();
      if (!test(state, frame, stmt, loop)) break;
    }
    if (!enter_iteration(state, frame, stmt, loop)) break;
    if (!tests_first) invariants();
    iterate_body(state, frame, stmt);
  }
  Parked parked = std::move(frame.targets.back());
  frame.targets.pop_back();
  --open_loops_;
  for (State& broken : parked.breaks) loop.exits.push_back(std::move(broken));
  state = memory_.merge(loop.exits);
}

// ---- switch ---------------------------------------------------------------------------------------------------------
void Executor::execute_switch(State& state, Frame& frame, const Stmt& stmt) {
  const Term selector = integer(state, frame, *stmt.value, state.path);
  for (const Stmt& inner : stmt.body)  // control may jump past these declarations; the objects live from here on
    if (inner.kind == StmtKind::kDeclare) memory_.rebirth(state, frame.locals[inner.variable.index]);
  frame.targets.push_back({});
  const State head = state;
  std::vector<Term> starts(stmt.body.size() + 1, store_.no());
  Term unmatched = head.path;
  std::optional<std::uint32_t> otherwise;
  for (const program::SwitchCase& label : stmt.cases) {
    std::vector<Term> matches;
    for (std::int64_t value : label.values) matches.push_back(encoding_.is_value(type(stmt.value->type), selector, value));
    const Term match = any_of(store_, matches);
    starts[label.start] = starts[label.start] || (unmatched && match);
    unmatched = unmatched && !match;
    if (label.is_default) otherwise = label.start;
  }
  if (otherwise) starts[*otherwise] = starts[*otherwise] || unmatched;
  state.path = store_.no();
  for (std::size_t i = 0; i < stmt.body.size(); ++i) {
    if (!starts[i].is_false()) {
      State entering = head;
      entering.path = starts[i];
      state = memory_.merge(entering, state, starts[i]);
    }
    if (!state.dead()) execute(state, frame, stmt.body[i]);
  }
  end_scope(state, frame, stmt.body);
  std::vector<State> exits = std::move(frame.targets.back().breaks);
  frame.targets.pop_back();
  if (!state.dead()) exits.push_back(std::move(state));
  State skipped = head;
  skipped.path = starts.back() || (otherwise ? store_.no() : unmatched);
  if (!skipped.dead()) exits.push_back(std::move(skipped));
  state = memory_.merge(exits);
}

}  // namespace assay::solver
