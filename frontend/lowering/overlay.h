// Contracts as Clang can parse them: the text of a file with each clause turned into a call where it stands.
//
//   //@ requires n > 0;                      (comment stays)
//   int f(int n) {                           int f(int n) {__assay_clause(0,(n > 0));
//     //@ label start                          __assay_clause(1);//@ label start
//
// `//@ ...` and `/*@ ... */` comments and the __CPROVER_ clauses between declarator and body become calls of functions that a virtual
// header declares. Nothing inserted contains a line break and no byte of the original moves to another line, so __LINE__ and `#line` are as
// before; SourceMap takes every position back to the file as written.
// Cost: one pass of Clang's raw lexer. Test: tests/frontend/lowering_contracts_test.cpp
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "frontend/lowering/contracts.h"
#include "frontend/lowering/source_map.h"

namespace assay::lowering {

struct Overlay {
  std::string text;
  SourceMap map;
  std::vector<ContractClause> clauses;
  std::string declarations;  ///< the virtual header; empty if the file has no contracts
};

/// Errors: kInput at a clause that stands where no clause can, or whose keyword is unknown.
Result<Overlay> make_overlay(std::string_view source, const std::string& file_name);

}  // namespace assay::lowering
