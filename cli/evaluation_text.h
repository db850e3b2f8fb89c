// The text of `assay evaluate`, written from its JSON so that the two cannot disagree. Test: tests/cli/circuit_commands_test.cpp
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace assay::cli {

std::string evaluation_text(const nlohmann::json& result);

}  // namespace assay::cli
