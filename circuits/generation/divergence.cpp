#include "circuits/generation/divergence.h"

#include <algorithm>
#include <array>

#include "circuits/compared_rows.h"
#include "circuits/generation/decoder.h"
#include "circuits/generation/generate.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

/// The logits of every position of one text, a block of rows at a time, with and without the heads changed.
class TwoReadings {
 public:
  TwoReadings(const PathWeights<float>& weights, const PackedMatrix<float>& readout, Team& team, const Intervention& intervention)
      : intervention_(intervention),
        decoders_{Decoder(weights, readout, team), Decoder(weights, readout, team)},
        stores_{KeyValueStore(weights.config.layers, weights.keys_width()), KeyValueStore(weights.config.layers, weights.keys_width())} {}

  void read(const Tokens& text, Divergence& divergence) {
    for (std::size_t begin = 0; begin < text.size(); begin += Decoder::kMostRows) {
      const std::size_t end = std::min(text.size(), begin + Decoder::kMostRows);
      for (const bool changed : {false, true}) {
        std::vector<DecoderRow> rows;
        stores_[changed].grow_to(static_cast<int>(end));
        for (std::size_t i = begin; i < end; ++i)
          rows.push_back({&stores_[changed], static_cast<int>(i), text[i], true, changed ? &intervention_.heads : nullptr});
        decoders_[changed].step(rows);
      }
      for (std::size_t i = 0; i < end - begin; ++i) compare(decoders_[0].logits(i), decoders_[1].logits(i), divergence);
    }
  }

 private:
  void compare(std::span<const float> own, std::span<float> changed, Divergence& divergence) {
    add_biases(intervention_, changed);
    rows_.add(own, changed, divergence);
  }

  const Intervention& intervention_;
  std::array<Decoder, 2> decoders_;      // without and with the heads changed
  std::array<KeyValueStore, 2> stores_;  // as above
  ComparedRows rows_;
};

}  // namespace

Result<Divergence> divergence_of(const PathWeights<float>& weights, const PackedMatrix<float>& readout, std::span<const Tokens> texts,
                                 const Intervention& intervention, Session& session) {
  if (Status checked = check_intervention(intervention, weights.config); !checked) return fail(checked.error());
  if (!intervention.patches.empty() || !intervention.taken.empty())
    return unsupported("the divergence of patches on texts: there is no other run of a text to patch from", "compare scales or biases");
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (Status checked = check_tokens(texts[i], fmt::format("text {}", i), weights.config); !checked) return fail(checked.error());
  Divergence divergence;
  Team team(session.threads);
  for (const Tokens& text : texts) {
    if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again", {}});
    TwoReadings(weights, readout, team, intervention).read(text, divergence);
  }
  if (divergence.positions > 0) divergence.mean_kl /= static_cast<double>(divergence.positions);
  return divergence;
}

}  // namespace assay::circuits
