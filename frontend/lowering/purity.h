// May a contract call this function? It must write only its own locals, and so must everything that it calls.
// Test: tests/frontend/lowering_contracts_test.cpp
#pragma once

#include "frontend/program/program.h"

namespace assay::lowering {

bool is_pure(const program::Program& program, program::FunctionId function);

}  // namespace assay::lowering
