#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "base/toml.h"
#include "circuits/discovery/method.h"
#include "circuits/model/shards.h"

namespace assay::circuits {
namespace {

std::vector<std::unique_ptr<DiscoveryMethod>> all_methods() {
  std::vector<std::unique_ptr<DiscoveryMethod>> methods;
  methods.push_back(make_exact_patching());
  methods.push_back(make_eap());
  methods.push_back(make_eap_ig());
  methods.push_back(make_acdc());
  return methods;
}

Status check_options(const DiscoveryOptions& options, const GraphIndex& index) {
  const auto wrong = [](std::string message, std::string remedy) { return fail({ErrorKind::kUsage, std::move(message), std::move(remedy)}); };
  if (options.method == "eap-ig" && (options.steps < 1 || options.steps > 100000))
    return wrong(fmt::format("{} integration steps", options.steps), "expected 1 to 100000");
  if (options.method == "acdc" && std::isnan(options.threshold)) return wrong("the threshold is not a number", "give a number, 0.01 for example");
  for (const std::uint32_t edge : options.edges)
    if (edge >= index.edges())
      return wrong(fmt::format("edge {} of a graph with {} edges", edge, index.edges()), "give edge indices of this network");
  return {};
}

}  // namespace

double total_effect(const DiscoveryProblem& problem) {
  std::vector<double> effects(problem.batches.size());
  for_each_shard(problem.batches.size(), problem.session.threads, [&](std::size_t i) {
    const at::NoGradGuard no_gradient;
    const Transformer& network = problem.network;
    const ExampleBatch& batch = problem.batches[i];
    SourceRecorder clean;
    const at::Tensor scored = network.blocks(network.embed(batch.clean, &clean), 0, &clean).flatten(0, 1).index_select(0, batch.scored);
    const auto logits = [&](const at::Tensor& residual) { return readout_logits(network, residual, problem.columns); };
    const at::Tensor reference = logits(scored);
    const auto metric = [&](const at::Tensor& of) { return per_example(problem.metric, of, batch, reference).sum().item<double>(); };
    const at::Tensor change = written_together(network, minus(problem.ablator.values(batch), clean.activations()), batch.scored);
    effects[i] = metric(reference) - metric(logits(scored + change));
  });
  return std::accumulate(effects.begin(), effects.end(), 0.0);
}

Result<DiscoveryResult> discover_circuit(const Transformer& network, std::span<const Example> examples, const DiscoveryOptions& options,
                                         Session& session, const std::vector<Span>& spans) {
  const auto methods = all_methods();
  std::vector<std::string> names;
  const DiscoveryMethod* method = nullptr;
  for (const auto& candidate : methods) {
    names.emplace_back(candidate->name());
    if (candidate->name() == options.method) method = candidate.get();
  }
  if (method == nullptr) {
    const std::string near = nearest(options.method, names);
    return fail({ErrorKind::kUsage, fmt::format("no discovery method '{}'; expected exact, eap, eap-ig or acdc", options.method),
                 near.empty() ? "choose one of them" : fmt::format("did you mean '{}'?", near)});
  }
  if (!spans.empty() && !method->knows_spans())
    return unsupported(fmt::format("'{}' with positions told apart", options.method), "use eap or eap-ig, or leave the spans out");
  const GraphIndex index(shape_of(network.config(), spans));
  if (Status s = check_options(options, index); !s) return fail(s.error());
  if (Status s = check_examples(examples, network.config(), options.readout, options.ablation, spans); !s) return fail(s.error());

  const at::NoGradGuard no_gradient;
  const auto metric = make_metric(options.metric);
  const auto batches = make_batches(examples, network.config(), options.readout, network.options().dtype().toScalarType(),
                                    spans.empty() ? options.batch : 1, floats_per_token(network.config()));
  const Ablator ablator = Ablator::make(network, options.ablation, batches, session);
  const DiscoveryProblem problem{network, index, batches, ablator, *metric, readout_columns(options.readout), options, session};
  auto result = method->run(problem);
  if (!result) return result;
  result->total_effect = total_effect(problem);
  return result;
}

}  // namespace assay::circuits
