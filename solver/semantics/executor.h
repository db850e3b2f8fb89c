// Symbolic execution of one function with merging of paths: program -> terms.
//
// Idea. The structured IR is run once over symbolic memory. `if` and `switch` fork the state and join it cell by cell; break, continue and
// return park guarded states until their target; calls are inlined; loops are unrolled as the LoopPolicy says. Every check of
// frontend/program/checks.h that applies somewhere becomes an obligation: the condition under which it is the first to be violated.
//
//   int f(int x) { return x + 1; }      one obligation: signed overflow at x + 1, violated when x == INT_MAX; result x + 1
//
// As in the interpreter, execution ends at the first violation: an obligation's condition excludes those before it, and whatever follows
// assumes that it did not happen. What cannot be modelled (a limit, a construct) is a cut: a condition under which nothing is claimed.
//
// Cost: linear in executed statements times touched cells. Source: CBMC's path merging, Alive2's refinement of undefined behaviour.
// Tests: tests/solver/executor_test.cpp, tests/solver/differential_test.cpp (against the interpreter)
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "frontend/program/checks.h"
#include "frontend/program/program.h"
#include "solver/loops/policy.h"
#include "solver/semantics/encoding.h"
#include "solver/semantics/memory.h"

namespace assay::solver {

/// One place where a check applies; all its unrolled instances together.
struct Obligation {
  program::CheckKind kind = program::CheckKind::kAssertion;
  std::string function;
  program::Origin origin;
  std::string subject;           ///< the expression in words of the code
  std::vector<Term> violated;    ///< each instance: it is the first violation of the run
  std::vector<Term> reached;     ///< each instance: the check is evaluated
  std::uint64_t last_event = 0;  ///< event number of its last instance; kMayRepeat where a later call may evaluate it again
  static constexpr std::uint64_t kMayRepeat = ~std::uint64_t{0};
};

enum class CutKind { kLoopBound, kRecursion, kUnsupported, kWork };

/// Inputs about which nothing is claimed.
struct Cut {
  CutKind kind = CutKind::kUnsupported;
  std::vector<Term> condition;  ///< conjunction
  SourceRange where;
  std::string message;            ///< for people, with what to do
  std::uint64_t since_event = 0;  ///< start of the outermost open loop: obligations whose last event came before do not depend on the cut
};

/// What printf, puts or putchar wrote, under a condition.
struct OutputEvent {
  Term guard;
  std::string function;
  std::string format;  ///< text of the string literal; empty for putchar
  std::vector<Cell> arguments;
};

/// A way in which the function ends other than by returning.
struct AbortEvent {
  Term guard;
  std::string name;  ///< abort, exit, ...
  Term status;       ///< of exit; 0 otherwise
};

struct Execution {
  State final;               ///< after the function returned; path: it returns
  std::vector<Cell> result;  ///< leaves of the returned value; indeterminate where none was
  std::vector<Obligation> obligations;
  std::vector<Cut> cuts;
  std::vector<OutputEvent> output;
  std::vector<AbortEvent> aborts;
  std::uint64_t precondition_events = 0;    ///< events up to here belong to the evaluation of the requires clauses
  Term precondition;                        ///< the requires clauses hold and are defined
  Term defined;                             ///< no violation, every assumption met, no cut
  std::set<std::uint32_t> globals_touched;  ///< mutable globals that it read or wrote, by index
};

/// What the caller fixes before a run.
struct ExecutionContext {
  const program::Program& program;
  Encoding& encoding;
  LoopPolicy& loops;
  std::vector<Term> domain;  ///< facts about the inputs, assumed everywhere
};

class Executor {
 public:
  explicit Executor(ExecutionContext context);

  Memory& memory() { return memory_; }
  const Memory& memory() const { return memory_; }
  /// More facts about the inputs, known once they are made.
  void add_domain(const std::vector<Term>& facts) { context_.domain.insert(context_.domain.end(), facts.begin(), facts.end()); }
  const std::vector<Term>& domain() const { return context_.domain; }
  /// The state before any function runs: globals hold their initial values.
  State initial();
  ObjectId global(std::uint32_t index) const { return globals_[index]; }

  /// Evaluates one requires clause of `function` on parameters `arguments`, as a formula; false where it is undefined.
  Term requires_holds(const State& state, program::FunctionId function, const std::vector<std::vector<Cell>>& arguments,
                      const program::Clause& clause);

  /// Runs `function` from `state`. `requires_is_obligation`: its preconditions are checked rather than assumed.
  Execution run(State state, program::FunctionId function, const std::vector<std::vector<Cell>>& arguments, bool requires_is_obligation);

 private:
  struct Parked {
    std::vector<State> breaks, continues;
    bool is_loop = false;
  };
  struct Frame {
    program::FunctionId id;
    const program::Function* function = nullptr;
    std::vector<ObjectId> locals;
    ObjectId result;  ///< indeterminate until a return statement gives a value
    bool has_result = false;
    Term fell_off;  ///< left without a value, by callees only
    std::vector<State> returns;
    std::vector<Parked> targets;  ///< loops and switches that are open
    Frame* caller = nullptr;
  };

  // executor.cpp: frames, events
  void violate(program::CheckKind kind, const program::Origin& origin, Term guard, Term violated, const std::string& subject);
  void violate(program::CheckKind kind, const program::Origin& origin, Term guard, Term violated, const Frame& frame, const program::Expr& subject);
  void violate(program::CheckKind kind, const program::Origin& origin, Term guard, Term violated, const Frame& frame, const program::Place& subject);
  Obligation* record(program::CheckKind kind, const program::Origin& origin, Term guard, Term violated);
  void assume(Term guard, Term condition);
  std::uint64_t event_of_instance();
  void cut(CutKind kind, Term guard, const program::Origin& origin, std::string message, std::uint64_t since);
  Term refuse(Term guard, const program::Origin& origin, const std::string& what);
  Frame make_frame(State& state, program::FunctionId function, Frame* caller);
  void set_arguments(State& state, Frame& frame, const std::vector<std::vector<Cell>>& arguments);
  std::vector<Term> reach(Term path) const;
  Reached reached(Term path) const;

  // executor_calls.cpp
  void run_body(State& state, Frame& frame);
  void clause(State state, Frame& frame, const program::Clause& clause, std::optional<program::CheckKind> kind, const program::Origin& at);
  Term clause_value(State& state, Frame& frame, const program::Clause& clause);
  void check_ensures(const State& state, Frame& frame, const std::vector<std::vector<Cell>>& arguments);
  void call(State& state, Frame& frame, const program::Stmt& stmt);
  void call_function(State& state, Frame& frame, const program::Stmt& stmt);
  void call_builtin(State& state, Frame& frame, const program::Stmt& stmt);
  void print(State& state, Frame& frame, const program::Stmt& stmt);

  // executor_statements.cpp
  void execute(State& state, Frame& frame, const program::Block& block);
  void execute_scope(State& state, Frame& frame, const program::Block& block);
  void end_scope(State& state, Frame& frame, const program::Block& block);
  void execute(State& state, Frame& frame, const program::Stmt& stmt);
  void execute_if(State& state, Frame& frame, const program::Stmt& stmt);
  void execute_loop(State& state, Frame& frame, const program::Stmt& stmt);
  /// A loop that is being unrolled.
  struct Unrolling {
    std::uint64_t iteration = 0;
    std::uint64_t since = 0;          ///< event before which nothing depends on how often it runs
    bool symbolic = false;            ///< folding does not decide whether this iteration begins
    Term condition, first_condition;  ///< of this iteration, and of the first that was symbolic
    std::uint64_t first_iteration = 0;
    std::vector<State> exits;
  };
  bool enter_iteration(State& state, Frame& frame, const program::Stmt& stmt, const Unrolling& loop);
  bool test(State& state, Frame& frame, const program::Stmt& stmt, Unrolling& loop);
  void iterate_body(State& state, Frame& frame, const program::Stmt& stmt);
  void execute_switch(State& state, Frame& frame, const program::Stmt& stmt);
  void execute_return(State& state, Frame& frame, const program::Stmt& stmt);
  void execute_abort(State& state, Frame& frame, const program::Stmt& stmt);
  void fall_off(State& state, Frame& frame, const program::Origin& origin);

  // executor_expressions.cpp
  Cell evaluate(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  std::vector<Cell> evaluate_all(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  Term integer(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  Term condition(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  Term truth(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  Term unary(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  Term binary(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  void check_binary(Frame& frame, const program::Expr& expr, Term guard, Term a, Term b);
  Cell choose_value(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  std::string text(const Frame& frame, const program::Expr& expr) const;
  std::string text(const Frame& frame, const program::Place& place) const;
  std::shared_ptr<const PointerValue> pointer(const State& state, Frame& frame, const program::Expr& expr, Term guard);

  // executor_places.cpp
  std::vector<Target> resolve(const State& state, Frame& frame, const program::Place& place, Term guard, bool write);
  std::vector<Target> dereference(const State& state, Frame& frame, const program::Place& place, Term guard, bool write);
  std::vector<Target> element(const State& state, Frame& frame, const program::Place& place, Term guard, bool write);
  Cell address_of(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  Cell convert_pointer(Frame& frame, const program::Expr& expr, const Cell& from, Term guard);
  Cell pointer_add(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  Term pointer_difference(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  Term pointer_compare(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  Term one_array(const PointerTarget& x, const PointerTarget& y);
  void check_alive(const State& state, Frame& frame, const std::vector<const PointerValue*>& pointers, const program::Expr& expr, Term guard);
  Term pointer_length(const State& state, Frame& frame, const program::Expr& expr, Term guard);
  void check_initialised(Frame& frame, Term guard, const std::vector<Cell>& cells, const program::Place& place);
  void assign(State& state, Frame& frame, const program::Place& place, const std::vector<Cell>& values, Term guard);
  bool compatible(program::TypeId stored, program::TypeId accessed) const;

  const program::Type& type(program::TypeId id) const { return program_.type(id); }

  ExecutionContext context_;
  const program::Program& program_;
  Encoding& encoding_;
  smt::TermStore& store_;
  Memory memory_;
  std::vector<ObjectId> globals_;
  Execution run_;
  Term ok_;       ///< no violation and no cut so far, every assumption met
  Term assumed_;  ///< the assumptions alone: requires clauses and __CPROVER_assume
  std::uint64_t events_ = 0;
  std::uint64_t outermost_loop_ = 0;  ///< first event of the outermost loop that is open
  int open_loops_ = 0;
  bool in_body_ = false;          ///< past the precondition
  bool entry_is_called_ = false;  ///< some function calls the one that is run
  std::uint32_t entry_ = 0;
  std::uint64_t statements_ = 0;
  int contract_depth_ = 0;  ///< inside a clause: its own violations are kContractUndefined
  const program::Clause* contract_ = nullptr;
  bool pure_clause_ = false;  ///< requires_holds: collect violations in clause_ok_ instead of obligations
  Term clause_ok_;
  bool shift_into_sign_is_defined_ = false;  ///< since C++20
  bool initialising_ = false;                ///< initialisers may write const objects
  std::uint32_t function_index_ = 0;         ///< whose code runs: obligations are told apart by it
  std::map<std::uint32_t, int> depth_;       ///< open calls by function
  using Site = std::tuple<std::uint32_t, program::CheckKind, program::Origin>;
  std::map<Site, std::size_t> sites_;
};

}  // namespace assay::solver
