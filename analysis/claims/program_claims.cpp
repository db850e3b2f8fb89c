// Link 3: the program refines the reference code, and is safe; both by the solver.
//
// Test: tests/analysis/program_claims_test.cpp
#include <fmt/format.h>

#include "analysis/claims/claim.h"
#include "analysis/claims/solver_options.h"
#include "analysis/tasks/labels.h"
#include "solver/checks/check.h"
#include "solver/equivalence/equivalence.h"

namespace assay::analysis {
namespace {

Json to_json(const solver::Witness& witness) {
  return {{"arguments", witness.literals},
          {"path", witness.path},
          {"program_answer", witness.program_answer},
          {"reference_answer", witness.reference_answer},
          {"interpreter_replay", name_of(witness.interpreter_replay)},
          {"native_replay", name_of(witness.native_replay)},
          {"native_output", witness.native_output},
          {"repro_c", witness.repro_c},
          {"repro_command", witness.repro_command}};
}

Json to_json(const solver::Verdict& verdict) {
  Json json = {{"id", verdict.id},
               {"subject", verdict.subject},
               {"where", verdict.where.to_string()},
               {"outcome", name_of(verdict.outcome)},
               {"evidence", name_of(verdict.evidence)},
               {"grade", name_of(verdict.grade())},
               {"reason", verdict.reason}};
  if (verdict.check) json["check"] = program::info(*verdict.check).id;
  if (verdict.bound) json["bound"] = *verdict.bound;
  return json;
}

Replay replay_of(const solver::Witness& witness) {
  if (witness.interpreter_replay == Replay::kDisagreed || witness.native_replay == Replay::kDisagreed) return Replay::kDisagreed;
  if (witness.interpreter_replay == Replay::kAgreed || witness.native_replay == Replay::kAgreed) return Replay::kAgreed;
  return Replay::kNotRun;
}

void take(const solver::Verdict& verdict, ClaimResult& result) {
  result.outcome = verdict.outcome;
  result.evidence = verdict.evidence;
  result.semantics = verdict.semantics;
  result.assumptions.insert(result.assumptions.end(), verdict.assumptions.begin(), verdict.assumptions.end());
  if (verdict.bound) result.details["bound"] = *verdict.bound;
  if (verdict.witness) {
    result.witness = to_json(*verdict.witness);
    result.replay = replay_of(*verdict.witness);
  }
}

/// What a contract admits is the domain of a claim about code; here in the words of its clauses.
std::string contract_of(const CFunction& function) {
  std::string text;
  for (const program::Clause& clause : function.function().requires_) text += (text.empty() ? "" : " && ") + clause.text;
  return text.empty() ? "every argument" : text;
}

/// Does the task's domain lie inside the preconditions of `function`? Counts on all inputs of small domains, else on a seeded sample.
Json covered_by_contract(const Hypothesis& hypothesis, const Domain& domain, const CFunction& function) {
  constexpr std::uint64_t kInputs = 2'000;
  Result<Labels> labels = Labels::create(hypothesis.task, domain, function);
  if (!labels) return {{"error", labels.error().message}};
  std::uint64_t inputs = 0, inside = 0;
  for (std::uint64_t i = 0; i < kInputs; ++i) {
    const Tokens prefix = domain.random_input(i);
    if (!domain.scored(prefix)) continue;
    ++inputs;
    const program::RunResult run = function.interpreter().run(function.id(), labels->arguments(prefix));
    inside += run.end != program::RunEnd::kPreconditionUnmet ? 1 : 0;
    if (run.end == program::RunEnd::kStepLimit) return {{"error", describe_failure(function, labels->arguments(prefix), run)}};
  }
  return {{"sampled_inputs", inputs}, {"inside_the_contract", inside}, {"seed", 0}};
}

class ProgramEqualsReference : public ClaimKind {
 public:
  std::string_view name() const override { return "program_equals_reference"; }
  int link() const override { return 3; }

  Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const override {
    const Hypothesis& hypothesis = context.hypothesis;
    if (!hypothesis.reference)
      return input_error("the claim program_equals_reference needs a reference", "write reference = { file = \"...\", function = \"...\" }",
                         SourceRange{hypothesis.file, {}, {}});
    const CFunction& reference = *hypothesis.reference;
    result.subject = fmt::format("program {} refines reference {}", hypothesis.program.function().name, reference.function().name);
    result.domain = contract_of(reference);
    Result<solver::Verdict> verdict = solver::refines(reference.program(), reference.id(), hypothesis.program.program(), hypothesis.program.id(),
                                                      solver_options(context), context.session);
    if (!verdict) return fail(verdict.error());
    take(*verdict, result);
    result.details["verdict"] = to_json(*verdict);
    result.details["task_domain"] = covered_by_contract(hypothesis, hypothesis.domain_of(claim), reference);
    switch (verdict->outcome) {
      case Outcome::kHolds:
        result.summary = "same result wherever the reference is defined: " + result.domain;
        if (verdict->evidence == EvidenceKind::kBoundedSolver) result.summary += "; bounded: " + verdict->reason;
        break;
      case Outcome::kFails:
        result.summary = verdict->witness ? fmt::format("{}: program {}, reference {}", fmt::join(verdict->witness->literals, ", "),
                                                        verdict->witness->program_answer, verdict->witness->reference_answer)
                                          : "differs";
        break;
      default: result.summary = verdict->reason;
    }
    return {};
  }
};

class Safety : public ClaimKind {
 public:
  std::string_view name() const override { return "safety"; }
  int link() const override { return 3; }

  Status check(ClaimContext& context, const ClaimSpec&, ClaimResult& result) const override {
    const CFunction& code = context.hypothesis.program;
    result.subject = fmt::format("program {} has no undefined behaviour and meets its contract", code.function().name);
    result.domain = contract_of(code);
    result.semantics = "ub-is-error";
    Result<std::vector<solver::Verdict>> verdicts = solver::check_function(code.program(), code.id(), solver_options(context), context.session);
    if (!verdicts) return fail(verdicts.error());
    Json all = Json::array();
    const solver::Verdict* worst = nullptr;
    for (const solver::Verdict& verdict : *verdicts) {
      all.push_back(to_json(verdict));
      if (worst == nullptr || verdict.grade() > worst->grade()) worst = &verdict;
    }
    result.details["obligations"] = all;
    if (worst == nullptr) {
      result.outcome = Outcome::kHolds;
      result.evidence = EvidenceKind::kSolver;
      result.summary = "no obligation applies";
      return {};
    }
    take(*worst, result);
    if (result.outcome == Outcome::kHolds) {
      result.summary = fmt::format("{} obligations", verdicts->size());
      if (result.evidence == EvidenceKind::kBoundedSolver) result.summary += "; bounded: " + worst->reason;
    } else if (result.outcome == Outcome::kFails)
      result.summary = fmt::format("{} at {}: {}", worst->check ? program::info(*worst->check).title : "violation", worst->where.to_string(),
                                   worst->witness ? fmt::format("{}", fmt::join(worst->witness->literals, ", ")) : worst->subject);
    else result.summary = fmt::format("{}: {}", worst->where.to_string(), worst->reason);
    return {};
  }
};

}  // namespace

std::unique_ptr<ClaimKind> program_equals_reference() { return std::make_unique<ProgramEqualsReference>(); }
std::unique_ptr<ClaimKind> safety() { return std::make_unique<Safety>(); }

}  // namespace assay::analysis
