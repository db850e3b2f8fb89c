#include "analysis/code_tasks/families/phrase.h"

#include <vector>

namespace assay::analysis::code_tasks {
namespace {

/// Position of the bracket that closes the one at `open`.
std::size_t closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '[') ++depth;
    if (text[i] == ']' && --depth == 0) return i;
  }
  return text.size();
}

std::vector<std::string_view> alternatives(std::string_view inside) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '[') ++depth;
    if (inside[i] == ']') --depth;
    if (inside[i] != '|' || depth != 0) continue;
    parts.push_back(inside.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(inside.substr(begin));
  return parts;
}

/// Appends one character, dropping the spaces that empty alternatives leave behind.
void append(std::string& out, char c) {
  if (c == ' ' && (out.empty() || out.back() == ' ')) return;
  if ((c == '.' || c == ',' || c == ';' || c == ':') && !out.empty() && out.back() == ' ') out.pop_back();
  out += c;
}

void expand(std::string_view text, const Slots& slots, Draw& draw, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') {
      const std::size_t end = closing(text, i);
      expand(draw.pick(alternatives(text.substr(i + 1, end - i - 1))), slots, draw, out);
      i = end;
    } else if (text[i] == '{') {
      const std::size_t end = text.find('}', i);
      if (const auto slot = slots.find(text.substr(i + 1, end - i - 1)); slot != slots.end()) expand(slot->second, slots, draw, out);
      i = end;
    } else {
      append(out, text[i]);
    }
  }
}

}  // namespace

std::string sentence(std::string_view phrase, const Slots& slots, Draw& draw) {
  std::string out;
  expand(phrase, slots, draw, out);
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string words_of(std::string_view phrase) {
  std::string words;
  bool in_slot = false;
  for (const char c : phrase) {
    if (c == '{') in_slot = true;
    const bool mark = c == '[' || c == ']' || c == '|' || c == '{' || c == '}';
    if (!in_slot || mark) words += mark ? ' ' : c;
    if (c == '}') in_slot = false;
  }
  return words;
}

}  // namespace assay::analysis::code_tasks
