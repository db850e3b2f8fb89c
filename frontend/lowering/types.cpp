#include "frontend/lowering/types.h"

#include <clang/AST/Decl.h>
#include <clang/AST/RecordLayout.h>
#include <fmt/format.h>

namespace assay::lowering {

using program::Field;
using program::Type;
using program::TypeId;
using program::TypeKind;

TypeTable::TypeTable(clang::ASTContext& context, program::Program& program) : context_(context), program_(program) {}

std::optional<TypeId> TypeTable::refuse(std::string why) {
  why_ = std::move(why);
  return std::nullopt;
}

std::optional<TypeId> TypeTable::lower(clang::QualType type) {
  clang::QualType canonical = context_.getCanonicalType(type);
  if (canonical.isVolatileQualified()) return refuse("volatile object");
  canonical = canonical.getUnqualifiedType();
  if (auto found = rows_.find(canonical.getTypePtr()); found != rows_.end()) return found->second;
  std::optional<TypeId> row = compute(canonical);
  if (row) rows_.emplace(canonical.getTypePtr(), *row);
  return row;
}

std::optional<TypeId> TypeTable::compute(clang::QualType type) {
  if (type->isVoidType()) {
    Type row;
    row.name = "void";
    return program_.intern(std::move(row));
  }
  if (type->isAtomicType()) return refuse("_Atomic object");
  if (type->isIntegralOrEnumerationType()) return integer(type);
  if (type->isRealFloatingType()) return refuse(fmt::format("floating-point type '{}'", type.getAsString()));
  if (type->isAnyComplexType()) return refuse("complex number");
  if (type->isFunctionPointerType()) return refuse("function pointer");
  if (type->isFunctionType()) return refuse("function used as a value");
  if (const auto* target = type->getAs<clang::PointerType>()) return pointer(target->getPointeeType());
  if (type->isVariableArrayType()) return refuse("variable-length array");
  if (type->isIncompleteArrayType()) return refuse("array of unknown size");
  if (const auto* array_type = context_.getAsConstantArrayType(type)) return array(array_type);
  if (const auto* record_type = type->getAs<clang::RecordType>()) return record(record_type->getDecl());
  return refuse(fmt::format("type '{}'", type.getAsString()));
}

std::optional<TypeId> TypeTable::integer(clang::QualType type) {
  if (const auto* enumeration = type->getAs<clang::EnumType>(); enumeration && !enumeration->getDecl()->isComplete())
    return refuse("incomplete enum");
  if (type->isBitIntType()) return refuse("_BitInt");
  Type row;
  row.kind = TypeKind::kInteger;
  row.is_bool = type->isBooleanType();
  row.size = static_cast<std::uint64_t>(context_.getTypeSizeInChars(type).getQuantity());
  row.alignment = static_cast<std::uint64_t>(context_.getTypeAlignInChars(type).getQuantity());
  row.width = row.is_bool ? 1 : static_cast<int>(context_.getIntWidth(type));
  row.is_signed = type->isSignedIntegerOrEnumerationType();
  if (row.width > 64) return refuse(fmt::format("{}-bit integer", row.width));
  row.name = row.is_bool ? "_Bool" : type.getAsString(context_.getPrintingPolicy());
  if (const auto* enumeration = type->getAs<clang::EnumType>()) {
    const clang::EnumDecl* decl = enumeration->getDecl();
    if (decl->getName().empty())  // an enum without a name cannot be spelt again: use the integer type it is stored as
      row.name = decl->getIntegerType().getUnqualifiedType().getAsString(context_.getPrintingPolicy());
    else row.name = fmt::format("enum {}", decl->getName().str());
  }
  return program_.intern(std::move(row));
}

std::optional<TypeId> TypeTable::pointer(clang::QualType pointee) {
  std::optional<TypeId> element = lower(pointee);
  if (!element) return std::nullopt;
  return pointer_to(*element);
}

TypeId TypeTable::pointer_to(TypeId element) {
  Type row;
  row.kind = TypeKind::kPointer;
  row.element = element;
  row.size = static_cast<std::uint64_t>(context_.getTypeSizeInChars(context_.VoidPtrTy).getQuantity());
  row.alignment = static_cast<std::uint64_t>(context_.getTypeAlignInChars(context_.VoidPtrTy).getQuantity());
  return program_.intern(std::move(row));
}

std::optional<TypeId> TypeTable::array(const clang::ConstantArrayType* type) {
  clang::CharUnits size = context_.getTypeSizeInChars(clang::QualType(type, 0));
  if (size.getQuantity() < 0 || static_cast<std::uint64_t>(size.getQuantity()) > kMaxObjectBytes)
    return refuse(fmt::format("array of {} bytes (at most {} are modelled)", size.getQuantity(), kMaxObjectBytes));
  if (type->getSize().isZero()) return refuse("array without elements");
  std::optional<TypeId> element = lower(type->getElementType());
  if (!element) return std::nullopt;
  Type row;
  row.kind = TypeKind::kArray;
  row.element = *element;
  row.count = type->getSize().getZExtValue();
  row.size = static_cast<std::uint64_t>(size.getQuantity());
  row.alignment = static_cast<std::uint64_t>(context_.getTypeAlignInChars(clang::QualType(type, 0)).getQuantity());
  return program_.intern(std::move(row));
}

std::string TypeTable::unique_tag(const clang::RecordDecl* record) {
  std::string tag = record->getName().str();
  if (tag.empty())
    if (const clang::TypedefNameDecl* name = record->getTypedefNameForAnonDecl()) tag = name->getName().str();
  if (tag.empty()) tag = "anonymous";
  std::string unique = tag;
  for (int number = 2; !tags_.insert(unique).second; ++number) unique = fmt::format("{}_{}", tag, number);
  return unique;
}

std::uint32_t TypeTable::field_index(const clang::FieldDecl* field) { return field->getFieldIndex(); }

// A struct may point to itself, so its row exists before its fields are known.
std::optional<TypeId> TypeTable::record(const clang::RecordDecl* record) {
  if (auto refused = refused_records_.find(record); refused != refused_records_.end()) return refuse(refused->second);
  auto refuse_record = [&](std::string why) {
    refused_records_.emplace(record, why);
    return refuse(std::move(why));
  };
  if (record->isUnion()) return refuse_record(fmt::format("union '{}'", record->getName().str()));
  Type row;
  row.kind = TypeKind::kStruct;
  row.name = unique_tag(record);
  const clang::RecordDecl* definition = record->getDefinition();
  const clang::Type* key = context_.getRecordType(record).getCanonicalType().getTypePtr();
  TypeId id{static_cast<std::uint32_t>(program_.types.size())};
  program_.types.push_back(row);
  rows_.emplace(key, id);
  if (!definition) return id;  // only ever used behind a pointer
  if (definition->hasFlexibleArrayMember()) {
    rows_.erase(key);
    return refuse_record("flexible array member");
  }
  const clang::ASTRecordLayout& layout = context_.getASTRecordLayout(definition);
  row.size = static_cast<std::uint64_t>(layout.getSize().getQuantity());
  row.alignment = static_cast<std::uint64_t>(layout.getAlignment().getQuantity());
  if (row.size > kMaxObjectBytes) {
    rows_.erase(key);
    return refuse_record(fmt::format("struct of {} bytes", row.size));
  }
  for (const clang::FieldDecl* field : definition->fields()) {
    std::optional<TypeId> type;
    if (field->isBitField()) refuse(fmt::format("bit-field '{}'", field->getName().str()));
    else type = lower(field->getType());
    if (!type) {
      rows_.erase(key);
      return refuse_record(fmt::format("struct '{}' with {}", row.name, why_));
    }
    std::string name = field->getName().empty() ? fmt::format("anonymous_{}", field->getFieldIndex()) : field->getName().str();
    row.fields.push_back({std::move(name), *type, layout.getFieldOffset(field->getFieldIndex()) / 8});
  }
  if (row.fields.empty()) {
    rows_.erase(key);
    return refuse_record("struct without members");
  }
  program_.types[id.value] = std::move(row);
  return id;
}

TypeId TypeTable::int_type() { return *lower(context_.IntTy); }
TypeId TypeTable::pointer_difference_type() { return *lower(context_.getPointerDiffType()); }

}  // namespace assay::lowering
