#include "solver/semantics/world.h"

#include <algorithm>

namespace assay::solver {

using smt::Satisfiable;

Ground::Ground(EncodingKind kind, const SolverOptions& options) : Ground(kind, options.mode, UnrollLimits{.bound = options.bound}) {}

Ground::Ground(EncodingKind kind, SemanticsMode mode, const UnrollLimits& limits) : encoding(make_encoding(kind, store, mode)), loops(limits) {}

World::World(Ground& on, const program::Program& program, program::FunctionId function, const PointerPlans& plans)
    : ground(on),
      executor({.program = program, .encoding = *on.encoding, .loops = on.loops, .domain = {}}),
      start(executor.initial()),
      inputs(executor, start, *on.encoding, program, function, plans) {
  executor.add_domain(inputs.facts());
  execution = executor.run(start, function, inputs.arguments(), false);
}

World::World(const World& first, const program::Program& program, program::FunctionId function, const PointerPlans& plans,
             const std::vector<Term>& domain)
    : ground(first.ground),
      executor({.program = program, .encoding = *ground.encoding, .loops = ground.loops, .domain = domain}),
      start(executor.initial()),
      inputs(executor, start, *ground.encoding, program, function, plans, &first.inputs) {
  executor.add_domain(inputs.facts());
  execution = executor.run(start, function, inputs.arguments(), true);
}

bool CutReview::possible(std::size_t cut, QueryStatistics& statistics) {
  if (!possible_[cut]) possible_[cut] = prover_.quick(execution_.cuts[cut].condition, statistics).satisfiable != Satisfiable::kNo;
  return *possible_[cut];
}

Coverage weaker(const Coverage& a, const Coverage& b) {
  const Grade x = grade_of(a.outcome, a.evidence), y = grade_of(b.outcome, b.evidence);
  return x == y ? a : weakest(x, y) == x ? a : b;
}

Coverage CutReview::coverage(std::optional<std::uint64_t> last_event, QueryStatistics& statistics) {
  Coverage result;
  const std::optional<int> bound = prover_.options().bound;
  for (std::size_t i = 0; i < execution_.cuts.size(); ++i) {
    const Cut& cut = execution_.cuts[i];
    if (last_event && *last_event < cut.since_event) continue;
    if (!possible(i, statistics)) continue;
    Coverage found;
    switch (cut.kind) {
      case CutKind::kUnsupported: found = {Outcome::kUnsupported, EvidenceKind::kNone, cut.message, {}}; break;
      case CutKind::kWork: found = {Outcome::kUndecided, EvidenceKind::kNone, cut.message, {}}; break;
      case CutKind::kLoopBound:
      case CutKind::kRecursion:
        if (bound)
          found = {Outcome::kHolds, EvidenceKind::kBoundedSolver,
                   cut.where.to_string() + ": up to " + std::to_string(*bound) + (cut.kind == CutKind::kLoopBound ? " iterations" : " nested calls") +
                       " (--bound); more are possible",
                   bound};
        else found = {Outcome::kUnsupported, EvidenceKind::kNone, cut.message, {}};
        break;
    }
    result = weaker(result, found);
  }
  return result;
}

// ---- small models -----------------------------------------------------------------------------------------------------
namespace {

class Shrink {
 public:
  Shrink(smt::Model& model, std::vector<Term> query, Prover& prover, QueryStatistics& statistics)
      : model_(model), query_(std::move(query)), prover_(prover), statistics_(statistics) {}

  /// Adds the condition for good if the query stays satisfiable.
  bool keep(Term condition) {
    if (model_.holds(condition)) {
      query_.push_back(condition);
      return true;
    }
    if (queries_left_-- <= 0) return false;
    query_.push_back(condition);
    smt::Answer answer = prover_.quick(query_, statistics_);
    if (answer.satisfiable == Satisfiable::kYes) {
      model_ = std::move(answer.model);
      return true;
    }
    query_.pop_back();
    return false;
  }

 private:
  smt::Model& model_;
  std::vector<Term> query_;
  Prover& prover_;
  QueryStatistics& statistics_;
  int queries_left_ = 24;
};

}  // namespace

void shrink_model(smt::Model& model, const std::vector<Term>& query, const Inputs& inputs, Encoding& encoding, Prover& prover,
                  QueryStatistics& statistics) {
  Shrink shrink(model, query, prover, statistics);
  for (Term length : inputs.lengths())
    for (std::int64_t most = 0; !shrink.keep(length <= encoding.index(most)) && most < 64;) most = most * 2 + 1;
  const program::Type& index = Encoding::index_type();
  for (std::int64_t most : {1 << 20, 1000, 100, 16, 4, 1}) {
    std::vector<Term> small;
    for (const Inputs::Variable& variable : inputs.variables()) {
      const Term wide = encoding.to_index(inputs.type(variable), variable.term);
      small.push_back(encoding.compare(program::BinaryOp::kLessEqual, index, encoding.index(-most), wide) &&
                      encoding.compare(program::BinaryOp::kLessEqual, index, wide, encoding.index(most)));
    }
    if (!shrink.keep(all_of(encoding.store(), small))) break;
  }
}

}  // namespace assay::solver
