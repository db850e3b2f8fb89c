// What a training run needs and reports: plain data, handed by analysis (which knows tasks and programs) to the engine.
//
// Deterministic: the seed fixes initial weights and the order of examples; a run that was interrupted and resumed from its checkpoint
// ends with the same bytes as one that was not. The thread count changes nothing: each batch is split into parts that the specification fixes,
// and their gradients are summed in order. Test: tests/circuits/training_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace assay::circuits {

using TokenId = std::int32_t;
using Tokens = std::vector<TokenId>;
class Network;

/// One training sequence with what must be answered at some of its positions.
struct TrainingExample {
  Tokens tokens;
  std::vector<std::int32_t> positions;
  Tokens targets;                   ///< argmax tasks: the right token per position (cross-entropy over the whole vocabulary)
  std::vector<std::uint64_t> sets;  ///< set tasks: bit t set iff token t is legal (binary cross-entropy over all tokens)
};

class ExampleSource {
 public:
  virtual ~ExampleSource() = default;
  /// Example number `index`, any 64-bit number: a pure function of it, so that a seeded stream of indices is reproducible. Thread-safe.
  virtual TrainingExample example(std::uint64_t index) const = 0;
};

struct TrainingSpec {
  std::string from;             ///< folder of a model whose shapes and weights are the initial ones; empty: shapes as below, weights drawn
  std::string layout = "gpt2";  ///< "gpt2" or "llama"
  /// kv_heads 0: as heads; d_mlp 0: 4 d_model.
  int layers = 1, heads = 1, kv_heads = 0, d_model = 32, d_mlp = 0, positions = 16, vocabulary = 0;
  bool mlp = true, norm = true, tied_embeddings = false;
  std::string activation = "gelu_new";  ///< gpt2: gelu_new, gelu, relu; llama: silu
  std::uint64_t seed = 0;
  double initial_deviation = 0.02;  ///< of the normal initial weights; projections into the residual stream divide it by sqrt(2 layers)
  int steps = 3000, batch = 128;
  std::string optimizer = "adamw";  ///< "adamw"; "muon": Muon for the layers' matrices, AdamW for all else
  double learning_rate = 1e-3, weight_decay = 0.01, beta1 = 0.9, beta2 = 0.999, clip = 1.0;
  int warmup = 100;
  std::string schedule = "cosine";  ///< "cosine", "linear", "constant"
  double margin_loss = 0;           ///< weight of a hinge on the logit margin, which makes a proof by enumeration robust; 0: off
  double margin = 2;
  int check_every = 500;  ///< steps between exact checks of the whole domain
  bool stop_when_exact = true;
  double stop_margin = 0;  ///< exact counts as a reason to stop only with at least this smallest margin
  int checkpoint_every = 500;
  std::string examples;           ///< hash of what the examples are made from: a checkpoint of other examples is refused
  std::string output;             ///< folder for config.json, model.safetensors, training_log.jsonl
  std::string dtype = "float32";  ///< of the stored weights: "float32", "bfloat16"
};

/// Accuracy counted over the whole domain, not sampled.
struct DomainAccuracy {
  std::uint64_t inputs = 0, correct = 0;
  double smallest_margin = 0;
  bool exact() const { return inputs > 0 && inputs == correct; }
};

/// Checks a network in training on its whole domain.
using DomainCheck = std::function<Result<DomainAccuracy>(Network&)>;

struct TrainingReport {
  int steps = 0;
  double final_loss = 0;
  DomainAccuracy accuracy;
  double seconds = 0;
  bool resumed = false;
};

}  // namespace assay::circuits
