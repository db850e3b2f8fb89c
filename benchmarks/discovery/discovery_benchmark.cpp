// Time, peak memory and floor of circuit discovery on one model folder, with the scores for a peer to compare.
//
//   discovery_benchmark write DIR [--layers 12 --heads 12 --width 768 --vocabulary 50257]    a random network in GPT-2 layout
//   discovery_benchmark unpack MODEL.gguf DIR                                               its weights widened to float32, for peers
//   discovery_benchmark eap-ig DIR OUT.json [--threads 2 --examples 8 --tokens 16 --steps 5 --edges 500]
//   discovery_benchmark eap|exact|exact-all|nodes DIR OUT.json ...     exact: --edges seeded edges; exact-all: every edge; nodes: every head and MLP
//
// One process per case, so that the peak of resident memory is that case's own. OUT.json holds the examples, the scores by edge name and what
// was measured. Used by benchmarks/discovery/run.py.
//
// Floor. A forward pass needs 2 W + 4 T d operations per token and layer, W being its weights (GPT-2: 4 d^2 + 2 d d_mlp; Llama: keys and values of
// the groups alone, 3 d d_mlp), and 2 d V per scored position. eap-ig: m + 2
// forward passes, m backward ones of the same cost (no gradient of a weight is needed) and 2 E d per token for the products; exact: per
// edge the layers behind its slot, and the logits; nodes: per node the layers behind it, for a head the MLP of its own, and the logits. Bytes: the
// weights of the layers once per pass (exact: once per slot, whose edges can share them; nodes: once per place that a layer writes at). The floor in
// seconds is the larger of operations / rate of a 1024 x 1024 product on the same threads and bytes / rate of a copy.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "circuits/discovery/node_patching.h"
#include "circuits/model/load.h"
#include "circuits/model/random.h"
#include "circuits/model/shards.h"

namespace {

using namespace assay;
using namespace assay::circuits;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string name, folder, out;
  int threads = 2, layers = 12, heads = 12, width = 768, vocabulary = 50257, examples = 8, tokens = 16, steps = 5, edges = 500;
};

Options parse(int count, char** words) {
  Options o;
  o.name = words[1], o.folder = words[2];
  int next = 3;
  if (next < count && words[next][0] != '-') o.out = words[next++];
  const std::pair<const char*, int*> numbers[] = {{"--threads", &o.threads}, {"--layers", &o.layers},         {"--heads", &o.heads},
                                                  {"--width", &o.width},     {"--vocabulary", &o.vocabulary}, {"--examples", &o.examples},
                                                  {"--tokens", &o.tokens},   {"--steps", &o.steps},           {"--edges", &o.edges}};
  for (; next + 1 < count; next += 2)
    for (const auto& [key, target] : numbers)
      if (std::strcmp(words[next], key) == 0) *target = std::atoi(words[next + 1]);
  return o;
}

int write_network(const Options& o) {
  ModelConfig c;
  c.layers = o.layers, c.heads = c.kv_heads = o.heads, c.d_model = o.width, c.d_head = o.width / o.heads, c.d_mlp = 4 * o.width;
  c.vocabulary = o.vocabulary, c.positions = 1024;
  std::filesystem::create_directories(o.folder);
  const Status written = save_model(o.folder, c, random_weights(c, 1), StoredType::kF32);
  return written ? 0 : (fmt::print(stderr, "{}\n", written.error().to_string()), 1);
}

int unpack(const Options& o) {
  const Result<LoadedModel> model = load_model(o.folder, at::kFloat);
  if (!model) return fmt::print(stderr, "{}\n", model.error().to_string()), 1;
  std::filesystem::create_directories(o.out);
  const Status written = save_model(o.out, model->transformer.config(), model->transformer.weights(), StoredType::kF32);
  return written ? 0 : (fmt::print(stderr, "{}\n", written.error().to_string()), 1);
}

std::vector<Example> examples_of(const Options& o, int vocabulary) {
  SplitMix64 random(1);
  const auto token = [&] { return static_cast<TokenId>(random.next() % static_cast<std::uint64_t>(vocabulary)); };
  std::vector<Example> examples(static_cast<std::size_t>(o.examples));
  for (Example& e : examples) {
    for (int t = 0; t < o.tokens; ++t) e.clean.push_back(token()), e.corrupted.push_back(token());
    e.positions = {o.tokens - 1};
    e.correct = {token()};
    do e.incorrect = {token()};
    while (e.incorrect == e.correct);
  }
  return examples;
}

std::vector<std::uint32_t> seeded_edges(std::uint64_t all, int count) {
  SplitMix64 random(2);
  std::set<std::uint32_t> edges;
  while (edges.size() < std::min<std::uint64_t>(static_cast<std::uint64_t>(count), all))
    edges.insert(static_cast<std::uint32_t>(random.next() % all));
  return {edges.begin(), edges.end()};
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// What the machine does at best on these threads: multiply-adds of a product as 2 operations each, and bytes of a copy, read and written.
struct Rates {
  double operations = 0, bytes = 0;
};

Rates measured_rates(int threads) {
  const auto count = static_cast<std::size_t>(threads);
  std::vector<at::Tensor> a(count), b(count), from(count), to(count);
  for (std::size_t i = 0; i < count; ++i)
    a[i] = at::ones({1024, 1024}), b[i] = at::ones({1024, 1024}), from[i] = at::ones({32 << 20}), to[i] = at::empty({32 << 20});
  const auto on_threads = [&](const std::function<void(std::size_t)>& work) {
    for_each_shard(count, threads, work);
    return seconds_of([&] { for_each_shard(count, threads, work); });
  };
  const double products = on_threads([&](std::size_t i) {
    for (int k = 0; k < 10; ++k) at::matmul(a[i], b[i]);
  });
  const double copies = on_threads([&](std::size_t i) { to[i].copy_(from[i]); });
  const auto n = static_cast<double>(count);
  return {n * 10 * 2 * 1024.0 * 1024 * 1024 / products, n * 2 * 4 * (32 << 20) / copies};
}

struct Floor {
  double operations = 0, bytes = 0;
};

Floor floor_of(const Options& o, const ModelConfig& c, const GraphIndex& index, std::span<const std::uint32_t> edges) {
  const double d = c.d_model, tokens = static_cast<double>(o.examples) * o.tokens;
  const double attention = 2 * d * d + 2 * d * c.kv_heads * c.d_head;
  const double weights = attention + (c.has_mlp ? (c.layout == Layout::kLlama ? 3 : 2) * d * c.d_mlp : 0);
  const double layer = (2 * weights + 4 * d * o.tokens) * tokens, logits = 2 * d * c.vocabulary * o.examples;
  const double pass = c.layers * layer + logits, pass_bytes = 4 * c.layers * weights;
  if (o.name == "eap" || o.name == "eap-ig") {
    const double steps = o.name == "eap" ? 1 : o.steps;
    return {(2 * steps + 2) * pass + 2 * static_cast<double>(index.edges()) * d * tokens, (2 * steps + 2) * pass_bytes};
  }
  Floor floor{2 * pass, 2 * pass_bytes};
  if (o.name == "nodes") {  // behind each node
    floor.operations += c.layers * layer + logits, floor.bytes += 4 * c.layers * weights;
    for (int l = 0; l < c.layers; ++l) {
      const double behind = c.layers - 1 - l, mlp = (c.layout == Layout::kLlama ? 3 : 2) * d * c.d_mlp;
      floor.operations += (c.heads + (c.has_mlp ? 1 : 0)) * (behind * layer + logits) + (c.has_mlp ? c.heads * 2 * mlp * tokens : 0);
      floor.bytes += 2 * 4 * behind * weights;
    }
    return floor;
  }
  std::set<int> slots;
  for (const std::uint32_t edge : edges) {
    const int slot = index.slot_of_edge(edge), behind = std::max(0, c.layers - 1 - index.layer_of_slot(slot));
    floor.operations += behind * layer + logits;
    if (slots.insert(slot).second) floor.bytes += 4 * behind * weights;
  }
  return floor;
}

Json examples_json(std::span<const Example> examples) {
  Json list = Json::array();
  for (const Example& e : examples)
    list.push_back({{"clean", e.clean}, {"corrupted", e.corrupted}, {"correct", e.correct[0]}, {"incorrect", e.incorrect[0]}});
  return list;
}

Json scores_json(const CircuitGraph& graph, const std::vector<double>& scores) {
  Json by_name = Json::object();
  for (std::size_t e = 0; e < scores.size(); ++e)
    if (!std::isnan(scores[e])) by_name[graph.edge_name(e)] = scores[e];
  return by_name;
}

Json scores_json(const NodeEffects& found) {
  Json by_name = Json::object();
  for (std::size_t n = 0; n < found.nodes.size(); ++n) by_name[found.nodes[n]] = found.effects[n][0];
  return by_name;
}

int fail_with(const Error& error) {
  fmt::print(stderr, "{}\n", error.to_string());
  return 1;
}

int measure(const Options& o) {
  const Result<LoadedModel> model = load_model(o.folder, at::kFloat);
  if (!model) return fail_with(model.error());
  at::set_num_threads(1);
  const Transformer& network = model->transformer;
  const GraphIndex index(shape_of(network.config()));
  const auto examples = examples_of(o, network.config().vocabulary);
  DiscoveryOptions options;
  options.method = o.name == "exact-all" ? "exact" : o.name;
  options.steps = o.steps;
  const bool exact = options.method == "exact";
  if (exact) options.edges = seeded_edges(index.edges(), o.name == "exact-all" ? static_cast<int>(index.edges()) : o.edges);
  Progress silent;
  const std::atomic<bool> stop{false};
  Session session{silent, stop, {}, o.threads};
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  Result<DiscoveryResult> edges = fail({ErrorKind::kInternal, "not run", ""});
  Result<NodeEffects> nodes = fail({ErrorKind::kInternal, "not run", ""});
  const bool of_nodes = o.name == "nodes";
  const double seconds = seconds_of([&] {
    if (of_nodes) nodes = patch_nodes(network, examples, {}, session);
    else edges = discover_circuit(network, examples, options, session);
  });
  if (of_nodes ? !nodes : !edges) return fail_with(of_nodes ? nodes.error() : edges.error());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const Rates rates = measured_rates(o.threads);
  const Floor floor = floor_of(o, network.config(), index, options.edges);
  Json line = {{"case", o.name},
               {"edges", exact ? options.edges.size() : index.edges()},
               {"graph_edges", index.edges()},
               {"examples", o.examples},
               {"tokens", o.tokens},
               {"steps", o.steps},
               {"threads", o.threads},
               {"seconds", seconds},
               {"peak_mb", usage.ru_maxrss / 1024},
               {"loaded_mb", before.ru_maxrss / 1024},
               {"floor_gflop", floor.operations / 1e9},
               {"floor_gb", floor.bytes / 1e9},
               {"gflop_per_s", rates.operations / 1e9},
               {"gb_per_s", rates.bytes / 1e9},
               {"floor_seconds", std::max(floor.operations / rates.operations, floor.bytes / rates.bytes)}};
  fmt::print("{}\n", line.dump());
  line["data"] = examples_json(examples);
  line["scores"] = of_nodes ? scores_json(*nodes) : scores_json(build_graph(index.shape()), edges->scores);
  const Status written = write_file(o.out, line.dump() + "\n");
  return written ? 0 : fail_with(written.error());
}

}  // namespace

int main(int count, char** words) {
  if (count < 3 || (std::strcmp(words[1], "write") != 0 && (count < 4 || words[3][0] == '-')))
    return fmt::print(
               stderr,
               "usage: discovery_benchmark write DIR | unpack MODEL.gguf DIR | eap-ig|eap|exact|exact-all|nodes DIR OUT.json, with options as in "
               "the source\n"),
           2;
  const Options o = parse(count, words);
  return o.name == "write" ? write_network(o) : o.name == "unpack" ? unpack(o) : measure(o);
}
