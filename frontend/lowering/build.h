// Small constructors of IR nodes, so that lowering reads like the tree it builds.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "frontend/program/program.h"

namespace assay::lowering::build {

using namespace program;  // NOLINT: this header is internal to lowering and only names IR nodes

inline ExprPtr expression(ExprKind kind, TypeId type, Origin origin) {
  auto node = std::make_unique<Expr>();
  node->kind = kind;
  node->type = type;
  node->origin = origin;
  return node;
}

inline ExprPtr constant(std::int64_t value, TypeId type, Origin origin) {
  ExprPtr node = expression(ExprKind::kConstant, type, origin);
  node->value = value;
  return node;
}

inline ExprPtr unary(UnaryOp op, ExprPtr a, TypeId type, Origin origin) {
  ExprPtr node = expression(ExprKind::kUnary, type, origin);
  node->unary_op = op;
  node->a = std::move(a);
  return node;
}

inline ExprPtr two(ExprKind kind, ExprPtr a, ExprPtr b, TypeId type, Origin origin) {
  ExprPtr node = expression(kind, type, origin);
  node->a = std::move(a);
  node->b = std::move(b);
  return node;
}

inline ExprPtr binary(BinaryOp op, ExprPtr a, ExprPtr b, TypeId type, Origin origin) {
  ExprPtr node = two(ExprKind::kBinary, std::move(a), std::move(b), type, origin);
  node->binary_op = op;
  return node;
}

inline ExprPtr compare_pointers(BinaryOp op, ExprPtr a, ExprPtr b, TypeId type, Origin origin) {
  ExprPtr node = two(ExprKind::kPointerCompare, std::move(a), std::move(b), type, origin);
  node->binary_op = op;
  return node;
}

inline ExprPtr convert(ExprPtr a, TypeId type, Origin origin) {
  if (a->type == type) return a;
  ExprPtr node = expression(ExprKind::kConvert, type, origin);
  node->a = std::move(a);
  return node;
}

inline ExprPtr load(PlacePtr place, Origin origin) {
  ExprPtr node = expression(ExprKind::kLoad, place->type, origin);
  node->place = std::move(place);
  return node;
}

inline ExprPtr address(PlacePtr place, TypeId pointer, Origin origin) {
  ExprPtr node = expression(ExprKind::kAddressOf, pointer, origin);
  node->place = std::move(place);
  return node;
}

inline PlacePtr place_of(PlaceKind kind, TypeId type, Origin origin) {
  auto node = std::make_unique<Place>();
  node->kind = kind;
  node->type = type;
  node->origin = origin;
  return node;
}

inline PlacePtr variable(VariableId id, TypeId type, Origin origin) {
  PlacePtr node = place_of(PlaceKind::kVariable, type, origin);
  node->variable = id;
  return node;
}

inline PlacePtr deref(ExprPtr pointer, TypeId type, Origin origin) {
  PlacePtr node = place_of(PlaceKind::kDeref, type, origin);
  node->pointer = std::move(pointer);
  return node;
}

inline PlacePtr element(PlacePtr base, ExprPtr index, TypeId type, Origin origin) {
  PlacePtr node = place_of(PlaceKind::kElement, type, origin);
  node->base = std::move(base);
  node->index = std::move(index);
  return node;
}

inline PlacePtr field(PlacePtr base, std::uint32_t index, TypeId type, Origin origin) {
  PlacePtr node = place_of(PlaceKind::kField, type, origin);
  node->base = std::move(base);
  node->field = index;
  return node;
}

inline Stmt statement(StmtKind kind, Origin origin) {
  Stmt node;
  node.kind = kind;
  node.origin = origin;
  return node;
}

inline Stmt assign(PlacePtr place, ExprPtr value, Origin origin) {
  Stmt node = statement(StmtKind::kAssign, origin);
  node.place = std::move(place);
  node.value = std::move(value);
  return node;
}

inline Stmt declare(VariableId id, Origin origin) {
  Stmt node = statement(StmtKind::kDeclare, origin);
  node.variable = id;
  return node;
}

inline Stmt branch(ExprPtr condition, Block then_body, Block else_body, Origin origin) {
  Stmt node = statement(StmtKind::kIf, origin);
  node.value = std::move(condition);
  node.body = std::move(then_body);
  node.else_body = std::move(else_body);
  return node;
}

inline Stmt assertion(ExprPtr condition, std::string message, Origin origin) {
  Stmt node = statement(StmtKind::kAssert, origin);
  node.value = std::move(condition);
  node.name = std::move(message);
  return node;
}

inline void append(Block& to, Block&& from) {
  for (Stmt& stmt : from) to.push_back(std::move(stmt));
}

}  // namespace assay::lowering::build
