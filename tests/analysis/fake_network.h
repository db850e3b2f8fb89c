// A network without tensors: one site whose value is computed from the prefix, and an answer computed from the tokens and that value.
//
// It lets tests say exactly where a variable sits, what the network gets wrong and how large a margin is.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "analysis/tasks/task.h"
#include "circuits/engine.h"

namespace assay::analysis::testing {

using circuits::Answer;
using circuits::TokenId;
using circuits::Tokens;

class FakeNetwork : public circuits::Network {
 public:
  /// Value at the site, of position `at`, from tokens[0..at].
  using Read = std::function<std::int64_t(std::span<const TokenId> prefix)>;
  /// Answer at the last token of `prefix`, given the (possibly patched) value that the site has at its position; `hidden` is empty when
  /// the site is not patched: then the network uses what Read gives.
  using Compute = std::function<Answer(std::span<const TokenId> prefix, std::optional<std::int64_t> hidden)>;

  FakeNetwork(Read read, Compute compute, int positions = 64) : read_(std::move(read)), compute_(std::move(compute)) {
    info_.layout = "gpt2";
    info_.layers = info_.heads = info_.kv_heads = 1;
    info_.d_model = info_.d_head = 4;
    info_.vocabulary = 16;
    info_.positions = positions;
    info_.parameters = 100;
    info_.hash = "fake";
    info_.processing = "float32, as stored";
    graph_ = circuits::build_graph({1, 1, 4, false, false});
  }
  /// What float64 says where it differs.
  Compute compute64;
  double difference = 1e-6;            ///< what float_difference() measures
  std::vector<Tokens> run_in_float64;  ///< sequences whose answers were asked for in float64
  int runs = 0;                        ///< enumerations so far
  std::string hash = "fake";

  const circuits::NetworkInfo& info() const override {
    info_.hash = hash;
    return info_;
  }
  std::vector<std::pair<std::string, int>> sites() const override { return {{"resid_pre.0", 4}, {"resid_mid.0", 4}, {"resid_final", 4}}; }
  Result<std::vector<float>> logits(std::span<const TokenId> tokens, bool) override { return std::vector<float>(tokens.size() * 16); }

  Result<std::vector<std::vector<Answer>>> answers(std::span<const Tokens> sequences, std::span<const std::vector<std::int32_t>> positions,
                                                   const circuits::Readout&, bool float64) override {
    std::vector<std::vector<Answer>> all;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      if (float64) run_in_float64.push_back(sequences[i]);
      all.emplace_back();
      for (const std::int32_t at : positions[i]) {
        const std::span<const TokenId> prefix(sequences[i].data(), static_cast<std::size_t>(at) + 1);
        all.back().push_back(float64 && compute64 ? compute64(prefix, {}) : compute_(prefix, {}));
      }
    }
    return all;
  }
  Result<std::vector<float>> attention(std::span<const TokenId> tokens, int, int) override {
    return std::vector<float>(tokens.size() * tokens.size(), 0.5f);
  }
  Result<std::vector<float>> read_site(std::span<const Tokens>, std::span<const std::int32_t>, const std::string&) override {
    return std::vector<float>();
  }
  Result<double> float_difference(std::span<const Tokens>) override { return difference; }

  Result<circuits::EnumerationSummary> enumerate(const circuits::TokenTree& tree, const circuits::EnumerationOptions&,
                                                 const std::function<bool(const circuits::ScoredBatch&)>& visit, Session&) override {
    ++runs;
    circuits::EnumerationSummary summary;
    summary.complete = true;
    Tokens prefix;
    walk(tree, prefix, visit, summary);
    return summary;
  }

  Status interchange(const circuits::InterchangeRequest& request, const circuits::InterchangeVisitor& visit, Session&) override {
    std::vector<std::vector<Answer>> answers;
    for (const circuits::InterchangePair& pair : request.pairs) {
      const circuits::InterchangeInput& base = request.bases[pair.base];
      const circuits::InterchangeInput& source = request.sources[pair.source];
      std::optional<std::int64_t> hidden;
      if (request.mode == circuits::InterchangeRequest::Mode::kSwap && request.swaps[0].site.name == "resid_mid.0")
        hidden = read_({source.tokens.data(), static_cast<std::size_t>(source.site_positions[0]) + 1});
      answers.emplace_back();
      for (const std::int32_t at : base.scored_positions) {
        const bool reached = at == base.site_positions[0] || !only_at_own_position;
        answers.back().push_back(compute_({base.tokens.data(), static_cast<std::size_t>(at) + 1}, reached ? hidden : std::nullopt));
      }
    }
    visit(0, answers);
    return {};
  }
  bool only_at_own_position = false;  ///< the site acts on answers read at its own position alone

  Result<circuits::Subspace> class_subspace(std::span<const Tokens>, std::span<const std::int32_t>, std::span<const std::int64_t>, const std::string&,
                                            int rank) override {
    circuits::Subspace subspace{4, rank, std::vector<float>(static_cast<std::size_t>(4 * rank))};
    const std::size_t columns = static_cast<std::size_t>(rank);
    for (std::size_t i = 0; i < columns; ++i) subspace.columns[i * columns + i] = 1;
    return subspace;
  }

  /// Every edge carries an equal share of the effect, but for those named in `idle`.
  std::set<std::uint32_t> idle;
  std::set<std::uint32_t> scored_low;  ///< matter as much as others, but are found last
  Result<circuits::DiscoveryResult> discover(std::span<const circuits::Example> examples, const circuits::DiscoveryOptions& options,
                                             Session&) override {
    circuits::DiscoveryResult result;
    for (std::uint32_t e = 0; e < graph_.edges.size(); ++e) result.scores.push_back(idle.contains(e) ? 0.001 : scored_low.contains(e) ? 0.5 : 1.0);
    result.total_effect = static_cast<double>(examples.size());
    discoveries.push_back(options.method + " " + std::to_string(options.steps) +
                          (options.rule == circuits::IntegrationRule::kMidpoint ? " midpoint" : ""));
    if (options.method == "eap-ig") result.integration_residual = options.steps >= enough_steps ? 0.01 : residual;
    if (options.method == "exact")
      for (const std::uint32_t edge : options.edges) result.scores[edge] = exact_score;
    return result;
  }
  std::vector<std::string> discoveries;
  double residual = 0.01;
  int enough_steps = 1'000;  ///< from here on the residual is small
  double exact_score = 1;
  std::vector<circuits::Example> evaluated;  ///< examples of the last evaluation
  std::set<std::uint32_t> zero_idle;         ///< count nothing under zero ablation
  std::map<std::uint32_t, double> weights;   ///< of edges that count more or less than the others
  double spread = 0;                         ///< example i scores (1 + spread i) times its share

  Result<std::vector<circuits::CircuitScores>> evaluate(std::span<const circuits::Example> examples, std::span<const std::vector<bool>> circuits,
                                                        const circuits::EvaluationOptions& options, Session&) override {
    std::vector<circuits::CircuitScores> all;
    evaluated.assign(examples.begin(), examples.end());
    for (const std::vector<bool>& kept : circuits) {
      double share = 0, total = 0;
      for (std::uint32_t e = 0; e < kept.size(); ++e) {
        const bool nothing = idle.contains(e) || (options.ablation == circuits::Ablation::kZero && zero_idle.contains(e));
        const double weight = nothing ? 0 : weights.contains(e) ? weights.at(e) : 1;
        total += weight;
        share += kept[e] ? weight : 0;
      }
      share /= total;
      if (options.ablation == circuits::Ablation::kZero && share < 1) share *= zero_ablation_hurts;
      if (share > 0 && share < 1) share *= overshoot;
      if (same_everywhere) share = 1;
      circuits::CircuitScores scores{{}, std::vector<bool>(examples.size(), share > 0.75)};
      for (std::size_t i = 0; i < examples.size(); ++i) scores.metric.push_back(share * (1 + spread * static_cast<double>(i)));
      all.push_back(std::move(scores));
    }
    return all;
  }
  double zero_ablation_hurts = 1;
  double overshoot = 1;          ///< circuits that leave something out score this times their share
  bool same_everywhere = false;  ///< every circuit scores the same, the empty one too
  const circuits::CircuitGraph& graph() const override { return graph_; }

 protected:
  mutable circuits::NetworkInfo info_;

 private:
  void walk(const circuits::TokenTree& tree, Tokens& prefix, const std::function<bool(const circuits::ScoredBatch&)>& visit,
            circuits::EnumerationSummary& summary) {
    const Tokens start = tree.start();
    std::optional<Answer> answer;
    if (tree.scored(prefix)) {
      Tokens all(start);
      all.insert(all.end(), prefix.begin(), prefix.end());
      answer = compute_(all, {});
      ++summary.scored;
      if (!visit({prefix.size(), 1, prefix, std::span<const Answer>(&*answer, 1)})) summary.complete = false;
    }
    Tokens next;
    tree.children(prefix, answer ? &*answer : nullptr, next);
    for (const TokenId token : next) {
      prefix.push_back(token);
      walk(tree, prefix, visit, summary);
      prefix.pop_back();
    }
  }

  Read read_;
  Compute compute_;
  circuits::CircuitGraph graph_;
};

}  // namespace assay::analysis::testing
