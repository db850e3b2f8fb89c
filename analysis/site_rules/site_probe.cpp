#include "analysis/site_rules/site_probe.h"

#include <fmt/format.h>

#include <limits>
#include <random>

namespace assay::analysis::site_rules {

Result<SiteProbe> SiteProbe::learn(const SiteLab& found_on, int last_layer) {
  SiteProbe probe(found_on);
  std::vector<std::string> sites;
  for (int layer = 0; layer <= last_layer; ++layer) sites.push_back(fmt::format("resid_pre.{}", layer));
  const auto values = found_on.values(sites, found_on.site());
  if (!values) return fail(values.error());
  probe.width_ = values->front().size() / found_on.prompts();
  std::size_t best = 0, most = 0;
  for (std::size_t s = 0; s < sites.size(); ++s)
    if (const std::size_t right = probe.right_on_halves((*values)[s]); s == 0 || right > most) most = right, best = s;
  probe.site_ = sites[best];
  probe.training_ = (*values)[best];
  return probe;
}

Result<std::vector<int>> SiteProbe::decide(const SiteLab& lab) const {
  const auto values = lab.values({site_}, lab.site());
  if (!values) return fail(values.error());
  std::vector<float> all = training_;
  all.insert(all.end(), values->front().begin(), values->front().end());
  circuits::ProbeFold fold;
  for (std::size_t i = 0; i < found_on_->prompts(); ++i) fold.train.push_back(i);
  for (std::size_t i = 0; i < lab.prompts(); ++i) fold.test.push_back(found_on_->prompts() + i);
  return decided(all, fold);
}

/// Prompts of one half that are decided rightly by what was learned on the other, both ways.
std::size_t SiteProbe::right_on_halves(const std::vector<float>& values) const {
  std::size_t right = 0;
  for (const int training : {0, 1}) {
    std::mt19937_64 random(1);
    circuits::ProbeFold fold;
    for (std::size_t i = 0; i < found_on_->prompts(); ++i) (static_cast<int>(random() >> 40 & 1) == training ? fold.train : fold.test).push_back(i);
    if (fold.train.empty() || fold.test.empty()) continue;
    const std::vector<int> guessed = decided(values, fold);
    for (std::size_t k = 0; k < fold.test.size(); ++k) right += guessed[k] == found_on_->answer(fold.test[k]) ? 1 : 0;
  }
  return right;
}

/// The symbol whose probe says most. Training is on prompts of `found_on_`, which stand first.
std::vector<int> SiteProbe::decided(const std::vector<float>& values, const circuits::ProbeFold& fold) const {
  std::vector<double> best(fold.test.size(), -std::numeric_limits<double>::infinity());
  std::vector<int> decisions(fold.test.size());
  for (int symbol = 0; symbol < found_on_->classes(); ++symbol) {
    std::vector<int> classes(values.size() / width_, -1);
    for (const std::size_t i : fold.train) classes[i] = found_on_->answer(i) == symbol ? 1 : -1;
    const std::vector<double> scores = circuits::probe_scores({values, width_, classes, {}}, fold);
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (scores[i] > best[i]) best[i] = scores[i], decisions[i] = symbol;
  }
  return decisions;
}

}  // namespace assay::analysis::site_rules
