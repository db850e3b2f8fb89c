// A rival of a rule read from a circuit: a decision list learned from what the network answers, and from nothing inside it.
//
// Lines are conjunctions of at most two literals (condition.h), taken greedily: the one that covers the most of the rows left, all with one answer.
// Where none is pure, the one with the largest share of one answer (Laplace's estimate). Source: Rivest, "Learning decision lists", 1987; Clark and
// Niblett 1989 for the greedy choice. Cost: pairs of literals x rows per line. Test: tests/analysis/site_rules_test.cpp
#pragma once

#include "analysis/site_rules/condition.h"

namespace assay::analysis::site_rules {

struct DecisionList {
  struct Line {
    Condition when;
    int answer = 0;
  };
  std::vector<Line> lines;
  int otherwise = 0;
  int decide(const Row& row) const;
};

/// answers: one per row, 0 to classes - 1; at least one row.
DecisionList learn_decision_list(std::span<const Row> rows, std::span<const int> answers, int classes);

/// The most frequent of them, the smallest of equals; 0 of none.
int most_frequent(std::span<const int> answers, int classes);

}  // namespace assay::analysis::site_rules
