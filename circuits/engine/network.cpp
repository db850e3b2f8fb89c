#include "circuits/engine/network.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <exception>
#include <numeric>
#include <optional>

#include "circuits/discovery/node_patching.h"
#include "circuits/discovery/substitution.h"
#include "circuits/engine/circuits_seam.h"
#include "circuits/generation/divergence.h"
#include "circuits/generation/generate.h"
#include "circuits/graph/graph_index.h"
#include "circuits/model/interchange.h"
#include "circuits/model/readout.h"
#include "circuits/model/residual_stream.h"
#include "circuits/model/sites.h"
#include "circuits/model/tree_walk.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

/// libtorch's exceptions become errors here; running out of memory is a budget, everything else our own mistake.
template <class Work>
auto guarded(const char* what, Work&& work, bool gradients = false) -> decltype(work()) {
  try {
    const at::AutoGradMode mode(gradients);
    return work();
  } catch (const std::bad_alloc&) {
    return fail({ErrorKind::kBudget, fmt::format("out of memory in {}", what), "use fewer or shorter inputs", {}});
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (text.find("allocate memory") != std::string::npos || text.find("out of memory") != std::string::npos)
      return fail({ErrorKind::kBudget, fmt::format("out of memory in {}", what), "use fewer or shorter inputs", {}});
    return internal_error(fmt::format("libtorch refused {}: {}", what, text));
  } catch (const std::exception& error) { return internal_error(fmt::format("{}: {}", what, error.what())); }
}

NetworkInfo info_of(const ModelConfig& c, const NetworkIdentity& identity) {
  NetworkInfo info;
  info.layout = name_of(c.layout);
  info.layers = c.layers, info.heads = c.heads, info.kv_heads = c.kv_heads;
  info.d_model = c.d_model, info.d_head = c.d_head, info.d_mlp = c.d_mlp;
  info.vocabulary = c.vocabulary, info.positions = c.positions;
  info.parameters = c.parameters();
  info.has_mlp = c.has_mlp, info.has_norm = c.has_norm, info.tied_embeddings = c.tied_embeddings;
  info.hash = identity.hash;
  info.processing = identity.processing;
  return info;
}

class PatternReader : public Observer {
 public:
  PatternReader(int layer, int head) : layer_(layer), head_(head) {}
  bool wants(SiteKind kind, int layer) const override { return kind == SiteKind::kPattern && layer == layer_; }
  at::Tensor at_site(SiteKind, int, const at::Tensor& value) override {
    pattern = value[0][head_];
    return value;
  }
  at::Tensor pattern;  // [dst, src]

 private:
  const int layer_, head_;
};

GraphShape shape_with(const ModelConfig& config, std::vector<Span> spans) {
  return {config.layers, config.heads, config.d_model, config.has_mlp, false, std::move(spans)};
}

class TorchNetwork : public Network {
 public:
  TorchNetwork(Transformer transformer, const NetworkIdentity& identity)
      : transformer_(std::move(transformer)),
        config_(transformer_.config()),
        info_(info_of(config_, identity)),
        graph_(build_graph(shape_with(config_, identity.spans))),
        identity_(identity) {}

  const NetworkInfo& info() const override { return info_; }
  std::vector<std::pair<std::string, int>> sites() const override { return all_sites(config_); }
  const CircuitGraph& graph() const override { return graph_; }
  Result<std::unique_ptr<Network>> by_span(const std::vector<Span>& spans) override {
    if (Status checked = check_shape(shape_with(config_, spans)); !checked) return fail(checked.error());
    NetworkIdentity identity = identity_;
    identity.spans = spans;
    return std::make_unique<TorchNetwork>(transformer_, identity);
  }

  Result<std::vector<float>> logits(std::span<const TokenId> tokens, bool float64) override {
    if (Status checked = check_sequence(tokens, {}, config_); !checked) return fail(checked.error());
    return guarded("a forward pass", [&]() -> Result<std::vector<float>> { return floats_of(model(float64).forward(tensor_of(tokens))[0]); });
  }

  Result<std::vector<std::vector<Answer>>> answers(std::span<const Tokens> sequences, std::span<const std::vector<std::int32_t>> positions,
                                                   const Readout& readout, bool float64) override {
    Result<ReadoutPlan> plan = plan_readout(readout, config_.vocabulary);
    if (!plan) return fail(plan.error());
    if (sequences.size() != positions.size())
      return internal_error(fmt::format("{} sequences with {} lists of positions", sequences.size(), positions.size()));
    std::vector<std::int32_t> lengths;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      if (Status checked = check_sequence(sequences[i], positions[i], config_); !checked) return fail(checked.error());
      lengths.push_back(positions[i].empty() ? 1 : *std::max_element(positions[i].begin(), positions[i].end()) + 1);
    }
    return guarded("forward passes", [&] { return read_answers(sequences, positions, lengths, *plan, float64); });
  }

  Result<std::vector<float>> attention(std::span<const TokenId> tokens, int layer, int head) override {
    if (Status checked = check_sequence(tokens, {}, config_); !checked) return fail(checked.error());
    Result<SiteRef> site = parse_site(fmt::format("pattern.{}.{}", layer, head), config_);
    if (!site) return fail(site.error());
    return guarded("a forward pass", [&]() -> Result<std::vector<float>> {
      PatternReader reader(layer, head);
      transformer_.blocks(transformer_.embed(tensor_of(tokens)), 0, &reader, layer + 1);
      return floats_of(reader.pattern);
    });
  }

  Result<std::vector<float>> read_site(std::span<const Tokens> sequences, std::span<const std::int32_t> positions, const std::string& name) override {
    Result<at::Tensor> values = read(sequences, positions, name);
    if (!values) return fail(values.error());
    return floats_of(*values);
  }

  Result<std::vector<std::vector<float>>> read_sites(std::span<const Tokens> sequences, std::span<const std::vector<std::int32_t>> positions,
                                                     std::span<const std::string> names) override {
    const Result<std::vector<at::Tensor>> values = read(sequences, positions, names);
    if (!values) return fail(values.error());
    std::vector<std::vector<float>> all;
    for (const at::Tensor& value : *values) all.push_back(floats_of(value));
    return all;
  }

  Result<double> float_difference(std::span<const Tokens> sequences) override {
    std::vector<std::int32_t> lengths;
    for (const Tokens& sequence : sequences) {
      if (Status checked = check_sequence(sequence, {}, config_); !checked) return fail(checked.error());
      lengths.push_back(static_cast<std::int32_t>(sequence.size()));
    }
    return guarded("forward passes", [&]() -> Result<double> {
      double largest = 0;
      for_each_batch(sequences, lengths, batch_values(lengths), device(), [&](const at::Tensor& tokens, const std::vector<std::size_t>&) {
        largest = std::max(largest, (transformer_.forward(tokens).to(at::kDouble) - model(true).forward(tokens)).abs().max().item<double>());
      });
      return largest;
    });
  }

  Result<EnumerationSummary> enumerate(const TokenTree& tree, const EnumerationOptions& options, const std::function<bool(const ScoredBatch&)>& visit,
                                       Session& session) override {
    return guarded("enumeration", [&]() -> Result<EnumerationSummary> {
      if (options.float64) return walk_tree(packed<double>(packed64_, model(true)), tree, options, visit, session);
      return walk_tree(packed<float>(packed32_, transformer_), tree, options, visit, session);
    });
  }

  Status interchange(const InterchangeRequest& request, const InterchangeVisitor& visit, Session& session) override {
    return guarded("interchange", [&] { return run_interchange(transformer_, kept_, request, visit, session); });
  }

  Result<StreamReading> read_stream(std::span<const StreamInput> inputs, const Tokens& tokens, Session& session) override {
    return guarded("forward passes", [&] { return circuits::read_stream(transformer_, inputs, tokens, session); });
  }

  Result<std::vector<std::vector<std::vector<float>>>> patch_stream(std::span<const StreamPatch> patches, std::span<const int> layers,
                                                                    const Tokens& tokens, Session& session) override {
    return guarded("forward passes", [&] { return circuits::patch_stream(transformer_, patches, layers, tokens, session); });
  }

  Result<Subspace> class_subspace(std::span<const Tokens> sequences, std::span<const std::int32_t> positions, std::span<const std::int64_t> labels,
                                  const std::string& name, int rank) override {
    if (labels.size() != sequences.size()) return internal_error(fmt::format("{} labels for {} sequences", labels.size(), sequences.size()));
    Result<at::Tensor> values = read(sequences, positions, name);
    if (!values) return fail(values.error());
    return guarded("a singular value decomposition", [&] { return subspace_of_means(values->to(at::kCPU, at::kDouble), labels, rank); });
  }

  Result<DiscoveryResult> discover(std::span<const Example> examples, const DiscoveryOptions& options, Session& session) override {
    return guarded("circuit discovery", [&] { return seam::discover(transformer_, graph_, examples, options, session); }, true);
  }
  Result<std::vector<CircuitScores>> evaluate(std::span<const Example> examples, std::span<const std::vector<bool>> circuits,
                                              const EvaluationOptions& options, Session& session) override {
    return guarded("circuit evaluation", [&] { return seam::evaluate(transformer_, graph_, examples, circuits, options, session); });
  }

  Result<NodeEffects> patch_nodes(std::span<const Example> examples, const NodePatchingOptions& options, Session& session) override {
    return guarded("node patching", [&] { return circuits::patch_nodes(transformer_, examples, options, session, graph_.shape.spans); });
  }

  Result<SubstitutionEffects> substitution_effects(const SubstitutionRequest& request) override {
    return guarded("a backward pass", [&] { return circuits::substitution_effects(transformer_, request); }, true);
  }

  Result<const Tokenizer*> tokenizer() override {
    std::scoped_lock lock(mutex_);
    if (!tokenizer_) tokenizer_ = open_tokenizer();
    return *tokenizer_ ? Result<const Tokenizer*>(&**tokenizer_) : fail(tokenizer_->error());
  }

  Result<std::vector<Generation>> generate(const GenerationRequest& request, Session& session) override {
    Result<const Tokenizer*> words = tokenizer();
    if (!words && !request.stop.empty()) return fail(words.error());
    return guarded("generation", [&] {
      const PathWeights<float>& weights = packed<float>(packed32_, transformer_);
      return circuits::generate(weights, whole_readout(weights), words ? *words : nullptr, request, session);
    });
  }

  Result<Divergence> divergence(std::span<const Tokens> texts, const Intervention& intervention, Session& session) override {
    return guarded("forward passes", [&] {
      const PathWeights<float>& weights = packed<float>(packed32_, transformer_);
      return divergence_of(weights, whole_readout(weights), texts, intervention, session);
    });
  }

 private:
  Result<Tokenizer> open_tokenizer() const {
    if (identity_.path.empty()) return unsupported("text with a network in memory", "store it with a tokenizer.json");
    Result<Tokenizer> opened = Tokenizer::open(identity_.path);
    if (opened && opened->info().vocabulary > config_.vocabulary)
      return input_error(fmt::format("{}: the tokenizer has ids up to {}, the network has {} tokens", opened->info().source,
                                     opened->info().vocabulary - 1, config_.vocabulary),
                         "tokenizer and weights contradict each other: take both from the same model");
    return opened;
  }

  const PackedMatrix<float>& whole_readout(const PathWeights<float>& weights) {
    std::scoped_lock lock(mutex_);
    if (readout_.panels == 0) {
      std::vector<int> tokens(static_cast<std::size_t>(config_.vocabulary));
      std::iota(tokens.begin(), tokens.end(), 0);
      readout_ = pack_readout(weights, tokens);
    }
    return readout_;
  }

  at::Device device() const { return transformer_.options().device(); }

  at::Tensor tensor_of(std::span<const TokenId> tokens) const {
    at::Tensor out = at::empty({1, static_cast<std::int64_t>(tokens.size())}, at::kLong);
    std::copy(tokens.begin(), tokens.end(), out.data_ptr<std::int64_t>());
    return out.to(device());
  }

  static std::vector<float> floats_of(const at::Tensor& tensor) {
    at::Tensor plain = tensor.to(at::kCPU, at::kFloat).contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
  }

  std::size_t batch_values(const std::vector<std::int32_t>& lengths) const {
    const std::int32_t longest = lengths.empty() ? 1 : *std::max_element(lengths.begin(), lengths.end());
    return std::max(values_per_token(config_, longest), static_cast<std::size_t>(config_.vocabulary));
  }

  const Transformer& model(bool float64) {
    if (!float64) return transformer_;
    std::scoped_lock lock(mutex_);
    if (!wide_) wide_ = std::make_unique<Transformer>(config_, converted(transformer_.weights(), at::TensorOptions().dtype(at::kDouble)));
    return *wide_;
  }

  template <class Real>
  const PathWeights<Real>& packed(std::unique_ptr<PathWeights<Real>>& slot, const Transformer& from) {
    std::scoped_lock lock(mutex_);
    if (!slot) slot = std::make_unique<PathWeights<Real>>(pack<Real>(from));
    return *slot;
  }

  Result<at::Tensor> read(std::span<const Tokens> sequences, std::span<const std::int32_t> positions, const std::string& name) {
    std::vector<std::vector<std::int32_t>> places;
    for (const std::int32_t position : positions) places.push_back({position});
    const Result<std::vector<at::Tensor>> values = read(sequences, places, std::span(&name, 1));
    return values ? Result<at::Tensor>(values->front()) : fail(values.error());
  }

  Result<std::vector<at::Tensor>> read(std::span<const Tokens> sequences, std::span<const std::vector<std::int32_t>> positions,
                                       std::span<const std::string> names) {
    std::vector<SiteRef> sites;
    for (const std::string& name : names) {
      Result<SiteRef> site = parse_site(name, config_);
      if (!site) return fail(site.error());
      sites.push_back(*site);
    }
    if (sequences.size() != positions.size())
      return internal_error(fmt::format("{} sequences with positions for {}", sequences.size(), positions.size()));
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      if (positions[i].size() != sites.size()) return internal_error(fmt::format("{} positions for {} sites", positions[i].size(), sites.size()));
      if (Status checked = check_sequence(sequences[i], positions[i], config_); !checked) return fail(checked.error());
    }
    return guarded("forward passes",
                   [&]() -> Result<std::vector<at::Tensor>> { return circuits::read_sites(transformer_, sequences, positions, sites); });
  }

  Result<std::vector<std::vector<Answer>>> read_answers(std::span<const Tokens> sequences, std::span<const std::vector<std::int32_t>> positions,
                                                        const std::vector<std::int32_t>& lengths, const ReadoutPlan& plan, bool float64) {
    std::vector<std::vector<Answer>> all(sequences.size());
    at::Tensor columns = at::tensor(std::vector<std::int64_t>(plan.tokens.begin(), plan.tokens.end()), at::kLong).to(device());
    const Transformer& used = model(float64);
    for_each_batch(sequences, lengths, batch_values(lengths), device(), [&](const at::Tensor& tokens, const std::vector<std::size_t>& rows) {
      std::vector<std::int64_t> row, place;
      for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::int32_t position : positions[rows[i]]) row.push_back(static_cast<std::int64_t>(i)), place.push_back(position);
      if (row.empty()) return;
      at::Tensor residual = used.blocks(used.embed(tokens), 0);
      at::Tensor picked = residual.index({at::tensor(row, at::kLong).to(device()), at::tensor(place, at::kLong).to(device())});
      at::Tensor values = used.logits(picked).index_select(1, columns).to(at::kCPU, at::kDouble).contiguous();
      for (std::size_t i = 0; i < row.size(); ++i)
        all[rows[static_cast<std::size_t>(row[i])]].push_back(
            plan.answer_of(values.data_ptr<double>() + i * plan.tokens.size(), path_kernels<double>()));
    });
    return all;
  }

  /// Leading right singular vectors of the centred class means; each vector's largest component is positive, so that the result is unique.
  static Result<Subspace> subspace_of_means(const at::Tensor& values, std::span<const std::int64_t> labels, int rank) {
    std::vector<std::int64_t> classes(labels.begin(), labels.end());
    std::sort(classes.begin(), classes.end());
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
    const std::int64_t width = values.size(1);
    if (rank < 1 || rank > width || rank >= static_cast<int>(classes.size()))
      return input_error(fmt::format("a subspace of rank {} from {} classes at a site of width {}", rank, classes.size(), width),
                         "ask for a rank from 1 to the number of classes minus one");
    at::Tensor means = at::zeros({static_cast<std::int64_t>(classes.size()), width}, values.options());
    for (std::size_t c = 0; c < classes.size(); ++c) {
      std::vector<std::int64_t> members;
      for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] == classes[c]) members.push_back(static_cast<std::int64_t>(i));
      means[static_cast<std::int64_t>(c)] = values.index_select(0, at::tensor(members, at::kLong)).mean(0);
    }
    at::Tensor vectors = std::get<2>(at::linalg_svd(means - means.mean(0, true), false)).slice(0, 0, rank);  // [rank, width]
    at::Tensor signs = vectors.gather(1, vectors.abs().argmax(1, true)).sign();
    at::Tensor columns = (vectors * signs).t().to(at::kFloat).contiguous();
    return Subspace{static_cast<int>(width), rank, floats_of(columns)};
  }

  Transformer transformer_;
  const ModelConfig config_;
  const NetworkInfo info_;
  const CircuitGraph graph_;
  const NetworkIdentity identity_;
  KeptRuns kept_;
  std::mutex mutex_;  // of those below, built at first use
  std::optional<Result<Tokenizer>> tokenizer_;
  PackedMatrix<float> readout_;
  std::unique_ptr<Transformer> wide_;
  std::unique_ptr<PathWeights<float>> packed32_;
  std::unique_ptr<PathWeights<double>> packed64_;
};

}  // namespace

Result<std::unique_ptr<Network>> make_network(Transformer transformer, NetworkIdentity identity) {
  // Threads belong to the callers of for_each_shard: libtorch's own would split sums differently on one and two cores.
  if (at::get_num_threads() != 1) at::set_num_threads(1);
  return guarded("a network",
                 [&]() -> Result<std::unique_ptr<Network>> { return std::make_unique<TorchNetwork>(std::move(transformer), std::move(identity)); });
}

}  // namespace assay::circuits
