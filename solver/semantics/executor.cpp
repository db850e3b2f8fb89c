// Frames, events and the outcome of a run; the other executor_*.cpp files hold the walks over statements, expressions and places.
#include "solver/semantics/executor.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/program/printer.h"

namespace assay::solver {

using program::CheckKind;
using program::FunctionId;
using program::Origin;

namespace {

/// Whether a block calls `callee`, at any depth of nesting.
bool calls(const program::Block& block, FunctionId callee) {
  return std::any_of(block.begin(), block.end(), [&](const program::Stmt& stmt) {
    return (stmt.callee && stmt.callee->value == callee.value) || calls(stmt.body, callee) || calls(stmt.else_body, callee) ||
           (stmt.loop && (calls(stmt.loop->condition_prelude, callee) || calls(stmt.loop->step, callee)));
  });
}

}  // namespace

Executor::Executor(ExecutionContext context)
    : context_(std::move(context)),
      program_(context_.program),
      encoding_(context_.encoding),
      store_(encoding_.store()),
      memory_(program_, encoding_),
      ok_(store_.yes()),
      assumed_(store_.yes()) {
  const std::string& standard = program_.target.standard;
  for (const char* year : {"20", "2a", "23", "2b", "26", "2c"})
    if (standard == std::string("c++") + year || standard == std::string("gnu++") + year) shift_into_sign_is_defined_ = true;
}

State Executor::initial() {
  State state{store_.yes(), {}};
  for (const program::Variable& global : program_.globals) {
    const ObjectId object = memory_.create(state, global.type, 1, global.name, global.is_const);
    std::vector<Cell> zeros;
    for (program::TypeId cell : memory_.info(object).cells)
      zeros.push_back(type(cell).is_pointer() ? memory_.pointer_cell(memory_.null_pointer())
                                              : memory_.integer_cell(encoding_.constant(type(cell), 0)));
    memory_.set_cells(state, object, std::move(zeros));
    globals_.push_back(object);
  }
  Frame frame;
  static const program::Function kInitialiser{.name = "initialisers of globals"};
  frame.function = &kInitialiser;
  initialising_ = true;
  execute(state, frame, program_.initialise);
  initialising_ = false;
  return state;
}

// ---- events ---------------------------------------------------------------------------------------------------------
/// Notes one instance of a check; the obligation when it is the first at its place, so that its subject is printed once.
Obligation* Executor::record(CheckKind kind, const Origin& origin, Term guard, Term violated) {
  if (pure_clause_) {
    clause_ok_ = clause_ok_ && !(guard && violated);
    return nullptr;
  }
  if (guard.is_false()) return nullptr;
  const bool contract_fault =
      contract_depth_ > 0 && kind != CheckKind::kPrecondition && kind != CheckKind::kPostcondition && kind != CheckKind::kLoopInvariant;
  const Origin& at = contract_fault ? contract_->origin : origin;
  if (contract_fault) kind = CheckKind::kContractUndefined;
  const auto [site, added] = sites_.emplace(Site{function_index_, kind, at}, run_.obligations.size());
  if (added) run_.obligations.push_back({.kind = kind, .function = program_.functions[function_index_].name, .origin = at});
  Obligation& obligation = run_.obligations[site->second];
  const Term bad = guard && violated;
  obligation.reached.push_back(guard && ok_);
  if (!bad.is_false()) obligation.violated.push_back(bad && ok_);
  obligation.last_event = event_of_instance();
  ok_ = ok_ && !bad;
  if (added && contract_fault) obligation.subject = contract_->text;
  return added && !contract_fault ? &obligation : nullptr;
}

/// A cut hides what comes after it. Places of the entry function outside loops are passed once; a callee may be called again behind the cut.
std::uint64_t Executor::event_of_instance() {
  ++events_;
  const bool once = !in_body_ || (function_index_ == entry_ && !entry_is_called_);
  return once ? events_ : Obligation::kMayRepeat;
}

void Executor::violate(CheckKind kind, const Origin& origin, Term guard, Term violated, const std::string& subject) {
  if (Obligation* added = record(kind, origin, guard, violated)) added->subject = subject;
}

void Executor::violate(CheckKind kind, const Origin& origin, Term guard, Term violated, const Frame& frame, const program::Expr& subject) {
  if (Obligation* added = record(kind, origin, guard, violated)) added->subject = text(frame, subject);
}

void Executor::violate(CheckKind kind, const Origin& origin, Term guard, Term violated, const Frame& frame, const program::Place& subject) {
  if (Obligation* added = record(kind, origin, guard, violated)) added->subject = text(frame, subject);
}

void Executor::assume(Term guard, Term condition) {
  if (pure_clause_) clause_ok_ = clause_ok_ && (!guard || condition);
  if (pure_clause_) return;
  ok_ = ok_ && (!guard || condition);
  assumed_ = assumed_ && (!guard || condition);
}

void Executor::cut(CutKind kind, Term guard, const Origin& origin, std::string message, std::uint64_t since) {
  if (guard.is_false()) return;
  if (pure_clause_) {
    clause_ok_ = clause_ok_ && !guard;
    return;
  }
  Cut found{.kind = kind, .condition = reach(guard), .where = program_.range(origin), .message = std::move(message), .since_event = since};
  run_.cuts.push_back(std::move(found));
  ok_ = ok_ && !guard;
}

Term Executor::refuse(Term guard, const Origin& origin, const std::string& what) {
  cut(CutKind::kUnsupported, guard, origin, fmt::format("{}: {}", program_.range(origin).to_string(), what), 0);
  return store_.no();
}

std::vector<Term> Executor::reach(Term path) const {
  std::vector<Term> conditions = context_.domain;
  conditions.push_back(ok_);
  conditions.push_back(path);
  return conditions;
}

Reached Executor::reached(Term path) const {
  Reached result{context_.domain, ok_};
  result.path.push_back(assumed_);
  result.path.push_back(path);
  return result;
}

// ---- frames ---------------------------------------------------------------------------------------------------------
Executor::Frame Executor::make_frame(State& state, FunctionId id, Frame* caller) {
  Frame frame;
  frame.id = id;
  frame.function = &program_.function(id);
  frame.caller = caller;
  for (const program::Variable& local : frame.function->locals)
    frame.locals.push_back(memory_.create(state, local.type, 1, local.name, local.is_const));
  const program::TypeId returned = frame.function->return_type;
  frame.has_result = type(returned).kind != program::TypeKind::kVoid;
  frame.result = memory_.create(state, returned, frame.has_result ? 1 : 0, "result of " + frame.function->name, false);
  return frame;
}

void Executor::set_arguments(State& state, Frame& frame, const std::vector<std::vector<Cell>>& arguments) {
  for (std::size_t i = 0; i < arguments.size() && i < frame.locals.size(); ++i) memory_.set_cells(state, frame.locals[i], arguments[i]);
}

Term Executor::requires_holds(const State& before, FunctionId function, const std::vector<std::vector<Cell>>& arguments,
                              const program::Clause& clause) {
  State state = before;
  Frame frame = make_frame(state, function, nullptr);
  set_arguments(state, frame, arguments);
  pure_clause_ = true;
  clause_ok_ = store_.yes();
  const Term holds = clause_value(state, frame, clause);
  pure_clause_ = false;
  return holds && clause_ok_;
}

Execution Executor::run(State state, FunctionId function, const std::vector<std::vector<Cell>>& arguments, bool requires_is_obligation) {
  run_ = {};
  sites_.clear();
  ok_ = assumed_ = store_.yes();
  function_index_ = entry_ = function.value;
  open_loops_ = 0;
  in_body_ = entry_is_called_ = false;
  for (const program::Function& other : program_.functions) entry_is_called_ = entry_is_called_ || calls(other.body, function);
  Frame frame = make_frame(state, function, nullptr);
  set_arguments(state, frame, arguments);
  depth_[function.value] = 1;
  std::optional<CheckKind> check;
  if (requires_is_obligation) check = CheckKind::kPrecondition;
  for (const program::Clause& clause : frame.function->requires_) this->clause(state, frame, clause, check, clause.origin);
  run_.precondition = ok_;
  run_.precondition_events = events_;
  in_body_ = true;
  run_body(state, frame);
  depth_[function.value] = 0;
  run_.result = frame.has_result && !state.dead() ? *state.objects[frame.result.value].cells : std::vector<Cell>{};
  run_.final = std::move(state);
  run_.defined = ok_;
  std::stable_sort(run_.obligations.begin(), run_.obligations.end(), [&](const Obligation& a, const Obligation& b) {
    return std::tie(a.origin.file, a.origin.begin, a.kind) < std::tie(b.origin.file, b.origin.begin, b.kind);
  });
  return std::move(run_);
}

// ---- texts ----------------------------------------------------------------------------------------------------------
std::string Executor::text(const Frame& frame, const program::Expr& expr) const { return program::print_c(program_, *frame.function, expr); }
std::string Executor::text(const Frame& frame, const program::Place& place) const { return program::print_c(program_, *frame.function, place); }

}  // namespace assay::solver
