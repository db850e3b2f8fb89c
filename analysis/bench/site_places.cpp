#include "analysis/bench/site_places.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string_view>

#include "base/text.h"
#include "solver/completions/hole_grammar.h"

namespace assay::analysis::bench {
namespace {

using program::Block;
using program::Expr;
using program::Function;
using program::Origin;
using program::Place;
using program::Program;
using program::Stmt;
using program::StmtKind;
using program::VariableId;
using solver::Hole;

constexpr std::string_view kBlanks = " \t\r\n";

/// Comments, strings and character constants as blanks; the length stays.
std::string without_quiet_text(std::string text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    if (text.compare(at, 2, "//") == 0) {
      end = std::min(text.find('\n', at), text.size());
    } else if (text.compare(at, 2, "/*") == 0) {
      const std::size_t close = text.find("*/", at + 2);
      end = close == std::string::npos ? text.size() : close + 2;
    } else if (text[at] == '"' || text[at] == '\'') {
      for (end = at + 1; end < text.size() && text[end] != text[at];) end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), '0');  // an expression, not a gap
      at = end;
      continue;
    }
    for (std::size_t i = at; i < end; ++i)
      if (text[i] != '\n') text[i] = ' ';
    at = std::max(end, at + 1);
  }
  return text;
}

/// The blanks with which the line of `at` begins.
std::string indent_at(const std::string& text, std::size_t at) {
  const std::size_t newline = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
  const std::size_t end = std::min(text.find_first_not_of(" \t", begin), text.size());
  return text.substr(begin, end - begin);
}

/// Reads the statements of a body: words, and brackets that belong together.
class StatementReader {
 public:
  StatementReader(const std::string& text, std::size_t body) : text_(text), plain_(without_quiet_text(text)), at_(body) {
    open_.push_back({indent_at(text, body), {}});
  }

  std::vector<StatementStart> read() {
    while (!open_.empty() && (at_ = plain_.find_first_not_of(kBlanks, at_)) != std::string::npos) next();
    return std::move(starts_);
  }

 private:
  struct Open {
    std::string indent;
    std::optional<std::size_t> first;
  };

  void next() {
    switch (plain_[at_]) {
      case '{': open_.push_back({indent_at(text_, at_), {}}), in_braces_ = true, ++at_; return;
      case '}': add(true), open_.pop_back(), in_braces_ = true, ++at_; return;
      case ';': in_braces_ = true, ++at_; return;
      default: break;
    }
    const std::string word = word_at(at_);
    if (word == "else" || word == "do") {
      if (word == "do") add(false);
      in_braces_ = false;
      at_ += word.size();
    } else if (word == "case" || word == "default" || is_label(word)) {
      in_braces_ = false;
      at_ = std::min(plain_.find(':', at_), plain_.size() - 1) + 1;
    } else {
      add(false);
      const bool has_header = word == "if" || word == "for" || word == "while" || word == "switch";
      in_braces_ = !has_header;
      at_ = has_header ? behind_brackets(plain_.find('(', at_)) : behind_semicolon(at_);
    }
  }

  void add(bool ends) {
    Open& block = open_.back();
    if (!block.first) block.first = starts_.size();
    starts_.push_back({at_, *block.first, in_braces_, ends, block.indent});
  }

  std::string word_at(std::size_t at) const {
    std::size_t end = at;
    while (end < plain_.size() && in_identifier(plain_[end])) ++end;
    return plain_.substr(at, end - at);
  }

  bool is_label(const std::string& word) const {
    const std::size_t behind = plain_.find_first_not_of(kBlanks, at_ + word.size());
    return !word.empty() && behind != std::string::npos && plain_[behind] == ':' && plain_.compare(behind, 2, "::") != 0;
  }

  /// `at` is at an opening bracket, or npos.
  std::size_t behind_brackets(std::size_t at) const {
    int depth = 0;
    for (; at < plain_.size(); ++at) {
      if (std::string_view("([{").find(plain_[at]) != std::string_view::npos) ++depth;
      if (std::string_view(")]}").find(plain_[at]) != std::string_view::npos && --depth <= 0) return at + 1;
    }
    return plain_.size();
  }

  std::size_t behind_semicolon(std::size_t at) const {
    while (at < plain_.size() && plain_[at] != ';')
      at = std::string_view("([{").find(plain_[at]) != std::string_view::npos ? behind_brackets(at) : at + 1;
    return std::min(at + 1, plain_.size());
  }

  const std::string& text_;
  const std::string plain_;
  std::size_t at_;
  bool in_braces_ = true;
  std::vector<Open> open_;
  std::vector<StatementStart> starts_;
};

/// A node of the program, and its bytes.
struct Node {
  std::size_t begin = 0, end = 0;
  std::string_view ast;
};

/// The statements of the program that begin at one byte.
struct Beginning {
  Node node;                         ///< the largest
  std::vector<VariableId> scope;     ///< before it
  std::vector<VariableId> declared;  ///< by it, for what follows
};

/// All nodes of a function, and where its statements begin.
class NodeFinder {
 public:
  NodeFinder(const Program& program, const Function& function, const std::string& source) : program_(program), function_(function) {
    lines_.push_back(0);
    for (std::size_t at = 0; at < source.size(); ++at)
      if (source[at] == '\n') lines_.push_back(at + 1);
    size_ = source.size();
    for (std::uint32_t i = 0; i < program.globals.size(); ++i) scope_.push_back({true, i});
    for (std::uint32_t i = 0; i < function.parameter_count; ++i) scope_.push_back({false, i});
    block(function.body);
  }

  std::optional<std::size_t> offset(const SourcePoint& point) const {
    if (point.line < 1 || point.column < 1 || static_cast<std::size_t>(point.line) > lines_.size()) return std::nullopt;
    const std::size_t at = lines_[static_cast<std::size_t>(point.line) - 1] + static_cast<std::size_t>(point.column) - 1;
    return at <= size_ ? std::optional(at) : std::nullopt;
  }

  /// The smallest node around these bytes; of equals the innermost.
  std::string_view smallest(std::size_t begin, std::size_t end) const {
    const Node* found = nullptr;
    for (const Node& node : nodes_)
      if (node.begin <= begin && end <= node.end && (found == nullptr || node.end - node.begin <= found->end - found->begin)) found = &node;
    return found == nullptr ? std::string_view() : found->ast;
  }

  const Beginning* beginning(std::size_t at) const {
    const auto found = beginnings_.find(at);
    return found == beginnings_.end() ? nullptr : &found->second;
  }

 private:
  void block(const Block& statements) {
    const std::size_t outer = scope_.size();
    for (const Stmt& stmt : statements) statement(stmt);
    scope_.resize(outer);
  }

  void statement(const Stmt& stmt) {
    begin(stmt);
    if (stmt.kind == StmtKind::kDeclare) scope_.push_back(stmt.variable);
    if (stmt.loop) {
      block(stmt.loop->condition_prelude);
      if (stmt.loop->condition) expression(*stmt.loop->condition);
    }
    if (stmt.place) place(*stmt.place);
    if (stmt.value) expression(*stmt.value);
    for (const program::ExprPtr& argument : stmt.arguments) expression(*argument);
    block(stmt.body);
    block(stmt.else_body);
    if (stmt.loop) block(stmt.loop->step);
  }

  void begin(const Stmt& stmt) {
    const std::optional<Node> node = add(stmt.origin);
    if (!node) return;
    const auto [entry, fresh] = beginnings_.try_emplace(node->begin, Beginning{*node, scope_, {}});
    if (node->end > entry->second.node.end) entry->second.node = *node;
    if (stmt.kind == StmtKind::kDeclare) entry->second.declared.push_back(stmt.variable);
  }

  void place(const Place& p) {
    add(p.origin);
    if (p.pointer) expression(*p.pointer);
    if (p.base) place(*p.base);
    if (p.index) expression(*p.index);
  }

  void expression(const Expr& e) {
    add(e.origin);
    if (e.place) place(*e.place);
    for (const program::ExprPtr* child : {&e.a, &e.b, &e.c})
      if (*child) expression(**child);
  }

  std::optional<Node> add(const Origin& origin) {
    const auto begin = offset(origin.begin), end = offset(origin.end);
    if (origin.file != function_.origin.file || !begin || !end || *begin >= *end || origin.ast_kind >= program_.ast_kinds.size()) return std::nullopt;
    return nodes_.emplace_back(Node{*begin, *end, program_.ast_kinds[origin.ast_kind]});
  }

  const Program& program_;
  const Function& function_;
  std::vector<std::size_t> lines_;
  std::size_t size_ = 0;
  std::vector<VariableId> scope_;
  std::vector<Node> nodes_;  ///< outer before inner ones
  std::map<std::size_t, Beginning> beginnings_;
};

std::string_view kind_of(Hole::Kind kind) {
  switch (kind) {
    case Hole::Kind::kComparison: return "comparison";
    case Hole::Kind::kArithmetic: return "arithmetic";
    case Hole::Kind::kLogical: return "logical";
    case Hole::Kind::kConstant: return "constant";
    case Hole::Kind::kName: return "name";
  }
  return "";
}

/// Positions are those of the text that the solver reads, `inserted` bytes before the answer's; they are moved at the end.
class PlaceFinder {
 public:
  PlaceFinder(const CodeTask& task, const LoweredCode& code, const std::string& text)
      : program_(code.program),
        function_(code.program.function(*code.function)),
        source_(with_preconditions(task, text)),
        from_(task.prompt.size() + source_.size() - text.size()),
        body_(task.body_begin() + source_.size() - text.size()),
        nodes_(program_, function_, source_),
        grammar_(solver::HoleGrammar::of(program_, *code.function, source_, from_)) {}

  std::vector<SitePlace> find(const Judgement& judgement) {
    for (const Hole& hole : grammar_.holes()) add(hole);
    const std::vector<StatementStart> starts = statement_starts(source_, body_);
    for (std::size_t s = 0; s < starts.size(); ++s) add(starts, s);
    std::stable_sort(places_.begin(), places_.end(), [](const SitePlace& a, const SitePlace& b) { return a.begin < b.begin; });
    for (SitePlace& place : places_) {
      place.concept_id = concept_around(place, judgement);
      if (place.concept_id) place.concept_kind = judgement.concepts[*place.concept_id].kind;
      place.begin -= from_, place.end -= from_;
      for (OtherText& other : place.alternatives) other.from -= from_;
    }
    return std::move(places_);
  }

 private:
  void add(const Hole& hole) {
    SitePlace place{std::string(kind_of(hole.kind)), hole.begin, hole.end, hole.written, std::string(nodes_.smallest(hole.begin, hole.end))};
    for (const std::string& other : hole.others) place.alternatives.push_back({other, hole.begin, other, true});
    places_.push_back(std::move(place));
  }

  void add(const std::vector<StatementStart>& starts, std::size_t number) {
    const StatementStart& start = starts[number];
    if (start.begin < from_) return;
    const Beginning* beginning = start.ends ? nullptr : nodes_.beginning(start.begin);
    const std::optional<std::vector<VariableId>> scope = start.ends ? scope_at_end(starts, number) : scope_of(beginning);
    if (!scope) return;
    const std::string written = token_at(start.begin);
    SitePlace place{"statement", start.begin, start.begin + written.size(), written, start.ends ? "CompoundStmt" : std::string(beginning->node.ast)};
    const OtherText before = start.ends ? before_statement(starts, number) : OtherText{"", start.begin, "", false};
    const auto other = [&](const std::string& value, const std::string& text) {
      place.alternatives.push_back({value, before.from, before.text + text, false});
    };
    for (const std::string word : {"if", "return", "for", "while"})
      if (word != written) other(word, word == "return" ? word : word + " (");
    for (const auto& [name, text] : assignments(*scope, start.begin))
      if (name != written) other(text, text);
    if (!start.ends && start.in_braces) place.alternatives.push_back(end_of_block(start));
    places_.push_back(std::move(place));
  }

  static std::optional<std::vector<VariableId>> scope_of(const Beginning* beginning) {
    return beginning == nullptr ? std::nullopt : std::optional(beginning->scope);
  }

  /// What the block's first statement sees, and what its statements declare; none where nothing is known of it.
  std::optional<std::vector<VariableId>> scope_at_end(const std::vector<StatementStart>& starts, std::size_t end) const {
    std::optional<std::vector<VariableId>> scope;
    for (std::size_t s = starts[end].block; s < end; ++s) {
      const Beginning* beginning = nodes_.beginning(starts[s].begin);
      if (starts[s].block != starts[end].block || starts[s].ends || beginning == nullptr) continue;
      if (!scope) scope = beginning->scope;
      if (starts[s].in_braces) scope->insert(scope->end(), beginning->declared.begin(), beginning->declared.end());
    }
    return scope;
  }

  /// Name, and how an assignment to it begins, of what is declared before `at`; lowering moves what a switch declares before the switch.
  std::vector<std::pair<std::string, std::string>> assignments(const std::vector<VariableId>& scope, std::size_t at) const {
    std::vector<std::pair<std::string, std::string>> all;
    std::set<std::string> seen;
    for (auto id = scope.rbegin(); id != scope.rend(); ++id) {  // inner names hide outer ones
      const program::Variable& variable = program_.variable(function_, *id);
      const bool named = !variable.name.empty() && std::all_of(variable.name.begin(), variable.name.end(), in_identifier);
      const std::optional<std::size_t> declared = nodes_.offset(variable.origin.end);
      const bool behind = declared && *declared > at && variable.origin.file == function_.origin.file;
      if (variable.is_temporary || variable.is_ghost || !named || behind || !seen.insert(variable.name).second || variable.is_const) continue;
      all.emplace_back(variable.name, variable.name + (program_.type(variable.type).kind == program::TypeKind::kArray ? "[" : " ="));
    }
    std::reverse(all.begin(), all.end());
    return all;
  }

  std::string token_at(std::size_t begin) const {
    std::size_t end = begin + 1;
    if (in_identifier(source_[begin]))
      while (end < source_.size() && in_identifier(source_[end])) ++end;
    else if ((source_[begin] == '+' || source_[begin] == '-') && source_.compare(end, 1, source_, begin, 1) == 0) ++end;
    return source_.substr(begin, end - begin);
  }

  /// Where the white space before `at` begins, in the answer.
  std::size_t blanks_before(std::size_t at) const {
    while (at > from_ && kBlanks.find(source_[at - 1]) != std::string_view::npos) --at;
    return at;
  }
  bool on_own_line(std::size_t at) const {
    const std::size_t blanks = blanks_before(at);
    return source_.substr(blanks, at - blanks).find('\n') != std::string::npos;
  }

  /// `}` where it would stand: on a line of its own as far to the left as the line on which the block begins.
  OtherText end_of_block(const StatementStart& start) const {
    if (!on_own_line(start.begin)) return {"}", start.begin, "}", false};
    return {"}", blanks_before(start.begin), "\n" + start.indent + "}\n", false};
  }

  /// A further statement in place of a block's `}`: as far to the right as the block's last one.
  OtherText before_statement(const std::vector<StatementStart>& starts, std::size_t end) const {
    const std::size_t at = starts[end].begin;
    if (!on_own_line(at)) return {"", at, "", false};
    for (std::size_t s = end; s-- > starts[end].block;)
      if (starts[s].block == starts[end].block && !starts[s].ends && starts[s].in_braces && on_own_line(starts[s].begin))
        return {"", blanks_before(at), "\n" + indent_at(source_, starts[s].begin), false};
    return {"", blanks_before(at), "\n" + starts[end].indent + "    ", false};
  }

  std::optional<std::size_t> concept_around(const SitePlace& place, const Judgement& judgement) const {
    std::optional<std::size_t> found;
    std::size_t size = std::string::npos;
    for (std::size_t c = 0; c < judgement.concepts.size(); ++c) {
      const auto begin = nodes_.offset(judgement.concepts[c].begin), end = nodes_.offset(judgement.concepts[c].end);
      if (!begin || !end || *begin > place.begin || *end < place.end || *end - *begin >= size) continue;
      found = c;
      size = *end - *begin;
    }
    return found;
  }

  const Program& program_;
  const Function& function_;
  const std::string source_;
  const std::size_t from_, body_;  ///< where the answer, and the function's body begin
  const NodeFinder nodes_;
  const solver::HoleGrammar grammar_;
  std::vector<SitePlace> places_;
};

}  // namespace

std::vector<SitePlace> site_places(const CodeTask& task, const LoweredCode& code, const std::string& text, const Judgement& judgement) {
  if (!code.function || !code.program.function(*code.function).has_body) return {};
  return PlaceFinder(task, code, text).find(judgement);
}

std::vector<StatementStart> statement_starts(const std::string& text, std::size_t body) { return StatementReader(text, body).read(); }

}  // namespace assay::analysis::bench
