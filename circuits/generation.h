// What a request for text asks of a network and what comes back: plain data, so that analysis sees tokens, bytes and probabilities only.
//
//   GenerationRequest request{.prompts = {prompt}, .samples = 4, .max_tokens = 200, .temperature = 0.8, .top_p = 0.95, .seed = 1};
//   request.stop = {"\n}\n"};
//   std::vector<Generation> texts = *network->generate(request, session);      // prompt-major
//
// Guaranteed: what is written for (prompt, sample) depends on network, prompt, sample number, seed and options only. Batch size, thread
// count and the other prompts change neither a token nor a bit of a probability, on CPUs with the same instruction set (AVX2 and AVX-512
// agree; a CPU without fused multiply-add may differ in the last bits). Test: tests/circuits/generation_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "circuits/training.h"

namespace assay::circuits {

/// What is changed inside a network while it writes or reads a text.
struct Intervention {
  /// Of a head: its output z, before its output projection, or its query, key or value, before rotation. Heads of a group share key and value.
  enum class Part { kOutput, kQuery, kKey, kValue };
  /// The part x becomes scale * x + added: scale 0 ablates it.
  struct Head {
    int layer = 0, head = 0;
    float scale = 1;
    std::vector<float> added = {};  ///< d_head numbers, or none
    Part part = Part::kOutput;
  };
  /// The part x becomes (1 - share) x + share y at one token of the prompt, with y from other runs (GenerationRequest::patched).
  struct Patch {
    Part part = Part::kOutput;
    int layer = 0, head = 0;
    float share = 1;
  };
  /// What a head or an MLP writes, x, becomes (1 - share) x + share y in the answer and at the prompt's last token, with y from the text that is read
  /// beside it (GenerationRequest::beside).
  struct Taken {
    static constexpr int kMlp = -1;
    int layer = 0, head = kMlp;
    float share = 1;
  };
  /// Added to a token's logit before a token is chosen.
  struct Bias {
    TokenId token = -1;
    float by = 0;
  };
  /// kSite: where the first token is decided, at the prompt's last token; kAnswer: there and at every token written; kEverywhere: at the
  /// tokens of the prompt too.
  enum class Where { kSite, kAnswer, kEverywhere } where = Where::kSite;
  std::vector<Head> heads;
  std::vector<Bias> biases;
  std::vector<Patch> patches = {};
  std::vector<Taken> taken = {};
  bool empty() const { return heads.empty() && biases.empty() && patches.empty() && taken.empty(); }
};

/// Where a prompt's patches are made, and the runs whose values, in the mean, they take. Positions: one per patch.
struct PatchedPrompt {
  struct Run {
    Tokens tokens;
    std::vector<std::int32_t> positions;
  };
  std::vector<std::int32_t> positions;
  std::vector<Run> runs;
};

struct GenerationRequest {
  std::vector<Tokens> prompts;  ///< each at least one token
  int samples = 1;              ///< per prompt
  int max_tokens = 256;         ///< per sample; a network that never stops ends here
  double temperature = 0;       ///< 0: the most probable token (the first of equals)
  double top_p = 1;             ///< sample from the smallest set of most probable tokens that reaches this mass
  std::uint64_t seed = 0;
  std::vector<std::string> stop;            ///< byte strings that end a text and are not part of it; need a tokenizer
  Tokens end_tokens;                        ///< tokens that end a text and are not part of it; empty: the tokenizer's own
  bool ignore_end_tokens = false;           ///< run to max_tokens (benchmarks)
  int alternatives = 0;                     ///< most probable tokens to report at each place
  int batch = 8;                            ///< samples computed side by side; memory and speed only
  Intervention intervention;                ///< probabilities are then those of the changed network
  std::vector<PatchedPrompt> patched = {};  ///< one per prompt where the intervention has patches
  std::vector<Tokens> beside = {};  ///< one per prompt where it takes: another prompt, which goes on with whatever is written behind the first
};

struct TokenProbability {
  TokenId token = -1;
  double log_probability = 0;  ///< natural logarithm; the network's own distribution, before temperature and top_p
};

struct GeneratedToken {
  TokenId token = -1;
  double log_probability = 0;                  ///< as above
  std::size_t begin = 0, end = 0;              ///< its bytes in the text (the last ones may lie behind the text's end when a stop string was cut off)
  std::vector<TokenProbability> alternatives;  ///< most probable first
};

struct Generation {
  std::size_t prompt = 0;
  int sample = 0;
  std::string text;                    ///< bytes; may end inside a character when the token limit cut it
  std::vector<GeneratedToken> tokens;  ///< without the end token
  enum class Finish { kStopString, kEndToken, kTokenLimit, kPositions, kCancelled } finish = Finish::kTokenLimit;
  std::string stop;  ///< kStopString: which; kEndToken: its name
  /// Sum over all tokens and the end token if one was written.
  double log_probability = 0;
};

/// How far an intervention moves the distribution of the next token, over all positions of some texts.
struct Divergence {
  std::uint64_t positions = 0;
  double mean_kl = 0, largest_kl = 0;    ///< of the network from the changed one, KL(P || Q), in nats
  std::uint64_t other_first_choice = 0;  ///< positions at which another token becomes the most probable
};

}  // namespace assay::circuits
