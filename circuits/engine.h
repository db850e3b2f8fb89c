// The one interface through which analysis and cli see networks: token ids in, plain numbers out.
//
// Everything that touches a tensor lives behind it, in the shared module libassay_engine.so, which open_engine() loads at first use,
// so that a process which needs no network does not pay for libtorch (.3 s). No torch type appears here.
//
//   Engine& engine = **open_engine();
//   std::unique_ptr<Network> network = *engine.load("zoo/max_of_four/model", {});      // a Hugging Face folder or a .gguf file
//   network->logits(...)
//
// Conventions: positions count from 0 at the first token of the sequence (a BOS token included). Sites are named as in DESIGN
// section 6. Reductions have a fixed order: the same call gives the same bytes on any thread count.
// Tests: tests/circuits/
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/session.h"
#include "circuits/circuit.h"
#include "circuits/generation.h"
#include "circuits/model/tokenizer/tokenizer.h"
#include "circuits/training.h"

namespace assay::circuits {

struct NetworkInfo {
  std::string layout;  ///< "gpt2", "llama"
  int layers = 0, heads = 0, kv_heads = 0, d_model = 0, d_head = 0, d_mlp = 0;
  int vocabulary = 0;
  int positions = 0;  ///< length of the position table, or the declared maximum (RoPE)
  std::uint64_t parameters = 0;
  bool has_mlp = true, has_norm = true, tied_embeddings = false;
  std::string hash;        ///< XXH3-128 of configuration and weights, hex
  std::string processing;  ///< weight processing and dtype in words: "float32, as stored"
};

// ---- what is read off the output -------------------------------------------------------------------------------------
/// How logits become an answer. kArgmax: the allowed token with the largest logit. kSet: the allowed tokens with logit > 0.
struct Readout {
  enum class Kind { kArgmax, kSet } kind = Kind::kArgmax;
  std::vector<TokenId> allowed;  ///< empty: the whole vocabulary (the default; a restricted one must be declared and is printed)
};

/// kArgmax: `token`; a tie for the best logit gives margin 0. kSet: bit i of `set` is allowed[i] (or token i), at most 64.
/// margin: best logit minus the second, or the smallest |logit|, over the readout's tokens.
struct Answer {
  TokenId token = -1;
  std::uint64_t set = 0;
  float margin = 0;
  bool same_choice(const Answer& other) const { return token == other.token && set == other.set; }
};

// ---- tree enumeration ------------------------------------------------------------------------------------------------
/// A finite tree of token sequences; the engine walks it level by level with cached keys and values, each prefix computed once.
class TokenTree {
 public:
  virtual ~TokenTree() = default;
  virtual Tokens start() const = 0;  ///< tokens before the root, for example BOS; may be empty
  virtual int depth() const = 0;     ///< longest sequence after start()
  /// Is an answer read at the last token of `prefix` (tokens after start())? Called for the empty prefix too if start() is not empty.
  virtual bool scored(std::span<const TokenId> prefix) const = 0;
  /// Appends the tokens that may follow. `answer` is the network's answer at the last token if it is scored (so that a task can let
  /// the network's own answer be the next token). Must be deterministic and thread-safe; the order of children is the order of visits.
  virtual void children(std::span<const TokenId> prefix, const Answer* answer, Tokens& next) const = 0;
};

/// `count` scored prefixes of one length, row-major [count, length], in the deterministic order of the walk.
struct ScoredBatch {
  std::size_t length = 0;
  std::size_t count = 0;
  std::span<const TokenId> prefixes;  ///< without start()
  std::span<const Answer> answers;
};

struct EnumerationOptions {
  Readout readout;
  int batch = 0;            ///< 0: chosen from model size
  bool float64 = false;     ///< compute in float64
  double wall_seconds = 0;  ///< 0: no limit
};

struct EnumerationSummary {
  std::uint64_t prefixes = 0;  ///< positions computed
  std::uint64_t scored = 0;
  bool complete = false;  ///< false: stopped by visitor, budget or cancellation
  double seconds = 0;
};

// ---- interchange -----------------------------------------------------------------------------------------------------
/// An orthonormal basis, row-major [dimension, rank]; empty columns: the whole site.
struct Subspace {
  int dimension = 0, rank = 0;
  std::vector<float> columns;
};

struct Site {
  std::string name;   ///< "resid_mid.1", "pattern.0.2", ...
  Subspace subspace;  ///< rank 0: the full vector
};

/// Where in a base and in a source a site is swapped. A joint swap lists several.
struct SiteSwap {
  Site site;
};

/// One patched run: activations of `source` replace those of `base` at each swap's site; positions are per swap.
struct InterchangePair {
  std::uint32_t base = 0;    ///< index into InterchangeRequest::bases
  std::uint32_t source = 0;  ///< index into InterchangeRequest::sources
};

struct InterchangeInput {
  Tokens tokens;
  std::vector<std::int32_t> site_positions;    ///< one per swap
  std::vector<std::int32_t> scored_positions;  ///< bases: where answers are read; must not lie before the first swapped position
};

struct InterchangeRequest {
  std::vector<SiteSwap> swaps;
  std::vector<InterchangeInput> bases;
  std::vector<InterchangeInput> sources;
  std::vector<InterchangePair> pairs;  ///< empty: all bases x all sources, base-major
  Readout readout;
  enum class Mode { kSwap, kNoSwap, kRandomSubspace } mode = Mode::kSwap;  ///< controls
  std::uint64_t seed = 0;                                                  ///< of kRandomSubspace
};

/// Answers of pair `first + i` at its base's scored positions, in order.
using InterchangeVisitor = std::function<bool(std::size_t first_pair, std::span<const std::vector<Answer>> answers)>;

// ---- the residual stream, layer by layer -----------------------------------------------------------------------------
/// A sequence, and the tokens at which its residual stream is read.
struct StreamInput {
  Tokens tokens;
  std::vector<std::int32_t> positions;
};

struct StreamReading {
  std::vector<std::string> sites;          ///< resid_pre.0, resid_mid.0, resid_pre.1, ..., resid_final
  std::vector<std::vector<float>> values;  ///< per site, row-major [positions of all inputs in their order, d_model]
  std::vector<std::vector<float>> logits;  ///< per input those of the tokens asked for, behind its last token
};

/// `source`'s residual stream replaces that of `base` at some tokens. Equal lengths.
struct StreamPatch {
  Tokens base, source;
  std::vector<std::int32_t> positions;
};

// ---- circuits --------------------------------------------------------------------------------------------------------
enum class Ablation { kZero, kMean, kMeanPositional, kResample };
enum class MetricKind { kLogitDifference, kKlDivergence, kProbability, kAccuracy };

/// One example of a discovery or evaluation set. Clean and corrupted have equal lengths.
struct Example {
  Tokens clean;
  Tokens corrupted;                          ///< the counterfactual partner; used by kResample
  std::vector<std::int32_t> positions;       ///< where the metric is read
  Tokens correct;                            ///< per position; kSet: unused
  Tokens incorrect;                          ///< per position, -1: every other token (best other logit)
  std::vector<std::uint64_t> correct_set;    ///< kSet tasks: legal set per position, bits as in Answer
  std::vector<std::uint64_t> incorrect_set;  ///< kSet tasks: the partner's legal set per position
  std::vector<std::int32_t> spans;           ///< per clean token its span, never falling; only where the graph has spans
};

/// Where eap-ig takes its m gradients between the ablated embedding, 0, and the clean one, 1: at k / m, k = 0 .. m-1, as EAP-IG's code does,
/// or in the middle of each of the m parts, (k + 1/2) / m, whose error falls with the square of m.
enum class IntegrationRule { kLeft, kMidpoint };

struct DiscoveryOptions {
  std::string method = "eap-ig";                  ///< "exact", "eap", "eap-ig", "acdc"
  int steps = 5;                                  ///< eap-ig
  IntegrationRule rule = IntegrationRule::kLeft;  ///< eap-ig
  double threshold = 0.01;                        ///< acdc: tau
  MetricKind metric = MetricKind::kLogitDifference;
  Ablation ablation = Ablation::kResample;
  Readout readout;
  std::vector<std::uint32_t> edges;  ///< exact: only these edge indices; empty: all
  int batch = 0;
};

struct DiscoveryResult {
  std::vector<double> scores;                  ///< per edge index: summed per-example effect in the metric's unit; positive: removing the edge hurts
  double total_effect = 0;                     ///< metric(clean) - metric(corrupted), summed
  std::optional<double> integration_residual;  ///< eap-ig: |sum over input edges - total effect| / |total effect|
  std::vector<bool> kept;                      ///< acdc only
  std::uint64_t forward_passes = 0, backward_passes = 0;
};

struct NodePatchingOptions {
  MetricKind metric = MetricKind::kLogitDifference;
  Ablation ablation = Ablation::kResample;
  Readout readout;
  bool restore = false;  ///< clean values into corrupted runs (kResample only) instead of ablated values into clean runs
};

struct NodeEffects {
  std::vector<std::string> nodes;            ///< input, a0.h0, ..., m0, ...
  std::vector<std::vector<double>> effects;  ///< [node][span, or 1]: summed per-example effect in the metric's unit; positive: it carries the answer
  double total_effect = 0;                   ///< metric(clean) - metric(everything ablated), summed
};

struct EvaluationOptions {
  MetricKind metric = MetricKind::kLogitDifference;
  Ablation ablation = Ablation::kResample;
  Readout readout;
  int batch = 0;
};

/// Metric of the network with only the edges of a circuit (the rest ablated), per example, and whether the answer stays the same.
struct CircuitScores {
  std::vector<double> metric;     ///< per example
  std::vector<bool> same_answer;  ///< per example: every scored position answers as the full network does
  std::vector<Tokens> answers;    ///< per example: the token at each scored position, -1 where the best two tie; empty lists for sets
};

// ---- substitutions ---------------------------------------------------------------------------------------------------
/// What follows `position`; the margin is the best logit of the right tokens minus the best of the wrong ones.
struct TokenChoice {
  std::int32_t position = 0;
  Tokens right, wrong;
};

/// Other tokens at some positions, all at once: a name wherever it stands.
struct Substitution {
  std::vector<std::pair<std::int32_t, TokenId>> tokens;
};

/// Several tokens at one position at once: it starts from the mean of their embeddings.
struct Blend {
  std::int32_t position = 0;
  Tokens tokens;
};

struct SubstitutionRequest {
  Tokens tokens;
  std::vector<TokenChoice> choices;
  std::vector<Substitution> substitutions;
  std::vector<Blend> blends = {};
};

struct SubstitutionEffects {
  std::vector<double> margins;  ///< per choice, of the text as it is, blends included
  std::vector<double> effects;  ///< row-major [choices, substitutions]: by how much each would move the margin, to first order
  std::uint64_t forward_passes = 0, backward_passes = 0;
};

class Network {
 public:
  virtual ~Network() = default;
  virtual const NetworkInfo& info() const = 0;
  /// Site names that exist, in forward order, with the width of each.
  virtual std::vector<std::pair<std::string, int>> sites() const = 0;

  /// All logits, row-major [tokens, vocabulary]; one full forward pass.
  virtual Result<std::vector<float>> logits(std::span<const TokenId> tokens, bool float64 = false) = 0;
  /// Answers at `positions` of each sequence (any lengths), in order; full forward passes, batched by length.
  virtual Result<std::vector<std::vector<Answer>>> answers(std::span<const Tokens> sequences, std::span<const std::vector<std::int32_t>> positions,
                                                           const Readout& readout, bool float64 = false) = 0;
  /// Attention pattern of one head, row-major [dst, src].
  virtual Result<std::vector<float>> attention(std::span<const TokenId> tokens, int layer, int head) = 0;
  /// Values at a site, row-major [inputs, width]; for probes, subspaces and tests.
  virtual Result<std::vector<float>> read_site(std::span<const Tokens> sequences, std::span<const std::int32_t> positions,
                                               const std::string& site) = 0;
  /// Values at several sites in one pass over each sequence: [site][inputs, width]; a pattern is as wide as the longest prefix, 0 behind a shorter
  /// one's end. positions: per sequence, one per site.
  virtual Result<std::vector<std::vector<float>>> read_sites(std::span<const Tokens> /*sequences*/,
                                                             std::span<const std::vector<std::int32_t>> /*positions*/,
                                                             std::span<const std::string> /*sites*/) {
    return unsupported("several sites at once with this network", "load it through the engine");
  }
  /// Largest |logit32 - logit64| over the given sequences.
  virtual Result<double> float_difference(std::span<const Tokens> sequences) = 0;

  /// Calls `visit` with every scored prefix; stops early when it returns false.
  virtual Result<EnumerationSummary> enumerate(const TokenTree& tree, const EnumerationOptions& options,
                                               const std::function<bool(const ScoredBatch&)>& visit, Session& session) = 0;
  virtual Status interchange(const InterchangeRequest& request, const InterchangeVisitor& visit, Session& session) = 0;
  /// The residual stream at all sites in one pass per input, and the logits of `tokens` behind its last token.
  virtual Result<StreamReading> read_stream(std::span<const StreamInput> /*inputs*/, const Tokens& /*tokens*/, Session& /*session*/) {
    return unsupported("reading the residual stream of this network", "load it through the engine");
  }
  /// [patch][layer][token]: logits of `tokens` behind the base's last token when resid_pre.LAYER is replaced, and nothing else, for each of `layers`.
  virtual Result<std::vector<std::vector<std::vector<float>>>> patch_stream(std::span<const StreamPatch> /*patches*/, std::span<const int> /*layers*/,
                                                                            const Tokens& /*tokens*/, Session& /*session*/) {
    return unsupported("patching the residual stream of this network", "load it through the engine");
  }
  /// A subspace of `rank` in which class means of `site` over the inputs differ most (SVD of centred class means); labels: one per input.
  virtual Result<Subspace> class_subspace(std::span<const Tokens> sequences, std::span<const std::int32_t> positions,
                                          std::span<const std::int64_t> labels, const std::string& site, int rank) = 0;

  virtual Result<DiscoveryResult> discover(std::span<const Example> examples, const DiscoveryOptions& options, Session& session) = 0;
  /// One result per circuit; `circuits` give the kept edges by index into graph().edges. The full and the empty circuit are ordinary arguments.
  virtual Result<std::vector<CircuitScores>> evaluate(std::span<const Example> examples, std::span<const std::vector<bool>> circuits,
                                                      const EvaluationOptions& options, Session& session) = 0;
  /// Exact activation patching of whole nodes (circuits/discovery/node_patching.h), by span where the graph has spans.
  virtual Result<NodeEffects> patch_nodes(std::span<const Example> /*examples*/, const NodePatchingOptions& /*options*/, Session& /*session*/) {
    return unsupported("patching the nodes of this network", "load it through the engine");
  }
  /// First-order effects of token substitutions, all from one backward pass per choice (circuits/discovery/substitution.h).
  virtual Result<SubstitutionEffects> substitution_effects(const SubstitutionRequest& /*request*/) {
    return unsupported("gradients of this network", "load it through the engine");
  }
  virtual const CircuitGraph& graph() const = 0;
  /// The same network with a graph that tells these spans apart (circuits/circuit.h): its examples say which tokens belong to which.
  /// discover: eap and eap-ig. evaluate: any circuit, an example at a time.
  virtual Result<std::unique_ptr<Network>> by_span(const std::vector<Span>& /*spans*/) {
    return unsupported("spans with this network", "load it through the engine");
  }

  // Text: a network that has a tokenizer reads and writes it; one without can still continue tokens.
  /// The tokenizer of the GGUF file, or the tokenizer.json beside the weights; lives as long as the network. Fails where there is none,
  /// where it is broken, and where it has ids that the network has not.
  virtual Result<const Tokenizer*> tokenizer() {
    return unsupported("text with a network that has no tokenizer", "use a model with a tokenizer.json, or a GGUF file");
  }
  /// Continues prompts; see circuits/generation.h. Prompt-major, request.samples each.
  virtual Result<std::vector<Generation>> generate(const GenerationRequest& /*request*/, Session& /*session*/) {
    return unsupported("generation with this network", "load it through the engine");
  }
  /// How far the intervention, made at every position, moves the next token's distribution on these texts.
  virtual Result<Divergence> divergence(std::span<const Tokens> /*texts*/, const Intervention& /*intervention*/, Session& /*session*/) {
    return unsupported("interventions in this network", "load it through the engine");
  }
};

struct LoadOptions {
  bool random_weights = false;  ///< control: same shapes, freshly initialised from `seed`
  std::uint64_t seed = 0;
  std::string device = "cpu";  ///< "auto", "cpu", "cuda", "cuda:1"
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// `model`: a Hugging Face folder, or a path that ends in ".gguf".
  virtual Result<std::unique_ptr<Network>> load(const std::string& model, const LoadOptions& options) = 0;
  /// Trains a network, writes its Hugging Face folder and log, resumes from a checkpoint; see circuits/training.h.
  virtual Result<TrainingReport> train(const TrainingSpec& spec, const ExampleSource& examples, const DomainCheck& check, Session& session) = 0;
  virtual std::string torch_version() const = 0;
  virtual std::vector<std::string> devices() const = 0;
  virtual Status self_test() = 0;
};

/// Loads the module beside the binary (../lib/libassay_engine.so), or the one that ASSAY_ENGINE names. The engine lives until exit.
Result<Engine*> open_engine();

}  // namespace assay::circuits
