// A suite: which models answer which requests, how often, and with what budget they are judged. `NAME.suite.toml`, see docs/formats.md.
//
//   Suite suite = *read_suite("zoo/code/suite.toml", {});
//   suite.tasks.size() == 200, suite.models[0].name == "code"
//
// Requests come from a file, are drawn by the generator or are the prompts of a task; the same suite gives the same requests. Test:
// tests/analysis/bench_suite_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/bench/judgement.h"
#include "analysis/bench/repair.h"
#include "analysis/code_tasks/generator.h"
#include "analysis/tasks/task.h"

namespace assay::analysis::bench {

struct SuiteModel {
  std::string name, path;  ///< path: a Hugging Face folder with a tokenizer, or a GGUF file
  std::string missing;     ///< why it is skipped; empty: it is not
  std::optional<Repair> repair = {};
};

struct Sampling {
  int samples = 1;         ///< per request
  double temperature = 0;  ///< 0: greedy
  double top_p = 1;
  std::uint64_t seed = 1;
  int max_tokens = 256;
  std::vector<std::string> stop = {"\n}"};  ///< byte strings; the one that ends an answer belongs to it
  int alternatives = 5;                     ///< reported at each token
  std::string chat;                         ///< what the user says before the model's turn, which the prompt begins; empty: no chat template
};

/// A second request made from a first by changing one thing.
struct Variation {
  std::size_t base = 0, task = 0;  ///< into Suite::tasks
  std::string kind;                ///< "wording", "names", "format", "mention": the meaning must stay; "attribute": it must change
  std::string detail;              ///< attribute: "end: exclusive -> inclusive"
  bool must_change() const { return kind == "attribute"; }
};

/// What predicts the decisions at the ends of a task's prompts; see prediction.h.
struct PredictionSource {
  Task task;
  CFunction rule, demanded;
  std::optional<Task> probe;  ///< on whose prompts a rival, a linear probe, is trained
};

struct Suite {
  std::string file;
  std::vector<SuiteModel> models;  ///< each followed by its repairs
  std::vector<Request> requests;   ///< none where the requests are the prompts of a task
  std::vector<CodeTask> tasks;     ///< of the requests or prompts, in their order
  std::vector<Variation> variations;
  Sampling sampling;
  VerificationBudget budget;
  std::optional<PredictionSource> prediction;
  std::vector<std::string> unrelated;  ///< texts on which the price of a repair is measured
};

struct SuiteOptions {
  std::string models;     ///< folder that ${models} stands for
  std::size_t limit = 0;  ///< only the first so many requests; 0: all
  bool variants = false;  ///< add up to four variations of each drawn request
};

Result<Suite> read_suite(const std::string& path, const SuiteOptions& options);

struct DrawnRequests {
  std::vector<Request> requests;
  std::vector<Variation> variations;  ///< behind the requests that were asked for
};
/// Fresh requests with contract and tests, named r0001, r0002, ...; their variations are named r0001.names and the like.
Result<DrawnRequests> draw_requests(const code_tasks::Generator& generator, const code_tasks::DraftOptions& options, std::size_t count,
                                    std::uint64_t seed, bool variants);

}  // namespace assay::analysis::bench
