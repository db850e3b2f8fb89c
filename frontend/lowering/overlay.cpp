#include "frontend/lowering/overlay.h"

#include <clang/Basic/LangOptions.h>
#include <clang/Lex/Lexer.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "frontend/lowering/overlay_tokens.h"

namespace assay::lowering {

namespace {

/// Text to insert before a byte of the original, in pieces that know where they come from.
struct Insertion {
  std::size_t at = 0;
  struct Piece {
    std::string text;
    std::size_t origin;
    bool linear;
  };
  std::vector<Piece> pieces;
};

struct Keyword {
  std::string_view name;
  ClauseKind kind;
};
constexpr Keyword kKeywords[] = {{"requires", ClauseKind::kRequires}, {"ensures", ClauseKind::kEnsures}, {"invariant", ClauseKind::kInvariant},
                                 {"assert", ClauseKind::kAssert},     {"assume", ClauseKind::kAssume},   {"label", ClauseKind::kLabel}};
constexpr Keyword kCprover[] = {{"__CPROVER_requires", ClauseKind::kRequires},        {"__CPROVER_ensures", ClauseKind::kEnsures},
                                {"__CPROVER_loop_invariant", ClauseKind::kInvariant}, {"__CPROVER_assigns", ClauseKind::kUnsupported},
                                {"__CPROVER_frees", ClauseKind::kUnsupported},        {"__CPROVER_decreases", ClauseKind::kUnsupported}};

/// White space, line breaks included, becomes single spaces.
std::string one_line(std::string_view text) {
  std::string line;
  for (char c : text) {
    bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space) line += c;
    else if (!line.empty() && line.back() != ' ') line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

class Builder {
 public:
  Builder(std::string_view source, const std::string& file) : source_(source), file_(file), map_(source), tokens_(raw_tokens(source)) {}
  Result<Overlay> build();

 private:
  Status comment(std::size_t index);
  Status comment_clause(std::size_t index, std::size_t begin, std::size_t end);
  Status cprover(std::size_t& index);
  Status place_in_function(std::size_t index, std::size_t clause);
  Status place_in_loop(std::size_t index, std::size_t clause);
  Status place_here(std::size_t index, std::size_t clause);
  void insert_call(std::size_t at, std::size_t clause);
  void add_condition(Insertion& insertion, std::size_t begin, std::size_t end, bool may_use_result);
  void blank(std::size_t begin, std::size_t end);
  std::string header() const;
  Overlay assemble();
  tl::unexpected<Error> error(std::size_t begin, std::size_t end, std::string message, std::string remedy) const;
  std::string_view text(std::size_t begin, std::size_t end) const { return source_.substr(begin, end - begin); }
  std::size_t next_code(std::size_t index) const;  // the token after `index` that is no comment
  std::optional<std::size_t> previous_code(std::size_t index) const;

  std::string_view source_;
  const std::string& file_;
  SourceMap map_;
  std::vector<RawToken> tokens_;
  std::vector<ContractClause> clauses_;
  std::vector<std::pair<std::size_t, std::size_t>> conditions_;  // [begin, end) of each clause's condition
  std::vector<Insertion> insertions_;
  std::vector<std::pair<std::size_t, std::size_t>> blanks_;
  bool declares_assume_ = false, declares_assert_ = false, uses_cprover_ = false;
};

tl::unexpected<Error> Builder::error(std::size_t begin, std::size_t end, std::string message, std::string remedy) const {
  return input_error(std::move(message), std::move(remedy), SourceRange{file_, map_.point(begin), map_.point(end)});
}

std::size_t Builder::next_code(std::size_t index) const {
  for (++index; index < tokens_.size() && tokens_[index].kind == RawKind::kComment;) ++index;
  return index;
}

std::optional<std::size_t> Builder::previous_code(std::size_t index) const {
  while (index > 0)
    if (tokens_[--index].kind != RawKind::kComment) return index;
  return std::nullopt;
}

// ---- where clauses stand ------------------------------------------------------------------------------------------------
Status Builder::comment(std::size_t index) {
  const RawToken& token = tokens_[index];
  std::string_view whole = text(token.begin, token.end);
  if (token.in_directive || whole.size() < 4 || whole[2] != '@') return {};
  std::size_t begin = token.begin + 3;
  std::size_t end = whole.starts_with("/*") ? token.end - 2 : token.end;
  return comment_clause(index, begin, end);
}

Status Builder::comment_clause(std::size_t index, std::size_t begin, std::size_t end) {
  const RawToken& token = tokens_[index];
  auto is_space = [&](std::size_t at) { return std::isspace(static_cast<unsigned char>(source_[at])) != 0; };
  while (begin < end && is_space(begin)) ++begin;
  std::size_t word_end = begin;
  while (word_end < end && (std::isalnum(static_cast<unsigned char>(source_[word_end])) != 0 || source_[word_end] == '_')) ++word_end;
  std::string_view word = text(begin, word_end);
  auto found = std::find_if(std::begin(kKeywords), std::end(kKeywords), [&](const Keyword& keyword) { return keyword.name == word; });
  if (found == std::end(kKeywords))
    return error(token.begin, token.end, fmt::format("unknown contract clause '{}'", word),
                 "write requires, ensures, invariant, assert, assume or label after '@'");
  std::size_t first = word_end, last = end;
  while (first < last && is_space(first)) ++first;
  while (last > first && (is_space(last - 1) || source_[last - 1] == ';')) --last;
  if (first == last)
    return error(token.begin, token.end, fmt::format("clause '{}' without {}", word, found->kind == ClauseKind::kLabel ? "a name" : "a condition"),
                 fmt::format("write //@ {} {}", word, found->kind == ClauseKind::kLabel ? "NAME" : "CONDITION;"));
  std::size_t clause = clauses_.size();
  clauses_.push_back({found->kind, one_line(text(first, last)), token.begin, token.end});
  conditions_.emplace_back(first, last);
  bool outside = token.braces == 0;
  switch (found->kind) {
    case ClauseKind::kRequires:
    case ClauseKind::kEnsures: return outside ? place_in_function(index, clause) : place_here(index, clause);
    default: break;
  }
  if (outside)
    return error(token.begin, token.end, fmt::format("clause '{}' outside a function", word), "move it between the statements of a function");
  return place_here(index, clause);
}

// A clause before a function (or between its declarator and its body) moves to the start of the body, where the parameters are in scope.
Status Builder::place_in_function(std::size_t index, std::size_t clause) {
  std::size_t at = next_code(index);
  for (; at < tokens_.size(); at = next_code(at)) {
    const RawToken& token = tokens_[at];
    if (token.braces != 0 || token.parens != 0 || token.in_directive) continue;
    if (token.kind == RawKind::kSemicolon) break;
    if (token.kind != RawKind::kOpenBrace) continue;
    auto before = previous_code(at);
    if (!before || tokens_[*before].kind != RawKind::kCloseParen) continue;  // the braces of a struct in the return type
    insert_call(token.end, clause);
    return {};
  }
  const ContractClause& where = clauses_[clause];
  return error(where.begin, where.end, "contract clause that no function definition follows",
               "put it directly before the definition of its function");
}

Status Builder::place_here(std::size_t index, std::size_t clause) {
  const ContractClause& where = clauses_[clause];
  auto before = previous_code(index);
  RawKind kind = before ? tokens_[*before].kind : RawKind::kOther;
  bool between = kind == RawKind::kSemicolon || kind == RawKind::kOpenBrace || kind == RawKind::kCloseBrace || kind == RawKind::kColon;
  std::size_t after = next_code(index);
  bool splits_if = after < tokens_.size() && tokens_[after].text == "else";
  bool in_parens = tokens_[index].parens != 0;
  if (!between || splits_if || in_parens)
    return error(where.begin, where.end, "contract clause in the middle of a statement", "put it between statements, inside braces");
  insert_call(where.begin, clause);
  return {};
}

Status Builder::place_in_loop(std::size_t index, std::size_t clause) {
  std::size_t after = index;
  const ContractClause& where = clauses_[clause];
  if (after >= tokens_.size() || tokens_[after].kind != RawKind::kOpenBrace)
    return error(where.begin, where.end, "loop invariant in front of a body without braces", "put braces around the loop's body");
  insert_call(tokens_[after].end, clause);
  return {};
}

// __CPROVER_requires(e) and its like stand where C allows no expression: they are blanked out and moved into the body.
Status Builder::cprover(std::size_t& index) {
  const RawToken& name = tokens_[index];
  uses_cprover_ = true;
  auto before = previous_code(index);
  bool declared = before && tokens_[*before].text == "void" && name.braces == 0;
  if (declared && name.text == "__CPROVER_assume") declares_assume_ = true;
  if (declared && name.text == "__CPROVER_assert") declares_assert_ = true;
  auto found = std::find_if(std::begin(kCprover), std::end(kCprover), [&](const Keyword& keyword) { return keyword.name == name.text; });
  if (found == std::end(kCprover)) return {};
  std::size_t open = next_code(index), close = open;
  if (open >= tokens_.size() || tokens_[open].kind != RawKind::kOpenParen)
    return error(name.begin, name.end, fmt::format("'{}' without a condition in parentheses", name.text),
                 fmt::format("write {}(CONDITION)", name.text));
  while (close < tokens_.size() && !(tokens_[close].kind == RawKind::kCloseParen && tokens_[close].parens == tokens_[open].parens)) ++close;
  if (close >= tokens_.size()) return error(name.begin, name.end, fmt::format("'{}' without its closing parenthesis", name.text), "add it");
  std::size_t clause = clauses_.size();
  clauses_.push_back({found->kind, one_line(text(tokens_[open].end, tokens_[close].begin)), name.begin, tokens_[close].end});
  if (found->kind == ClauseKind::kUnsupported) clauses_.back().text = name.text;
  conditions_.emplace_back(tokens_[open].end, tokens_[close].begin);
  blank(name.begin, tokens_[close].end);
  bool outside = name.braces == 0;
  // Several clauses may follow one another, so the brace is looked for behind all of them.
  std::size_t after = next_code(close);
  while (!outside && after < tokens_.size() && tokens_[after].text.starts_with("__CPROVER_")) {
    while (after < tokens_.size() && !(tokens_[after].kind == RawKind::kCloseParen && tokens_[after].parens == name.parens)) ++after;
    after = next_code(after);
  }
  index = close;
  return outside ? place_in_function(close, clause) : place_in_loop(after, clause);
}

// ---- what is inserted ---------------------------------------------------------------------------------------------------
void Builder::blank(std::size_t begin, std::size_t end) { blanks_.emplace_back(begin, end); }

void Builder::insert_call(std::size_t at, std::size_t clause) {
  const ContractClause& which = clauses_[clause];
  Insertion insertion;
  insertion.at = at;
  insertion.pieces.push_back({fmt::format("{}({}", kClauseCall, clause), which.begin, false});
  if (which.kind != ClauseKind::kLabel && which.kind != ClauseKind::kUnsupported) {
    auto [begin, end] = conditions_[clause];
    insertion.pieces.push_back({",(", begin, false});
    add_condition(insertion, begin, end, which.kind == ClauseKind::kEnsures);
    insertion.pieces.push_back({")", end, false});
  }
  insertion.pieces.push_back({");", which.end, false});
  insertions_.push_back(std::move(insertion));
}

// result, old(e) and length(p) mean something in clauses only; CBMC's names for the first two are the same.
void Builder::add_condition(Insertion& insertion, std::size_t begin, std::size_t end, bool may_use_result) {
  std::vector<RawToken> tokens = raw_tokens(text(begin, end));
  std::vector<int> old_parens;  // depths at which an old( is open
  std::size_t copied = 0;
  auto copy_to = [&](std::size_t offset) {
    std::string piece(text(begin + copied, begin + offset));
    std::replace_if(piece.begin(), piece.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    insertion.pieces.push_back({std::move(piece), begin + copied, true});
    copied = offset;
  };
  auto replace = [&](const RawToken& token, std::string with) {
    copy_to(token.begin);
    insertion.pieces.push_back({std::move(with), begin + token.begin, false});
    copied = token.end;
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const RawToken& token = tokens[i];
    bool call = i + 1 < tokens.size() && tokens[i + 1].kind == RawKind::kOpenParen;
    bool member = i > 0 && (tokens[i - 1].text == "." || tokens[i - 1].text == "->");
    if (token.kind == RawKind::kComment) replace(token, " ");
    else if (member) continue;
    else if (may_use_result && (token.text == "result" || token.text == "__CPROVER_return_value")) replace(token, std::string(kResultName));
    else if (token.text == "length" && call) replace(token, std::string(kLengthCall));
    else if ((token.text == "old" || token.text == "__CPROVER_old") && call) {
      replace(token, fmt::format("({{{}();", kOldMark));
      old_parens.push_back(tokens[i + 1].parens);
    } else if (token.kind == RawKind::kCloseParen && !old_parens.empty() && token.parens == old_parens.back()) {
      replace(token, ");})");
      old_parens.pop_back();
    }
  }
  copy_to(end - begin);
}

std::string Builder::header() const {
  if (clauses_.empty() && !uses_cprover_) return {};
  std::string text =
      fmt::format("void {}(int, ...);\n__PTRDIFF_TYPE__ {}(const volatile void *);\nvoid {}(void);\n", kClauseCall, kLengthCall, kOldMark);
  if (uses_cprover_ && !declares_assume_) text += "void __CPROVER_assume(_Bool);\n";
  if (uses_cprover_ && !declares_assert_) text += "void __CPROVER_assert(_Bool, const char *);\n";
  return text;
}

Overlay Builder::assemble() {
  std::stable_sort(insertions_.begin(), insertions_.end(), [](const Insertion& a, const Insertion& b) { return a.at < b.at; });
  std::string source(source_);
  for (auto [begin, end] : blanks_)
    for (std::size_t at = begin; at < end; ++at)
      if (source[at] != '\n' && source[at] != '\r') source[at] = ' ';
  Overlay overlay{{}, SourceMap(source_), {}, header()};
  std::size_t copied = 0;
  auto copy_to = [&](std::size_t to) {
    overlay.map.copy(copied, to - copied);
    overlay.text.append(source, copied, to - copied);
    copied = to;
  };
  for (const Insertion& insertion : insertions_) {
    copy_to(insertion.at);
    for (const Insertion::Piece& piece : insertion.pieces) {
      if (piece.linear) overlay.map.copy(piece.origin, piece.text.size());
      else overlay.map.glue(piece.origin, piece.text.size());
      overlay.text += piece.text;
    }
  }
  copy_to(source.size());
  overlay.clauses = std::move(clauses_);
  return overlay;
}

Result<Overlay> Builder::build() {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const RawToken& token = tokens_[i];
    if (token.kind == RawKind::kComment) {
      if (Status status = comment(i); !status) return fail(status.error());
    } else if (!token.in_directive && token.text.starts_with("__CPROVER_")) {
      if (Status status = cprover(i); !status) return fail(status.error());
    }
  }
  return assemble();
}

}  // namespace

Result<Overlay> make_overlay(std::string_view source, const std::string& file_name) { return Builder(source, file_name).build(); }

}  // namespace assay::lowering
