// Sizes of pointer parameters from contracts: the precondition is asked how long each array can be.
#include <fmt/format.h>

#include "solver/semantics/inputs.h"
#include "solver/smt/solver.h"

namespace assay::solver {

using program::Block;
using program::Clause;
using program::Expr;
using program::ExprKind;
using program::Place;
using program::PlaceKind;
using program::Stmt;

namespace {

constexpr std::uint64_t kMostElements = 1024;  ///< of a contract's array; a longer one is capped
constexpr std::uint64_t kPlanRlimit = 400'000;

/// What a clause speaks of: does it read memory through pointers, and of which parameters does it use the length?
struct Mentions {
  bool memory = false;
  std::vector<std::uint32_t> lengths;
  std::vector<std::uint32_t> variables;  ///< of the expression at hand

  void visit(const Place& place, bool in_length) {
    if (place.kind == PlaceKind::kDeref) memory = true;
    if (place.kind == PlaceKind::kVariable && !place.variable.global && in_length) lengths.push_back(place.variable.index);
    if (place.pointer) visit(*place.pointer, in_length);
    if (place.base) visit(*place.base, in_length);
    if (place.index) visit(*place.index, in_length);
  }
  void visit(const Expr& expr, bool in_length) {
    const bool inside = in_length || expr.kind == ExprKind::kLength;
    if (expr.place) visit(*expr.place, inside);
    for (const auto* part : {&expr.a, &expr.b, &expr.c})
      if (*part) visit(**part, inside);
  }
  void visit(const Block& block) {
    for (const Stmt& stmt : block) {
      if (stmt.kind == program::StmtKind::kCall || stmt.kind == program::StmtKind::kLoop) memory = true;  // not followed
      if (stmt.place) visit(*stmt.place, false);
      if (stmt.value) visit(*stmt.value, false);
      visit(stmt.body);
      visit(stmt.else_body);
    }
  }
  static Mentions of(const Clause& clause) {
    Mentions mentions;
    mentions.visit(clause.prelude);
    mentions.visit(*clause.condition, false);
    return mentions;
  }
};

/// The scalar part of a precondition over symbolic lengths.
class Planner {
 public:
  Planner(const ContractSource& source, const std::optional<ContractSource>& also) : source_(source) {
    add(source);
    if (also) add(*also);
  }

  bool has_length(std::uint32_t parameter) const { return lengths_.contains(parameter); }

  PointerPlan plan(std::uint32_t parameter, std::uint64_t cap) {
    const Term length = lengths_.at(parameter);
    auto more_than = [&](std::uint64_t elements) { return possible(encoding_->index(static_cast<std::int64_t>(elements)) < length); };
    auto less_than = [&](std::uint64_t elements) { return possible(length < encoding_->index(static_cast<std::int64_t>(elements))); };
    std::uint64_t low = 0, high = 1;
    if (!more_than(0)) high = 0;
    while (high > 0 && high < kMostElements && more_than(high)) {
      low = high;
      high *= 2;
    }
    if (high >= kMostElements && more_than(kMostElements)) return {.capacity = cap, .exact = false, .capped = true};
    while (high - low > 1) {  // more than low is possible, more than high is not
      const std::uint64_t middle = low + (high - low) / 2;
      (more_than(middle) ? low : high) = middle;
    }
    return {.capacity = high, .exact = !less_than(high), .capped = false};
  }

 private:
  void add(const ContractSource& source) {
    const program::Function& function = source.program.function(source.function);
    LoopPolicyNone none;
    Executor executor({.program = source.program, .encoding = *encoding_, .loops = none, .domain = {}});
    State state = executor.initial();
    std::vector<std::vector<Cell>> arguments;
    std::vector<Mentions> mentions;
    for (const Clause& clause : function.requires_) {
      mentions.push_back(Mentions::of(clause));
      for (std::uint32_t parameter : mentions.back().lengths)
        if (parameter < function.parameter_count) length_of(parameter);
    }
    for (std::uint32_t i = 0; i < function.parameter_count; ++i) arguments.push_back(argument(executor, state, source, i));
    for (std::size_t i = 0; i < function.requires_.size(); ++i)
      if (!mentions[i].memory) facts_.push_back(executor.requires_holds(state, source.function, arguments, function.requires_[i]));
  }

  /// Loops do not occur in what is evaluated here.
  class LoopPolicyNone : public LoopPolicy {
    Unroll next(std::uint64_t, const Reached&, bool) override { return Unroll::kStop; }
    bool exhausted(std::uint64_t) override { return false; }
  };

  Term length_of(std::uint32_t parameter) {
    auto [entry, added] = lengths_.try_emplace(parameter);
    if (added) {
      entry->second = encoding_->variable(Encoding::index_type(), fmt::format("length({})", parameter));
      facts_.push_back(encoding_->index(0) <= entry->second);
    }
    return entry->second;
  }

  std::vector<Cell> argument(Executor& executor, State& state, const ContractSource& source, std::uint32_t index) {
    const program::Variable& parameter = source.program.function(source.function).locals[index];
    const program::Type& type = source.program.type(parameter.type);
    Memory& memory = executor.memory();
    if (type.is_pointer()) {
      const ObjectId object = memory.create(state, type.element, 0, parameter.name, false);
      const Term length = lengths_.contains(index) ? lengths_.at(index) : encoding_->index(0);
      return {memory.pointer_cell({store_.no(), {{.guard = store_.yes(), .base = {object, 0, {}}, .element = type.element, .stride = 1, .capacity = 0,
                                                  .count = length, .index = encoding_->index(0), .generation = 1}}})};
    }
    std::vector<program::TypeId> types;
    memory.append_cells(parameter.type, types);
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < types.size(); ++i)
      cells.push_back(memory.integer_cell(encoding_->variable(source.program.type(types[i]), fmt::format("{}.{}", index, i))));
    return cells;
  }

  bool possible(Term condition) {
    std::vector<Term> query = facts_;
    query.push_back(condition);
    return smt::solve_here(query, kPlanRlimit, 10).satisfiable != smt::Satisfiable::kNo;
  }

  const ContractSource& source_;
  smt::TermStore store_;
  std::unique_ptr<Encoding> encoding_ = make_encoding(EncodingKind::kBitVectors, store_, SemanticsMode::kWrap);
  std::map<std::uint32_t, Term> lengths_;
  std::vector<Term> facts_;
};

}  // namespace

Result<PointerPlans> plan_pointers(const ContractSource& source, const std::optional<ContractSource>& also, const PlanOptions& options) {
  const program::Function& function = source.program.function(source.function);
  PointerPlans plans(function.parameter_count);
  std::unique_ptr<Planner> planner;
  for (std::uint32_t i = 0; i < function.parameter_count; ++i) {
    const program::Variable& parameter = function.locals[i];
    if (!source.program.type(parameter.type).is_pointer()) continue;
    if (!planner) planner = std::make_unique<Planner>(source, also);
    if (planner->has_length(i)) {
      plans[i] = planner->plan(i, options.cap);
    } else if (parameter.declared_length) {
      plans[i] = PointerPlan{.capacity = *parameter.declared_length, .exact = true};
    } else if (options.shared) {
      plans[i] = PointerPlan{.capacity = *options.shared, .exact = false, .capped = true, .may_be_null = true};
    } else {
      return unsupported(fmt::format("pointer parameter '{0}' of '{1}' has no length", parameter.name, function.name),
                         fmt::format("write `//@ requires length({0}) == ...;` before '{1}', or declare it as an array with a size", parameter.name, function.name),
                         source.program.range(parameter.origin));
    }
    if (plans[i]->capacity > kMostElements) {
      plans[i]->capacity = options.cap;
      plans[i]->exact = false;
      plans[i]->capped = true;
    }
  }
  return plans;
}

}  // namespace assay::solver
