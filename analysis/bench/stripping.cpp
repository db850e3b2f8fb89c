#include "analysis/bench/stripping.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

#include "analysis/bench/code_task.h"
#include "analysis/bench/prose.h"
#include "base/text.h"

namespace assay::analysis::bench {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;
constexpr std::size_t kShortestFence = 3;

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == kNowhere; }

/// Where a function is defined: its line, and behind its `{`; kNowhere: not at the outermost level.
struct Definition {
  std::size_t line = 0, body = kNowhere;
  explicit operator bool() const { return body != kNowhere; }
};

/// For each '(' where its ')' stands.
std::vector<std::size_t> closing_parentheses(std::string_view code) {
  std::vector<std::size_t> closing(code.size(), kNowhere), open;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (code[i] == '(') open.push_back(i);
    if (code[i] != ')' || open.empty()) continue;
    closing[open.back()] = i;
    open.pop_back();
  }
  return closing;
}

Definition definition_of(std::string_view code, const std::string& function) {
  if (code.find(function + "(") == kNowhere) return {};
  const std::vector<std::size_t> closing = closing_parentheses(code);
  for (std::size_t line = 0, end = 0; line < code.size(); line = end + 1) {
    end = std::min(code.find('\n', line), code.size());
    // A definition begins with its type at the margin; a call or a comment does not.
    if (line == end || std::isspace(static_cast<unsigned char>(code[line])) != 0) continue;
    const std::string_view row = code.substr(line, end - line);
    const std::size_t most = row.find_first_of("=.;{}\"'/");
    for (std::size_t at = row.find(function, 1); at != kNowhere && at <= most; at = row.find(function, at + 1)) {
      const std::size_t behind = at + function.size();
      if (behind >= row.size() || row[behind] != '(' || in_identifier(row[at - 1]) || closing[line + behind] == kNowhere) continue;
      const std::size_t brace = code.find_first_not_of(" \t\r\n", closing[line + behind] + 1);
      if (brace != kNowhere && code[brace] == '{') return {line, brace + 1};
    }
  }
  return {};
}

// ---- fences --------------------------------------------------------------------------------------------------------
struct Fence {
  std::size_t begin = 0, end = 0;       ///< from the opening mark to behind the closing one
  std::string_view language{}, code{};  ///< code: from the end of the opening line
  char mark = '`';
  std::size_t length = kShortestFence;  ///< of the opening mark
};

std::size_t length_of_run(std::string_view line, std::size_t at) {
  const std::size_t end = line.find_first_not_of(line[at], at);
  return (end == kNowhere ? line.size() : end) - at;
}

bool is_language(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return in_identifier(c) || c == '+' || c == '#' || c == '-'; });
}

/// Opens at the line's beginning, or behind prose (or the function's end) with nothing but a language behind the mark.
bool opens(std::string_view line, Fence& fence) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == kNowhere || line[first] == '*') return false;  // a comment's line
  line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
  const std::size_t comment = std::min(line.find("//"), line.find("/*"));
  for (std::size_t at = line.find_first_of("`~", first); at < comment; at = line.find_first_of("`~", at)) {
    const std::size_t length = length_of_run(line, at);
    const std::string_view info = trimmed(line.substr(at + length), " \t\r");
    const bool whole_line = at == first && (line[at] == '~' ? is_language(info) : info.find('`') == kNowhere);
    const bool behind_text = at > first && line[at] == '`' && std::string_view(" \t:}").find(line[at - 1]) != kNowhere && is_language(info);
    if (length >= kShortestFence && (whole_line || behind_text)) {
      fence = {.begin = at, .language = info.substr(0, info.find(' ')), .mark = line[at], .length = length};
      return true;
    }
    at += length;
  }
  return false;
}

/// Where the mark that closes `fence` begins in this line, and the position behind it; kNowhere: the fence goes on.
std::pair<std::size_t, std::size_t> closing_mark(std::string_view line, const Fence& fence) {
  const std::size_t first = line.find_first_not_of(" \t");
  for (std::size_t at = line.find(fence.mark); at != kNowhere; at = line.find(fence.mark, at)) {
    const std::size_t behind = at + length_of_run(line, at);
    const bool alone = behind == line.size() || std::isspace(static_cast<unsigned char>(line[behind])) != 0;
    if (behind - at >= fence.length && alone && (at == first || line[at - 1] == '}' || line[at - 1] == ';')) return {at, behind};
    at = behind;
  }
  return {kNowhere, kNowhere};
}

/// In their order; the last one may be without an end.
std::vector<Fence> fences_in(std::string_view text) {
  std::vector<Fence> fences;
  bool open = false;
  std::size_t code = 0;
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (Fence fence; !open && opens(line, fence)) {
      fence.begin += begin;
      fence.end = text.size();
      fence.code = text.substr(code = end);
      fences.push_back(fence);
      open = true;
    } else if (open) {
      const auto [mark, behind] = closing_mark(line, fences.back());
      if (mark == kNowhere) continue;
      fences.back().code = text.substr(code, begin + mark - code);
      fences.back().end = begin + behind;
      open = false;
    }
  }
  return fences;
}

/// The one that defines the function, else the first that is C, C++ or says nothing, else the first.
const Fence& fence_of(const std::vector<Fence>& fences, const std::string& function) {
  static const std::set<std::string_view> kLanguages = {"",    "c",   "C",   "h",   "cc",  "cpp", "Cpp",   "CPP",
                                                        "cxx", "c++", "C++", "hpp", "c11", "c17", "c++17", "c++20"};
  const auto rank = [&](const Fence& fence) { return (definition_of(fence.code, function) ? 2 : 0) + (kLanguages.contains(fence.language) ? 1 : 0); };
  const Fence* best = &fences.front();
  int highest = rank(*best);
  for (const Fence& fence : fences)
    if (const int found = rank(fence); found > highest) highest = found, best = &fence;
  return *best;
}

/// Whether unfenced text has the function: defined, or as a body that begins at once and is closed.
bool has_function(std::string_view text, const std::string& function) {
  if (definition_of(text, function)) return true;
  if (leading_prose(text) > 0) return false;
  const std::size_t end = end_of_function(text, 0);
  return end != kNowhere && text.find(';') < end;
}

struct Taken {
  std::string_view code;
  bool fenced = false, quoted_whole = false;  ///< quoted_whole: the fence holds an answer with fences of its own
};

Taken unfenced(std::string_view text, const std::string& function, Stripped& stripped) {
  const std::vector<Fence> fences = fences_in(text);
  if (fences.empty()) return {text};
  stripped.fence = true;
  const Fence& fence = fence_of(fences, function);
  const std::string_view before = text.substr(0, fences.front().begin);
  if (!definition_of(fence.code, function) && has_function(before, function)) {
    stripped.prose = stripped.prose || !is_blank(text.substr(fences.front().begin + fences.front().length));
    return {before};
  }
  stripped.several_fences = stripped.several_fences || fences.size() > 1;
  stripped.prose = stripped.prose || !is_blank(text.substr(0, fence.begin)) || !is_blank(text.substr(fence.end));
  const std::size_t first = fence.code.find_first_not_of(" \t\r\n");
  const bool marked = first != kNowhere && (fence.code.substr(first).starts_with("```") || fence.code.substr(first).starts_with("~~~"));
  return {fence.code, true, marked || fence.language == "markdown" || fence.language == "md"};
}

}  // namespace

Stripped strip(std::string_view completion, const std::string& function) {
  Stripped stripped;
  Taken taken = unfenced(completion, function, stripped);
  if (taken.quoted_whole) taken = unfenced(taken.code, function, stripped);
  std::string_view code = taken.code;
  if (const Definition definition = definition_of(code, function)) {
    stripped.repeated_declaration = true;
    stripped.before = code.substr(0, definition.line);
    if (!taken.fenced) stripped.before = without_prose(stripped.before);
    stripped.unfenced_prose = stripped.before.size() < definition.line;
    stripped.declaration = code.substr(definition.line, definition.body - definition.line);
    code = code.substr(definition.body);
  } else {
    const std::size_t prose = taken.fenced ? 0 : leading_prose(code);
    stripped.unfenced_prose = prose > 0;
    code = code.substr(prose);
    if (const std::size_t first = code.find_first_not_of(" \t\r\n"); first != kNowhere && code[first] == '{') {
      stripped.leading_brace = true;
      code = code.substr(first + 1);
    }
  }
  stripped.answer = (code.starts_with('\n') ? "" : "\n") + std::string(code);
  const std::size_t end = end_of_function(stripped.answer, 0);
  stripped.text_behind = end != kNowhere && !is_blank(std::string_view(stripped.answer).substr(end));
  return stripped;
}

}  // namespace assay::analysis::bench
