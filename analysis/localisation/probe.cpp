#include "analysis/localisation/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/text.h"

namespace assay::analysis::localisation {
namespace {

using code_tasks::Combination;
using code_tasks::FaultKind;
using code_tasks::FaultPlan;

constexpr std::array<std::string_view, 4> kKinds = {"name", "family_before", "word", "family"};

/// The draft's combinations that differ in one attribute and keep the declaration, with what they stand for.
std::vector<std::pair<Misreading, Draft>> misread(const Draft& draft, const code_tasks::Generator& generator) {
  std::vector<std::pair<Misreading, Draft>> found;
  for (const std::size_t other : code_tasks::neighbours(draft.combination)) {
    Draft rewritten = generator.rewritten(draft, other);
    if (declaration_of(rewritten.function) != declaration_of(draft.function)) continue;
    Misreading misreading;
    for (std::size_t i = 0; i < code_tasks::kAttributeCount; ++i) {
      const std::uint8_t demanded = draft.values().values[i], written = rewritten.values().values[i];
      if (demanded != written) misreading = {false, static_cast<Attribute>(i), demanded, written};
    }
    found.emplace_back(misreading, std::move(rewritten));
  }
  if (draft.shown && can_be_gamed(draft.function)) {
    const FaultPlan games{.faulty = true, .kind = FaultKind::kGamesTests, .families = {draft.family().facts().name}};
    found.emplace_back(Misreading{.games_example = true}, apply(games, draft, generator));
  }
  return found;
}

std::vector<Situation> situations_of(const Draft& draft) {
  std::set<Situation> found = {{Situation::Kind::kFamily, draft.family().facts().name}};
  for (const code_tasks::Parameter& p : draft.function.parameters) found.insert({Situation::Kind::kName, p.name});
  for (std::string& word : comment_words(draft)) found.insert({Situation::Kind::kWord, std::move(word)});
  if (!draft.earlier.empty()) found.insert({Situation::Kind::kFamilyBefore, draft.earlier.back().family().facts().name});
  return {found.begin(), found.end()};
}

}  // namespace

std::string_view name_of(Situation::Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::string Misreading::described() const {
  if (games_example) return "special-cases the example";
  return fmt::format("{}: {} written as {}", name_of(attribute), value_name(attribute, demanded), value_name(attribute, written));
}

std::string Situation::described() const {
  switch (kind) {
    case Kind::kName: return "a parameter is named " + text;
    case Kind::kFamilyBefore: return "the function before is of family " + text;
    case Kind::kWord: return "the comment says " + text;
    case Kind::kFamily: return "the function is of family " + text;
  }
  return text;
}

std::vector<std::string> comment_words(const Draft& draft) {
  std::string text = draft.comment;
  if (draft.shown) text.resize(text.rfind("\n//", text.size() - 2) + 1);  // the example call is the last line
  std::set<std::string> left_out = {draft.function.name};
  for (const code_tasks::Parameter& p : draft.function.parameters) left_out.insert(p.name);
  std::set<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && in_identifier(text[end])) ++end;
    const std::string word = text.substr(at, end - at);
    if (!word.empty() && std::isdigit(static_cast<unsigned char>(word[0])) == 0 && !left_out.contains(word)) words.insert(word);
    at = std::max(end, at + 1);
  }
  return {words.begin(), words.end()};
}

std::optional<Site> Prober::site_of(const Misreading& misreading, const Draft& other, const Probe& probe) const {
  const Result<circuits::Tokens> body = vocabulary_.encode(other.body());
  if (!body) return {};
  const circuits::Tokens& targets = probe.sequence.targets;
  const std::size_t common = std::min(targets.size(), body->size());
  const auto at = static_cast<std::size_t>(
      std::mismatch(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(common), body->begin()).first - targets.begin());
  if (at == common) return {};
  return Site{misreading, {probe.sequence.positions[at], {targets[at]}, {(*body)[at]}}};
}

std::optional<Probe> Prober::probe(const Draft& draft) const {
  Probe probe{draft, examples_.single(draft), {}, situations_of(draft)};
  if (probe.sequence.tokens.empty()) return {};
  for (const auto& [misreading, other] : misread(draft, generator()))
    if (std::optional<Site> site = site_of(misreading, other, probe)) probe.sites.push_back(*site);
  std::sort(probe.sites.begin(), probe.sites.end(), [](const Site& a, const Site& b) { return a.misreading < b.misreading; });
  return probe;
}

}  // namespace assay::analysis::localisation
