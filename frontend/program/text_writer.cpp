// Program -> text. An s-expression per row; every node is (word type origin parts...).
//
//   (assay-ir 2) is the first line without brackets; then (target ...) (files ...) (kinds ...) (types ...) (globals ...) ...
//   origin: @file:line:column-line:column:kind, or @ when nothing is known
//
// Absent parts are `_`, so that the reader never guesses.
#include <fmt/format.h>

#include <iterator>

#include "frontend/program/text.h"
#include "frontend/program/text_lexicon.h"

namespace assay::program {

namespace {

class Writer {
 public:
  explicit Writer(const Program& program) : program_(program) {}

  std::string write() {
    out_ = std::string(kTextVersion) + "\n";
    const Target& target = program_.target;
    add("(target {} {} {} {} {})\n", quote(target.triple), quote(target.standard), int{target.char_is_signed}, target.pointer_width,
        target.int_width);
    strings("files", program_.files);
    strings("kinds", program_.ast_kinds);
    out_ += "(types";
    for (const Type& type : program_.types) this->type(type);
    out_ += ")\n(globals";
    for (const Variable& global : program_.globals) variable(global);
    out_ += ")\n(initialise";
    block(program_.initialise);
    out_ += ")\n";
    for (const Function& function : program_.functions) this->function(function);
    return std::move(out_);
  }

 private:
  template <class... Parts>
  void add(fmt::format_string<Parts...> format, Parts&&... parts) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Parts>(parts)...);
  }
  void line() { out_ += "\n" + std::string(2 * depth_, ' '); }
  static std::string quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') quoted += std::string("\\") + c;
      else if (byte < ' ' || byte == 127) quoted += fmt::format("\\x{:02x}", byte);
      else quoted += c;
    }
    return quoted + "\"";
  }
  void strings(const char* word, const std::vector<std::string>& list) {
    add("({}", word);
    for (const std::string& text : list) add(" {}", quote(text));
    out_ += ")\n";
  }
  void type(const Type& t) {
    add("\n  ({} {} {}", kTypeWords[static_cast<std::size_t>(t.kind)], t.size, t.alignment);
    add(" {} {} {} {} {} {}", t.width, int{t.is_signed}, int{t.is_bool}, quote(t.name), t.element.value, t.count);
    for (const Field& field : t.fields) add(" ({} {} {})", quote(field.name), field.type.value, field.offset);
    out_ += ")";
  }
  std::string origin(const Origin& o) {
    if (o == Origin{}) return "@";
    return fmt::format("@{}:{}:{}-{}:{}:{}", o.file, o.begin.line, o.begin.column, o.end.line, o.end.column, o.ast_kind);
  }
  void variable(const Variable& v) {
    add("\n  (variable {} {} {} {}{}{}{} {})", quote(v.name), v.type.value, origin(v.origin), v.is_const ? 'c' : '-', v.is_temporary ? 't' : '-',
        v.is_ghost ? 'g' : '-', v.is_restrict ? 'r' : '-', v.declared_length ? fmt::format("{}", *v.declared_length) : "_");
  }
  void function(const Function& f) {
    add("(function {} {} {} {} {} {} {}", quote(f.name), f.return_type.value, f.parameter_count, int{f.has_body}, quote(f.refusal),
        f.result ? fmt::format("{}", *f.result) : "_", origin(f.origin));
    out_ += "\n (locals";
    for (const Variable& local : f.locals) variable(local);
    out_ += ")\n (requires";
    clauses(f.requires_);
    out_ += ")\n (ensures";
    clauses(f.ensures);
    out_ += ")\n (ghost";
    block(f.ghost_entry);
    out_ += ")\n (body";
    block(f.body);
    out_ += "))\n";
  }
  void clauses(const std::vector<Clause>& list) {
    for (const Clause& clause : list) {
      ++depth_;
      line();
      add("(clause {} {} (prelude", quote(clause.text), origin(clause.origin));
      block(clause.prelude);
      out_ += ")";
      expression(clause.condition.get());
      out_ += ")";
      --depth_;
    }
  }
  void block(const Block& block) {
    ++depth_;
    for (const Stmt& stmt : block) {
      line();
      statement(stmt);
    }
    --depth_;
  }
  void nested(const char* word, const Block& inner) {
    add(" ({}", word);
    block(inner);
    out_ += ")";
  }
  void statement(const Stmt& s) {
    add("({} {}", kStmtWords[static_cast<std::size_t>(s.kind)], origin(s.origin));
    switch (s.kind) {
      case StmtKind::kDeclare: add(" {}", name(s.variable)); break;
      case StmtKind::kAssign:
        place(s.place.get());
        expression(s.value.get());
        break;
      case StmtKind::kCall:
        if (s.callee) add(" {}", s.callee->value);
        else add(" {}", quote(s.name));
        place(s.place.get());
        for (const ExprPtr& argument : s.arguments) expression(argument.get());
        break;
      case StmtKind::kBlock: nested("body", s.body); break;
      case StmtKind::kIf:
        expression(s.value.get());
        nested("then", s.body);
        nested("else", s.else_body);
        break;
      case StmtKind::kLoop:
        add(" {}", kLoopWords[static_cast<std::size_t>(s.loop->form)]);
        out_ += " (invariants";
        clauses(s.loop->invariants);
        out_ += ")";
        nested("prelude", s.loop->condition_prelude);
        expression(s.loop->condition.get());
        nested("step", s.loop->step);
        nested("body", s.body);
        break;
      case StmtKind::kSwitch:
        expression(s.value.get());
        for (const SwitchCase& label : s.cases) {
          add(" (case {}{}", label.start, label.is_default ? " default" : "");
          for (const std::int64_t value : label.values) add(" {}", value);
          out_ += ")";
        }
        nested("body", s.body);
        break;
      case StmtKind::kReturn: expression(s.value.get()); break;
      case StmtKind::kLabel: add(" {}", quote(s.name)); break;
      case StmtKind::kAssert:
      case StmtKind::kAssume:
      case StmtKind::kAbort:
        add(" {}", quote(s.name));
        expression(s.value.get());
        break;
      case StmtKind::kBreak:
      case StmtKind::kContinue: break;
    }
    if (!s.tags.empty()) {
      out_ += " (tags";
      for (const std::string& tag : s.tags) add(" {}", quote(tag));
      out_ += ")";
    }
    out_ += ")";
  }
  static std::string name(VariableId id) { return fmt::format("{}{}", id.global ? 'g' : 'l', id.index); }
  void place(const Place* p) {
    if (!p) {
      out_ += " _";
      return;
    }
    add(" ({} {} {}", kPlaceWords[static_cast<std::size_t>(p->kind)], p->type.value, origin(p->origin));
    switch (p->kind) {
      case PlaceKind::kVariable: add(" {}", name(p->variable)); break;
      case PlaceKind::kDeref: expression(p->pointer.get()); break;
      case PlaceKind::kElement:
        place(p->base.get());
        expression(p->index.get());
        break;
      case PlaceKind::kField:
        place(p->base.get());
        add(" {}", p->field);
        break;
    }
    out_ += ")";
  }
  void expression(const Expr* e) {
    if (!e) {
      out_ += " _";
      return;
    }
    const auto kind = static_cast<std::size_t>(e->kind);
    add(" ({} {} {}", kind < kExprWords.size() ? kExprWords[kind] : kLengthWord, e->type.value, origin(e->origin));
    switch (e->kind) {
      case ExprKind::kConstant: add(" {}", e->value); break;
      case ExprKind::kNull: break;
      case ExprKind::kLoad:
      case ExprKind::kAddressOf: place(e->place.get()); break;
      case ExprKind::kUnary: add(" {}", kUnaryWords[static_cast<std::size_t>(e->unary_op)]); break;
      case ExprKind::kBinary:
      case ExprKind::kPointerCompare: add(" {}", kBinaryWords[static_cast<std::size_t>(e->binary_op)]); break;
      default: break;
    }
    for (const ExprPtr* operand : {&e->a, &e->b, &e->c})
      if (*operand) expression(operand->get());
    out_ += ")";
  }

  const Program& program_;
  std::string out_;
  std::size_t depth_ = 1;
};

}  // namespace

std::string write_text(const Program& program) { return Writer(program).write(); }

}  // namespace assay::program
