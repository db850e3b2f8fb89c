#include "circuits/model/gguf/cursor.h"

#include "fmt/format.h"

namespace assay::circuits {

void Cursor::reject(ErrorKind kind, std::string message, std::string remedy) {
  if (!error_) error_ = Error{kind, fmt::format("{}: byte {}: {}", origin_, position_, message), std::move(remedy)};
}

std::span<const std::byte> Cursor::take(std::uint64_t count, std::string_view what) {
  if (error_) return {};
  if (count > left()) {
    reject(ErrorKind::kInput, fmt::format("{} needs {} bytes, but only {} follow", what, count, left()),
           "the file is truncated or damaged: download it again");
    return {};
  }
  const std::span<const std::byte> taken = bytes_.subspan(position_, count);
  position_ += count;
  return taken;
}

std::string_view Cursor::text(std::string_view what, std::uint64_t longest) {
  const auto length = number<std::uint64_t>(what);
  if (!error_ && length > longest)
    reject(ErrorKind::kInput, fmt::format("{} is {} bytes long, expected at most {}", what, length, longest),
           "the file is damaged: download it again");
  const std::span<const std::byte> raw = take(length, what);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

bool Cursor::has_room(std::uint64_t count, std::uint64_t each, std::string_view what) {
  if (error_) return false;
  if (count <= left() / each) return true;
  reject(ErrorKind::kInput, fmt::format("{} is {}, but only {} bytes follow", what, count, left()),
         "the file is truncated or damaged: download it again");
  return false;
}

}  // namespace assay::circuits
