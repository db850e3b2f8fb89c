// Statements -> instructions.
#include <algorithm>

#include "frontend/program/interpreter_compiler.h"

namespace assay::program {

namespace {
// A jump table is used when it is at most this many times larger than the number of labels.
constexpr std::uint64_t kSparsest = 8;

bool is_traced(StmtKind kind) {
  return kind != StmtKind::kBlock && kind != StmtKind::kDeclare && kind != StmtKind::kLabel && kind != StmtKind::kLoop;
}
}  // namespace

void Compiler::trace(const Stmt& stmt) {
  if (observable_) emit(Op::kTrace).site = site(stmt.origin);
}

void Compiler::block(const Block& block, std::uint32_t extra_steps) {
  const std::uint64_t steps = block.size() + extra_steps;
  if (steps > 0) emit(Op::kStep, 0, 0, 0, 0, static_cast<std::int64_t>(steps));
  scopes_.emplace_back();
  for (const Stmt& stmt : block) statement(stmt);
  if (flow_.reachable) leave_scopes(scopes_.size() - 1);
  scopes_.pop_back();
}

/// A prelude: what it declares lives as long as the enclosing block, since the condition after it reads it.
void Compiler::prelude(const Block& block) {
  if (!block.empty()) emit(Op::kStep, 0, 0, 0, 0, static_cast<std::int64_t>(block.size()));
  for (const Stmt& stmt : block) statement(stmt);
}

/// Ends the lifetime of what the blocks from `depth` on have declared.
void Compiler::leave_scopes(std::size_t depth) {
  for (std::size_t i = scopes_.size(); i > depth; --i)
    for (const std::uint32_t local : scopes_[i - 1]) emit(Op::kDeath, 0, out_.objects[local]);
}

void Compiler::statement(const Stmt& stmt) {
  next_temporary_ = first_pass_ ? constant_begin_ : constant_begin_ + static_cast<std::uint32_t>(constants_.size());
  if (is_traced(stmt.kind)) trace(stmt);
  switch (stmt.kind) {
    case StmtKind::kDeclare: return declare(stmt.variable.index, stmt.origin);
    case StmtKind::kAssign: return assign(stmt);
    case StmtKind::kCall: return call(stmt);
    case StmtKind::kBlock: return block(stmt.body);
    case StmtKind::kIf: return if_statement(stmt);
    case StmtKind::kLoop: return loop(stmt);
    case StmtKind::kSwitch: return switch_statement(stmt);
    case StmtKind::kBreak: {
      Target& to = targets_.back();
      leave_scopes(to.scope_depth);
      to.break_flow.join(flow_);
      jump(to.breaks);
      return unreachable_from_here();
    }
    case StmtKind::kContinue: {
      const auto to = std::find_if(targets_.rbegin(), targets_.rend(), [](const Target& target) { return target.is_loop; });
      leave_scopes(to->scope_depth);
      to->continue_flow.join(flow_);
      jump(to->continues);
      return unreachable_from_here();
    }
    case StmtKind::kReturn: return return_statement(stmt);
    case StmtKind::kLabel:
      if (!observable_) return;
      emit(Op::kLabel, 0, 0, 0, static_cast<std::uint32_t>(out_.labels.size())).site = site(stmt.origin);
      out_.labels.push_back({stmt.name, {}});
      return;
    case StmtKind::kAssert:
    case StmtKind::kAssume: {
      Patches holds;
      branch(*stmt.value, true, holds);
      emit(stmt.kind == StmtKind::kAssert ? Op::kAssert : Op::kAssume).site = site(stmt.origin, {}, nullptr, &stmt);
      return patch(holds);
    }
    case StmtKind::kAbort: return abort_statement(stmt);
  }
}

void Compiler::declare(std::uint32_t local, const Origin& origin) {
  const Variable& variable = function_.locals[local];
  flow_.set[local] = false;
  const auto size = static_cast<std::int64_t>(words(variable.type));
  if (out_.objects[local] != kNoObject) {
    if (std::find(scopes_.back().begin(), scopes_.back().end(), local) == scopes_.back().end()) scopes_.back().push_back(local);
    emit(Op::kBirth, 0, out_.objects[local], out_.variables[local], variable.is_const, size).site = site(origin, variable.type);
  } else if (!is_register({false, local}) || tracked_.contains(local)) {
    emit(Op::kClearInitialised, 0, out_.variables[local], 0, 0, size);
  }
}

void Compiler::assign(const Stmt& stmt) {
  const Type& t = type(stmt.place->type);
  if (!t.is_scalar()) {
    const std::uint32_t from = aggregate(*stmt.value);
    const std::uint32_t to = absolute(address(*stmt.place, true));
    emit(Op::kCopyWords, to, from, 0, 0, static_cast<std::int64_t>(words(stmt.place->type)));
    return;
  }
  const auto local = register_local(*stmt.place);
  const std::uint32_t want = local ? slot_of(*local) : kAnywhere;
  store(*stmt.place, t.is_pointer() ? pointer(*stmt.value, want) : value(*stmt.value, want));
}

void Compiler::unsupported(const Stmt& stmt) { emit(Op::kUnsupported).site = site(stmt.origin, {}, nullptr, &stmt); }

void Compiler::call(const Stmt& stmt) {
  if (!stmt.callee) return builtin_call(stmt);
  const Function& callee = program_.function(*stmt.callee);
  if (!callee.has_body) return unsupported(stmt);
  CallSite site_of_call;
  site_of_call.function = stmt.callee->value;
  std::uint32_t to = 0;
  for (const ExprPtr& argument : stmt.arguments) {
    const std::uint64_t size = words(argument->type);
    const Type& t = type(argument->type);
    std::uint32_t from = 0;
    if (t.is_integer()) {
      from = value(*argument);
    } else if (t.is_pointer()) {
      from = pointer(*argument);
    } else {
      const std::uint32_t source = aggregate(*argument);
      from = temporary(size);
      const std::uint32_t copy = temporary();
      emit(Op::kFrameAddress, copy, from);
      emit(Op::kCopyWords, copy, source, 0, 0, static_cast<std::int64_t>(size));
    }
    site_of_call.copies.push_back({from, to, static_cast<std::uint32_t>(size), !t.is_scalar()});
    to += static_cast<std::uint32_t>(size);
  }
  emit(Op::kCall, 0, static_cast<std::uint32_t>(out_.calls.size())).site = site(stmt.origin, {}, nullptr, &stmt);
  out_.calls.push_back(std::move(site_of_call));
  fetch_result(stmt);
}

void Compiler::builtin_call(const Stmt& stmt) {
  const std::optional<Builtin> builtin = find_builtin(stmt.name);
  if (!builtin) return unsupported(stmt);
  BuiltinCall call{*builtin, {}, {}, &stmt};
  for (const ExprPtr& argument : stmt.arguments) {
    if (!type(argument->type).is_scalar()) return unsupported(stmt);
    call.slots.push_back(type(argument->type).is_pointer() ? pointer(*argument) : value(*argument));
    call.types.push_back(argument->type);
  }
  emit(Op::kBuiltin, 0, static_cast<std::uint32_t>(out_.builtins.size())).site = site(stmt.origin, {}, nullptr, &stmt);
  out_.builtins.push_back(std::move(call));
  fetch_result(stmt);
}

void Compiler::fetch_result(const Stmt& stmt) {
  if (!stmt.place) return;
  const Type& t = type(stmt.place->type);
  const std::uint32_t where = site(stmt.origin, stmt.place->type, nullptr, &stmt);
  if (!t.is_scalar()) {
    const std::uint32_t to = absolute(address(*stmt.place, true));
    emit(Op::kFetchAggregate, 0, to, 0, 0, static_cast<std::int64_t>(words(stmt.place->type))).site = where;
    return;
  }
  const auto local = register_local(*stmt.place);
  const std::uint32_t to = target(local ? slot_of(*local) : kAnywhere, words(stmt.place->type));
  emit(t.is_pointer() ? Op::kFetchPointer : Op::kFetchResult, to).site = where;
  store(*stmt.place, to);
}

void Compiler::if_statement(const Stmt& stmt) {
  Patches otherwise, done;
  branch(*stmt.value, false, otherwise);
  const Flow before = flow_;
  block(stmt.body);
  if (stmt.else_body.empty()) {
    flow_.join(before);
    return patch(otherwise);
  }
  if (flow_.reachable) jump(done);
  const Flow after_body = flow_;
  patch(otherwise);
  flow_ = before;
  block(stmt.else_body);
  flow_.join(after_body);
  patch(done);
}

/// Invariants, prelude and condition: what runs before each iteration. Jumps when the condition's truth is `sense`.
void Compiler::loop_test(const Stmt& stmt, bool sense, Patches& patches) {
  const Loop& loop = *stmt.loop;
  trace(stmt);
  prelude(loop.condition_prelude);
  if (loop.condition) {
    branch(*loop.condition, sense, patches);
  } else if (sense) {
    jump(patches);
  }
}

void Compiler::loop(const Stmt& stmt) {
  const Loop& loop = *stmt.loop;
  const auto invariants = [&] {
    if (loop.invariants.empty()) return;
    const std::uint32_t skip = here();
    emit(Op::kSkipUnlessContracts);
    clauses(loop.invariants, CheckKind::kLoopInvariant);
    out_.code[skip].c = here();
  };
  Target target;
  target.is_loop = true;
  target.scope_depth = scopes_.size();
  target.break_flow = target.continue_flow = flow_;
  target.break_flow.reachable = target.continue_flow.reachable = false;
  Patches exits;
  if (loop.form != LoopForm::kDo) {
    invariants();
    loop_test(stmt, false, exits);
  }
  Flow at_exit = flow_;
  if (loop.form == LoopForm::kDo || !loop.condition) at_exit.reachable = false;
  const std::uint32_t begin = here();
  if (loop.form == LoopForm::kDo) invariants();
  targets_.push_back(std::move(target));
  block(stmt.body, 1);
  target = std::move(targets_.back());
  targets_.pop_back();
  patch(target.continues);
  flow_.join(target.continue_flow);
  block(loop.step);
  if (loop.form != LoopForm::kDo) invariants();
  Patches again;
  loop_test(stmt, true, again);
  for (const std::uint32_t at : again) out_.code[at].c = begin;
  if (loop.condition) at_exit.join(flow_);
  patch(exits);
  patch(target.breaks);
  flow_ = std::move(at_exit);
  flow_.join(target.break_flow);
  if (!flow_.reachable) unreachable_from_here();
}

void Compiler::switch_statement(const Stmt& stmt) {
  const std::uint32_t selector = value(*stmt.value);
  const std::uint32_t number = static_cast<std::uint32_t>(out_.switches.size());
  out_.switches.emplace_back();
  for (const Stmt& inner : stmt.body)  // control may jump past these declarations; the objects live from here on
    if (inner.kind == StmtKind::kDeclare) declare(inner.variable.index, inner.origin);
  emit(Op::kSwitch, 0, selector, number);
  Target target;
  target.scope_depth = scopes_.size();
  target.break_flow = flow_;
  target.break_flow.reachable = false;
  const Flow head = flow_;
  targets_.push_back(std::move(target));
  std::vector<std::uint32_t> starts(stmt.body.size() + 1, 0);
  scopes_.emplace_back();
  unreachable_from_here();
  for (std::size_t i = 0; i < stmt.body.size(); ++i) {
    starts[i] = here();
    if (std::any_of(stmt.cases.begin(), stmt.cases.end(), [&](const SwitchCase& label) { return label.start == i; })) flow_.join(head);
    emit(Op::kStep, 0, 0, 0, 0, 1);
    statement(stmt.body[i]);
  }
  if (flow_.reachable) leave_scopes(scopes_.size() - 1);
  scopes_.pop_back();
  starts.back() = here();
  target = std::move(targets_.back());
  targets_.pop_back();
  patch(target.breaks);
  flow_.join(target.break_flow);
  flow_.join(head);  // no case may match, or an empty last case

  SwitchTable& table = out_.switches[number];
  table.otherwise = here();
  std::int64_t low = INT64_MAX, high = INT64_MIN;
  for (const SwitchCase& label : stmt.cases) {
    if (label.is_default) table.otherwise = starts[label.start];
    for (const std::int64_t number_of_case : label.values) {
      table.targets.try_emplace(number_of_case, starts[label.start]);
      low = std::min(low, number_of_case);
      high = std::max(high, number_of_case);
    }
  }
  const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  if (table.targets.empty() || span / kSparsest >= table.targets.size()) return;
  table.low = low;
  table.dense.assign(span + 1, table.otherwise);
  for (const auto& [number_of_case, to] : table.targets)
    table.dense[static_cast<std::uint64_t>(number_of_case) - static_cast<std::uint64_t>(low)] = to;
}

void Compiler::return_statement(const Stmt& stmt) {
  const bool has_ensures = !function_.ensures.empty();
  if (!stmt.value) {
    const bool returns_void = type(function_.return_type).kind == TypeKind::kVoid;
    if (has_ensures && returns_void) {
      return_flow_.join(flow_);
      jump(returns_);
    } else {
      emit(returns_void ? Op::kReturn : Op::kFallOff).site = site(stmt.origin);
    }
  } else {
    const Type& t = type(stmt.value->type);
    const std::uint32_t want = has_ensures ? result_slot_ : kAnywhere;
    if (t.is_integer()) {
      const std::uint32_t from = value(*stmt.value, want);
      if (!has_ensures) emit(Op::kReturnValue, 0, from);
    } else if (t.is_pointer()) {
      const std::uint32_t from = pointer(*stmt.value, want);
      if (!has_ensures) emit(Op::kReturnPointer, 0, from);
    } else {
      const std::uint32_t from = aggregate(*stmt.value);
      const auto size = static_cast<std::int64_t>(words(stmt.value->type));
      if (has_ensures) {
        const std::uint32_t to = temporary();
        emit(Op::kFrameAddress, to, result_slot_);
        emit(Op::kCopyWords, to, from, 0, 0, size);
      } else {
        emit(Op::kReturnAggregate, 0, from, 0, 0, size);
      }
    }
    if (has_ensures) {
      if (t.is_scalar()) emit(Op::kSetInitialised, 0, result_slot_);
      return_flow_.join(flow_);
      jump(returns_);
    }
  }
  unreachable_from_here();
}

void Compiler::abort_statement(const Stmt& stmt) {
  const bool has_status = stmt.value && type(stmt.value->type).is_integer();
  const std::uint32_t status = has_status ? value(*stmt.value) : constant(0);
  emit(Op::kAbort, 0, status).site = site(stmt.origin, {}, nullptr, &stmt);
  unreachable_from_here();
}

}  // namespace assay::program
