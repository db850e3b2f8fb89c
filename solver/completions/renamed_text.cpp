#include "solver/completions/renamed_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace assay::solver {

using program::SourceFacts;
using program::SourceToken;
using program::SourceUse;

namespace {

using Kind = SourceToken::Kind;

class Walk {
 public:
  Walk(const TextWithFacts& written, const TextWithFacts& right) : written_(written), right_(right), names_(right.facts.variables.size()) {
    for (const SourceUse& use : right.facts.uses) variable_at_[use.at] = use.variable;
    find_scopes();
    for (const SourceToken& token : right.facts.tokens)
      if (!variable_at_.contains(token.begin) && (token.begin >= right.facts.function->begin || token.in_directive))
        taken_.insert(right.spelling(token));
  }

  RenamedText run() {
    RenamedText found;
    const auto &w = written_.facts.tokens, &r = right_.facts.tokens;
    while (found.tokens < w.size() && found.tokens < r.size() && agree(w[found.tokens], r[found.tokens])) ++found.tokens;
    for (std::size_t v = 0; v < names_.size(); ++v)
      if (names_[v].empty()) names_[v] = own_or_fresh(v);
    found.text = text();
    if (found.tokens < r.size()) found.next = spelling(r[found.tokens]);
    return found;
  }

 private:
  /// From its name's place to the end of the block, or of the `for` that declares it; a parameter's scope is the function.
  void find_scopes() {
    ends_.assign(names_.size(), right_.text.size());
    std::vector<std::vector<std::size_t>> open(1);  // variables by block
    for (const SourceToken& token : right_.facts.tokens) {
      const std::string_view word = right_.spelling(token);
      const auto variable = variable_at_.find(token.begin);
      if (variable != variable_at_.end() && right_.facts.variables[variable->second].declared == token.begin) open.back().push_back(variable->second);
      if (word == "{") open.emplace_back();
      if (word != "}" || open.size() < 2) continue;
      for (const std::size_t v : open.back()) ends_[v] = token.begin;
      open.pop_back();
    }
    end_loops();
  }

  /// A variable that a `for` declares ends with the loop's statement.
  void end_loops() {
    const std::vector<SourceToken>& tokens = right_.facts.tokens;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      if (right_.spelling(tokens[i]) != "for" || tokens[i].kind != Kind::kKeyword) continue;
      const std::size_t close = closing(i + 1), end = end_of_statement(close + 1);
      for (std::size_t t = i; t < std::min(close, tokens.size()); ++t) {
        const auto use = variable_at_.find(tokens[t].begin);
        if (use == variable_at_.end() || right_.facts.variables[use->second].declared != tokens[t].begin || end >= tokens.size()) continue;
        ends_[use->second] = tokens[end].begin;
      }
    }
  }

  /// The token that closes the bracket at `open`; the number of tokens if none does.
  std::size_t closing(std::size_t open) const {
    const std::vector<SourceToken>& tokens = right_.facts.tokens;
    int depth = 0;
    for (std::size_t t = open; t < tokens.size(); ++t) {
      const std::string_view word = right_.spelling(tokens[t]);
      if (word == "(" || word == "{" || word == "[") ++depth;
      if ((word == ")" || word == "}" || word == "]") && --depth == 0) return t;
    }
    return tokens.size();
  }

  std::size_t end_of_statement(std::size_t begin) const {
    const std::vector<SourceToken>& tokens = right_.facts.tokens;
    if (begin >= tokens.size()) return tokens.size();
    const std::string_view word = right_.spelling(tokens[begin]);
    if (word == "{") return closing(begin);
    if (word == "for" || word == "while" || word == "switch" || word == "if") {
      const std::size_t end = end_of_statement(closing(begin + 1) + 1);
      const bool with_else = word == "if" && end + 1 < tokens.size() && right_.spelling(tokens[end + 1]) == "else";
      return with_else ? end_of_statement(end + 2) : end;
    }
    if (word == "do") {  // do statement while (...);
      const std::size_t end = end_of_statement(begin + 1);
      return end + 2 < tokens.size() ? closing(end + 2) + 1 : tokens.size();
    }
    for (std::size_t t = begin; t < tokens.size(); ++t)
      if (right_.spelling(tokens[t]) == ";") return t;
    return tokens.size();
  }

  bool agree(const SourceToken& w, const SourceToken& r) {
    const std::string_view word = written_.spelling(w);
    const auto variable = variable_at_.find(r.begin);
    if (variable == variable_at_.end()) return word == right_.spelling(r);
    if (w.kind != Kind::kIdentifier) return false;
    std::string& name = names_[variable->second];
    if (name.empty() && may_be_called(variable->second, word)) name = std::string(word);
    return name == word;
  }

  /// No other variable that is called so is in scope together with it, and nothing else is.
  bool may_be_called(std::size_t variable, std::string_view name) const {
    if (taken_.contains(name)) return false;
    for (std::size_t other = 0; other < names_.size(); ++other) {
      if (other == variable || names_[other] != name) continue;
      const auto &a = right_.facts.variables[variable], &b = right_.facts.variables[other];
      if (a.name != b.name && a.declared < ends_[other] && b.declared < ends_[variable]) return false;
    }
    return true;
  }

  std::string own_or_fresh(std::size_t variable) const {
    const std::string& own = right_.facts.variables[variable].name;
    // Those that the right text calls alike were told apart by scope there; one of them may have got another name.
    if (may_be_called(variable, own) && !is_called_by_another(variable, own)) return own;
    for (int i = 1;; ++i)
      if (std::string name = fmt::format("{}_{}", own, i); may_be_called(variable, name)) return name;
  }

  bool is_called_by_another(std::size_t variable, const std::string& name) const {
    for (std::size_t other = 0; other < names_.size(); ++other)
      if (other != variable && names_[other] == name && right_.facts.variables[other].name != name) return true;
    return false;
  }

  std::string spelling(const SourceToken& token) const {
    const auto variable = variable_at_.find(token.begin);
    return variable == variable_at_.end() ? std::string(right_.spelling(token)) : names_[variable->second];
  }

  std::string text() const {
    std::string text;
    std::size_t at = 0;
    for (const SourceToken& token : right_.facts.tokens) {
      if (!variable_at_.contains(token.begin)) continue;
      text += std::string(right_.text.substr(at, token.begin - at)) + spelling(token);
      at = token.end;
    }
    return text + std::string(right_.text.substr(at));
  }

  const TextWithFacts& written_;
  const TextWithFacts& right_;
  std::map<std::size_t, std::size_t> variable_at_;
  std::set<std::string_view> taken_;  ///< what is no variable of the function there
  std::vector<std::string> names_;    ///< by variable of the right text; empty: not met yet
  std::vector<std::size_t> ends_;     ///< of scopes
};

}  // namespace

std::optional<RenamedText> renamed(const TextWithFacts& written, const TextWithFacts& right) {
  if (!right.facts.function || right.facts.refused_at) return std::nullopt;
  return Walk(written, right).run();
}

}  // namespace assay::solver
