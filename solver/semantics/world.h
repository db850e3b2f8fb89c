// One function over symbolic inputs in one encoding, with everything that belongs to it; what checks and equivalence ask about.
// Test: tests/solver/check_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "solver/semantics/inputs.h"
#include "solver/semantics/prover.h"

namespace assay::solver {

/// A term store with an encoding and a policy; executors that share it can be compared.
struct Ground {
  Ground(EncodingKind kind, const SolverOptions& options);
  Ground(EncodingKind kind, SemanticsMode mode, const UnrollLimits& limits);
  smt::TermStore store;
  std::unique_ptr<Encoding> encoding;
  UnrollWhileReachable loops;
};

struct World {
  World(Ground& ground, const program::Program& program, program::FunctionId function, const PointerPlans& plans);
  /// A second function over the inputs of `first`, where `domain` holds; what its preconditions demand is an obligation.
  World(const World& first, const program::Program& program, program::FunctionId function, const PointerPlans& plans,
        const std::vector<Term>& domain);

  Ground& ground;
  Executor executor;
  State start;
  Inputs inputs;
  Execution execution;
};

/// What stands between "no violation found" and "proved".
struct Coverage {
  Outcome outcome = Outcome::kHolds;
  EvidenceKind evidence = EvidenceKind::kSolver;
  std::string reason;
  std::optional<int> bound;
};

/// Which cuts of an execution can really be reached; asked once per cut.
class CutReview {
 public:
  CutReview(const Execution& execution, Prover& prover) : execution_(execution), prover_(prover), possible_(execution.cuts.size()) {}
  /// Coverage of a claim that depends on all events up to the end; `last_event`: on those up to it only.
  Coverage coverage(std::optional<std::uint64_t> last_event, QueryStatistics& statistics);
  bool possible(std::size_t cut, QueryStatistics& statistics);

 private:
  const Execution& execution_;
  Prover& prover_;
  std::vector<std::optional<bool>> possible_;
};

/// The worse of two coverages; keeps the first reason.
Coverage weaker(const Coverage& a, const Coverage& b);

/// Asks again for smaller inputs while the budget lasts: shorter objects first, then smaller absolute values.
void shrink_model(smt::Model& model, const std::vector<Term>& query, const Inputs& inputs, Encoding& encoding, Prover& prover,
                  QueryStatistics& statistics);

}  // namespace assay::solver
