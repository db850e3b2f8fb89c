#include "frontend/lowering/sequence.h"

#include <clang/AST/Expr.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace assay::lowering {

namespace {

using clang::ASTContext;
using clang::Expr;

/// What an access touches: a named object, one of its members, or memory behind a pointer or index.
struct Object {
  const clang::ValueDecl* variable = nullptr;  // null: memory through a pointer
  std::vector<const clang::Decl*> members;     // path of members, for structs
  bool indexed = false;                        // an element whose index is not a constant
  std::vector<std::uint64_t> indices;          // constant indices along the path
  clang::QualType type;
};

struct Access {
  Object object;
  bool write = false;
  bool pending = false;      ///< a side effect that is not sequenced before the value of the expression
  bool conditional = false;  ///< happens on some paths only
};

using Accesses = std::vector<Access>;

enum class Overlap { kNever, kMaybe, kSame };

bool is_named(const Object& object) { return object.variable != nullptr; }

/// Objects of incompatible types do not overlap (effective types, C17 6.5p7); characters may be anything.
bool may_alias_by_type(ASTContext& context, clang::QualType a, clang::QualType b) {
  a = context.getCanonicalType(a).getUnqualifiedType();
  b = context.getCanonicalType(b).getUnqualifiedType();
  if (a->isCharType() || b->isCharType() || a->isRecordType() || b->isRecordType()) return true;
  if (a->isIntegerType() && b->isIntegerType()) return context.getTypeSize(a) == context.getTypeSize(b);
  return context.hasSameType(a, b);
}

Overlap overlap(ASTContext& context, const std::set<const clang::VarDecl*>& exposed, const Object& a, const Object& b) {
  if (is_named(a) && is_named(b)) {
    if (a.variable != b.variable) return Overlap::kNever;
    std::size_t common = std::min(a.members.size(), b.members.size());
    if (!std::equal(a.members.begin(), a.members.begin() + static_cast<std::ptrdiff_t>(common), b.members.begin())) return Overlap::kNever;
    if (a.indexed || b.indexed) return Overlap::kMaybe;
    return a.indices == b.indices ? Overlap::kSame : Overlap::kNever;
  }
  if (!may_alias_by_type(context, a.type, b.type)) return Overlap::kNever;
  const Object* named = is_named(a) ? &a : is_named(b) ? &b : nullptr;
  if (named) {  // a pointer reaches a variable only if its address is taken somewhere
    const auto* variable = llvm::dyn_cast<clang::VarDecl>(named->variable);
    return variable && exposed.count(variable->getCanonicalDecl()) == 0 ? Overlap::kNever : Overlap::kMaybe;
  }
  return Overlap::kMaybe;
}

class Finder {
 public:
  Finder(ASTContext& context, const std::set<const clang::VarDecl*>& exposed) : context_(context), exposed_(exposed) {}
  std::map<const Expr*, SequenceConflict> conflicts;

  Accesses visit(const Expr* e);

 private:
  Object object_of(const Expr* e, Accesses& accesses);
  Accesses write(const Expr* target, const Expr* value, const Expr* at, bool reads_target, bool pending_after);
  Accesses both(const Expr* a, const Expr* b, const Expr* at);
  void compare(const Accesses& a, const Accesses& b, const Expr* at);
  void compare_one(const Access& a, const Access& b, const Expr* at);
  void report(const Expr* at, bool definite, const Object& object);
  static void settle(Accesses& accesses) {
    for (Access& access : accesses) access.pending = false;
  }
  static void join(Accesses& to, Accesses&& from, bool conditional = false) {
    for (Access& access : from) {
      access.conditional |= conditional;
      to.push_back(std::move(access));
    }
  }

  ASTContext& context_;
  const std::set<const clang::VarDecl*>& exposed_;
};

void Finder::report(const Expr* at, bool definite, const Object& object) {
  std::string name = object.variable ? fmt::format("'{}'", object.variable->getNameAsString()) : "memory";
  auto [entry, inserted] = conflicts.try_emplace(at, SequenceConflict{definite, name});
  if (!inserted && definite && !entry->second.definite) entry->second = {definite, name};
}

void Finder::compare_one(const Access& a, const Access& b, const Expr* at) {
  if (!a.write && !b.write) return;
  Overlap how = overlap(context_, exposed_, a.object, b.object);
  if (how == Overlap::kNever) return;
  report(at, how == Overlap::kSame && !a.conditional && !b.conditional, is_named(a.object) ? a.object : b.object);
}

void Finder::compare(const Accesses& a, const Accesses& b, const Expr* at) {
  for (const Access& one : a)
    for (const Access& other : b) compare_one(one, other, at);
}

/// Operands without an order between them.
Accesses Finder::both(const Expr* a, const Expr* b, const Expr* at) {
  Accesses left = visit(a), right = visit(b);
  compare(left, right, at);
  join(left, std::move(right));
  return left;
}

/// The object that an lvalue names; what evaluating the lvalue accesses goes to `accesses`.
Object Finder::object_of(const Expr* e, Accesses& accesses) {
  e = e->IgnoreParens();
  Object object;
  if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(e)) {
    object.variable = reference->getDecl();
  } else if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(e)) {
    if (member->isArrow()) {
      join(accesses, visit(member->getBase()));
    } else {
      object = object_of(member->getBase(), accesses);
      object.members.push_back(member->getMemberDecl());
    }
  } else if (const auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(e)) {
    const auto* decayed = llvm::dyn_cast<clang::ImplicitCastExpr>(element->getBase()->IgnoreParens());
    if (decayed && decayed->getCastKind() == clang::CK_ArrayToPointerDecay) {
      Accesses base, index = visit(element->getIdx());
      object = object_of(decayed->getSubExpr(), base);
      compare(base, index, e);
      join(accesses, std::move(base));
      join(accesses, std::move(index));
      clang::Expr::EvalResult known;
      if (element->getIdx()->EvaluateAsInt(known, context_)) object.indices.push_back(known.Val.getInt().getLimitedValue());
      else object.indexed = true;
    } else {
      join(accesses, both(element->getBase(), element->getIdx(), e));
    }
  } else if (const auto* deref = llvm::dyn_cast<clang::UnaryOperator>(e); deref && deref->getOpcode() == clang::UO_Deref) {
    join(accesses, visit(deref->getSubExpr()));
  } else {
    join(accesses, visit(e));
  }
  object.type = e->getType();
  return object;
}

/// target = value, target op= value, ++target: the write follows the values of both operands, but not their pending side effects.
Accesses Finder::write(const Expr* target, const Expr* value, const Expr* at, bool reads_target, bool pending_after) {
  Accesses left, right;
  Object object = object_of(target, left);
  if (value) right = visit(value);
  if (reads_target) left.push_back({object, false, false, false});
  compare(left, right, at);
  join(left, std::move(right));
  // a[i] = a[j] = 0 writes one value twice at worst.
  const auto* chained = value ? llvm::dyn_cast<clang::BinaryOperator>(value->IgnoreParenImpCasts()) : nullptr;
  bool chain = chained && chained->getOpcode() == clang::BO_Assign && context_.hasSameType(chained->getType(), target->getType());
  Access own{object, true, true, false};
  for (const Access& access : left) {
    if (!access.write || !access.pending) continue;
    if (chain && overlap(context_, exposed_, access.object, object) == Overlap::kMaybe) continue;
    compare_one(access, own, at);
  }
  own.pending = pending_after;
  left.push_back(std::move(own));
  return left;
}

Accesses Finder::visit(const Expr* e) {
  using namespace clang;
  e = e->IgnoreParens();
  if (const auto* cast = llvm::dyn_cast<CastExpr>(e)) {
    if (cast->getCastKind() != CK_LValueToRValue) return visit(cast->getSubExpr());
    Accesses accesses;
    Object object = object_of(cast->getSubExpr(), accesses);
    accesses.push_back({std::move(object), false, false, false});
    return accesses;
  }
  if (const auto* assign = llvm::dyn_cast<BinaryOperator>(e); assign && assign->isAssignmentOp())
    return write(assign->getLHS(), assign->getRHS(), e, assign->isCompoundAssignmentOp(), true);
  if (const auto* two = llvm::dyn_cast<BinaryOperator>(e)) {
    if (two->isLogicalOp() || two->getOpcode() == BO_Comma) {
      Accesses first = visit(two->getLHS());
      settle(first);
      join(first, visit(two->getRHS()), two->isLogicalOp());
      return first;
    }
    return both(two->getLHS(), two->getRHS(), e);
  }
  if (const auto* step = llvm::dyn_cast<UnaryOperator>(e)) {
    if (step->isIncrementDecrementOp()) return write(step->getSubExpr(), nullptr, e, true, true);
    if (step->getOpcode() != UO_AddrOf && step->getOpcode() != UO_Deref) return visit(step->getSubExpr());
    Accesses accesses;
    object_of(step->getOpcode() == UO_AddrOf ? step->getSubExpr() : step, accesses);
    return accesses;
  }
  if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(e)) {
    Accesses all = visit(choice->getCond());
    settle(all);
    join(all, visit(choice->getTrueExpr()), true);
    join(all, visit(choice->getFalseExpr()), true);
    return all;
  }
  if (const auto* call = llvm::dyn_cast<CallExpr>(e)) {
    std::vector<Accesses> parts;
    for (const Expr* argument : call->arguments()) parts.push_back(visit(argument));
    Accesses all;
    for (Accesses& part : parts) {
      compare(all, part, e);
      join(all, std::move(part));
    }
    settle(all);  // a sequence point before the call
    return all;
  }
  if (e->isLValue()) {
    Accesses accesses;
    if (llvm::isa<DeclRefExpr, MemberExpr, ArraySubscriptExpr>(e)) object_of(e, accesses);
    return accesses;
  }
  if (llvm::isa<UnaryExprOrTypeTraitExpr>(e)) return {};  // not evaluated
  if (llvm::isa<StmtExpr>(e)) return {};                  // full expressions of their own
  Accesses all;
  for (const clang::Stmt* child : e->children())
    if (const auto* sub = llvm::dyn_cast_or_null<Expr>(child)) join(all, visit(sub));  // initialiser lists: indeterminately sequenced
  return all;
}

}  // namespace

std::map<const Expr*, SequenceConflict> find_sequence_conflicts(ASTContext& context, const std::set<const clang::VarDecl*>& exposed,
                                                                const Expr* full) {
  Finder finder(context, exposed);
  finder.visit(full);
  return std::move(finder.conflicts);
}

}  // namespace assay::lowering
