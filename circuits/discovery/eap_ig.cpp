// Edge attribution patching with integrated gradients over the inputs: the gradient is averaged over m runs whose embedding lies on the line
// from the ablated embedding to the clean one,
//
//   e_k = e_ablated + k / m (e_clean - e_ablated),   k = 0 .. m-1
//
// the convention of EAP-IG's code: the ablated end belongs to it, the clean end does not. The scores of all edges that leave `input` sum to
// the integral's left Riemann sum of metric(clean) - metric(e_0); the relative difference is reported as the integration residual.
// Cost: m + 2 forward passes and m backward. Source: Hanna, Pezzelle, Belinkov, "Have faith in faithfulness", COLM 2024.
// Test: tests/circuits/discovery_test.cpp
#include "circuits/discovery/attribution.h"

namespace assay::circuits {
namespace {

std::vector<AttributionPoint> straight_line(const at::Tensor& clean, const at::Tensor& ablated, int steps) {
  std::vector<AttributionPoint> points;
  for (int k = 0; k < steps; ++k) points.push_back({ablated + (clean - ablated) * (static_cast<double>(k) / steps), 1.0 / steps});
  return points;
}

class EapIg : public DiscoveryMethod {
 public:
  std::string_view name() const override { return "eap-ig"; }
  Result<DiscoveryResult> run(const DiscoveryProblem& problem) const override { return attribute(problem, straight_line, true); }
};

}  // namespace

std::unique_ptr<DiscoveryMethod> make_eap_ig() { return std::make_unique<EapIg>(); }

}  // namespace assay::circuits
