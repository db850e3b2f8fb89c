// What a network answers on every scored prefix of a domain: computed once, cached by model and domain, shared by all hypotheses.
//
// Idea. The engine walks the tree; per prefix length the answers are kept in walk order as one- or two-byte codes, so that 16.8 million
// inputs take 17 MB. The tree is cut below its first few symbols, and it is recorded at which answer each of these subtrees begins: so
// for_each_scored() can walk the same tree again without the network, every subtree on a thread of its own.
// Answers whose margin is below threshold = max(1e-3, 10 x float difference) are computed again in float64 at once.
// Cost: the enumeration once; afterwards about 40 ns per prefix. Test: tests/analysis/network_outputs_test.cpp
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analysis/tasks/task.h"
#include "base/cache.h"
#include "base/session.h"
#include "circuits/engine.h"

namespace assay::analysis {

/// A scored prefix whose answer hangs on rounding.
struct LowMargin {
  Tokens prefix;
  float margin = 0;
  bool same_in_float64 = false;
};

struct NetworkOutputs {
  using Level = std::vector<std::uint16_t>;  ///< all scored prefixes of one length, in walk order: index into answers
  struct Subtree {
    Tokens root;
    std::vector<std::uint64_t> first;  ///< per level: ordinal of the first scored prefix at or below the root
    std::vector<std::uint64_t> order;  ///< per level: hash of these prefixes, so that a walk that differs is noticed
  };
  std::vector<circuits::Answer> answers;  ///< distinct answers; a tie is an entry of its own with margin 0, others have margin 1
  std::vector<Level> levels;              ///< by prefix length
  std::vector<Subtree> subtrees;          ///< in walk order; the first has no root and is what lies above all others
  std::vector<LowMargin> low;             ///< margin below threshold; at most kMostLow are kept
  std::uint64_t low_count = 0, changed_in_float64 = 0;
  float smallest_margin = 0;
  Tokens smallest_margin_at;
  double float_difference = 0, threshold = 0;
  std::uint64_t scored = 0;
  double seconds = 0;
  bool from_cache = false;

  static constexpr std::size_t kMostLow = 20'000;
};

/// Largest number of scored prefixes that is enumerated; DESIGN section 9.
inline constexpr double kMostInputs = 2e8;

Result<NetworkOutputs> compute_outputs(circuits::Network& network, const Task& task, const Domain& domain, Cache& cache, Session& session);

/// Up to 16,384 scored prefixes of one length with the network's answers, in walk order.
struct OutputBlock {
  std::size_t length = 0, count = 0;
  std::uint64_t sequence = 0;  ///< number of the block in the walk: the same on any thread count
  std::uint64_t first = 0;     ///< ordinal of the first within its length
  Tokens prefixes;             ///< row-major [count, length]
  std::vector<std::uint16_t> codes;
  std::span<const TokenId> prefix(std::size_t i) const { return {prefixes.data() + i * length, length}; }
};

/// Calls `visit` for every block, on session.threads threads at once, in any order; what a block holds and its `sequence` are fixed. `visit`
/// returns false to stop. Error: the tree does not match the outputs.
Status for_each_scored(const Domain& domain, const NetworkOutputs& outputs, const std::function<bool(const OutputBlock&)>& visit, Session& session);

}  // namespace assay::analysis
