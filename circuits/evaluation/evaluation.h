// How well a circuit explains its network: one file per question, all on plain numbers from Network::evaluate.
//
//   faithfulness  f(C) = (m(C) - m(empty)) / (m(M) - m(empty)), the share of examples whose answer stays, and how many
//                 random circuits of the same size come as near to 1                                                   faithfulness.cpp
//   completeness  |m(C without K) - m(M without K)| / |m(M) - m(empty)| for every node and seeded node sets K of C     completeness.cpp
//   minimality    (m(C) - m(C without e)) / (m(M) - m(empty)) for kept edges e, and for nodes with all their edges      minimality.cpp
//   elimination   C without the edges whose removal changes next to nothing, one after another                         elimination.cpp
//   CPR and CMD   integrals of f and of |1 - f| over circuits of growing size                                          curve.cpp
//   overlap       precision, recall and Jaccard index of edges against a reference circuit                             overlap.cpp
//   ROC           every distinct score as threshold against a reference circuit                                        roc.cpp
//
// m is the sum of the metric over the examples, M the full network, `empty` the circuit without edges under the same ablation.
// Numbers that depend on the examples come with their intervals (estimate.h); where m(M) equals m(empty) they are not finite.
// Sources: Wang et al. 2022 (IOI); Shi et al. 2024 (random circuits); Mueller et al. 2025 (MIB); AutoCircuit for the ROC.
// Test: tests/circuits/evaluation_test.cpp
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "circuits/engine.h"
#include "circuits/evaluation/estimate.h"
#include "circuits/evaluation/paired_test.h"

namespace assay::circuits {

/// Beside the circuit: random circuits that keep as many edges (select_random).
struct RandomControl {
  std::size_t circuits = 0;
  std::size_t as_good = 0;  ///< of them, with f at least as near to 1 as the circuit's
  double nearest = 0;       ///< the f nearest to 1 among them; 0 without any
};

/// Of the mean metric: where full network and empty circuit lie nearer, the contrast hardly moves it and there is nothing to be faithful to.
inline constexpr double kSmallestContrast = 0.3;

struct Faithfulness {
  Estimate normalised;                      ///< f
  double circuit = 0, full = 0, empty = 0;  ///< mean metric per example
  Estimate same_answer;                     ///< share of examples
  double empty_same_answer = 0;
  RandomControl control;
  /// Is the contrast of an input and its partner too small? Only logit differences under resample have one: against the best other answer there is
  /// none, and sets have no logit difference.
  bool insensitive(const EvaluationOptions& options) const {
    return options.ablation == Ablation::kResample && options.metric == MetricKind::kLogitDifference &&
           options.readout.kind == Readout::Kind::kArgmax && std::abs(full - empty) < kSmallestContrast;
  }
};
/// Runs 3 + `controls` circuits.
Result<Faithfulness> faithfulness(Network& network, std::span<const Example> examples, const std::vector<bool>& kept,
                                  const EvaluationOptions& options, const Sampling& sampling, int controls, Session& session);

/// Of several circuits, without intervals and random ones.
struct Carried {
  double normalised = 0;   ///< f
  double same_answer = 0;  ///< share of examples
};
/// Runs 2 + circuits circuits, in step.
Result<std::vector<Carried>> carried_by(Network& network, std::span<const Example> examples, std::vector<std::vector<bool>> circuits,
                                        const EvaluationOptions& options, Session& session);

struct NodeSetGap {
  std::vector<std::uint32_t> nodes;                         ///< K, indices into CircuitGraph::nodes
  double circuit = 0, network = 0;                          ///< normalised metric without K
  Estimate gap;                                             ///< |circuit - network|
  double circuit_same_answer = 0, network_same_answer = 0;  ///< share of examples that still answer as the full network with all nodes
};
struct CompletenessOptions {
  int subsets = 10;  ///< seeded sets K besides the single nodes: each node of the circuit is in one with probability 1/2, at least two are
  std::uint64_t seed = 1;
  std::size_t nodes = 0;  ///< of more single nodes than this so many are drawn; 0: all
};
/// Single nodes in the graph's order, then the subsets, none twice. Runs 2 + 2 sets circuits.
Result<std::vector<NodeSetGap>> completeness(Network& network, std::span<const Example> examples, const std::vector<bool>& kept,
                                             const EvaluationOptions& options, const CompletenessOptions& sets, const Sampling& sampling,
                                             Session& session);

/// Circuits with more kept edges are judged by some of their edges and nodes, so many of each kind, unless somebody asks for more.
inline constexpr std::size_t kLargeCircuit = 256, kOfLargeCircuit = 64;

/// What is removed from a circuit, one at a time.
struct Removals {
  std::vector<std::uint32_t> edges;  ///< kept edges
  std::vector<std::uint32_t> nodes;  ///< with all their edges
};
std::vector<std::uint32_t> kept_edges(const std::vector<bool>& kept);

/// Edges of a large circuit to judge it by.
struct EdgeSample {
  std::vector<std::uint32_t> weakest;  ///< the kept edges of least |score|, ties by index; none where edges have no scores
  std::vector<std::uint32_t> drawn;    ///< seeded, from the others
};
/// `count` of each, as far as there are so many; by index.
EdgeSample sample_edges(const Circuit& circuit, std::size_t count, std::uint64_t seed);

struct RemovalEffect {
  std::uint32_t index = 0;            ///< of the edge or node
  Estimate effect;                    ///< negative: the circuit does better without it
  double largest_on_one_example = 0;  ///< |change| of the metric, in its own unit: an edge may matter on few inputs
  double same_answer = 0;             ///< share of examples, without it
  EffectTest test;                    ///< exact where every input was run: 0 or 1
  enum class Verdict { kOpen, kMatters, kIdle } verdict = Verdict::kOpen;
};
/// Of samples the verdicts are those of a paired t test with Holm's correction (paired_test.h): edges and nodes apart, and "matters" and "idle"
/// apart, each such family at .05.
struct Minimality {
  std::vector<RemovalEffect> edges, nodes;  ///< in the order of Removals
};
inline constexpr double kFamilyError = 0.05;
/// Runs 3 + removals circuits.
Result<Minimality> minimality(Network& network, std::span<const Example> examples, const std::vector<bool>& kept, const Removals& removals,
                              double threshold, const EvaluationOptions& options, const Sampling& sampling, Session& session);

struct Elimination {
  std::vector<bool> kept;
  std::size_t removed = 0;
  std::size_t passes = 0;       ///< over the kept edges, the last of which removed nothing
  std::size_t evaluations = 0;  ///< circuits run
};
/// Greedy backward elimination: in each pass every kept edge is removed once (minimality); those whose removal changes the normalised metric by
/// less than `threshold` are then removed for good one after another, least effect first, each judged again on top of those removed before.
/// Passes repeat until nothing goes, so that on these examples every edge left has an effect of `threshold` or more, and f moved by less than
/// `removed` times that. Error where m(M) equals m(empty).
Result<Elimination> eliminate(Network& network, std::span<const Example> examples, const std::vector<bool>& kept, double threshold,
                              const EvaluationOptions& options, Session& session);

/// f of the circuits that keep the best edges, at the ten sizes of MIB. `by_score` takes the largest scores, `by_size` the largest |scores|.
struct FaithfulnessCurve {
  static constexpr std::array<double, 10> kFractions{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1};  ///< of the scored edges
  std::array<std::size_t, 10> edges{};                                                                 ///< asked for; connection may leave fewer
  std::array<double, 10> by_score{}, by_size{};
  Estimate cpr;  ///< trapezoid integral of by_score over the fraction, from .001 to 1: .999 for f = 1 throughout, more is possible
  Estimate cmd;  ///< trapezoid integral of |1 - by_size|: 0 is best
};
/// Runs 22 circuits. Error when no edge has a score.
Result<FaithfulnessCurve> faithfulness_curve(Network& network, std::span<const Example> examples, const std::vector<double>& scores,
                                             const EvaluationOptions& options, const Sampling& sampling, Session& session);

struct Overlap {
  std::size_t both = 0, only_circuit = 0, only_reference = 0;
  /// Empty against empty is 1.
  double precision() const, recall() const, jaccard() const;
};
/// Error when the circuits belong to different graphs.
Result<Overlap> overlap(const std::vector<bool>& circuit, const std::vector<bool>& reference);

struct RocPoint {
  double false_positive_rate = 0, true_positive_rate = 0;
};
struct Roc {
  std::vector<RocPoint> points;  ///< from (0, 0) to (1, 1); edges of one score move together
  double area = 0;               ///< trapezoids
};
/// Edges without a score come last. Error when the reference keeps all edges or none.
Result<Roc> roc(const std::vector<double>& scores, const std::vector<bool>& reference, bool absolute);

/// Nodes other than input and logits that a kept edge touches, in order.
std::vector<std::uint32_t> inner_nodes_of(const CircuitGraph& graph, const std::vector<bool>& kept);
/// `count` of them, drawn by the seed, in order; all where there are not more.
std::vector<std::uint32_t> drawn_from(std::vector<std::uint32_t> all, std::size_t count, std::uint64_t seed);
/// `kept` without the edges at any of `nodes`.
std::vector<bool> without(const CircuitGraph& graph, std::vector<bool> kept, std::span<const std::uint32_t> nodes);

}  // namespace assay::circuits
