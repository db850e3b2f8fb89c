#include "analysis/page/base64.h"

#include <cstdint>

namespace assay::analysis {
namespace {

std::uint32_t digit(char c) { return static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); }

}  // namespace

std::string base64_of_hex(std::string_view hex) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 6) {  // three bytes become four characters
    const std::size_t bytes = std::min<std::size_t>(3, (hex.size() - i) / 2);
    std::uint32_t value = 0;
    for (std::size_t k = 0; k < 6; ++k) value = value << 4 | (k < 2 * bytes ? digit(hex[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) text += k <= bytes ? kAlphabet[value >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

}  // namespace assay::analysis
