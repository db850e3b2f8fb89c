// A rival that looks inside without a circuit: a linear probe on the residual stream where the decision is read.
//
//   SiteProbe probe = *SiteProbe::learn(found_on, 18);      // at the best layer up to 18, chosen on halves of the prompts
//   probe.decide(held_out)                                        // by prompt, index of the output symbol
//
// Ridge regression (circuits/evaluation/probe.h) onto what the network decides, one symbol against the others. Cost: one pass over the prompts for
// all layers. Test: tests/analysis/site_rules_test.cpp
#pragma once

#include "analysis/site_rules/site_lab.h"
#include "circuits/evaluation/probe.h"

namespace assay::analysis::site_rules {

class SiteProbe {
 public:
  /// At the decision, layers 0 to `last_layer`. `found_on` must outlive it.
  static Result<SiteProbe> learn(const SiteLab& found_on, int last_layer);

  Result<std::vector<int>> decide(const SiteLab& lab) const;
  const std::string& site() const { return site_; }

 private:
  explicit SiteProbe(const SiteLab& found_on) : found_on_(&found_on) {}
  std::size_t right_on_halves(const std::vector<float>& values) const;
  std::vector<int> decided(const std::vector<float>& values, const circuits::ProbeFold& fold) const;

  const SiteLab* found_on_;
  std::size_t width_ = 0;
  std::string site_;
  std::vector<float> training_;
};

}  // namespace assay::analysis::site_rules
