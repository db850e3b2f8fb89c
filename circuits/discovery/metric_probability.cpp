#include "circuits/discovery/metric.h"

namespace assay::circuits {
namespace {

class Probability : public Metric {
 public:
  std::string_view name() const override { return "probability"; }
  at::Tensor values(const at::Tensor& logits, const Targets& targets, const at::Tensor&) const override {
    if (!targets.sets) return (logits.softmax(-1) * targets.correct).sum(-1);
    return at::log_sigmoid(signed_by_legality(logits, targets)).sum(-1).exp();
  }
};

}  // namespace

std::unique_ptr<Metric> make_probability() { return std::make_unique<Probability>(); }

}  // namespace assay::circuits
