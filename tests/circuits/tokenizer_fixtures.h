// Small tokenizers as tokenizer.json texts.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "circuits/model/tokenizer/tokenizer.h"

namespace assay::circuits {

/// A byte in the printable alphabet of byte-level tokenizers, as UTF-8.
inline std::string printable(int byte) {
  const auto plain = [](int b) { return (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae; };
  int point = byte;
  if (!plain(byte)) {
    point = 0x100;
    for (int b = 0; b < byte; ++b) point += plain(b) ? 0 : 1;
  }
  if (point < 0x80) return std::string(1, static_cast<char>(point));
  return {static_cast<char>(0xc0 | point >> 6), static_cast<char>(0x80 | (point & 0x3f))};
}

inline std::string printable(std::string_view bytes) {
  std::string text;
  for (char c : bytes) text += printable(static_cast<unsigned char>(c));
  return text;
}

/// All 256 bytes as tokens 0 to 255, then one token per merge, then `control` and `plain` added tokens.
inline nlohmann::json byte_level_json(const std::vector<std::pair<std::string, std::string>>& merges, const std::vector<std::string>& control = {},
                                      const std::vector<std::string>& plain = {}) {
  nlohmann::json vocabulary = nlohmann::json::object(), list = nlohmann::json::array(), added = nlohmann::json::array();
  int next = 0;
  for (; next < 256; ++next) vocabulary[printable(next)] = next;
  for (const auto& [left, right] : merges) {
    list.push_back(printable(left) + " " + printable(right));
    if (!vocabulary.contains(printable(left + right))) vocabulary[printable(left + right)] = next++;
  }
  for (const std::string& text : control) added.push_back({{"id", next++}, {"content", text}, {"special", true}});
  for (const std::string& text : plain) added.push_back({{"id", next++}, {"content", text}, {"special", false}});
  return {{"version", "1.0"},          {"added_tokens", added},
          {"normalizer", nullptr},     {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}}},
          {"post_processor", nullptr}, {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", list}}}};
}

inline nlohmann::json word_level_json(const std::vector<std::string>& words, const std::string& unknown) {
  nlohmann::json vocabulary = nlohmann::json::object();
  for (const std::string& word : words) vocabulary[word] = vocabulary.size();
  return {{"added_tokens", nlohmann::json::array()},
          {"pre_tokenizer", {{"type", "WhitespaceSplit"}}},
          {"model", {{"type", "WordLevel"}, {"vocab", vocabulary}, {"unk_token", unknown}}}};
}

inline Tokenizer tokenizer_of(const nlohmann::json& json) {
  Result<Tokenizer> tokenizer = Tokenizer::parse_json(json.dump(), "tokenizer.json");
  if (!tokenizer) throw std::runtime_error(tokenizer.error().to_string());
  return std::move(*tokenizer);
}

}  // namespace assay::circuits
