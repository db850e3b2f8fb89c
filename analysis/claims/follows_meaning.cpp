// Does the circuit follow the meaning of a prompt or its surface? Pairs of prompts that differ in one slot, as `sensitive` takes them: in the
// contrast's slot, so that another symbol is right, and in each other slot, so that the same is.
//
// Where the task has edits of its prompts' code, so does each kind of edits: those that keep the right symbol on the side of the surface, those that
// turn it on the side of the meaning (edit_labels.h).
//
// Every pair is run under resample: the circuit on one prompt, all else on the other. What its logit difference moves from the empty circuit (the
// other prompt) is what it carries of the change; the network's own movement stands beside it. Each half gets a score:
//   carried   sum of circuit's times network's movements / sum of the network's squared: 1 where the circuit moves as the network does, 0
//             where it does not hear the change (least squares through 0)
//   size      mean |movement|, of circuit and network
// The circuit follows the meaning if its size over meaning lies above its mean size over surface slots, interval against interval; it
// follows the surface if it lies below; where both lie below .3 it follows neither. Which half a pair belongs to is what the program says, checked by
// the solver (contrast_meaning.h); of edits, what the solver says.
// Cost: 3 + random circuits per pair. Test: tests/analysis/follows_meaning_test.cpp
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "analysis/claims/circuit_claims.h"
#include "analysis/claims/contrast.h"
#include "analysis/claims/contrast_meaning.h"
#include "analysis/claims/spans.h"
#include "base/draw.h"
#include "circuits/evaluation/runs.h"

namespace assay::analysis {
namespace {

using circuits::CircuitRuns;
using circuits::Estimate;

constexpr double kBand = 0.3;           ///< of the logit difference: what moves less follows nothing
constexpr std::size_t kMostPairs = 64;  ///< of one slot, where the claim does not say how many

using Pair = std::pair<std::size_t, std::size_t>;

/// Pairs of prompts that differ in one slot, and what was left out.
struct Half {
  std::string slot;
  std::vector<Pair> pairs;
  std::uint64_t other_length = 0, other_positions = 0, not_drawn = 0;
};

/// What some circuits move on the pairs of one slot.
class Movement {
 public:
  explicit Movement(const CircuitRuns& runs) : examples_(runs.examples()) {
    for (std::size_t circuit = 0; circuit + 1 < runs.metrics.size(); ++circuit) {
      moved_.emplace_back();
      for (std::size_t i = 0; i < examples_; ++i) moved_.back().push_back(runs.metrics[circuit][i] - runs.metrics[runs.empty()][i]);
    }
  }

  std::size_t network() const { return moved_.size() - 1; }
  std::size_t random_circuits() const { return moved_.size() - 2; }

  Estimate size(std::size_t circuit) const {
    std::vector<double> sizes;
    for (const double moved : moved_[circuit]) sizes.push_back(std::abs(moved));
    return circuits::mean_of(sizes);
  }

  /// Not a number where the network does not move.
  Estimate carried(std::size_t circuit, std::uint64_t seed) const {
    circuits::Metrics products(3, std::vector<double>(examples_));
    for (std::size_t i = 0; i < examples_; ++i) {
      products[0][i] = moved_[circuit][i] * moved_[network()][i];
      products[1][i] = moved_[network()][i] * moved_[network()][i];
    }
    return circuits::estimates(products, {false, seed}, 1, [](const circuits::Totals& totals, std::size_t k) { return totals.normalised(k); })
        .front();
  }

 private:
  std::size_t examples_;
  std::vector<std::vector<double>> moved_;  ///< [circuit][pair]; the network last
};

Json row(const Half& half, const Movement& movement, std::uint64_t seed) {
  Json random = Json::array();
  for (std::size_t c = 1; c <= movement.random_circuits(); ++c) random.push_back(finite(movement.carried(c, seed).value));
  return {{"slot", half.slot},
          {"pairs", half.pairs.size()},
          {"other_length", half.other_length},
          {"other_positions", half.other_positions},
          {"not_drawn", half.not_drawn},
          {"carried", to_json(movement.carried(0, seed), false)},
          {"size", to_json(movement.size(0), false)},
          {"network_size", to_json(movement.size(movement.network()), false)},
          {"random_circuits_carried", random}};
}

/// Means over slots, each of which counts alike.
struct Score {
  Estimate carried, size, network_size;
  std::size_t slots = 0;

  void add(const Estimate& slot_carried, const Estimate& slot_size, const Estimate& slot_network) {
    ++slots;
    take(carried, slot_carried);
    take(size, slot_size);
    take(network_size, slot_network);
  }

 private:
  void take(Estimate& mean, const Estimate& slot) const {
    for (double Estimate::* part : {&Estimate::value, &Estimate::low, &Estimate::high})
      mean.*part += (slot.*part - mean.*part) / static_cast<double>(slots);
  }
};

Json json_of(const Score& score) {
  return {{"carried", to_json(score.carried, false)},
          {"size", to_json(score.size, false)},
          {"network_size", to_json(score.network_size, false)},
          {"slots", score.slots}};
}

enum class Follows { kMeaning, kSurface, kNeither, kUndecided };

std::string_view name_of(Follows follows) {
  switch (follows) {
    case Follows::kMeaning: return "meaning";
    case Follows::kSurface: return "surface";
    case Follows::kNeither: return "neither";
    case Follows::kUndecided: return "undecided";
  }
  return "";
}

class FollowsMeaningClaim : public ClaimKind {
 public:
  std::string_view name() const override { return "follows_meaning"; }
  int link() const override { return 1; }

  Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const override {
    const Hypothesis& hypothesis = context.hypothesis;
    const Domain& domain = hypothesis.domain_of(claim);
    Result<Contrast> contrast = contrast_of(hypothesis.task, domain, hypothesis.program, claim.slot);
    if (!contrast) return fail(contrast.error());
    const Result<circuits::Network*> network = context.network();
    if (!network) return fail(network.error());
    const Result<FoundCircuit> found = circuit_of(context, **network);
    if (!found) return fail(found.error());
    describe(context, claim, *found, *contrast, result);
    const Result<bool> labelled = label(context, claim, *contrast, result);
    if (!labelled) return fail(labelled.error());
    if (!*labelled) return {};
    return Run{context, claim, *contrast, found->circuit, **network}.judge(result);
  }

 private:
  struct Run {
    ClaimContext& context;
    const ClaimSpec& claim;
    const Contrast& contrast;
    const circuits::Circuit& circuit;
    circuits::Network& network;

    const Task& task() const { return context.hypothesis.task; }
    const Prompts& prompts() const { return *context.hypothesis.domain_of(claim).spec().prompts; }

    Status judge(ClaimResult& result) const {
      Score meaning, surface;
      Json rows = Json::array();
      std::vector<Half> halves{meaning_half()};
      for (const NamedPairs& pairs : contrast.turned) halves.push_back({pairs.name, pairs.pairs, pairs.other_length});
      const std::size_t first_of_surface = halves.size();
      for (const NamedPairs& pairs : contrast.surfaces) halves.push_back({pairs.name, pairs.pairs, pairs.other_length});
      double best_random = 0;
      for (std::size_t i = 0; i < halves.size(); ++i) {
        choose(halves[i], i);
        if (halves[i].pairs.empty()) {
          rows.push_back(
              {{"slot", halves[i].slot}, {"pairs", 0}, {"other_length", halves[i].other_length}, {"other_positions", halves[i].other_positions}});
          continue;
        }
        const Result<Movement> moved = run(halves[i]);
        if (!moved) return fail(moved.error());
        rows.push_back(row(halves[i], *moved, claim.seed));
        const bool of_meaning = i < first_of_surface;
        (of_meaning ? meaning : surface).add(moved->carried(0, claim.seed), moved->size(0), moved->size(moved->network()));
        for (std::size_t c = 1; of_meaning && c <= moved->random_circuits(); ++c)
          best_random = std::max(best_random, moved->carried(c, claim.seed).value);
      }
      result.details["slots"] = rows;
      conclude(meaning, surface, best_random, result);
      return {};
    }

    Half meaning_half() const {
      Half half{prompts().form().slots[contrast.slot].name, {}, contrast.other_length};
      for (const ContrastPair& pair : contrast.pairs) half.pairs.emplace_back(pair.first, pair.second);
      return half;
    }

    Tokens sequence(std::size_t prompt) const { return task().sequence(prompts().all()[prompt].tokens); }

    /// Leaves out pairs whose positions lie elsewhere, as far as the circuit tells positions apart, and draws as many as are run.
    void choose(Half& half, std::size_t stream) const {
      if (!circuit.graph.shape.spans.empty())
        half.other_positions =
            std::erase_if(half.pairs, [&](const Pair& pair) { return !same_spans(task(), sequence(pair.first), sequence(pair.second)); });
      const std::size_t most = claim.samples > 0 ? claim.samples : kMostPairs;
      if (half.pairs.size() <= most) return;
      std::mt19937_64 random(claim.seed * 1'000'003 + stream);
      half.not_drawn = half.pairs.size() - most;
      draw(half.pairs, most, random);
    }

    circuits::Example example(const Pair& pair) const {
      const bool first_is_right = contrast.right[pair.first] > 0;
      circuits::Example made;
      made.clean = sequence(pair.first);
      made.corrupted = sequence(pair.second);
      made.positions = {static_cast<std::int32_t>(made.clean.size()) - 1};
      made.correct = {first_is_right ? contrast.first : contrast.second};
      made.incorrect = {first_is_right ? contrast.second : contrast.first};
      return made;
    }

    Result<Movement> run(const Half& half) const {
      ExampleSet set;
      for (const Pair& pair : half.pairs) set.paired.push_back(example(pair));
      const Result<CircuitView> view = view_for(network, circuit.graph.shape.spans, task(), set);
      if (!view) return fail(view.error());
      std::vector<std::vector<bool>> circuits{circuit.kept};
      for (int i = 0; i < claim.random_circuits; ++i)
        circuits.push_back(circuits::select_random(circuit.graph, circuit.size(), claim.seed * 1'000 + static_cast<std::uint64_t>(i)));
      circuits::EvaluationOptions evaluation;
      evaluation.readout = task().output.readout;
      context.session.progress.stage(fmt::format("circuit on pairs that differ in {}", half.slot), 0);
      const auto runs = circuits::run_circuits(*view->network, set.paired, std::move(circuits), evaluation, context.session);
      if (!runs) return fail(runs.error());
      return Movement(*runs);
    }

    void conclude(const Score& meaning, const Score& surface, double best_random, ClaimResult& result) const {
      const Follows follows = judged(meaning, surface);
      result.details["meaning"] = json_of(meaning);
      result.details["surface"] = surface.slots > 0 ? json_of(surface) : Json();
      result.details["follows"] = name_of(follows);
      result.outcome = follows == Follows::kMeaning ? Outcome::kHolds : follows == Follows::kUndecided ? Outcome::kUndecided : Outcome::kFails;
      result.evidence = result.outcome == Outcome::kFails ? EvidenceKind::kWitness : EvidenceKind::kSample;
      const auto text = [](const Score& score) {
        return score.slots == 0 ? std::string("no pair")
                                : fmt::format("moves by {:.2f} ({:.2f} to {:.2f}), the network by {:.2f}, carried {:.2f}", score.size.value,
                                              score.size.low, score.size.high, score.network_size.value, score.carried.value);
      };
      result.summary = fmt::format("follows {}: meaning {}; surface {}", name_of(follows), text(meaning), text(surface));
      if (claim.random_circuits > 0)
        result.summary += fmt::format("; of meaning {} random circuits carry at most {:.2f}", claim.random_circuits, best_random);
      if (result.outcome == Outcome::kFails)
        result.witness = {{"follows", name_of(follows)}, {"meaning", json_of(meaning)}, {"surface", json_of(surface)}};
    }

    static Follows judged(const Score& meaning, const Score& surface) {
      if (meaning.slots == 0) return Follows::kUndecided;
      if (meaning.size.high < kBand && (surface.slots == 0 || surface.size.high < kBand)) return Follows::kNeither;
      if (surface.slots == 0) return meaning.size.low > kBand ? Follows::kMeaning : Follows::kUndecided;
      if (meaning.size.low > surface.size.high && meaning.size.low > kBand) return Follows::kMeaning;
      return meaning.size.high < surface.size.low ? Follows::kSurface : Follows::kUndecided;
    }
  };

  static void describe(const ClaimContext& context, const ClaimSpec& claim, const FoundCircuit& found, const Contrast& contrast,
                       ClaimResult& result) {
    const auto symbol = [&](TokenId token) { return token < 0 ? std::string("(none)") : context.hypothesis.task.words.symbol(token); };
    result.subject = fmt::format("circuit of {} of {} edges, and slot {}", found.circuit.size(), found.circuit.kept.size(), claim.slot);
    result.semantics = "float32-as-run";
    result.details["slot"] = claim.slot;
    result.details["symbols"] = {symbol(contrast.first), symbol(contrast.second)};
    result.details["edges"] = found.circuit.size();
    result.details["ablation"] = "resample";
    result.details["band"] = kBand;
    result.details["same_symbol_right"] = contrast.same_right;
    result.details["seed"] = claim.seed;
    result.assumptions.push_back("the pairs are taken as independent draws, though they share names and wordings");
  }
};

}  // namespace

std::unique_ptr<ClaimKind> follows_meaning() { return std::make_unique<FollowsMeaningClaim>(); }

}  // namespace assay::analysis
