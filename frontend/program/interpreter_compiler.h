// Trees -> flat code for one function: internal to interpreter_*.cpp. See interpreter_code.h for the idea.
//
// Compiled twice: the first pass finds the constants and the locals whose initialised state must be kept at run time, the second emits.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "frontend/program/interpreter_code.h"

namespace assay::program {

/// Which register locals are certainly set here; false reachability makes every local set, so that joins ignore the path.
struct Flow {
  std::vector<bool> set;
  bool reachable = true;
  void join(const Flow& other);
};

/// A resolved place.
struct Address {
  enum class Base { kFrame, kAbsolute, kTemporary } base = Base::kFrame;
  std::uint64_t word = 0;  ///< frame slot, absolute word, or offset from the address in `temporary`
  std::uint32_t temporary = 0;
};

class Compiler {
 public:
  Compiler(const Program& program, const Layouts& layouts, const GlobalLayout& globals, const Function& function, bool observable);
  FunctionCode run(const Block* initialisation);

 private:
  using Patches = std::vector<std::uint32_t>;
  static constexpr std::uint32_t kAnywhere = ~std::uint32_t{0};

  // ---- set-up (interpreter_statements.cpp) ---------------------------------------------------------------------------
  bool assign_slots();
  void start_pass();
  void entry();
  void epilogue();
  void find_addresses(const Block& block);
  void find_addresses(const Expr& expr);
  void find_addresses(const Place& place);
  void find_declared(const Block& block);

  // ---- statements (interpreter_statements.cpp) -------------------------------------------------------------------------
  void block(const Block& block, std::uint32_t extra_steps = 0);
  void prelude(const Block& block);
  void statement(const Stmt& stmt);
  void declare(std::uint32_t local, const Origin& origin);
  void assign(const Stmt& stmt);
  void call(const Stmt& stmt);
  void builtin_call(const Stmt& stmt);
  void fetch_result(const Stmt& stmt);
  void if_statement(const Stmt& stmt);
  void loop(const Stmt& stmt);
  void loop_test(const Stmt& stmt, bool sense, Patches& patches);
  void switch_statement(const Stmt& stmt);
  void return_statement(const Stmt& stmt);
  void abort_statement(const Stmt& stmt);
  void clauses(const std::vector<Clause>& clauses, CheckKind kind);
  void leave_scopes(std::size_t depth);
  void unsupported(const Stmt& stmt);
  void trace(const Stmt& stmt);

  // ---- expressions (interpreter_expressions.cpp) -----------------------------------------------------------------------
  std::uint32_t value(const Expr& expr, std::uint32_t want = kAnywhere);
  std::uint32_t unary(const Expr& expr, std::uint32_t want);
  std::uint32_t binary(const Expr& expr, std::uint32_t want);
  std::uint32_t convert(const Expr& expr, std::uint32_t want);
  std::uint32_t truth(const Expr& expr, std::uint32_t want);
  std::uint32_t conditional(const Expr& expr, std::uint32_t want, std::uint32_t words);
  std::uint32_t pointer_compare(const Expr& expr, std::uint32_t want);
  std::uint32_t pointer(const Expr& expr, std::uint32_t want = kAnywhere);
  std::uint32_t aggregate(const Expr& expr);
  void branch(const Expr& expr, bool sense, Patches& patches);
  bool branch_on_comparison(const Expr& expr, bool sense, Patches& patches);

  // ---- places (interpreter_places.cpp) ---------------------------------------------------------------------------------
  Address address(const Place& place, bool write);
  Address element_address(const Place& place, bool write);
  std::uint32_t absolute(const Address& address);
  std::uint32_t load(const Place& place, std::uint32_t want);
  std::uint32_t load_element(const Place& place, std::uint32_t want);
  std::uint32_t load_pointer(const Place& place, std::uint32_t want);
  void store(const Place& place, std::uint32_t slot);
  bool store_element(const Place& place, std::uint32_t slot);
  std::uint32_t pointer_to(const Place& place, std::uint32_t want, bool outermost);
  bool is_register(VariableId id) const;
  std::optional<std::uint32_t> register_local(const Place& place) const;

  // ---- emitting ----------------------------------------------------------------------------------------------------------
  Instruction& emit(Op op, std::uint32_t d = 0, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0, std::int64_t imm = 0);
  Instruction& emit_typed(Op op, TypeId type, const Origin& origin, std::uint32_t d, std::uint32_t a, std::uint32_t b, std::uint32_t c = 0,
                          std::int64_t imm = 0);
  std::uint32_t site(const Origin& origin, TypeId type = {}, const Clause* clause = nullptr, const Stmt* stmt = nullptr);
  std::uint32_t constant(std::int64_t value);
  std::uint32_t temporary(std::uint64_t words = 1);
  std::uint32_t target(std::uint32_t want, std::uint64_t words = 1) { return want == kAnywhere ? temporary(words) : want; }
  std::uint32_t moved(std::uint32_t slot, std::uint32_t want);
  std::uint32_t here() const { return static_cast<std::uint32_t>(out_.code.size()); }
  void patch(const Patches& patches);
  std::uint32_t jump(Patches& patches);
  const Type& type(TypeId id) const { return program_.type(id); }
  std::uint64_t words(TypeId id) const { return layouts_.words(id); }
  std::uint32_t slot_of(std::uint32_t local) const;
  void mark_set(std::uint32_t local);
  void unreachable_from_here();

  const Program& program_;
  const Layouts& layouts_;
  const GlobalLayout& globals_;
  const Function& function_;
  const bool observable_;

  FunctionCode out_;
  bool first_pass_ = true;
  std::map<std::int64_t, std::uint32_t> constants_;  ///< value -> index among the constants
  std::set<std::uint32_t> tracked_;                  ///< register locals whose state is kept at run time
  std::set<std::uint32_t> address_taken_;
  std::set<std::uint32_t> declared_;
  std::uint32_t constant_begin_ = 0;
  std::uint32_t next_temporary_ = 0;
  std::uint32_t last_temporary_ = 0;

  Flow flow_;
  struct Target {  ///< an enclosing loop or switch
    Patches breaks, continues;
    Flow break_flow, continue_flow;
    std::size_t scope_depth = 0;
    bool is_loop = false;
  };
  std::vector<Target> targets_;
  std::vector<std::vector<std::uint32_t>> scopes_;  ///< locals with an object that each open block declared
  std::vector<std::uint32_t> entry_copies_;         ///< frame words of the parameters' entry values, when there are ensures clauses
  bool use_entry_copies_ = false;
  std::uint32_t result_slot_ = 0;
  Patches returns_;
  Flow return_flow_;
};

/// The builtin of that name, with or without the prefix `__builtin_`.
std::optional<Builtin> find_builtin(std::string_view name);

}  // namespace assay::program
