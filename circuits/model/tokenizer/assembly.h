// What both readers (GGUF metadata, tokenizer.json) hand to a Tokenizer: tokens as bytes, merges, splitting steps and flags.
//
//   TokenizerAssembly assembly;  ...  Result<Tokenizer> tokenizer = assembly.finish();
//
// finish() checks what both formats can get wrong: merges of texts that are no tokens, expressions that are none. A vocabulary may lack
// bytes; that shows when a text needs one. Test: tests/circuits/tokenizer_test.cpp
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "circuits/model/tokenizer/pre_tokenizer.h"
#include "circuits/model/tokenizer/tokenizer.h"

namespace assay::circuits {

/// A token that is found as a whole in the text, before any splitting.
struct AddedToken {
  std::string text;
  TokenId id = 0;
  bool control = false;  ///< read only on request
};

struct TokenizerAssembly {
  enum class Algorithm { kBytePairs, kWordLevel } algorithm = Algorithm::kBytePairs;
  std::string origin;                                       ///< file name in errors
  std::vector<std::string> bytes;                           ///< by id; empty: no such token
  std::vector<std::pair<std::string, std::string>> merges;  ///< as bytes, in order of rank
  std::vector<AddedToken> added;
  std::vector<SplitStep> steps;
  bool whole_words_first = false;  ///< a piece that is a token is not merged from bytes
  TokenId unknown = -1;            ///< WordLevel
  TokenizerInfo info;

  /// Errors name `origin`. Ids must lie below this.
  static constexpr std::int64_t kLargestId = 4'000'000;
  Status set_token(std::int64_t id, std::string token_bytes);
  Result<Tokenizer> finish();

 private:
  Result<std::unique_ptr<Tokenizer::Parts>> parts();
  void find_end_tokens();
};

Result<Tokenizer> tokenizer_from_gguf(const std::string& path);
Result<TokenizerAssembly> assembly_of_gguf(const std::string& path);

}  // namespace assay::circuits
