#include "analysis/code_tasks/families/family.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

std::string declared(const Parameter& parameter) {
  const std::string type = type_name(parameter.type);
  if (!parameter.array) return type + " " + parameter.name;
  return (parameter.written ? "" : "const ") + type + " *" + parameter.name;
}

std::string within(const std::string& what, const Range& range, Type type) {
  if (type == Type::kUnsigned && range.low == 0) return fmt::format("{} <= {}", what, range.high);
  return fmt::format("{0} >= {1} && {0} <= {2}", what, range.low, range.high);
}

const Parameter& named(const FunctionText& function, const std::string& name) {
  return *std::find_if(function.parameters.begin(), function.parameters.end(), [&](const Parameter& p) { return p.name == name; });
}

/// One clause per element, so that neither a loop nor a helper function stands in the contract.
void add_elements(const FunctionText& function, const Parameter& array, std::vector<std::string>& clauses) {
  const Range lengths = *named(function, array.bound).range;
  for (std::int64_t j = 0; j < lengths.high + array.extra; ++j) {
    const std::string element = within(fmt::format("{}[{}]", array.name, j), *array.range, array.type);
    if (lengths.low + array.extra > j) clauses.push_back(fmt::format("requires {};", element));
    else clauses.push_back(fmt::format("requires {} <= {} || ({});", array.bound, j - array.extra, element));
  }
}

}  // namespace

std::string declaration_of(const FunctionText& function) {
  std::string text = function.result + " " + function.name + "(";
  for (std::size_t i = 0; i < function.parameters.size(); ++i) text += (i == 0 ? "" : ", ") + declared(function.parameters[i]);
  return text + ") {";
}

std::string body_of(const FunctionText& function) {
  std::string text;
  for (const std::string& line : function.body) text += "\n" + line;
  return text + "\n}";
}

std::vector<std::string> contract_of(const FunctionText& function) {
  std::vector<std::string> clauses;
  for (const Parameter& p : function.parameters)
    if (!p.array && p.range) clauses.push_back(fmt::format("requires {};", within(p.name, *p.range, p.type)));
  for (const std::string& clause : function.requires_) clauses.push_back(fmt::format("requires {};", clause));
  for (const Parameter& p : function.parameters) {
    if (!p.array) continue;
    clauses.push_back(p.extra == 0 ? fmt::format("requires length({}) == {};", p.name, p.bound)
                                   : fmt::format("requires length({}) == {} + {};", p.name, p.bound, p.extra));
    if (p.range) add_elements(function, p, clauses);
  }
  for (const std::string& clause : function.ensures) clauses.push_back(fmt::format("ensures {};", clause));
  return clauses;
}

}  // namespace assay::analysis::code_tasks
