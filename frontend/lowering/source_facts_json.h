// SourceFacts as they travel between processes. Test: tests/frontend/source_facts_test.cpp
#pragma once

#include <nlohmann/json.hpp>

#include "frontend/program/source_facts.h"

namespace assay::lowering {

nlohmann::json to_json(const program::SourceFacts& facts);
/// Throws nlohmann::json::exception if the JSON is not one of ours.
program::SourceFacts source_facts_from_json(const nlohmann::json& json);

}  // namespace assay::lowering
