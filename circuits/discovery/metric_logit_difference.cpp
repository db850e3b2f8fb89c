#include "circuits/discovery/metric.h"

namespace assay::circuits {
namespace {

class LogitDifference : public Metric {
 public:
  std::string_view name() const override { return "logit_difference"; }
  at::Tensor values(const at::Tensor& logits, const Targets& targets, const at::Tensor&) const override {
    if (!targets.sets) return right_minus_wrong(logits, targets);
    return (logits * (targets.correct - targets.incorrect)).sum(-1);
  }
};

}  // namespace

std::unique_ptr<Metric> make_logit_difference() { return std::make_unique<LogitDifference>(); }

}  // namespace assay::circuits
