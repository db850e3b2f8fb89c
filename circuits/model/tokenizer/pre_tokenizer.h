// Cuts a text into the pieces that are tokenized one by one: a list of regular expressions, each applied to the pieces of the one before.
//
//   Result<PreTokenizer> pre = PreTokenizer::compile({{kGpt2Expression}}, "tokenizer.json");
//   pre->split("int x=1;")          // "int", " x", "=", "1", ";"
//
// Expressions run on PCRE2 with Unicode properties. `\s` is Unicode's White_Space, as Oniguruma, Rust and llama.cpp have it (PCRE2's own
// also takes U+180E). Bytes that are not UTF-8 form pieces of their own that no expression sees.
// Limits on the length of an expression, its nesting and the steps of one match keep a hostile one from running away.
// Cost: one match per piece. Source: Hugging Face tokenizers, "Pre-tokenizers"; pcre2api(3). Test: tests/circuits/tokenizer_test.cpp
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "circuits/model/tokenizer/tokenizer.h"

namespace assay::circuits {

/// GPT-2's: contractions, letters, numbers and the rest, each with one leading space, and white space up to the last one before a word.
inline constexpr const char* kGpt2Expression = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// What becomes of a match, in the words of Hugging Face tokenizers.
enum class SplitBehaviour { kIsolated, kRemoved, kMergedWithPrevious, kMergedWithNext, kContiguous };

struct SplitStep {
  std::string expression;
  SplitBehaviour behaviour = SplitBehaviour::kIsolated;
  bool invert = false;  ///< what lies between matches counts as the matches
};

class PreTokenizer {
 public:
  static Result<PreTokenizer> compile(const std::vector<SplitStep>& steps, const std::string& origin);
  PreTokenizer(PreTokenizer&&) noexcept;
  PreTokenizer& operator=(PreTokenizer&&) noexcept;
  ~PreTokenizer();

  Result<std::vector<ByteRange>> split(std::string_view text) const;

 private:
  struct Step;
  explicit PreTokenizer(std::vector<Step> steps);
  std::vector<Step> steps_;
};

/// An expression that matches `text` and nothing else.
std::string literal_expression(std::string_view text);

}  // namespace assay::circuits
