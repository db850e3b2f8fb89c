#include "analysis/bench/prose.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/text.h"

namespace assay::analysis::bench {
namespace {

constexpr std::string_view kBlank = " \t\r\n\v\f";
constexpr std::size_t kCodeIndent = 4;

const std::set<std::string_view> kKeywords = {
    "alignas",   "alignof",  "and",      "asm",       "auto",     "bool",     "break",   "case",    "catch",    "char",   "class",
    "compl",     "concept",  "const",    "constexpr", "continue", "decltype", "default", "delete",  "do",       "double", "else",
    "enum",      "explicit", "export",   "extern",    "false",    "float",    "for",     "friend",  "goto",     "if",     "inline",
    "int",       "long",     "mutable",  "namespace", "new",      "noexcept", "not",     "nullptr", "operator", "or",     "private",
    "protected", "public",   "register", "requires",  "restrict", "return",   "short",   "signed",  "sizeof",   "static", "struct",
    "switch",    "template", "this",     "throw",     "true",     "try",      "typedef", "typeid",  "typename", "typeof", "union",
    "unsigned",  "using",    "virtual",  "void",      "volatile", "while",    "xor"};
const std::set<std::string_view> kDirectives = {"include", "include_next", "import", "define", "undef", "if",      "ifdef",   "ifndef",   "else",
                                                "elif",    "endif",        "pragma", "error",  "line",  "warning", "elifdef", "elifndef", "embed"};

std::string_view trimmed(std::string_view text) { return assay::trimmed(text, kBlank); }

/// The line that begins at `at`, with its end.
std::string_view line_at(std::string_view text, std::size_t at) { return text.substr(at, std::min(text.find('\n', at), text.size() - 1) - at + 1); }

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80; }
bool in_word(char c) { return is_letter(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '\''; }

/// "Here", "it's", "C"; no keyword, and no name such as size_t, kBound or API.
bool is_plain(std::string_view word) {
  if (!is_letter(word.front()) || !is_letter(word.back()) || kKeywords.contains(word)) return false;
  return std::all_of(word.begin() + 1, word.end(),
                     [](char c) { return c == '\'' || (is_letter(c) && std::isupper(static_cast<unsigned char>(c)) == 0); });
}

/// The most plain words that stand in a row with nothing but blanks between them.
std::size_t words_in_a_row(std::string_view line) {
  std::size_t longest = 0, row = 0;
  for (std::size_t at = 0; at < line.size();) {
    if (!in_word(line[at])) {
      if (line[at] != ' ') row = 0;
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < line.size() && in_word(line[at])) ++at;
    row = is_plain(line.substr(begin, at - begin)) ? row + 1 : 0;
    longest = std::max(longest, row);
  }
  return longest;
}

std::string_view first_word(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && in_word(text[end])) ++end;
  return text.substr(0, end);
}

/// "## Solution", and no directive.
bool is_heading(std::string_view text) {
  const std::string_view behind = text.substr(std::min(text.find_first_not_of('#'), text.size()));
  return behind.starts_with(' ') && !trimmed(behind).empty() && !kDirectives.contains(first_word(trimmed(behind)));
}

enum class Place { kOutermost, kBody };

/// Nothing that C could have at this place, whatever stands in the lines around it.
bool is_prose(std::string_view line, Place place) {
  const std::string_view text = trimmed(line);
  const std::size_t indent = line.find_first_not_of(' ');
  if (text.empty() || indent >= kCodeIndent || line[indent] == '\t') return false;
  if (text.front() == '#') return is_heading(text);
  for (const std::string_view mark : {"//", "/*", "::"})
    if (text.find(mark) != std::string_view::npos) return false;
  if (std::count(text.begin(), text.end(), '(') > std::count(text.begin(), text.end(), ')')) return false;  // goes on in the next line
  const std::string_view sentence = assay::trimmed(text, "*_ ");
  if (sentence.empty()) return false;
  const char last = sentence.back();
  const bool ends = std::string_view(".:!?").find(last) != std::string_view::npos;
  const std::size_t row = words_in_a_row(text);
  if (text.find_first_of(";{}=\"") != std::string_view::npos) return place == Place::kOutermost && ends && row >= 3;
  if (row >= 3 || (row == 2 && ends) || text.find('`') != std::string_view::npos) return true;
  // "Answer:" is a label in a body, and "a." or "b ?" may go on in the next line.
  const bool one_word = row == 1 && first_word(sentence).size() + 1 == sentence.size();
  return one_word && (place == Place::kOutermost ? ends : last == '!');
}

/// Position behind the literal or comment that begins at `at`, or `at` itself.
std::size_t behind_quiet(std::string_view code, std::size_t at) {
  const std::string_view two = code.substr(at, 2);
  if (two == "//") return std::min(code.find('\n', at), code.size());
  if (two == "/*") return std::min(code.find("*/", at + 2), code.size() - 2) + 2;
  if (code[at] != '"' && code[at] != '\'') return at;
  for (std::size_t i = at + 1; i < code.size(); ++i) {
    if (code[i] == '\\') ++i;
    else if (code[i] == code[at] || code[i] == '\n') return i + 1;
  }
  return code.size();
}

/// Behind the directive that begins at `at`, the lines that it goes on in included.
std::size_t end_of_directive(std::string_view code, std::size_t at) {
  while (at < code.size()) {
    const std::string_view line = line_at(code, at);
    at += line.size();
    if (!trimmed(line).ends_with('\\')) break;
  }
  return at;
}

/// Behind the line in which what begins at `at` ends: a comment, or a declaration with its `;` or `}`.
std::size_t end_of_declaration(std::string_view code, std::size_t at) {
  int depth = 0;
  bool open = false;
  while (at < code.size()) {
    if (const std::size_t behind = behind_quiet(code, at); behind != at) {
      at = behind;
      continue;
    }
    const char c = code[at++];
    if (c == '\n' && depth == 0 && !open) return at;
    if (kBlank.find(c) != std::string_view::npos) continue;
    open = true;
    if (c == '(' || c == '{' || c == '[') ++depth;
    if ((c == ')' || c == '}' || c == ']') && depth > 0) --depth;
    if (depth == 0 && (c == ';' || c == '}')) open = false;
  }
  return at;
}

bool heads_a_body(std::string_view code, std::size_t end_of_line) {
  const std::size_t next = code.find_first_not_of(kBlank, end_of_line);
  return next != std::string_view::npos && code[next] == '{';
}

}  // namespace

std::string without_prose(std::string_view code) {
  std::string kept;
  for (std::size_t at = 0, end = 0; at < code.size(); at = end) {
    const std::string_view line = line_at(code, at);
    end = at + line.size();
    if (is_prose(line, Place::kOutermost) && !heads_a_body(code, end)) continue;
    end = trimmed(line).starts_with('#') ? end_of_directive(code, at) : end_of_declaration(code, at);
    kept += code.substr(at, end - at);
  }
  return kept;
}

std::size_t leading_prose(std::string_view code) {
  std::size_t taken = 0;
  bool paragraph = false;
  for (std::size_t at = 0; at < code.size();) {
    const std::string_view line = line_at(code, at);
    at += line.size();
    const bool blank = trimmed(line).empty();
    if (!blank && !is_prose(line, Place::kBody)) break;
    const bool over = blank ? paragraph : assay::trimmed(line, " \t\r\n*_").ends_with(':');
    if (over) taken = at;
    paragraph = !blank && !over;
  }
  return trimmed(code.substr(taken)).empty() ? 0 : taken;
}

}  // namespace assay::analysis::bench
