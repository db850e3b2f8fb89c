#include "frontend/program/printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "frontend/program/printer_statements.h"

namespace assay::program {

// ---- names ---------------------------------------------------------------------------------------------------------------
Names::Names(const Program& program) {
  for (const Function& function : program.functions) functions_.push_back(fresh(identifier(function.name)));
  for (const Variable& global : program.globals) globals_.push_back(fresh(identifier(global.name)));
}

std::string Names::fresh(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !taken_.insert(name).second; ++i) name = fmt::format("{}_{}", wanted, i);
  return name;
}

namespace {

// ---- what an entry function reaches --------------------------------------------------------------------------------------
struct Reached {
  std::set<std::uint32_t> functions, globals;
  std::set<std::string> library;
  bool uses_assert = false;
  bool copies_arrays = false;
};

class Reach {
 public:
  Reach(const Program& program, Reached& reached) : program_(program), reached_(reached) {}
  void function(std::uint32_t index) {
    if (!reached_.functions.insert(index).second) return;
    block(program_.functions[index].body);
  }
  void global(std::uint32_t index) {
    if (!reached_.globals.insert(index).second) return;
    for (const Stmt& stmt : program_.initialise) {  // what its initialiser points to
      if (!stmt.place || !stmt.value) continue;
      const Place* root = stmt.place.get();
      while (root->base) root = root->base.get();
      if (root->kind == PlaceKind::kVariable && root->variable.global && root->variable.index == index) expression(*stmt.value);
    }
  }
  void block(const Block& block) {
    for (const Stmt& stmt : block) statement(stmt);
  }

 private:
  void statement(const Stmt& stmt) {
    if (stmt.place) place(*stmt.place);
    if (stmt.value) expression(*stmt.value);
    for (const ExprPtr& argument : stmt.arguments) expression(*argument);
    if (stmt.kind == StmtKind::kCall && stmt.callee) function(stmt.callee->value);
    if (stmt.kind == StmtKind::kCall && !stmt.callee) reached_.library.insert(stmt.name);
    if (stmt.kind == StmtKind::kAbort) reached_.library.insert(stmt.name.empty() ? "abort" : stmt.name);
    if (stmt.kind == StmtKind::kAssert && stmt.name != "$unsequenced") reached_.uses_assert = true;
    if (stmt.kind == StmtKind::kAssign && program_.type(stmt.place->type).kind == TypeKind::kArray) reached_.copies_arrays = true;
    block(stmt.body);
    block(stmt.else_body);
    if (!stmt.loop) return;
    block(stmt.loop->condition_prelude);
    if (stmt.loop->condition) expression(*stmt.loop->condition);
    block(stmt.loop->step);
  }
  void expression(const Expr& expr) {
    if (expr.place) place(*expr.place);
    for (const ExprPtr* operand : {&expr.a, &expr.b, &expr.c})
      if (*operand) expression(**operand);
  }
  void place(const Place& place) {
    if (place.kind == PlaceKind::kVariable && place.variable.global) global(place.variable.index);
    if (place.pointer) expression(*place.pointer);
    if (place.base) this->place(*place.base);
    if (place.index) expression(*place.index);
  }

  const Program& program_;
  Reached& reached_;
};

// ---- initialisers --------------------------------------------------------------------------------------------------------
/// The values that Program::initialise gives to one global, by path: element or field numbers from the outside in.
using Path = std::vector<std::uint64_t>;

std::map<Path, const Expr*> initial_values(const Program& program, std::uint32_t global) {
  std::map<Path, const Expr*> values;
  for (const Stmt& stmt : program.initialise) {
    if (stmt.kind != StmtKind::kAssign) continue;
    Path path;
    const Place* at = stmt.place.get();
    for (; at->base; at = at->base.get())
      path.push_back(at->kind == PlaceKind::kField ? at->field : static_cast<std::uint64_t>(at->index ? at->index->value : 0));
    if (at->kind != PlaceKind::kVariable || !at->variable.global || at->variable.index != global) continue;
    std::reverse(path.begin(), path.end());
    values[path] = stmt.value.get();
  }
  return values;
}

std::string initialiser(const Program& program, const ExpressionPrinter& printer, TypeId id, const std::map<Path, const Expr*>& values,
                        const Path& at) {
  if (const auto found = values.find(at); found != values.end()) return printer.converted(*found->second);
  const Type& type = program.type(id);
  if (type.is_scalar()) return "";
  std::string text;
  std::uint64_t expected = 0;
  Path child = at;
  child.push_back(0);
  const std::uint64_t count = type.kind == TypeKind::kArray ? type.count : type.fields.size();
  for (auto value = values.lower_bound(child);
       value != values.end() && value->first.size() > at.size() && std::equal(at.begin(), at.end(), value->first.begin());
       value = values.lower_bound(child)) {
    const std::uint64_t number = value->first[at.size()];
    if (number >= count) break;
    child.back() = number;
    const TypeId part = type.kind == TypeKind::kArray ? type.element : type.fields[number].type;
    if (!text.empty()) text += ", ";
    if (number != expected) text += type.kind == TypeKind::kArray ? fmt::format("[{}] = ", number) : fmt::format(".{} = ", type.fields[number].name);
    text += initialiser(program, printer, part, values, child);
    expected = number + 1;
    child.back() = number + 1;
  }
  return "{" + (text.empty() ? "0" : text) + "}";
}

// ---- whole programs ------------------------------------------------------------------------------------------------------
class ProgramPrinter {
 public:
  ProgramPrinter(const Program& program, Reached reached, std::optional<FunctionId> entry)
      : program_(program), names_(program), reached_(std::move(reached)), entry_(entry), printer_(program, names_, nullptr) {}

  std::string print() {
    headers();
    find_pointed_to();
    structs();
    for (const std::uint32_t global : reached_.globals)  // initialisers may point to each other
      if (pointed_to_by_initialiser_.contains(global))
        out_ += "static " + print_declaration(program_, program_.globals[global].type, names_.global(global)) + ";\n";
    for (const std::uint32_t global : reached_.globals) this->global(global);
    if (!reached_.globals.empty()) out_ += "\n";
    for (const std::uint32_t f : reached_.functions) out_ += signature(f) + ";\n";
    for (const std::uint32_t f : reached_.functions) function(f);
    return out_;
  }

 private:
  void headers() {
    if (reached_.uses_assert) out_ += "#include <assert.h>\n";
    bool ctype = false, stdio = false, stdlib = false, string = reached_.copies_arrays;
    for (const std::string& name : reached_.library) {
      ctype |= name.starts_with("is") || name.starts_with("to");
      stdio |= name.starts_with("p");
      stdlib |= name == "abort" || name == "exit" || name == "abs" || name == "labs" || name == "llabs";
      string |= name.starts_with("mem") || name.starts_with("str");
    }
    if (ctype) out_ += "#include <ctype.h>\n";
    if (stdio) out_ += "#include <stdio.h>\n";
    if (stdlib) out_ += "#include <stdlib.h>\n";
    if (string) out_ += "#include <string.h>\n";
    if (!out_.empty()) out_ += "\n";
  }
  void structs() {
    std::vector<char> done(program_.types.size(), 0);
    const std::function<void(std::uint32_t)> define = [&](std::uint32_t id) {
      const Type& type = program_.types[id];
      if (done[id]) return;
      done[id] = 1;
      if (type.kind == TypeKind::kArray) define(type.element.value);
      if (type.kind != TypeKind::kStruct || type.fields.empty()) return;
      for (const Field& field : type.fields) define(field.type.value);
      out_ += struct_spelling(program_, {id}) + " {\n";
      for (std::uint32_t f = 0; f < type.fields.size(); ++f)
        out_ += "  " +
                print_declaration(program_, type.fields[f].type, type.fields[f].name.empty() ? fmt::format("field_{}", f) : type.fields[f].name) +
                ";\n";
      out_ += "};\n\n";
    };
    for (std::uint32_t id = 0; id < program_.types.size(); ++id) define(id);
  }
  /// Globals whose address is used may be reached through pointers to non-const, so they are printed without const.
  void find_pointed_to() {
    const std::function<void(const Expr&)> expression = [&](const Expr& expr) {
      if (expr.kind == ExprKind::kAddressOf) {
        const Place* root = expr.place.get();
        while (root->base) root = root->base.get();
        if (root->kind == PlaceKind::kVariable && root->variable.global) pointed_to_.insert(root->variable.index);
      }
      const std::function<void(const Place&)> place = [&](const Place& p) {
        if (p.pointer) expression(*p.pointer);
        if (p.base) place(*p.base);
        if (p.index) expression(*p.index);
      };
      if (expr.place) place(*expr.place);
      for (const ExprPtr* operand : {&expr.a, &expr.b, &expr.c})
        if (*operand) expression(**operand);
    };
    const std::function<void(const Block&)> block = [&](const Block& b) {
      for (const Stmt& stmt : b) {
        if (stmt.value) expression(*stmt.value);
        for (const ExprPtr& argument : stmt.arguments) expression(*argument);
        for (const Place* p = stmt.place.get(); p; p = p->base.get()) {
          if (p->pointer) expression(*p->pointer);
          if (p->index) expression(*p->index);
        }
        block(stmt.body);
        block(stmt.else_body);
        if (!stmt.loop) continue;
        block(stmt.loop->condition_prelude);
        if (stmt.loop->condition) expression(*stmt.loop->condition);
        block(stmt.loop->step);
      }
    };
    block(program_.initialise);
    pointed_to_by_initialiser_ = pointed_to_;
    for (const std::uint32_t f : reached_.functions) block(program_.functions[f].body);
  }
  void global(std::uint32_t index) {
    const Variable& variable = program_.globals[index];
    const bool is_const = variable.is_const && !pointed_to_.contains(index);
    const auto values = initial_values(program_, index);
    out_ += fmt::format("static {}{}", is_const ? "const " : "", print_declaration(program_, variable.type, names_.global(index)));
    if (const auto text = literal_text(program_, index)) out_ += " = " + quoted(*text);
    else if (!values.empty()) out_ += " = " + initialiser(program_, printer_, variable.type, values, {});
    out_ += ";\n";
  }
  std::string signature(std::uint32_t index) const {
    const Function& function = program_.functions[index];
    std::string parameters;
    std::set<std::string> used;
    for (std::uint32_t p = 0; p < function.parameter_count; ++p) {
      const std::string wanted = identifier(function.locals[p].name);
      std::string name = wanted;
      for (int i = 2; names_.taken(name) || used.contains(name); ++i) name = fmt::format("{}_{}", wanted, i);
      used.insert(name);
      const Type& type = program_.type(function.locals[p].type);
      const std::optional<std::uint64_t> length = function.locals[p].declared_length;
      parameters += p ? ", " : "";
      parameters += type.is_pointer() && length ? print_declaration(program_, type.element, fmt::format("{}[{}]", name, *length))
                                                : print_declaration(program_, function.locals[p].type, name);
    }
    const bool hidden = entry_ && entry_->value != index && function.has_body;
    return (hidden ? "static " : "") +
           print_declaration(program_, function.return_type, fmt::format("{}({})", names_.function(index), parameters.empty() ? "void" : parameters));
  }
  void function(std::uint32_t index) {
    const Function& function = program_.functions[index];
    if (!function.has_body) return;
    out_ += "\n" + signature(index) + " {\n" + StatementPrinter(program_, names_, function).print() + "}\n";
  }

  const Program& program_;
  Names names_;
  Reached reached_;
  std::optional<FunctionId> entry_;
  ExpressionPrinter printer_;
  std::set<std::uint32_t> pointed_to_, pointed_to_by_initialiser_;
  std::string out_;
};

}  // namespace

std::optional<std::string> literal_text(const Program& program, std::uint32_t global) {
  const Type& type = program.type(program.globals[global].type);
  if (type.kind != TypeKind::kArray || !program.type(type.element).is_integer() || program.type(type.element).name != "char" || type.count == 0)
    return std::nullopt;
  if (type.count > (1u << 20)) return std::nullopt;
  std::string text(type.count, '\0');
  for (const auto& [path, value] : initial_values(program, global)) {
    if (path.size() != 1 || path[0] >= type.count || value->kind != ExprKind::kConstant) return std::nullopt;
    text[path[0]] = static_cast<char>(value->value);
  }
  if (text.back() != '\0') return std::nullopt;
  text.pop_back();
  if (text.find('\0') != std::string::npos) return std::nullopt;
  return text;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += std::string("\\") + c;
    else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c >= ' ' && c < 127 && c != '?') out += c;
    else out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return out + "\"";
}

std::string print_c(const Program& program, FunctionId entry) {
  Reached reached;
  Reach(program, reached).function(entry.value);
  return ProgramPrinter(program, std::move(reached), entry).print();
}

std::string print_c(const Program& program) {
  Reached reached;
  Reach reach(program, reached);
  for (std::uint32_t f = 0; f < program.functions.size(); ++f) reach.function(f);
  for (std::uint32_t g = 0; g < program.globals.size(); ++g)
    if (!program.globals[g].name.starts_with("$")) reach.global(g);
  return ProgramPrinter(program, std::move(reached), std::nullopt).print();
}

std::string print_c(const Program& program, const Function& function, const Expr& expr) {
  const Names names(program);
  return ExpressionPrinter(program, names, &function).expression(expr);
}

std::string print_c(const Program& program, const Function& function, const Place& place) {
  const Names names(program);
  return ExpressionPrinter(program, names, &function).place(place);
}

}  // namespace assay::program
