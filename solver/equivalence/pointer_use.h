// What a function can do to tell shared memory from memory apart: writes through pointers, and comparisons of two pointers.
//
//   int sum(const int *a, const int *b) { return *a + *b; }       neither: its answer is the same when a == b
//
// Looks at everything that the function can reach, its contracts included, without regard to conditions.
// Cost: one walk. Test: tests/solver/sharing_test.cpp
#pragma once

#include "frontend/program/program.h"

namespace assay::solver {

struct PointerUse {
  bool writes = false;    ///< a store through some pointer
  bool compares = false;  ///< two pointers are compared or subtracted (a test for null is no comparison)
  /// Neither: whether pointers share memory makes no difference to what is read.
  bool sees_sharing() const { return writes || compares; }
};

PointerUse pointer_use(const program::Program& program, program::FunctionId function);

/// The null pointer, under any number of conversions.
bool is_null_constant(const program::Expr& expr);

}  // namespace assay::solver
