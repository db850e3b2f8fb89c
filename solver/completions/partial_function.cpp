#include "solver/completions/partial_function.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace assay::solver {

using program::SourceFacts;
using program::SourceToken;

namespace {

using Kind = SourceToken::Kind;
using Place = PartialState::Place;
using Part = PartialState::Part;
using Construct = PartialState::Construct;

bool assigns(std::string_view word) { return is_one_of(word, {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}); }
bool steps(std::string_view word) { return word == "++" || word == "--"; }

class Reader {
 public:
  Reader(std::string_view text, const SourceFacts& facts) : text_(text), facts_(facts) {}

  std::vector<PartialState> read() {
    std::vector<PartialState> states;
    if (!facts_.function) return states;
    for (const SourceToken& token : facts_.tokens) {
      if (token.begin < facts_.function->body || token.in_directive) continue;
      if (mode_ == Mode::kDone) break;
      const Part before = state_.part;
      const std::size_t began = state_.part_begin;
      consume(token);
      if (before != Part::kNone && (state_.part != before || state_.part_begin != began)) end_part(states, began, token.begin);
      if (mode_ == Mode::kDone) break;
      states.push_back(snapshot(token));
    }
    return states;
  }

 private:
  enum class Mode : std::uint8_t {
    kStart,  // the body's `{`
    kStatement,
    kHeader,   // `(` behind if, for, while, switch
    kForInit,  // behind `for (`
    kOperand,
    kOperator,
    kMember,      // a name behind . or ->
    kDeclarator,  // behind a type
    kDeclared,    // behind the name
    kSemicolon,   // which must follow
    kDoWhile,     // `while` behind the statement of a do
    kSkip,        // up to the bracket that closes
    kLabel,       // up to the colon
    kLost,
    kDone,
  };

  std::string_view word(const SourceToken& token) const { return text_.substr(token.begin, token.end - token.begin); }

  static void end_part(std::vector<PartialState>& states, std::size_t part_begin, std::size_t at) {
    for (std::size_t i = states.size(); i-- > 0 && states[i].part_begin == part_begin && states[i].part != Part::kNone;) states[i].part_end = at;
  }

  void consume(const SourceToken& token) {
    const std::string_view w = word(token);
    switch (mode_) {
      case Mode::kStart: state_.open.push_back({}), mode_ = Mode::kStatement; return;
      case Mode::kStatement: return statement(token, w);
      case Mode::kHeader: return w == "(" ? header(token) : lose("syntax");
      case Mode::kForInit: return for_init(token, w);
      case Mode::kOperand: return operand(token, w);
      case Mode::kOperator: return behind_value(token, w);
      case Mode::kMember: mode_ = Mode::kOperator; return;
      case Mode::kDeclarator: return declarator(token, w);
      case Mode::kDeclared: return declared(token, w);
      case Mode::kSemicolon: return w == ";" ? end_of_statement() : lose("syntax");
      case Mode::kDoWhile: return w == "while" ? static_cast<void>((do_tail_ = true, mode_ = Mode::kHeader)) : lose("syntax");
      case Mode::kSkip: return skip(w);
      case Mode::kLabel:
        if (w == ":") mode_ = Mode::kStatement;
        return;
      case Mode::kLost:
      case Mode::kDone: return;
    }
  }

  void lose(const char* reason) {
    mode_ = Mode::kLost;
    state_.part = Part::kNone;
    reason_ = reason;
  }

  void begin(Part part, std::size_t at, Mode mode) {
    state_.part = part;
    state_.part_begin = at;
    state_.assigns = false;
    brackets_.clear();
    mode_ = mode;
  }

  void statement(const SourceToken& token, std::string_view w) {
    if (w == "else") {
      if (!dangling_) return lose("syntax");
      state_.open = *dangling_;
      return open(Construct::kElse);
    }
    dangling_.reset();
    if (w == "{") {
      open(Construct::kBlock);
      state_.required = false;
    } else if (w == "}") {
      if (state_.required || state_.open.back().construct != Construct::kBlock) return lose("syntax");
      state_.open.pop_back();
      if (state_.open.empty()) mode_ = Mode::kDone;
      else end_of_statement();
    } else if (w == ";") {
      end_of_statement();
    } else if (is_one_of(w, {"if", "for", "while", "switch"})) {
      open(w == "if" ? Construct::kIf : w == "for" ? Construct::kFor : w == "while" ? Construct::kWhile : Construct::kSwitch);
      mode_ = Mode::kHeader;
    } else if (w == "do") {
      open(Construct::kDo);
    } else if (w == "return") {
      begin(Part::kReturn, token.begin, Mode::kOperand);
    } else if (w == "break" || w == "continue") {
      mode_ = Mode::kSemicolon;
    } else if (w == "case" || w == "default") {
      mode_ = Mode::kLabel;
    } else if (token.kind == Kind::kType) {
      begin(Part::kNone, 0, Mode::kDeclarator);
    } else if (token.kind == Kind::kKeyword && w != "sizeof") {
      lose("syntax");
    } else {
      begin(Part::kExpression, token.begin, Mode::kOperand);
      operand(token, w);
    }
  }

  void open(Construct construct) {
    state_.open.push_back({construct, {}});
    state_.required = true;
    mode_ = Mode::kStatement;
  }

  void header(const SourceToken& token) {
    in_for_header_ = state_.open.back().construct == Construct::kFor && !do_tail_;
    if (in_for_header_) mode_ = Mode::kForInit;
    else begin(Part::kCondition, token.end, Mode::kOperand);
  }

  void for_init(const SourceToken& token, std::string_view w) {
    if (w == ";") return begin(Part::kForCondition, token.end, Mode::kOperand);
    if (token.kind == Kind::kType) return begin(Part::kNone, 0, Mode::kDeclarator);
    begin(Part::kForInit, token.begin, Mode::kOperand);
    operand(token, w);
  }

  bool in_header() const {
    return state_.part == Part::kCondition || state_.part == Part::kForInit || state_.part == Part::kForCondition || state_.part == Part::kForStep;
  }

  void operand(const SourceToken& token, std::string_view w) {
    const bool opened = after_bracket_;
    after_bracket_ = false;
    if (token.kind == Kind::kIdentifier || token.kind == Kind::kLiteral) {
      mode_ = Mode::kOperator;
    } else if (w == "(") {
      brackets_.push_back(after_sizeof_ ? 'S' : '(');
      after_bracket_ = true;
    } else if (token.kind == Kind::kType) {
      if (brackets_.empty() || (brackets_.back() == '(' && !opened)) return lose("syntax");
      if (brackets_.back() == '(') brackets_.back() = 'T';
    } else if (w == ")" && !brackets_.empty() && is_one_of(brackets_.substr(brackets_.size() - 1), {"T", "S", "c"})) {
      mode_ = brackets_.back() == 'T' ? Mode::kOperand : Mode::kOperator;
      brackets_.pop_back();
    } else if (w == ";" || w == ")") {
      end_of_empty(token, w);
    } else if (w == "{") {
      begin_skip(Mode::kDeclared);
    } else if (is_one_of(w, {"-", "+", "!", "~", "*", "&", "sizeof"}) || steps(w)) {
      state_.assigns = state_.assigns || (steps(w) && brackets_.empty());
    } else {
      lose("syntax");
    }
    after_sizeof_ = w == "sizeof";
  }

  /// `return;`, and parts of a `for` that are left out.
  void end_of_empty(const SourceToken& token, std::string_view w) {
    if (!brackets_.empty()) return lose("syntax");
    if (state_.part == Part::kReturn && w == ";") return end_of_statement();
    if (state_.part == Part::kForCondition && w == ";") return begin(Part::kForStep, token.end, Mode::kOperand);
    if (state_.part == Part::kForStep && w == ")") return end_of_header();
    lose("syntax");
  }

  void behind_value(const SourceToken& token, std::string_view w) {
    if (w == "(" || w == "[" || w == "?") {
      brackets_.push_back(w == "(" ? 'c' : w[0]);
      mode_ = Mode::kOperand;
    } else if (w == "]" || w == ":") {
      if (brackets_.empty() || brackets_.back() != (w == "]" ? '[' : '?')) return lose("syntax");
      brackets_.pop_back();
      mode_ = w == "]" ? Mode::kOperator : Mode::kOperand;
    } else if (w == ")") {
      if (brackets_.empty()) return state_.part == Part::kCondition || state_.part == Part::kForStep ? end_of_header() : lose("syntax");
      if (brackets_.back() == '[' || brackets_.back() == '?') return lose("syntax");
      brackets_.pop_back();
    } else if (w == "." || w == "->") {
      mode_ = Mode::kMember;
    } else if (w == ";") {
      end_of_part(token);
    } else if (w == ",") {
      if (brackets_.empty() && state_.part == Part::kInitialiser) return begin(Part::kNone, 0, Mode::kDeclarator);
      mode_ = Mode::kOperand;
    } else if (steps(w)) {
      state_.assigns = state_.assigns || brackets_.empty();
    } else if (token.kind == Kind::kPunctuation) {
      state_.assigns = state_.assigns || (assigns(w) && brackets_.empty());
      mode_ = Mode::kOperand;
    } else {
      lose("syntax");
    }
  }

  void end_of_part(const SourceToken& token) {
    if (!brackets_.empty()) return lose("syntax");
    const bool for_header = state_.open.back().construct == Construct::kFor && in_for_header_;
    if (state_.part == Part::kForCondition) return begin(Part::kForStep, token.end, Mode::kOperand);
    if (state_.part == Part::kForInit || (state_.part == Part::kInitialiser && for_header))
      return begin(Part::kForCondition, token.end, Mode::kOperand);
    if (in_header()) return lose("syntax");
    end_of_statement();
  }

  void end_of_header() {
    begin(Part::kNone, 0, Mode::kStatement);
    in_for_header_ = false;
    state_.required = true;
    if (!do_tail_) return;
    do_tail_ = false;
    mode_ = Mode::kSemicolon;
  }

  void declarator(const SourceToken& token, std::string_view w) {
    if (token.kind == Kind::kType || w == "*") return;
    const auto found = std::find_if(facts_.variables.begin(), facts_.variables.end(), [&](const auto& v) { return v.declared == token.begin; });
    if (found == facts_.variables.end()) return lose("declaration");
    state_.variable = static_cast<std::size_t>(found - facts_.variables.begin());
    state_.open.back().variables.push_back(*state_.variable);
    mode_ = Mode::kDeclared;
  }

  void declared(const SourceToken& token, std::string_view w) {
    if (w == "=") return begin(Part::kInitialiser, token.end, Mode::kOperand);
    if (w == ",") return begin(Part::kNone, 0, Mode::kDeclarator);
    if (w == "[") return begin_skip(Mode::kDeclared);
    if (w != ";") return lose("syntax");
    const bool for_header = state_.open.back().construct == Construct::kFor && in_for_header_;
    if (for_header) return begin(Part::kForCondition, token.end, Mode::kOperand);
    end_of_statement();
  }

  void begin_skip(Mode behind) {
    state_.part = Part::kNone;
    mode_ = Mode::kSkip;
    behind_skip_ = behind;
    depth_ = 1;
  }

  void skip(std::string_view w) {
    depth_ += is_one_of(w, {"(", "[", "{"}) ? 1 : is_one_of(w, {")", "]", "}"}) ? -1 : 0;
    if (depth_ == 0) mode_ = behind_skip_;
  }

  /// The statement is complete, and so is what it is the last part of.
  void end_of_statement() {
    begin(Part::kNone, 0, Mode::kStatement);
    state_.required = false;
    state_.variable.reset();
    dangling_.reset();
    while (state_.open.back().construct != Construct::kBlock) {
      const Construct construct = state_.open.back().construct;
      if (construct == Construct::kDo && !do_closed()) {
        mode_ = Mode::kDoWhile;
        return;
      }
      state_.open.pop_back();
      if (construct == Construct::kIf && !dangling_) dangling_ = state_.open;
    }
  }

  /// The first end is that of its statement, the second that of `while (...);`.
  bool do_closed() {
    const bool closed = closing_do_;
    closing_do_ = !closed;
    return closed;
  }

  PartialState snapshot(const SourceToken& token) const {
    PartialState state = state_;
    state.cut = token.end;
    state.place = place();
    state.brackets = brackets_;
    if (state.place == Place::kOther) state.reason = reason();
    return state;
  }

  Place place() const {
    const bool nameless = brackets_.find_first_of("TSc") != std::string::npos;
    switch (mode_) {
      case Mode::kStatement: return Place::kStatement;
      case Mode::kOperand: return nameless || after_sizeof_ ? Place::kOther : Place::kOperand;
      case Mode::kOperator: return nameless ? Place::kOther : Place::kOperator;
      case Mode::kDeclared: return in_for_header_ ? Place::kForced : Place::kDeclared;
      case Mode::kHeader:
      case Mode::kForInit:
      case Mode::kDeclarator:
      case Mode::kSemicolon:
      case Mode::kDoWhile: return Place::kForced;
      default: return Place::kOther;
    }
  }

  std::string reason() const {
    switch (mode_) {
      case Mode::kLost: return reason_;
      case Mode::kMember: return "member";
      case Mode::kSkip: return "initialiser list or array bound";
      case Mode::kLabel: return "label";
      default: return brackets_.find('c') != std::string::npos ? "arguments of a call" : "cast or sizeof";
    }
  }

  std::string_view text_;
  const SourceFacts& facts_;
  Mode mode_ = Mode::kStart, behind_skip_ = Mode::kLost;
  PartialState state_;
  std::string brackets_;                                     ///< ( [ ?, and T: cast, S: sizeof, c: call
  std::optional<std::vector<PartialState::Open>> dangling_;  ///< what is open around an `if` that ended just before
  std::string reason_;
  int depth_ = 0;
  bool in_for_header_ = false, do_tail_ = false, closing_do_ = false, after_bracket_ = false, after_sizeof_ = false;
};

}  // namespace

std::string_view name_of(PartialState::Place place) {
  switch (place) {
    case Place::kStatement: return "statement";
    case Place::kOperand: return "operand";
    case Place::kOperator: return "operator";
    case Place::kDeclared: return "declared name";
    case Place::kForced: return "forced";
    case Place::kOther: return "other";
  }
  return "";
}

std::vector<std::size_t> PartialState::in_scope(const SourceFacts& facts, std::size_t level) const {
  std::vector<std::size_t> found;
  std::set<std::string_view> names;
  const auto take = [&](std::size_t v) {
    if (names.insert(facts.variables[v].name).second) found.push_back(v);
  };
  for (std::size_t o = std::min(level + 1, open.size()); o-- > 0;)
    for (std::size_t v = open[o].variables.size(); v-- > 0;) take(open[o].variables[v]);
  for (std::size_t v = facts.variables.size(); v-- > 0;)
    if (facts.function && facts.variables[v].declared < facts.function->body) take(v);
  return found;
}

std::vector<PartialState> partial_states(std::string_view text, const SourceFacts& facts) { return Reader(text, facts).read(); }

}  // namespace assay::solver
