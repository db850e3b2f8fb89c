// Edge attribution patching with integrated gradients over the inputs: the gradient is averaged over m runs whose embedding lies on the line
// from the ablated embedding to the clean one,
//
//   e_k = e_ablated + t_k (e_clean - e_ablated),   k = 0 .. m-1,   t_k = k / m  (left)  or  (k + 1/2) / m  (midpoint)
//
// Left is the convention of EAP-IG's code: the ablated end belongs to it, the clean end does not. The scores of all edges that leave `input`
// sum to the rule's estimate of metric(clean) - metric(e_ablated); the relative difference is reported as the integration residual. Left is off
// by O(1/m), midpoint by O(1/m^2): on the networks of the zoo 5 left steps leave .7 to 36 %, 10 midpoints at most 3 %.
// Cost: m + 2 forward passes and m backward, one forward pass more with midpoints, which never see the ablated end themselves.
// Source: Hanna, Pezzelle, Belinkov, "Have faith in faithfulness", COLM 2024.
// Test: tests/circuits/discovery_test.cpp
#include "circuits/discovery/attribution.h"

namespace assay::circuits {
namespace {

std::vector<AttributionPoint> straight_line(const at::Tensor& clean, const at::Tensor& ablated, const DiscoveryOptions& options) {
  const double first = options.rule == IntegrationRule::kMidpoint ? 0.5 : 0.0;
  std::vector<AttributionPoint> points;
  for (int k = 0; k < options.steps; ++k) points.push_back({ablated + (clean - ablated) * ((k + first) / options.steps), 1.0 / options.steps});
  return points;
}

class EapIg : public DiscoveryMethod {
 public:
  std::string_view name() const override { return "eap-ig"; }
  bool knows_spans() const override { return true; }
  Result<DiscoveryResult> run(const DiscoveryProblem& problem) const override { return attribute(problem, straight_line, true); }
};

}  // namespace

std::unique_ptr<DiscoveryMethod> make_eap_ig() { return std::make_unique<EapIg>(); }

}  // namespace assay::circuits
