#include <cstring>

#include "circuits/model/gguf/gguf.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

constexpr std::int64_t kLargestInteger = std::int64_t{1} << 62;

tl::unexpected<Error> wrong_type(const GgufMetadata& metadata, std::string_view key, std::string_view expected) {
  return input_error(fmt::format("{}: the metadata key '{}' does not hold {}", metadata.origin, key, expected),
                     "the file is damaged or was written by another converter: convert it again");
}

template <class Number>
std::int64_t element(std::span<const std::byte> raw, std::uint64_t index) {
  Number value{};
  std::memcpy(&value, raw.data() + index * sizeof value, sizeof value);
  return static_cast<std::int64_t>(value);
}

}  // namespace

bool GgufArray::holds_integers() const { return type <= 5 || type == 7 || type == 10 || type == 11; }

std::int64_t GgufArray::integer(std::uint64_t index) const {
  switch (type) {
    case 0:
    case 7: return element<std::uint8_t>(raw, index);
    case 1: return element<std::int8_t>(raw, index);
    case 2: return element<std::uint16_t>(raw, index);
    case 3: return element<std::int16_t>(raw, index);
    case 4: return element<std::uint32_t>(raw, index);
    case 5: return element<std::int32_t>(raw, index);
    default: return element<std::int64_t>(raw, index);
  }
}

Result<std::optional<std::string_view>> GgufMetadata::text(std::string_view key) const {
  const auto found = values.find(key);
  if (found == values.end()) return std::nullopt;
  if (const auto* text = std::get_if<std::string_view>(&found->second)) return *text;
  return wrong_type(*this, key, "a string");
}

Result<std::optional<std::int64_t>> GgufMetadata::integer(std::string_view key) const {
  const auto found = values.find(key);
  if (found == values.end()) return std::nullopt;
  if (const auto* plain = std::get_if<std::uint64_t>(&found->second); plain != nullptr && *plain <= static_cast<std::uint64_t>(kLargestInteger))
    return static_cast<std::int64_t>(*plain);
  if (const auto* number = std::get_if<std::int64_t>(&found->second); number != nullptr && *number <= kLargestInteger) return *number;
  return wrong_type(*this, key, "an integer within limits");
}

Result<std::optional<double>> GgufMetadata::number(std::string_view key) const {
  const auto found = values.find(key);
  if (found == values.end()) return std::nullopt;
  if (const auto* number = std::get_if<double>(&found->second)) return *number;
  Result<std::optional<std::int64_t>> whole = integer(key);
  if (!whole) return wrong_type(*this, key, "a number");
  return static_cast<double>(**whole);
}

Result<std::optional<bool>> GgufMetadata::flag(std::string_view key) const {
  const auto found = values.find(key);
  if (found == values.end()) return std::nullopt;
  if (const auto* flag = std::get_if<bool>(&found->second)) return *flag;
  return wrong_type(*this, key, "a boolean");
}

Result<const GgufArray*> GgufMetadata::array(std::string_view key, bool texts) const {
  const auto found = values.find(key);
  if (found == values.end()) return nullptr;
  const auto* array = std::get_if<GgufArray>(&found->second);
  const bool fits = array != nullptr && (texts ? array->type == 8 : array->holds_integers());
  if (!fits) return wrong_type(*this, key, texts ? "an array of strings" : "an array of integers");
  return array;
}

}  // namespace assay::circuits
