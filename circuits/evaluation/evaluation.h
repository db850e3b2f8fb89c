// How well a circuit explains its network: one file per question, all on plain numbers from Network::evaluate.
//
//   faithfulness  f(C) = (m(C) - m(empty)) / (m(M) - m(empty)), and the share of examples whose answer stays          faithfulness.cpp
//   completeness  |m(C without K) - m(M without K)| / |m(M) - m(empty)| for every node and seeded node sets K of C    completeness.cpp
//   minimality    (m(C) - m(C without e)) / (m(M) - m(empty)) for every kept edge e                                   minimality.cpp
//   overlap       precision, recall and Jaccard index of edges against a reference circuit                            overlap.cpp
//   ROC           every distinct score as threshold against a reference circuit                                       roc.cpp
//
// m is the sum of the metric over the examples, M the full network, `empty` the circuit without edges under the same ablation.
// Sources: Wang et al. 2022 (IOI); Mueller et al. 2025 (MIB); AutoCircuit for the ROC. Test: tests/circuits/evaluation_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "circuits/engine.h"

namespace assay::circuits {

struct Faithfulness {
  double circuit = 0, full = 0, empty = 0;  ///< m
  std::optional<double> normalised;         ///< absent where the full network is no better than the empty circuit's equal
  double same_answer = 0;                   ///< share of examples
};
Result<Faithfulness> faithfulness(Network& network, std::span<const Example> examples, const std::vector<bool>& kept, const EvaluationOptions& options, Session& session);

struct NodeSetGap {
  std::vector<std::uint32_t> nodes;  ///< K, indices into CircuitGraph::nodes
  double gap = 0;                    ///< normalised as above
};
struct CompletenessOptions {
  int subsets = 10;                  ///< seeded sets K besides the single nodes; each node of the circuit is in one with probability 1/2
  std::uint64_t seed = 1;
};
/// Single nodes in the graph's order, then the subsets. An error where m(M) equals m(empty).
Result<std::vector<NodeSetGap>> completeness(Network& network, std::span<const Example> examples, const std::vector<bool>& kept, const EvaluationOptions& options,
                                             const CompletenessOptions& sets, Session& session);

struct EdgeEffect {
  std::uint32_t edge = 0;
  double effect = 0;                 ///< normalised as above; near 0: superfluous
};
/// Kept edges by index.
Result<std::vector<EdgeEffect>> minimality(Network& network, std::span<const Example> examples, const std::vector<bool>& kept, const EvaluationOptions& options,
                                           Session& session);

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
  std::vector<RocPoint> points;      ///< from (0, 0) to (1, 1); edges of one score move together
  double area = 0;                   ///< trapezoids
};
/// Edges without a score come last. Error when the reference keeps all edges or none.
Result<Roc> roc(const std::vector<double>& scores, const std::vector<bool>& reference, bool absolute);

/// Nodes other than input and logits that a kept edge touches, in order.
std::vector<std::uint32_t> inner_nodes_of(const CircuitGraph& graph, const std::vector<bool>& kept);
/// `kept` without the edges at any of `nodes`.
std::vector<bool> without(const CircuitGraph& graph, std::vector<bool> kept, std::span<const std::uint32_t> nodes);

}  // namespace assay::circuits
