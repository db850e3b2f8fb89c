#include "circuits/engine/circuits_seam.h"

#include "circuits/discovery/method.h"

namespace assay::circuits::seam {

Result<DiscoveryResult> discover(const Transformer& transformer, const CircuitGraph& graph, std::span<const Example> examples,
                                 const DiscoveryOptions& options, Session& session) {
  return discover_circuit(transformer, examples, options, session, graph.shape.spans);
}

Result<std::vector<CircuitScores>> evaluate(const Transformer& transformer, const CircuitGraph& graph, std::span<const Example> examples,
                                            std::span<const std::vector<bool>> circuits, const EvaluationOptions& options, Session& session) {
  return score_circuits(transformer, examples, circuits, options, session, graph.shape.spans);
}

}  // namespace assay::circuits::seam
