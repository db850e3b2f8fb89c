#include "solver/checks/check.h"

#include <fmt/format.h>

#include <map>

#include "frontend/program/printer.h"
#include "solver/semantics/world.h"
#include "solver/witness/witness.h"

namespace assay::solver {

using program::CheckKind;
using program::FunctionId;
using program::Program;
using smt::Satisfiable;

namespace {

std::string_view name_of_mode(SemanticsMode mode) {
  switch (mode) {
    case SemanticsMode::kUbIsError: return "ub-is-error";
    case SemanticsMode::kWrap: return "wrap";
    case SemanticsMode::kMath: return "math";
  }
  return "";
}

/// Claims of the programmer: without an input that reaches them they say nothing.
bool is_contract_claim(CheckKind kind) {
  return kind == CheckKind::kAssertion || kind == CheckKind::kPrecondition || kind == CheckKind::kPostcondition || kind == CheckKind::kLoopInvariant;
}

struct Satisfied {
  World* world = nullptr;
  smt::Model model;
  std::vector<Term> query;
};

/// All obligations of one function, decided one by one over two encodings.
class Checker {
 public:
  Checker(const Program& program, FunctionId function, const SolverOptions& options, Session& session)
      : program_(program), id_(function), options_(options), session_(session), prover_(options, session) {}

  Result<std::vector<Verdict>> run() {
    const program::Function& function = program_.function(id_);
    if (!function.has_body) {
      const std::string why = function.refusal.empty() ? fmt::format("'{}' has no body here", function.name) : function.refusal;
      return std::vector<Verdict>{unsupported_verdict(program_.range(function.origin), why)};
    }
    if (Status types = check_parameter_types(program_, id_); !types) return std::vector<Verdict>{unsupported_verdict(types.error())};
    const std::uint64_t cap = options_.bound ? static_cast<std::uint64_t>(std::clamp(*options_.bound, 1, 256)) : 8;
    Result<PointerPlans> plans = PointerPlanner({program_, id_}, {.cap = cap, .shared = std::nullopt}).apart();
    if (!plans) return std::vector<Verdict>{unsupported_verdict(plans.error())};
    plans_ = *std::move(plans);
    make_bits();
    return decide();
  }

 private:
  void make_bits() {
    // `math` has no bit-vector form: its integers are unbounded.
    const EncodingKind kind = options_.mode == SemanticsMode::kMath ? EncodingKind::kIntegers : EncodingKind::kBitVectors;
    ground_ = std::make_unique<Ground>(kind, options_);
    world_ = std::make_unique<World>(*ground_, program_, id_, plans_);
    cuts_ = std::make_unique<CutReview>(world_->execution, prover_);
  }

  /// The same function over integers; null where a bit operation has no integer form, or in `math`, where it is the first already.
  World* integers() {
    if (!integers_tried_ && options_.mode != SemanticsMode::kMath) {
      integers_tried_ = true;
      integer_ground_ = std::make_unique<Ground>(EncodingKind::kIntegers, options_);
      integer_world_ = std::make_unique<World>(*integer_ground_, program_, id_, plans_);
      if (!integer_ground_->encoding->exact()) integer_world_.reset();
    }
    return integer_world_.get();
  }

  Result<std::vector<Verdict>> decide() {
    std::vector<Verdict> verdicts;
    if (options_.mode == SemanticsMode::kMath && !ground_->encoding->exact())
      return std::vector<Verdict>{unsupported_verdict(program_.range(program_.function(id_).origin),
                                                      "a bit operation has no meaning in mode math; use --mode wrap or ub-is-error")};
    const bool vacuous = precondition_is_unsatisfiable();
    const bool all_hold = !vacuous && nothing_is_violated();
    for (const Obligation& obligation : world_->execution.obligations) {
      if (session_.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again"});
      Verdict verdict = start(obligation);
      const bool about_requires = obligation.last_event <= requires_events_;
      if (vacuous && !about_requires) {
        verdict.outcome = Outcome::kVacuous;
        verdict.reason = "the precondition admits no input";
      } else if (Status decided = decide(obligation, all_hold, verdict); !decided) {
        return fail(decided.error());
      }
      verdicts.push_back(std::move(verdict));
    }
    add_unreached_claims(program_.function(id_).body, verdicts);
    add_cuts(verdicts);
    if (!prover_.dump_error().empty()) return input_error(prover_.dump_error(), "name a folder that can be written with --dump-smt2");
    return verdicts;
  }

  std::vector<Term> query(const World& world, Term condition) const {
    std::vector<Term> assertions = world.executor.domain();
    assertions.push_back(condition);
    return assertions;
  }

  /// Violations of what comes behind the requires clauses imply these; as a conjunct of its own that confines the inputs at once.
  std::vector<Term> query(const World& world, const Obligation& obligation) const {
    std::vector<Term> assertions = query(world, any_of(world.ground.store, obligation.violated));
    if (obligation.last_event > world.execution.precondition_events) assertions.push_back(world.execution.precondition);
    return assertions;
  }

  bool precondition_is_unsatisfiable() {
    requires_events_ = world_->execution.precondition_events;
    if (program_.function(id_).requires_.empty()) return false;
    QueryStatistics statistics;
    const std::vector<Term> admits = query(*world_, world_->execution.precondition);
    smt::Answer answer = prover_.quick(admits, statistics);
    if (answer.satisfiable == Satisfiable::kUnknown) answer = prover_.full(program_.function(id_).name + ".precondition", admits, statistics);
    return answer.satisfiable == Satisfiable::kNo;
  }

  /// One query for all obligations together: mostly they hold, and then no other is needed.
  bool nothing_is_violated() {
    QueryStatistics statistics;
    for (World* world : {world_.get(), world_->ground.store.size() > 200 ? integers() : nullptr}) {
      if (!world) continue;
      if (world != world_.get() && !world->execution.cuts.empty()) continue;
      Obligation of_requires, others{.last_event = Obligation::kMayRepeat};
      for (const Obligation& obligation : world->execution.obligations) {
        std::vector<Term>& any = obligation.last_event <= world->execution.precondition_events ? of_requires.violated : others.violated;
        any.insert(any.end(), obligation.violated.begin(), obligation.violated.end());
      }
      const Satisfiable first = prover_.quick(query(*world, of_requires), statistics).satisfiable;
      const Satisfiable second = first == Satisfiable::kNo ? prover_.quick(query(*world, others), statistics).satisfiable : first;
      if (second != Satisfiable::kUnknown) return second == Satisfiable::kNo;
    }
    return false;
  }

  Verdict start(const Obligation& obligation) {
    Verdict verdict;
    verdict.check = obligation.kind;
    verdict.function = obligation.function;
    verdict.where = program_.range(obligation.origin);
    verdict.subject = obligation.subject;
    verdict.semantics = name_of_mode(options_.mode);
    verdict.id =
        fmt::format("{}.{}.{}:{}", obligation.function, program::info(obligation.kind).id, verdict.where.begin.line, verdict.where.begin.column);
    if (const int again = ids_[verdict.id]++; again > 0) verdict.id += fmt::format("#{}", again + 1);
    verdict.assumptions = assumptions();
    return verdict;
  }

  std::vector<std::string> assumptions() const {
    std::vector<std::string> list = world_->inputs.assumptions();
    std::string apart;
    for (const Inputs::ParameterObject& object : world_->inputs.objects())
      apart += (apart.empty() ? "'" : ", '") + program_.function(id_).locals[object.parameter].name + "'";
    if (world_->inputs.objects().size() > 1) list.push_back(fmt::format("{} point to distinct objects", apart));
    for (std::uint32_t global : world_->execution.globals_touched)
      list.push_back(fmt::format("'{}' holds its initial value at entry", program_.globals[global].name));
    return list;
  }

  Status decide(const Obligation& obligation, bool known_to_hold, Verdict& verdict) {
    const std::vector<Term> violation = query(*world_, obligation);
    prover_.dump(verdict.id, violation);
    if (known_to_hold) {
      holds(obligation, *cuts_, verdict);
      return {};
    }
    smt::Answer answer = prover_.quick(violation, verdict.statistics);
    if (answer.satisfiable == Satisfiable::kUnknown && integers()) {
      if (std::optional<Status> by_integers = decide_over_integers(obligation, verdict)) return *by_integers;
    }
    if (answer.satisfiable == Satisfiable::kUnknown) answer = prover_.full(verdict.id, violation, verdict.statistics);
    switch (answer.satisfiable) {
      case Satisfiable::kNo: holds(obligation, *cuts_, verdict); return {};
      case Satisfiable::kYes: return refuted({world_.get(), std::move(answer.model), violation}, verdict);
      case Satisfiable::kUnknown: break;
    }
    verdict.outcome = Outcome::kUndecided;
    verdict.reason = undecided_reason(answer, options_);
    return {};
  }

  /// Absent when the integer form does not decide it either.
  std::optional<Status> decide_over_integers(const Obligation& obligation, Verdict& verdict) {
    World& world = *integers();
    for (const Obligation& same : world.execution.obligations) {
      if (same.kind != obligation.kind || same.origin != obligation.origin || same.function != obligation.function) continue;
      const std::vector<Term> violation = query(world, same);
      smt::Answer answer = prover_.quick(violation, verdict.statistics);
      if (answer.satisfiable == Satisfiable::kUnknown) return std::nullopt;
      if (answer.satisfiable == Satisfiable::kYes) return refuted({&world, std::move(answer.model), violation}, verdict);
      CutReview cuts(world.execution, prover_);
      holds(same, cuts, verdict);
      return Status{};
    }
    return std::nullopt;
  }

  void holds(const Obligation& obligation, CutReview& cuts, Verdict& verdict) {
    Coverage coverage = cuts.coverage(obligation.last_event, verdict.statistics);
    if (!world_->inputs.bound_reason().empty())
      coverage = weaker(coverage, {Outcome::kHolds, EvidenceKind::kBoundedSolver, world_->inputs.bound_reason() + "; the precondition allows more",
                                   options_.bound});
    verdict.outcome = coverage.outcome;
    verdict.evidence = coverage.evidence;
    verdict.reason = coverage.reason;
    verdict.bound = coverage.bound;
    if (!is_contract_claim(obligation.kind) || coverage.outcome != Outcome::kHolds) return;
    const smt::Answer reached = prover_.quick(query(*world_, any_of(ground_->store, reached_of(obligation))), verdict.statistics);
    if (reached.satisfiable != Satisfiable::kNo) return;
    verdict.outcome = Outcome::kVacuous;
    verdict.evidence = EvidenceKind::kNone;
    verdict.reason = "no input reaches this check";
  }

  /// The instances of the obligation in the bit-vector world (`holds` may be about the integer one).
  std::vector<Term> reached_of(const Obligation& obligation) const {
    for (const Obligation& mine : world_->execution.obligations)
      if (mine.kind == obligation.kind && mine.origin == obligation.origin && mine.function == obligation.function) return mine.reached;
    return {};
  }

  Status refuted(Satisfied found, Verdict& verdict) {
    shrink_model(found.model, found.query, found.world->inputs, *found.world->ground.encoding, prover_, verdict.statistics);
    WitnessRequest request{.program = &program_,
                           .function = id_,
                           .reference = nullptr,
                           .reference_function = {},
                           .arguments = found.world->inputs.read(found.model),
                           .check = verdict.check,
                           .where = verdict.where,
                           .mode = options_.mode};
    Result<Witness> witness = build_witness(request, options_, session_);
    if (!witness) return fail(witness.error());
    if (witness->interpreter_replay == Replay::kDisagreed || witness->native_replay == Replay::kDisagreed) return disagreement(*witness, verdict);
    verdict.outcome = Outcome::kFails;
    verdict.evidence = EvidenceKind::kWitness;
    verdict.witness = *std::move(witness);
    return {};
  }

  static Status disagreement(const Witness& witness, const Verdict& verdict) {
    std::string input;
    for (const std::string& literal : witness.literals) input += (input.empty() ? "" : "; ") + literal;
    const bool native = witness.interpreter_replay != Replay::kDisagreed;
    return internal_error(fmt::format("the solver refutes {} ({}) on `{}`, but {} shows: {}", verdict.id, verdict.subject, input,
                                      native ? "native code" : "the interpreter", native ? witness.native_output : witness.program_answer),
                          verdict.where);
  }

  // ---- rows that no obligation stands for -----------------------------------------------------------------------------
  Verdict unsupported_verdict(const SourceRange& where, const std::string& reason) const {
    Verdict verdict;
    verdict.function = program_.function(id_).name;
    verdict.where = where;
    verdict.id = fmt::format("{}.unsupported.{}:{}", verdict.function, where.begin.line, where.begin.column);
    verdict.subject = verdict.function;
    verdict.semantics = name_of_mode(options_.mode);
    verdict.outcome = Outcome::kUnsupported;
    verdict.reason = reason;
    return verdict;
  }

  Verdict unsupported_verdict(const Error& error) const {
    return unsupported_verdict(error.where.value_or(program_.range(program_.function(id_).origin)), error.to_string());
  }

  /// Assertions and postconditions that folding already showed to be out of reach.
  void add_unreached_claims(const program::Block& block, std::vector<Verdict>& verdicts) {
    for (const program::Stmt& stmt : block) {
      if (stmt.kind == program::StmtKind::kAssert && stmt.name != "$unsequenced")
        add_unreached(CheckKind::kAssertion, stmt.origin, program::print_c(program_, program_.function(id_), *stmt.value), verdicts);
      add_unreached_claims(stmt.body, verdicts);
      add_unreached_claims(stmt.else_body, verdicts);
    }
    if (&block != &program_.function(id_).body) return;
    for (const program::Clause& clause : program_.function(id_).ensures)
      add_unreached(CheckKind::kPostcondition, clause.origin, clause.text, verdicts);
  }

  void add_unreached(CheckKind kind, const program::Origin& origin, const std::string& subject, std::vector<Verdict>& verdicts) {
    Obligation obligation{.kind = kind, .function = program_.function(id_).name, .origin = origin, .subject = subject};
    for (const Obligation& seen : world_->execution.obligations)
      if (seen.kind == kind && seen.origin == origin && seen.function == obligation.function) return;
    Verdict verdict = start(obligation);
    const Coverage coverage = cuts_->coverage(std::nullopt, verdict.statistics);
    const bool covered = coverage.outcome == Outcome::kHolds;
    verdict.outcome = covered ? Outcome::kVacuous : coverage.outcome;
    verdict.reason = covered ? "no input reaches this check" : coverage.reason;
    verdicts.push_back(std::move(verdict));
  }

  /// A cut that no row mentions would be a silent omission.
  void add_cuts(std::vector<Verdict>& verdicts) {
    for (std::size_t i = 0; i < world_->execution.cuts.size(); ++i) {
      const Cut& cut = world_->execution.cuts[i];
      QueryStatistics statistics;
      const bool is_bound = (cut.kind == CutKind::kLoopBound || cut.kind == CutKind::kRecursion) && options_.bound;
      if (!cuts_->possible(i, statistics)) continue;
      bool mentioned = false;
      for (const Verdict& verdict : verdicts) mentioned |= verdict.reason == cut.message || (is_bound && verdict.bound);
      if (mentioned) continue;
      Verdict verdict = unsupported_verdict(cut.where, cut.message);
      if (cut.kind == CutKind::kWork) verdict.outcome = Outcome::kUndecided;
      if (is_bound) {  // what lies behind the cut has no row of its own
        verdict.outcome = Outcome::kHolds;
        verdict.evidence = EvidenceKind::kBoundedSolver;
        verdict.bound = options_.bound;
        verdict.reason = fmt::format("{}: cut by --bound {}; what follows was not reached", cut.where.to_string(), *options_.bound);
      }
      verdicts.push_back(std::move(verdict));
    }
  }

  const Program& program_;
  FunctionId id_;
  const SolverOptions& options_;
  Session& session_;
  Prover prover_;
  PointerPlans plans_;
  std::unique_ptr<Ground> ground_, integer_ground_;
  std::unique_ptr<World> world_, integer_world_;
  std::unique_ptr<CutReview> cuts_;
  std::map<std::string, int> ids_;
  std::uint64_t requires_events_ = 0;
  bool integers_tried_ = false;
};

}  // namespace

Result<std::vector<Verdict>> check_function(const Program& program, FunctionId function, const SolverOptions& options, Session& session) {
  return Checker(program, function, options, session).run();
}

}  // namespace assay::solver
