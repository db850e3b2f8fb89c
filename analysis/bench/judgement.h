// What is known about one answer: parsed, compiled, tested, safe, same as the reference.
//
//   Judgement j = *judge.run(answer_text(task, answer), session);      // a TaskJudge
//   label_of(j) == Label::kWrong, j.meaning.input == {"int n = 3"}, j.passes_tests()
//
// An answer is hostile: it is parsed, compiled and run in the sandbox only. It brings no contract of its own: comments that look like clauses are
// made harmless, and the names of verification builtins are refused, so that nothing in an answer can narrow what it is judged on.
// Safety is checked on every input that the request's contract admits; meaning is refinement of the reference (DESIGN section 3).
// Cost: .5 s to 1 s. Test: tests/analysis/bench_judge_test.cpp
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analysis/bench/native_tests.h"
#include "base/verdict.h"
#include "frontend/program/interpreter.h"

namespace assay::analysis::bench {

using Json = nlohmann::json;

struct VerificationBudget {
  std::uint64_t rlimit = 20'000'000;  ///< Z3 units of one query
  double wall_seconds = 20;           ///< backstop of one query
  std::optional<int> bound;           ///< iterations of loops that nothing bounds
  int elements = 4;                   ///< of an object behind a pointer without a length
  double test_seconds = 5;            ///< for all tests of one answer
  std::uint64_t random_runs = 0;      ///< random inputs on which a proved answer is run beside its reference; see random_runs.h
  bool doomed = false;                ///< find the first wrong decision of answers that went wrong; see wrong_decision.h
  bool sites = false;                 ///< map the decision sites of answers that are read as functions; see sites.h
  bool operator==(const VerificationBudget&) const = default;
};

/// One of the two proofs about an answer.
struct Finding {
  Grade grade = Grade::kUnknown;
  std::string reason;                        ///< why it is not proved; the violated check in words
  std::string check;                         ///< safety: rule id, "signed-overflow"
  int line = 0, column = 0;                  ///< of the violated check, in the answer's text
  std::vector<std::string> input;            ///< smallest found, as C: "int a[2] = {0, -1}"
  std::vector<program::Argument> arguments;  ///< the same, for the interpreter
  std::string answer, reference_answer;      ///< what code and reference do on it
  Replay interpreter_replay = Replay::kNotApplicable, native_replay = Replay::kNotApplicable;
  std::string repro_c, repro_command;
};

/// A program concept in the answer's text.
struct Mark {
  std::string kind, subject, detail, explanation, ast_kind;
  SourcePoint begin, end;
};

enum class Label {
  kProved,       ///< safe and equal to the reference, for every input of the contract
  kBounded,      ///< the same up to a stated bound
  kWrong,        ///< another result than the reference's
  kUnsafe,       ///< undefined behaviour on an input of the contract
  kUndecided,    ///< a budget ran out
  kUnsupported,  ///< outside of the subset that is modelled
  kBroken,       ///< does not parse or compile, or is no function of that name
};
inline constexpr int kLabelCount = static_cast<int>(Label::kBroken) + 1;
std::string_view name_of(Label label);

struct Judgement {
  bool parses = false, compiles = false;
  std::string broken;       ///< the compiler's words
  std::string unsupported;  ///< construct and place
  TestCount visible, hidden;
  bool has_reference = false;
  Finding safety, meaning;
  std::vector<Mark> concepts;
  double seconds = 0;        ///< of judging; in the timing block only
  bool out_of_time = false;  ///< the parser was stopped by the clock or by memory: a slower machine's finding, which is not cached

  bool passes_visible_tests() const { return compiles && visible.all_passed() && visible.total > 0; }
  bool passes_tests() const { return compiles && visible.all_passed() && hidden.all_passed() && visible.total + hidden.total > 0; }
};

Label label_of(const Judgement& judgement);
/// It was read as a program, so that it can be compared with others.
bool has_meaning(const Judgement& judgement);
/// Some replay contradicts the solver: an internal error, never a verdict.
bool replay_disagrees(const Judgement& judgement);

Json to_json(const Judgement& judgement);
/// Nothing if the text is not one of ours.
std::optional<Judgement> judgement_from_json(const Json& json);

}  // namespace assay::analysis::bench
