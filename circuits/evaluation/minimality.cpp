#include <algorithm>
#include <cmath>

#include "circuits/evaluation/evaluation.h"
#include "circuits/evaluation/runs.h"

namespace assay::circuits {
namespace {

using Verdict = RemovalEffect::Verdict;

double largest_change(const std::vector<double>& with, const std::vector<double>& without) {
  double largest = 0;
  for (std::size_t i = 0; i < with.size(); ++i) largest = std::max(largest, std::abs(with[i] - without[i]));
  return largest;
}

std::vector<double> difference(const std::vector<double>& left, const std::vector<double>& right) {
  std::vector<double> values;
  for (std::size_t i = 0; i < left.size(); ++i) values.push_back(left[i] - right[i]);
  return values;
}

EffectTest test_of(const CircuitRuns& runs, std::size_t without, const Estimate& effect, double threshold, const Sampling& sampling) {
  if (!effect.defined()) return {};
  if (sampling.everything) return {std::abs(effect.value) > threshold ? 0.0 : 1.0, std::abs(effect.value) < threshold ? 0.0 : 1.0};
  return test_effect(difference(runs.metrics[0], runs.metrics[without]), difference(runs.metrics[runs.full()], runs.metrics[runs.empty()]),
                     threshold);
}

void decide(std::vector<RemovalEffect>& effects) {
  std::vector<double> matters, idle;
  for (const RemovalEffect& each : effects) matters.push_back(each.test.matters), idle.push_back(each.test.idle);
  const std::vector<bool> mattering = holm(matters, kFamilyError), idling = holm(idle, kFamilyError);
  for (std::size_t i = 0; i < effects.size(); ++i)
    effects[i].verdict = mattering[i] ? Verdict::kMatters : idling[i] ? Verdict::kIdle : Verdict::kOpen;
}

/// Where scores are there, by |score|; edges without one come last.
std::vector<std::uint32_t> weakest_of(const Circuit& circuit, std::vector<std::uint32_t> edges, std::size_t count) {
  std::erase_if(edges, [&](std::uint32_t edge) { return circuit.scores.empty() || std::isnan(circuit.scores[edge]); });
  std::stable_sort(edges.begin(), edges.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return std::abs(circuit.scores[a]) < std::abs(circuit.scores[b]); });
  edges.resize(std::min(count, edges.size()));
  std::sort(edges.begin(), edges.end());
  return edges;
}

}  // namespace

std::vector<std::uint32_t> kept_edges(const std::vector<bool>& kept) {
  std::vector<std::uint32_t> edges;
  for (std::uint32_t edge = 0; edge < kept.size(); ++edge)
    if (kept[edge]) edges.push_back(edge);
  return edges;
}

EdgeSample sample_edges(const Circuit& circuit, std::size_t count, std::uint64_t seed) {
  std::vector<std::uint32_t> edges = kept_edges(circuit.kept);
  EdgeSample sample{weakest_of(circuit, edges, count), {}};
  std::erase_if(edges, [&](std::uint32_t edge) { return std::binary_search(sample.weakest.begin(), sample.weakest.end(), edge); });
  sample.drawn = drawn_from(std::move(edges), count, seed);
  return sample;
}

Result<Minimality> minimality(Network& network, std::span<const Example> examples, const std::vector<bool>& kept, const Removals& removals,
                              double threshold, const EvaluationOptions& options, const Sampling& sampling, Session& session) {
  std::vector<std::vector<bool>> circuits{kept};
  for (const std::uint32_t edge : removals.edges) {
    circuits.push_back(kept);
    circuits.back()[edge] = false;
  }
  for (const std::uint32_t node : removals.nodes) circuits.push_back(without(network.graph(), kept, std::span(&node, 1)));
  const auto runs = run_circuits(network, examples, std::move(circuits), options, session);
  if (!runs) return fail(runs.error());
  const auto effect = [](const Totals& t, std::size_t i) { return t.normalised(0) - t.normalised(i + 1); };
  const std::vector<Estimate> estimated = estimates(runs->metrics, sampling, removals.edges.size() + removals.nodes.size(), effect);
  Minimality found;
  std::size_t next = 0;
  const auto take = [&](const std::vector<std::uint32_t>& indices, std::vector<RemovalEffect>& effects) {
    for (const std::uint32_t index : indices) {
      const std::size_t run = ++next;
      effects.push_back({index, estimated[run - 1], largest_change(runs->metrics[0], runs->metrics[run]), runs->share_kept(run),
                         test_of(*runs, run, estimated[run - 1], threshold, sampling)});
    }
    decide(effects);
  };
  take(removals.edges, found.edges);
  take(removals.nodes, found.nodes);
  return found;
}

}  // namespace assay::circuits
