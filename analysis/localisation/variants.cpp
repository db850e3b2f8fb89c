#include "analysis/localisation/variants.h"

#include <algorithm>
#include <set>

namespace assay::analysis::localisation {
namespace {

using code_tasks::Draw;
using code_tasks::Parameter;
using code_tasks::Role;

constexpr int kRewordings = 24;             ///< tried for one request
constexpr std::size_t kMostWordings = 5;    ///< blended at once
constexpr std::size_t kMostMovedWords = 6;  ///< tokens: other phrases of the same length, not other sentences
constexpr std::size_t kMostEarlier = 5;     ///< families blended at once
constexpr int kAttempts = 60;

/// May this name be given to the parameter: in its pool, and nothing else is called so?
bool is_free(const Draft& draft, const std::string& name) {
  return name != draft.function.name && name != draft.names.loop &&
         std::none_of(draft.function.parameters.begin(), draft.function.parameters.end(), [&](const Parameter& p) { return p.name == name; });
}

Draft named(const Draft& draft, Role role, const std::string& name, const code_tasks::Generator& generator) {
  Draft other = draft;
  other.names.by_role[static_cast<std::size_t>(role)] = name;
  return generator.again(std::move(other));
}

bool says(const Draft& draft, const std::string& word) {
  const std::vector<std::string> words = comment_words(draft);
  return std::binary_search(words.begin(), words.end(), word);
}

std::size_t differing(const circuits::Tokens& a, const circuits::Tokens& b) {
  std::size_t count = 0;
  for (std::size_t t = 0; t < a.size(); ++t) count += a[t] != b[t] ? 1 : 0;
  return count;
}

}  // namespace

Variants::Variants(const Prober& prober, std::size_t earlier, std::uint64_t seed) : prober_(prober) {
  Draw draw(seed);
  while (earlier_.size() < earlier) {
    Draft draft = prober.generator().draft(draw.next(), {.example_share = 0, .earlier_share = 0});
    const auto tokens = prober.vocabulary().encode(draft.prompt() + draft.body() + "\n\n");
    if (tokens) earlier_.push_back({std::move(draft), tokens->size()});
  }
}

/// The drafts that have the base's length and sites, with what they gain.
std::optional<Axis> Variants::finished(const Probe& base, const std::vector<Draft>& drafts) const {
  Axis axis{{{base.draft, base.sequence.tokens, {}}}, {}};
  for (const Draft& draft : drafts) {
    const std::optional<Probe> probe = prober_.probe(draft);
    if (!probe || probe->sequence.tokens.size() != base.sequence.tokens.size() || probe->sequence.positions != base.sequence.positions) continue;
    Variant variant{draft, probe->sequence.tokens, {}};
    std::set_difference(probe->situations.begin(), probe->situations.end(), base.situations.begin(), base.situations.end(),
                        std::back_inserter(variant.gained));
    axis.variants.push_back(std::move(variant));
  }
  if (axis.variants.size() < 2) return {};
  for (std::size_t t = 0; t < base.sequence.tokens.size(); ++t)
    if (std::any_of(axis.variants.begin(), axis.variants.end(), [&](const Variant& v) { return v.tokens[t] != base.sequence.tokens[t]; }))
      axis.positions.push_back(static_cast<std::int32_t>(t));
  return axis;
}

std::optional<Axis> Variants::names_axis(const Probe& base, Role role) const {
  std::vector<Draft> drafts;
  for (const std::string& name : code_tasks::pool_of(role).seen)
    if (is_free(base.draft, name)) drafts.push_back(named(base.draft, role, name, prober_.generator()));
  return finished(base, drafts);
}

std::optional<Axis> Variants::words_axis(const Probe& base, Draw& draw) const {
  std::vector<Draft> drafts;
  std::set<std::string> known;
  for (std::string& word : comment_words(base.draft)) known.insert(std::move(word));
  for (int i = 0; i < kRewordings && drafts.size() < kMostWordings; ++i) {
    Draft other = base.draft;
    other.wording = draw.next();
    other = prober_.generator().again(std::move(other));
    const auto probe = prober_.probe(other);
    if (!probe || probe->sequence.tokens.size() != base.sequence.tokens.size()) continue;
    if (differing(probe->sequence.tokens, base.sequence.tokens) > kMostMovedWords) continue;
    std::size_t fresh = 0;
    for (std::string& word : comment_words(other)) fresh += known.insert(std::move(word)).second ? 1 : 0;
    if (fresh > 0) drafts.push_back(std::move(other));
  }
  return finished(base, drafts);
}

std::optional<Axis> Variants::earlier_axis(const Probe& base, Draw& draw) const {
  if (base.draft.earlier.size() != 1) return {};
  const Draft& own = base.draft.earlier.front();
  const auto tokens = prober_.vocabulary().encode(own.prompt() + own.body() + "\n\n");
  if (!tokens) return {};
  std::vector<Draft> drafts;
  std::set<std::uint16_t> families = {own.values().family};
  for (std::size_t i = 0, start = draw.below(earlier_.size()); i < earlier_.size() && drafts.size() < kMostEarlier; ++i) {
    const Earlier& earlier = earlier_[(start + i) % earlier_.size()];
    if (earlier.tokens != tokens->size() || !families.insert(earlier.draft.values().family).second) continue;
    Draft other = base.draft;
    other.earlier = {earlier.draft};
    drafts.push_back(std::move(other));
  }
  return finished(base, drafts);
}

Blended Variants::blend(const Probe& base, Draw& draw) const {
  Blended blended{base, {}, {base.sequence.tokens, {}, {}, {}}};
  const auto add = [&](std::optional<Axis> axis) {
    if (axis) blended.axes.push_back(std::move(*axis));
  };
  for (const Parameter& p : base.draft.function.parameters) add(names_axis(base, p.role));
  add(words_axis(base, draw));
  add(earlier_axis(base, draw));
  std::vector<std::set<TokenId>> at(base.sequence.tokens.size());
  for (const Axis& axis : blended.axes)
    for (const Variant& variant : axis.variants)
      for (const std::int32_t t : axis.positions) at[static_cast<std::size_t>(t)].insert(variant.tokens[static_cast<std::size_t>(t)]);
  for (std::size_t t = 0; t < at.size(); ++t)
    if (at[t].size() > 1) blended.request.blends.push_back({static_cast<std::int32_t>(t), {at[t].begin(), at[t].end()}});
  for (const Site& site : base.sites) {
    circuits::TokenChoice choice = site.choice;  // where the right token is a name, each name is right
    const std::set<TokenId>& right = at[static_cast<std::size_t>(choice.position) + 1];
    if (right.size() > 1) choice.right.assign(right.begin(), right.end());
    for (const TokenId token : choice.right) std::erase(choice.wrong, token);
    if (choice.wrong.empty()) choice.wrong = site.choice.wrong;
    blended.request.choices.push_back(std::move(choice));
  }
  return blended;
}

std::vector<circuits::Substitution> Variants::towards(const Blended& blended) {
  std::vector<circuits::Substitution> all;
  for (const Axis& axis : blended.axes)
    for (const Variant& variant : axis.variants) {
      circuits::Substitution substitution;
      for (const std::int32_t t : axis.positions) substitution.tokens.emplace_back(t, variant.tokens[static_cast<std::size_t>(t)]);
      all.push_back(std::move(substitution));
    }
  return all;
}

std::optional<Draft> Variants::within(const Draft& draft, const Situation& situation, Draw& draw) const {
  switch (situation.kind) {
    case Situation::Kind::kFamily: return draft.family().facts().name == situation.text ? std::optional(draft) : std::nullopt;
    case Situation::Kind::kName: {
      for (const Parameter& p : draft.function.parameters) {
        const std::vector<std::string>& pool = code_tasks::pool_of(p.role).seen;
        if (p.name == situation.text) return draft;
        if (std::find(pool.begin(), pool.end(), situation.text) != pool.end() && is_free(draft, situation.text))
          return named(draft, p.role, situation.text, prober_.generator());
      }
      return {};
    }
    case Situation::Kind::kFamilyBefore: {
      for (std::size_t i = 0, start = draw.below(earlier_.size()); i < earlier_.size(); ++i) {
        const Earlier& earlier = earlier_[(start + i) % earlier_.size()];
        if (earlier.draft.family().facts().name != situation.text) continue;
        Draft other = draft;
        other.earlier = {earlier.draft};
        return other;
      }
      return {};
    }
    case Situation::Kind::kWord: {
      for (int i = 0; i < kAttempts; ++i) {
        Draft other = draft;
        other.shape = draw.below(draft.family().facts().shapes.size());
        other.wording = draw.next();
        other = prober_.generator().again(std::move(other));
        if (says(other, situation.text)) return other;
      }
      return {};
    }
  }
  return {};
}

std::optional<Draft> Variants::without(const Draft& draft, const Situation& situation, Draw& draw) const {
  switch (situation.kind) {
    case Situation::Kind::kFamily: {  // of a request that shows an example: the same request without it
      if (!draft.shown) return {};
      Draft other = draft;
      other.shown = std::nullopt;
      return prober_.generator().again(std::move(other));
    }
    case Situation::Kind::kName: {
      const auto found = std::find_if(draft.function.parameters.begin(), draft.function.parameters.end(),
                                      [&](const Parameter& p) { return p.name == situation.text; });
      if (found == draft.function.parameters.end()) return {};
      std::vector<std::string> others;
      for (const std::string& name : code_tasks::pool_of(found->role).seen)
        if (is_free(draft, name)) others.push_back(name);
      if (others.empty()) return {};
      return named(draft, found->role, draw.pick(others), prober_.generator());
    }
    case Situation::Kind::kFamilyBefore: {
      Draft other = draft;
      for (int i = 0; i < kAttempts; ++i) {
        other.earlier = {draw.pick(earlier_).draft};
        if (other.earlier.front().family().facts().name != situation.text) return other;
      }
      return {};
    }
    case Situation::Kind::kWord: {
      for (int i = 0; i < kAttempts; ++i) {
        Draft other = draft;
        if (i > kAttempts / 2) other.shape = draw.below(draft.family().facts().shapes.size());
        other.wording = draw.next();
        other = prober_.generator().again(std::move(other));
        if (!says(other, situation.text)) return other;
      }
      return {};
    }
  }
  return {};
}

}  // namespace assay::analysis::localisation
