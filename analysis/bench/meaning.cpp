#include "analysis/bench/meaning.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/bench/known_inputs.h"
#include "solver/equivalence/equivalence.h"
#include "solver/witness/literals.h"

namespace assay::analysis::bench {
namespace {

using program::Argument;

constexpr std::uint64_t kSteps = 100'000;  ///< of one run on a known input

/// An answer as a program that can be compared.
struct Comparable {
  LoweredCode code;
  std::vector<std::string> behaviour;  ///< on every known input
};

class Sorter {
 public:
  Sorter(const TaskJudge& judge, const Session& session) : judge_(judge), session_(session, 1) {
    options_ = judge.options();
    options_.replay_natively = false;
  }

  Result<Meanings> sort(const std::vector<JudgedAnswer>& answers) {
    if (answers.size() == 1) return alone(answers.front().judgement);
    collect_inputs(answers);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!has_meaning(answers[i].judgement)) {
        meanings_.unsorted.push_back(i);
        continue;
      }
      if (Status status = place(i, answers[i]); !status) return fail(status.error());
    }
    return std::move(meanings_);
  }

 private:
  /// One answer is compared with nothing.
  static Meanings alone(const Judgement& judgement) {
    Meanings meanings;
    if (has_meaning(judgement)) meanings.classes = {{0}};
    else meanings.unsorted = {0};
    if (label_of(judgement) == Label::kProved) meanings.reference_class = 0;
    return meanings;
  }

  void collect_inputs(const std::vector<JudgedAnswer>& answers) {
    std::vector<const Judgement*> judgements;
    for (const JudgedAnswer& answer : answers) judgements.push_back(&answer.judgement);
    inputs_ = known_inputs(judge_.task(), judgements);
    std::stable_sort(inputs_.begin(), inputs_.end(), [](const Input& a, const Input& b) { return cells_in(a) < cells_in(b); });
  }

  Status place(std::size_t index, const JudgedAnswer& answer) {
    const bool proved = label_of(answer.judgement) == Label::kProved;
    if (proved && meanings_.reference_class) {  // both are the reference on every input of the contract
      meanings_.classes[*meanings_.reference_class].push_back(index);
      return {};
    }
    Result<Comparable> code = comparable(answer.text);
    if (!code && code.error().kind == ErrorKind::kBudget) {  // judged in time, and not read in time again
      meanings_.unsorted.push_back(index);
      return {};
    }
    if (!code) return fail(code.error());
    std::vector<Distinction> found;
    const std::size_t next = meanings_.classes.size();
    for (std::size_t c = 0; c < representatives_.size(); ++c) {
      Result<MeaningComparison> compared = compare(representatives_[c], *code);
      if (!compared) return fail(compared.error());
      if (compared->same == SameMeaning::kYes) {
        meanings_.classes[c].push_back(index);
        if (proved) meanings_.reference_class = c;
        return {};
      }
      if (compared->same == SameMeaning::kNo) found.push_back({c, next, compared->input, compared->first_answer, compared->second_answer});
      else ++meanings_.undecided_pairs;
    }
    meanings_.distinctions.insert(meanings_.distinctions.end(), found.begin(), found.end());
    if (proved) meanings_.reference_class = next;
    meanings_.classes.push_back({index});
    representatives_.push_back(std::move(*code));
    return {};
  }

  Result<Comparable> comparable(const std::string& text) {
    Result<LoweredCode> code = lower_answer(judge_, text, session_);
    if (!code) return fail(code.error());
    std::vector<std::string> behaviour;
    const program::Interpreter interpreter(code->program);
    for (const std::vector<Argument>& input : inputs_) behaviour.push_back(behaviour_of(interpreter, code->program, *code->function, input));
    return Comparable{std::move(*code), std::move(behaviour)};
  }

  Result<MeaningComparison> compare(const Comparable& a, const Comparable& b) {
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (a.behaviour[i] != b.behaviour[i])
        return MeaningComparison{SameMeaning::kNo,
                                 solver::argument_literals(a.code.program, a.code.program.function(*a.code.function), inputs_[i]),
                                 a.behaviour[i],
                                 b.behaviour[i],
                                 {}};
    return compare_meaning(a.code, b.code, options_, session_);
  }

  const TaskJudge& judge_;
  QuietSession session_;
  solver::SolverOptions options_;
  std::vector<Input> inputs_;
  std::vector<Comparable> representatives_;
  Meanings meanings_;
};

Result<MeaningComparison> refinement(const LoweredCode& reference, const LoweredCode& implementation, const solver::SolverOptions& options,
                                     Session& session) {
  Result<solver::Verdict> verdict =
      solver::refines(reference.program, *reference.function, implementation.program, *implementation.function, options, session);
  if (!verdict && verdict.error().kind == ErrorKind::kInput) return MeaningComparison{.reason = verdict.error().message};  // other types
  if (!verdict) return fail(verdict.error());
  MeaningComparison result{.reason = verdict->reason};
  if (verdict->outcome == Outcome::kHolds) result.same = SameMeaning::kYes;
  if (verdict->outcome != Outcome::kFails || !verdict->witness) return result;
  result.same = SameMeaning::kNo;
  result.input = verdict->witness->literals;
  result.first_answer = verdict->witness->reference_answer;
  result.second_answer = verdict->witness->program_answer;
  return result;
}

}  // namespace

Result<MeaningComparison> compare_meaning(const LoweredCode& first, const LoweredCode& second, const solver::SolverOptions& options,
                                          Session& session) {
  Result<MeaningComparison> forth = refinement(first, second, options, session);
  if (!forth || forth->same != SameMeaning::kYes) return forth;
  Result<MeaningComparison> back = refinement(second, first, options, session);
  if (back) std::swap(back->first_answer, back->second_answer);
  return back;
}

std::string behaviour_of(const program::Interpreter& interpreter, const program::Program& program, program::FunctionId function,
                         const std::vector<Argument>& arguments) {
  program::RunOptions options;
  options.step_limit = kSteps;
  const program::RunResult run = interpreter.run(function, arguments, options);
  switch (run.end) {
    case program::RunEnd::kReturned: break;
    case program::RunEnd::kCheckFailed: return std::string(program::info(run.failure->kind).title);
    case program::RunEnd::kPreconditionUnmet: return "outside the contract";
    case program::RunEnd::kAborted: return "aborts";
    case program::RunEnd::kStepLimit:
    case program::RunEnd::kRecursionLimit: return fmt::format("does not end within {} steps", kSteps);
    case program::RunEnd::kUnsupported: return "unsupported: " + run.unsupported;
  }
  std::string text = run.value ? fmt::format("returns {}", run.value->integer) : "returns nothing";
  const program::Function& code = program.function(function);
  for (std::size_t i = 0; i < run.arrays.size(); ++i) {
    if (run.arrays[i].empty()) continue;
    text += fmt::format(", {} = {{", solver::parameter_name(code, i));
    for (std::size_t k = 0; k < run.arrays[i].size(); ++k) text += (k ? ", " : "") + std::to_string(run.arrays[i][k].integer);
    text += "}";
  }
  return text;
}

Result<LoweredCode> lower_answer(const TaskJudge& judge, const std::string& text, const Session& session) {
  Result<LoweredCode> code = lower_code(with_preconditions(judge.task(), text), "answer.c", judge.task(), session);
  if (code && !code->function) return internal_error("an answer that was judged has no function any more");
  return code;
}

Result<Meanings> sort_by_meaning(const TaskJudge& judge, const std::vector<JudgedAnswer>& answers, const Session& session) {
  return Sorter(judge, session).sort(answers);
}

Json to_json(const Meanings& meanings) {
  Json distinctions = Json::array();
  for (const Distinction& d : meanings.distinctions)
    distinctions.push_back(
        {{"first", d.first}, {"second", d.second}, {"input", d.input}, {"first_answer", d.first_answer}, {"second_answer", d.second_answer}});
  return {{"classes", meanings.classes},
          {"unsorted", meanings.unsorted},
          {"reference_class", meanings.reference_class ? Json(*meanings.reference_class) : Json()},
          {"distinctions", distinctions},
          {"undecided_pairs", meanings.undecided_pairs}};
}

std::optional<Meanings> meanings_from_json(const Json& json) {
  try {
    Meanings meanings;
    meanings.classes = json.at("classes").get<std::vector<std::vector<std::size_t>>>();
    meanings.unsorted = json.at("unsorted").get<std::vector<std::size_t>>();
    if (!json.at("reference_class").is_null()) meanings.reference_class = json.at("reference_class").get<std::size_t>();
    for (const Json& entry : json.at("distinctions"))
      meanings.distinctions.push_back({entry.at("first").get<std::size_t>(), entry.at("second").get<std::size_t>(),
                                       entry.at("input").get<std::vector<std::string>>(), entry.at("first_answer").get<std::string>(),
                                       entry.at("second_answer").get<std::string>()});
    meanings.undecided_pairs = json.at("undecided_pairs").get<int>();
    return meanings;
  } catch (const Json::exception&) { return std::nullopt; }
}

}  // namespace assay::analysis::bench
