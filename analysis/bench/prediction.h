// Failures predicted from the requests alone, before anything is generated, and how right the predictions were.
//
//   Predictions predictions = *predict(task, rule, demanded);       // hash and text exist before the first sample does
//   PredictionScore score = score_predictions(predictions, tasks, model);
//
// The rule is a C function, and says of a prompt which token a model writes next; `demanded` says which token is right. Where they differ, a
// failure is predicted. A sample failed if it is wrong, unsafe or broken, and did not if it is proved or bounded; others are left out and counted.
// Rivals on the same samples: the token that the model ranks first (it has to run the model on the very prompt: an upper bound, not a rival
// from the request alone), a linear probe where one was trained (it runs the model up to a layer), the share of failures among the other requests for
// the same function, and the sample's log-probability below the threshold that is best in hindsight. Test: tests/analysis/bench_prediction_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/bench/bench_run.h"
#include "analysis/tasks/task.h"

namespace assay::analysis::bench {

struct Prediction {
  std::string request;          ///< id of the code task
  std::string token, demanded;  ///< what the model writes, and what it should
  bool fails() const { return token != demanded; }
};

struct Predictions {
  std::vector<Prediction> entries;  ///< by prompt, in the order of tasks_of_prompts()
  std::vector<std::string> tokens;  ///< that the decision is between
  std::string text;                 ///< the document: JSON, a line for each prediction
  std::string sha256;               ///< of `text`
};

/// Error: rule or demand give no answer on some prompt (names the prompt and the reason).
Result<Predictions> predict(const Task& task, const CFunction& rule, const CFunction& demanded);

/// Did an answer with this label fail? Nothing where neither is known.
std::optional<bool> failed(Label label);
/// What was written at the prompt's end; empty where nothing was.
std::string first_token(const Sample& sample);

/// How one predictor of failures did.
struct PredictorScore {
  std::string name;
  std::uint64_t hits = 0, false_alarms = 0, misses = 0, right_passes = 0;
  void add(bool predicted, bool failed);
  std::optional<double> precision() const;  ///< none where nothing was predicted
  std::optional<double> recall() const;     ///< none where nothing failed
};

struct PredictionScore {
  std::uint64_t samples = 0;
  std::uint64_t reached = 0;           ///< samples whose first token is one of those that the decision is between
  std::uint64_t decided_as_ruled = 0;  ///< of those reached: the token is the rule's
  std::uint64_t left_out = 0;          ///< undecided or unsupported: neither failed nor right
  std::uint64_t failed = 0;            ///< of the others
  std::uint64_t failed_elsewhere = 0;  ///< of the failed: the site's token was as demanded
  std::vector<PredictorScore> predictors;
};

/// What a rival says that runs the model on the very prompts, up to some layer: a token per prompt.
struct ProbePredictions {
  std::string name;  ///< "a linear probe (resid_pre.20)"
  std::vector<std::string> tokens;
};

/// `tasks`: those of the prompts, in their order; perhaps fewer. `probe` may be null.
PredictionScore score_predictions(const Predictions& predictions, const std::vector<CodeTask>& tasks, const ModelRun& model,
                                  const ProbePredictions* probe = nullptr);
/// Does the rule speak about this model? Not about a skipped or a repaired one.
bool is_predicted(const ModelRun& model);
/// What a report says about predictions.
struct ScoredPredictions {
  std::string sha256;
  std::uint64_t count = 0;
  std::vector<std::optional<PredictionScore>> models;  ///< none of skipped models, and of repaired ones, which the rule does not speak about
};
ScoredPredictions score_run(const Predictions& predictions, const std::vector<CodeTask>& tasks, const BenchRun& run,
                            const ProbePredictions* probe = nullptr);

Json to_json(const PredictionScore& score);
/// Nothing if the JSON is not one of ours.
std::optional<PredictionScore> prediction_score_from_json(const Json& json);
/// Lines of the terminal's table.
std::string to_table(const PredictionScore& score);

}  // namespace assay::analysis::bench
