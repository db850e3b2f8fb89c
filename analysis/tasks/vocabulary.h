// The words of a network: symbol <-> token id.
//
// A task writes its vocabulary itself, or the model's folder has one: `vocab.json` (symbol -> id), `task.json` (its member
// "vocabulary"), or `tokenizer.json` (model.vocab and added_tokens), looked for in that order. Of a GGUF file, a token's symbol is its bytes
// as text (" <=", "for"); bytes that are no text by themselves are written as "<0xE2 0x82>".
//
//   Vocabulary words = *Vocabulary::from_symbols({"0..9", "+", "="});   // ranges expand: "0..9" is ten symbols
//   words.id("+") == 10
//
// Test: tests/analysis/vocabulary_test.cpp
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "circuits/training.h"

namespace assay::analysis {

using circuits::TokenId;
using circuits::Tokens;

/// Replaces each range "0..63" (integers) or "a..z" (letters) by its symbols; other texts stay. A range above 100,000 is an error.
Result<std::vector<std::string>> expand_symbols(const std::vector<std::string>& symbols);

class Vocabulary {
 public:
  static Result<Vocabulary> from_symbols(const std::vector<std::string>& symbols);
  /// Of a Hugging Face folder or a GGUF file.
  static Result<Vocabulary> from_model_folder(const std::string& path);

  /// Unknown symbol: an error that names the nearest one.
  Result<TokenId> id(std::string_view symbol) const;
  Result<Tokens> ids(const std::vector<std::string>& symbols) const;
  /// "#17" for an id without a symbol.
  std::string symbol(TokenId id) const;
  /// The tokens of a sequence as people read it: single characters are joined, longer symbols get spaces around them.
  std::string text(std::span<const TokenId> tokens) const;
  /// One more than the largest id.
  int size() const { return static_cast<int>(symbols_.size()); }

 private:
  static Result<Vocabulary> from_folder(const std::string& folder);
  static Result<Vocabulary> from_tokenizer(const std::string& path);  ///< as the text that each token stands for

  std::vector<std::string> symbols_;  // by id; an id without a symbol is empty
  std::map<std::string, TokenId, std::less<>> ids_;
};

}  // namespace assay::analysis
