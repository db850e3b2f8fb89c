// A tokenizer out of GGUF metadata (keys `tokenizer.ggml.*`). Which regular expressions a name in `tokenizer.ggml.pre` stands for is
// convention, not part of the file; names that are not listed are `unsupported`. Test: tests/circuits/tokenizer_test.cpp
#include <algorithm>

#include "circuits/model/gguf/gguf.h"
#include "circuits/model/tokenizer/assembly.h"
#include "circuits/model/tokenizer/utf8.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

/// Values of `tokenizer.ggml.token_type`.
enum TokenType : std::int64_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

struct NamedSteps {
  std::vector<std::string_view> names;
  std::vector<SplitStep> steps;
  bool adds_bos = false, whole_words_first = false;  // what the name implies where the file has no key
};

const std::vector<NamedSteps>& named_steps() {
  static const std::vector<NamedSteps> kNamed = {
      {{"smollm", "starcoder", "refact", "command-r", "codeshell"}, {{R"(\p{N})"}, {kGpt2Expression}}},
      {{"gpt-2", "gpt2", "olmo", "jais"}, {{kGpt2Expression}}},
      {{"llama3", "llama-v3", "llama-bpe"},
       {{R"((?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"}},
       true,
       true}};
  return kNamed;
}

const NamedSteps* steps_named(std::string_view name) {
  for (const NamedSteps& named : named_steps())
    if (std::find(named.names.begin(), named.names.end(), name) != named.names.end()) return &named;
  return nullptr;
}

class MetadataReader {
 public:
  explicit MetadataReader(const Gguf& file) : file_(file), keys_(file.metadata()) { out_.origin = file.path(); }

  Result<TokenizerAssembly> read() {
    for (Status (MetadataReader::*part)() : {&MetadataReader::read_kind, &MetadataReader::read_tokens, &MetadataReader::read_merges,
                                             &MetadataReader::read_markers, &MetadataReader::check_size})
      if (Status done = (this->*part)(); !done) return fail(done.error());
    return std::move(out_);
  }

 private:
  Status read_kind() {
    Result<std::optional<std::string_view>> model = keys_.text("tokenizer.ggml.model"), pre = keys_.text("tokenizer.ggml.pre"),
                                            chat = keys_.text("tokenizer.chat_template");
    for (const auto* each : {&model, &pre, &chat})
      if (!*each) return fail(each->error());
    if (!*model)
      return input_error(fmt::format("{}: the metadata key 'tokenizer.ggml.model' is missing", file_.path()),
                         "the file holds no tokenizer: convert the model with one");
    if (**model != "gpt2")
      return unsupported(fmt::format("{}: a tokenizer of kind '{}'", file_.path(), (**model).substr(0, 40)),
                         "byte-level BPE ('gpt2') is read from GGUF files");
    const std::string_view name = pre->value_or("gpt-2");
    const NamedSteps* named = steps_named(name);
    if (named == nullptr)
      return unsupported(fmt::format("{}: the pre-tokenizer '{}'", file_.path(), name.substr(0, 40)),
                         "known are smollm, starcoder, refact, command-r, codeshell, gpt-2, olmo, jais and llama-bpe");
    out_.steps = named->steps;
    out_.whole_words_first = named->whole_words_first;
    out_.info.adds_bos = named->adds_bos;
    out_.info.pre_tokenizer = name;
    out_.info.chat_template = chat->value_or("");
    return {};
  }

  Status read_tokens() {
    Result<const GgufArray*> tokens = keys_.array("tokenizer.ggml.tokens", true), types = keys_.array("tokenizer.ggml.token_type", false);
    if (!tokens) return fail(tokens.error());
    if (!types) return fail(types.error());
    if (*tokens == nullptr)
      return input_error(fmt::format("{}: the metadata key 'tokenizer.ggml.tokens' is missing", file_.path()),
                         "convert the model again, with its tokenizer");
    if (*types != nullptr && (*types)->count != (*tokens)->count)
      return input_error(fmt::format("{}: {} tokens, but {} token types", file_.path(), (*tokens)->count, (*types)->count),
                         "the file is damaged: convert the model again");
    for (std::uint64_t id = 0; id < (*tokens)->count; ++id)
      if (Status added = add_token(static_cast<std::int64_t>(id), (*tokens)->texts[id], *types == nullptr ? kNormal : (*types)->integer(id)); !added)
        return added;
    return {};
  }

  Status add_token(std::int64_t id, std::string_view text, std::int64_t type) {
    const bool whole = type == kControl || type == kUserDefined || type == kUnknown;
    std::optional<std::string> bytes = whole ? std::nullopt : bytes_of_printable(text);
    if (whole) out_.added.push_back({std::string(text), static_cast<TokenId>(id), type != kUserDefined});
    return out_.set_token(id, bytes ? std::move(*bytes) : std::string(text));
  }

  Status read_merges() {
    Result<const GgufArray*> merges = keys_.array("tokenizer.ggml.merges", true);
    if (!merges) return fail(merges.error());
    if (*merges == nullptr)
      return input_error(fmt::format("{}: the metadata key 'tokenizer.ggml.merges' is missing", file_.path()),
                         "convert the model again, with its tokenizer");
    for (std::uint64_t i = 0; i < (*merges)->count; ++i) {
      const std::string_view merge = (*merges)->texts[i];
      const std::size_t space = merge.find(' ', 1);
      std::optional<std::string> left, right;
      if (space != std::string_view::npos) left = bytes_of_printable(merge.substr(0, space)), right = bytes_of_printable(merge.substr(space + 1));
      if (!left || !right)
        return input_error(fmt::format("{}: merge {} is not two printable tokens with a space between", file_.path(), i),
                           "the file is damaged: convert the model again");
      out_.merges.emplace_back(std::move(*left), std::move(*right));
    }
    return {};
  }

  Status read_markers() {
    for (auto [key, place] : {std::pair{"bos", &out_.info.bos}, {"eos", &out_.info.eos}}) {
      Result<std::optional<std::int64_t>> id = keys_.integer(fmt::format("tokenizer.ggml.{}_token_id", key));
      if (!id) return fail(id.error());
      if (*id && (**id < 0 || **id >= static_cast<std::int64_t>(out_.bytes.size())))
        return input_error(fmt::format("{}: 'tokenizer.ggml.{}_token_id' is {}, but there are {} tokens", file_.path(), key, **id, out_.bytes.size()),
                           "the file is damaged: convert the model again");
      if (*id) *place = static_cast<TokenId>(**id);
    }
    for (auto [key, place] : {std::pair{"bos", &out_.info.adds_bos}, {"eos", &out_.info.adds_eos}}) {
      Result<std::optional<bool>> adds = keys_.flag(fmt::format("tokenizer.ggml.add_{}_token", key));
      if (!adds) return fail(adds.error());
      if (*adds) *place = **adds;
    }
    return {};
  }

  /// The embedding has one row per token.
  Status check_size() {
    const auto embedding = file_.tensors().find("token_embd.weight");
    const auto count = static_cast<std::int64_t>(out_.bytes.size());
    if (embedding == file_.tensors().end() || embedding->second.shape.front() == count) return {};
    return input_error(fmt::format("{}: the tokenizer has {} tokens, the network {}", file_.path(), count, embedding->second.shape.front()),
                       "tokenizer and weights contradict each other: convert the model again");
  }

  const Gguf& file_;
  const GgufMetadata& keys_;
  TokenizerAssembly out_;
};

}  // namespace

Result<TokenizerAssembly> assembly_of_gguf(const std::string& path) {
  Result<Gguf> file = Gguf::open(path);
  return file ? MetadataReader(*file).read() : fail(file.error());
}

Result<Tokenizer> tokenizer_from_gguf(const std::string& path) {
  Result<TokenizerAssembly> assembly = assembly_of_gguf(path);
  return assembly ? assembly->finish() : fail(assembly.error());
}

}  // namespace assay::circuits
