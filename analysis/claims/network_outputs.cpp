#include "analysis/claims/network_outputs.h"

#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/hash.h"

namespace assay::analysis {
namespace {

using circuits::Answer;

constexpr std::size_t kBlock = 16'384;
constexpr std::size_t kBlocksAtOnce = 64;
constexpr std::size_t kProbes = 64;

bool is_tie(const Answer& answer) { return !(answer.margin > 0); }  // also a NaN

/// Folds the prefixes of one length, in order, into a hash.
struct OrderHash {
  std::uint64_t value = 1469598103934665603ull;
  void add(std::span<const TokenId> prefix) {
    for (const TokenId token : prefix) value = (value ^ static_cast<std::uint64_t>(static_cast<std::uint32_t>(token))) * 1099511628211ull;
  }
  std::string hex() const { return fmt::format("{:016x}", value); }
};

/// Builds NetworkOutputs from the batches of an enumeration.
class Recorder {
 public:
  Recorder(NetworkOutputs& outputs) : outputs_(outputs) { outputs_.smallest_margin = std::numeric_limits<float>::infinity(); }

  Status add(const circuits::ScoredBatch& batch) {
    if (outputs_.levels.size() <= batch.length) {
      outputs_.levels.resize(batch.length + 1);
      orders_.resize(batch.length + 1);
    }
    for (std::size_t i = 0; i < batch.count; ++i) {
      const std::span<const TokenId> prefix = batch.prefixes.subspan(i * batch.length, batch.length);
      orders_[batch.length].add(prefix);
      const Answer& answer = batch.answers[i];
      Result<std::uint16_t> code = code_of(answer);
      if (!code) return fail(code.error());
      outputs_.levels[batch.length].codes.push_back(*code);
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

  void finish() {
    for (std::size_t length = 0; length < outputs_.levels.size(); ++length) outputs_.levels[length].order = orders_[length].hex();
  }
  const std::vector<Answer>& low_answers() const { return low_answers_; }

 private:
  Result<std::uint16_t> code_of(const Answer& answer) {
    const std::tuple<TokenId, std::uint64_t, bool> key{answer.token, answer.set, is_tie(answer)};
    if (last_ < outputs_.answers.size() && key == last_key_) return static_cast<std::uint16_t>(last_);
    auto found = codes_.find(key);
    if (found == codes_.end()) {
      if (outputs_.answers.size() >= 65'535) return unsupported("the network gives more than 65,535 different answers", "restrict the output's symbols");
      found = codes_.emplace(key, outputs_.answers.size()).first;
      outputs_.answers.push_back({answer.token, answer.set, is_tie(answer) ? 0.f : 1.f});
    }
    last_ = found->second;
    last_key_ = key;
    return static_cast<std::uint16_t>(last_);
  }

  NetworkOutputs& outputs_;
  std::vector<OrderHash> orders_;
  std::vector<Answer> low_answers_;
  std::map<std::tuple<TokenId, std::uint64_t, bool>, std::size_t> codes_;
  std::size_t last_ = static_cast<std::size_t>(-1);
  std::tuple<TokenId, std::uint64_t, bool> last_key_;
};

// ---- the cached form: a JSON header, then the codes ------------------------------------------------------------------

std::string serialise(const NetworkOutputs& outputs) {
  nlohmann::json answers = nlohmann::json::array(), levels = nlohmann::json::array(), low = nlohmann::json::array();
  for (const Answer& answer : outputs.answers) answers.push_back({answer.token, answer.set, answer.margin});
  for (const NetworkOutputs::Level& level : outputs.levels) levels.push_back({level.codes.size(), level.order});
  for (const LowMargin& entry : outputs.low) low.push_back({entry.prefix, entry.margin, entry.same_in_float64});
  const bool bytes = outputs.answers.size() <= 256;
  const nlohmann::json header = {{"answers", answers}, {"levels", levels}, {"low", low}, {"low_count", outputs.low_count}, {"changed", outputs.changed_in_float64},
                                 {"margin", outputs.smallest_margin}, {"margin_at", outputs.smallest_margin_at}, {"difference", outputs.float_difference},
                                 {"threshold", outputs.threshold}, {"scored", outputs.scored}, {"bytes", bytes}};
  std::string text = header.dump();
  text += '\n';
  for (const NetworkOutputs::Level& level : outputs.levels)
    for (const std::uint16_t code : level.codes) {
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
    for (const auto& entry : header.at("answers")) outputs.answers.push_back({entry.at(0).get<TokenId>(), entry.at(1).get<std::uint64_t>(), entry.at(2).get<float>()});
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
      NetworkOutputs::Level level;
      const std::size_t count = entry.at(0).get<std::size_t>();
      level.order = entry.at(1).get<std::string>();
      if (count > (text.size() - at) / width) return {};
      level.codes.resize(count);
      for (std::uint16_t& code : level.codes) {
        code = static_cast<std::uint8_t>(text[at]);
        if (width == 2) code = static_cast<std::uint16_t>(code | static_cast<std::uint8_t>(text[at + 1]) << 8);
        at += width;
        if (code >= outputs.answers.size()) return {};
      }
      outputs.levels.push_back(std::move(level));
    }
    outputs.from_cache = true;
    return outputs;
  } catch (const nlohmann::json::exception&) {
    return {};
  }
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
  const std::string own_key = cache_key("network outputs 2", {key.hex()});
  if (std::optional<std::string> cached = cache.get(own_key))
    if (std::optional<NetworkOutputs> outputs = deserialise(*cached)) return std::move(*outputs);

  const double size = domain.size_bound();
  if (!domain.spec().legal && size > kMostInputs)
    return fail({ErrorKind::kBudget, fmt::format("the domain has {:.4g} inputs, more than the {:.0e} that are enumerated", size, kMostInputs),
                 "declare a smaller domain, or one with fewer symbols"});
  if (static_cast<int>(domain.start().size()) + domain.depth() > network.info().positions)
    return unsupported(fmt::format("inputs of {} tokens, but the network's position table ends at {}", domain.start().size() + static_cast<std::size_t>(domain.depth()), network.info().positions),
                       "declare a shorter domain");

  NetworkOutputs outputs;
  std::vector<Tokens> probes;
  for (std::size_t i = 0; i < kProbes; ++i) {
    Tokens sequence = task.sequence(domain.random_input(i));
    if (!sequence.empty()) probes.push_back(std::move(sequence));
  }
  Result<double> difference = network.float_difference(probes);
  if (!difference) return fail(difference.error());
  outputs.float_difference = *difference;
  outputs.threshold = std::max(1e-3, 10 * *difference);

  Recorder recorder(outputs);
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
  recorder.finish();
  if (Status status = rerun_low_margins(network, task, recorder.low_answers(), outputs); !status) return fail(status.error());
  outputs.seconds = summary->seconds;
  static_cast<void>(cache.put(own_key, serialise(outputs)));  // a full cache costs time, not correctness
  return outputs;
}

namespace {

/// Walks the tree depth first and collects scored prefixes per length into blocks.
class Walk {
 public:
  Walk(const Domain& domain, const NetworkOutputs& outputs, const std::function<bool(std::vector<OutputBlock>&)>& flush)
      : domain_(domain), outputs_(outputs), flush_(flush), open_(outputs.levels.size()), cursor_(outputs.levels.size()), orders_(outputs.levels.size()) {
    scratch_.resize(static_cast<std::size_t>(domain.depth()) + 2);
  }

  Status run() {
    Tokens prefix;
    visit(prefix, 0);
    if (mismatch_) return internal_error("the walk of the domain does not match the network's recorded answers");
    if (stopped_) return {};
    for (OutputBlock& block : open_)
      if (block.count > 0) close(block);
    if (!ready_.empty()) flush_(ready_);
    for (std::size_t length = 0; length < outputs_.levels.size(); ++length) {
      const NetworkOutputs::Level& level = outputs_.levels[length];
      if (cursor_[length] != level.codes.size() || orders_[length].hex() != level.order)
        return internal_error(fmt::format("the walk of the domain does not match the network's recorded answers at length {}", length));
    }
    return {};
  }

 private:
  void visit(Tokens& prefix, std::size_t depth) {
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
      visit(prefix, depth + 1);
      prefix.pop_back();
    }
  }

  const Answer* take(const Tokens& prefix) {
    const std::size_t length = prefix.size();
    if (length >= outputs_.levels.size() || cursor_[length] >= outputs_.levels[length].codes.size()) {
      mismatch_ = true;
      return nullptr;
    }
    OutputBlock& block = open_[length];
    if (block.count == 0) {
      block.length = length;
      block.first = cursor_[length];
    }
    const std::uint16_t code = outputs_.levels[length].codes[cursor_[length]++];
    orders_[length].add(prefix);
    block.prefixes.insert(block.prefixes.end(), prefix.begin(), prefix.end());
    block.codes.push_back(code);
    if (++block.count == kBlock) {
      close(block);
      if (ready_.size() == kBlocksAtOnce) stopped_ = !flush_(ready_);
    }
    return &outputs_.answers[code];
  }

  void close(OutputBlock& block) {
    block.sequence = closed_++;
    ready_.push_back(std::move(block));
    block = OutputBlock();
  }

  const Domain& domain_;
  const NetworkOutputs& outputs_;
  const std::function<bool(std::vector<OutputBlock>&)>& flush_;
  std::vector<OutputBlock> open_, ready_;
  std::vector<std::size_t> cursor_;
  std::vector<OrderHash> orders_;
  std::vector<Tokens> scratch_;
  std::uint64_t closed_ = 0;
  bool stopped_ = false, mismatch_ = false;
};

}  // namespace

Status for_each_scored(const Domain& domain, const NetworkOutputs& outputs, const std::function<bool(const OutputBlock&)>& visit, Session& session) {
  std::atomic<bool> stop{false};
  const std::function<bool(std::vector<OutputBlock>&)> flush = [&](std::vector<OutputBlock>& blocks) {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t i = next++; i < blocks.size(); i = next++)
        if (stop || session.cancelled() || !visit(blocks[i])) stop = true;
    };
    std::vector<std::thread> threads;
    for (int i = 1; i < session.threads && blocks.size() > 1; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    blocks.clear();
    return !stop.load();
  };
  Status status = Walk(domain, outputs, flush).run();
  if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished work is cached"});
  return status;
}

}  // namespace assay::analysis
