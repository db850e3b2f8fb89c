#include "circuits/model/tokenizer/tokenizer.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unordered_map>

#include "base/files.h"
#include "base/hash.h"
#include "circuits/model/gguf/gguf.h"
#include "circuits/model/tokenizer/assembly.h"
#include "circuits/model/tokenizer/byte_pairs.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

/// Names by which published models end a text or a turn; whichever of them a vocabulary has as a control token ends a generation.
constexpr std::string_view kEndNames[] = {"<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>",
                                          "<|end|>",       "</s>",       "<eos>",      "<end_of_turn>"};

}  // namespace

struct Tokenizer::Parts {
  TokenizerInfo info;
  TokenizerAssembly::Algorithm algorithm = TokenizerAssembly::Algorithm::kBytePairs;
  std::vector<std::string> bytes;
  std::vector<bool> control;
  std::unordered_map<std::string_view, TokenId> ids;  // views into `bytes`
  std::array<TokenId, 256> byte_tokens{};
  std::array<std::vector<AddedToken>, 256> added;  // by first byte, longest first
  BytePairs pairs;
  std::optional<PreTokenizer> pre;
  bool whole_words_first = false;
  TokenId unknown = -1;

  const AddedToken* added_at(std::string_view text, bool control_tokens) const;
  Status encode_stretch(std::string_view text, ByteRange stretch, Encoding& out) const;
  Status encode_pairs(std::string_view text, ByteRange piece, Encoding& out) const;
  Status encode_word(std::string_view text, ByteRange piece, Encoding& out) const;
  Status without_token(std::string_view what, ByteRange piece) const;
};

const AddedToken* Tokenizer::Parts::added_at(std::string_view text, bool control_tokens) const {
  for (const AddedToken& token : added[static_cast<unsigned char>(text.front())])
    if ((control_tokens || !token.control) && text.starts_with(token.text)) return &token;
  return nullptr;
}

Status Tokenizer::Parts::without_token(std::string_view what, ByteRange piece) const {
  return input_error(fmt::format("{}: no token for {} in the piece that begins at byte {} of the text", info.source, what, piece.begin),
                     "use text that the tokenizer's vocabulary covers");
}

Status Tokenizer::Parts::encode_pairs(std::string_view text, ByteRange piece, Encoding& out) const {
  const std::string_view word = text.substr(piece.begin, piece.end - piece.begin);
  Tokens symbols;
  const auto whole = whole_words_first ? ids.find(word) : ids.end();
  if (whole != ids.end()) {
    symbols.push_back(whole->second);
  } else {
    for (char c : word) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte_tokens[byte] < 0) return without_token(fmt::format("the byte 0x{:02x}", byte), piece);
      symbols.push_back(byte_tokens[byte]);
    }
    pairs.merge(symbols);
  }
  std::size_t at = piece.begin;
  for (TokenId token : symbols) {
    const std::size_t length = bytes[static_cast<std::size_t>(token)].size();
    out.tokens.push_back(token);
    out.ranges.push_back({at, at + length});
    at += length;
  }
  return {};
}

Status Tokenizer::Parts::encode_word(std::string_view text, ByteRange piece, Encoding& out) const {
  const std::string_view word = text.substr(piece.begin, piece.end - piece.begin);
  const auto found = ids.find(word);
  const TokenId token = found != ids.end() ? found->second : unknown;
  if (token < 0) return without_token(fmt::format("the word '{}'", word.substr(0, 40)), piece);
  out.tokens.push_back(token);
  out.ranges.push_back(piece);
  return {};
}

Status Tokenizer::Parts::encode_stretch(std::string_view text, ByteRange stretch, Encoding& out) const {
  Result<std::vector<ByteRange>> pieces = pre->split(text.substr(stretch.begin, stretch.end - stretch.begin));
  if (!pieces) return fail(pieces.error());
  for (ByteRange piece : *pieces) {
    piece.begin += stretch.begin, piece.end += stretch.begin;
    const Status done = algorithm == TokenizerAssembly::Algorithm::kBytePairs ? encode_pairs(text, piece, out) : encode_word(text, piece, out);
    if (!done) return done;
  }
  return {};
}

Tokenizer::Tokenizer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

const TokenizerInfo& Tokenizer::info() const { return parts_->info; }

Result<Encoding> Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  Encoding out;
  if (options.bos.value_or(parts_->info.adds_bos) && parts_->info.bos >= 0) out.tokens.push_back(parts_->info.bos), out.ranges.push_back({0, 0});
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const AddedToken* token = parts_->added_at(text.substr(at), options.control_tokens);
    if (token == nullptr) {
      ++at;
      continue;
    }
    if (Status done = parts_->encode_stretch(text, {begin, at}, out); !done) return fail(done.error());
    out.tokens.push_back(token->id);
    out.ranges.push_back({at, at + token->text.size()});
    begin = at += token->text.size();
  }
  if (Status done = parts_->encode_stretch(text, {begin, text.size()}, out); !done) return fail(done.error());
  if (parts_->info.adds_eos && parts_->info.eos >= 0) out.tokens.push_back(parts_->info.eos), out.ranges.push_back({text.size(), text.size()});
  return out;
}

std::string Tokenizer::decode(std::span<const TokenId> tokens) const {
  const bool words = parts_->algorithm == TokenizerAssembly::Algorithm::kWordLevel;
  std::string text;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (words && i > 0) text += ' ';
    text += bytes_of(tokens[i]);
  }
  return text;
}

std::string_view Tokenizer::bytes_of(TokenId token) const {
  const auto index = static_cast<std::size_t>(token);
  return token >= 0 && index < parts_->bytes.size() ? std::string_view(parts_->bytes[index]) : std::string_view();
}

bool Tokenizer::is_control(TokenId token) const {
  const auto index = static_cast<std::size_t>(token);
  return token >= 0 && index < parts_->control.size() && parts_->control[index];
}

std::optional<TokenId> Tokenizer::token_of(std::string_view bytes) const {
  const auto found = parts_->ids.find(bytes);
  return found == parts_->ids.end() ? std::nullopt : std::optional(found->second);
}

Result<Tokenizer> Tokenizer::open(const std::string& path) {
  if (is_gguf_path(path)) return tokenizer_from_gguf(path);
  std::error_code ignored;
  const std::string file = std::filesystem::is_directory(path, ignored) ? path + "/tokenizer.json" : path;
  if (!std::filesystem::exists(file, ignored))
    return input_error(fmt::format("{} does not exist", file), "a model that reads text needs its tokenizer.json beside it, or use a GGUF file");
  Result<std::string> text = read_file(file);
  return text ? parse_json(*text, file) : fail(text.error());
}

Status TokenizerAssembly::set_token(std::int64_t id, std::string token_bytes) {
  if (id < 0 || id >= kLargestId)
    return input_error(fmt::format("{}: the token id {} is outside 0 to {}", origin, id, kLargestId - 1), "the file is damaged: download it again");
  const auto index = static_cast<std::size_t>(id);
  if (index >= bytes.size()) bytes.resize(index + 1);
  if (!bytes[index].empty() && bytes[index] != token_bytes)
    return input_error(fmt::format("{}: the token id {} stands for two texts", origin, id), "the file is damaged: download it again");
  bytes[index] = std::move(token_bytes);
  return {};
}

void TokenizerAssembly::find_end_tokens() {
  Tokens& ends = info.end_tokens;
  if (info.eos >= 0) ends.push_back(info.eos);
  for (const AddedToken& token : added)
    if (token.control && std::find(std::begin(kEndNames), std::end(kEndNames), token.text) != std::end(kEndNames)) ends.push_back(token.id);
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
}

Result<std::unique_ptr<Tokenizer::Parts>> TokenizerAssembly::parts() {
  Result<PreTokenizer> pre = PreTokenizer::compile(steps, origin);
  if (!pre) return fail(pre.error());
  auto made = std::make_unique<Tokenizer::Parts>();
  made->algorithm = algorithm, made->whole_words_first = whole_words_first, made->unknown = unknown;
  made->pre = std::move(*pre);
  made->bytes = std::move(bytes);
  made->control.resize(made->bytes.size());
  made->byte_tokens.fill(-1);
  for (const AddedToken& token : added) {
    if (token.text.empty()) continue;
    made->added[static_cast<unsigned char>(token.text.front())].push_back(token);
    made->control[static_cast<std::size_t>(token.id)] = token.control;
  }
  for (auto& list : made->added)
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return std::pair(b.text.size(), a.id) < std::pair(a.text.size(), b.id); });
  for (std::size_t id = 0; id < made->bytes.size(); ++id) {
    const std::string& token = made->bytes[id];
    if (token.empty() || made->control[id] || !made->ids.try_emplace(token, static_cast<TokenId>(id)).second) continue;
    if (token.size() == 1) made->byte_tokens[static_cast<unsigned char>(token[0])] = static_cast<TokenId>(id);
  }
  return made;
}

Result<Tokenizer> TokenizerAssembly::finish() {
  Result<std::unique_ptr<Tokenizer::Parts>> made = parts();
  if (!made) return fail(made.error());
  Tokenizer::Parts& tokenizer = **made;
  Hasher hasher;
  hasher.add(algorithm == Algorithm::kBytePairs ? "pairs" : "words")
      .add(unknown)
      .add(whole_words_first ? 1 : 0)
      .add(info.adds_bos ? info.bos : -1)
      .add(info.adds_eos ? info.eos : -1);
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    const auto a = tokenizer.ids.find(left), b = tokenizer.ids.find(right), both = tokenizer.ids.find(left + right);
    if (a == tokenizer.ids.end() || b == tokenizer.ids.end() || both == tokenizer.ids.end())
      return input_error(fmt::format("{}: merge {} joins or makes a text that is no token", origin, rank),
                         "vocabulary and merges contradict each other: download the file again");
    tokenizer.pairs.add(a->second, b->second, static_cast<std::uint32_t>(rank), both->second);
    hasher.add(a->second).add(b->second);
  }
  for (const std::string& token : tokenizer.bytes) hasher.add(token);
  for (const AddedToken& token : added) hasher.add(token.text).add(token.id).add(token.control ? 1 : 0);
  for (const SplitStep& step : steps) hasher.add(step.expression).add(static_cast<std::int64_t>(step.behaviour)).add(step.invert ? 1 : 0);
  find_end_tokens();
  info.algorithm = algorithm == Algorithm::kBytePairs ? "byte-level BPE" : "WordLevel";
  info.source = origin;
  info.vocabulary = static_cast<int>(tokenizer.bytes.size());
  info.hash = hasher.hex();
  tokenizer.info = std::move(info);
  return Tokenizer(std::move(*made));
}

}  // namespace assay::circuits
