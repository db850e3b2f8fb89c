// Spellings of types, constants and declarations; C identifiers for the names of the IR.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/program/printer_internal.h"

namespace assay::program {

namespace {

constexpr std::array kSpellings = {"char",         "signed char", "unsigned char", "short",     "unsigned short",     "int",
                                   "unsigned int", "long",        "unsigned long", "long long", "unsigned long long", "_Bool"};

std::string spelling_by_width(const Type& type) {
  if (type.is_bool) return "_Bool";
  const char* base = type.width <= 8 ? "char" : type.width <= 16 ? "short" : type.width <= 32 ? "int" : "long";
  if (type.width <= 8) return type.is_signed ? "signed char" : "unsigned char";
  return (type.is_signed ? "" : "unsigned ") + std::string(base);
}

constexpr std::array kReserved = {"auto",     "break",  "case",     "char",   "const",  "continue", "default", "do",     "double",  "else",
                                  "enum",     "extern", "float",    "for",    "goto",   "if",       "inline",  "int",    "long",    "register",
                                  "restrict", "return", "short",    "signed", "sizeof", "static",   "struct",  "switch", "typedef", "union",
                                  "unsigned", "void",   "volatile", "while",  "assert", "abort",    "exit",    "memcpy"};

}  // namespace

std::string integer_spelling(const Type& type) {
  if (std::find(kSpellings.begin(), kSpellings.end(), type.name) != kSpellings.end()) return type.name;
  if (type.name == "unsigned") return "unsigned int";
  return spelling_by_width(type);
}

std::string struct_spelling(const Program& program, TypeId id) {
  const std::string& tag = program.type(id).name;
  const std::string bare = tag.starts_with("struct ") ? tag.substr(7) : tag;
  const bool usable =
      !bare.empty() && std::all_of(bare.begin(), bare.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
  for (std::uint32_t i = 0; usable && i < id.value; ++i)  // two structs of one tag, from different scopes
    if (program.types[i].kind == TypeKind::kStruct && program.types[i].name == tag) return fmt::format("struct {}_{}", bare, id.value);
  return usable ? "struct " + bare : fmt::format("struct type_{}", id.value);
}

std::string print_declaration(const Program& program, TypeId id, const std::string& name) {
  const Type& type = program.type(id);
  const auto with_space = [&](const std::string& base) { return name.empty() ? base : base + " " + name; };
  switch (type.kind) {
    case TypeKind::kVoid: return with_space("void");
    case TypeKind::kInteger: return with_space(integer_spelling(type));
    case TypeKind::kStruct: return with_space(struct_spelling(program, id));
    case TypeKind::kPointer: {
      const bool binds = program.type(type.element).kind == TypeKind::kArray;
      return print_declaration(program, type.element, binds ? "(*" + name + ")" : "*" + name);
    }
    case TypeKind::kArray: return print_declaration(program, type.element, fmt::format("{}[{}]", name, type.count));
  }
  return name;
}

std::string constant_spelling(const Type& type, std::int64_t value) {
  if (type.is_bool || type.width < 32) return fmt::format("{}", value);
  const std::string spelling = integer_spelling(type);
  const bool is_long_long = spelling.find("long long") != std::string::npos;
  const std::string suffix = is_long_long ? "LL" : spelling.find("long") != std::string::npos ? "L" : "";
  if (!type.is_signed) return fmt::format("{}u{}", static_cast<std::uint64_t>(value), suffix);
  const std::int64_t smallest = type.width >= 64 ? INT64_MIN : -(std::int64_t{1} << (type.width - 1));
  if (value == smallest) return fmt::format("(-{}{} - 1)", -(value + 1), suffix);
  return fmt::format("{}{}", value, suffix);
}

std::string identifier(const std::string& name) {
  std::string text;
  for (const char c : name) text.push_back(std::isalnum(static_cast<unsigned char>(c)) || c == '_' ? c : c == '$' ? 't' : '_');
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0]))) text = "v" + text;
  if (std::find(kReserved.begin(), kReserved.end(), text) != kReserved.end()) text += "_";
  return text;
}

}  // namespace assay::program
