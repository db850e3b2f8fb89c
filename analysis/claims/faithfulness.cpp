// The circuit alone behaves like the model: f = (m(C) - m(empty)) / (m(M) - m(empty)) and the share of inputs whose answer stays both reach the
// threshold, and f is not above 2 - threshold either: 0.9 asks for 0.9 to 1.1, since doing better than the model is no better than doing worse.
//
// Where the contrast moves the logit difference by less than .3 on average there is nothing to be faithful to: that is said instead
// (sensitivity.cpp).
//
// Printed beside it, under the ablations that decide: how many of random_circuits (20) random circuits of the same size come as near to 1. Cost: 3
// circuits on every example per ablation, and the random ones. Sources: Wang et al. 2022; Shi et al. 2024 for the random circuits. Test:
// tests/analysis/circuit_claims_test.cpp
#include <fmt/format.h>

#include "analysis/claims/circuit_claims.h"

namespace assay::analysis {
namespace {

using circuits::Faithfulness;

constexpr double kFaithful = 0.9;

Json numbers_of(const Faithfulness& found, bool everything) {
  const Json f = to_json(found.normalised, everything), same = to_json(found.same_answer, everything);
  Json numbers = {{"faithfulness", f["value"]}, {"same_answer", same["value"]}, {"empty_same_answer", found.empty_same_answer},
                  {"full", found.full},         {"empty", found.empty},         {"circuit", found.circuit}};
  const circuits::RandomControl& control = found.control;
  if (control.circuits > 0)
    numbers["random_circuits"] = {{"circuits", control.circuits}, {"as_good", control.as_good}, {"nearest", finite(control.nearest)}};
  if (!everything) numbers["interval95"] = f["interval95"], numbers["same_answer_interval95"] = same["interval95"];
  return numbers;
}

std::string text_of(const Faithfulness& found) {
  std::string text = fmt::format("{:.3f}, answers {:.1f} %", found.normalised.value, 100 * found.same_answer.value);
  if (found.control.as_good > 0)
    text += fmt::format(" ({} of {} random circuits of its size do as well)", found.control.as_good, found.control.circuits);
  return text;
}

class FaithfulnessClaim : public CircuitClaim {
 public:
  std::string_view name() const override { return "faithfulness"; }

 protected:
  std::size_t circuits_to_run(const circuits::Circuit&, const ClaimSpec& claim) const override {
    return 3 + static_cast<std::size_t>(claim.random_circuits);
  }
  std::string vacuous(const circuits::Circuit&) const override { return {}; }
  void declare(const circuits::Circuit&, const ClaimSpec& claim, ClaimResult& result) const override {
    result.details["threshold"] = claim.threshold.value_or(kFaithful);
  }

  Result<Judgement> judge(const CircuitTrial& trial) const override {
    const auto found = circuits::faithfulness(trial.network, trial.examples, trial.circuit.kept, trial.evaluation, trial.sampling,
                                              trial.decides ? trial.claim.random_circuits : 0, trial.session);
    if (!found) return fail(found.error());
    const double least = trial.claim.threshold.value_or(kFaithful), most = 2 - least;
    Judgement judgement;
    judgement.everything = trial.sampling.everything;
    judgement.numbers = numbers_of(*found, judgement.everything);
    judgement.text = text_of(*found);
    if (!found->normalised.defined()) judgement.state = Judgement::State::kUndefined;
    else if (found->insensitive(trial.evaluation)) return insensitive(*found);
    else if (found->normalised.within(least, most) && found->same_answer.low >= least) judgement.state = Judgement::State::kHolds;
    else if (found->normalised.outside(least, most) || found->same_answer.high < least) judgement.state = Judgement::State::kFails;
    if (judgement.state == Judgement::State::kFails) judgement.witness = {{"numbers", judgement.numbers}, {"threshold", least}};
    return judgement;
  }

 private:
  static Judgement insensitive(const Faithfulness& found) {
    Judgement judgement;
    judgement.state = Judgement::State::kUndefined;
    judgement.insensitive = true;
    judgement.numbers = {{"full", found.full}, {"empty", found.empty}, {"smallest_contrast", circuits::kSmallestContrast}};
    judgement.text = fmt::format(
        "insensitive: the contrast moves the logit difference by {:.3f}, less than {}, so no faithfulness is reported; a claim `insensitive` tests "
        "that with its interval",
        found.full - found.empty, circuits::kSmallestContrast);
    return judgement;
  }
};

}  // namespace

std::unique_ptr<ClaimKind> faithfulness() { return std::make_unique<FaithfulnessClaim>(); }

}  // namespace assay::analysis
