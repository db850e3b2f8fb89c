#include "circuits/model/tokenizer/utf8.h"

#include <array>
#include <cstdint>

namespace assay::circuits {
namespace {

bool is_printable(int byte) { return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae; }

/// Code point -> byte; the bytes that do not stand for themselves follow each other from U+0100 on.
std::array<int, 0x144> make_alphabet() {
  std::array<int, 0x144> bytes{};
  bytes.fill(-1);
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) bytes[static_cast<std::size_t>(is_printable(byte) ? byte : next++)] = byte;
  return bytes;
}

std::uint32_t code_point(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(character[i])); };
  switch (character.size()) {
    case 1: return byte(0);
    case 2: return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    default: return ~0u;  // beyond the alphabet
  }
}

}  // namespace

std::size_t leading_character(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i, int low = 0x80, int high = 0xbf) { return i < text.size() && byte(i) >= low && byte(i) <= high; };
  const int first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef)  // no overlong forms, no surrogates
    return continues(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && continues(2) ? 3 : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return continues(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && continues(2) && continues(3) ? 4 : 0;
  return 0;
}

std::optional<std::string> bytes_of_printable(std::string_view text) {
  static const std::array<int, 0x144> kAlphabet = make_alphabet();
  std::string bytes;
  while (!text.empty()) {
    const std::size_t length = leading_character(text);
    if (length == 0) return {};
    const std::uint32_t point = code_point(text.substr(0, length));
    if (point >= kAlphabet.size() || kAlphabet[point] < 0) return {};
    bytes.push_back(static_cast<char>(kAlphabet[point]));
    text.remove_prefix(length);
  }
  return bytes;
}

std::string printable_of_bytes(std::string_view bytes) {
  static const std::array<int, 0x144> kAlphabet = make_alphabet();
  std::array<int, 256> points{};
  for (std::size_t point = 0; point < kAlphabet.size(); ++point)
    if (kAlphabet[point] >= 0) points[static_cast<std::size_t>(kAlphabet[point])] = static_cast<int>(point);
  std::string text;
  for (const char byte : bytes) {
    const int point = points[static_cast<unsigned char>(byte)];
    if (point < 0x80) text.push_back(static_cast<char>(point));
    else text += {static_cast<char>(0xc0 | point >> 6), static_cast<char>(0x80 | (point & 0x3f))};
  }
  return text;
}

}  // namespace assay::circuits
