#include "solver/completions/hole_grammar.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "frontend/program/printer.h"

namespace assay::solver {

using namespace program;

namespace {

using Scope = std::vector<VariableId>;

/// Visits every expression of a function's body in one fixed order, with the variables in scope and the statement that it is part of.
class Walk {
 public:
  using Visit = std::function<void(Expr& e, const Stmt& stmt, const Scope& scope)>;
  explicit Walk(Visit visit) : visit_(std::move(visit)) {}

  void function(const Program& program, Function& f) {
    scope_.clear();
    for (std::uint32_t i = 0; i < program.globals.size(); ++i) scope_.push_back({true, i});
    for (std::uint32_t i = 0; i < f.parameter_count; ++i) scope_.push_back({false, i});
    block(f.body);
  }

 private:
  void block(Block& statements) {
    const std::size_t outer = scope_.size();
    for (Stmt& stmt : statements) statement(stmt);
    scope_.resize(outer);
  }

  void statement(Stmt& stmt) {
    if (stmt.kind == StmtKind::kDeclare) scope_.push_back(stmt.variable);
    if (stmt.loop) {
      block(stmt.loop->condition_prelude);
      if (stmt.loop->condition) expression(*stmt.loop->condition, stmt);
    }
    if (stmt.place) place(*stmt.place, stmt);
    if (stmt.value) expression(*stmt.value, stmt);
    for (ExprPtr& argument : stmt.arguments) expression(*argument, stmt);
    block(stmt.body);
    block(stmt.else_body);
    if (stmt.loop) block(stmt.loop->step);
  }

  void place(Place& p, const Stmt& stmt) {
    if (p.pointer) expression(*p.pointer, stmt);
    if (p.base) place(*p.base, stmt);
    if (p.index) expression(*p.index, stmt);
  }

  void expression(Expr& e, const Stmt& stmt) {
    visit_(e, stmt, scope_);
    if (e.place) place(*e.place, stmt);
    for (ExprPtr* child : {&e.a, &e.b, &e.c})
      if (*child) expression(**child, stmt);
  }

  Visit visit_;
  Scope scope_;
};

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

/// Places of the source as bytes.
class Text {
 public:
  explicit Text(std::string_view source) : source_(source) {
    lines_.push_back(0);
    for (std::size_t at = 0; at < source.size(); ++at)
      if (source[at] == '\n') lines_.push_back(at + 1);
  }

  std::optional<std::size_t> offset(const SourcePoint& point) const {
    if (point.line < 1 || point.column < 1 || static_cast<std::size_t>(point.line) > lines_.size()) return std::nullopt;
    const std::size_t at = lines_[static_cast<std::size_t>(point.line) - 1] + static_cast<std::size_t>(point.column) - 1;
    return at <= source_.size() ? std::optional(at) : std::nullopt;
  }

  /// Behind blanks, comments and closing parentheses.
  std::size_t skip_to_operator(std::size_t at, std::size_t end) const {
    while (at < end) {
      const std::string_view two = source_.substr(at, 2);
      if (two == "/*" || two == "//") {
        const std::string_view closing = two == "/*" ? "*/" : "\n";
        const std::size_t close = source_.find(closing, at + 2);
        if (close == std::string_view::npos) return end;
        at = close + closing.size();
      } else if (std::string_view(" \t\r\n)").find(source_[at]) != std::string_view::npos) {
        ++at;
      } else {
        return at;
      }
    }
    return end;
  }

  std::string_view at(std::size_t begin, std::size_t size) const {
    return begin <= source_.size() ? source_.substr(begin, size) : std::string_view();
  }
  bool is_word_at(std::size_t begin, std::string_view word) const {
    return at(begin, word.size()) == word && (begin + word.size() >= source_.size() || !is_word(source_[begin + word.size()]));
  }

 private:
  std::string_view source_;
  std::vector<std::size_t> lines_;
};

bool compares(BinaryOp op) { return op >= BinaryOp::kEqual; }

/// Operators that may stand where `op` does: + - * / %, << >>, & | ^, comparisons.
bool exchangeable(BinaryOp op, BinaryOp other) {
  const auto group = [](BinaryOp o) { return compares(o) ? 3 : o >= BinaryOp::kBitAnd ? 2 : o >= BinaryOp::kShiftLeft ? 1 : 0; };
  return op != other && group(op) == group(other);
}

bool holds(const Type& type, std::int64_t value) {
  if (type.is_bool) return value == 0 || value == 1;
  if (!type.is_signed) return value >= 0 && (type.width >= 63 || value < (std::int64_t{1} << type.width));
  return type.width >= 64 || (value >= -(std::int64_t{1} << (type.width - 1)) && value < (std::int64_t{1} << (type.width - 1)));
}

ExprPtr constant_of(TypeId type, std::int64_t value, const Origin& origin) {
  auto constant = std::make_unique<Expr>();
  constant->type = type;
  constant->origin = origin;
  constant->value = value;
  return constant;
}

}  // namespace

std::string_view name_of(Hole::Kind kind) {
  switch (kind) {
    case Hole::Kind::kComparison: return "comparison";
    case Hole::Kind::kArithmetic: return "arithmetic operator";
    case Hole::Kind::kLogical: return "logical operator";
    case Hole::Kind::kConstant: return "constant";
    case Hole::Kind::kName: return "name";
  }
  return "";
}

/// Collects the holes of one function.
class HoleFinder {
 public:
  HoleFinder(const Program& program, FunctionId function, std::string_view source, std::size_t from)
      : program_(program), id_(function), text_(source), from_(from) {}

  HoleGrammar find() {
    Function copy = clone(program_.function(id_));
    std::size_t number = 0;
    Walk([&](Expr& e, const Stmt& stmt, const Scope& scope) {
      consider(e, number++, scope);
      // `i` of `i++` and `s` of `s += x` are read and written: another name there is another statement.
      if (stmt.place && stmt.place->kind == PlaceKind::kVariable)
        if (const auto written = text_.offset(stmt.place->origin.begin)) assigned_.insert(*written);
    }).function(program_, copy);
    HoleGrammar grammar(program_, id_);
    for (auto& [begin, found] : found_) {
      if (found.hole.others.empty() || found.mixed || (found.hole.kind == Hole::Kind::kName && assigned_.contains(begin))) continue;
      grammar.holes_.push_back(std::move(found.hole));
      grammar.targets_.push_back(std::move(found.target));
    }
    return grammar;
  }

 private:
  using Change = HoleGrammar::Change;
  struct Found {
    Hole hole;
    HoleGrammar::Target target;
    bool mixed = false;  ///< the token stands for expressions of different kinds
  };

  void consider(const Expr& e, std::size_t number, const Scope& scope) {
    if (e.origin.file != program_.function(id_).origin.file) return;
    switch (e.kind) {
      case ExprKind::kBinary:
      case ExprKind::kPointerCompare: return binary(e, number);
      case ExprKind::kLogicalAnd:
      case ExprKind::kLogicalOr: return logical(e, number);
      case ExprKind::kConstant: return constant(e, number);
      case ExprKind::kLoad: return load(e, number, scope);
      default: return;
    }
  }

  struct Token {
    std::size_t begin = 0, end = 0;
  };

  void add(Hole::Kind kind, const Token& token, std::size_t number, std::vector<std::pair<std::string, Change>> others) {
    if (token.begin < from_) return;
    const auto [entry, fresh] = found_.try_emplace(token.begin);
    Found& found = entry->second;
    found.target.expressions.push_back(number);
    if (!fresh) {  // `a[i] += x` reads the index twice
      std::vector<std::string> texts;
      for (const auto& [text, change] : others) texts.push_back(text);
      found.mixed = found.mixed || found.hole.kind != kind || found.hole.others != texts;
      return;
    }
    found.hole = {kind, token.begin, token.end, std::string(text_.at(token.begin, token.end - token.begin)), {}};
    for (auto& [text, change] : others) {
      found.hole.others.push_back(std::move(text));
      found.target.changes.push_back(change);
    }
  }

  /// Where the operator between two operands stands.
  std::optional<Token> between(const Expr& a, const Expr& b, std::string_view symbol) const {
    const auto begin = text_.offset(a.origin.end), end = text_.offset(b.origin.begin);
    if (!begin || !end || *begin > *end) return std::nullopt;
    const std::size_t at = text_.skip_to_operator(*begin, *end);
    if (at >= *end || text_.at(at, symbol.size()) != symbol) return std::nullopt;
    return Token{at, at + symbol.size()};
  }

  void binary(const Expr& e, std::size_t number) {
    const std::string written = symbol(e.binary_op);
    if (step(e, number)) return;
    std::optional<Token> token = between(*e.a, *e.b, written);
    if (!token) return;
    const bool compound = !compares(e.binary_op) && text_.at(token->end, 1) == "=";
    if (compound) ++token->end;
    std::vector<std::pair<std::string, Change>> others;
    for (int op = 0; op <= static_cast<int>(BinaryOp::kGreaterEqual); ++op)
      if (const auto other = static_cast<BinaryOp>(op); exchangeable(e.binary_op, other))
        others.emplace_back(symbol(other) + (compound ? "=" : ""), Change{.operation = other});
    add(compares(e.binary_op) ? Hole::Kind::kComparison : Hole::Kind::kArithmetic, *token, number, std::move(others));
  }

  /// i++, --i: the 1 is not written.
  bool step(const Expr& e, std::size_t number) {
    if (e.binary_op != BinaryOp::kAdd && e.binary_op != BinaryOp::kSubtract) return false;
    const auto begin = text_.offset(e.a->origin.begin), end = text_.offset(e.a->origin.end);
    const std::string_view written = e.binary_op == BinaryOp::kAdd ? "++" : "--";
    if (!begin || !end || e.b->kind != ExprKind::kConstant || e.b->value != 1) return false;
    const bool behind = text_.at(*end, 2) == written, before = *begin >= 2 && text_.at(*begin - 2, 2) == written;
    if (!behind && !before) return false;
    const std::size_t at = behind ? *end : *begin - 2;
    const BinaryOp other = e.binary_op == BinaryOp::kAdd ? BinaryOp::kSubtract : BinaryOp::kAdd;
    add(Hole::Kind::kArithmetic, {at, at + 2}, number, {{written == "++" ? "--" : "++", Change{.operation = other}}});
    return true;
  }

  void logical(const Expr& e, std::size_t number) {
    const bool conjunction = e.kind == ExprKind::kLogicalAnd;
    const std::optional<Token> token = between(*e.a, *e.b, conjunction ? "&&" : "||");
    if (!token) return;
    const Change change{.logical = conjunction ? ExprKind::kLogicalOr : ExprKind::kLogicalAnd};
    add(Hole::Kind::kLogical, *token, number, {{conjunction ? "||" : "&&", change}});
  }

  void constant(const Expr& e, std::size_t number) {
    const auto begin = text_.offset(e.origin.begin), end = text_.offset(e.origin.end);
    if (!begin || !end || *begin >= *end) return;
    const char first = text_.at(*begin, 1)[0];
    if ((first < '0' || first > '9') && first != '\'') return;
    const Type& type = program_.type(e.type);
    std::set<std::int64_t> values = {-1, 0, 1, 2};
    if (e.value > std::numeric_limits<std::int64_t>::min()) values.insert(e.value - 1);
    if (e.value < std::numeric_limits<std::int64_t>::max()) values.insert(e.value + 1);
    values.erase(e.value);
    std::vector<std::pair<std::string, Change>> others;
    for (const std::int64_t value : values)
      if (holds(type, value)) others.emplace_back(std::to_string(value), Change{.constant = value});
    add(Hole::Kind::kConstant, {*begin, *end}, number, std::move(others));
  }

  void load(const Expr& e, std::size_t number, const Scope& scope) {
    if (e.place->kind != PlaceKind::kVariable) return;
    const Function& function = program_.function(id_);
    const Variable& variable = program_.variable(function, e.place->variable);
    const auto begin = text_.offset(e.origin.begin);
    if (!begin || variable.is_temporary || !text_.is_word_at(*begin, variable.name)) return;
    const Type& type = program_.type(e.type);
    const bool counts = type.is_integer() && type.width >= program_.target.int_width;
    std::vector<std::pair<std::string, Change>> others;
    for (const VariableId other : scope) {
      const Variable& candidate = program_.variable(function, other);
      if (candidate.type != e.type || candidate.is_temporary || candidate.is_ghost || candidate.name.starts_with("$")) continue;
      for (const int plus : {0, 1, -1}) {
        if ((plus != 0 && !counts) || (plus == 0 && other == e.place->variable)) continue;
        others.emplace_back(candidate.name + (plus > 0 ? " + 1" : plus < 0 ? " - 1" : ""), Change{.variable = other, .plus = plus});
      }
    }
    add(Hole::Kind::kName, {*begin, *begin + variable.name.size()}, number, std::move(others));
  }

  const Program& program_;
  FunctionId id_;
  Text text_;
  std::size_t from_;
  std::map<std::size_t, Found> found_;  ///< by first byte of the token
  std::set<std::size_t> assigned_;      ///< first bytes of variables that are written
};

HoleGrammar HoleGrammar::of(const Program& program, FunctionId function, std::string_view source, std::size_t from) {
  return HoleFinder(program, function, source, from).find();
}

std::uint64_t HoleGrammar::size(int changes) const {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 63;
  std::vector<std::uint64_t> ways(static_cast<std::size_t>(std::max(changes, 0)) + 1, 0);  // by number of changed holes
  ways[0] = 1;
  for (const Hole& hole : holes_)
    for (std::size_t k = ways.size() - 1; k > 0; --k) {
      const std::uint64_t others = hole.others.size();
      if (ways[k - 1] > 0 && others > kMost / ways[k - 1]) return kMost;
      ways[k] = std::min(kMost, ways[k] + ways[k - 1] * others);
    }
  std::uint64_t all = 0;
  for (std::size_t k = 1; k < ways.size(); ++k) all = std::min(kMost, all + ways[k]);
  return all;
}

void HoleGrammar::apply(const Change& change, Expr& e) {
  if (change.operation) e.binary_op = *change.operation;
  if (change.logical) e.kind = *change.logical;
  if (change.constant) e.value = *change.constant;
  if (change.variable) e.place->variable = *change.variable;
  if (change.plus == 0) return;
  auto inner = std::make_unique<Expr>(std::move(e));
  e = Expr();
  e.kind = ExprKind::kBinary;
  e.type = inner->type;
  e.origin = inner->origin;
  e.binary_op = change.plus > 0 ? BinaryOp::kAdd : BinaryOp::kSubtract;
  e.b = constant_of(inner->type, 1, inner->origin);
  e.a = std::move(inner);
}

Program HoleGrammar::filled(const std::vector<Filling>& fillings) const {
  Program program = clone(*program_);
  std::vector<Expr*> expressions;
  Walk([&](Expr& e, const Stmt&, const Scope&) { expressions.push_back(&e); }).function(program, program.functions[function_.value]);
  for (const Filling& filling : fillings)
    for (const std::size_t number : targets_[filling.hole].expressions) apply(targets_[filling.hole].changes[filling.other], *expressions[number]);
  return program;
}

}  // namespace assay::solver
