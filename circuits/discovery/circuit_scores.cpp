#include "circuits/discovery/circuit_scores.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "circuits/discovery/span_scores.h"
#include "circuits/model/shards.h"

namespace assay::circuits {
namespace {

constexpr std::uint64_t kFloatsPerRun = 2u << 20;  ///< 8 MiB: small runs stay in the cache, and the allocator hands the same pages out again

/// [..., N] the answer at each scored position as a number: argmax, or the set as bits; -1 where the best two logits tie.
at::Tensor answers(const at::Tensor& logits, bool sets) {
  if (sets) {
    const at::Tensor bits = at::pow(2, at::arange(logits.size(-1), at::kLong));
    return ((logits > 0).to(at::kLong) * bits).sum(-1);
  }
  const auto [values, indices] = logits.topk(std::min<std::int64_t>(2, logits.size(-1)), -1);
  const at::Tensor best = indices.select(-1, 0);
  return logits.size(-1) < 2 ? best : best.masked_fill(values.select(-1, 0) == values.select(-1, 1), -1);
}

/// Of one circuit on one batch.
struct Outcome {
  at::Tensor metric;   ///< [B]
  at::Tensor answers;  ///< [N]
};

class Scorer {
 public:
  Scorer(const Transformer& network, const GraphIndex& index, std::span<const std::vector<bool>> circuits, const EvaluationOptions& options,
         const Session& session)
      : network_(network),
        index_(index),
        circuits_(circuits),
        options_(options),
        session_(session),
        metric_(make_metric(options.metric)),
        columns_(readout_columns(options.readout)) {
    if (!index.shape().spans.empty() && !circuits.empty()) by_span_.emplace(index, circuits, session.threads);
  }

  void run(const ExampleBatch& batch, const Activations& ablated, std::vector<CircuitScores>& results) const {
    const at::Tensor reference = full_logits(network_, batch, columns_);
    const at::Tensor full_answers = answers(reference, batch.targets.sets);
    std::vector<Outcome> outcomes(circuits_.size());
    const auto take = [&](std::span<const std::size_t> which, const at::Tensor& logits) {
      const at::Tensor metrics = per_example(*metric_, logits, batch, reference).contiguous(), given = answers(logits, batch.targets.sets);
      for (std::size_t i = 0; i < which.size(); ++i)
        outcomes[which[i]] = {metrics[static_cast<std::int64_t>(i)], given[static_cast<std::int64_t>(i)]};
    };
    if (by_span_) run_by_span(batch, ablated, reference, take);
    else run_together(batch, ablated, take);
    if (session_.cancelled()) return;
    for (std::size_t circuit = 0; circuit < circuits_.size(); ++circuit) record(batch, outcomes[circuit], full_answers, results[circuit]);
  }

 private:
  void run_by_span(const ExampleBatch& batch, const Activations& ablated, const at::Tensor& reference, const SpanScores::Take& take) const {
    for (std::size_t circuit = 0; circuit < circuits_.size(); ++circuit)
      if (by_span_->whole(circuit)) take(std::span(&circuit, 1), reference.unsqueeze(0));
    by_span_->run(network_, ablated, batch, columns_, session_, take);
  }

  /// As many circuits side by side as fit.
  void run_together(const ExampleBatch& batch, const Activations& ablated, const SpanScores::Take& take) const {
    const auto tokens = static_cast<std::uint64_t>(batch.size() * batch.length());
    const std::size_t together = std::max<std::uint64_t>(1, kFloatsPerRun / (tokens * floats_per_token(network_.config())));
    for_each_shard((circuits_.size() + together - 1) / together, session_.threads, [&](std::size_t shard) {
      if (session_.cancelled()) return;
      std::vector<std::size_t> which;
      for (std::size_t i = shard * together; i < std::min((shard + 1) * together, circuits_.size()); ++i) which.push_back(i);
      const auto part = circuits_.subspan(which.front(), which.size());
      take(which, circuit_logits(network_, index_, RemovedEdges(index_, part, network_.options()), ablated, batch, columns_));
    });
  }

  void record(const ExampleBatch& batch, const Outcome& outcome, const at::Tensor& full_answers, CircuitScores& result) const {
    const at::Tensor owner = batch.averaging.argmax(1);  // each scored position belongs to one example
    for (std::size_t b = 0; b < batch.examples.size(); ++b) {
      result.metric[batch.examples[b]] = outcome.metric[static_cast<std::int64_t>(b)].item<double>();
      result.same_answer[batch.examples[b]] = true;
    }
    for (std::int64_t n = 0; n < owner.size(0); ++n) {
      const std::size_t example = batch.examples[static_cast<std::size_t>(owner[n].item<std::int64_t>())];
      const auto given = outcome.answers[n].item<std::int64_t>();
      if (given != full_answers[n].item<std::int64_t>()) result.same_answer[example] = false;
      if (!batch.targets.sets) result.answers[example].push_back(token_of(given));
    }
  }

  TokenId token_of(std::int64_t column) const {
    return column < 0 || options_.readout.allowed.empty() ? static_cast<TokenId>(column) : options_.readout.allowed[static_cast<std::size_t>(column)];
  }

  const Transformer& network_;
  const GraphIndex& index_;
  std::span<const std::vector<bool>> circuits_;
  const EvaluationOptions& options_;
  const Session& session_;
  std::unique_ptr<Metric> metric_;
  at::Tensor columns_;
  std::optional<SpanScores> by_span_;
};

}  // namespace

GraphShape shape_of(const ModelConfig& config, const std::vector<Span>& spans) {
  return {config.layers, config.heads, config.d_model, config.has_mlp, false, spans};
}

std::uint64_t floats_per_token(const ModelConfig& config) {
  const auto sources = static_cast<std::uint64_t>(1 + config.layers * (config.heads + 1));
  const auto width = static_cast<std::uint64_t>(config.d_model);
  return (sources + 3 * static_cast<std::uint64_t>(config.heads) * 3) * width + static_cast<std::uint64_t>(config.d_mlp) * 3;
}

Result<std::vector<CircuitScores>> score_circuits(const Transformer& network, std::span<const Example> examples,
                                                  std::span<const std::vector<bool>> circuits, const EvaluationOptions& options, Session& session,
                                                  const std::vector<Span>& spans) {
  const ModelConfig& config = network.config();
  if (Status s = check_examples(examples, config, options.readout, options.ablation, spans); !s) return fail(s.error());
  const GraphIndex index(shape_of(config, spans));
  for (const auto& circuit : circuits)
    if (circuit.size() != index.edges())
      return input_error(fmt::format("a circuit of {} edges for a network of {}", circuit.size(), index.edges()), "use a circuit of this network");

  const at::NoGradGuard no_gradient;
  const auto batches = make_batches(examples, config, options.readout, network.options().dtype().toScalarType(), spans.empty() ? options.batch : 1,
                                    floats_per_token(config));
  const Ablator ablator = Ablator::make(network, options.ablation, batches, session);
  const Scorer scorer(network, index, circuits, options, session);
  std::vector<CircuitScores> results(
      circuits.size(), {std::vector<double>(examples.size()), std::vector<bool>(examples.size()), std::vector<Tokens>(examples.size())});
  std::uint64_t done = 0;
  session.progress.stage("evaluate circuits", batches.size() * circuits.size());
  for (const ExampleBatch& batch : batches) {
    if (!session.cancelled()) scorer.run(batch, ablator.values(batch), results);
    if (session.cancelled()) return fail({ErrorKind::kCancelled, "the evaluation was interrupted", "run the command again"});
    session.progress.step(done += circuits.size());
  }
  session.progress.finish();
  return results;
}

}  // namespace assay::circuits
