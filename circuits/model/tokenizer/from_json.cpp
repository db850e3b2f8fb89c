// A tokenizer out of a Hugging Face `tokenizer.json`: models BPE (byte-level) and WordLevel, with the pre-tokenizers that are splits by
// regular expressions. Whatever else the file asks for is named and `unsupported`. The file is untrusted: its size, nesting, ids and
// expressions are limited. BOS, EOS and the chat template stand in files beside it and are read by add_neighbours.
// Source: documentation of Hugging Face tokenizers. Test: tests/circuits/tokenizer_test.cpp
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "circuits/model/tokenizer/assembly.h"
#include "circuits/model/tokenizer/utf8.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 24;

Json parse(const std::string& text) {
  bool too_deep = false;
  Json json = Json::parse(text, [&](int depth, Json::parse_event_t, Json&) { return depth <= kDeepest || !(too_deep = true); }, false);
  return too_deep ? Json(Json::value_t::discarded) : json;
}

std::string shown(const Json& value) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 40 ? text : text.substr(0, 40) + "...";
}

const Json& member(const Json& object, const char* key) {
  static const Json kNull;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : kNull;
}

std::string text_of(const Json& object, const char* key) {
  const Json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool is_true(const Json& object, const char* key) { return member(object, key) == Json(true); }

std::optional<SplitBehaviour> behaviour_named(const std::string& name) {
  if (name == "Isolated") return SplitBehaviour::kIsolated;
  if (name == "Removed") return SplitBehaviour::kRemoved;
  if (name == "MergedWithPrevious") return SplitBehaviour::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehaviour::kMergedWithNext;
  if (name == "Contiguous") return SplitBehaviour::kContiguous;
  return {};
}

class JsonReader {
 public:
  JsonReader(const Json& json, const std::string& origin) : json_(json) { out_.origin = origin; }

  Result<TokenizerAssembly> read() {
    for (Status (JsonReader::*part)() : {&JsonReader::read_normalizer, &JsonReader::read_model, &JsonReader::read_added,
                                         &JsonReader::read_pre_tokenizer, &JsonReader::read_post_processor})
      if (Status done = (this->*part)(); !done) return fail(done.error());
    if (out_.algorithm == TokenizerAssembly::Algorithm::kBytePairs && !byte_level_)
      return refuse("BPE over characters (no ByteLevel pre-tokenizer)", "use a byte-level tokenizer");
    return std::move(out_);
  }

 private:
  tl::unexpected<Error> wrong(const std::string& message) const {
    return input_error(fmt::format("{}: {}", out_.origin, message), "expected the tokenizer.json of Hugging Face tokenizers: download it again");
  }
  tl::unexpected<Error> refuse(const std::string& construct, const std::string& remedy = "use a tokenizer without it") const {
    return unsupported(fmt::format("{}: {}", out_.origin, construct), remedy);
  }

  Status read_normalizer() {
    const Json& normalizer = member(json_, "normalizer");
    if (normalizer.is_null()) return {};
    return refuse(fmt::format("the normalizer {}", shown(member(normalizer, "type"))),
                  "text is encoded as it is: use a tokenizer without a normalizer");
  }

  Status read_model() {
    const Json& model = member(json_, "model");
    std::string type = text_of(model, "type");
    if (type.empty() && member(model, "merges").is_array()) type = "BPE";  // early files name no type
    if (type == "WordLevel") out_.algorithm = TokenizerAssembly::Algorithm::kWordLevel;
    else if (type != "BPE")
      return type.empty() ? Status(wrong("no tokenizer model"))
                          : Status(refuse(fmt::format("the model '{}'", type.substr(0, 40)), "BPE and WordLevel are read"));
    if (Status done = read_vocabulary(member(model, "vocab")); !done) return done;
    if (type == "BPE")
      if (Status done = read_pairs(model); !done) return done;
    const std::string unknown = text_of(model, "unk_token");
    if (unknown.empty()) return {};
    const Json& id = member(member(model, "vocab"), unknown.c_str());
    if (id.is_number_integer()) out_.unknown = id.get<TokenId>();
    return {};
  }

  bool is_byte_pairs() const { return out_.algorithm == TokenizerAssembly::Algorithm::kBytePairs; }

  Status read_vocabulary(const Json& vocabulary) {
    if (!vocabulary.is_object() || vocabulary.empty()) return wrong("'model.vocab' is no object with texts and ids");
    for (const auto& [text, id] : vocabulary.items()) {
      if (!id.is_number_integer()) return wrong(fmt::format("the token '{}' has the id {}", text.substr(0, 40), shown(id)));
      std::string bytes = is_byte_pairs() ? bytes_of_printable(text).value_or(text) : text;
      if (Status done = out_.set_token(id.get<std::int64_t>(), std::move(bytes)); !done) return done;
    }
    return {};
  }

  Status read_pairs(const Json& model) {
    if (is_true(model, "byte_fallback")) return refuse("'byte_fallback'");
    if (const Json& dropout = member(model, "dropout"); !dropout.is_null() && dropout != 0) return refuse("'dropout'");
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"})
      if (!text_of(model, key).empty()) return refuse(fmt::format("'{}'", key));
    out_.whole_words_first = is_true(model, "ignore_merges");
    const Json& merges = member(model, "merges");
    if (!merges.is_array()) return wrong("'model.merges' is no list");
    for (const Json& merge : merges)
      if (Status done = read_merge(merge); !done) return done;
    return {};
  }

  /// "a b", or ["a", "b"] in files written since 2024.
  Status read_merge(const Json& merge) {
    std::optional<std::string> left, right;
    if (merge.is_string()) {
      const std::string& text = merge.get_ref<const std::string&>();
      const std::size_t space = text.find(' ', 1);
      if (space != std::string::npos)
        left = bytes_of_printable(std::string_view(text).substr(0, space)), right = bytes_of_printable(std::string_view(text).substr(space + 1));
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      left = bytes_of_printable(merge[0].get_ref<const std::string&>()), right = bytes_of_printable(merge[1].get_ref<const std::string&>());
    }
    if (!left || !right || left->empty() || right->empty())
      return wrong(fmt::format("merge {} is {}, expected two printable tokens", out_.merges.size(), shown(merge)));
    out_.merges.emplace_back(std::move(*left), std::move(*right));
    return {};
  }

  Status read_added() {
    const Json& added = member(json_, "added_tokens");
    if (!added.is_array()) return {};
    for (const Json& token : added) {
      const Json& id = member(token, "id");
      const std::string text = text_of(token, "content");
      if (!id.is_number_integer() || text.empty()) return wrong(fmt::format("the added token {}", shown(token)));
      for (const char* flag : {"lstrip", "rstrip", "single_word"})
        if (is_true(token, flag)) return refuse(fmt::format("the added token '{}' with '{}'", text.substr(0, 40), flag));
      if (Status done = out_.set_token(id.get<std::int64_t>(), text); !done) return done;
      out_.added.push_back({text, id.get<TokenId>(), is_true(token, "special")});
    }
    return {};
  }

  Status read_pre_tokenizer() {
    const Json& pre = member(json_, "pre_tokenizer");
    return pre.is_null() ? Status() : read_step(pre, 0);
  }

  Status read_step(const Json& step, int depth) {
    const std::string type = text_of(step, "type");
    if (type == "Sequence" && depth < 3 && member(step, "pretokenizers").is_array()) {
      for (const Json& each : member(step, "pretokenizers"))
        if (Status done = read_step(each, depth + 1); !done) return done;
      return {};
    }
    out_.info.pre_tokenizer += (out_.info.pre_tokenizer.empty() ? "" : ", ") + type.substr(0, 40);
    if (type == "ByteLevel") return read_byte_level(step);
    if (type == "Split") return read_split(step);
    if (type == "Digits") return add(is_true(step, "individual_digits") ? R"(\p{N})" : R"(\p{N}+)");
    if (type == "Punctuation") return read_punctuation(step);
    if (type == "WhitespaceSplit") return add(R"(\s)", SplitBehaviour::kRemoved);
    // A word character in Rust's sense, which PCRE2's \w is not.
    if (type == "Whitespace")
      return add(R"([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d}\s]+)",
                 SplitBehaviour::kRemoved, true);
    return refuse(fmt::format("the pre-tokenizer '{}'", type.substr(0, 40)),
                  "ByteLevel, Split, Digits, Punctuation, Whitespace and WhitespaceSplit are read");
  }

  Status add(std::string expression, SplitBehaviour behaviour = SplitBehaviour::kIsolated, bool invert = false) {
    out_.steps.push_back({std::move(expression), behaviour, invert});
    return {};
  }

  Status read_byte_level(const Json& step) {
    byte_level_ = true;
    if (is_true(step, "add_prefix_space")) return refuse("'add_prefix_space'");
    const bool splits = member(step, "use_regex").is_null() || is_true(step, "use_regex");
    return splits ? add(kGpt2Expression) : Status();
  }

  Status read_split(const Json& step) {
    const Json& pattern = member(step, "pattern");
    const std::optional<SplitBehaviour> behaviour = behaviour_named(text_of(step, "behavior"));
    const std::string regex = text_of(pattern, "Regex"), literal = text_of(pattern, "String");
    if (!behaviour || regex.empty() == literal.empty()) return wrong(fmt::format("the pre-tokenizer {}", shown(step)));
    return add(regex.empty() ? literal_expression(literal) : regex, *behaviour, is_true(step, "invert"));
  }

  Status read_punctuation(const Json& step) {
    const std::optional<SplitBehaviour> behaviour = behaviour_named(text_of(step, "behavior").empty() ? "Isolated" : text_of(step, "behavior"));
    return behaviour ? add(R"([\p{P}$+<=>^`|~])", *behaviour) : Status(wrong(fmt::format("the pre-tokenizer {}", shown(step))));
  }

  Status read_post_processor() {
    const Json& processor = member(json_, "post_processor");
    if (processor.is_null()) return {};
    if (text_of(processor, "type") != "Sequence") return read_processor(processor);
    for (const Json& each : member(processor, "processors"))
      if (Status done = read_processor(each); !done) return done;
    return {};
  }

  /// What a template puts before and behind a single text.
  Status read_processor(const Json& processor) {
    const std::string type = text_of(processor, "type");
    if (type == "ByteLevel") return {};  // it changes ranges, not tokens
    if (type != "TemplateProcessing") return refuse(fmt::format("the post-processor '{}'", type.substr(0, 40)));
    bool behind = false;
    for (const Json& piece : member(processor, "single")) {
      if (!member(piece, "Sequence").is_null()) {
        behind = true;
        continue;
      }
      const std::string name = text_of(member(piece, "SpecialToken"), "id");
      const auto token = std::find_if(out_.added.begin(), out_.added.end(), [&](const AddedToken& each) { return each.text == name; });
      bool& adds = behind ? out_.info.adds_eos : out_.info.adds_bos;
      if (token == out_.added.end() || adds) return refuse(fmt::format("the template piece {}", shown(piece)));
      adds = true;
      (behind ? out_.info.eos : out_.info.bos) = token->id;
    }
    return {};
  }

  const Json& json_;
  TokenizerAssembly out_;
  bool byte_level_ = false;
};

Json neighbour(const std::string& origin, const char* name) {
  const std::string path = (std::filesystem::path(origin).parent_path() / name).string();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  Result<std::string> text = read_file(path, 4u << 20);
  return text ? parse(*text) : Json();
}

/// `config.json` and `generation_config.json` name BOS and EOS by id (EOS may be a list), `tokenizer_config.json` has the chat template.
void add_neighbours(TokenizerAssembly& out) {
  for (const char* name : {"generation_config.json", "config.json"}) {
    const Json config = neighbour(out.origin, name);
    const auto is_token = [&](const Json& id) { return id.is_number_integer() && id >= 0 && id < static_cast<std::int64_t>(out.bytes.size()); };
    if (const Json& bos = member(config, "bos_token_id"); out.info.bos < 0 && is_token(bos)) out.info.bos = bos.get<TokenId>();
    const Json& eos = member(config, "eos_token_id");
    if (out.info.eos < 0 && is_token(eos)) out.info.eos = eos.get<TokenId>();
    if (!eos.is_array()) continue;
    for (const Json& id : eos)
      if (is_token(id)) out.info.end_tokens.push_back(id.get<TokenId>());
    if (out.info.eos < 0 && !out.info.end_tokens.empty()) out.info.eos = out.info.end_tokens.front();
  }
  out.info.chat_template = text_of(neighbour(out.origin, "tokenizer_config.json"), "chat_template");
}

}  // namespace

Result<Tokenizer> Tokenizer::parse_json(const std::string& text, const std::string& origin) {
  const Json json = parse(text);
  if (json.is_discarded() || !json.is_object())
    return input_error(fmt::format("{}: no JSON object, or one nested deeper than {}", origin, kDeepest),
                       "expected the tokenizer.json of Hugging Face tokenizers: download it again");
  Result<TokenizerAssembly> assembly = JsonReader(json, origin).read();
  if (!assembly) return fail(assembly.error());
  add_neighbours(*assembly);
  return assembly->finish();
}

}  // namespace assay::circuits
