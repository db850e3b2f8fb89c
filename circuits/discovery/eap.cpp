// Edge attribution patching: the gradient of the metric at the clean run, times what the source would lose.
//
//   score(u -> s) = sum over tokens of (clean_u - ablated_u) . d metric / d input(s)
//
// Exact where the network is linear between the two runs. With the KL divergence every score is 0, since the clean run is its minimum;
// that is refused. Cost: two forward passes and one backward. Source: Syed, Rager, Conmy 2023. Test: tests/circuits/discovery_test.cpp
#include "circuits/discovery/attribution.h"

namespace assay::circuits {
namespace {

std::vector<AttributionPoint> clean_end(const at::Tensor& clean, const at::Tensor&, const DiscoveryOptions&) { return {{clean, 1.0}}; }

class Eap : public DiscoveryMethod {
 public:
  std::string_view name() const override { return "eap"; }
  bool knows_spans() const override { return true; }
  Result<DiscoveryResult> run(const DiscoveryProblem& problem) const override {
    if (problem.options.metric == MetricKind::kKlDivergence)
      return fail({ErrorKind::kUsage, "eap with kl_divergence scores every edge 0: the clean run is the divergence's minimum",
                   "use eap-ig, or another metric"});
    return attribute(problem, clean_end, false);
  }
};

}  // namespace

std::unique_ptr<DiscoveryMethod> make_eap() { return std::make_unique<Eap>(); }

}  // namespace assay::circuits
