// Text to tokens and back: byte-level BPE and WordLevel tokenizers out of a GGUF file's metadata or a `tokenizer.json`.
//
//   Result<Tokenizer> words = Tokenizer::open("model.gguf");
//   Encoding encoding = *words->encode("int x = 1;\n");        // tokens, and for each the bytes of the text that it covers
//   words->decode(encoding.tokens) == "int x = 1;\n"
//
// Byte-level BPE covers every byte of the text with exactly one token, so any bytes (invalid UTF-8 too) come back as they were. Published
// vocabularies lack some bytes that no UTF-8 text holds, and a few control characters: such a byte is an error, never dropped or replaced
// by the unknown token (often "<|endoftext|>"). WordLevel drops what its pre-tokenizer drops (white space, as a rule). Control tokens
// ("<|im_start|>") written in a text are plain text unless asked for, so that text from outside cannot steer a chat. A BOS token is added exactly
// when the file says so; no chat template is applied. What a file asks for and this reader does not do (normalisers, SentencePiece, byte fallback,
// ...) is `unsupported`, by name. Cost: about a microsecond per token; n log n in the length of the longest word. Sources: Sennrich et al. 2016
// (BPE); Radford et al. 2019 (bytes); the documentation of Hugging Face tokenizers and of GGUF. Test: tests/circuits/tokenizer_test.cpp
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "circuits/training.h"

namespace assay::circuits {

/// Bytes begin .. end-1 of a text.
struct ByteRange {
  std::size_t begin = 0, end = 0;
  bool operator==(const ByteRange&) const = default;
};

struct Encoding {
  Tokens tokens;
  std::vector<ByteRange> ranges;  ///< one per token, in the text that was given; empty for an added BOS or EOS
};

struct EncodeOptions {
  bool control_tokens = false;  ///< read "<|im_start|>" and the like as their tokens
  std::optional<bool> bos;      ///< absent: as the file says
};

/// What a result records about how text became tokens.
struct TokenizerInfo {
  std::string algorithm;      ///< "byte-level BPE" or "WordLevel"
  std::string source;         ///< the file
  std::string pre_tokenizer;  ///< its name in a GGUF file, or the steps of tokenizer.json
  int vocabulary = 0;         ///< one more than the largest id
  bool adds_bos = false, adds_eos = false;
  TokenId bos = -1, eos = -1;  ///< -1: none
  Tokens end_tokens;           ///< those that end a generation: eos and conventional ones ("<|endoftext|>", "<|im_end|>", ...)
  std::string chat_template;   ///< as the file gives it; never applied unasked
  std::string hash;            ///< XXH3-128 of tokens, merges, expressions and flags, hex
};

class Tokenizer {
 public:
  /// A GGUF file, a folder with a tokenizer.json, or such a file.
  static Result<Tokenizer> open(const std::string& path);
  /// The text of a tokenizer.json; `origin` is its name in errors.
  static Result<Tokenizer> parse_json(const std::string& text, const std::string& origin);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  const TokenizerInfo& info() const;
  /// Fails where the vocabulary has no token for a byte (or, without an unknown token, a word), or where an expression gives up.
  Result<Encoding> encode(std::string_view text, const EncodeOptions& options = {}) const;
  /// The bytes that tokens stand for, control tokens by their name; ids outside the vocabulary give nothing.
  std::string decode(std::span<const TokenId> tokens) const;
  /// Empty for an id without a token.
  std::string_view bytes_of(TokenId token) const;
  bool is_control(TokenId token) const;
  std::optional<TokenId> token_of(std::string_view bytes) const;

 private:
  struct Parts;
  explicit Tokenizer(std::unique_ptr<Parts> parts);
  friend struct TokenizerAssembly;
  std::unique_ptr<Parts> parts_;
};

/// Writes the tokenizer of a model (a GGUF file or a folder) into another folder, so that weights made from that model can be used with it:
/// tokenizer.json, generation_config.json (BOS and EOS) and tokenizer_config.json (chat template). Does nothing where a folder has none.
Status copy_tokenizer(const std::string& model, const std::string& folder);

}  // namespace assay::circuits
