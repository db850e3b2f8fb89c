#include "analysis/claims/contrast_layers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "analysis/claims/circuit_search.h"
#include "circuits/evaluation/estimate.h"
#include "circuits/evaluation/probe.h"

namespace assay::analysis {
namespace {

constexpr double kSignificance = 0.01;

std::map<std::size_t, std::int32_t> attribute_places(const Contrast& contrast) {
  std::map<std::size_t, std::int32_t> places;  // by prompt: the last token that differs from a partner's
  for (const ContrastPair& pair : contrast.pairs)
    for (const std::size_t prompt : {pair.first, pair.second}) {
      const auto added = places.emplace(prompt, pair.places.back()).first;
      added->second = std::max(added->second, pair.places.back());
    }
  return places;
}

constexpr std::size_t kManyTexts = 4;  ///< of names and wordings; two forms of one text are seen in training and in the test

/// One fold per combination of names and wordings: tested on the prompts with all of them, trained on those with none.
std::vector<circuits::ProbeFold> folds_of(const Prompts& prompts, const Contrast& contrast, const std::vector<std::size_t>& inputs) {
  std::vector<std::size_t> slots;
  for (std::size_t slot = 0; slot < prompts.form().slots.size(); ++slot)
    if (slot != contrast.slot && prompts.form().slots[slot].texts.size() >= kManyTexts) slots.push_back(slot);
  std::map<std::vector<std::size_t>, circuits::ProbeFold> folds;
  const auto texts_of = [&](std::size_t input) {
    std::vector<std::size_t> texts;
    for (const std::size_t slot : slots) texts.push_back(prompts.all()[inputs[input]].choices[slot]);
    return texts;
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) folds[texts_of(i)].test.push_back(i);
  std::vector<circuits::ProbeFold> all;
  for (auto& [tested, fold] : folds) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::vector<std::size_t> texts = texts_of(i);
      bool shares = slots.empty();
      for (std::size_t k = 0; k < slots.size(); ++k) shares = shares || texts[k] == tested[k];
      if (!shares) fold.train.push_back(i);
    }
    all.push_back(std::move(fold));
  }
  return all;
}

/// The probes of one place at every site.
struct PlaceProbes {
  std::vector<circuits::ProbeScore> by_site;
};

PlaceProbes probe_place(const ContrastReading& reading, std::size_t place, const std::vector<int>& classes,
                        const std::vector<circuits::ProbeFold>& folds, std::uint64_t seed) {
  PlaceProbes probes;
  const std::size_t inputs = reading.prompts.size();
  for (const std::vector<float>& values : reading.stream.values) {
    const std::size_t width = values.size() / (2 * inputs);
    std::vector<float> own;
    for (std::size_t i = 0; i < inputs; ++i) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>((2 * i + place) * width);
      own.insert(own.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
    }
    probes.by_site.push_back(circuits::probe({own, width, classes, folds}, {.seed = seed}));
  }
  return probes;
}

int layer_of(const std::string& site, int layers) {
  const std::size_t dot = site.find('.');
  return dot == std::string::npos ? layers : std::stoi(site.substr(dot + 1));
}

struct Probed {
  std::vector<std::string> sites;
  PlaceProbes attribute, decision;
  double significance = 0;
  std::size_t folds = 0;

  std::optional<int> last(const PlaceProbes& place, int layers) const {
    std::optional<int> found;
    for (std::size_t site = 0; site < sites.size(); ++site)
      if (place.by_site[site].p < significance) found = layer_of(sites[site], layers);
    return found;
  }
};

Probed probe_all(const Prompts& prompts, const Contrast& contrast, const ContrastReading& reading, std::uint64_t seed) {
  Probed probed{.sites = reading.stream.sites};
  std::vector<int> classes;
  for (const std::size_t prompt : reading.prompts) classes.push_back(contrast.right[prompt]);
  const std::vector<circuits::ProbeFold> folds = folds_of(prompts, contrast, reading.prompts);
  probed.folds = folds.size();
  probed.attribute = probe_place(reading, 0, classes, folds, seed);
  probed.decision = probe_place(reading, 1, classes, folds, seed);
  probed.significance = kSignificance / static_cast<double>(2 * probed.sites.size());
  return probed;
}

/// A seeded sample of the pairs, in order.
std::vector<ContrastPair> some_pairs(const Contrast& contrast, std::size_t most, std::uint64_t seed) {
  std::vector<std::size_t> order(contrast.pairs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::mt19937_64 random(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  order.resize(std::min(most, order.size()));
  std::sort(order.begin(), order.end());
  std::vector<ContrastPair> pairs;
  for (const std::size_t i : order) pairs.push_back(contrast.pairs[i]);
  return pairs;
}

constexpr int kLayersAtOnce = 8;

/// By layer: |change| of the logit difference, and the change towards the partner.
struct Effect {
  circuits::Estimate size, towards;
};
using Effects = std::map<int, Effect>;

/// From the last layer backwards, until some layer has an effect: those before it have fed it.
class Patching {
 public:
  Patching(circuits::Network& network, const Task& task, const Prompts& prompts, const Contrast& contrast, const ContrastReading& reading,
           const LayerOptions& options)
      : network_(network), contrast_(contrast), no_effect_(options.no_effect) {
    for (const ContrastPair& pair : some_pairs(contrast, options.patched_pairs, options.seed)) {
      patches_.push_back({task.sequence(prompts.all()[pair.first].tokens), task.sequence(prompts.all()[pair.second].tokens), pair.places});
      unpatched_.push_back(reading.difference[pair.first]);
    }
  }

  Status run(Session& session) {
    for (int end = network_.info().layers; end > 0; end -= kLayersAtOnce) {
      std::vector<int> layers;
      for (int layer = std::max(0, end - kLayersAtOnce); layer < end; ++layer) layers.push_back(layer);
      const auto logits = network_.patch_stream(patches_, layers, {contrast_.first, contrast_.second}, session);
      if (!logits) return fail(logits.error());
      for (std::size_t k = 0; k < layers.size(); ++k) effects[layers[k]] = effect(*logits, k);
      for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
        if (effects[*layer].size.high >= no_effect_) return {};
        without_effect_from = *layer;
      }
    }
    return {};
  }

  std::size_t pairs() const { return patches_.size(); }
  Effects effects;
  std::optional<int> without_effect_from;

 private:
  Effect effect(const std::vector<std::vector<std::vector<float>>>& logits, std::size_t layer) const {
    std::vector<double> sizes, changes;
    for (std::size_t i = 0; i < patches_.size(); ++i) {
      const std::vector<float>& two = logits[i][layer];
      changes.push_back(unpatched_[i] - (static_cast<double>(two[0]) - static_cast<double>(two[1])));
      sizes.push_back(std::abs(changes.back()));
    }
    return {circuits::mean_of(sizes), circuits::mean_of(changes)};
  }

  circuits::Network& network_;
  const Contrast& contrast_;
  const double no_effect_;
  std::vector<circuits::StreamPatch> patches_;
  std::vector<double> unpatched_;
};

/// One row per layer: the probes of resid_mid, which sees what attention has brought, and the effect of patching resid_pre.
Json rows(const Probed& probed, const Effects& effects, int layers) {
  Json all = Json::array();
  for (std::size_t site = 0; site < probed.sites.size(); ++site) {
    if (!probed.sites[site].starts_with("resid_mid.")) continue;
    const int layer = layer_of(probed.sites[site], layers);
    const circuits::ProbeScore &attribute = probed.attribute.by_site[site], &decision = probed.decision.by_site[site];
    Json row = {{"layer", layer},
                {"decoded_at_attribute", attribute.accuracy()},
                {"decoded_at_decision", decision.accuracy()},
                {"permuted_at_attribute", attribute.permuted},
                {"permuted_at_decision", decision.permuted}};
    if (const auto effect = effects.find(layer); effect != effects.end()) {
      row["patch_size"] = finite(effect->second.size.value);
      row["patch_size_below"] = finite(effect->second.size.high);
      row["patch_towards_partner"] = finite(effect->second.towards.value);
    }
    all.push_back(std::move(row));
  }
  return all;
}

Json optional_json(const std::optional<int>& value) { return value ? Json(*value) : Json(); }

/// Those that pairs of edits need and nobody has read.
std::vector<std::size_t> edited_prompts(const Prompts& prompts, const Contrast& contrast, const std::vector<double>& difference) {
  std::set<std::size_t> needed;
  for (const std::vector<NamedPairs>* list : {&contrast.surfaces, &contrast.turned})
    for (const NamedPairs& pairs : *list)
      for (const auto& [one, other] : pairs.pairs)
        if (prompts.all()[one].edit || prompts.all()[other].edit) needed.insert({one, other});
  std::erase_if(needed, [&](std::size_t prompt) { return !std::isnan(difference[prompt]); });
  return {needed.begin(), needed.end()};
}

void note_differences(const std::vector<std::size_t>& prompts, const circuits::StreamReading& read, std::vector<double>& difference) {
  for (std::size_t i = 0; i < prompts.size(); ++i)
    difference[prompts[i]] = static_cast<double>(read.logits[i][0]) - static_cast<double>(read.logits[i][1]);
}

}  // namespace

Result<ContrastReading> read_contrast(circuits::Network& network, const Task& task, const Prompts& prompts, const Contrast& contrast,
                                      Session& session) {
  ContrastReading reading;
  std::vector<circuits::StreamInput> inputs;
  for (const auto& [prompt, place] : attribute_places(contrast)) {
    reading.prompts.push_back(prompt);
    const Tokens tokens = task.sequence(prompts.all()[prompt].tokens);
    inputs.push_back({tokens, {place, static_cast<std::int32_t>(tokens.size()) - 1}});
  }
  Result<circuits::StreamReading> stream = network.read_stream(inputs, {contrast.first, contrast.second}, session);
  if (!stream) return fail(stream.error());
  reading.stream = std::move(*stream);
  reading.difference.assign(prompts.all().size(), std::numeric_limits<double>::quiet_NaN());
  note_differences(reading.prompts, reading.stream, reading.difference);
  const std::vector<std::size_t> edited = edited_prompts(prompts, contrast, reading.difference);
  if (edited.empty()) return reading;
  inputs.clear();
  for (const std::size_t prompt : edited) {
    const Tokens tokens = task.sequence(prompts.all()[prompt].tokens);
    inputs.push_back({tokens, {static_cast<std::int32_t>(tokens.size()) - 1}});
  }
  const Result<circuits::StreamReading> read = network.read_stream(inputs, {contrast.first, contrast.second}, session);
  if (!read) return fail(read.error());
  note_differences(edited, *read, reading.difference);
  return reading;
}

Result<LayerFindings> find_layers(circuits::Network& network, const Task& task, const Prompts& prompts, const Contrast& contrast,
                                  const ContrastReading& reading, const LayerOptions& options, Session& session) {
  const Probed probed = probe_all(prompts, contrast, reading, options.seed);
  Patching patching(network, task, prompts, contrast, reading, options);
  if (Status done = patching.run(session); !done) return fail(done.error());
  const int layers = network.info().layers;
  LayerFindings found;
  found.decoded_at_attribute = probed.last(probed.attribute, layers);
  found.decoded_at_decision = probed.last(probed.decision, layers);
  found.enough_folds = std::ldexp(1.0, -static_cast<int>(probed.folds)) < probed.significance;
  found.without_effect_from = patching.without_effect_from;
  found.details = {{"decoded_until_at_attribute", optional_json(found.decoded_at_attribute)},
                   {"decoded_until_at_decision", optional_json(found.decoded_at_decision)},
                   {"probe_folds", probed.folds},
                   {"probe_significance", probed.significance},
                   {"enough_folds", found.enough_folds},
                   {"patching_without_effect_from", optional_json(found.without_effect_from)},
                   {"patched_pairs", patching.pairs()},
                   {"no_effect_below", options.no_effect},
                   {"by_layer", rows(probed, patching.effects, layers)}};
  return found;
}

}  // namespace assay::analysis
