// TOML with a schema in the code: every key must be read by someone. A wrong key is an error that names the nearest right one, and it
// explains a missing key better than "missing" does: it comes first.
//
//   Result<TomlTable> file = TomlTable::read(path);
//   std::string name = file->text("name");                 // required; errors collect
//   int steps = file->integer_or("steps", 5);
//   if (Status s = file->finish(); !s) return fail(s.error());   // first error, or the first key nobody asked for
//
// Test: tests/base/toml_test.cpp
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"

namespace assay {

struct TomlItem;

class TomlTable {
 public:
  static Result<TomlTable> read(const std::string& path);
  static Result<TomlTable> parse(std::string_view text, const std::string& file_name);
  TomlTable(TomlTable&&) noexcept;
  TomlTable& operator=(TomlTable&&) noexcept;
  ~TomlTable();

  bool has(std::string_view key) const;  ///< does not count as reading
  std::string text(std::string_view key);
  std::string text_or(std::string_view key, std::string fallback);
  std::int64_t integer(std::string_view key);
  std::int64_t integer_or(std::string_view key, std::int64_t fallback);
  /// A value outside of `least` to `largest` is an error and gives the fallback.
  template <std::integral T>
  T integer_in(std::string_view key, T fallback, std::type_identity_t<T> least, std::type_identity_t<T> largest) {
    return static_cast<T>(
        integer_between(key, static_cast<std::int64_t>(fallback), static_cast<std::int64_t>(least), static_cast<std::int64_t>(largest)));
  }
  double number(std::string_view key);
  double number_or(std::string_view key, double fallback);
  double number_in(std::string_view key, double fallback, double least, double largest);
  bool boolean_or(std::string_view key, bool fallback);
  std::vector<std::string> texts(std::string_view key);  ///< empty if absent
  std::vector<std::int64_t> integers(std::string_view key);
  std::vector<double> numbers(std::string_view key);
  /// One of `choices`; another value is an error that names the nearest.
  std::string choice(std::string_view key, const std::vector<std::string>& choices, std::string fallback);
  std::optional<TomlTable> table(std::string_view key);
  std::vector<TomlTable> tables(std::string_view key);  ///< array of tables
  /// An array whose elements may be texts, integers and tables, as in [{ slot = "a" }, "+", 3]; empty if absent.
  std::vector<TomlItem> items(std::string_view key);
  std::vector<std::string> keys() const;

  SourceRange where(std::string_view key) const;
  const std::string& file() const;
  /// Records an error of the caller's own about `key`. If the key is absent, any other error is reported before it.
  void reject(std::string_view key, std::string message, std::string remedy);
  /// As finish(), but while keys may still be unread: of these only the misspelling of a key that was found missing is an error.
  Status so_far();
  /// The first error of this table and all tables taken from it.
  Status finish();

 private:
  struct Node;
  explicit TomlTable(std::shared_ptr<Node> node);
  std::int64_t integer_between(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t largest);
  std::shared_ptr<Node> node_;
};

/// One element of a mixed array: exactly one member is set. Errors of `table` reach finish() of the table it was taken from.
struct TomlItem {
  std::optional<std::string> text;
  std::optional<std::int64_t> integer;
  std::optional<TomlTable> table;
};

/// The candidate with the smallest edit distance, or empty if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace assay
