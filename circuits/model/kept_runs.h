// Forward passes kept: what a run leaves behind at every layer and position, for runs that begin in its middle and for its sites.
//
//   KeptRuns kept;                                                          // of one transformer
//   auto runs = *kept.of(transformer, prompts, session);                    // computed now, or by an earlier call
//   transformer.blocks(rest, layer, &patcher, -1, past_of(runs, 90));       // positions from 90 on
//
// An intervention at position p changes nothing before p, so a patched run computes positions from p on and attends to kept keys and values:
// for a prompt of 100 tokens swapped at its last one a hundredth of the work. Cost: layers x (d_model + 2 G d_head) values per token
// (SmolLM2-135M: 118 kB); the runs used longest ago are dropped beyond two gibibytes. Test: tests/circuits/interchange_test.cpp
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/session.h"
#include "circuits/model/sites.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

struct KeptRun {
  at::Tensor residual;      ///< [layers + 1, T, d_model]: before each layer, and behind the last
  at::Tensor keys, values;  ///< [layers, G, T, d_head], keys as rotated
};
using KeptRunRef = std::shared_ptr<const KeptRun>;

class KeptRuns {
 public:
  explicit KeptRuns(std::size_t most_bytes = std::size_t{2} << 30) : most_bytes_(most_bytes) {}
  /// Whether this many tokens can be kept at once.
  bool has_room_for(const Transformer& transformer, std::size_t tokens) const;
  /// One run per sequence. Always the same transformer; sequences as check_sequence() wants them. Error: interrupted.
  Result<std::vector<KeptRunRef>> of(const Transformer& transformer, std::span<const Tokens> sequences, Session& session);

 private:
  struct Entry {
    KeptRunRef run;
    std::uint64_t used = 0;
  };
  void drop_oldest(const Transformer& transformer);

  const std::size_t most_bytes_;
  std::mutex mutex_;
  std::map<Tokens, Entry> entries_;
  std::size_t tokens_ = 0;
  std::uint64_t clock_ = 0;
};

/// One tensor per run, on top of each other.
template <class Part>
at::Tensor stacked(std::span<const KeptRunRef> runs, const Part& part) {
  std::vector<at::Tensor> parts;
  for (const KeptRunRef& run : runs) parts.push_back(part(*run));
  return at::stack(parts);
}

/// What a batch of these runs attends to from position `length` on.
PastOfLayer past_of(std::vector<KeptRunRef> runs, std::int64_t length);

/// Values of a site, one row per run at its own position: [runs, width]. No attention patterns.
at::Tensor read_site(const Transformer& transformer, std::span<const KeptRunRef> runs, std::span<const std::int32_t> positions, const SiteRef& site);

}  // namespace assay::circuits
