// Builds the rules of a RestGrammar from what is open at the cut.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "solver/completions/rest_grammar.h"
#include "solver/completions/rest_node.h"

namespace assay::solver {

using program::SourceFacts;
using program::SourceToken;
using program::SourceVariable;

namespace {

using Kind = RestNode::Kind;
using Form = RestNode::Form;
using Place = PartialState::Place;
using Part = PartialState::Part;
using Construct = PartialState::Construct;
using Nodes = std::vector<RestNode>;

const char* const kOperators[] = {"+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "&&", "||"};
const char* const kComparisons[] = {"<", "<=", ">", ">=", "==", "!="};

RestNode text_node(std::string text) { return {.kind = Kind::kText, .text = text, .code = std::move(text)}; }
RestNode text_node(std::string text, std::string code) { return {.kind = Kind::kText, .text = std::move(text), .code = std::move(code)}; }

/// Types of operands after promotion, by rank.
int rank_of(const std::string& type) {
  const char* const kRanks[] = {"int", "unsigned int", "long", "unsigned long", "long long", "unsigned long long"};
  for (int i = 0; i < 6; ++i)
    if (type == kRanks[i]) return i;
  return -1;
}

/// Of an operation on two; `long` holds every unsigned int on the targets that are modelled.
std::string common_type(const std::string& a, const std::string& b) { return rank_of(a) >= rank_of(b) ? a : b; }

/// What can be named: values by type, and what can be written.
struct Names {
  std::map<std::string, std::vector<std::string>> values;  ///< by promoted type
  std::map<std::string, std::vector<std::string>> places;  ///< of these, no constants
  std::vector<std::string> variables, elements;            ///< that can be written
};

}  // namespace

class RestBuilder {
 public:
  RestBuilder(std::string_view text, const SourceFacts& facts, const PartialState& state, const RestLimits& limits, RestGrammar::Tail tail)
      : text_(text), facts_(facts), state_(state), limits_(limits), tail_(tail), function_(*facts.function) {}

  Result<RestGrammar> build() {
    if (const std::string reason = refusal(); !reason.empty())
      return fail({ErrorKind::kUnsupported, "no grammar for this place: " + reason, "none", {}});
    begin();
    const bool complete = cut_part();
    if (!complete) return fail({ErrorKind::kUnsupported, "no grammar for this place: no value fits", "none", {}});
    if (tail_ == RestGrammar::Tail::kOwn)
      add(text_node(std::string(text_.substr(own_tail_begin())), code_between(own_tail_begin(), text_.size(), Layout::kKept)));
    else stated_tail();
    place_slots();
    return std::move(grammar_);
  }

 private:
  std::string refusal() const {
    if (state_.place == Place::kOther) return state_.reason;
    if (state_.place == Place::kForced) return "what follows is no choice";
    if (!function_.is_void && !function_.result.is_integer()) return "the result is no integer";
    if (text_.find(kOwnName) != std::string_view::npos) return "a control character";
    if (named_without_call()) return "the function is named without a call";
    if (state_.part == Part::kForInit) return "an assignment in the first part of a for";
    if (state_.part == Part::kReturn && function_.is_void) return "return without a value";
    const bool declares = state_.part == Part::kInitialiser || state_.place == Place::kDeclared;
    if (declares && !facts_.variables[*state_.variable].value.is_integer()) return "the declared variable is no integer";
    if (declares && facts_.variables[*state_.variable].value.is_const && state_.place == Place::kDeclared) return "a const variable";
    if (tail_ == RestGrammar::Tail::kOwn && (state_.part == Part::kNone || !state_.part_end)) return "nothing of the text's own follows";
    if (std::any_of(state_.open.begin(), state_.open.end(), [](const auto& o) { return o.construct == Construct::kSwitch; })) return "switch";
    if (in_loop_header() && !loop_variable()) return "the loop has no variable";
    return {};
  }

  /// Does the token name the function itself? A variable of that name hides it.
  bool is_own_name(std::size_t token) const {
    const SourceToken& t = facts_.tokens[token];
    const std::string_view name = text_.substr(function_.name, function_.name_end - function_.name);
    if (t.kind != SourceToken::Kind::kIdentifier || t.begin <= function_.body || spelling(token) != name) return false;
    return std::none_of(facts_.variables.begin(), facts_.variables.end(), [&](const SourceVariable& variable) { return variable.name == name; });
  }

  std::string_view spelling(std::size_t token) const {
    return token < facts_.tokens.size() ? text_.substr(facts_.tokens[token].begin, facts_.tokens[token].end - facts_.tokens[token].begin) : "";
  }

  /// In what the completion keeps of the text.
  bool named_without_call() const {
    const std::size_t end = tail_ == RestGrammar::Tail::kOwn ? text_.size() : state_.cut;
    for (std::size_t t = 0; t < facts_.tokens.size() && facts_.tokens[t].end <= end; ++t)
      if (is_own_name(t) && (spelling(t + 1) != "(" || facts_.tokens[t + 1].end > end)) return true;
    return false;
  }

  enum class Layout : std::uint8_t { kKept, kOneLine };

  /// The text from a byte on, up to another, as code: a call of the function itself hands on the choices.
  std::string code_between(std::size_t begin, std::size_t end, Layout layout) const {
    std::string code;
    std::vector<bool> own;  // is the open bracket that of a call of the function itself, and has the call arguments?
    std::size_t from = begin;
    for (std::size_t t = 0; t < facts_.tokens.size(); ++t) {
      const SourceToken& token = facts_.tokens[t];
      if (token.begin < begin || token.end > end) continue;
      code += layout == Layout::kKept ? text_.substr(from, token.begin - from) : " ";
      from = token.end;
      if (is_own_name(t)) {
        code += kOwnName;
        continue;
      }
      if (spelling(t) == "(") own.push_back(t > 0 && is_own_name(t - 1));
      if (spelling(t) == ")" && !own.empty()) {
        if (own.back()) code += spelling(t - 1) == "(" ? "__assay_choice" : ", __assay_choice";
        own.pop_back();
      }
      code += spelling(t);
    }
    return code + (layout == Layout::kKept ? std::string(text_.substr(from, end - from)) : " ");
  }

  bool in_do_condition() const { return state_.part == Part::kCondition && state_.open.back().construct == Construct::kDo; }

  bool in_loop_header() const { return state_.open.back().construct == Construct::kFor && is_header(state_.part); }
  static bool is_header(Part part) {
    return part == Part::kForInit || part == Part::kForCondition || part == Part::kForStep || part == Part::kInitialiser;
  }

  /// The one that the for declares, or else the last integer declared around it.
  std::optional<std::size_t> loop_variable() const {
    for (std::size_t level = state_.open.size(); level-- > 0;)
      for (std::size_t v = state_.open[level].variables.size(); v-- > 0;) {
        const SourceVariable& variable = facts_.variables[state_.open[level].variables[v]];
        if (variable.value.is_integer() && !variable.value.is_const) return state_.open[level].variables[v];
      }
    return std::nullopt;
  }

  // ---- rules -----------------------------------------------------------------------------------------------------------
  RestNode alternatives(Nodes children, Form form, std::string type = {}) {
    RestNode node{.kind = Kind::kAlternatives, .children = std::move(children), .form = form, .type = std::move(type)};
    if (node.children.size() > 1) {
      node.choice = static_cast<int>(grammar_.arity_.size());
      grammar_.arity_.push_back(static_cast<int>(node.children.size()));
    }
    return node;
  }

  void add(RestNode node) {
    set_sizes(node);
    grammar_.cell_of_.resize(grammar_.arity_.size());
    grammar_.cells_ = set_cells(node, grammar_.cells_, grammar_.cell_of_);
    grammar_.parts_.push_back(std::make_shared<const RestNode>(std::move(node)));
  }

  Names names_at(std::size_t level) const {
    Names names;
    const std::vector<std::size_t> scope = state_.in_scope(facts_, level);
    const auto value = [&](const std::string& type, const std::string& spelled, bool is_place) {
      if (rank_of(type) < 0) return;
      names.values[type].push_back(spelled);
      if (is_place) names.places[type].push_back(spelled);
    };
    for (const std::size_t v : scope) {
      const SourceVariable& variable = facts_.variables[v];
      if (!variable.value.is_integer()) continue;
      value(variable.value.promoted, variable.name, true);
      if (!variable.value.is_const) names.variables.push_back(variable.name);
    }
    for (const std::string& constant : constants()) value("int", constant, false);
    for (const std::size_t v : scope) {
      const SourceVariable& array = facts_.variables[v];
      if (!array.element.is_integer()) continue;
      std::vector<std::string> indices = {"0"};
      for (const std::size_t i : scope)
        if (facts_.variables[i].value.is_integer()) indices.push_back(facts_.variables[i].name);
      for (const std::string& index : indices) {
        value(array.element.promoted, array.name + "[" + index + "]", true);
        if (!array.element.is_const) names.elements.push_back(array.name + "[" + index + "]");
      }
    }
    return names;
  }

  /// 0, 1, 2, and what the function's text has before the cut, as far as an int holds it.
  std::vector<std::string> constants() const {
    std::set<long> values = {0, 1, 2};
    for (const SourceToken& token : facts_.tokens) {
      const std::string spelled(text_.substr(token.begin, token.end - token.begin));
      const bool plain =
          token.kind == SourceToken::Kind::kLiteral && spelled.size() <= 9 && spelled.find_first_not_of("0123456789") == std::string::npos;
      if (plain && (spelled.size() == 1 || spelled[0] != '0') && token.begin > function_.body && token.end <= state_.cut)
        values.insert(std::stol(spelled));
    }
    std::vector<std::string> spelled;
    for (const long value : values) spelled.push_back(std::to_string(value));
    return spelled;
  }

  /// A value of one type.
  RestNode atom(const std::string& type, const std::vector<std::string>& spelled) {
    Nodes children;
    for (const std::string& each : spelled) children.push_back(text_node(each));
    return alternatives(std::move(children), Form::kValue, type);
  }

  /// kValue nodes: together all values of added statements.
  Nodes values(const Names& names) {
    Nodes all;
    for (const auto& [type, spelled] : names.values) all.push_back({.kind = Kind::kValue, .children = {atom(type, spelled)}, .types = {type}});
    if (limits_.inner_operators == 0) return all;
    for (const auto& [left, lefts] : names.values)
      for (const auto& [right, rights] : names.values) {
        Nodes operators;
        for (const char* op : {"+", "-", "*"}) operators.push_back(text_node(fmt::format(" {} ", op), fmt::format("__assay_l {} __assay_r", op)));
        const std::string result = common_type(left, right);
        RestNode first = atom(left, lefts), between = alternatives(std::move(operators), Form::kValue, result), second = atom(right, rights);
        all.push_back({.kind = Kind::kValue, .children = {std::move(first), std::move(between), std::move(second)}, .types = {left, right, result}});
      }
    return all;
  }

  /// Uses of a value: assignments and `return`.
  Nodes uses(const Names& names, bool plain) const {
    Nodes targets;
    for (const std::string& variable : names.variables)
      for (const char* op : {"=", "+=", "-=", "*="}) {
        if (plain && std::string_view(op) != "=") continue;
        targets.push_back(text_node(fmt::format("{} {} ", variable, op), fmt::format("{} {} __assay_e;", variable, op)));
      }
    for (const std::string& element : names.elements) targets.push_back(text_node(element + " = ", element + " = __assay_e;"));
    if (!function_.is_void) targets.push_back(text_node("return ", "return __assay_e;"));
    return targets;
  }

  Nodes used(const Names& names, bool plain) {
    Nodes statements;
    for (RestNode& value : values(names)) {
      RestNode use = alternatives(uses(names, plain), Form::kStatement);
      statements.push_back({.kind = Kind::kUse, .children = {std::move(use), std::move(value)}});
    }
    return statements;
  }

  RestNode statement(std::size_t level) {
    const Names names = names_at(level);
    Nodes all = used(names, false);
    for (const std::string& variable : names.variables)
      for (const char* step : {"++", "--"}) all.push_back(text_node(variable + step + ";"));
    if (limits_.conditions)
      for (const auto& [left, lefts] : names.places)
        for (const auto& [right, rights] : names.values) all.push_back(conditional(names, left, lefts, right, rights));
    return alternatives(std::move(all), Form::kStatement);
  }

  RestNode conditional(const Names& names, const std::string& left, const std::vector<std::string>& lefts, const std::string& right,
                       const std::vector<std::string>& rights) {
    Nodes comparisons;
    for (const char* op : kComparisons) comparisons.push_back(text_node(fmt::format(" {} ", op), fmt::format("__assay_l {} __assay_r", op)));
    RestNode first = atom(left, lefts), between = alternatives(std::move(comparisons), Form::kCondition), second = atom(right, rights);
    RestNode body = alternatives(used(names, true), Form::kStatement);
    return {.kind = Kind::kIf, .children = {std::move(first), std::move(between), std::move(second), std::move(body)}, .types = {left, right}};
  }

  // ---- what is cut -----------------------------------------------------------------------------------------------------
  void begin() {
    const std::size_t region = state_.part == Part::kNone ? state_.cut : state_.part_begin;
    grammar_.head_name_ = std::string(text_.substr(function_.begin, function_.name - function_.begin));
    const std::size_t parameters_end = function_.has_parameters ? function_.parameters_end : function_.parameters;
    grammar_.head_parameters_ = std::string(text_.substr(function_.name_end, parameters_end - function_.name_end));
    grammar_.head_ = code_between(function_.parameters_end, region, Layout::kKept) + "\n";
    cut_text_ = code_between(region, state_.cut, Layout::kOneLine);
  }

  std::size_t level() const { return state_.open.size() - 1; }

  /// The rest of the expression, and of the statement or header part that it stands in.
  bool cut_part() {
    if (state_.place == Place::kDeclared) return declared(), true;
    if (state_.part == Part::kNone) return add(text_node(" ")), true;
    names_ = names_at(level());
    leave_out_stepped();
    collect(state_.brackets, state_.place == Place::kOperand, state_.assigns, limits_.operators, {});
    if (rests_.empty()) return false;
    const bool is_statement = state_.part == Part::kExpression || state_.part == Part::kReturn;
    Nodes children;
    for (Nodes& rest : rests_) {
      rest.insert(rest.begin(), text_node("", cut_text_));
      if (is_statement) rest.push_back(text_node(";"));
      children.push_back({.kind = Kind::kSequence, .children = std::move(rest)});
    }
    if (is_statement) add(text_node("", "{ "));
    RestNode cut = alternatives(std::move(children), form(), declared_type());
    cut.on_lines = true;
    grammar_.cut_ = grammar_.parts_.size();
    add(std::move(cut));
    if (is_statement) add(text_node("", " }"));
    return true;
  }

  Form form() const {
    if (state_.part == Part::kExpression || state_.part == Part::kReturn) return Form::kStatement;
    if (state_.part == Part::kForStep) return Form::kStep;
    return state_.part == Part::kInitialiser ? Form::kValue : Form::kCondition;
  }
  std::string declared_type() const { return state_.part == Part::kInitialiser ? facts_.variables[*state_.variable].value.name : ""; }

  void declared() {
    const std::string& name = facts_.variables[*state_.variable].name;
    Names names = names_at(level());
    Nodes all = {text_node(";")};
    for (RestNode& value : values(names)) {
      RestNode use = text_node(" = ", name + " = __assay_e;");
      all.push_back({.kind = Kind::kUse, .children = {std::move(use), std::move(value)}});
    }
    add(text_node("", "; "));
    add(alternatives(std::move(all), Form::kStatement));
  }

  bool needs_assignment() const { return state_.part == Part::kExpression || state_.part == Part::kForStep; }

  /// Is the token before the cut a pointer or an array, which only an index makes a value? Behind a `*` it is one already.
  bool behind_array() const {
    for (std::size_t t = 0; t < facts_.tokens.size(); ++t) {
      const SourceToken& token = facts_.tokens[t];
      if (token.end != state_.cut || token.kind != SourceToken::Kind::kIdentifier || is_dereferenced(t)) continue;
      for (const std::size_t v : state_.in_scope(facts_, level()))
        if (facts_.variables[v].name == spelling(t)) return facts_.variables[v].element.is_integer();
    }
    return false;
  }

  /// Is there a `*` before the token that does not multiply?
  bool is_dereferenced(std::size_t token) const {
    if (token < 2 || spelling(token - 1) != "*") return false;
    const SourceToken& before = facts_.tokens[token - 2];
    const bool is_value = before.kind == SourceToken::Kind::kIdentifier || before.kind == SourceToken::Kind::kLiteral || spelling(token - 2) == ")" ||
                          spelling(token - 2) == "]";
    return !is_value || before.begin < state_.part_begin;
  }

  void collect(std::string brackets, bool operand, bool assigned, int operators, Nodes before) {
    if (operand) {
      if (brackets.empty() && needs_assignment() && !assigned) return collect_steps();
      if (before.empty() && (cut_text_.ends_with("++ ") || cut_text_.ends_with("-- "))) return collect_stepped(brackets, assigned);
      for (const auto& [type, spelled] : names_.values) {
        Nodes with = before;
        with.push_back(text_node(" "));
        with.push_back(atom(type, spelled));
        collect(brackets, false, assigned, operators, std::move(with));
      }
      return;
    }
    if (before.empty() && behind_array()) {
      before.push_back(text_node("["));
      return collect(brackets + "[", true, assigned, operators, std::move(before));
    }
    if (brackets.empty() && needs_assignment() && !assigned) return collect_assignments(operators, before);
    go_on(brackets, assigned, operators, before);
    if (brackets.empty()) {
      rests_.push_back(std::move(before));
      return;
    }
    const char open = brackets.back();
    brackets.pop_back();
    before.push_back(text_node(open == '(' ? ")" : open == '[' ? "]" : " :"));
    collect(brackets, open == '?', assigned, operators, std::move(before));
  }

  /// What ++ or -- changes in the same expression cannot be read there: C says nothing of when.
  void leave_out_stepped() {
    const std::vector<SourceToken>& tokens = facts_.tokens;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      if (tokens[t].begin < state_.part_begin || tokens[t].end > state_.cut || (spelling(t) != "++" && spelling(t) != "--")) continue;
      for (const std::size_t near : {t - 1, t + 1})
        if (near < tokens.size() && tokens[near].end <= state_.cut && tokens[near].kind == SourceToken::Kind::kIdentifier)
          leave_out(std::string(spelling(near)));
    }
  }

  void leave_out(const std::string& variable) {
    for (auto& [type, spelled] : names_.values)
      std::erase_if(spelled, [&](const std::string& each) { return each == variable || each.ends_with("[" + variable + "]"); });
    std::erase_if(names_.values, [](const auto& entry) { return entry.second.empty(); });
  }

  /// A statement or a loop's step that has not begun.
  void collect_steps() {
    for (const std::string& variable : names_.variables)
      for (const char* step : {"++", "--"}) rests_.push_back({text_node(fmt::format(" {}{}", variable, step))});
  }

  /// Behind a ++ or -- that stands before its variable.
  void collect_stepped(const std::string& brackets, bool assigned) {
    for (const std::string& variable : names_.variables) collect(brackets, false, assigned, 0, {text_node(" " + variable)});
  }

  void collect_assignments(int operators, const Nodes& before) {
    for (const char* op : {"=", "+=", "-=", "*="}) {
      Nodes with = before;
      with.push_back(text_node(fmt::format(" {}", op)));
      collect("", true, true, operators, std::move(with));
    }
    for (const char* op : {"++", "--"}) {
      Nodes with = before;
      with.push_back(text_node(op));
      rests_.push_back(std::move(with));
    }
  }

  void go_on(const std::string& brackets, bool assigned, int operators, const Nodes& before) {
    if (operators == 0) return;
    const bool first = operators == limits_.operators;
    for (const char* op : kOperators) {
      if (!first && std::string_view(op) != "+" && std::string_view(op) != "-") continue;
      Nodes with = before;
      with.push_back(text_node(fmt::format(" {}", op)));
      collect(brackets, true, assigned, operators - 1, std::move(with));
    }
  }

  // ---- what follows ----------------------------------------------------------------------------------------------------
  std::size_t own_tail_begin() const {
    const bool is_statement = state_.part == Part::kExpression || state_.part == Part::kReturn;
    return *state_.part_end + (is_statement ? 1 : 0);
  }

  void stated_tail() {
    std::size_t inner = level();
    if (in_loop_header()) {
      if (state_.part == Part::kInitialiser || state_.part == Part::kForInit) loop_condition();
      if (state_.part != Part::kForStep) loop_step();
      loop_body(inner);
    } else if (in_do_condition()) {
      add(text_node(");"));
    } else if (state_.part == Part::kCondition) {
      add(text_node(")"));
      loop_body(inner);
    } else if (state_.part == Part::kInitialiser) {
      add(text_node(";"));
    } else if (state_.part == Part::kNone && state_.required) {
      add(statement(inner));
    }
    const bool ends = state_.part == Part::kReturn && state_.open.size() == 1;
    for (std::size_t l = state_.open.size(); l-- > 0;) {
      if (state_.open[l].construct == Construct::kDo && !(l == inner && in_do_condition())) do_condition(l);
      if (state_.open[l].construct != Construct::kBlock) continue;
      if (!ends) slots(l);
      if (l == 0 && !ends && !function_.is_void) final_return();
      add(text_node(" }"));
    }
  }

  void loop_condition() {
    const std::string& name = facts_.variables[*loop_variable()].name;
    const Names names = names_at(level());
    Nodes all;
    for (const auto& [type, spelled] : names.values)
      for (const char* op : kComparisons) {
        RestNode bound = atom(type, spelled);
        all.push_back({.kind = Kind::kSequence, .children = {text_node(fmt::format(" {} {} ", name, op)), std::move(bound)}});
      }
    add(text_node(";"));
    add(alternatives(std::move(all), Form::kCondition));
  }

  /// A variable or element compared with a value.
  void do_condition(std::size_t at) {
    const Names names = names_at(at);
    Nodes all;
    for (const auto& [left, lefts] : names.places)
      for (const auto& [right, rights] : names.values)
        for (const char* op : kComparisons) {
          RestNode first = atom(left, lefts), second = atom(right, rights);
          all.push_back({.kind = Kind::kSequence, .children = {std::move(first), text_node(fmt::format(" {} ", op)), std::move(second)}});
        }
    add(text_node(" while ("));
    add(alternatives(std::move(all), Form::kCondition));
    add(text_node(");"));
  }

  void loop_step() {
    const std::string& name = facts_.variables[*loop_variable()].name;
    add(text_node("; "));
    add(alternatives({text_node(name + "++"), text_node(name + "--")}, Form::kStep));
    add(text_node(")"));
  }

  void loop_body(std::size_t inner) {
    if (state_.part == Part::kForStep) add(text_node(")"));
    add(text_node(" { "));
    add(statement(inner));
    slots(inner);
    add(text_node(" }"));
  }

  void final_return() {
    const Names names = names_at(0);
    Nodes all;
    for (RestNode& value : values(names)) {
      RestNode use = text_node("return ", "return __assay_e;");
      all.push_back({.kind = Kind::kUse, .children = {std::move(use), std::move(value)}});
    }
    add(text_node(" "));
    add(alternatives(std::move(all), Form::kStatement));
  }

  void slots(std::size_t at) {
    for (int ordinal = 0; ordinal < limits_.statements; ++ordinal) {
      RestNode node = statement(at);
      node.slot = positions_ * static_cast<std::size_t>(limits_.statements) + static_cast<std::size_t>(ordinal);
      node.text = "";
      add(std::move(node));
    }
    ++positions_;
  }

  /// All ways to spread at most `statements` over the positions, in their order.
  void place_slots() {
    grammar_.placements_ = {{}};
    const std::function<void(std::size_t, std::vector<std::size_t>)> spread = [&](std::size_t from, std::vector<std::size_t> filled) {
      if (filled.size() == static_cast<std::size_t>(limits_.statements)) return;
      for (std::size_t p = from; p < positions_; ++p) {
        std::vector<std::size_t> more = filled;
        const std::size_t base = p * static_cast<std::size_t>(limits_.statements);
        std::size_t slot = base;
        while (std::find(more.begin(), more.end(), slot) != more.end()) ++slot;
        more.push_back(slot);
        grammar_.placements_.push_back(more);
        spread(p, std::move(more));
      }
    };
    if (positions_ > 0) spread(0, {});
    if (grammar_.placements_.size() == 1) return;
    grammar_.placement_ = static_cast<int>(grammar_.arity_.size());
    grammar_.cell_of_.push_back(grammar_.cells_++);
    grammar_.arity_.push_back(static_cast<int>(grammar_.placements_.size()));
  }

  std::string_view text_;
  const SourceFacts& facts_;
  const PartialState& state_;
  RestLimits limits_;
  RestGrammar::Tail tail_;
  program::FunctionText function_;
  RestGrammar grammar_;
  Names names_;
  std::string cut_text_;
  std::vector<Nodes> rests_;
  std::size_t positions_ = 0;  ///< where statements may be added
};

Result<RestGrammar> RestGrammar::of(std::string_view text, const SourceFacts& facts, const PartialState& state, const RestLimits& limits, Tail tail) {
  if (!facts.function) return fail({ErrorKind::kUnsupported, "no grammar for this place: there is no such function", "none", {}});
  return RestBuilder(text, facts, state, limits, tail).build();
}

}  // namespace assay::solver
