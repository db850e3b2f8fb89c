// What behavioural testing knows: which requests were put, in which situations they were, and what was written otherwise than asked.
//
//   Evidence evidence;   evidence.add(probe, failed);   evidence.best()  // direction: backward written as forward, a parameter is named last: 3/3
//   and 0/21
//
// For every misreading and situation, the requests that could show the misreading make a two-by-two table: in the situation or not, misread or not.
// Its one-sided p-value is Fisher's exact one (the hypergeometric tail); the smallest is corrected for the number of tables by Bonferroni.
// Test: tests/analysis/localisation_test.cpp
#pragma once

#include <map>

#include "analysis/localisation/probe.h"

namespace assay::analysis::localisation {

/// Probability of at least `failed_inside` of the failures falling into the `inside` requests, if they fell anywhere alike.
double fisher(int failed_inside, int inside, int failed_outside, int outside);

struct Table {
  Misreading misreading;
  Situation situation;
  int failed_inside = 0, inside = 0, failed_outside = 0, outside = 0;
  double p = 1;          ///< of this table alone
  double corrected = 1;  ///< times the number of tables that could have been chosen, at most 1
};

class Evidence {
 public:
  void add(const Probe& probe, const std::optional<Misreading>& failed);
  /// The table with the smallest p-value; of equals the one with most failures inside, then the first. Nothing where nothing was misread.
  std::optional<Table> best() const;
  int requests() const { return requests_; }
  int failures() const { return failures_; }

 private:
  struct Counts {
    int all = 0, failed = 0;
  };
  std::map<Misreading, Counts> by_misreading_;
  std::map<std::pair<Misreading, Situation>, Counts> inside_;
  int requests_ = 0, failures_ = 0;
};

}  // namespace assay::analysis::localisation
