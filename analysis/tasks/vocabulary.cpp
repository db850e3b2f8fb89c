#include "analysis/tasks/vocabulary.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/files.h"
#include "base/toml.h"
#include "circuits/model/gguf/gguf.h"
#include "circuits/model/tokenizer/tokenizer.h"
#include "circuits/model/tokenizer/utf8.h"

namespace assay::analysis {
namespace {

constexpr std::int64_t kLargestRange = 100'000;
constexpr std::int64_t kLargestId = 10'000'000;

struct Range {
  std::int64_t first = 0, last = 0;
  bool letters = false;
};

std::optional<std::int64_t> integer_of(const std::string& text) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) return {};
  return std::strtoll(text.c_str(), nullptr, 10);
}

std::optional<Range> range_of(const std::string& symbol) {
  const std::size_t dots = symbol.find("..");
  if (dots == std::string::npos) return {};
  const std::string left = symbol.substr(0, dots), right = symbol.substr(dots + 2);
  if (const auto first = integer_of(left), last = integer_of(right); first && last) return Range{*first, *last, false};
  const auto is_letter = [](const std::string& text) { return text.size() == 1 && std::isalpha(static_cast<unsigned char>(text[0])) != 0; };
  if (is_letter(left) && is_letter(right)) return Range{left[0], right[0], true};
  return {};
}

using Json = nlohmann::json;

/// symbol -> id members of a JSON object, or nothing if it is not of that shape.
bool read_members(const Json& object, std::vector<std::pair<std::string, std::int64_t>>& members) {
  if (!object.is_object()) return false;
  for (const auto& [symbol, id] : object.items()) {
    if (!id.is_number_integer()) return false;
    members.emplace_back(symbol, id.get<std::int64_t>());
  }
  return !members.empty();
}

bool read_tokenizer(const Json& file, std::vector<std::pair<std::string, std::int64_t>>& members) {
  if (!file.is_object() || !file.contains("model") || !file["model"].is_object() || !file["model"].contains("vocab")) return false;
  if (!read_members(file["model"]["vocab"], members)) return false;
  if (file.contains("added_tokens") && file["added_tokens"].is_array())
    for (const Json& added : file["added_tokens"])
      if (added.is_object() && added.value("content", Json()).is_string() && added.value("id", Json()).is_number_integer())
        members.emplace_back(added["content"].get<std::string>(), added["id"].get<std::int64_t>());
  return true;
}

/// Its tokens stand for bytes, in an alphabet of its own.
bool is_byte_level(const Json& tokenizer) {
  return tokenizer.is_object() && tokenizer.contains("model") && tokenizer["model"].is_object() && tokenizer["model"].value("type", Json()) == "BPE";
}

/// Bytes as text where they are text.
std::string readable(std::string_view bytes) {
  std::string_view rest = bytes;
  while (const std::size_t length = circuits::leading_character(rest)) rest.remove_prefix(length);
  if (rest.empty()) return std::string(bytes);
  std::string names;
  for (char c : bytes) names += fmt::format("{}0x{:02X}", names.empty() ? "" : " ", static_cast<unsigned char>(c));
  return fmt::format("<{}>", names);
}

}  // namespace

Result<std::vector<std::string>> expand_symbols(const std::vector<std::string>& symbols) {
  std::vector<std::string> expanded;
  for (const std::string& symbol : symbols) {
    const std::optional<Range> range = range_of(symbol);
    if (!range) {
      expanded.push_back(symbol);
      continue;
    }
    if (range->last < range->first) return input_error(fmt::format("the symbol range \"{}\" runs backwards", symbol), "write the smaller end first");
    if (range->last - range->first >= kLargestRange)
      return input_error(fmt::format("the symbol range \"{}\" has more than {} symbols", symbol, kLargestRange), "declare a smaller vocabulary");
    for (std::int64_t value = range->first; value <= range->last; ++value)
      expanded.push_back(range->letters ? std::string(1, static_cast<char>(value)) : std::to_string(value));
  }
  return expanded;
}

Result<Vocabulary> Vocabulary::from_symbols(const std::vector<std::string>& symbols) {
  Result<std::vector<std::string>> expanded = expand_symbols(symbols);
  if (!expanded) return fail(expanded.error());
  Vocabulary vocabulary;
  vocabulary.symbols_ = std::move(*expanded);
  for (std::size_t id = 0; id < vocabulary.symbols_.size(); ++id) {
    const std::string& symbol = vocabulary.symbols_[id];
    if (symbol.empty()) return input_error(fmt::format("symbol {} of the vocabulary is empty", id), "give every token a symbol");
    if (!vocabulary.ids_.emplace(symbol, static_cast<TokenId>(id)).second)
      return input_error(fmt::format("the symbol \"{}\" occurs twice in the vocabulary", symbol), "give every token a symbol of its own");
  }
  return vocabulary;
}

Result<Vocabulary> Vocabulary::from_model_folder(const std::string& path) {
  return circuits::is_gguf_path(path) ? from_tokenizer(path) : from_folder(path);
}

Result<Vocabulary> Vocabulary::from_tokenizer(const std::string& path) {
  Result<circuits::Tokenizer> tokenizer = circuits::Tokenizer::open(path);
  if (!tokenizer) return fail(tokenizer.error());
  Vocabulary vocabulary;
  for (TokenId id = 0; id < tokenizer->info().vocabulary; ++id) {
    vocabulary.symbols_.push_back(readable(tokenizer->bytes_of(id)));
    if (!vocabulary.symbols_.back().empty()) vocabulary.ids_.try_emplace(vocabulary.symbols_.back(), id);
  }
  return vocabulary;
}

Result<Vocabulary> Vocabulary::from_folder(const std::string& folder) {
  for (const char* name : {"vocab.json", "task.json", "tokenizer.json"}) {
    const std::string path = folder + "/" + name;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    Result<std::string> text = read_file(path);
    if (!text) return fail(text.error());
    const Json file = Json::parse(*text, nullptr, false);
    if (std::string_view(name) == "tokenizer.json" && is_byte_level(file)) return from_tokenizer(path);
    std::vector<std::pair<std::string, std::int64_t>> members;
    const bool is_tokenizer = std::string_view(name) == "tokenizer.json", is_task = std::string_view(name) == "task.json";
    const bool read = is_tokenizer ? read_tokenizer(file, members)
                      : is_task    ? file.is_object() && file.contains("vocabulary") && read_members(file["vocabulary"], members)
                                   : read_members(file, members);
    if (!read) continue;
    Vocabulary vocabulary;
    for (const auto& [symbol, id] : members) {
      if (id < 0 || id > kLargestId) return input_error(fmt::format("{}: \"{}\" has the id {}", path, symbol, id), "ids count from 0");
      if (static_cast<std::size_t>(id) >= vocabulary.symbols_.size()) vocabulary.symbols_.resize(static_cast<std::size_t>(id) + 1);
      vocabulary.symbols_[static_cast<std::size_t>(id)] = symbol;
      vocabulary.ids_[symbol] = static_cast<TokenId>(id);
    }
    return vocabulary;
  }
  return input_error(fmt::format("{} has no vocabulary: neither vocab.json nor task.json nor tokenizer.json holds one", folder),
                     "write [vocabulary] with its symbols into the task");
}

Result<TokenId> Vocabulary::id(std::string_view symbol) const {
  if (const auto found = ids_.find(symbol); found != ids_.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [name, id] : ids_) known.push_back(name);
  const std::string near = nearest(symbol, known);
  return input_error(fmt::format("\"{}\" is not in the vocabulary of {} symbols", symbol, ids_.size()),
                     near.empty() ? "use a symbol of the vocabulary" : fmt::format("did you mean \"{}\"?", near));
}

Result<Tokens> Vocabulary::ids(const std::vector<std::string>& symbols) const {
  Result<std::vector<std::string>> expanded = expand_symbols(symbols);
  if (!expanded) return fail(expanded.error());
  Tokens tokens;
  for (const std::string& symbol : *expanded) {
    Result<TokenId> token = id(symbol);
    if (!token) return fail(token.error());
    tokens.push_back(*token);
  }
  return tokens;
}

std::string Vocabulary::symbol(TokenId id) const {
  const auto index = static_cast<std::size_t>(id);
  if (id < 0 || index >= symbols_.size() || symbols_[index].empty()) return fmt::format("#{}", id);
  return symbols_[index];
}

std::string Vocabulary::text(std::span<const TokenId> tokens) const {
  std::string text;
  bool was_long = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string word = symbol(tokens[i]);
    const bool is_long = word.size() > 1;
    if (i > 0 && (is_long || was_long)) text += ' ';
    text += word;
    was_long = is_long;
  }
  return text;
}

}  // namespace assay::analysis
