// What of a C++ function has the same meaning in C: the part of C++ that is lowered.
//
//   long half(long n) { return n / 2; }                    lowered as in C
//   long size(std::vector<int> v) { return v.size(); }     "parameter of type 'std::vector<int>'"
//
// Lowering reads Clang's nodes by class and refuses those it does not know, so classes, references, templates and lambdas are refused there. Named
// here are first the constructs that C++ programs are full of, in words; and then those whose node is the same as in C while their meaning is not:
// conditions that declare, assignments inside of expressions (sequenced otherwise since C++17), signed left shifts (defined since C++20),
// overloads of library functions. Source: ISO/IEC 14882:2020. Test: tests/frontend/cxx_subset_test.cpp
#pragma once

#include <clang/AST/Decl.h>

#include <optional>
#include <string>

namespace assay::lowering {

struct CxxConstruct {
  clang::SourceLocation where;
  std::string name;
};

/// The first such construct of a function with a body, in source order; nothing: the function may be lowered.
std::optional<CxxConstruct> unmodelled_cxx(const clang::FunctionDecl* function, const clang::ASTContext& context);

}  // namespace assay::lowering
