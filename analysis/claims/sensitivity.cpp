// Does a decision follow an attribute of the prompt? Pairs of prompts that differ in one slot alone, so that another symbol is right, and how far the
// logit difference between the two symbols moves.
//
//   sensitive      the mean movement towards what is right lies above the band (.3)
//   insensitive    it lies within the band, and so does the mean size of the movements, whichever their direction (two one-sided tests, with the
//   whole
//                  95 % interval instead of the 90 % that the tests need)
//
// Beside it stand the other half of the 2 x 2, pairs that differ in a name or a wording, or by an edit of the code, so that the meaning stays
// (contrast_meaning.h, edit_labels.h: by the solver), and how far the contrast comes inside the network (contrast_layers.h). Meaning against surface
// is the ratio of mean sizes. Cost: one forward pass per prompt, about four per patched pair. Sources: Schuirmann 1987 (equivalence by two one-sided
// tests); Meng et al. 2022 (patching). Test: tests/analysis/sensitivity_test.cpp
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "analysis/claims/circuit_search.h"
#include "analysis/claims/contrast_layers.h"
#include "analysis/claims/contrast_meaning.h"
#include "circuits/evaluation/estimate.h"

namespace assay::analysis {
namespace {

using circuits::Estimate;

constexpr double kBand = 0.3;           ///< of the logit difference: what moves less is no contrast
constexpr double kNoEffectShare = 0.1;  ///< of the band: what a patch may still change where it has no effect

Json interval(const Estimate& estimate) { return {finite(estimate.low), finite(estimate.high)}; }

/// What one kind of change does to the logit difference.
struct Movement {
  std::vector<double> changes;  ///< per pair; towards what is right where that changes
  std::uint64_t decided_anew = 0;

  Estimate mean(double confidence = 0.95) const { return circuits::mean_of(changes, confidence); }
  Estimate size() const {
    std::vector<double> sizes;
    for (const double change : changes) sizes.push_back(std::abs(change));
    return circuits::mean_of(sizes);
  }
  double largest() const {
    double most = 0;
    for (const double change : changes) most = std::max(most, std::abs(change));
    return most;
  }
  std::uint64_t beyond(double band) const {
    std::uint64_t count = 0;
    for (const double change : changes) count += std::abs(change) > band ? 1 : 0;
    return count;
  }
};

Movement movement_of_meaning(const Contrast& contrast, const std::vector<double>& difference) {
  Movement movement;
  for (const ContrastPair& pair : contrast.pairs) {
    movement.changes.push_back(difference[pair.first] - difference[pair.second]);
    movement.decided_anew += (difference[pair.first] > 0) != (difference[pair.second] > 0) ? 1 : 0;
  }
  return movement;
}

/// Pairs of which one prompt has no partner of its length were not read: they are left out.
Movement movement_of(const NamedPairs& surface, const std::vector<double>& difference) {
  Movement movement;
  for (const auto& [one, other] : surface.pairs) {
    if (std::isnan(difference[one]) || std::isnan(difference[other])) continue;
    movement.changes.push_back(difference[one] - difference[other]);
    movement.decided_anew += (difference[one] > 0) != (difference[other] > 0) ? 1 : 0;
  }
  return movement;
}

Json to_json(const Movement& movement, double band) {
  const Estimate size = movement.size();
  return {{"pairs", movement.changes.size()},         {"size", movement.changes.empty() ? Json() : finite(size.value)},
          {"size_interval95", interval(size)},        {"largest", movement.largest()},
          {"beyond_the_band", movement.beyond(band)}, {"decided_anew", movement.decided_anew}};
}

/// Everything that the two claims read.
struct Findings {
  double band = kBand;
  Movement meaning;
  Estimate mean, size;
  std::optional<double> surface;  ///< mean size over the slots
  std::uint64_t prompts = 0, right = 0;
  LayerFindings layers;

  bool within() const { return mean.within(-band, band) && size.high < band; }
  bool outside() const { return mean.outside(-band, band) || size.low > band; }
  std::string follows() const {
    if (within()) return "neither";
    if (mean.high < 0) return "neither, it moves away from what is right";
    if (!surface || *surface <= 0) return "meaning";
    return size.value > *surface ? "meaning" : "surface";
  }
};

std::string layer_text(const std::optional<int>& layer, const char* none) { return layer ? fmt::format("layer {}", *layer) : none; }

std::string summary_of(const Findings& found) {
  std::string text = fmt::format("moves by {:.2f} ({:.2f} to {:.2f}) towards what is right, by {:.2f} either way; ", found.mean.value, found.mean.low,
                                 found.mean.high, found.size.value);
  if (found.surface) text += fmt::format("a change of surface by {:.2f} (ratio {:.1f}); ", *found.surface, found.size.value / *found.surface);
  const char* nowhere = found.layers.enough_folds ? "nowhere" : "(undecided: too few names and wordings)";
  text += fmt::format("right on {} of {}; decoded at the decision until {}, at the attribute until {}; patching without effect from {}", found.right,
                      found.prompts, layer_text(found.layers.decoded_at_decision, nowhere), layer_text(found.layers.decoded_at_attribute, nowhere),
                      layer_text(found.layers.without_effect_from, "no layer"));
  return text;
}

Json row_of(const NamedPairs& pairs, const std::vector<double>& difference, double band) {
  const Movement movement = movement_of(pairs, difference);
  Json row = to_json(movement, band);
  row["slot"] = pairs.name;
  row["other_length"] = pairs.other_length;
  return row;
}

/// Table of the details: each slot's movement; `found` gets the mean over all.
Json surface_table(const Contrast& contrast, const std::vector<double>& difference, Findings& found) {
  Json table = Json::array();
  double sum = 0;
  std::size_t slots = 0;
  for (const NamedPairs& surface : contrast.surfaces) {
    table.push_back(row_of(surface, difference, found.band));
    if (table.back()["pairs"] > 0) sum += table.back()["size"].get<double>(), ++slots;
  }
  if (slots > 0) found.surface = sum / static_cast<double>(slots);
  return table;
}

/// The same of edits that make the other symbol right, with the mean movement towards it.
Json turned_table(const Contrast& contrast, const std::vector<double>& difference, double band) {
  Json table = Json::array();
  for (const NamedPairs& turned : contrast.turned) {
    table.push_back(row_of(turned, difference, band));
    const Estimate mean = movement_of(turned, difference).mean();
    table.back()["movement"] = finite(mean.value);
    table.back()["interval95"] = interval(mean);
  }
  return table;
}

/// Where it is right: by text of each slot, which shows the rule that it follows instead.
Json right_by_text(const Prompts& prompts, const Contrast& contrast, const ContrastReading& reading) {
  Json table = Json::array();
  for (std::size_t slot = 0; slot < prompts.form().slots.size(); ++slot)
    for (std::size_t text = 0; text < prompts.form().slots[slot].texts.size(); ++text) {
      std::array<std::uint64_t, 2> all{}, right{};  // by which symbol is right
      for (const std::size_t prompt : reading.prompts) {
        if (prompts.all()[prompt].choices[slot] != text) continue;
        const std::size_t second = contrast.right[prompt] > 0 ? 0 : 1;
        ++all[second];
        right[second] += (reading.difference[prompt] > 0) == (second == 0) ? 1 : 0;
      }
      table.push_back({{"slot", prompts.form().slots[slot].name},
                       {"text", prompts.form().slots[slot].label(text)},
                       {"first_symbol", fmt::format("{} of {}", right[0], all[0])},
                       {"second_symbol", fmt::format("{} of {}", right[1], all[1])}});
    }
  return table;
}

class Sensitivity : public ClaimKind {
 public:
  int link() const override { return 1; }

  Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const override {
    const Hypothesis& hypothesis = context.hypothesis;
    const Domain& domain = hypothesis.domain_of(claim);
    Result<Contrast> contrast = contrast_of(hypothesis.task, domain, hypothesis.program, claim.slot);
    if (!contrast) return fail(contrast.error());
    const Prompts& prompts = *domain.spec().prompts;
    describe(hypothesis, claim, *contrast, prompts, result);
    const Result<bool> labelled = label(context, claim, *contrast, result);
    if (!labelled) return fail(labelled.error());
    if (!*labelled) return {};
    Result<Findings> found = measure(context, claim, *contrast, prompts, result);
    if (!found) return fail(found.error());
    conclude(*found, result);
    return {};
  }

 protected:
  virtual Outcome judge(const Findings& found) const = 0;

 private:
  static void describe(const Hypothesis& hypothesis, const ClaimSpec& claim, const Contrast& contrast, const Prompts& prompts, ClaimResult& result) {
    const auto symbol = [&](TokenId token) { return token < 0 ? std::string("(none)") : hypothesis.task.words.symbol(token); };
    result.subject = fmt::format("decision between '{}' and '{}', and slot {}", symbol(contrast.first), symbol(contrast.second), claim.slot);
    result.semantics = "float32-as-run";
    result.details["slot"] = prompts.form().slots[contrast.slot].name;
    result.details["symbols"] = {symbol(contrast.first), symbol(contrast.second)};
    result.details["band"] = claim.threshold.value_or(kBand);
    result.details["pairs"] = {
        {"compared", contrast.pairs.size()}, {"other_length", contrast.other_length}, {"same_symbol_right", contrast.same_right}};
    result.details["seed"] = claim.seed;
    result.assumptions.push_back("the pairs are taken as independent draws, though they share names and wordings");
  }

  static Result<Findings> measure(ClaimContext& context, const ClaimSpec& claim, const Contrast& contrast, const Prompts& prompts,
                                  ClaimResult& result) {
    const Result<circuits::Network*> network = context.network();
    if (!network) return fail(network.error());
    const Task& task = context.hypothesis.task;
    const Result<ContrastReading> reading = read_contrast(**network, task, prompts, contrast, context.session);
    if (!reading) return fail(reading.error());
    Findings found;
    found.band = claim.threshold.value_or(kBand);
    found.meaning = movement_of_meaning(contrast, reading->difference);
    found.mean = found.meaning.mean();
    found.size = found.meaning.size();
    for (const std::size_t prompt : reading->prompts)
      ++found.prompts, found.right += (reading->difference[prompt] > 0) == (contrast.right[prompt] > 0) ? 1 : 0;
    LayerOptions options{.no_effect = kNoEffectShare * found.band, .seed = claim.seed};
    if (claim.samples > 0) options.patched_pairs = claim.samples;
    Result<LayerFindings> layers = find_layers(**network, task, prompts, contrast, *reading, options, context.session);
    if (!layers) return fail(layers.error());
    found.layers = std::move(*layers);
    Json meaning = to_json(found.meaning, found.band);
    meaning["movement"] = found.mean.value;
    meaning["interval95"] = interval(found.mean);
    meaning["interval90"] = interval(found.meaning.mean(0.90));
    result.details["meaning"] = meaning;
    result.details["surface"] = surface_table(contrast, reading->difference, found);
    if (!contrast.turned.empty()) result.details["turned"] = turned_table(contrast, reading->difference, found.band);
    result.details["surface_size"] = found.surface ? Json(*found.surface) : Json();
    result.details["follows"] = found.follows();
    result.details["right"] = {{"prompts", found.prompts}, {"right", found.right}, {"by_text", right_by_text(prompts, contrast, *reading)}};
    result.details["layers"] = found.layers.details;
    return found;
  }

  void conclude(const Findings& found, ClaimResult& result) const {
    result.outcome = judge(found);
    result.evidence = result.outcome == Outcome::kFails ? EvidenceKind::kWitness : EvidenceKind::kSample;
    result.summary = summary_of(found);
    if (result.outcome == Outcome::kFails) result.witness = {{"movement", result.details["meaning"]}, {"band", found.band}};
  }
};

class Sensitive : public Sensitivity {
 public:
  std::string_view name() const override { return "sensitive"; }

 protected:
  Outcome judge(const Findings& found) const override {
    if (found.mean.low > found.band) return Outcome::kHolds;
    return found.mean.high < found.band ? Outcome::kFails : Outcome::kUndecided;
  }
};

class Insensitive : public Sensitivity {
 public:
  std::string_view name() const override { return "insensitive"; }

 protected:
  Outcome judge(const Findings& found) const override {
    if (found.within()) return Outcome::kHolds;
    return found.outside() ? Outcome::kFails : Outcome::kUndecided;
  }
};

}  // namespace

std::unique_ptr<ClaimKind> sensitive() { return std::make_unique<Sensitive>(); }
std::unique_ptr<ClaimKind> insensitive() { return std::make_unique<Insensitive>(); }

}  // namespace assay::analysis
