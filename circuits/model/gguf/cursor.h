// A reading position in untrusted little-endian bytes: every read is checked against what is left, the first error is kept.
//
//   Cursor cursor(bytes, "model.gguf");
//   const auto count = cursor.number<std::uint64_t>("the number of tensors");
//   if (cursor.error()) return fail(*cursor.error());
//
// After an error every read gives zero or nothing, so a list of reads needs one check. Test: tests/circuits/gguf_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::circuits {

class Cursor {
 public:
  Cursor(std::span<const std::byte> bytes, const std::string& origin) : bytes_(bytes), origin_(origin) {}

  template <class Number>
  Number number(std::string_view what) {
    Number value{};
    const std::span<const std::byte> raw = take(sizeof value, what);
    if (!raw.empty()) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  /// A 64-bit length and as many bytes.
  std::string_view text(std::string_view what, std::uint64_t longest);
  std::span<const std::byte> take(std::uint64_t count, std::string_view what);
  /// Can `count` things of at least `each` bytes still follow? An error otherwise.
  bool has_room(std::uint64_t count, std::uint64_t each, std::string_view what);

  std::size_t position() const { return position_; }
  std::uint64_t left() const { return bytes_.size() - position_; }
  /// Keeps the first error; `position()` is named in it.
  void reject(ErrorKind kind, std::string message, std::string remedy);
  const std::optional<Error>& error() const { return error_; }

 private:
  std::span<const std::byte> bytes_;
  const std::string& origin_;
  std::size_t position_ = 0;
  std::optional<Error> error_;
};

}  // namespace assay::circuits
