#include "circuits/discovery/span_scores.h"

#include <algorithm>
#include <numeric>

#include "circuits/model/shards.h"

namespace assay::circuits {
namespace {

constexpr std::size_t kNothing = 0, kFirst = 1, kWhole = 2;
constexpr std::uint64_t kMostFloats = 8u << 20;  ///< of what the circuits of a group write besides their state: 32 MiB
constexpr std::size_t kMostTogether = 32;

std::size_t different_edges(const std::vector<bool>& left, const std::vector<bool>& right) {
  std::size_t count = 0;
  for (std::size_t edge = 0; edge < left.size(); ++edge) count += left[edge] != right[edge];
  return count;
}

}  // namespace

SpanScores::SpanScores(const GraphIndex& index, std::span<const std::vector<bool>> circuits, int threads)
    : index_(index), entries_(circuits.size()), bases_(3) {
  choose_bases(circuits);
  bases_[kNothing].circuit.emplace(index, std::vector<bool>(index.edges(), false));
  bases_[kFirst].circuit.emplace(index, circuits[0]);
  bases_[kWhole].circuit.emplace(index, std::vector<bool>(index.edges(), true));
  for (Entry& base : bases_) base.change.emplace(index, *bases_[kNothing].circuit, *base.circuit);
  for_each_shard(circuits.size(), threads, [&](std::size_t i) {
    entries_[i].circuit.emplace(index, circuits[i]);
    entries_[i].change.emplace(index, *bases_[entries_[i].base].circuit, *entries_[i].circuit);
  });
}

void SpanScores::choose_bases(std::span<const std::vector<bool>> circuits) {
  std::size_t near_first = 0;
  const auto choose = [&](std::size_t i, bool first_is_a_base) {
    const auto kept = static_cast<std::size_t>(std::count(circuits[i].begin(), circuits[i].end(), true));
    const std::size_t lacks = circuits[i].size() - kept;
    entries_[i].base = lacks < kept ? kWhole : kNothing;
    if (first_is_a_base && different_edges(circuits[i], circuits[0]) < std::min(kept, lacks)) entries_[i].base = kFirst;
    near_first += entries_[i].base == kFirst;
  };
  for (std::size_t i = 0; i < circuits.size(); ++i) choose(i, true);
  if (near_first > 1) return;
  for (std::size_t i = 0; i < circuits.size(); ++i) choose(i, false);
}

std::uint64_t SpanScores::floats_of(const Entry& entry, const ExampleBatch& batch, int width) const {
  std::int64_t tokens = 2 * batch.length();
  for (int source = 0; source < index_.sources(); ++source)
    for (int span = 0; span < index_.spans(); ++span)
      if (entry.change->at(source, span) == SpanChange::Node::kComputed) tokens += batch.stretch(span).size();
  return static_cast<std::uint64_t>(tokens) * static_cast<std::uint64_t>(width);
}

std::vector<SpanScores::Group> SpanScores::groups(const ExampleBatch& batch, int width) const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (!whole(i)) order.push_back(i);
  const auto key = [&](std::size_t i) { return std::pair(entries_[i].base, entries_[i].change->first_layer()); };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  std::vector<Group> all;
  std::uint64_t floats = 0;
  for (const std::size_t i : order) {
    const std::uint64_t own = floats_of(entries_[i], batch, width);
    if (all.empty() || all.back().base != entries_[i].base || all.back().circuits.size() == kMostTogether || floats + own > kMostFloats) {
      all.push_back({entries_[i].base, {}});
      floats = 0;
    }
    all.back().circuits.push_back(i);
    floats += own;
  }
  return all;
}

void SpanScores::run(const Transformer& network, const Activations& ablated, const ExampleBatch& batch, const at::Tensor& columns,
                     const Session& session, const Take& take) const {
  const SpanRun run(network, index_, ablated, batch);
  const std::vector<Group> all = groups(batch, network.config().d_model);
  std::vector<SpanState> states(bases_.size());
  for_each_shard(bases_.size(), session.threads, [&](std::size_t base) {
    const bool used = std::any_of(all.begin(), all.end(), [&](const Group& group) { return group.base == base; });
    if (used) states[base] = base == kNothing ? run.nothing() : run.state({&*bases_[base].circuit, &*bases_[base].change});
  });
  for_each_shard(all.size(), session.threads, [&](std::size_t g) {
    if (session.cancelled()) return;
    std::vector<SpanTask> tasks;
    for (const std::size_t i : all[g].circuits) tasks.push_back({&*entries_[i].circuit, &*entries_[i].change});
    take(all[g].circuits, run.logits(states[all[g].base], tasks, columns));
  });
}

}  // namespace assay::circuits
