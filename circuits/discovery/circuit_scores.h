// Metric and answer of the network with only the edges of each of many circuits.
//
// Circuits are run side by side in batches, as many as fit a fixed budget of memory; with spans example by example, each circuit from the nearest
// one whose run is known (span_scores.h). Results do not depend on the thread count.
// Test: tests/circuits/discovery_test.cpp
#pragma once

#include <span>
#include <vector>

#include "circuits/discovery/circuit_run.h"
#include "circuits/discovery/metric.h"

namespace assay::circuits {

Result<std::vector<CircuitScores>> score_circuits(const Transformer& network, std::span<const Example> examples,
                                                  std::span<const std::vector<bool>> circuits, const EvaluationOptions& options, Session& session,
                                                  const std::vector<Span>& spans = {});

/// Floats per token that a run of one circuit holds at most.
std::uint64_t floats_per_token(const ModelConfig& config);
GraphShape shape_of(const ModelConfig& config, const std::vector<Span>& spans = {});

}  // namespace assay::circuits
