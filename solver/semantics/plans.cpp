// The precondition is asked how long each array can be and how far apart two pointers into one array are.
#include "solver/semantics/plans.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "solver/semantics/executor.h"
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

constexpr std::int64_t kMostElements = 1024;  ///< of a contract's array; a longer one is capped
constexpr std::uint64_t kPlanRlimit = 400'000;

/// What a clause speaks of: does it depend on where pointers point, and of which parameters does it use the length?
struct Mentions {
  static bool is_null(const Expr& expr) { return expr.kind == ExprKind::kNull || (expr.kind == ExprKind::kConvert && is_null(*expr.a)); }

  bool memory = false;  ///< it reads through pointers or compares them
  std::vector<std::uint32_t> lengths;
  std::vector<std::uint32_t> nulls;  ///< parameters that are compared with a null pointer

  void add_nulls(const Expr& pointer) {
    if (pointer.place && pointer.place->kind == PlaceKind::kVariable && !pointer.place->variable.global)
      nulls.push_back(pointer.place->variable.index);
    if (pointer.a) add_nulls(*pointer.a);
  }
  void visit(const Place& place, bool in_length) {
    if (place.kind == PlaceKind::kDeref) memory = true;
    if (place.kind == PlaceKind::kVariable && !place.variable.global && in_length) lengths.push_back(place.variable.index);
    if (place.pointer) visit(*place.pointer, in_length);
    if (place.base) visit(*place.base, in_length);
    if (place.index) visit(*place.index, in_length);
  }
  void visit(const Expr& expr, bool in_length) {
    const bool inside = in_length || expr.kind == ExprKind::kLength;
    if (expr.kind == ExprKind::kPointerDifference || (expr.kind == ExprKind::kPointerCompare && !is_null(*expr.a) && !is_null(*expr.b)))
      memory = true;
    if (expr.kind == ExprKind::kPointerCompare)
      for (const auto& [one, other] : {std::pair(expr.a.get(), expr.b.get()), std::pair(expr.b.get(), expr.a.get())})
        if (is_null(*other)) add_nulls(*one);
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

}  // namespace

/// The scalar part of a precondition over symbolic lengths.
class PointerPlanner::Lengths {
 public:
  explicit Lengths(const ContractSource& source) { add(source); }

  bool known(std::uint32_t parameter) const { return lengths_.contains(parameter); }

  struct Range {
    std::int64_t low = 0, high = 0;
  };
  /// The largest length; absent when the precondition allows more than kMostElements.
  std::optional<std::int64_t> largest(std::uint32_t parameter) { return largest(lengths_.at(parameter)); }
  /// Does the precondition speak of a null pointer and hold for it, as `p == 0 || length(p) == 1` does?
  bool admits_null(std::uint32_t parameter) {
    const auto clauses = when_null_.find(parameter);
    if (clauses == when_null_.end()) return false;
    std::vector<Term> query = clauses->second;
    query.push_back(store_.yes());
    return smt::solve_here(query, kPlanRlimit, 10).satisfiable != smt::Satisfiable::kNo;
  }
  bool can_be_less(std::uint32_t parameter, std::int64_t length) { return possible(lengths_.at(parameter) < encoding_->index(length)); }
  /// Elements from parameter `a` to parameter `b` where both point into one array: it ends for both at the same place.
  std::optional<Range> distance(std::uint32_t a, std::uint32_t b) {
    const Term forwards = lengths_.at(a) - lengths_.at(b), backwards = lengths_.at(b) - lengths_.at(a);
    const std::optional<std::int64_t> farthest = largest(forwards), nearest = farthest ? largest(backwards) : std::nullopt;
    if (!nearest) return std::nullopt;
    return Range{-*nearest, *farthest};
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
    for (const auto& [parameter, length] : lengths_) {
      const bool compared = std::any_of(mentions.begin(), mentions.end(), [&](const Mentions& each) {
        return std::find(each.nulls.begin(), each.nulls.end(), parameter) != each.nulls.end();
      });
      if (!compared) continue;
      std::vector<std::vector<Cell>> with_null = arguments;
      with_null[parameter] = {executor.memory().pointer_cell({store_.yes(), {}})};
      for (std::size_t i = 0; i < function.requires_.size(); ++i)
        if (!mentions[i].memory) when_null_[parameter].push_back(executor.requires_holds(state, source.function, with_null, function.requires_[i]));
    }
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
      return {memory.pointer_cell({store_.no(),
                                   {{.guard = store_.yes(),
                                     .base = {object, 0, {}},
                                     .element = type.element,
                                     .stride = 1,
                                     .capacity = 0,
                                     .begin = encoding_->index(0),
                                     .count = length,
                                     .index = encoding_->index(0),
                                     .generation = 1}}})};
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

  /// Widening steps first, since most lengths are small; then bisection between a value that is exceeded and one that is not.
  std::optional<std::int64_t> largest(Term value) {
    std::int64_t exceeded = -1, reached = 0;
    if (above(value, 0)) {
      exceeded = 0;
      for (reached = 1; above(value, reached); reached *= 2) {
        if (reached >= kMostElements) return std::nullopt;
        exceeded = reached;
      }
    } else {
      for (; !above(value, exceeded) && exceeded > -kMostElements; exceeded *= 2) reached = exceeded;
    }
    while (reached - exceeded > 1) {
      const std::int64_t middle = exceeded + (reached - exceeded) / 2;
      (above(value, middle) ? exceeded : reached) = middle;
    }
    return reached;
  }

  bool above(Term value, std::int64_t limit) { return possible(encoding_->index(limit) < value); }

  smt::TermStore store_;
  std::unique_ptr<Encoding> encoding_ = make_encoding(EncodingKind::kBitVectors, store_, SemanticsMode::kWrap);
  std::map<std::uint32_t, Term> lengths_;
  std::map<std::uint32_t, std::vector<Term>> when_null_;  ///< the precondition's clauses where this parameter is a null pointer
  std::vector<Term> facts_;
};

PointerPlanner::PointerPlanner(const ContractSource& source, const PlanOptions& options) : source_(source), options_(options) {}
PointerPlanner::~PointerPlanner() = default;

PointerPlan PointerPlanner::plan(std::uint32_t parameter) {
  const program::Variable& variable = source_.program.function(source_.function).locals[parameter];
  const PointerPlan capped{.capacity = options_.cap, .capped = true};
  if (lengths_->known(parameter)) {
    const std::optional<std::int64_t> longest = lengths_->largest(parameter);
    if (!longest) return capped;
    const std::int64_t capacity = std::max<std::int64_t>(*longest, 0);  // below 0 where the precondition admits nothing
    return {.capacity = static_cast<std::uint64_t>(capacity), .exact = !lengths_->can_be_less(parameter, capacity)};
  }
  if (variable.declared_length) {
    PointerPlan plan = capped;
    if (*variable.declared_length <= kMostElements) plan = {.capacity = *variable.declared_length, .exact = true};
    plan.size = PointerPlan::Size::kDeclared;
    return plan;
  }
  const std::uint64_t elements = *options_.shared;
  return {.size = PointerPlan::Size::kFree, .capacity = elements, .before = elements, .most = elements, .capped = true, .may_be_null = true};
}

Result<PointerPlans> PointerPlanner::apart() {
  const program::Function& function = source_.program.function(source_.function);
  PointerPlans plans(function.parameter_count);
  for (std::uint32_t i = 0; i < function.parameter_count; ++i) {
    const program::Variable& parameter = function.locals[i];
    if (!source_.program.type(parameter.type).is_pointer()) continue;
    if (!lengths_) lengths_ = std::make_unique<Lengths>(source_);
    if (!lengths_->known(i) && !parameter.declared_length && !options_.shared)
      return unsupported(
          fmt::format("pointer parameter '{0}' of '{1}' has no length", parameter.name, function.name),
          fmt::format("write `//@ requires length({0}) == ...;` before '{1}', or declare it as an array with a size", parameter.name, function.name),
          source_.program.range(parameter.origin));
    if (lengths_->known(i) && lengths_->admits_null(i))
      return unsupported(fmt::format("the contract of '{0}' admits a null pointer '{1}' and speaks of its length", function.name, parameter.name),
                         fmt::format("let it require an object: `//@ requires length({}) == ...;`", parameter.name),
                         source_.program.range(parameter.origin));
    plans[i] = plan(i);
  }
  return plans;
}

PointerPlans PointerPlanner::shared(const PointerPlans& apart, const std::vector<std::vector<std::uint32_t>>& groups) {
  PointerPlans plans = apart;
  for (const std::vector<std::uint32_t>& group : groups) share(plans, group);
  return plans;
}

/// Most elements of an object that the parameters of a group share.
std::int64_t PointerPlanner::size_of(const PointerPlans& plans, const std::vector<std::uint32_t>& group) {
  std::int64_t largest = 0, declared = 0;
  for (std::uint32_t member : group) {
    const auto elements = static_cast<std::int64_t>(plans[member]->capacity);
    if (plans[member]->size == PointerPlan::Size::kDeclared) declared += elements;  // at least so many behind each, side by side at worst
    else largest = std::max(largest, elements);
  }
  return largest + declared;
}

void PointerPlanner::share(PointerPlans& plans, const std::vector<std::uint32_t>& group) {
  PointerPlan& first = *plans[group.front()];
  const std::int64_t all = size_of(plans, group);
  const bool ends_known = first.size == PointerPlan::Size::kContract && !first.capped;
  std::int64_t before = first.size == PointerPlan::Size::kFree ? all : 0;
  for (std::size_t i = 1; i < group.size(); ++i) {
    PointerPlan& member = *plans[group[i]];
    std::optional<Lengths::Range> distance;
    if (lengths_->known(group.front()) && lengths_->known(group[i])) distance = lengths_->distance(group.front(), group[i]);
    member.shares_with = group.front();
    member.may_be_null = false;
    member.nearest = distance ? distance->low : -all;
    member.farthest = distance ? distance->high : all;
    before = std::max(before, -member.nearest);
    first.capped = first.capped || member.capped;
  }
  first.may_be_null = false;
  first.before = static_cast<std::uint64_t>(before);
  first.most = static_cast<std::uint64_t>(all);
  if (ends_known) return;
  first.exact = false;
  first.capacity = static_cast<std::uint64_t>(all);
}

}  // namespace assay::solver
