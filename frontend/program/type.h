// Types of the program IR. Widths and layout come from Clang's TargetInfo, never from the host.
//
// A type is a row of Program::types, named by its TypeId; equal types share one row (Program::intern).
// Test: tests/frontend/program_text_test.cpp
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace assay::program {

struct TypeId {
  std::uint32_t value = 0;
  auto operator<=>(const TypeId&) const = default;
};

enum class TypeKind { kVoid, kInteger, kPointer, kArray, kStruct };

struct Field {
  std::string name;
  TypeId type;
  std::uint64_t offset = 0;  ///< bytes from the start of the struct
  auto operator<=>(const Field&) const = default;
};

/// One type. Only the members that belong to `kind` are meaningful; the others keep their defaults.
struct Type {
  TypeKind kind = TypeKind::kVoid;
  std::uint64_t size = 0;       ///< bytes
  std::uint64_t alignment = 1;  ///< bytes

  // kInteger
  int width = 0;  ///< value bits and sign bit: 1 for _Bool, 8 .. 64 otherwise
  bool is_signed = false;
  bool is_bool = false;
  std::string name;  ///< C spelling for the printer: "unsigned long", "enum colour"; the tag of a struct

  TypeId element;             ///< kPointer: pointee; kArray: element
  std::uint64_t count = 0;    ///< kArray: number of elements
  std::vector<Field> fields;  ///< kStruct, in declaration order

  bool is_integer() const { return kind == TypeKind::kInteger; }
  bool is_pointer() const { return kind == TypeKind::kPointer; }
  bool is_scalar() const { return is_integer() || is_pointer(); }
  auto operator<=>(const Type&) const = default;
};

}  // namespace assay::program
