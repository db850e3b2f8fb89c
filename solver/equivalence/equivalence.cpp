#include "solver/equivalence/equivalence.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/program/printer.h"
#include "solver/equivalence/outcome_difference.h"
#include "solver/equivalence/sharing.h"
#include "solver/witness/witness.h"

namespace assay::solver {

using program::FunctionId;
using program::Program;
using smt::Satisfiable;

namespace {

bool same_shape(const Program& p, program::TypeId x, const Program& q, program::TypeId y) {
  const program::Type &a = p.type(x), &b = q.type(y);
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case program::TypeKind::kVoid: return true;
    case program::TypeKind::kInteger: return a.width == b.width && a.is_signed == b.is_signed && a.is_bool == b.is_bool;
    case program::TypeKind::kPointer: return same_shape(p, a.element, q, b.element);
    case program::TypeKind::kArray: return a.count == b.count && same_shape(p, a.element, q, b.element);
    case program::TypeKind::kStruct: break;
  }
  if (a.fields.size() != b.fields.size()) return false;
  for (std::size_t i = 0; i < a.fields.size(); ++i)
    if (!same_shape(p, a.fields[i].type, q, b.fields[i].type)) return false;
  return true;
}

/// Both programs over one ground and one division of the pointers into objects.
struct Pair {
  Pair(EncodingKind kind, const SolverOptions& options, const Program& p, FunctionId f, const Program& q, FunctionId g, const PointerPlans& plans)
      : ground(kind, options), reference(ground, p, f, plans), domain(reference.executor.domain()) {
    domain.push_back(reference.execution.defined);
    implementation = std::make_unique<World>(reference, q, g, plans, domain);
    domain = implementation->executor.domain();
    found = differences(p, reference, q, *implementation);
  }
  std::vector<Term> query(Term condition) const {
    std::vector<Term> assertions = domain;
    assertions.push_back(condition);
    return assertions;
  }
  Ground ground;
  World reference;
  std::vector<Term> domain;  ///< inputs on which the reference is defined
  std::unique_ptr<World> implementation;
  Differences found;
};

class Refinement {
 public:
  Refinement(const Program& p, FunctionId f, const Program& q, FunctionId g, const SolverOptions& options, Session& session)
      : p_(p), f_(f), q_(q), g_(g), options_(options), session_(session), prover_(options, session) {}

  Result<Verdict> run() {
    start();
    if (Status comparable = check_signatures(); !comparable) return fail(comparable.error());
    if (unsupported_functions()) return std::move(verdict_);
    const std::uint64_t cap = options_.bound ? static_cast<std::uint64_t>(std::clamp(*options_.bound, 1, 256)) : 8;
    const auto shared = static_cast<std::uint64_t>(std::clamp(options_.shared_object_elements, 1, 64));
    // The domain is the reference's alone: what the implementation's contract asks beyond it is an obligation.
    PointerPlanner planner({p_, f_}, {.cap = cap, .shared = shared});
    const Result<PointerPlans> apart = planner.apart();
    if (!apart) return fail(apart.error());
    sharing_ = sharing_of({p_, f_}, {q_, g_});
    for (const std::string& line : sharing_.contract) note_assumption(line);
    bool some_input = false;
    for (const std::vector<std::vector<std::uint32_t>>& groups : sharing_.divisions) {
      if (session_.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again"});
      if (Status status = decide(planner.shared(*apart, groups), some_input); !status) return fail(status.error());
      if (verdict_.outcome != Outcome::kHolds) break;
    }
    if (verdict_.outcome == Outcome::kHolds) settle_uncovered();
    if (verdict_.outcome == Outcome::kHolds && !some_input) {
      verdict_.outcome = Outcome::kVacuous;
      verdict_.evidence = EvidenceKind::kNone;
      verdict_.reason = "the reference is defined on no input";
    }
    if (!prover_.dump_error().empty()) return input_error(prover_.dump_error(), "name a folder that can be written with --dump-smt2");
    return std::move(verdict_);
  }

 private:
  void start() {
    verdict_.function = q_.function(g_).name;
    verdict_.where = q_.range(q_.function(g_).origin);
    verdict_.id = fmt::format("refines.{}.{}", p_.function(f_).name, q_.function(g_).name);
    verdict_.subject = fmt::format("'{}' does what '{}' does", q_.function(g_).name, p_.function(f_).name);
    verdict_.semantics = options_.mode == SemanticsMode::kUbIsError ? "ub-is-error" : options_.mode == SemanticsMode::kWrap ? "wrap" : "math";
    verdict_.outcome = Outcome::kHolds;
    verdict_.evidence = EvidenceKind::kSolver;
  }

  Status check_signatures() const {
    const program::Function &a = p_.function(f_), &b = q_.function(g_);
    if (a.parameter_count != b.parameter_count)
      return input_error(fmt::format("'{}' has {} parameters, '{}' has {}", a.name, a.parameter_count, b.name, b.parameter_count),
                         "compare functions with the same parameters", verdict_.where);
    for (std::uint32_t i = 0; i < a.parameter_count; ++i)
      if (!same_shape(p_, a.locals[i].type, q_, b.locals[i].type))
        return input_error(fmt::format("parameter {} is '{}' in '{}' and '{}' in '{}'", i + 1, program::print_declaration(p_, a.locals[i].type, ""),
                                       a.name, program::print_declaration(q_, b.locals[i].type, ""), b.name),
                           "compare functions with the same parameter types", q_.range(b.locals[i].origin));
    if (!same_shape(p_, a.return_type, q_, b.return_type))
      return input_error(fmt::format("'{}' returns '{}', '{}' returns '{}'", a.name, program::print_declaration(p_, a.return_type, ""), b.name,
                                     program::print_declaration(q_, b.return_type, "")),
                         "compare functions with the same result type", verdict_.where);
    return {};
  }

  bool unsupported_functions() {
    for (const auto& [program, id] : {std::pair{&p_, f_}, std::pair{&q_, g_}}) {
      const program::Function& function = program->function(id);
      std::string reason;
      if (!function.has_body) reason = function.refusal.empty() ? fmt::format("'{}' has no body", function.name) : function.refusal;
      else if (Status types = check_parameter_types(*program, id); !types) reason = types.error().to_string();
      else if (program->type(function.return_type).is_pointer())
        reason = fmt::format("{}: '{}' returns a pointer", program->range(function.origin).to_string(), function.name);
      if (reason.empty()) continue;
      settle({Outcome::kUnsupported, EvidenceKind::kNone, reason, {}});
      return true;
    }
    return false;
  }

  /// Sharing that no division stands for.
  void settle_uncovered() {
    for (const std::string& line : sharing_.uncovered) {
      note_assumption(line);
      settle({Outcome::kHolds, EvidenceKind::kBoundedSolver, line, options_.bound});
    }
    if (!sharing_.unsupported.empty()) settle({Outcome::kUnsupported, EvidenceKind::kNone, sharing_.unsupported, {}});
  }

  EncodingKind first_encoding() const { return options_.mode == SemanticsMode::kMath ? EncodingKind::kIntegers : EncodingKind::kBitVectors; }

  Status decide(const PointerPlans& plans, bool& some_input) {
    Pair pair(first_encoding(), options_, p_, f_, q_, g_, plans);
    note_assumptions(pair);
    if (!pair.ground.encoding->exact())
      return settle({Outcome::kUnsupported, EvidenceKind::kNone, "a bit operation has no meaning in mode math", {}});
    if (prover_.quick(pair.domain, verdict_.statistics).satisfiable != Satisfiable::kNo) some_input = true;
    Result<bool> holds = prove(pair, plans);
    if (!holds) return fail(holds.error());
    if (!*holds) return {};
    Coverage coverage = coverage_of(pair);
    if (integers_) coverage = weaker(coverage, coverage_of(*integers_));  // unrolling is steered by answers: it may have stopped elsewhere
    if (!pair.found.unsupported.empty()) coverage = weaker(coverage, {Outcome::kUnsupported, EvidenceKind::kNone, pair.found.unsupported, {}});
    if (!pair.reference.inputs.bound_reason().empty())
      coverage = weaker(coverage, {Outcome::kHolds, EvidenceKind::kBoundedSolver, pair.reference.inputs.bound_reason(), options_.bound});
    return settle(coverage);
  }

  Coverage coverage_of(const Pair& pair) {
    CutReview reference_cuts(pair.reference.execution, prover_), implementation_cuts(pair.implementation->execution, prover_);
    return weaker(reference_cuts.coverage(std::nullopt, verdict_.statistics), implementation_cuts.coverage(std::nullopt, verdict_.statistics));
  }

  Status settle(const Coverage& coverage) {
    const Coverage all = weaker({verdict_.outcome, verdict_.evidence, verdict_.reason, verdict_.bound}, coverage);
    verdict_.outcome = all.outcome;
    verdict_.evidence = all.evidence;
    verdict_.reason = all.reason;
    verdict_.bound = all.bound;
    return {};
  }

  void note_assumption(const std::string& line) {
    if (std::find(verdict_.assumptions.begin(), verdict_.assumptions.end(), line) == verdict_.assumptions.end()) verdict_.assumptions.push_back(line);
  }

  void note_assumptions(const Pair& pair) {
    for (const std::vector<std::string>* list : {&pair.reference.inputs.assumptions(), &pair.found.assumptions})
      for (const std::string& assumption : *list) note_assumption(assumption);
    if (!sharing_.matters || (pair.reference.execution.globals_touched.empty() && pair.implementation->execution.globals_touched.empty())) return;
    const std::string line = "no pointer parameter points to a global variable";
    if (std::find(sharing_.uncovered.begin(), sharing_.uncovered.end(), line) == sharing_.uncovered.end()) sharing_.uncovered.push_back(line);
  }

  static std::vector<Term> violations(const Pair& pair) {
    std::vector<Term> all;
    for (const Claim& claim : pair.found.claims) all.push_back(claim.violated);
    return all;
  }

  /// True: no claim can be violated. False: the verdict says why not.
  Result<bool> prove(Pair& pair, const PointerPlans& plans) {
    for (const Claim& claim : pair.found.claims) prover_.dump(verdict_.id + "." + claim.name, pair.query(claim.violated));
    const smt::Answer all = prover_.quick(pair.query(any_of(pair.ground.store, violations(pair))), verdict_.statistics);
    integers_.reset();
    if (all.satisfiable == Satisfiable::kNo) return true;
    if (all.satisfiable == Satisfiable::kUnknown && first_encoding() != EncodingKind::kIntegers) {
      integers_ = std::make_unique<Pair>(EncodingKind::kIntegers, options_, p_, f_, q_, g_, plans);
      if (!integers_->ground.encoding->exact()) integers_.reset();
    }
    if (integers_ &&
        prover_.quick(integers_->query(any_of(integers_->ground.store, violations(*integers_))), verdict_.statistics).satisfiable == Satisfiable::kNo)
      return true;
    return prove_one_by_one(pair, integers_.get());
  }

  Result<bool> prove_one_by_one(Pair& pair, Pair* integers) {
    std::optional<smt::Answer> undecided;
    for (std::size_t i = 0; i < pair.found.claims.size(); ++i) {
      const Claim& claim = pair.found.claims[i];
      const std::vector<Term> query = pair.query(claim.violated);
      smt::Answer answer = prover_.quick(query, verdict_.statistics);
      if (answer.satisfiable == Satisfiable::kYes) return refuted(pair, claim, std::move(answer.model), query);
      if (answer.satisfiable == Satisfiable::kUnknown && integers)
        if (const Claim* same = claim_named(*integers, claim.name)) {
          const std::vector<Term> over_integers = integers->query(same->violated);
          answer = prover_.quick(over_integers, verdict_.statistics);
          if (answer.satisfiable == Satisfiable::kYes) return refuted(*integers, *same, std::move(answer.model), over_integers);
        }
      if (answer.satisfiable == Satisfiable::kUnknown) {
        answer = prover_.full(verdict_.id + "." + claim.name, query, verdict_.statistics);
        if (answer.satisfiable == Satisfiable::kYes) return refuted(pair, claim, std::move(answer.model), query);
      }
      if (answer.satisfiable == Satisfiable::kUnknown && !undecided) {
        undecided = std::move(answer);
        verdict_.reason = claim.name + ": " + undecided_reason(*undecided, options_);
        break;  // one undecided claim leaves the whole undecided; a refutation of a later one is worth one cheap look each
      }
    }
    if (!undecided) return true;
    if (Result<bool> refuted_later = look_for_refutation(pair); !refuted_later || verdict_.outcome == Outcome::kFails) return refuted_later;
    verdict_.outcome = Outcome::kUndecided;
    verdict_.evidence = EvidenceKind::kNone;
    return false;
  }

  Result<bool> look_for_refutation(Pair& pair) {
    for (const Claim& claim : pair.found.claims) {
      const std::vector<Term> query = pair.query(claim.violated);
      smt::Answer answer = prover_.quick(query, verdict_.statistics);
      if (answer.satisfiable == Satisfiable::kYes) return refuted(pair, claim, std::move(answer.model), query);
    }
    return false;
  }

  static const Claim* claim_named(const Pair& pair, const std::string& name) {
    for (const Claim& claim : pair.found.claims)
      if (claim.name == name) return &claim;
    return nullptr;
  }

  Result<bool> refuted(Pair& pair, const Claim& claim, smt::Model model, const std::vector<Term>& query) {
    const Inputs& inputs = pair.implementation->inputs;
    shrink_model(model, query, inputs, *pair.ground.encoding, prover_, verdict_.statistics);
    WitnessRequest request{.program = &q_,
                           .function = g_,
                           .reference = &p_,
                           .reference_function = f_,
                           .arguments = inputs.read(model),
                           .check = std::nullopt,
                           .where = verdict_.where,
                           .mode = options_.mode,
                           .compare_globals = !claim.replayed};
    Result<Witness> witness = build_witness(request, options_, session_);
    if (!witness) return fail(witness.error());
    if (!witness->reference_defined)
      return internal_error(fmt::format("the solver tells '{}' from '{}' by {} on `{}`, where the interpreter finds the reference undefined: {}",
                                        p_.function(f_).name, q_.function(g_).name, claim.name, literals(*witness), witness->reference_answer),
                            verdict_.where);
    // Undefined behaviour need not show in native code; a different answer must.
    if (claim.undefined && witness->native_replay == Replay::kDisagreed) witness->native_replay = Replay::kNotApplicable;
    if (claim.printed && (witness->interpreter_replay == Replay::kDisagreed || witness->native_replay == Replay::kDisagreed)) {
      settle({Outcome::kUnsupported, EvidenceKind::kNone, "printed output in pieces of another order or another form", {}});
      return false;
    }
    for (Replay* replay : {&witness->interpreter_replay, &witness->native_replay})
      if (!claim.replayed && *replay == Replay::kDisagreed) *replay = Replay::kNotApplicable;
    const bool interpreter_disagrees = witness->interpreter_replay == Replay::kDisagreed;
    if (interpreter_disagrees || witness->native_replay == Replay::kDisagreed)
      return internal_error(fmt::format("the solver tells '{}' from '{}' by {} on `{}`, but {}: reference {}, implementation {}",
                                        p_.function(f_).name, q_.function(g_).name, claim.name, literals(*witness),
                                        interpreter_disagrees ? "the interpreter does not" : "native code does not: " + witness->native_output,
                                        witness->reference_answer, witness->program_answer),
                            verdict_.where);
    verdict_.outcome = Outcome::kFails;
    verdict_.evidence = EvidenceKind::kWitness;
    verdict_.reason = claim.name;
    verdict_.witness = *std::move(witness);
    return false;
  }

  static std::string literals(const Witness& witness) {
    std::string input;
    for (const std::string& literal : witness.literals) input += (input.empty() ? "" : "; ") + literal;
    return input;
  }

  const Program& p_;
  FunctionId f_;
  const Program& q_;
  FunctionId g_;
  const SolverOptions& options_;
  Session& session_;
  Prover prover_;
  Sharing sharing_;
  std::unique_ptr<Pair> integers_;  ///< the division at hand over integers, when bit-vectors did not decide it
  Verdict verdict_;
};

}  // namespace

Result<Verdict> refines(const Program& reference_program, FunctionId reference, const Program& implementation_program, FunctionId implementation,
                        const SolverOptions& options, Session& session) {
  return Refinement(reference_program, reference, implementation_program, implementation, options, session).run();
}

}  // namespace assay::solver
