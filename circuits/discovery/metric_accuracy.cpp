#include "circuits/discovery/metric.h"

#include <limits>

namespace assay::circuits {
namespace {

class Accuracy : public Metric {
 public:
  std::string_view name() const override { return "accuracy"; }
  bool has_gradient() const override { return false; }
  at::Tensor values(const at::Tensor& logits, const Targets& targets, const at::Tensor&) const override {
    if (targets.sets) return (signed_by_legality(logits, targets).amin(-1) > 0).to(logits.scalar_type());
    // against every other token, whichever wrong one the example names
    const at::Tensor others = logits.masked_fill(targets.correct.to(at::kBool), -std::numeric_limits<double>::infinity());
    return ((logits * targets.correct).sum(-1) > others.amax(-1)).to(logits.scalar_type());
  }
};

}  // namespace

std::unique_ptr<Metric> make_accuracy() { return std::make_unique<Accuracy>(); }

}  // namespace assay::circuits
