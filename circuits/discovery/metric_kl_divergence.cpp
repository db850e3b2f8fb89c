#include "circuits/discovery/metric.h"

namespace assay::circuits {
namespace {

class KlDivergence : public Metric {
 public:
  std::string_view name() const override { return "kl_divergence"; }
  at::Tensor values(const at::Tensor& logits, const Targets& targets, const at::Tensor& reference) const override {
    if (!targets.sets) {
      const at::Tensor log_reference = reference.log_softmax(-1);
      return (log_reference.exp() * (logits.log_softmax(-1) - log_reference)).sum(-1);
    }
    // per token: yes with sigmoid(logit), no with sigmoid(-logit)
    const at::Tensor yes = reference.sigmoid() * (at::log_sigmoid(logits) - at::log_sigmoid(reference));
    const at::Tensor no = (-reference).sigmoid() * (at::log_sigmoid(-logits) - at::log_sigmoid(-reference));
    return (yes + no).sum(-1);
  }
};

}  // namespace

std::unique_ptr<Metric> make_kl_divergence() { return std::make_unique<KlDivergence>(); }

}  // namespace assay::circuits
