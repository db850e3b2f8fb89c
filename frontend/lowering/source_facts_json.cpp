#include "frontend/lowering/source_facts_json.h"

namespace assay::lowering {

using program::FunctionText;
using program::SourceFacts;
using program::SourceToken;
using program::SourceUse;
using program::SourceVariable;
using program::ValueType;
using Json = nlohmann::json;

namespace {

Json json_of(const ValueType& type) { return {type.name, type.promoted, type.is_const}; }
ValueType value_type_from(const Json& json) { return {json.at(0).get<std::string>(), json.at(1).get<std::string>(), json.at(2).get<bool>()}; }

Json json_of(const FunctionText& f) {
  return {f.begin, f.name, f.name_end, f.parameters, f.parameters_end, f.body, f.has_parameters, f.is_void, json_of(f.result)};
}

FunctionText function_from(const Json& json) {
  const auto place = [&](std::size_t i) { return json.at(i).get<std::size_t>(); };
  return {place(0), place(1), place(2), place(3), place(4), place(5), json.at(6).get<bool>(), json.at(7).get<bool>(), value_type_from(json.at(8))};
}

}  // namespace

Json to_json(const SourceFacts& facts) {
  Json tokens = Json::array(), variables = Json::array(), uses = Json::array();
  for (const SourceToken& token : facts.tokens) tokens.push_back({static_cast<int>(token.kind), token.begin, token.end, token.in_directive});
  for (const SourceVariable& v : facts.variables) variables.push_back({v.name, v.declared, json_of(v.value), json_of(v.element)});
  for (const SourceUse& use : facts.uses) uses.push_back({use.at, use.variable});
  return {{"tokens", tokens},
          {"variables", variables},
          {"uses", uses},
          {"function", facts.function ? json_of(*facts.function) : Json()},
          {"refused_at", facts.refused_at ? Json(*facts.refused_at) : Json()},
          {"refusal", facts.refusal}};
}

SourceFacts source_facts_from_json(const Json& json) {
  SourceFacts facts;
  for (const Json& t : json.at("tokens"))
    facts.tokens.push_back(
        {static_cast<SourceToken::Kind>(t.at(0).get<int>()), t.at(1).get<std::size_t>(), t.at(2).get<std::size_t>(), t.at(3).get<bool>()});
  for (const Json& v : json.at("variables"))
    facts.variables.push_back({v.at(0).get<std::string>(), v.at(1).get<std::size_t>(), value_type_from(v.at(2)), value_type_from(v.at(3))});
  for (const Json& use : json.at("uses")) {
    facts.uses.push_back({use.at(0).get<std::size_t>(), use.at(1).get<std::size_t>()});
    facts.variables.at(facts.uses.back().variable);
  }
  if (!json.at("function").is_null()) facts.function = function_from(json.at("function"));
  if (!json.at("refused_at").is_null()) facts.refused_at = json.at("refused_at").get<std::size_t>();
  facts.refusal = json.at("refusal").get<std::string>();
  return facts;
}

}  // namespace assay::lowering
