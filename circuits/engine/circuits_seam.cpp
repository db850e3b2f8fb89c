#include "circuits/engine/circuits_seam.h"

#include "circuits/discovery/method.h"

namespace assay::circuits::seam {

Result<DiscoveryResult> discover(const Transformer& transformer, const CircuitGraph&, std::span<const Example> examples,
                                 const DiscoveryOptions& options, Session& session) {
  return discover_circuit(transformer, examples, options, session);
}

Result<std::vector<CircuitScores>> evaluate(const Transformer& transformer, const CircuitGraph&, std::span<const Example> examples,
                                            std::span<const std::vector<bool>> circuits, const EvaluationOptions& options, Session& session) {
  return score_circuits(transformer, examples, circuits, options, session);
}

}  // namespace assay::circuits::seam
