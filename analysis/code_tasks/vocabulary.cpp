#include "analysis/code_tasks/vocabulary.h"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "analysis/code_tasks/families/family.h"
#include "analysis/code_tasks/families/phrase.h"
#include "analysis/code_tasks/splitter.h"

namespace assay::analysis::code_tasks {
namespace {

constexpr const char* kSpecial[] = {"<eos>", "<unk>"};
constexpr int kDeepestIndent = 4;

struct TransparentHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// Collects words in a set, so that ids follow from the words alone.
class Collector {
 public:
  explicit Collector(const Splitter& splitter) : splitter_(splitter) {}
  void add(std::string_view text) {
    splitter_.split(text, [this](std::string_view piece) { words_.emplace(piece); });
  }
  void add_name(const std::string& name) {
    words_.insert(name);
    words_.insert(" " + name);
  }
  void add_phrase(std::string_view phrase) { add(" " + words_of(phrase)); }
  const std::set<std::string>& words() const { return words_; }

 private:
  const Splitter& splitter_;
  std::set<std::string> words_;
};

void add_names(Collector& words) {
  for (std::size_t role = 0; role < kRoleCount; ++role)
    for (const auto* list : {&pool_of(static_cast<Role>(role)).seen, &pool_of(static_cast<Role>(role)).held_out})
      for (const std::string& name : *list) words.add_name(name);
  for (const auto* list : {&loop_pool().seen, &loop_pool().held_out, &general_function_names(), &local_names()})
    for (const std::string& name : *list) words.add_name(name);
  for (const auto& family : families())
    for (const std::string& name : family->facts().function_names) words.add_name(name);
}

void add_layout(Collector& words) {
  std::string indent = "\n";
  for (int depth = 0; depth <= kDeepestIndent; ++depth, indent += "    ") words.add(indent);
  for (char digit = '0'; digit <= '9'; ++digit) words.add(std::string("1") + digit + " " + digit);
  // How comments and example calls are put together.
  words.add("// Example: f(-1, -2, a) == -3 for a = {-1, -2}, b = {}\n// f(1) turns a = {} into {}. f?\n");
}

void add_families(Collector& words) {
  for (const auto& family : families())
    for (const std::string& shape : family->facts().shapes) words.add_phrase(shape);
  for (const Combination& combination : all_combinations()) {
    const Family& family = *families()[combination.family];
    const Names names = canonical_names(family);
    for (const auto& [slot, phrase] : family.slots(combination, names)) words.add_phrase(phrase);
    const FunctionText function = family.write(combination, names);
    words.add("\n" + declaration_of(function) + body_of(function));
  }
}

}  // namespace

struct Vocabulary::State {
  explicit State(Splitter made) : splitter(std::move(made)) {}
  Splitter splitter;
  std::vector<std::string> words;
  std::unordered_map<std::string, circuits::TokenId, TransparentHash, std::equal_to<>> ids;
};

Result<Vocabulary> Vocabulary::create() {
  Result<Splitter> splitter = Splitter::create();
  if (!splitter) return fail(splitter.error());
  auto state = std::make_shared<State>(std::move(*splitter));
  Collector collected(state->splitter);
  add_layout(collected);
  add_names(collected);
  add_families(collected);
  state->words.assign(std::begin(kSpecial), std::end(kSpecial));
  state->words.insert(state->words.end(), collected.words().begin(), collected.words().end());
  for (std::size_t id = 0; id < state->words.size(); ++id) state->ids.emplace(state->words[id], static_cast<circuits::TokenId>(id));
  Vocabulary vocabulary;
  vocabulary.state_ = std::move(state);
  return vocabulary;
}

Result<circuits::Tokens> Vocabulary::encode(std::string_view text) const {
  circuits::Tokens tokens;
  std::string unknown;
  state_->splitter.split(text, [&](std::string_view piece) {
    const auto found = state_->ids.find(piece);
    tokens.push_back(found == state_->ids.end() ? kUnknown : found->second);
    if (found == state_->ids.end() && unknown.empty()) unknown = piece;
  });
  if (!unknown.empty())
    return input_error(fmt::format("the word '{}' is not in the vocabulary of {} words", unknown, state_->words.size()),
                       "use the words that the generator writes");
  return tokens;
}

std::string Vocabulary::decode(const circuits::Tokens& tokens) const {
  std::string text;
  for (const circuits::TokenId token : tokens)
    if (token != kEndOfText && token != kUnknown) text += state_->words.at(static_cast<std::size_t>(token));
  return text;
}

const std::vector<std::string>& Vocabulary::words() const { return state_->words; }

std::string Vocabulary::to_json() const {
  using Json = nlohmann::ordered_json;
  Json added = Json::array();
  for (int id = 0; id < 2; ++id)
    added.push_back({{"id", id},
                     {"content", kSpecial[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  Json words = Json::object();
  for (std::size_t id = 0; id < state_->words.size(); ++id) words[state_->words[id]] = id;
  const Json file = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", added},
      {"normalizer", nullptr},
      {"pre_tokenizer", {{"type", "Split"}, {"pattern", {{"Regex", std::string(Splitter::pattern())}}}, {"behavior", "Isolated"}, {"invert", false}}},
      {"post_processor", nullptr},
      {"decoder", {{"type", "Fuse"}}},
      {"model", {{"type", "WordLevel"}, {"vocab", words}, {"unk_token", kSpecial[1]}}}};
  return file.dump(1) + "\n";
}

}  // namespace assay::analysis::code_tasks
