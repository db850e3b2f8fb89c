// What every consumer of a program may rely on: ids exist, types fit the operators, break and continue have a target.
//
// Walks the trees once; the first fault is the error. Cost: linear. Test: tests/frontend/validate_test.cpp
#include <fmt/format.h>

#include "frontend/program/text.h"

namespace assay::program {

namespace {

class Validator {
 public:
  explicit Validator(const Program& program) : program_(program) {}

  Status run() {
    types();
    for (const Variable& global : program_.globals) variable(global);
    function_ = nullptr;
    block(program_.initialise, false, false);
    for (const Function& function : program_.functions) this->function(function);
    if (message_.empty()) return {};
    return input_error("invalid program: " + message_, "a program must come from lowering or from an unchanged text form",
                       where_ ? std::optional<SourceRange>(program_.range(*where_)) : std::nullopt);
  }

 private:
  bool check(bool holds, std::string_view what, const Origin* where = nullptr) {
    if (!holds && message_.empty()) {
      message_ = function_ ? fmt::format("{} (in function '{}')", what, function_->name) : std::string(what);
      where_ = where;
    }
    return holds;
  }
  bool known(TypeId id) { return check(id.value < program_.types.size(), fmt::format("type {} does not exist", id.value)); }
  const Type& type(TypeId id) const { return program_.types[id.value]; }
  bool is_integer(TypeId id) { return known(id) && type(id).is_integer(); }
  bool is_pointer(TypeId id) { return known(id) && type(id).is_pointer(); }
  bool origin(const Origin& origin) {
    return check(origin.file < program_.files.size() || (origin.file == 0 && program_.files.empty()), "a source file index does not exist") &&
           check(origin.ast_kind < program_.ast_kinds.size() || (origin.ast_kind == 0 && program_.ast_kinds.empty()),
                 "an AST kind index does not exist");
  }

  // ---- types: sizes are bounded so that consumers can multiply them --------------------------------------------------
  void types() {
    for (std::size_t i = 0; i < program_.types.size() && message_.empty(); ++i) one_type(program_.types[i], i);
    complete_.assign(program_.types.size(), 0);
    for (std::size_t i = 0; i < program_.types.size() && message_.empty(); ++i) finite(i, 0);
  }
  void one_type(const Type& t, std::size_t index) {
    const std::string name = fmt::format("type {}", index);
    check(t.size <= kLargestObject, name + " is larger than 2^40 bytes");
    check(t.alignment >= 1 && t.alignment <= 4096, name + " has an impossible alignment");
    switch (t.kind) {
      case TypeKind::kVoid: break;
      case TypeKind::kInteger:
        check(t.is_bool ? t.width == 1 && !t.is_signed : t.width >= 8 && t.width <= 64, name + " has an impossible width");
        check(t.size >= 1 && t.size <= 8 && t.width <= static_cast<int>(8 * t.size), name + " does not fit its size");
        break;
      case TypeKind::kPointer: known(t.element); break;
      case TypeKind::kArray:
        if (known(t.element)) check(t.count <= kLargestObject && type(t.element).kind != TypeKind::kVoid, name + " is an impossible array");
        break;
      case TypeKind::kStruct:
        for (const Field& field : t.fields)
          if (known(field.type)) check(type(field.type).kind != TypeKind::kVoid && field.offset <= t.size, name + " has an impossible field");
        break;
    }
  }
  /// Arrays and structs must not contain themselves, and the total number of cells must stay addressable.
  void finite(std::size_t index, int depth) {
    if (complete_[index] == 2 || !message_.empty()) return;
    if (!check(complete_[index] == 0 && depth < 200, fmt::format("type {} contains itself or is nested too deeply", index))) return;
    complete_[index] = 1;
    const Type& t = program_.types[index];
    if (t.kind == TypeKind::kArray) {
      finite(t.element.value, depth + 1);
      if (t.count > 0) check(type(t.element).size <= kLargestObject / t.count, fmt::format("type {} is too large", index));
    }
    if (t.kind == TypeKind::kStruct)
      for (const Field& field : t.fields) finite(field.type.value, depth + 1);
    complete_[index] = 2;
  }

  // ---- functions -------------------------------------------------------------------------------------------------------
  void variable(const Variable& v) {
    if (known(v.type)) check(type(v.type).kind != TypeKind::kVoid, fmt::format("variable '{}' has type void", v.name));
    origin(v.origin);
  }
  void function(const Function& f) {
    function_ = &f;
    known(f.return_type);
    check(f.parameter_count <= f.locals.size(), "more parameters than locals");
    for (const Variable& local : f.locals) variable(local);
    if (f.result) check(*f.result < f.locals.size(), "the result variable does not exist");
    origin(f.origin);
    clauses(f.requires_);
    clauses(f.ensures);
    block(f.ghost_entry, false, false);
    block(f.body, false, false);
    function_ = nullptr;
  }
  void clauses(const std::vector<Clause>& clauses) {
    for (const Clause& clause : clauses) {
      block(clause.prelude, false, false);
      if (check(clause.condition != nullptr, "a clause has no condition", &clause.origin)) scalar(*clause.condition);
    }
  }
  void block(const Block& block, bool can_break, bool can_continue) {
    for (const Stmt& stmt : block) {
      if (!message_.empty()) return;
      statement(stmt, can_break, can_continue);
    }
  }

  void statement(const Stmt& s, bool can_break, bool can_continue) {
    if (!origin(s.origin)) return;
    switch (s.kind) {
      case StmtKind::kDeclare: check(!s.variable.global && exists(s.variable), "a declaration of an unknown local", &s.origin); return;
      case StmtKind::kAssign:
        if (check(s.place && s.value, "an assignment lacks a side", &s.origin)) {
          place(*s.place);
          expression(*s.value);
          if (message_.empty()) check(assignable(s.place->type, s.value->type), "an assignment of different types", &s.origin);
        }
        return;
      case StmtKind::kCall: call(s); return;
      case StmtKind::kBlock: block(s.body, can_break, can_continue); return;
      case StmtKind::kIf:
        condition(s);
        block(s.body, can_break, can_continue);
        block(s.else_body, can_break, can_continue);
        return;
      case StmtKind::kLoop: loop(s); return;
      case StmtKind::kSwitch: switch_statement(s, can_continue); return;
      case StmtKind::kBreak: check(can_break, "a break outside of loop and switch", &s.origin); return;
      case StmtKind::kContinue: check(can_continue, "a continue outside of a loop", &s.origin); return;
      case StmtKind::kReturn: return_statement(s); return;
      case StmtKind::kLabel: check(!s.name.empty(), "a label without a name", &s.origin); return;
      case StmtKind::kAssert:
      case StmtKind::kAssume: condition(s); return;
      case StmtKind::kAbort:
        if (s.value) scalar(*s.value);
        return;
    }
    check(false, "an unknown kind of statement", &s.origin);
  }
  void condition(const Stmt& s) {
    if (check(s.value != nullptr, "a condition is missing", &s.origin)) scalar(*s.value);
  }
  void loop(const Stmt& s) {
    if (!check(s.loop != nullptr, "a loop without its description", &s.origin)) return;
    clauses(s.loop->invariants);
    block(s.loop->condition_prelude, false, false);
    if (s.loop->condition) scalar(*s.loop->condition);
    block(s.body, true, true);
    block(s.loop->step, false, false);
  }
  void switch_statement(const Stmt& s, bool can_continue) {
    if (!check(s.value != nullptr, "a switch has no value", &s.origin)) return;
    expression(*s.value);
    if (message_.empty()) check(is_integer(s.value->type), "a switch on something other than an integer", &s.origin);
    int defaults = 0;
    for (const SwitchCase& label : s.cases) {
      check(label.start <= s.body.size(), "a case starts after the end of its switch", &s.origin);
      defaults += label.is_default;
    }
    check(defaults <= 1, "a switch has two defaults", &s.origin);
    block(s.body, true, can_continue);
  }
  void return_statement(const Stmt& s) {
    if (!check(function_ != nullptr, "a return outside of a function", &s.origin) || !s.value) return;
    expression(*s.value);
    if (message_.empty()) check(assignable(function_->return_type, s.value->type), "a return of a different type", &s.origin);
  }
  void call(const Stmt& s) {
    if (s.place) place(*s.place);
    for (const ExprPtr& argument : s.arguments)
      if (check(argument != nullptr, "an argument is missing", &s.origin)) expression(*argument);
    if (!message_.empty()) return;
    if (!s.callee) {
      check(!s.name.empty(), "a call of nothing", &s.origin);
      return;
    }
    if (!check(s.callee->value < program_.functions.size(), "a call of an unknown function", &s.origin)) return;
    const Function& callee = program_.function(*s.callee);
    if (!check(callee.parameter_count == s.arguments.size() || (!callee.has_body && callee.parameter_count <= s.arguments.size()),
               fmt::format("a call of '{}' with {} arguments", callee.name, s.arguments.size()), &s.origin))
      return;
    for (std::uint32_t i = 0; i < callee.parameter_count && i < callee.locals.size(); ++i)
      check(assignable(callee.locals[i].type, s.arguments[i]->type),
            fmt::format("argument {} of a call of '{}' has a different type", i + 1, callee.name), &s.origin);
    if (s.place) check(assignable(s.place->type, callee.return_type), "the result of a call has a different type", &s.origin);
  }

  // ---- places and expressions --------------------------------------------------------------------------------------------
  bool exists(VariableId id) const {
    if (id.global) return id.index < program_.globals.size();
    return function_ && id.index < function_->locals.size();
  }
  bool assignable(TypeId to, TypeId from) {
    if (!known(to) || !known(from)) return false;
    return to == from || (type(to).is_pointer() && type(from).is_pointer());
  }
  void place(const Place& p) {
    if (!known(p.type) || !origin(p.origin) || !message_.empty()) return;
    switch (p.kind) {
      case PlaceKind::kVariable:
        if (check(exists(p.variable), "a variable that does not exist", &p.origin)) {
          const TypeId declared = p.variable.global ? program_.globals[p.variable.index].type : function_->locals[p.variable.index].type;
          check(declared == p.type, "a variable used with another type", &p.origin);
        }
        return;
      case PlaceKind::kDeref:
        if (!check(p.pointer != nullptr, "a dereference of nothing", &p.origin)) return;
        expression(*p.pointer);
        if (message_.empty())
          check(is_pointer(p.pointer->type) && type(p.pointer->type).element == p.type, "a dereference of a different type", &p.origin);
        return;
      case PlaceKind::kElement:
        if (!check(p.base && p.index, "an element without array or index", &p.origin)) return;
        place(*p.base);
        expression(*p.index);
        if (!message_.empty()) return;
        check(is_integer(p.index->type), "an index that is no integer", &p.origin);
        check(type(p.base->type).kind == TypeKind::kArray && type(p.base->type).element == p.type, "an element of something other than its array",
              &p.origin);
        return;
      case PlaceKind::kField:
        if (!check(p.base != nullptr, "a field of nothing", &p.origin)) return;
        place(*p.base);
        if (!message_.empty()) return;
        check(type(p.base->type).kind == TypeKind::kStruct && p.field < type(p.base->type).fields.size() &&
                  type(p.base->type).fields[p.field].type == p.type,
              "a field that its struct does not have", &p.origin);
        return;
    }
    check(false, "an unknown kind of place", &p.origin);
  }

  void scalar(const Expr& e) {
    expression(e);
    if (message_.empty()) check(type(e.type).is_scalar(), "a condition that is no scalar", &e.origin);
  }
  /// Visits the operand and says whether it is there and so far everything is valid.
  bool operand(const ExprPtr& e, const Origin& where) {
    if (!check(e != nullptr, "an operand is missing", &where)) return false;
    expression(*e);
    return message_.empty();
  }
  void expression(const Expr& e) {
    if (!known(e.type) || !origin(e.origin) || !message_.empty()) return;
    const Type& t = type(e.type);
    const auto fits = [&](bool holds, std::string_view what) { check(holds, what, &e.origin); };
    switch (e.kind) {
      case ExprKind::kConstant: fits(t.is_integer() && constant_fits(t, e.value), "a constant that its type cannot hold"); return;
      case ExprKind::kNull: fits(t.is_pointer(), "a null that is no pointer"); return;
      case ExprKind::kLoad:
        if (!check(e.place != nullptr, "a load of nothing", &e.origin)) return;
        place(*e.place);
        if (message_.empty()) fits(e.place->type == e.type, "a load of a different type");
        return;
      case ExprKind::kAddressOf:
        if (!check(e.place != nullptr, "an address of nothing", &e.origin)) return;
        place(*e.place);
        if (message_.empty()) fits(t.is_pointer() && t.element == e.place->type, "an address of a different type");
        return;
      case ExprKind::kUnary:
        if (!operand(e.a, e.origin)) return;
        if (e.unary_op == UnaryOp::kLogicalNot) fits(type(e.a->type).is_scalar() && t.is_integer(), "a ! on something other than a scalar");
        else fits(e.a->type == e.type && t.is_integer(), "a unary operator on different types");
        return;
      case ExprKind::kBinary: binary(e); return;
      case ExprKind::kLogicalAnd:
      case ExprKind::kLogicalOr:
        if (!operand(e.a, e.origin) || !operand(e.b, e.origin)) return;
        fits(t.is_integer() && type(e.a->type).is_scalar() && type(e.b->type).is_scalar(), "a logical operator on something other than scalars");
        return;
      case ExprKind::kConditional:
        if (!operand(e.a, e.origin) || !operand(e.b, e.origin) || !operand(e.c, e.origin)) return;
        fits(type(e.a->type).is_scalar() && assignable(e.type, e.b->type) && assignable(e.type, e.c->type), "a conditional on different types");
        return;
      case ExprKind::kConvert:
        if (!operand(e.a, e.origin)) return;
        fits((t.is_integer() && type(e.a->type).is_integer()) || (t.is_pointer() && type(e.a->type).is_pointer()) ||
                 (t.is_bool && type(e.a->type).is_pointer()),
             "a conversion between integer and pointer");
        return;
      case ExprKind::kPointerAdd:
        if (!operand(e.a, e.origin) || !operand(e.b, e.origin)) return;
        fits(t.is_pointer() && e.a->type == e.type && type(e.b->type).is_integer(), "a pointer addition on different types");
        return;
      case ExprKind::kPointerDifference:
      case ExprKind::kPointerCompare:
        if (!operand(e.a, e.origin) || !operand(e.b, e.origin)) return;
        fits(t.is_integer() && type(e.a->type).is_pointer() && type(e.b->type).is_pointer(), "a pointer operator on something else");
        if (e.kind == ExprKind::kPointerCompare) fits(e.binary_op >= BinaryOp::kEqual, "a pointer comparison with another operator");
        return;
      case ExprKind::kLength:
        if (operand(e.a, e.origin)) fits(t.is_integer() && type(e.a->type).is_pointer(), "a length of something other than a pointer");
        return;
    }
    check(false, "an unknown kind of expression", &e.origin);
  }
  void binary(const Expr& e) {
    if (!operand(e.a, e.origin) || !operand(e.b, e.origin)) return;
    const bool shift = e.binary_op == BinaryOp::kShiftLeft || e.binary_op == BinaryOp::kShiftRight;
    const bool comparison = e.binary_op >= BinaryOp::kEqual;
    check(is_integer(e.a->type) && is_integer(e.b->type) && is_integer(e.type), "a binary operator on something other than integers", &e.origin);
    check(shift || e.a->type == e.b->type, "a binary operator on two types", &e.origin);
    check(comparison || e.a->type == e.type, "a binary operator with a result of another type", &e.origin);
  }
  static bool constant_fits(const Type& t, std::int64_t value) {
    if (t.width >= 64) return true;
    if (!t.is_signed) return value >= 0 && value < (std::int64_t{1} << t.width);
    return value >= -(std::int64_t{1} << (t.width - 1)) && value < (std::int64_t{1} << (t.width - 1));
  }

  static constexpr std::uint64_t kLargestObject = std::uint64_t{1} << 40;
  const Program& program_;
  const Function* function_ = nullptr;
  std::string message_;
  const Origin* where_ = nullptr;
  std::vector<int> complete_;
};

}  // namespace

Status validate(const Program& program) { return Validator(program).run(); }

}  // namespace assay::program
