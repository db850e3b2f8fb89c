#include "circuits/discovery/circuit_scores.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "circuits/discovery/span_run.h"
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

struct Work {
  std::size_t batch, first, last;  ///< circuits first .. last-1 on one batch
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
  const auto metric = make_metric(options.metric);
  const at::Tensor columns = readout_columns(options.readout);
  const auto batches = make_batches(examples, config, options.readout, network.options().dtype().toScalarType(), spans.empty() ? options.batch : 1,
                                    floats_per_token(config));
  const Ablator ablator = Ablator::make(network, options.ablation, batches, session);
  std::vector<CircuitScores> results(circuits.size(), {std::vector<double>(examples.size()), std::vector<bool>(examples.size())});

  std::vector<SpanCircuit> compiled;
  for (std::size_t i = 0; i < circuits.size() && !spans.empty(); ++i) compiled.emplace_back(index, circuits[i]);

  std::uint64_t done = 0;
  session.progress.stage("evaluate circuits", batches.size() * circuits.size());
  for (const ExampleBatch& batch : batches) {
    if (session.cancelled()) return fail({ErrorKind::kCancelled, "the evaluation was interrupted", "run the command again"});
    const Activations ablated = ablator.values(batch);
    const at::Tensor reference = full_logits(network, batch, columns);
    const at::Tensor full_answers = answers(reference, batch.targets.sets);
    const auto tokens = static_cast<std::uint64_t>(batch.size() * batch.length());
    const std::size_t together = spans.empty() ? std::max<std::uint64_t>(1, kFloatsPerRun / (tokens * floats_per_token(config))) : 1;
    const std::unique_ptr<SpanRun> by_span = spans.empty() ? nullptr : std::make_unique<SpanRun>(network, index, ablated, batch);
    std::vector<Work> work;
    for (std::size_t first = 0; first < circuits.size(); first += together) work.push_back({0, first, std::min(first + together, circuits.size())});
    std::vector<std::pair<at::Tensor, at::Tensor>> outcome(work.size());  // metric [W, B], answers [W, N]
    for_each_shard(work.size(), session.threads, [&](std::size_t i) {
      if (session.cancelled()) return;
      const auto part = circuits.subspan(work[i].first, work[i].last - work[i].first);
      at::Tensor logits;
      if (!by_span) logits = circuit_logits(network, index, RemovedEdges(index, part, network.options()), ablated, batch, columns);
      else logits = (compiled[work[i].first].whole() ? reference : by_span->logits(compiled[work[i].first], columns)).unsqueeze(0);
      outcome[i] = {per_example(*metric, logits, batch, reference).contiguous(), answers(logits, batch.targets.sets)};
    });
    if (session.cancelled()) return fail({ErrorKind::kCancelled, "the evaluation was interrupted", "run the command again"});
    for (std::size_t i = 0; i < work.size(); ++i) {
      const at::Tensor changed =
          at::matmul((outcome[i].second != full_answers).to(at::kFloat), (batch.averaging > 0).to(at::kFloat)).contiguous();  // [W, B]
      const double* values = outcome[i].first.data_ptr<double>();
      const float* differences = changed.data_ptr<float>();
      for (std::size_t circuit = work[i].first; circuit < work[i].last; ++circuit)
        for (const std::size_t example : batch.examples) {
          results[circuit].metric[example] = *values++;
          results[circuit].same_answer[example] = *differences++ == 0;
        }
    }
    session.progress.step(done += circuits.size());
  }
  session.progress.finish();
  return results;
}

}  // namespace assay::circuits
