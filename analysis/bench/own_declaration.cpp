#include "analysis/bench/own_declaration.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "base/text.h"

namespace assay::analysis::bench {
namespace {

bool is_name(std::string_view token) { return in_identifier(token.front()) && std::isdigit(static_cast<unsigned char>(token.front())) == 0; }

/// Words and single characters, blanks left out.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && in_identifier(text[end])) ++end;
    if (end == at) ++end;
    if (std::isspace(static_cast<unsigned char>(text[at])) == 0) tokens.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

struct Signature {
  std::vector<std::string> names;               ///< of the parameters; empty where one has none
  std::vector<std::vector<std::string>> types;  ///< of the parameters, and what stands before and behind them
};

using Tokens = std::vector<std::string>;

/// Takes the name out of `parameter`: the last word before its array bounds, or the word in "(*name)". "T name[]" becomes "T *".
std::string take_name(Tokens& parameter) {
  auto name = std::find(parameter.begin(), parameter.end(), "[");
  const bool is_array = name != parameter.end();
  if (!is_array)
    for (std::size_t i = 0; i + 3 < parameter.size(); ++i)
      if (parameter[i] == "(" && parameter[i + 1] == "*" && parameter[i + 3] == ")") name = parameter.begin() + static_cast<std::ptrdiff_t>(i) + 3;
  if (name - parameter.begin() < 2) return {};
  --name;
  if (!is_name(*name)) return {};
  std::string found = *name;
  if (is_array) {
    const auto close = std::find(name, parameter.end(), "]");
    *name = "*";
    parameter.erase(name + 1, close == parameter.end() ? close : close + 1);
  } else {
    parameter.erase(name);
  }
  return found;
}

std::optional<Signature> signature_of(const std::string& declaration, const std::string& function) {
  const Tokens tokens = tokens_of(declaration);
  auto at = tokens.begin();
  while (at != tokens.end() && !(*at == function && at + 1 != tokens.end() && at[1] == "(")) ++at;
  if (at == tokens.end()) return std::nullopt;
  Signature signature;
  signature.types.emplace_back(tokens.begin(), at);
  Tokens parameter;
  int depth = 1;
  for (at += 2; at != tokens.end(); ++at) {
    if (*at == "(" || *at == "[" || *at == "<" || *at == "{") ++depth;
    if ((*at == ")" || *at == "]" || *at == ">" || *at == "}") && --depth == 0) break;
    if (depth > 1 || *at != ",") {
      parameter.push_back(*at);
      continue;
    }
    signature.names.push_back(take_name(parameter));
    signature.types.push_back(std::move(parameter));
    parameter.clear();
  }
  if (at == tokens.end()) return std::nullopt;
  signature.names.push_back(take_name(parameter));
  signature.types.push_back(std::move(parameter));
  signature.types.emplace_back(at, tokens.end());
  return signature;
}

/// `clause` with other names for its parameters; members keep theirs.
std::string renamed(const std::string& clause, const std::map<std::string, std::string>& names) {
  std::string text;
  for (std::size_t at = 0; at < clause.size();) {
    std::size_t end = at;
    while (end < clause.size() && in_identifier(clause[end])) ++end;
    const std::string word = clause.substr(at, end - at);
    const bool member = text.ends_with('.') || text.ends_with("->");
    const auto found = member ? names.end() : names.find(word);
    if (end == at) text += clause[end++];
    else text += found == names.end() ? word : found->second;
    at = end;
  }
  return text;
}

bool says(const std::vector<std::string>& clauses, const std::string& name) {
  return std::any_of(clauses.begin(), clauses.end(), [&](const std::string& clause) {
    const Tokens tokens = tokens_of(clause);
    return std::find(tokens.begin(), tokens.end(), name) != tokens.end();
  });
}

}  // namespace

OwnDeclaration own_declaration(const CodeTask& task, const std::string& repeated) {
  using Use = OwnDeclaration::Use;
  const std::optional<Signature> asked = signature_of(task.declaration, task.function), own = signature_of(repeated, task.function);
  if (!asked || !own || asked->names == own->names) return {};
  bool exchanged = false;
  std::map<std::string, std::string> names;  // the prompt's to the answer's, where they differ
  for (std::size_t i = 0; i < own->names.size(); ++i) {
    const std::string& name = own->names[i];
    const bool both = i < asked->names.size();
    if (name.empty() || (both && asked->names[i] == name)) continue;
    exchanged = exchanged || std::find(asked->names.begin(), asked->names.end(), name) != asked->names.end();
    if (both) names[asked->names[i]] = name;
  }
  const auto in_contract = [&](const auto& renaming) { return says(task.contract, renaming.second); };
  // A contract that speaks of exchanged names, or has a name for something else, could be read in two ways.
  const bool ambiguous = !task.contract.empty() && exchanged;
  if (ambiguous || asked->types != own->types || std::any_of(names.begin(), names.end(), in_contract))
    return {exchanged ? Use::kNeither : Use::kPrompt, {}};
  OwnDeclaration found{Use::kOwn, {}};
  for (const std::string& clause : task.contract) found.contract.push_back(renamed(clause, names));
  return found;
}

}  // namespace assay::analysis::bench
