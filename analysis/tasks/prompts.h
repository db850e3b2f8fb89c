// A finite set of prompts: a text with slots, each filled with one of its texts, as the tokens of a model.
//
//   PromptTemplate form{"for (int ${v} = 0; ${v}", {{"v", {"i", "k"}, {0, 1}, {}}}};
//   Prompts prompts = *Prompts::create(form, tokenizer);
//   prompts.all()[1].tokens                  // of "for (int k = 0; k"
//   prompts.all()[1].places[0] == {2, 6}     // the tokens that end its occurrences of ${v}
//
// The whole text becomes tokens at once, as when somebody types it, so that a token may cover the end of one slot and the beginning of the next.
// A slot's text may hold other slots. Prompts whose code was edited (prompt_edits.h) may follow the product of all choices. Errors: an unknown slot,
// one that no text uses, one that holds itself, two choices that give the same prompt, more than kMostPrompts or 64 MB. Cost: microseconds per
// prompt. Test: tests/analysis/prompts_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "circuits/training.h"
#include "frontend/lowering/syntax/code_edits.h"

namespace assay::circuits {
struct ByteRange;
struct Encoding;
class Tokenizer;
}  // namespace assay::circuits

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

/// What makes a prompt of another: a change of its code (frontend/lowering/syntax).
struct PromptEdit {
  std::string kind, what, ast, function;
  std::size_t number = 0;                     ///< CodeEdit::number
  std::size_t base = 0;                       ///< the prompt that it was made from
  std::vector<syntax::TextChange> in_prompt;  ///< of the base's text
  std::vector<syntax::TextChange> in_rest;    ///< what it does to the text that completes the prompt behind the token decided on
};

/// Of one kind of edits, over all prompts.
struct EditCounts {
  std::string kind;
  std::uint64_t made = 0, other_length = 0, known = 0;  ///< prompts added; left out: all alternatives have another length, or are prompts already
};

struct Prompt {
  std::string text;
  Tokens tokens;
  std::vector<std::size_t> choices;      ///< per slot: which of its texts
  std::vector<std::vector<int>> places;  ///< per slot and occurrence: the token that holds its last byte; none where its text is empty
  std::optional<PromptEdit> edit = {};   ///< `choices` are its base's
  std::vector<std::string> spans = {};   ///< per token the part of the syntax in which it lies (prompt_spans.h); empty: not asked for
};

class Prompts {
 public:
  static Result<Prompts> create(PromptTemplate form, const circuits::Tokenizer& tokenizer);

  const std::vector<Prompt>& all() const { return prompts_; }  ///< the last slot changes fastest
  const PromptTemplate& form() const { return form_; }
  /// Adds the prompt that the edit makes of its base, unless there is one with its tokens: then false. Errors as create().
  Result<bool> add_edited(PromptEdit edit, const circuits::Encoding& encoding, std::string text);
  /// The first so many are the product of all choices, the others edited ones.
  std::size_t unedited() const { return unedited_; }
  const std::vector<EditCounts>& edit_counts() const { return edit_counts_; }
  void set_spans(std::size_t prompt, std::vector<std::string> spans) { prompts_[prompt].spans = std::move(spans); }
  void set_edit_counts(std::vector<EditCounts> counts) { edit_counts_ = std::move(counts); }
  /// The prompt whose tokens these are, or null.
  const Prompt* find(std::span<const TokenId> tokens) const;
  /// Appends the tokens that follow `prefix` in some prompt, in the order of the prompts.
  void children(std::span<const TokenId> prefix, Tokens& next) const;
  /// The prompts that differ from this one in one of `slots` (empty: of all slots), and in no edit.
  std::vector<std::size_t> neighbours(std::size_t prompt, std::span<const std::size_t> slots) const;
  int longest() const { return longest_; }
  /// Another text with slots, as the choices of this prompt fill it.
  Result<std::string> filled(const Prompt& prompt, const std::string& text) const;
  /// Bytes of the prompt's text at which the slot's occurrences stand.
  Result<std::vector<circuits::ByteRange>> occurrences(const Prompt& prompt, std::size_t slot) const;
  /// `rest` so filled, and edited as the prompt was: what stands behind the token decided on.
  Result<std::string> completion(const Prompt& prompt, const std::string& rest) const;
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

  static std::vector<std::vector<int>> places_of(const std::vector<std::vector<std::size_t>>& ends, const circuits::Encoding& encoding);

  PromptTemplate form_;
  std::vector<Prompt> prompts_;
  std::size_t unedited_ = 0;
  std::map<std::tuple<std::size_t, std::string, std::size_t>, std::size_t> edited_;  ///< by base, kind and number
  std::vector<EditCounts> edit_counts_;
  std::vector<Node> nodes_{1};
  int longest_ = 0;
};

}  // namespace assay::analysis
