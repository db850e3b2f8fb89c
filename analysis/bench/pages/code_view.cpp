#include "analysis/bench/pages/code_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "analysis/bench/pages/html.h"
#include "base/text.h"

namespace assay::analysis::bench {
namespace {

constexpr std::size_t kNoToken = static_cast<std::size_t>(-1);

enum class Syntax : char { kPlain, kKeyword, kComment, kContract, kLiteral };
constexpr std::string_view kSyntaxClasses[] = {"", "keyword", "comment", "contract", "literal"};

bool is_keyword(std::string_view word) {
  static const std::set<std::string_view> kWords = {
      "auto",   "bool",      "break",   "case",     "char",     "class",    "const", "constexpr", "continue", "default", "do",
      "double", "else",      "enum",    "extern",   "false",    "float",    "for",   "goto",      "if",       "inline",  "int",
      "long",   "namespace", "nullptr", "register", "restrict", "return",   "short", "signed",    "sizeof",   "static",  "struct",
      "switch", "template",  "true",    "typedef",  "union",    "unsigned", "using", "void",      "volatile", "while",   "NULL"};
  return kWords.contains(word);
}

/// Enough of C to colour it: where what begins at `at` ends, and what it is.
std::pair<std::size_t, Syntax> next_piece(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const auto until = [&](std::string_view stop, std::size_t from, std::size_t more) {
    const std::size_t end = text.find(stop, from);
    return end == std::string_view::npos ? text.size() : end + more;
  };
  if (rest.starts_with("//")) return {until("\n", at, 0), rest.starts_with("//@") ? Syntax::kContract : Syntax::kComment};
  if (rest.starts_with("/*")) return {until("*/", at + 2, 2), Syntax::kComment};
  if (rest[0] == '"' || rest[0] == '\'') {
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != rest[0] && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
    return {std::min(text.size(), end + (end < text.size() && text[end] == rest[0] ? 1 : 0)), Syntax::kLiteral};
  }
  std::size_t end = at + 1;
  if (!in_identifier(rest[0])) return {end, Syntax::kPlain};
  while (end < text.size() && in_identifier(text[end])) ++end;
  if (rest[0] >= '0' && rest[0] <= '9') return {end, Syntax::kLiteral};
  return {end, is_keyword(text.substr(at, end - at)) ? Syntax::kKeyword : Syntax::kPlain};
}

std::vector<Syntax> syntax_of(std::string_view text) {
  std::vector<Syntax> kinds(text.size(), Syntax::kPlain);
  for (std::size_t at = 0; at < text.size();) {
    const auto [end, kind] = next_piece(text, at);
    std::fill(kinds.begin() + static_cast<std::ptrdiff_t>(at), kinds.begin() + static_cast<std::ptrdiff_t>(end), kind);
    at = end;
  }
  return kinds;
}

std::size_t start_of_character(std::string_view text, std::size_t at) {
  at = std::min(at, text.size());
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return at;
}

/// How unlikely a token was, in steps that the legend names.
std::string_view tint_of(double probability) {
  if (probability < 0.05) return " rare";
  if (probability < 0.2) return " unlikely";
  return probability < 0.5 ? " doubtful" : "";
}

/// "written: 31.0 %  \" return\"", then the alternatives, a line each.
std::string title_of(const CodeToken& token, std::string_view text) {
  std::string title = fmt::format("written: {} · {}", percent(token.probability), in_quotes(text.substr(token.begin, token.end - token.begin)));
  for (const auto& [alternative, probability] : token.alternatives) title += fmt::format("\n{} · {}", percent(probability), in_quotes(alternative));
  return shown(title);
}

class CodeTable {
 public:
  explicit CodeTable(const AnswerCode& code) : code_(code), syntax_(syntax_of(code.text)), token_of_(code.text.size(), kNoToken) {
    for (const CodeToken& token : code_.tokens) {
      CodeToken& whole = tokens_.emplace_back(token);
      whole.begin = start_of_character(code_.text, token.begin);
      whole.end = start_of_character(code_.text, token.end);
      for (std::size_t at = whole.begin; at < whole.end; ++at) token_of_[at] = tokens_.size() - 1;
    }
    for (const CodeSite& site : code_.sites) {
      CodeSite& whole = sites_.emplace_back(site);
      whole.begin = start_of_character(code_.text, site.begin);
      whole.end = start_of_character(code_.text, site.end);
    }
    for (const auto& [given, whole] : {std::pair{&code_.marks, &marks_}, {&code_.missteps, &missteps_}})
      for (const CodeMark& mark : *given) whole->push_back({start_of_character(code_.text, mark.begin), start_of_character(code_.text, mark.end)});
  }

  std::string html() const {
    std::string rows;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < code_.text.size(); ++number) {
      const std::size_t end = std::min(code_.text.find('\n', begin), code_.text.size());
      rows += row(number + 1, begin, end);
      begin = end + 1;
    }
    return "<table class=\"code\"><tbody>\n" + rows + "</tbody></table>";
  }

 private:
  std::string row(std::size_t number, std::size_t begin, std::size_t end) const {
    const bool given = end <= code_.prompt_bytes, fails = number == code_.failing_line;
    std::string line;
    for (std::size_t at = begin; at < end;) {
      const std::size_t next = end_of_piece(at, end);
      line += piece(at, next);
      at = next;
    }
    if (end < code_.text.size() && token_of_[end] != kNoToken) line += line_end(token_of_[end]);
    return fmt::format("<tr class=\"{}{}\"><th scope=\"row\">{}</th><td><code>{}</code>{}</td></tr>\n", given ? "given" : "written",
                       fails ? " fails" : "", number, line, fails ? "<span class=\"here\">← the violated check</span>" : "");
  }

  std::size_t end_of_piece(std::size_t at, std::size_t end) const {
    std::size_t next = at + 1;
    while (next < end && syntax_[next] == syntax_[at] && token_of_[next] == token_of_[at] && !at_edge(next)) ++next;
    return next;
  }

  bool at_edge(std::size_t at) const {
    const auto begins_or_ends = [&](const auto& mark) { return mark.begin == at || mark.end == at; };
    return std::any_of(marks_.begin(), marks_.end(), begins_or_ends) || std::any_of(missteps_.begin(), missteps_.end(), begins_or_ends) ||
           std::any_of(sites_.begin(), sites_.end(), begins_or_ends);
  }

  std::string piece(std::size_t begin, std::size_t end) const {
    std::string classes(kSyntaxClasses[static_cast<std::size_t>(syntax_[begin])]), inside, notes;
    for (std::size_t m = 0; m < marks_.size(); ++m) {
      if (marks_[m].begin <= begin && end <= marks_[m].end) inside += fmt::format("{}{}", inside.empty() ? "" : " ", m + 1);
      if (marks_[m].end == end && marks_[m].begin < end) notes += fmt::format("{}{}", notes.empty() ? "" : ",", m + 1);
    }
    if (!inside.empty()) classes += " concept";
    if (std::any_of(missteps_.begin(), missteps_.end(), [&](const CodeMark& m) { return m.begin <= begin && end <= m.end; })) classes += " misstep";
    std::string more = inside.empty() ? std::string() : fmt::format(" data-concepts=\"{}\"", inside);
    std::string title;
    for (const CodeSite& site : sites_)
      if (site.begin <= begin && end <= site.end) {
        classes += site.overtaken ? " site overtaken" : " site";
        title += site.title + "\n";
      }
    if (const std::size_t token = token_of_[begin]; token != kNoToken) {
      classes += fmt::format(" token{}", tint_of(tokens_[token].probability));
      more += fmt::format(" data-token=\"{}\" title=\"{}{}\"", token, title.empty() ? "" : shown(title + "the whole token:\n"),
                          title_of(tokens_[token], code_.text));
    } else if (!title.empty()) {
      more += fmt::format(" title=\"{}\"", shown(title));
    }
    const std::string text = shown(std::string_view(code_.text).substr(begin, end - begin));
    if (!notes.empty()) notes = fmt::format("<sup class=\"mark\">{}</sup>", notes);
    if (classes.empty()) return text + notes;
    return fmt::format("<span class=\"{}\"{}>{}</span>{}", classes, more, text, notes);
  }

  /// A line end that is part of a token has nothing else to point at.
  std::string line_end(std::size_t token) const {
    return fmt::format("<span class=\"token end{}\" data-token=\"{}\" title=\"{}\">↵</span>", tint_of(tokens_[token].probability), token,
                       title_of(tokens_[token], code_.text));
  }

  const AnswerCode& code_;
  std::vector<Syntax> syntax_;
  std::vector<std::size_t> token_of_;
  std::vector<CodeToken> tokens_;
  std::vector<CodeMark> marks_, missteps_;
  std::vector<CodeSite> sites_;
};

}  // namespace

std::string code_view(const AnswerCode& code) { return CodeTable(code).html(); }

std::size_t byte_at(const std::string& text, std::size_t line, std::size_t column) {
  std::size_t at = 0;
  for (std::size_t l = 1; l < line; ++l) {
    at = text.find('\n', at);
    if (at == std::string::npos) return text.size();
    ++at;
  }
  return std::min(text.size(), at + std::max<std::size_t>(column, 1) - 1);
}

}  // namespace assay::analysis::bench
