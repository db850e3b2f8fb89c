#include "analysis/bench/task_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "frontend/concepts/concepts.h"
#include "solver/checks/check.h"
#include "solver/equivalence/equivalence.h"

namespace assay::analysis::bench {
namespace {

constexpr const char* kAnswerFile = "answer.c";

Finding finding_of(const solver::Verdict& verdict) {
  Finding finding{.grade = verdict.grade(), .reason = verdict.reason};
  if (verdict.check) {
    finding.check = program::info(*verdict.check).id;
    if (finding.grade == Grade::kRefuted) finding.reason = fmt::format("{}: {}", program::info(*verdict.check).title, verdict.subject);
  }
  finding.line = verdict.where.begin.line;
  finding.column = verdict.where.begin.column;
  if (!verdict.witness) return finding;
  const solver::Witness& witness = *verdict.witness;
  finding.input = witness.literals;
  finding.arguments = witness.arguments;
  finding.answer = witness.program_answer;
  finding.reference_answer = witness.reference_answer;
  finding.interpreter_replay = witness.interpreter_replay;
  finding.native_replay = witness.native_replay;
  finding.repro_c = witness.repro_c;
  finding.repro_command = witness.repro_command;
  return finding;
}

/// Code that no input reaches is safe; anything else counts as it is.
Finding safety_of(const std::vector<solver::Verdict>& verdicts) {
  const solver::Verdict* worst = nullptr;
  for (const solver::Verdict& verdict : verdicts)
    if (verdict.grade() != Grade::kVacuous && (worst == nullptr || verdict.grade() > worst->grade())) worst = &verdict;
  if (worst == nullptr) return {.grade = Grade::kProved, .reason = "no obligation applies"};
  return finding_of(*worst);
}

std::vector<Mark> marks_of(program::Program& program, const std::string& function) {
  std::vector<Mark> marks;
  for (const concepts::Concept& found : concepts::find_concepts(program)) {
    if (found.function != function) continue;
    marks.push_back({found.kind, found.subject, found.detail, found.explanation, found.ast_kind, found.range.begin, found.range.end});
  }
  return marks;
}

Status refuse(const std::string& construct, Judgement& judgement) {
  judgement.unsupported = construct;
  judgement.safety = judgement.meaning = {.grade = Grade::kUnsupported, .reason = construct};
  return {};
}

/// What the parser said of the answer; whatever else ended the run is an error.
Status take_failure(const Error& error, Judgement& judgement) {
  switch (error.kind) {
    case ErrorKind::kInput:
      judgement.broken = error.message;
      judgement.safety = judgement.meaning = {.grade = Grade::kUnknown, .reason = "it does not parse"};
      return {};
    case ErrorKind::kUnsupported: return refuse(error.to_string(), judgement);
    case ErrorKind::kBudget: judgement.safety = judgement.meaning = {.grade = Grade::kUnknown, .reason = error.to_string()}; return {};
    default: return fail(error);
  }
}

}  // namespace

TaskJudge::TaskJudge(CodeTask task, const VerificationBudget& budget) : task_(std::move(task)), test_seconds_(budget.test_seconds) {
  options_.rlimit = budget.rlimit;
  options_.wall_seconds = budget.wall_seconds;
  options_.bound = budget.bound;
  options_.shared_object_elements = budget.elements;
}

Result<TaskJudge> TaskJudge::create(CodeTask task, const VerificationBudget& budget, const Session& session) {
  TaskJudge judge(std::move(task), budget);
  if (!judge.task_.reference) return judge;
  QuietSession quiet(session, 1);
  Result<LoweredCode> reference = lower_code(*judge.task_.reference, "reference.c", judge.task_, quiet);
  if (!reference && reference.error().kind != ErrorKind::kInput) return fail(reference.error());
  if (!reference) return judge.at_fault("the reference does not parse: " + reference.error().message);
  judge.reference_ = std::move(*reference);
  if (Status status = judge.check_reference(quiet); !status) return fail(status.error());
  if (Status status = judge.check_prompt(quiet); !status) return fail(status.error());
  return judge;
}

TaskJudge TaskJudge::without_reference(CodeTask task, const VerificationBudget& budget, std::string fault) {
  task.reference.reset();
  TaskJudge judge(std::move(task), budget);
  judge.fault_ = std::move(fault);
  return judge;
}

tl::unexpected<Error> TaskJudge::at_fault(const std::string& what) const {
  return input_error(fmt::format("request '{}': {}", task_.id, what),
                     "correct the request: every answer is judged by its reference, contract and tests");
}

/// What stands before the function must be C: otherwise every answer would be broken.
Status TaskJudge::check_prompt(Session& session) const {
  if (task_.reference->starts_with(task_.prompt)) return {};  // read with the reference
  const Result<LoweredCode> prompt = lower_code(task_.prompt.substr(0, task_.body_begin()) + "\n}\n", "prompt.c", task_, session);
  if (!prompt && prompt.error().kind != ErrorKind::kInput) return fail(prompt.error());
  if (!prompt) return at_fault("no answer can compile, the prompt does not parse: " + prompt.error().message);
  return {};
}

Status TaskJudge::check_reference(Session& session) const {
  if (!reference_->function) return at_fault(fmt::format("the reference defines no function '{}'", task_.function));
  if (!reference_->program.function(*reference_->function).has_body) return {};  // every answer is then unsupported, with this place
  solver::SolverOptions options = options_;
  options.replay_natively = false;
  Result<std::vector<solver::Verdict>> obligations = solver::check_function(reference_->program, *reference_->function, options, session);
  if (!obligations) return fail(obligations.error());
  for (const solver::Verdict& verdict : *obligations) {
    if (verdict.grade() != Grade::kRefuted) continue;
    const std::string input = verdict.witness ? fmt::format(", for example with {}", fmt::join(verdict.witness->literals, ", ")) : "";
    return at_fault(fmt::format("the reference is not safe or breaks its own contract: {} ({}) at {}:{}{}", verdict.subject,
                                verdict.check ? program::info(*verdict.check).id : "", verdict.where.begin.line, verdict.where.begin.column, input));
  }
  const program::Interpreter interpreter(reference_->program);
  for (const auto* tests : {&task_.visible, &task_.hidden})
    for (const TestCase& test : *tests)
      if (Status status = check_test(test, interpreter); !status) return status;
  return {};
}

Status TaskJudge::check_test(const TestCase& test, const program::Interpreter& interpreter) const {
  const program::RunResult run = interpreter.run(*reference_->function, arguments_of(test));
  if (run.end != program::RunEnd::kReturned)
    return at_fault("a test's input is outside the reference's contract, or the reference has no result for it");
  if (test.result && (!run.value || run.value->integer != *test.result))
    return at_fault(
        fmt::format("a test expects {}, and the reference gives {}", *test.result, run.value ? std::to_string(run.value->integer) : "nothing"));
  return {};
}

Result<Judgement> TaskJudge::run(const std::string& text, const Session& session) const {
  const auto begin = std::chrono::steady_clock::now();
  QuietSession quiet(session, 1);
  Judgement judgement;
  judgement.has_reference = reference_.has_value();
  if (Status status = steps(text, judgement, quiet); !status) return fail(status.error());
  if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished answers are cached", {}});
  judgement.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return judgement;
}

Status TaskJudge::steps(const std::string& text, Judgement& judgement, Session& session) const {
  Result<TestRun> tests = run_natively(text, judgement, session);
  if (!tests) return fail(tests.error());
  if (Status status = decide(text, judgement, session); !status) return status;
  if (tests->refuted_by && (judgement.meaning.grade == Grade::kUnknown || judgement.meaning.grade == Grade::kUnsupported)) {
    const FailedTest& test = *tests->refuted_by;
    judgement.meaning = {.grade = Grade::kRefuted,
                         .reason = "a test refutes it; there is no proof: " + judgement.meaning.reason,
                         .input = {test.call},
                         .answer = test.got,
                         .reference_answer = test.expected,
                         .native_replay = Replay::kAgreed};
  }
  return {};
}

Status TaskJudge::decide(const std::string& text, Judgement& judgement, Session& session) const {
  if (const std::string refusal = refusal_of(task_, text); !refusal.empty()) return refuse(refusal, judgement);
  Result<LoweredCode> code = lower_code(with_preconditions(task_, text), kAnswerFile, task_, session);
  if (!code) return take_failure(code.error(), judgement);
  judgement.parses = true;
  judgement.concepts = marks_of(code->program, task_.function);
  if (!code->function) {
    judgement.broken = fmt::format("no function '{}' is defined", task_.function);
    return {};
  }
  const program::Function& function = code->program.function(*code->function);
  if (!function.has_body) return refuse(function.refusal.empty() ? "a function without a body" : function.refusal, judgement);
  if (reference_ && !reference_->program.function(*reference_->function).has_body)
    return refuse("in the reference: " + reference_->program.function(*reference_->function).refusal, judgement);
  return prove(*code, judgement, session);
}

Result<TestRun> TaskJudge::run_natively(const std::string& text, Judgement& judgement, Session& session) const {
  const program::Program* program = reference_ ? &reference_->program : nullptr;
  Result<TestRun> tests = run_tests(task_, text, program, program ? &program->function(*reference_->function) : nullptr, test_seconds_, session);
  if (!tests) return tests;
  judgement.compiles = tests->compiled;
  judgement.broken = tests->compiler_output;
  judgement.visible = tests->visible;
  judgement.hidden = tests->hidden;
  return tests;
}

Status TaskJudge::prove(LoweredCode& code, Judgement& judgement, Session& session) const {
  Result<std::vector<solver::Verdict>> obligations = solver::check_function(code.program, *code.function, options_, session);
  if (!obligations) return fail(obligations.error());
  judgement.safety = safety_of(*obligations);
  if (!reference_) {
    judgement.meaning = {.grade = Grade::kUnknown,
                         .reason = fault_.empty() ? "there is no reference to compare with" : std::string(kAtFault) + fault_};
    return {};
  }
  code.program.functions[code.function->value].requires_.clear();  // the domain is the reference's
  Result<solver::Verdict> same = solver::refines(reference_->program, *reference_->function, code.program, *code.function, options_, session);
  if (!same) return fail(same.error());
  judgement.meaning = finding_of(*same);
  judgement.meaning.line = judgement.meaning.column = 0;
  return {};
}

}  // namespace assay::analysis::bench
