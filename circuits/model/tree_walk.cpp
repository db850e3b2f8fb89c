#include "circuits/model/tree_walk.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "circuits/model/path_blocks.h"
#include "circuits/model/shards.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

/// Chunks whose keys and values stay in the last-level cache, but large enough that threads have work.
int default_batch(const ModelConfig& config) {
  const std::int64_t bytes = std::int64_t{config.layers} * 2 * config.kv_heads * config.d_head * 4;
  return static_cast<int>(std::clamp<std::int64_t>((std::int64_t{8} << 20) / bytes, 768, 24576));
}

template <class Real>
class Walk {
 public:
  Walk(const PathWeights<Real>& weights, ReadoutPlan plan, const TokenTree& tree, const EnumerationOptions& options,
       const std::function<bool(const ScoredBatch&)>& visit, Session& session)
      : tree_(tree),
        options_(options),
        visit_(visit),
        session_(session),
        vocabulary_(weights.config.vocabulary),
        start_(tree.start()),
        depth_(tree.depth()),
        blocks_(weights, std::move(plan), static_cast<int>(start_.size()) + tree.depth()),
        prefixes_(static_cast<std::size_t>(tree.depth()) + 1) {
    batch_ = static_cast<std::size_t>(options.batch > 0 ? options.batch : default_batch(weights.config));
    deadline_ = options.wall_seconds > 0 ? begin_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.wall_seconds))
                                         : Clock::time_point::max();
  }

  Result<EnumerationSummary> run() {
    walk_start();
    if (error_) return fail(*error_);
    summary_.complete = !stopped_;
    summary_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    return summary_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  PathLevel<Real>& level_at(int depth) { return blocks_.level(static_cast<int>(start_.size()) + depth - 1); }
  std::span<const TokenId> prefix_of(int depth, std::size_t row) const {
    return std::span(prefixes_[static_cast<std::size_t>(depth)]).subspan(row * static_cast<std::size_t>(depth), static_cast<std::size_t>(depth));
  }

  void walk_start() {
    for (std::size_t p = 0; p < start_.size(); ++p) {
      PathLevel<Real>& level = blocks_.level(static_cast<int>(p));
      level.tokens = {start_[p]};
      level.parents = {0};
      level.scored = {static_cast<std::uint8_t>(p + 1 == start_.size() && tree_.scored({}) ? 1 : 0)};
      if (!in_vocabulary(start_[p])) return;
      compute(static_cast<int>(p));
    }
    if (!start_.empty()) visit_level(0);
    if (start_.empty()) {
      expand_root();
    } else {
      expand(0);
    }
  }

  bool in_vocabulary(TokenId token) {
    if (token >= 0 && token < vocabulary_) return true;
    error_ = Error{ErrorKind::kInput,
                   fmt::format("the tree holds token {}, the network has tokens 0 to {}", token, vocabulary_ - 1),
                   "correct the task's vocabulary",
                   {}};
    return false;
  }

  void compute(int position) {
    blocks_.compute(position, session_.threads);
    summary_.prefixes += blocks_.level(position).rows();
  }

  bool may_go_on() {
    if (error_ || stopped_) return false;
    stopped_ = session_.cancelled() || Clock::now() > deadline_;
    return !stopped_;
  }

  void walk(int depth) {
    if (!may_go_on()) return;
    find_scored(depth);
    compute(static_cast<int>(start_.size()) + depth - 1);
    visit_level(depth);
    if (depth < depth_ && !stopped_) expand(depth);
  }

  void find_scored(int depth) {
    PathLevel<Real>& level = level_at(depth);
    level.scored.resize(level.rows());
    share_rows(level.rows(), [&](std::size_t, std::size_t row) { level.scored[row] = tree_.scored(prefix_of(depth, row)) ? 1 : 0; });
  }

  /// Rows in as many runs as there are threads: a tree may ask a program at every prefix.
  void share_rows(std::size_t rows, const std::function<void(std::size_t run, std::size_t row)>& work) const {
    const std::size_t runs = runs_of(rows);
    for_each_shard(runs, session_.threads, [&](std::size_t run) {
      for (std::size_t row = rows * run / runs; row < rows * (run + 1) / runs; ++row) work(run, row);
    });
  }
  std::size_t runs_of(std::size_t rows) const {
    constexpr std::size_t kWorthAThread = 512;
    return std::clamp<std::size_t>(rows / kWorthAThread, 1, static_cast<std::size_t>(std::max(1, session_.threads)));
  }

  void visit_level(int depth) {
    const PathLevel<Real>& level = level_at(depth);
    const std::size_t count = static_cast<std::size_t>(std::count(level.scored.begin(), level.scored.end(), std::uint8_t{1}));
    if (count == 0) return;
    summary_.scored += count;
    ScoredBatch batch{static_cast<std::size_t>(depth), count, prefixes_[static_cast<std::size_t>(depth)], level.answers};
    if (count != level.rows()) {
      compact_prefixes_.clear();
      compact_answers_.clear();
      for (std::size_t row = 0; row < level.rows(); ++row) {
        if (!level.scored[row]) continue;
        std::span<const TokenId> prefix = prefix_of(depth, row);
        compact_prefixes_.insert(compact_prefixes_.end(), prefix.begin(), prefix.end());
        compact_answers_.push_back(level.answers[row]);
      }
      batch.prefixes = compact_prefixes_;
      batch.answers = compact_answers_;
    }
    if (!visit_(batch)) stopped_ = true;
  }

  void expand_root() {
    if (depth_ == 0) return;
    Tokens next;
    tree_.children({}, nullptr, next);
    level_at(1).clear();
    prefixes_[1].clear();
    for (TokenId token : next) append(1, {}, 0, token);
    if (level_at(1).rows() > 0) walk(1);
  }

  /// The children of some rows, one row after the other.
  struct Children {
    std::vector<std::uint32_t> counts;
    Tokens tokens;
  };

  std::vector<Children> children_of(int depth) {
    const PathLevel<Real>& level = level_at(depth);
    std::vector<Children> runs(runs_of(level.rows()));
    share_rows(level.rows(), [&](std::size_t run, std::size_t row) {
      const std::size_t before = runs[run].tokens.size();
      tree_.children(prefix_of(depth, row), level.scored[row] ? &level.answers[row] : nullptr, runs[run].tokens);
      runs[run].counts.push_back(static_cast<std::uint32_t>(runs[run].tokens.size() - before));
    });
    return runs;
  }

  void expand(int depth) {
    if (depth >= depth_) return;
    level_at(depth + 1).clear();
    prefixes_[static_cast<std::size_t>(depth) + 1].clear();
    std::size_t row = 0;
    for (const Children& run : children_of(depth)) {
      const TokenId* token = run.tokens.data();
      for (const std::uint32_t count : run.counts) {
        for (const TokenId* end = token + count; token < end; ++token) {
          append(depth + 1, prefix_of(depth, row), static_cast<std::uint32_t>(row), *token);
          if (level_at(depth + 1).rows() == batch_) flush(depth + 1);
          if (error_ || stopped_) return;
        }
        ++row;
      }
    }
    if (level_at(depth + 1).rows() > 0) flush(depth + 1);
  }

  void flush(int depth) {
    walk(depth);
    level_at(depth).clear();
    prefixes_[static_cast<std::size_t>(depth)].clear();
  }

  void append(int depth, std::span<const TokenId> parent, std::uint32_t row, TokenId token) {
    if (error_ || !in_vocabulary(token)) return;
    PathLevel<Real>& level = level_at(depth);
    Tokens& prefixes = prefixes_[static_cast<std::size_t>(depth)];
    prefixes.insert(prefixes.end(), parent.begin(), parent.end());
    prefixes.push_back(token);
    level.tokens.push_back(token);
    level.parents.push_back(row);
  }

  const TokenTree& tree_;
  const EnumerationOptions& options_;
  const std::function<bool(const ScoredBatch&)>& visit_;
  Session& session_;
  const int vocabulary_;
  const Tokens start_;
  const int depth_;
  PathBlocks<Real> blocks_;
  std::vector<Tokens> prefixes_;  // per depth, row-major
  Tokens compact_prefixes_;
  std::vector<Answer> compact_answers_;
  std::size_t batch_ = 0;
  Clock::time_point begin_ = Clock::now(), deadline_;
  EnumerationSummary summary_;
  bool stopped_ = false;
  std::optional<Error> error_;
};

}  // namespace

template <class Real>
Result<EnumerationSummary> walk_tree(const PathWeights<Real>& weights, const TokenTree& tree, const EnumerationOptions& options,
                                     const std::function<bool(const ScoredBatch&)>& visit, Session& session) {
  Result<ReadoutPlan> plan = plan_readout(options.readout, weights.config.vocabulary);
  if (!plan) return fail(plan.error());
  const std::size_t start = tree.start().size();
  if (tree.depth() < 0) return input_error("the tree has a negative depth", "declare a length of at least 0");
  const std::size_t length = start + static_cast<std::size_t>(tree.depth());
  if (length > static_cast<std::size_t>(weights.config.positions))
    return unsupported(fmt::format("sequences of {} tokens: the network has {} positions", length, weights.config.positions),
                       "declare a shorter domain");
  if (length == 0) return EnumerationSummary{.complete = true};
  return Walk<Real>(weights, std::move(*plan), tree, options, visit, session).run();
}

template Result<EnumerationSummary> walk_tree<float>(const PathWeights<float>&, const TokenTree&, const EnumerationOptions&,
                                                     const std::function<bool(const ScoredBatch&)>&, Session&);
template Result<EnumerationSummary> walk_tree<double>(const PathWeights<double>&, const TokenTree&, const EnumerationOptions&,
                                                      const std::function<bool(const ScoredBatch&)>&, Session&);

}  // namespace assay::circuits
