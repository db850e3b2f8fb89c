// toml++ parses; this file keeps account of which keys were asked for, so that a key nobody knows is an error.
#include "base/toml.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <set>

#include "base/files.h"

namespace assay {
namespace {

constexpr std::uint64_t kLargestFile = 16u << 20;

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none: return "nothing";
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::date: return "a date";
    case toml::node_type::time: return "a time";
    case toml::node_type::date_time: return "a date and time";
  }
  return "something else";
}

SourceRange range_of(const toml::source_region& region, const std::string& file) {
  auto point = [](toml::source_position position) { return SourcePoint{static_cast<int>(position.line), static_cast<int>(position.column)}; };
  return {file, point(region.begin), point(region.end)};
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

struct TomlTable::Node {
  struct Problem {
    Error error;
    bool absent = false;  ///< about a key that is not there: its place is the table's
  };

  std::shared_ptr<const toml::table> document;  ///< keeps `table` alive
  const toml::table* table = nullptr;
  std::string file, path;  ///< path: "circuit.find", empty at the top
  std::set<std::string, std::less<>> asked;
  std::set<std::string, std::less<>> mentioned;  ///< by has() alone: a right name, but not read
  std::set<std::string, std::less<>> absent;     ///< what an error is about, but is not there
  std::vector<Problem> problems;
  std::vector<std::shared_ptr<Node>> children;

  std::string full_name(std::string_view key) const { return path.empty() ? std::string(key) : path + "." + std::string(key); }

  const toml::node* find(std::string_view key) {
    asked.emplace(key);
    return table->get(key);
  }

  const toml::node* require(std::string_view key) {
    const toml::node* node = find(key);
    if (node == nullptr) reject(key, fmt::format("key '{}' is missing", full_name(key)), fmt::format("add `{} = ...`", key));
    return node;
  }

  SourceRange where(std::string_view key) const {
    const toml::node* node = table->get(key);
    return range_of(node != nullptr ? node->source() : table->source(), file);
  }

  void reject(std::string_view key, std::string message, std::string remedy) {
    const bool is_absent = table->get(key) == nullptr;
    (is_absent ? absent : asked).emplace(key);
    problems.push_back({{ErrorKind::kInput, std::move(message), std::move(remedy), where(key)}, is_absent});
  }

  void wrong_type(const toml::node& node, std::string_view key, std::string_view expected) {
    problems.push_back({{ErrorKind::kInput, fmt::format("'{}' is {}, expected {}", full_name(key), kind_of(node), expected), "correct the value",
                         range_of(node.source(), file)}});
  }

  template <class T>
  T between(std::string_view key, T value, T fallback, T least, T largest) {
    if (value == fallback || (value >= least && value <= largest)) return value;
    reject(key, fmt::format("{} is {}", full_name(key), value), fmt::format("use {} to {}", least, largest));
    return fallback;
  }

  // An absent key gives the fallback; a value of another type is an error and gives the fallback too.
  template <class T>
  T value(const toml::node* node, std::string_view key, T fallback, std::string_view expected) {
    if (node == nullptr) return fallback;
    if (auto exact = node->value_exact<T>()) return *exact;
    wrong_type(*node, key, expected);
    return fallback;
  }

  double number(const toml::node* node, std::string_view key, double fallback) {
    if (node != nullptr && node->is_integer()) return static_cast<double>(node->as_integer()->get());
    return value<double>(node, key, fallback, "a number");
  }

  template <class T>
  std::vector<T> list(std::string_view key, std::string_view expected) {
    const toml::node* node = find(key);
    if (node == nullptr) return {};
    const toml::array* array = node->as_array();
    if (array == nullptr) return wrong_type(*node, key, expected), std::vector<T>{};
    std::vector<T> values;
    for (const toml::node& element : *array) {
      auto exact = element.value_exact<T>();
      if constexpr (std::is_same_v<T, double>)  // 1 is a number too
        if (const auto integer = element.value_exact<std::int64_t>()) exact = static_cast<double>(*integer);
      if (!exact) return wrong_type(element, key, expected), std::vector<T>{};
      values.push_back(std::move(*exact));
    }
    return values;
  }

  TomlTable child(const toml::table& inner, std::string name) {
    auto node = std::make_shared<Node>();
    node->document = document;
    node->table = &inner;
    node->file = file;
    node->path = std::move(name);
    children.push_back(node);
    return TomlTable(node);
  }

  /// `all_read`: every key has had its chance, so one that nobody asked for is wrong whatever it resembles.
  void collect(bool all_read, std::vector<Problem>& all) const {
    all.insert(all.end(), problems.begin(), problems.end());
    std::set<std::string, std::less<>> all_known = asked;
    all_known.insert(mentioned.begin(), mentioned.end());
    all_known.insert(absent.begin(), absent.end());
    const std::vector<std::string> known(all_known.begin(), all_known.end());
    for (auto&& [key, node] : *table) {
      std::string name(key.str());
      if (asked.contains(name)) continue;
      std::string near = nearest(name, known);
      if (!all_read && !absent.contains(near)) continue;
      std::string remedy = !near.empty() ? fmt::format("did you mean '{}'?", near) : "known keys here: " + join(known);
      all.push_back({{ErrorKind::kInput, fmt::format("unknown key '{}'", full_name(name)), std::move(remedy), range_of(key.source(), file)}});
    }
    for (const auto& inner : children) inner->collect(all_read, all);
  }

  /// In the order of the file. What is missing comes last: a misspelt key explains it better.
  Status first_error(bool all_read) const {
    std::vector<Problem> all;
    collect(all_read, all);
    if (all.empty()) return {};
    const auto rank = [](const Problem& problem) { return std::pair(problem.absent, problem.error.where->begin); };
    return fail(std::min_element(all.begin(), all.end(), [&](const Problem& a, const Problem& b) { return rank(a) < rank(b); })->error);
  }
};

TomlTable::TomlTable(std::shared_ptr<Node> node) : node_(std::move(node)) {}
TomlTable::TomlTable(TomlTable&&) noexcept = default;
TomlTable& TomlTable::operator=(TomlTable&&) noexcept = default;
TomlTable::~TomlTable() = default;

Result<TomlTable> TomlTable::read(const std::string& path) {
  Result<std::string> text = read_file(path, kLargestFile);
  if (!text) return fail(text.error());
  return parse(*text, path);
}

Result<TomlTable> TomlTable::parse(std::string_view text, const std::string& file_name) {
  auto node = std::make_shared<Node>();
  try {
    node->document = std::make_shared<const toml::table>(toml::parse(text, file_name));
  } catch (const toml::parse_error& error) {
    return input_error(fmt::format("not valid TOML: {}", error.description()), "correct the line; the format is described at toml.io",
                       range_of(error.source(), file_name));
  }
  node->table = node->document.get();
  node->file = file_name;
  return TomlTable(std::move(node));
}

bool TomlTable::has(std::string_view key) const {
  node_->mentioned.emplace(key);
  return node_->table->get(key) != nullptr;
}

std::string TomlTable::text(std::string_view key) { return node_->value<std::string>(node_->require(key), key, {}, "a string"); }
std::string TomlTable::text_or(std::string_view key, std::string fallback) {
  return node_->value<std::string>(node_->find(key), key, std::move(fallback), "a string");
}
std::int64_t TomlTable::integer(std::string_view key) { return node_->value<std::int64_t>(node_->require(key), key, 0, "an integer"); }
std::int64_t TomlTable::integer_or(std::string_view key, std::int64_t fallback) {
  return node_->value<std::int64_t>(node_->find(key), key, fallback, "an integer");
}
std::int64_t TomlTable::integer_between(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t largest) {
  return node_->between(key, integer_or(key, fallback), fallback, least, largest);
}
double TomlTable::number_in(std::string_view key, double fallback, double least, double largest) {
  return node_->between(key, number_or(key, fallback), fallback, least, largest);
}
double TomlTable::number(std::string_view key) { return node_->number(node_->require(key), key, 0); }
double TomlTable::number_or(std::string_view key, double fallback) { return node_->number(node_->find(key), key, fallback); }
bool TomlTable::boolean_or(std::string_view key, bool fallback) { return node_->value<bool>(node_->find(key), key, fallback, "true or false"); }
std::vector<std::string> TomlTable::texts(std::string_view key) { return node_->list<std::string>(key, "an array of strings"); }
std::vector<std::int64_t> TomlTable::integers(std::string_view key) { return node_->list<std::int64_t>(key, "an array of integers"); }
std::vector<double> TomlTable::numbers(std::string_view key) { return node_->list<double>(key, "an array of numbers"); }

std::string TomlTable::choice(std::string_view key, const std::vector<std::string>& choices, std::string fallback) {
  std::string value = text_or(key, fallback);
  if (!has(key) || std::find(choices.begin(), choices.end(), value) != choices.end()) return value;
  if (!node_->table->get(key)->is_string()) return fallback;  // already reported as a wrong type
  std::string near = nearest(value, choices);
  reject(key, fmt::format("'{}' is \"{}\", expected one of {}", node_->full_name(key), value, join(choices)),
         near.empty() ? "choose one of them" : fmt::format("did you mean \"{}\"?", near));
  return fallback;
}

std::optional<TomlTable> TomlTable::table(std::string_view key) {
  const toml::node* node = node_->find(key);
  if (node == nullptr) return std::nullopt;
  if (const toml::table* inner = node->as_table()) return node_->child(*inner, node_->full_name(key));
  node_->wrong_type(*node, key, "a table");
  return std::nullopt;
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  std::vector<TomlTable> tables;
  const toml::node* node = node_->find(key);
  if (node == nullptr) return tables;
  const toml::array* array = node->as_array();
  if (array == nullptr) return node_->wrong_type(*node, key, fmt::format("an array of tables (written [[{}]])", key)), std::move(tables);
  for (const toml::node& element : *array) {
    if (const toml::table* inner = element.as_table())
      tables.push_back(node_->child(*inner, fmt::format("{}[{}]", node_->full_name(key), tables.size())));
    else node_->wrong_type(element, key, "a table");
  }
  return tables;
}

std::vector<TomlItem> TomlTable::items(std::string_view key) {
  std::vector<TomlItem> items;
  const toml::node* node = node_->find(key);
  if (node == nullptr) return items;
  const toml::array* array = node->as_array();
  if (array == nullptr) return node_->wrong_type(*node, key, "an array"), std::move(items);
  for (const toml::node& element : *array) {
    TomlItem item;
    if (const toml::table* inner = element.as_table()) item.table = node_->child(*inner, fmt::format("{}[{}]", node_->full_name(key), items.size()));
    else if (auto text = element.value_exact<std::string>()) item.text = std::move(*text);
    else if (auto integer = element.value_exact<std::int64_t>()) item.integer = integer;
    else node_->wrong_type(element, key, "a string, an integer or a table");
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> names;
  for (auto&& [key, node] : *node_->table) names.emplace_back(key.str());
  return names;
}

SourceRange TomlTable::where(std::string_view key) const { return node_->where(key); }

const std::string& TomlTable::file() const { return node_->file; }

void TomlTable::reject(std::string_view key, std::string message, std::string remedy) { node_->reject(key, std::move(message), std::move(remedy)); }

Status TomlTable::so_far() { return node_->first_error(false); }
Status TomlTable::finish() { return node_->first_error(true); }

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestWord = 256;  // the work is quadratic, and the word may come from a hostile file
  std::string best;
  if (word.size() > kLongestWord) return best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestWord) continue;
    // Optimal string alignment: insertion, deletion, substitution, swap of neighbours.
    std::vector<std::vector<std::size_t>> distance(word.size() + 1, std::vector<std::size_t>(candidate.size() + 1));
    for (std::size_t i = 0; i <= word.size(); ++i) distance[i][0] = i;
    for (std::size_t j = 0; j <= candidate.size(); ++j) distance[0][j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i)
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        std::size_t substitute = distance[i - 1][j - 1] + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, substitute});
        if (i > 1 && j > 1 && word[i - 1] == candidate[j - 2] && word[i - 2] == candidate[j - 1])
          distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
      }
    std::size_t total = distance[word.size()][candidate.size()];
    if (total < best_distance && total < std::max(word.size(), candidate.size())) best_distance = total, best = candidate;
  }
  return best;
}

}  // namespace assay
