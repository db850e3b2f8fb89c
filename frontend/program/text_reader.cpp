// Text -> program. The text is untrusted: nesting is limited, numbers are range-checked, the result passes validate().
//
// A recursive descent over tokens, no tree in between; the first fault is thrown inside and becomes an Error with line and column.
// Memory grows with the text only: no count in the text makes the reader allocate.
#include <fmt/format.h>

#include <charconv>
#include <exception>
#include <initializer_list>

#include "frontend/program/text.h"
#include "frontend/program/text_lexicon.h"

namespace assay::program {

namespace {

constexpr int kDeepest = 1200;

struct Fault : std::exception {
  Fault(std::string text, SourcePoint point) : message(std::move(text)), where(point) {}
  std::string message;
  SourcePoint where;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Program read() {
    if (!text_.starts_with(kTextVersion) || text_.substr(kTextVersion.size()).substr(0, 1) != "\n")
      fault(fmt::format("the first line is not '{}'", kTextVersion));
    for (std::size_t i = 0; i < kTextVersion.size(); ++i) step();
    header();
    while (skip_space(), at_ < text_.size()) {
      begin("function");
      function();
      end();
    }
    return std::move(program_);
  }

 private:
  [[noreturn]] void fault(const std::string& message) const { throw Fault(message, {line_, column_}); }

  // ---- tokens ------------------------------------------------------------------------------------------------------------
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void step() {
    if (peek() == '\n') {
      ++line_;
      column_ = 0;
    }
    ++column_;
    ++at_;
  }
  void skip_space() {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r')) step();
  }
  bool next_is(char c) {
    skip_space();
    return at_ < text_.size() && peek() == c;
  }
  void expect(char c) {
    if (!next_is(c))
      fault(at_ < text_.size() ? fmt::format("found '{}' where '{}' is needed", peek(), c) : fmt::format("the text ends where '{}' is needed", c));
    step();
  }
  std::string_view word() {
    skip_space();
    const std::size_t from = at_;
    while (at_ < text_.size() && std::string_view(" \n\t\r()\"").find(peek()) == std::string_view::npos) step();
    if (at_ == from) fault("a word is missing");
    return text_.substr(from, at_ - from);
  }
  void begin(std::string_view wanted) {
    expect('(');
    enter();
    const std::string_view found = word();
    if (found != wanted) fault(fmt::format("found '{}' where '{}' is needed", found, wanted));
  }
  void enter() {
    if (++depth_ > kDeepest) fault(fmt::format("nested more than {} deep", kDeepest));
  }
  void end() {
    expect(')');
    --depth_;
  }
  bool absent() {
    if (!next_is('_')) return false;
    word();
    return true;
  }
  template <class Number>
  Number parse(std::string_view digits) const {
    Number value{};
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || stop != digits.data() + digits.size()) fault(fmt::format("'{}' is not a number of the needed size", digits));
    return value;
  }
  template <class Number>
  Number number() {
    return parse<Number>(word());
  }
  bool flag() {
    const auto value = number<int>();
    if (value != 0 && value != 1) fault("a flag is neither 0 nor 1");
    return value == 1;
  }
  std::string quoted() {
    expect('"');
    std::string value;
    while (peek() != '"' || at_ >= text_.size()) {
      if (at_ >= text_.size()) fault("a string does not end");
      if (peek() == '\\') {
        step();
        if (peek() == 'x') {
          if (at_ + 2 >= text_.size()) fault("a string does not end");
          unsigned byte = 0;
          const std::string_view digits = text_.substr(at_ + 1, 2);
          const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
          if (error != std::errc() || stop != digits.data() + digits.size()) fault("a string has a broken escape");
          value.push_back(static_cast<char>(byte));
          step();
          step();
          step();
          continue;
        }
        if (peek() != '"' && peek() != '\\') fault("a string has a broken escape");
      }
      value.push_back(peek());
      step();
    }
    step();
    return value;
  }
  template <class Words>
  std::size_t choose(const Words& words, std::string_view found, std::string_view what) const {
    for (std::size_t i = 0; i < words.size(); ++i)
      if (words[i] == found) return i;
    fault(fmt::format("'{}' is no {}", found, what));
  }
  std::vector<std::string> strings(std::string_view wanted) {
    std::vector<std::string> list;
    begin(wanted);
    while (next_is('"')) list.push_back(quoted());
    end();
    return list;
  }

  // ---- rows --------------------------------------------------------------------------------------------------------------
  void header() {
    begin("target");
    program_.target.triple = quoted();
    program_.target.standard = quoted();
    program_.target.char_is_signed = flag();
    program_.target.pointer_width = number<int>();
    program_.target.int_width = number<int>();
    end();
    program_.files = strings("files");
    program_.ast_kinds = strings("kinds");
    begin("types");
    while (next_is('(')) type();
    end();
    begin("globals");
    while (next_is('(')) program_.globals.push_back(variable());
    end();
    begin("initialise");
    program_.initialise = block();
    end();
  }
  void type() {
    expect('(');
    enter();
    Type t;
    t.kind = static_cast<TypeKind>(choose(kTypeWords, word(), "kind of type"));
    t.size = number<std::uint64_t>();
    t.alignment = number<std::uint64_t>();
    t.width = number<int>();
    t.is_signed = flag();
    t.is_bool = flag();
    t.name = quoted();
    t.element.value = number<std::uint32_t>();
    t.count = number<std::uint64_t>();
    while (next_is('(')) {
      step();
      Field field;
      field.name = quoted();
      field.type.value = number<std::uint32_t>();
      field.offset = number<std::uint64_t>();
      expect(')');
      t.fields.push_back(std::move(field));
    }
    end();
    program_.types.push_back(std::move(t));
  }
  Origin origin() {
    std::string_view rest = word();
    if (rest[0] != '@') fault(fmt::format("found '{}' where an origin (@...) is needed", rest));
    rest.remove_prefix(1);
    Origin o;
    if (rest.empty()) return o;
    const auto part = [&](char separator) {
      const std::size_t stop = separator ? rest.find(separator) : rest.size();
      if (stop == std::string_view::npos) fault("an origin is incomplete");
      const std::string_view digits = rest.substr(0, stop);
      rest.remove_prefix(std::min(rest.size(), stop + 1));
      return digits;
    };
    o.file = parse<std::uint32_t>(part(':'));
    o.begin.line = parse<int>(part(':'));
    o.begin.column = parse<int>(part('-'));
    o.end.line = parse<int>(part(':'));
    o.end.column = parse<int>(part(':'));
    o.ast_kind = parse<std::uint32_t>(part('\0'));
    return o;
  }
  Variable variable() {
    begin("variable");
    Variable v;
    v.name = quoted();
    v.type.value = number<std::uint32_t>();
    v.origin = origin();
    const std::string_view flags = word();
    if (flags.size() != 4) fault("a variable needs four flags");
    v.is_const = flags[0] == 'c';
    v.is_temporary = flags[1] == 't';
    v.is_ghost = flags[2] == 'g';
    v.is_restrict = flags[3] == 'r';
    if (!absent()) v.declared_length = number<std::uint64_t>();
    end();
    return v;
  }
  void function() {
    Function f;
    f.name = quoted();
    f.return_type.value = number<std::uint32_t>();
    f.parameter_count = number<std::uint32_t>();
    f.has_body = flag();
    f.refusal = quoted();
    if (!absent()) f.result = number<std::uint32_t>();
    f.origin = origin();
    begin("locals");
    while (next_is('(')) f.locals.push_back(variable());
    end();
    begin("requires");
    f.requires_ = clauses();
    end();
    begin("ensures");
    f.ensures = clauses();
    end();
    f.ghost_entry = nested("ghost");
    f.body = nested("body");
    program_.functions.push_back(std::move(f));
  }
  std::vector<Clause> clauses() {
    std::vector<Clause> list;
    while (next_is('(')) {
      begin("clause");
      Clause clause;
      clause.text = quoted();
      clause.origin = origin();
      clause.prelude = nested("prelude");
      clause.condition = expression();
      end();
      list.push_back(std::move(clause));
    }
    return list;
  }

  // ---- statements --------------------------------------------------------------------------------------------------------
  Block nested(std::string_view wanted) {
    begin(wanted);
    Block inner = block();
    end();
    return inner;
  }
  Block block() {
    Block list;
    while (next_is('(')) list.push_back(statement());
    return list;
  }
  VariableId variable_id() {
    const std::string_view name = word();
    if (name[0] != 'g' && name[0] != 'l') fault(fmt::format("'{}' is no variable", name));
    return {name[0] == 'g', parse<std::uint32_t>(name.substr(1))};
  }
  Stmt statement() {
    expect('(');
    enter();
    Stmt s;
    s.kind = static_cast<StmtKind>(choose(kStmtWords, word(), "statement"));
    s.origin = origin();
    parts(s);
    if (next_is('(')) s.tags = strings("tags");
    end();
    return s;
  }
  void parts(Stmt& s) {
    switch (s.kind) {
      case StmtKind::kDeclare: s.variable = variable_id(); return;
      case StmtKind::kAssign:
        s.place = place();
        s.value = expression();
        return;
      case StmtKind::kCall: return call(s);
      case StmtKind::kBlock: s.body = nested("body"); return;
      case StmtKind::kIf:
        s.value = expression();
        s.body = nested("then");
        s.else_body = nested("else");
        return;
      case StmtKind::kLoop: return loop(s);
      case StmtKind::kSwitch: return switch_cases(s);
      case StmtKind::kReturn: s.value = expression(); return;
      case StmtKind::kLabel: s.name = quoted(); return;
      case StmtKind::kAssert:
      case StmtKind::kAssume:
      case StmtKind::kAbort:
        s.name = quoted();
        s.value = expression();
        return;
      case StmtKind::kBreak:
      case StmtKind::kContinue: return;
    }
  }
  void call(Stmt& s) {
    if (next_is('"')) s.name = quoted();
    else s.callee = FunctionId{number<std::uint32_t>()};
    s.place = place();
    while (next_is('(') && !next_is_tags()) s.arguments.push_back(expression());
  }
  bool next_is_tags() const { return text_.substr(at_).starts_with("(tags "); }
  void loop(Stmt& s) {
    s.loop = std::make_unique<Loop>();
    s.loop->form = static_cast<LoopForm>(choose(kLoopWords, word(), "form of loop"));
    begin("invariants");
    s.loop->invariants = clauses();
    end();
    s.loop->condition_prelude = nested("prelude");
    s.loop->condition = expression();
    s.loop->step = nested("step");
    s.body = nested("body");
  }
  void switch_cases(Stmt& s) {
    s.value = expression();
    while (next_is('(') && text_.substr(at_).starts_with("(case ")) {
      begin("case");
      SwitchCase label;
      label.start = number<std::uint32_t>();
      while (!next_is(')')) {
        const std::string_view value = word();
        if (value == "default") label.is_default = true;
        else label.values.push_back(parse<std::int64_t>(value));
      }
      end();
      s.cases.push_back(std::move(label));
    }
    s.body = nested("body");
  }

  // ---- places and expressions --------------------------------------------------------------------------------------------
  PlacePtr place() {
    if (absent()) return nullptr;
    expect('(');
    enter();
    auto p = std::make_unique<Place>();
    p->kind = static_cast<PlaceKind>(choose(kPlaceWords, word(), "place"));
    p->type.value = number<std::uint32_t>();
    p->origin = origin();
    switch (p->kind) {
      case PlaceKind::kVariable: p->variable = variable_id(); break;
      case PlaceKind::kDeref: p->pointer = expression(); break;
      case PlaceKind::kElement:
        p->base = place();
        p->index = expression();
        break;
      case PlaceKind::kField:
        p->base = place();
        p->field = number<std::uint32_t>();
        break;
    }
    end();
    return p;
  }
  ExprPtr expression() {
    if (absent()) return nullptr;
    expect('(');
    enter();
    auto e = std::make_unique<Expr>();
    const std::string_view kind = word();
    e->kind = kind == kLengthWord ? ExprKind::kLength : static_cast<ExprKind>(choose(kExprWords, kind, "expression"));
    e->type.value = number<std::uint32_t>();
    e->origin = origin();
    switch (e->kind) {
      case ExprKind::kConstant: e->value = number<std::int64_t>(); break;
      case ExprKind::kLoad:
      case ExprKind::kAddressOf: e->place = place(); break;
      case ExprKind::kUnary: e->unary_op = static_cast<UnaryOp>(choose(kUnaryWords, word(), "unary operator")); break;
      case ExprKind::kBinary:
      case ExprKind::kPointerCompare: e->binary_op = static_cast<BinaryOp>(choose(kBinaryWords, word(), "binary operator")); break;
      default: break;
    }
    for (ExprPtr* operand : {&e->a, &e->b, &e->c})
      if (next_is('(')) *operand = expression();
    end();
    return e;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
  int depth_ = 0;
  Program program_;
};

}  // namespace

Result<Program> read_text(std::string_view text, std::string_view file_name) {
  try {
    Program program = Reader(text).read();
    if (Status valid = validate(program); !valid) {
      Error error = valid.error();
      error.message = fmt::format("{}: {}", file_name, error.message);
      return fail(std::move(error));
    }
    number_statements(program);
    return program;
  } catch (const Fault& thrown) {
    SourceRange where;
    where.file = file_name;
    where.begin = where.end = thrown.where;
    return input_error("broken program text: " + thrown.message, fmt::format("the text must come from '{}' of this version", kTextVersion), where);
  }
}

}  // namespace assay::program
