// Does the model decide at the end of a task's prompts at all? A circuit and a rule are found by comparing the output's symbols with each other,
// which goes on silently where the model would write something else; so its first choice over the whole vocabulary is counted.
//
//   const FirstChoices first = *first_choices(task, network);
//   must_reach(task, first)                                 // an error where no prompt reaches the site
//   to_text(task, first)                                    // "reaches the site: 14 of 16 prompts (first choice ' +' or ' *')"
//
// Cost: one forward pass per prompt that is asked. Test: tests/analysis/first_choices_test.cpp
#pragma once

#include <string>

#include "analysis/tasks/task.h"
#include "circuits/engine.h"

namespace assay::analysis {

struct FirstChoices {
  std::size_t prompts = 0, reached = 0;  ///< reached: the first choice is one of the output's symbols
  TokenId other = -1;                    ///< the most frequent first choice that is none; -1: there is none
  std::size_t others = 0;                ///< prompts that it is first on
  bool rarely() const { return 2 * reached < prompts; }
};

/// Of the model's first choices, one per prompt.
FirstChoices count_first_choices(const Task& task, const Tokens& first);
/// Of at most `most` prompts of the task's domain, evenly spaced.
Result<FirstChoices> first_choices(const Task& task, circuits::Network& network, std::size_t most = 32);

/// Refuses a site that no prompt reaches.
Status must_reach(const Task& task, const FirstChoices& choices);
/// One line; says what is written instead, and below a half of the prompts warns.
std::string to_text(const Task& task, const FirstChoices& choices);

}  // namespace assay::analysis
