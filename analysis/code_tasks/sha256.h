// SHA-256 of a text, as 64 hex digits: the commitment to a sealed plan must not be invertible, which the content hashes of base/ do not claim.
//
// Source: FIPS 180-4. Test: tests/analysis/code_tasks_fault_plan_test.cpp (the standard's vectors)
#pragma once

#include <string>
#include <string_view>

namespace assay::analysis::code_tasks {

std::string sha256(std::string_view text);

}  // namespace assay::analysis::code_tasks
