#include "analysis/claims/network_outputs.h"

#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "analysis/claims/rounding.h"
#include "base/hash.h"

namespace assay::analysis {
namespace {

using circuits::Answer;

constexpr std::size_t kBlock = 16'384;
constexpr std::size_t kSubtrees = 32;  ///< at least, where the tree is that wide above its first answer

bool is_tie(const Answer& answer) { return !(answer.margin > 0); }  // also a NaN

/// Folds the prefixes of one length, in order, into a hash.
constexpr std::uint64_t kNothingHashed = 1469598103934665603ull;
std::uint64_t hashed(std::uint64_t order, std::span<const TokenId> prefix) {
  for (const TokenId token : prefix) order = (order ^ static_cast<std::uint64_t>(static_cast<std::uint32_t>(token))) * 1099511628211ull;
  return order;
}

/// Where the tree is cut: the first depth at which it is kSubtrees wide, or the last one above all leaves and answers. So what lies above
/// the cut, and each subtree, is one run of answers at every length.
std::vector<Tokens> roots_of(const Domain& domain) {
  std::vector<Tokens> roots = {{}};
  while (roots.size() < kSubtrees) {
    std::vector<Tokens> below;
    Tokens next;
    for (const Tokens& root : roots) {
      next.clear();
      domain.children(root, nullptr, next);
      if (next.empty()) return roots;
      for (const TokenId token : next) {
        below.push_back(root);
        below.back().push_back(token);
      }
    }
    roots = std::move(below);
  }
  return roots;
}

/// Which subtree a prefix belongs to: 0 above the cut.
class Cut {
 public:
  explicit Cut(const std::vector<NetworkOutputs::Subtree>& subtrees) {
    for (std::size_t i = 1; i < subtrees.size(); ++i) places_.emplace(subtrees[i].root, i);
    depth_ = subtrees.size() > 1 ? subtrees[1].root.size() : 0;
  }
  std::size_t operator()(std::span<const TokenId> prefix) {
    if (depth_ == 0 || prefix.size() < depth_) return 0;
    const std::span<const TokenId> above = prefix.first(depth_);
    if (!std::equal(above.begin(), above.end(), last_.begin(), last_.end())) {
      last_.assign(above.begin(), above.end());
      const auto found = places_.find(last_);
      last_place_ = found == places_.end() ? 0 : found->second;
    }
    return last_place_;
  }

 private:
  std::map<Tokens, std::size_t> places_;
  std::size_t depth_ = 0;
  Tokens last_;
  std::size_t last_place_ = 0;
};

constexpr std::uint64_t kNoAnswer = ~0ull;  ///< Subtree::first where no prefix of that length is scored

/// Builds NetworkOutputs from the batches of an enumeration.
class Recorder {
 public:
  Recorder(NetworkOutputs& outputs, const Domain& domain) : outputs_(outputs), cut_(with_subtrees(outputs, domain)) {
    outputs_.smallest_margin = std::numeric_limits<float>::infinity();
  }

  Status add(const circuits::ScoredBatch& batch) {
    if (outputs_.levels.size() <= batch.length) {
      outputs_.levels.resize(batch.length + 1);
      for (NetworkOutputs::Subtree& subtree : outputs_.subtrees) {
        subtree.first.resize(batch.length + 1, kNoAnswer);
        subtree.order.resize(batch.length + 1, kNothingHashed);
      }
    }
    for (std::size_t i = 0; i < batch.count; ++i) {
      const std::span<const TokenId> prefix = batch.prefixes.subspan(i * batch.length, batch.length);
      NetworkOutputs::Subtree& subtree = outputs_.subtrees[cut_(prefix)];
      if (subtree.first[batch.length] == kNoAnswer) subtree.first[batch.length] = outputs_.levels[batch.length].size();
      subtree.order[batch.length] = hashed(subtree.order[batch.length], prefix);
      const Answer& answer = batch.answers[i];
      Result<std::uint16_t> code = code_of(answer);
      if (!code) return fail(code.error());
      outputs_.levels[batch.length].push_back(*code);
      if (!(answer.margin >= outputs_.smallest_margin) && !std::isnan(outputs_.smallest_margin)) {  // what is no number stays
        outputs_.smallest_margin = answer.margin;
        outputs_.smallest_margin_at.assign(prefix.begin(), prefix.end());
      }
      if (!(static_cast<double>(answer.margin) >= outputs_.threshold)) {
        ++outputs_.low_count;
        if (outputs_.low.size() < NetworkOutputs::kMostLow) {
          outputs_.low.push_back({{prefix.begin(), prefix.end()}, answer.margin, false});
          low_answers_.push_back(answer);
        }
      }
    }
    outputs_.scored += batch.count;
    return {};
  }

  const std::vector<Answer>& low_answers() const { return low_answers_; }

 private:
  static const std::vector<NetworkOutputs::Subtree>& with_subtrees(NetworkOutputs& outputs, const Domain& domain) {
    outputs.subtrees.resize(1);
    for (Tokens& root : roots_of(domain))
      if (!root.empty()) outputs.subtrees.push_back({std::move(root), {}, {}});
    return outputs.subtrees;
  }

  Result<std::uint16_t> code_of(const Answer& answer) {
    const std::tuple<TokenId, std::uint64_t, bool> key{answer.token, answer.set, is_tie(answer)};
    if (last_ < outputs_.answers.size() && key == last_key_) return static_cast<std::uint16_t>(last_);
    auto found = codes_.find(key);
    if (found == codes_.end()) {
      if (outputs_.answers.size() >= 65'535)
        return unsupported("the network gives more than 65,535 different answers", "restrict the output's symbols");
      found = codes_.emplace(key, outputs_.answers.size()).first;
      outputs_.answers.push_back({answer.token, answer.set, is_tie(answer) ? 0.f : 1.f});
    }
    last_ = found->second;
    last_key_ = key;
    return static_cast<std::uint16_t>(last_);
  }

  NetworkOutputs& outputs_;
  Cut cut_;
  std::vector<Answer> low_answers_;
  std::map<std::tuple<TokenId, std::uint64_t, bool>, std::size_t> codes_;
  std::size_t last_ = static_cast<std::size_t>(-1);
  std::tuple<TokenId, std::uint64_t, bool> last_key_;
};

// ---- the cached form: a JSON header, then the codes ------------------------------------------------------------------

std::string serialise(const NetworkOutputs& outputs) {
  nlohmann::json answers = nlohmann::json::array(), levels = nlohmann::json::array(), subtrees = nlohmann::json::array(),
                 low = nlohmann::json::array();
  for (const Answer& answer : outputs.answers) answers.push_back({answer.token, answer.set, answer.margin});
  for (const NetworkOutputs::Level& level : outputs.levels) levels.push_back(level.size());
  for (const NetworkOutputs::Subtree& subtree : outputs.subtrees) subtrees.push_back({subtree.root, subtree.first, subtree.order});
  for (const LowMargin& entry : outputs.low) low.push_back({entry.prefix, entry.margin, entry.same_in_float64});
  const bool bytes = outputs.answers.size() <= 256;
  const nlohmann::json header = {{"answers", answers},
                                 {"levels", levels},
                                 {"subtrees", subtrees},
                                 {"low", low},
                                 {"low_count", outputs.low_count},
                                 {"changed", outputs.changed_in_float64},
                                 {"margin", outputs.smallest_margin},
                                 {"margin_at", outputs.smallest_margin_at},
                                 {"difference", outputs.float_difference},
                                 {"threshold", outputs.threshold},
                                 {"scored", outputs.scored},
                                 {"bytes", bytes}};
  std::string text = header.dump();
  text += '\n';
  for (const NetworkOutputs::Level& level : outputs.levels)
    for (const std::uint16_t code : level) {
      text += static_cast<char>(code & 255);
      if (!bytes) text += static_cast<char>(code >> 8);
    }
  return text;
}

std::optional<NetworkOutputs> deserialise(const std::string& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string::npos) return {};
  const nlohmann::json header = nlohmann::json::parse(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
  if (!header.is_object()) return {};
  try {
    NetworkOutputs outputs;
    for (const auto& entry : header.at("answers"))
      outputs.answers.push_back({entry.at(0).get<TokenId>(), entry.at(1).get<std::uint64_t>(), entry.at(2).get<float>()});
    for (const auto& entry : header.at("low")) outputs.low.push_back({entry.at(0).get<Tokens>(), entry.at(1).get<float>(), entry.at(2).get<bool>()});
    outputs.low_count = header.at("low_count").get<std::uint64_t>();
    outputs.changed_in_float64 = header.at("changed").get<std::uint64_t>();
    outputs.smallest_margin = header.at("margin").is_null() ? std::numeric_limits<float>::infinity() : header.at("margin").get<float>();
    outputs.smallest_margin_at = header.at("margin_at").get<Tokens>();
    outputs.float_difference = header.at("difference").get<double>();
    outputs.threshold = header.at("threshold").get<double>();
    outputs.scored = header.at("scored").get<std::uint64_t>();
    const std::size_t width = header.at("bytes").get<bool>() ? 1 : 2;
    std::size_t at = end + 1;
    for (const auto& entry : header.at("levels")) {
      const std::size_t count = entry.get<std::size_t>();
      if (count > (text.size() - at) / width) return {};
      NetworkOutputs::Level level(count);
      for (std::uint16_t& code : level) {
        code = static_cast<std::uint8_t>(text[at]);
        if (width == 2) code = static_cast<std::uint16_t>(code | static_cast<std::uint8_t>(text[at + 1]) << 8);
        at += width;
        if (code >= outputs.answers.size()) return {};
      }
      outputs.levels.push_back(std::move(level));
    }
    for (const auto& entry : header.at("subtrees")) {
      outputs.subtrees.push_back(
          {entry.at(0).get<Tokens>(), entry.at(1).get<std::vector<std::uint64_t>>(), entry.at(2).get<std::vector<std::uint64_t>>()});
      if (outputs.subtrees.back().first.size() != outputs.levels.size() || outputs.subtrees.back().order.size() != outputs.levels.size()) return {};
    }
    if (outputs.subtrees.empty()) return {};
    outputs.from_cache = true;
    return outputs;
  } catch (const nlohmann::json::exception&) { return {}; }
}

Status rerun_low_margins(circuits::Network& network, const Task& task, const std::vector<Answer>& answers32, NetworkOutputs& outputs) {
  std::vector<Tokens> sequences;
  std::vector<std::vector<std::int32_t>> positions;
  for (const LowMargin& entry : outputs.low) {
    sequences.push_back(task.sequence(entry.prefix));
    positions.push_back({static_cast<std::int32_t>(sequences.back().size()) - 1});
  }
  if (sequences.empty()) return {};
  auto answers64 = network.answers(sequences, positions, task.output.readout, true);
  if (!answers64) return fail(answers64.error());
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    outputs.low[i].same_in_float64 = !is_tie((*answers64)[i][0]) && (*answers64)[i][0].same_choice(answers32[i]);
    outputs.changed_in_float64 += outputs.low[i].same_in_float64 ? 0 : 1;
  }
  return {};
}

}  // namespace

Result<NetworkOutputs> compute_outputs(circuits::Network& network, const Task& task, const Domain& domain, Cache& cache, Session& session) {
  Hasher key;
  key.add(network.info().hash).add(network.info().processing).add(domain.fingerprint());
  key.add(static_cast<int>(task.output.readout.kind));
  for (const TokenId token : task.output.readout.allowed) key.add(token);
  const std::string own_key = cache_key("network outputs 3", {key.hex()});
  if (std::optional<std::string> cached = cache.get(own_key))
    if (std::optional<NetworkOutputs> outputs = deserialise(*cached)) return std::move(*outputs);

  const double size = domain.size_bound();
  if (!domain.spec().legal && size > kMostInputs)
    return fail({ErrorKind::kBudget, fmt::format("the domain has {:.4g} inputs, more than the {:.0e} that are enumerated", size, kMostInputs),
                 "declare a smaller domain, or one with fewer symbols"});
  if (static_cast<int>(domain.start().size()) + domain.depth() > network.info().positions)
    return unsupported(fmt::format("inputs of {} tokens, but the network's position table ends at {}",
                                   domain.start().size() + static_cast<std::size_t>(domain.depth()), network.info().positions),
                       "declare a shorter domain");

  NetworkOutputs outputs;
  std::vector<Tokens> probes;
  for (std::size_t i = 0; i < kMostProbes; ++i) {
    Tokens sequence = task.sequence(domain.random_input(i));
    if (!sequence.empty()) probes.push_back(std::move(sequence));
  }
  const Result<Rounding> rounding = measure_rounding(network, std::move(probes));
  if (!rounding) return fail(rounding.error());
  outputs.float_difference = rounding->difference;
  outputs.threshold = rounding->threshold;

  Recorder recorder(outputs, domain);
  circuits::EnumerationOptions options;
  options.readout = task.output.readout;
  Status recorded;
  session.progress.stage("enumerate " + task.name, domain.spec().legal ? 0 : static_cast<std::uint64_t>(size));
  Result<circuits::EnumerationSummary> summary = network.enumerate(
      domain, options,
      [&](const circuits::ScoredBatch& batch) {
        recorded = recorder.add(batch);
        session.progress.step(outputs.scored);
        return recorded.has_value() && outputs.scored <= static_cast<std::uint64_t>(kMostInputs) && !session.cancelled();
      },
      session);
  if (!recorded) return fail(recorded.error());
  if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished work is cached"});
  if (!summary) return fail(summary.error());
  if (std::optional<Error> failed = domain.failure()) return fail(*failed);
  if (!summary->complete)
    return fail({ErrorKind::kBudget, fmt::format("the enumeration stopped after {} scored prefixes", outputs.scored), "declare a smaller domain"});
  if (Status status = rerun_low_margins(network, task, recorder.low_answers(), outputs); !status) return fail(status.error());
  outputs.seconds = summary->seconds;
  static_cast<void>(cache.put(own_key, serialise(outputs)));  // a full cache costs time, not correctness
  return outputs;
}

namespace {

/// Walks one subtree depth first and collects its scored prefixes per length into blocks.
class Walk {
 public:
  using Visit = std::function<bool(const OutputBlock&)>;

  Walk(const Domain& domain, const NetworkOutputs& outputs, std::size_t subtree, std::uint64_t first_sequence, const Visit& visit)
      : domain_(domain),
        outputs_(outputs),
        subtree_(outputs.subtrees[subtree]),
        is_top_(subtree == 0),
        cut_depth_(outputs.subtrees.back().root.size()),
        visit_(visit),
        open_(outputs.levels.size()),
        cursor_(subtree_.first),
        orders_(outputs.levels.size(), kNothingHashed),
        sequence_(first_sequence) {
    scratch_.resize(static_cast<std::size_t>(domain.depth()) + 2);
  }

  /// Error: what is walked here is not what was recorded.
  Status run() {
    Tokens prefix = subtree_.root;
    go_down(prefix, prefix.size());
    for (OutputBlock& block : open_)
      if (block.count > 0 && !stopped_) close(block);
    if (mismatch_ || (!stopped_ && orders_ != subtree_.order))
      return internal_error("the walk of the domain does not match the network's recorded answers");
    return {};
  }

 private:
  void go_down(Tokens& prefix, std::size_t depth) {
    if (is_top_ && depth == cut_depth_ && depth > 0) return;
    const Answer* answer = nullptr;
    if (domain_.scored(prefix)) {
      answer = take(prefix);
      if (answer == nullptr) return;
    }
    Tokens& next = scratch_[depth];
    next.clear();
    domain_.children(prefix, answer, next);
    for (std::size_t i = 0; i < scratch_[depth].size() && !stopped_ && !mismatch_; ++i) {
      prefix.push_back(scratch_[depth][i]);
      go_down(prefix, depth + 1);
      prefix.pop_back();
    }
  }

  const Answer* take(const Tokens& prefix) {
    const std::size_t length = prefix.size();
    if (length >= outputs_.levels.size() || cursor_[length] >= outputs_.levels[length].size()) {
      mismatch_ = true;
      return nullptr;
    }
    OutputBlock& block = open_[length];
    if (block.count == 0) {
      block.length = length;
      block.first = cursor_[length];
    }
    const std::uint16_t code = outputs_.levels[length][cursor_[length]++];
    orders_[length] = hashed(orders_[length], prefix);
    block.prefixes.insert(block.prefixes.end(), prefix.begin(), prefix.end());
    block.codes.push_back(code);
    if (++block.count == kBlock) { close(block); }
    return &outputs_.answers[code];
  }

  void close(OutputBlock& block) {
    block.sequence = sequence_++;
    stopped_ = !visit_(block);
    block = OutputBlock();
  }

  const Domain& domain_;
  const NetworkOutputs& outputs_;
  const NetworkOutputs::Subtree& subtree_;
  const bool is_top_;
  const std::size_t cut_depth_;
  const Visit& visit_;
  std::vector<OutputBlock> open_;
  std::vector<std::uint64_t> cursor_, orders_;
  std::vector<Tokens> scratch_;
  std::uint64_t sequence_;
  bool stopped_ = false, mismatch_ = false;
};

/// How many blocks come before those of each subtree.
std::vector<std::uint64_t> first_sequences(const NetworkOutputs& outputs) {
  std::vector<std::uint64_t> blocks(outputs.subtrees.size());
  for (std::size_t length = 0; length < outputs.levels.size(); ++length) {
    std::uint64_t end = outputs.levels[length].size();
    for (std::size_t i = blocks.size(); i-- > 0;) {
      const std::uint64_t first = outputs.subtrees[i].first[length];
      if (first > end) continue;  // kNoAnswer, or a cache that the walk will find wrong
      blocks[i] += (end - first + kBlock - 1) / kBlock;
      end = first;
    }
  }
  std::uint64_t before = 0;
  for (std::uint64_t& count : blocks) count = std::exchange(before, before + count);
  return blocks;
}

}  // namespace

Status for_each_scored(const Domain& domain, const NetworkOutputs& outputs, const std::function<bool(const OutputBlock&)>& visit, Session& session) {
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  Status status;
  const Walk::Visit guarded = [&](const OutputBlock& block) {
    if (!stop && (session.cancelled() || !visit(block))) stop = true;
    return !stop.load();
  };
  const std::vector<std::uint64_t> first = first_sequences(outputs);
  const auto work = [&] {
    for (std::size_t i = next++; i < outputs.subtrees.size() && !stop; i = next++) {
      const Status walked = Walk(domain, outputs, i, first[i], guarded).run();
      if (walked) continue;
      const std::lock_guard lock(mutex);
      status = walked;
      stop = true;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < session.threads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished work is cached"});
  return status;
}

}  // namespace assay::analysis
