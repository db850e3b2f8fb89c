// Clang types -> rows of Program::types. Widths, sizes and offsets come from Clang's TargetInfo.
// Test: tests/frontend/lowering_types_test.cpp
#pragma once

#include <clang/AST/ASTContext.h>

#include <map>
#include <optional>
#include <set>
#include <string>

#include "frontend/program/program.h"

namespace assay::lowering {

/// Objects above this size are refused: interpreter and solver keep one cell for each scalar.
inline constexpr std::uint64_t kMaxObjectBytes = 64u << 20;

class TypeTable {
 public:
  TypeTable(clang::ASTContext& context, program::Program& program);

  /// The row of `type` without its qualifiers, or nothing: then why() names what is unsupported.
  std::optional<program::TypeId> lower(clang::QualType type);
  const std::string& why() const { return why_; }

  program::TypeId int_type();
  program::TypeId pointer_difference_type();
  program::TypeId pointer_to(program::TypeId element);
  /// Index into Type::fields of a field of a lowered struct.
  static std::uint32_t field_index(const clang::FieldDecl* field);

 private:
  std::optional<program::TypeId> compute(clang::QualType type);
  std::optional<program::TypeId> integer(clang::QualType type);
  std::optional<program::TypeId> pointer(clang::QualType pointee);
  std::optional<program::TypeId> array(const clang::ConstantArrayType* type);
  std::optional<program::TypeId> record(const clang::RecordDecl* record);
  std::optional<program::TypeId> refuse(std::string why);
  std::string unique_tag(const clang::RecordDecl* record);

  clang::ASTContext& context_;
  program::Program& program_;
  std::map<const clang::Type*, program::TypeId> rows_;
  std::map<const clang::RecordDecl*, std::string> refused_records_;
  std::set<std::string> tags_;
  std::string why_;
};

}  // namespace assay::lowering
