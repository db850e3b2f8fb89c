// What a run says in numbers: labels, pass@k by tests and by proof, cost, and what choosing among samples yields.
//
//   Counts counts = count(run, 0);  counts.by_label[Label::kProved]
//
// pass@k is the unbiased estimator 1 - C(n - c, k) / C(n, k) per request, averaged over requests (Chen et al. 2021). Its interval is Wilson's
// for a share of as many requests, which is never too narrow: a mean of values in [0, 1] varies no more than a share with the same mean.
// Test: tests/analysis/bench_statistics_test.cpp
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "analysis/bench/bench_run.h"

namespace assay::analysis::bench {

struct Estimate95 {
  double value = 0, low = 0, high = 1;
  std::size_t requests = 0;
};

/// 1 - C(n - c, k) / C(n, k); k <= n.
double pass_at_k(int samples, int correct, int k);
/// Mean with a Wilson score interval of 95 %.
Estimate95 estimate(double sum, std::size_t requests);

/// Samples that pass some tests, and what the proof says of them.
struct PassingCounts {
  std::uint64_t pass = 0, wrong = 0, unsafe = 0, unproved = 0;
  void add(Label label);
};

/// Counts of samples.
struct LabelCounts {
  std::array<std::uint64_t, kLabelCount> by_label{};
  std::uint64_t samples = 0;
  PassingCounts visible_tests;  ///< those that the model could see: code that games them passes these only
  PassingCounts all_tests;
  std::uint64_t fail_tests_proved = 0;
  std::uint64_t of(Label label) const { return by_label[static_cast<std::size_t>(label)]; }
  void add(const Judgement& judgement);
};

struct Group {
  std::string name;
  LabelCounts counts;
};

struct PassAtK {
  int k = 1;
  Estimate95 tests;  ///< of the requests that have tests
  Estimate95 proof;
};

/// One way of choosing one sample of each request; `proved`: how many of the chosen are.
struct Choice {
  std::string rule;
  std::uint64_t proved = 0, wrong = 0, unsafe = 0, requests = 0;
};

/// Samples by the grade of one proof.
struct GradeCounts {
  std::uint64_t proved = 0, bounded = 0, refuted = 0, undecided = 0, unsupported = 0;
  void add(Grade grade);
};

/// Broken samples, each in one of the two.
struct BrokenCounts {
  std::uint64_t do_not_parse = 0;    ///< the parser refuses them: their syntax, a name that is not declared, a type
  std::uint64_t do_not_compile = 0;  ///< it reads them; the compiler or the linker refuses them, or they are no function of that name
  void add(const Judgement& judgement);
};

/// Verdicts checked by running the code, over different answers.
struct CrossChecks {
  std::uint64_t replays_agreed = 0, replays_disagreed = 0, replays_not_run = 0;  ///< of counterexamples
  std::uint64_t random_answers = 0;                                              ///< proved ones run on random inputs ...
  std::uint64_t random_complete = 0;                                             ///< ... on as many as were wanted
  std::uint64_t random_runs = 0, random_differences = 0;
  void add(const JudgedAnswer& answer);
};

/// First wrong decisions of different answers.
struct DecisionCounts {
  std::uint64_t found = 0, still_open = 0, no_completion = 0, undecided = 0;
  std::uint64_t ranges = 0;                           ///< of those found: one of several tokens
  std::map<std::string, std::uint64_t> by_kind;       ///< of those found
  std::map<std::string, std::uint64_t> by_grammar;    ///< of those found: what shows that the text before can be completed
  std::map<std::string, std::uint64_t> reasons;       ///< of ranges and undecided ones
  std::map<std::string, std::uint64_t> not_searched;  ///< failed answers, by reason; empty where nothing was searched
  std::vector<std::uint64_t> sizes;                   ///< completions of an answer's grammars
  void add(const WrongDecision& decision);
  std::uint64_t median_size() const;
  std::uint64_t largest_size() const;
};

struct Summary {
  LabelCounts counts;
  DecisionCounts decisions;
  CrossChecks checks;
  GradeCounts safety, meaning;                                     ///< of samples that compile
  BrokenCounts broken;                                             ///< of the others
  std::vector<std::pair<std::string, std::uint64_t>> unsupported;  ///< constructs without their place, most frequent first; at most ten
  std::vector<PassAtK> pass;                                       ///< k = 1, and powers of two up to the samples per request
  std::vector<Group> by_split, by_family, by_attribute;            ///< attribute: "end=inclusive"
  std::vector<Choice> choices;
  std::vector<std::string> at_fault;  ///< requests whose answers were compared with nothing: "request 'CPP/38': the reference does not parse: ..."
  double tokens_per_proved = 0, seconds_per_proved = 0;  ///< writing and judging; 0 where nothing is proved
};

/// The first sample of the class of meaning with most samples; what has no meaning votes for nothing. Ties: the class that was written first.
std::size_t sample_of_majority(const TaskRun& run);

Summary summarise(const std::vector<CodeTask>& tasks, const ModelRun& model);

}  // namespace assay::analysis::bench
