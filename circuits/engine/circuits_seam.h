// Where the engine hands discovery and evaluation to their libraries.
#pragma once

#include <span>

#include "circuits/engine.h"
#include "circuits/model/transformer.h"

namespace assay::circuits::seam {

Result<DiscoveryResult> discover(const Transformer& transformer, const CircuitGraph& graph, std::span<const Example> examples,
                                 const DiscoveryOptions& options, Session& session);
Result<std::vector<CircuitScores>> evaluate(const Transformer& transformer, const CircuitGraph& graph, std::span<const Example> examples,
                                            std::span<const std::vector<bool>> circuits, const EvaluationOptions& options, Session& session);

}  // namespace assay::circuits::seam
