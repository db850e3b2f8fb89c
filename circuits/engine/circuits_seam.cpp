#include "circuits/engine/circuits_seam.h"

namespace assay::circuits::seam {

Result<DiscoveryResult> discover(const Transformer&, const CircuitGraph&, std::span<const Example>, const DiscoveryOptions&, Session&) {
  return unsupported("circuit discovery is not part of this build", "build the discovery library");
}

Result<std::vector<CircuitScores>> evaluate(const Transformer&, const CircuitGraph&, std::span<const Example>, std::span<const std::vector<bool>>,
                                            const EvaluationOptions&, Session&) {
  return unsupported("circuit evaluation is not part of this build", "build the evaluation library");
}

}  // namespace assay::circuits::seam
