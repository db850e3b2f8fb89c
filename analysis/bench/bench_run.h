// The whole road of `assay bench`: models write answers, each different answer is judged once, answers of one request are compared.
//
//   BenchRun run = *run_suite(suite, cache, session);
//   run.models[0].tasks[3].answers[0].judgement
//
// Work is cached by content as it is finished: an interrupted run goes on where it was. Answers are judged on all threads; the result does
// not depend on their number. Test: tests/analysis/bench_run_test.cpp
#pragma once

#include "analysis/bench/answers.h"
#include "analysis/bench/variations.h"

namespace assay::analysis::bench {

/// One model's answers to one task.
struct TaskRun {
  std::vector<Sample> samples;
  std::vector<JudgedAnswer> answers;  ///< different texts, in the order in which they were first written
  Meanings meanings;

  const Judgement& judgement(std::size_t sample) const { return answers[samples[sample].answer_id].judgement; }
};

struct ModelRun {
  std::string name, path, skipped;
  std::optional<Repair> repair = {};  ///< of the model that it names
  std::optional<circuits::Divergence> divergence = {};
  ModelFacts facts = {};
  std::vector<TaskRun> tasks;  ///< by task of the suite; empty where skipped
  std::vector<VariationResult> variations;
  std::uint64_t tokens = 0;
  double writing_seconds = 0, judging_seconds = 0;  ///< judging: summed over answers, cached ones at what they cost then
};

struct BenchRun {
  std::vector<ModelRun> models;
  std::uint64_t judged = 0;  ///< answers judged in this run
  double judging_wall_seconds = 0;
  double seconds = 0;
};

Result<BenchRun> run_suite(const Suite& suite, Cache& cache, Session& session);
/// Judges answers that came from elsewhere, as the only model of the run; `samples` by task. A request whose reference does not parse, breaks its
/// own contract or fails its tests is named where its answers would be compared (kAtFault), and the others go on; in a suite it is an error.
Result<BenchRun> judge_completions(const std::vector<CodeTask>& tasks, std::vector<std::vector<Sample>> samples, const VerificationBudget& budget,
                                   Cache& cache, Session& session);

}  // namespace assay::analysis::bench
