// Answers to one request sorted into classes of equal meaning, with an input that tells two classes apart.
//
// Two answers mean the same if each refines the other on the inputs that the contract admits. Inputs that are known already (tests,
// counterexamples) are run first, in the interpreter: most answers differ there. What remains goes to the solver.
// Cost: a few microseconds per pair and known input, two solver queries per pair that agrees on all of them.
// Test: tests/analysis/bench_meaning_test.cpp
#pragma once

#include "analysis/bench/random_runs.h"
#include "analysis/bench/wrong_decision.h"

namespace assay::analysis::bench {

struct JudgedAnswer {
  std::string text;  ///< answer_text()
  Judgement judgement;
  std::optional<RandomRuns> random_runs = {};  ///< of a proved answer, where they were asked for
  std::optional<WrongDecision> decision = {};  ///< of one that went wrong, where it was asked for
};

/// An input on which two classes differ.
struct Distinction {
  std::size_t first = 0, second = 0;  ///< into Meanings::classes
  std::vector<std::string> input;     ///< as C
  std::string first_answer, second_answer;
};

struct Meanings {
  std::vector<std::vector<std::size_t>> classes;  ///< indices of answers; by first member
  std::vector<std::size_t> unsorted;              ///< broken or unsupported ones, which have no meaning here
  std::optional<std::size_t> reference_class;     ///< proved equal to the reference
  std::vector<Distinction> distinctions;          ///< one per pair of classes for which an input was found
  int undecided_pairs = 0;                        ///< kept apart although no input was found
};

Result<Meanings> sort_by_meaning(const TaskJudge& judge, const std::vector<JudgedAnswer>& answers, const Session& session);

Json to_json(const Meanings& meanings);
std::optional<Meanings> meanings_from_json(const Json& json);

/// What a function does on an input, in words: "returns 4", "returns nothing, a = {1, 2}", "signed overflow: ...".
std::string behaviour_of(const program::Interpreter& interpreter, const program::Program& program, program::FunctionId function,
                         const std::vector<program::Argument>& arguments);

/// A judged answer as a program, with the task's preconditions. kBudget: it was not read in time.
Result<LoweredCode> lower_answer(const TaskJudge& judge, const std::string& text, const Session& session);

enum class SameMeaning : std::uint8_t { kYes, kNo, kUnknown };
struct MeaningComparison {
  SameMeaning same = SameMeaning::kUnknown;
  std::vector<std::string> input;  ///< kNo: where they differ
  std::string first_answer, second_answer;
  std::string reason;  ///< kUnknown
};
/// Does each refine the other, on the inputs that its own preconditions admit? Parameters correspond by position, whatever they are called;
/// where their types or the results' differ, it is unknown.
Result<MeaningComparison> compare_meaning(const LoweredCode& first, const LoweredCode& second, const solver::SolverOptions& options,
                                          Session& session);

}  // namespace assay::analysis::bench
