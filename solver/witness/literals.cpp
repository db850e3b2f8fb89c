#include "solver/witness/literals.h"

#include <fmt/format.h>

#include "frontend/program/printer.h"

namespace assay::solver {

using program::Argument;
using program::Function;
using program::Program;
using program::Scalar;
using program::Type;
using program::TypeId;
using program::TypeKind;

std::string integer_literal(const Type& type, std::int64_t value) {
  const std::string suffix = type.width > 32 ? "ll" : "";
  if (!type.is_signed) {
    std::uint64_t bits = static_cast<std::uint64_t>(value);
    if (type.width < 64) bits &= (std::uint64_t{1} << type.width) - 1;
    return fmt::format("{}{}", bits, type.width >= 32 ? "u" + suffix : "");
  }
  const std::int64_t lowest = type.width == 64 ? INT64_MIN : -(std::int64_t{1} << (type.width - 1));
  if (value == lowest && type.width >= 32) return fmt::format("({}{} - 1)", value + 1, suffix);
  return fmt::format("{}{}", value, suffix);
}

std::size_t leaf_count(const Program& program, TypeId id) {
  const Type& type = program.type(id);
  switch (type.kind) {
    case TypeKind::kVoid: return 0;
    case TypeKind::kInteger:
    case TypeKind::kPointer: return 1;
    case TypeKind::kArray: return type.count * leaf_count(program, type.element);
    case TypeKind::kStruct: {
      std::size_t leaves = 0;
      for (const program::Field& field : type.fields) leaves += leaf_count(program, field.type);
      return leaves;
    }
  }
  return 0;
}

std::string initialiser(const Program& program, TypeId id, const std::vector<Scalar>& cells, std::size_t& next) {
  const Type& type = program.type(id);
  if (type.is_scalar()) {
    const std::int64_t value = next < cells.size() ? cells[next].integer : 0;
    ++next;
    return type.is_pointer() ? "0" : integer_literal(type, value);
  }
  std::string text = "{";
  auto append = [&](TypeId part) { text += (text.size() > 1 ? ", " : "") + initialiser(program, part, cells, next); };
  if (type.kind == TypeKind::kArray)
    for (std::uint64_t i = 0; i < type.count; ++i) append(type.element);
  else
    for (const program::Field& field : type.fields) append(field.type);
  return text + "}";
}

std::string parameter_name(const Function& function, std::size_t index) {
  const std::string& name = function.locals[index].name;
  return name.empty() || name[0] == '$' ? fmt::format("argument{}", index) : name;
}

namespace {

std::string array_literal(const Program& program, TypeId id, const std::string& name, const Argument& argument) {
  const TypeId element = program.type(id).element;
  const std::size_t leaves = leaf_count(program, element);
  const std::size_t elements = leaves == 0 ? 0 : argument.cells.size() / leaves;
  std::string values;
  for (std::size_t i = 0, next = 0; i < elements; ++i) values += (i ? ", " : "") + initialiser(program, element, argument.cells, next);
  if (argument.offset == 0)
    return fmt::format("{} = {{{}}}", program::print_declaration(program, element, fmt::format("{}[{}]", name, elements)), values);
  return fmt::format("{} = ({}){{{}}} + {}", program::print_declaration(program, id, name),
                     program::print_declaration(program, element, fmt::format("[{}]", elements)), values, argument.offset);
}

}  // namespace

std::string shared_pointer(const Program& program, const Function& function, const std::vector<Argument>& arguments, std::size_t index,
                           const std::string& name_of_array) {
  const std::size_t array = arguments[index].shared_with;
  const TypeId mine = function.locals[index].type, other = function.locals[array].type;
  const std::string base = mine == other ? name_of_array : fmt::format("({}){}", program::print_declaration(program, mine, ""), name_of_array);
  const std::uint64_t to = arguments[index].offset, from = arguments[array].offset;
  return to == from ? base : to > from ? fmt::format("{} + {}", base, to - from) : fmt::format("{} - {}", base, from - to);
}

std::vector<std::string> argument_literals(const Program& program, const Function& function, const std::vector<Argument>& arguments) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < arguments.size() && i < function.parameter_count; ++i) {
    const Argument& argument = arguments[i];
    const TypeId id = function.locals[i].type;
    const std::string name = parameter_name(function, i);
    const std::string declaration = program::print_declaration(program, id, name);
    switch (argument.kind) {
      case Argument::Kind::kNull: lines.push_back(declaration + " = 0"); break;
      case Argument::Kind::kArray: lines.push_back(array_literal(program, id, name, argument)); break;
      case Argument::Kind::kAlias:
        lines.push_back(
            fmt::format("{} = {}", declaration, shared_pointer(program, function, arguments, i, parameter_name(function, argument.shared_with))));
        break;
      case Argument::Kind::kScalar:
      case Argument::Kind::kStruct: {
        std::size_t next = 0;
        lines.push_back(declaration + " = " + initialiser(program, id, argument.cells, next));
        break;
      }
    }
  }
  return lines;
}

}  // namespace assay::solver
