// Finds operands of one expression whose side effects conflict without a sequence point between them (C17 6.5p2).
//
//   i = i++ + 1        definite: undefined on every path through the operator
//   (c && i++) + i     unclear: undefined only if c is true
//   a[i] = a[j]++      unclear: undefined only if i == j
//
// Cost: quadratic in the number of accesses of one full expression. Source: C17 6.5p2-3, 6.5.16p3, 6.5.2.2p10.
// Test: tests/frontend/lowering_sequence_test.cpp
#pragma once

#include <clang/AST/ASTContext.h>
#include <clang/AST/Expr.h>

#include <map>
#include <set>
#include <string>

namespace assay::lowering {

struct SequenceConflict {
  bool definite = false;
  std::string object;  ///< the variable, or "memory"
};

/// The operators of `full` at which two unsequenced accesses meet. `exposed` are the variables that pointers may reach.
std::map<const clang::Expr*, SequenceConflict> find_sequence_conflicts(clang::ASTContext& context, const std::set<const clang::VarDecl*>& exposed,
                                                                       const clang::Expr* full);

}  // namespace assay::lowering
