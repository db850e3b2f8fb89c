// The compiler's frame: slots, passes, contracts at entry and exit.
#include "frontend/program/interpreter_compiler.h"

#include <algorithm>
#include <limits>

namespace assay::program {

void Flow::join(const Flow& other) {
  if (!other.reachable) return;
  if (!reachable) {
    *this = other;
    return;
  }
  for (std::size_t i = 0; i < set.size(); ++i) set[i] = set[i] && other.set[i];
}

Compiler::Compiler(const Program& program, const Layouts& layouts, const GlobalLayout& globals, const Function& function, bool observable)
    : program_(program), layouts_(layouts), globals_(globals), function_(function), observable_(observable) {}

// ---- which locals need an object ------------------------------------------------------------------------------------------
void Compiler::find_addresses(const Place& place) {
  if (place.pointer) find_addresses(*place.pointer);
  if (place.base) find_addresses(*place.base);
  if (place.index) find_addresses(*place.index);
}

void Compiler::find_addresses(const Expr& expr) {
  if (expr.kind == ExprKind::kAddressOf) {
    const Place* root = expr.place.get();
    while (root->base) root = root->base.get();
    if (root->kind == PlaceKind::kVariable && !root->variable.global) address_taken_.insert(root->variable.index);
  }
  if (expr.place) find_addresses(*expr.place);
  for (const ExprPtr* operand : {&expr.a, &expr.b, &expr.c})
    if (*operand) find_addresses(**operand);
}

void Compiler::find_addresses(const Block& block) {
  const auto clauses = [&](const std::vector<Clause>& list) {
    for (const Clause& clause : list) {
      find_addresses(clause.prelude);
      find_addresses(*clause.condition);
    }
  };
  for (const Stmt& stmt : block) {
    if (stmt.place) find_addresses(*stmt.place);
    if (stmt.value) find_addresses(*stmt.value);
    for (const ExprPtr& argument : stmt.arguments) find_addresses(*argument);
    find_addresses(stmt.body);
    find_addresses(stmt.else_body);
    if (!stmt.loop) continue;
    clauses(stmt.loop->invariants);
    find_addresses(stmt.loop->condition_prelude);
    if (stmt.loop->condition) find_addresses(*stmt.loop->condition);
    find_addresses(stmt.loop->step);
  }
}

void Compiler::find_declared(const Block& block) {
  for (const Stmt& stmt : block) {
    if (stmt.kind == StmtKind::kDeclare) declared_.insert(stmt.variable.index);
    find_declared(stmt.body);
    find_declared(stmt.else_body);
    if (!stmt.loop) continue;
    find_declared(stmt.loop->condition_prelude);
    find_declared(stmt.loop->step);
    for (const Clause& clause : stmt.loop->invariants) find_declared(clause.prelude);
  }
}

/// False when the frame would be larger than any run may be.
bool Compiler::assign_slots() {
  std::uint64_t next = 0;
  out_.variables.clear();
  out_.objects.assign(function_.locals.size(), kNoObject);
  for (std::uint32_t i = 0; i < function_.locals.size(); ++i) {
    out_.variables.push_back(static_cast<std::uint32_t>(next));
    next += words(function_.locals[i].type);
    if (next > kLargestObjectWords) return false;
    if (address_taken_.contains(i)) out_.objects[i] = out_.object_count++;
  }
  out_.variables_end = static_cast<std::uint32_t>(next);
  if (!function_.ensures.empty()) {
    for (std::uint32_t i = 0; i < function_.parameter_count; ++i) {
      entry_copies_.push_back(static_cast<std::uint32_t>(next));
      next += words(function_.locals[i].type);
    }
    result_slot_ = static_cast<std::uint32_t>(next);
    next += words(function_.return_type);
  }
  constant_begin_ = static_cast<std::uint32_t>(next);
  return next <= kLargestObjectWords;
}

void Compiler::start_pass() {
  const std::uint32_t constants = first_pass_ ? 0 : static_cast<std::uint32_t>(constants_.size());
  out_.code.clear();
  out_.sites.assign(1, {&function_.origin, {}, nullptr, nullptr});
  out_.switches.clear();
  out_.builtins.clear();
  out_.calls.clear();
  out_.labels.clear();
  next_temporary_ = last_temporary_ = constant_begin_ + constants;
  flow_.set.assign(function_.locals.size(), false);
  flow_.reachable = true;
  for (std::uint32_t i = 0; i < function_.parameter_count; ++i) flow_.set[i] = true;
  return_flow_ = flow_;
  return_flow_.reachable = false;
  scopes_.assign(1, {});
  returns_.clear();
  if (observable_)
    for (std::uint32_t i = 0; i < function_.locals.size(); ++i)
      if (is_register({false, i})) tracked_.insert(i);
}

FunctionCode Compiler::run(const Block* initialisation) {
  const Block& body = initialisation ? *initialisation : function_.body;
  for (const std::vector<Clause>* list : {&function_.requires_, &function_.ensures})
    for (const Clause& clause : *list) {
      find_addresses(clause.prelude);
      find_addresses(*clause.condition);
      find_declared(clause.prelude);
    }
  find_addresses(function_.ghost_entry);
  find_declared(function_.ghost_entry);
  find_addresses(body);
  find_declared(body);
  if (!assign_slots()) {
    out_.sites.assign(1, {&function_.origin, {}, nullptr, nullptr});
    emit(Op::kUnsupported);
    out_.frame_words = 1;
    return std::move(out_);
  }
  for (const bool first : {true, false}) {
    first_pass_ = first;
    start_pass();
    entry();
    block(body);
    epilogue();
  }
  out_.constants.resize(constants_.size());
  for (const auto& [number, index] : constants_) out_.constants[index] = number;
  out_.constants_begin = constant_begin_;
  out_.frame_words = last_temporary_ + 1;
  out_.clear_states = !tracked_.empty();
  for (std::uint32_t i = function_.parameter_count; i < function_.locals.size(); ++i)
    if (!is_register({false, i}) && !declared_.contains(i)) out_.clear_states = true;
  return std::move(out_);
}

void Compiler::entry() {
  for (std::uint32_t i = 0; i < function_.locals.size(); ++i) {
    if (out_.objects[i] == kNoObject) continue;
    const bool parameter = i < function_.parameter_count;
    if (!parameter && declared_.contains(i)) continue;
    Instruction& birth = emit(Op::kBirth, 0, out_.objects[i], out_.variables[i], function_.locals[i].is_const,
                              static_cast<std::int64_t>(words(function_.locals[i].type)));
    birth.flag = parameter;  // a parameter keeps the value that the call gave it
    if (parameter && type(function_.locals[i].type).is_scalar()) emit(Op::kSetInitialised, 0, out_.variables[i]);
  }
  for (std::uint32_t i = 0; i < function_.parameter_count; ++i)
    if (tracked_.contains(i)) emit(Op::kSetInitialised, 0, out_.variables[i]);
  if (function_.requires_.empty() && function_.ensures.empty()) return;
  const std::uint32_t skip = here();
  emit(Op::kSkipUnlessContracts);
  clauses(function_.requires_, CheckKind::kPrecondition);
  for (std::uint32_t i = 0; i < entry_copies_.size(); ++i) {
    const std::uint32_t from = temporary();
    const std::uint32_t to = temporary();
    emit(Op::kFrameAddress, from, out_.variables[i]);
    emit(Op::kFrameAddress, to, entry_copies_[i]);
    emit(Op::kCopyWords, to, from, 0, 0, static_cast<std::int64_t>(words(function_.locals[i].type)));
  }
  if (!function_.ghost_entry.empty()) {
    const Clause* owner = function_.ensures.empty() ? nullptr : &function_.ensures.front();
    emit(Op::kClauseBegin).site = site(function_.origin, {}, owner);
    prelude(function_.ghost_entry);
    emit(Op::kClauseEnd);
  }
  out_.code[skip].c = here();
}

/// Reached by falling off the end, and by return when there are ensures clauses (the value then lies in result_slot_).
void Compiler::epilogue() {
  const bool returns_void = type(function_.return_type).kind == TypeKind::kVoid;
  if (function_.ensures.empty()) {
    emit(returns_void ? Op::kReturn : Op::kFallOff).site = site(function_.origin);
    return;
  }
  if (!returns_void) emit(Op::kFallOff).site = site(function_.origin);
  patch(returns_);
  if (!returns_void) unreachable_from_here();
  flow_.join(return_flow_);
  if (function_.result) mark_set(*function_.result);
  use_entry_copies_ = true;
  const std::uint32_t skip = here();
  emit(Op::kSkipUnlessContracts);
  if (function_.result && !returns_void && !is_register({false, *function_.result})) {  // a memory local: copy the value with its state
    const std::uint32_t from = temporary();
    const std::uint32_t to = temporary();
    emit(Op::kFrameAddress, from, result_slot_);
    emit(Op::kFrameAddress, to, out_.variables[*function_.result]);
    emit(Op::kCopyWords, to, from, 0, 0, static_cast<std::int64_t>(words(function_.return_type)));
  } else if (function_.result && !returns_void) {
    emit(type(function_.return_type).is_pointer() ? Op::kMovePointer : Op::kMove, out_.variables[*function_.result], result_slot_);
  }
  clauses(function_.ensures, CheckKind::kPostcondition);
  use_entry_copies_ = false;
  out_.code[skip].c = here();
  if (returns_void) {
    emit(Op::kReturn);
  } else if (type(function_.return_type).is_integer()) {
    emit(Op::kReturnValue, 0, result_slot_);
  } else if (type(function_.return_type).is_pointer()) {
    emit(Op::kReturnPointer, 0, result_slot_);
  } else {
    const std::uint32_t from = temporary();
    emit(Op::kFrameAddress, from, result_slot_);
    emit(Op::kReturnAggregate, 0, from, 0, 0, static_cast<std::int64_t>(words(function_.return_type)));
  }
}

/// Evaluates each clause; undefined behaviour in between is the contract's. kRequire says what a false clause means by `flag`.
void Compiler::clauses(const std::vector<Clause>& clauses, CheckKind kind) {
  for (const Clause& clause : clauses) {
    const std::uint32_t where = site(clause.origin, {}, &clause);
    emit(Op::kClauseBegin).site = where;
    prelude(clause.prelude);
    Patches holds;
    branch(*clause.condition, true, holds);
    Instruction& fail = emit(Op::kRequire);
    fail.site = where;
    fail.flag = static_cast<std::uint8_t>(kind);
    patch(holds);
    emit(Op::kClauseEnd);
  }
}

// ---- emitting ------------------------------------------------------------------------------------------------------------
Instruction& Compiler::emit(Op op, std::uint32_t d, std::uint32_t a, std::uint32_t b, std::uint32_t c, std::int64_t imm) {
  Instruction instruction;
  instruction.op = op;
  instruction.d = d;
  instruction.a = a;
  instruction.b = b;
  instruction.c = c;
  instruction.imm = imm;
  out_.code.push_back(instruction);
  return out_.code.back();
}

Instruction& Compiler::emit_typed(Op op, TypeId id, const Origin& origin, std::uint32_t d, std::uint32_t a, std::uint32_t b, std::uint32_t c,
                                  std::int64_t imm) {
  const std::uint32_t where = site(origin, id);
  Instruction& instruction = emit(op, d, a, b, c, imm);
  const Type& t = type(id);
  instruction.width = static_cast<std::uint8_t>(t.is_integer() ? t.width : 64);
  instruction.flag = t.is_signed;
  instruction.site = where;
  return instruction;
}

std::uint32_t Compiler::site(const Origin& origin, TypeId id, const Clause* clause, const Stmt* stmt) {
  out_.sites.push_back({&origin, id, clause, stmt});
  return static_cast<std::uint32_t>(out_.sites.size() - 1);
}

std::uint32_t Compiler::constant(std::int64_t number) {
  return constant_begin_ + constants_.try_emplace(number, static_cast<std::uint32_t>(constants_.size())).first->second;
}

std::uint32_t Compiler::temporary(std::uint64_t count) {
  const std::uint32_t slot = next_temporary_;
  next_temporary_ += static_cast<std::uint32_t>(std::min(count, kLargestObjectWords));
  last_temporary_ = std::max(last_temporary_, next_temporary_);
  return slot;
}

std::uint32_t Compiler::moved(std::uint32_t slot, std::uint32_t want) {
  if (want == kAnywhere || want == slot) return slot;
  emit(Op::kMove, want, slot);
  return want;
}

void Compiler::patch(const Patches& patches) {
  for (const std::uint32_t at : patches) out_.code[at].c = here();
}

std::uint32_t Compiler::jump(Patches& patches) {
  patches.push_back(here());
  emit(Op::kJump);
  return here() - 1;
}

std::uint32_t Compiler::slot_of(std::uint32_t local) const {
  if (use_entry_copies_ && local < function_.parameter_count) return entry_copies_[local];
  return out_.variables[local];
}

void Compiler::mark_set(std::uint32_t local) {
  flow_.set[local] = true;
  if (tracked_.contains(local)) emit(Op::kSetInitialised, 0, slot_of(local));
}

void Compiler::unreachable_from_here() {
  flow_.reachable = false;
  flow_.set.assign(flow_.set.size(), true);
}

FunctionCode compile(const Program& program, const Layouts& layouts, const GlobalLayout& globals, const Function& function, bool observable) {
  return Compiler(program, layouts, globals, function, observable).run(nullptr);
}

FunctionCode compile_initialisation(const Program& program, const Layouts& layouts, const GlobalLayout& globals) {
  Function none;
  for (std::uint32_t i = 0; i < program.types.size(); ++i)
    if (program.types[i].kind == TypeKind::kVoid) none.return_type = {i};
  FunctionCode code = Compiler(program, layouts, globals, none, false).run(&program.initialise);
  for (Instruction& instruction : code.code)
    if (instruction.op == Op::kFallOff) instruction.op = Op::kReturn;  // a program without void
  for (Site& where : code.sites)
    if (where.origin == &none.origin) where.origin = nullptr;
  return code;
}

}  // namespace assay::program
