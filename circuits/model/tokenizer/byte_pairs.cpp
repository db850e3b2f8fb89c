#include "circuits/model/tokenizer/byte_pairs.h"

#include <queue>
#include <tuple>

namespace assay::circuits {
namespace {

constexpr std::uint32_t kNone = ~0u;

/// A pair as it was when it was queued; it is stale once either symbol has changed.
struct Candidate {
  std::uint32_t rank, left, right;
  TokenId left_symbol, right_symbol, merged;
  bool operator>(const Candidate& other) const { return std::tie(rank, left) > std::tie(other.rank, other.left); }
};

}  // namespace

bool BytePairs::add(TokenId left, TokenId right, std::uint32_t rank, TokenId merged) {
  return merges_.try_emplace(key(left, right), Merge{rank, merged}).second;
}

const BytePairs::Merge* BytePairs::find(TokenId left, TokenId right) const {
  const auto found = merges_.find(key(left, right));
  return found == merges_.end() ? nullptr : &found->second;
}

void BytePairs::merge(Tokens& symbols) const {
  const auto count = static_cast<std::uint32_t>(symbols.size());
  std::vector<std::uint32_t> before(count), after(count);
  std::vector<bool> gone(count);
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](std::uint32_t left, std::uint32_t right) {
    if (left == kNone || right == kNone) return;
    if (const Merge* found = find(symbols[left], symbols[right]))
      queue.push({found->rank, left, right, symbols[left], symbols[right], found->merged});
  };
  for (std::uint32_t i = 0; i < count; ++i) before[i] = i == 0 ? kNone : i - 1, after[i] = i + 1 == count ? kNone : i + 1;
  for (std::uint32_t i = 0; i + 1 < count; ++i) consider(i, i + 1);
  while (!queue.empty()) {
    const Candidate pair = queue.top();
    queue.pop();
    const bool stale = gone[pair.left] || gone[pair.right] || symbols[pair.left] != pair.left_symbol || symbols[pair.right] != pair.right_symbol;
    if (stale) continue;
    symbols[pair.left] = pair.merged;
    gone[pair.right] = true;
    after[pair.left] = after[pair.right];
    if (after[pair.left] != kNone) before[after[pair.left]] = pair.left;
    consider(before[pair.left], pair.left);
    consider(pair.left, after[pair.left]);
  }
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i)
    if (!gone[i]) symbols[kept++] = symbols[i];
  symbols.resize(kept);
}

}  // namespace assay::circuits
