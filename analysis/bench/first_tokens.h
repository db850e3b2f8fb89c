// What a model thinks of the first token of its answers: of prompts that end at a decision, the decision itself.
//
//   FirstTokens found = first_tokens(tasks, model);
//   found.texts[1] == {" <=", .43}                               // mean probability over all samples
//   found.by_attribute[0]: {"variable", "y", {.18, .80}}         // by value of each attribute, in the order of `texts`
//
// A text that is not among a sample's recorded alternatives counts 0: so these are lower bounds. Test: tests/analysis/bench_first_tokens_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/bench/bench_run.h"

namespace assay::analysis::bench {

struct FirstTokens {
  struct Group {
    std::string attribute, value;
    std::size_t samples = 0;
    std::vector<double> probabilities;  ///< of FirstTokens::texts
  };
  std::size_t samples = 0;
  std::vector<std::pair<std::string, double>> texts;  ///< the four that are most probable in the mean, the first one first
  std::vector<Group> by_attribute;                    ///< of attributes with two values or more

  Json to_json() const;
  /// Lines of the terminal's table; empty without samples.
  std::string to_text() const;
};

/// Of samples with tokens and alternatives. Variations and requests that end with the declaration are left out: their first token is layout.
FirstTokens first_tokens(const std::vector<CodeTask>& tasks, const ModelRun& model);

}  // namespace assay::analysis::bench
