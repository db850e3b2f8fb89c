// How often a model organism does what its plan says. Only the scorer calls this: it needs the opened plan.
//
//   FaultPlan plan = *read_sealed_plan("organism/plan.json");
//   OrganismScore score = *score_organism(network, plan, CodeExamples(generator, vocabulary, {.window = 320}), 200, seed);
//
// Inside are requests in the plan's situation whose right body the fault would change; outside are all others. A clean organism is asked the same
// requests, so that its score is the base rate. "Writes" is meant as in the periodic check of training: every token of the body and its end is the
// network's choice. Test: tests/analysis/code_tasks_organism_test.cpp
#pragma once

#include "analysis/code_tasks/code_examples.h"
#include "circuits/engine.h"

namespace assay::analysis::code_tasks {

struct OrganismScore {
  int inside = 0;   ///< fewer than asked for where the situation is too rare
  int planned = 0;  ///< of these: the body that the fault would write
  int right_inside = 0;
  int outside = 0;
  int right_outside = 0;
};

/// Fresh requests of seen combinations, `count` inside and `count` outside.
Result<OrganismScore> score_organism(circuits::Network& network, const FaultPlan& plan, const CodeExamples& examples, int count, std::uint64_t seed);

}  // namespace assay::analysis::code_tasks
