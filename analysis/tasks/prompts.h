// A finite set of prompts: a text with slots, each filled with one of its texts, as the tokens of a model.
//
//   PromptTemplate form{"for (int ${v} = 0; ${v}", {{"v", {"i", "k"}, {0, 1}, {}}}};
//   Prompts prompts = *Prompts::create(form, tokenizer);
//   prompts.all()[1].tokens                  // of "for (int k = 0; k"
//   prompts.all()[1].places[0] == {2, 6}     // the tokens that end its occurrences of ${v}
//
// The whole text becomes tokens at once, as when somebody types it, so that a token may cover the end of one slot and the beginning of the next.
// A slot's text may hold other slots. Errors: an unknown slot, one that no text uses, one that holds itself, two choices that give the same prompt,
// more than kMostPrompts or 64 MB. Cost: microseconds per prompt. Test: tests/analysis/prompts_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "circuits/training.h"

namespace assay::circuits {
class Tokenizer;
}

namespace assay::analysis {

using circuits::TokenId;
using circuits::Tokens;

inline constexpr std::size_t kMostPrompts = 100'000;

struct PromptSlot {
  std::string name;
  std::vector<std::string> texts;
  std::vector<std::int64_t> values;  ///< what a C function is told, one per text
  std::vector<std::string> labels;   ///< what people are told; empty: the texts
  const std::string& label(std::size_t text) const { return (labels.empty() ? texts : labels)[text]; }
};

struct PromptTemplate {
  std::string text;  ///< with `${name}` where a slot stands
  std::vector<PromptSlot> slots;
};

struct Prompt {
  std::string text;
  Tokens tokens;
  std::vector<std::size_t> choices;      ///< per slot: which of its texts
  std::vector<std::vector<int>> places;  ///< per slot and occurrence: the token that holds its last byte; none where its text is empty
};

class Prompts {
 public:
  static Result<Prompts> create(PromptTemplate form, const circuits::Tokenizer& tokenizer);

  const std::vector<Prompt>& all() const { return prompts_; }  ///< the last slot changes fastest
  const PromptTemplate& form() const { return form_; }
  /// The prompt whose tokens these are, or null.
  const Prompt* find(std::span<const TokenId> tokens) const;
  /// Appends the tokens that follow `prefix` in some prompt, in the order of the prompts.
  void children(std::span<const TokenId> prefix, Tokens& next) const;
  /// The prompts that differ from this one in one of `slots` (empty: of all slots).
  std::vector<std::size_t> neighbours(std::size_t prompt, std::span<const std::size_t> slots) const;
  int longest() const { return longest_; }
  /// Another text with slots, as the choices of this prompt fill it.
  Result<std::string> filled(const Prompt& prompt, const std::string& text) const;
  /// "earlier_variable=k, comparison=<="
  std::string described(const Prompt& prompt) const;

 private:
  struct Node {
    std::vector<std::pair<TokenId, std::uint32_t>> children;
    std::int64_t prompt = -1;
  };
  std::optional<std::uint32_t> child(std::uint32_t node, TokenId token) const;
  const Node* walk(std::span<const TokenId> prefix) const;
  Status add(Prompt prompt);

  PromptTemplate form_;
  std::vector<Prompt> prompts_;
  std::vector<Node> nodes_{1};
  int longest_ = 0;
};

}  // namespace assay::analysis
