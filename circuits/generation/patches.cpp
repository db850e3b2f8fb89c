#include "circuits/generation/patches.h"

#include <algorithm>
#include <memory>

namespace assay::circuits {
namespace {

/// Values of all patches in one run: [patch][d_head].
std::vector<std::vector<float>> values_in(const PatchedPrompt::Run& run, Decoder& decoder, const PathWeights<float>& weights,
                                          const std::vector<Intervention::Patch>& patches) {
  std::vector<std::vector<float>> values(patches.size(), std::vector<float>(static_cast<std::size_t>(weights.config.d_head)));
  std::map<int, std::vector<HeadReading>> readings;
  for (std::size_t p = 0; p < patches.size(); ++p)
    readings[run.positions[p]].push_back({patches[p].part, patches[p].layer, patches[p].head, values[p].data()});
  const int length = readings.rbegin()->first + 1;
  KeyValueStore store(weights.config.layers, weights.keys_width());
  store.grow_to(length);
  std::vector<DecoderRow> rows;
  for (int i = 0; i < length; ++i) {
    const auto here = readings.find(i);
    rows.push_back({.store = &store,
                    .position = i,
                    .token = run.tokens[static_cast<std::size_t>(i)],
                    .readings = here == readings.end() ? nullptr : &here->second});
    if (rows.size() < Decoder::kMostRows && i + 1 < length) continue;
    decoder.step(rows);
    rows.clear();
  }
  return values;
}

}  // namespace

PatchedRows::PatchedRows(Decoder& decoder, const PathWeights<float>& weights, const Intervention& intervention, const PatchedPrompt& patched) {
  const std::vector<Intervention::Patch>& patches = intervention.patches;
  std::vector<std::vector<double>> sums(patches.size(), std::vector<double>(static_cast<std::size_t>(weights.config.d_head)));
  for (const PatchedPrompt::Run& run : patched.runs) {
    const std::vector<std::vector<float>> values = values_in(run, decoder, weights, patches);
    for (std::size_t p = 0; p < patches.size(); ++p)
      for (std::size_t i = 0; i < values[p].size(); ++i) sums[p][i] += static_cast<double>(values[p][i]);
  }
  for (std::size_t p = 0; p < patches.size(); ++p) {
    const Intervention::Patch& patch = patches[p];
    Intervention::Head head{.layer = patch.layer, .head = patch.head, .scale = 1 - patch.share, .part = patch.part};
    for (const double sum : sums[p]) head.added.push_back(patch.share * static_cast<float>(sum / static_cast<double>(patched.runs.size())));
    rows_[patched.positions[p]].push_back(std::move(head));
  }
}

const std::vector<Intervention::Head>* PatchedRows::at(int position) const {
  const auto found = rows_.find(position);
  return found == rows_.end() ? nullptr : &found->second;
}

}  // namespace assay::circuits
