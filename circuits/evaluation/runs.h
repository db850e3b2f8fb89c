// Several circuits run on one list of examples, with the full network and the empty circuit beside them: what every question of
// evaluation.h starts from. Test: tests/circuits/evaluation_test.cpp
#pragma once

#include <span>
#include <vector>

#include "circuits/engine.h"
#include "circuits/evaluation/estimate.h"

namespace assay::circuits {

struct CircuitRuns {
  Metrics metrics;                             ///< per circuit in order, then full and empty
  std::vector<std::vector<bool>> same_answer;  ///< likewise
  std::vector<std::vector<Tokens>> answers;    ///< likewise; see CircuitScores

  std::size_t examples() const { return metrics.front().size(); }
  std::size_t full() const { return metrics.size() - 2; }
  std::size_t empty() const { return metrics.size() - 1; }
  double mean(std::size_t circuit) const;
  std::uint64_t answers_kept(std::size_t circuit) const;
  double share_kept(std::size_t circuit) const { return static_cast<double>(answers_kept(circuit)) / static_cast<double>(examples()); }
};

Result<CircuitRuns> run_circuits(Network& network, std::span<const Example> examples, std::vector<std::vector<bool>> circuits,
                                 const EvaluationOptions& options, Session& session);

}  // namespace assay::circuits
