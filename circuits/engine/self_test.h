// What `assay doctor` asks of the engine: on a small random network of each layout, tree enumeration, its float64 form and full forward
// passes must agree. Test: tests/circuits/loader_test.cpp
#pragma once

#include "base/result.h"

namespace assay::circuits {

Status run_self_test();

}  // namespace assay::circuits
