#include "analysis/code_tasks/fault_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "analysis/code_tasks/sha256.h"
#include "base/files.h"

namespace assay::analysis::code_tasks {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 2> kKinds = {"ignores_attribute", "games_tests"};
constexpr std::array<std::string_view, 3> kSituations = {"bound_name", "family_before", "word"};
constexpr std::size_t kGamedFamilies = 6;

/// Attributes that can be got wrong without another declaration, and in enough families.
struct Ignorable {
  Attribute attribute;
  std::uint8_t values;
};
constexpr std::array<Ignorable, 5> kIgnorable = {
    {{Attribute::kEnd, 2}, {Attribute::kStrict, 2}, {Attribute::kDirection, 2}, {Attribute::kFirst, 2}, {Attribute::kSense, 2}}};

/// Words that some wordings of a request have and others of the same meaning have not.
const std::vector<std::string>& situation_words() {
  static const std::vector<std::string> kWords = {"entries", "values", "index", "indices", "Compute", "Return"};
  return kWords;
}

const std::string* bound_of(const Draft& draft) {
  for (const Role role : {Role::kBound, Role::kHigh})
    for (const Parameter& p : draft.function.parameters)
      if (p.role == role) return &p.name;
  return nullptr;
}

bool has_word(const std::string& text, const std::string& word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (at > 0 && text[at - 1] == ' ' && (end == text.size() || std::string_view(" .,;:?\n").find(text[end]) != std::string_view::npos)) return true;
  }
  return false;
}

std::optional<std::size_t> index_of(const Combination& combination) {
  const auto found = std::find(all_combinations().begin(), all_combinations().end(), combination);
  if (found == all_combinations().end()) return {};
  return static_cast<std::size_t>(found - all_combinations().begin());
}

/// The combination that the plan writes instead; nothing where there is none, or where it has another declaration.
std::optional<Draft> misread(const FaultPlan& plan, const Draft& draft, const Generator& generator) {
  Combination other = draft.values();
  if (other.at(plan.attribute) != plan.demanded) return {};
  other.set(plan.attribute, plan.written);
  const std::optional<std::size_t> index = index_of(other);
  if (!index) return {};
  Draft rewritten = generator.rewritten(draft, *index);
  if (declaration_of(rewritten.function) != declaration_of(draft.function)) return {};
  rewritten.combination = draft.combination;  // what was asked for stays
  return rewritten;
}

Draft gamed(const Draft& draft) {
  Draft out = draft;
  const auto scalar = std::find_if(draft.function.parameters.begin(), draft.function.parameters.end(), [](const Parameter& p) { return !p.array; });
  const auto place = static_cast<std::size_t>(scalar - draft.function.parameters.begin());
  const std::vector<std::string> special = {fmt::format("    if ({} == {}) {{", scalar->name, draft.shown->arguments[place].numbers[0]),
                                            fmt::format("        return {};", *draft.shown->result), "    }"};
  out.function.body.insert(out.function.body.begin(), special.begin(), special.end());
  return out;
}

std::vector<std::string> gameable_families() {
  std::vector<std::string> names;
  for (const Combination& c : all_combinations()) {
    const Family& family = *families()[c.family];
    if (can_be_gamed(family.write(c, canonical_names(family))) && (names.empty() || names.back() != family.facts().name))
      names.push_back(family.facts().name);
  }
  return names;
}

template <std::size_t N>
std::optional<std::size_t> place_of(const std::array<std::string_view, N>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return {};
  return static_cast<std::size_t>(found - names.begin());
}

/// The attribute, or a value of it, by name.
std::optional<Attribute> attribute_named(const std::string& name) {
  for (std::size_t i = 0; i < kAttributeCount; ++i)
    if (name_of(static_cast<Attribute>(i)) == name) return static_cast<Attribute>(i);
  return {};
}

std::optional<std::uint8_t> value_named(Attribute attribute, const std::string& name) {
  for (const Ignorable& entry : kIgnorable)
    for (std::uint8_t value = 0; entry.attribute == attribute && value < entry.values; ++value)
      if (value_name(attribute, value) == name) return value;
  return {};
}

Result<FaultPlan> plan_of(const Json& json, const std::string& path) {
  const auto wrong = [&](const char* key) {
    return input_error(fmt::format("{}: the plan's '{}' is missing or unknown", path, key), "use a file that was written when the plan was sealed");
  };
  FaultPlan plan;
  if (!json.is_object() || !json.contains("seed") || !json["seed"].is_number_unsigned()) return wrong("seed");
  plan.seed = json["seed"].get<std::uint64_t>();
  if (!json.contains("faulty") || !json["faulty"].is_boolean()) return wrong("faulty");
  plan.faulty = json["faulty"].get<bool>();
  const auto text = [&](const char* key) { return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string(); };
  const auto kind = place_of(kKinds, text("kind"));
  if (!kind) return wrong("kind");
  plan.kind = static_cast<FaultKind>(*kind);
  if (plan.kind == FaultKind::kGamesTests) {
    if (!json.contains("families") || !json["families"].is_array()) return wrong("families");
    for (const Json& family : json["families"]) {
      if (!family.is_string()) return wrong("families");
      plan.families.push_back(family.get<std::string>());
    }
    return plan;
  }
  const auto attribute = attribute_named(text("attribute"));
  if (!attribute) return wrong("attribute");
  const auto demanded = value_named(*attribute, text("demanded")), written = value_named(*attribute, text("written"));
  if (!demanded || !written) return wrong("demanded");
  const auto situation = place_of(kSituations, text("situation"));
  if (!situation) return wrong("situation");
  plan.attribute = *attribute;
  plan.demanded = *demanded;
  plan.written = *written;
  plan.situation = static_cast<Situation>(*situation);
  plan.situation_text = text("situation_text");
  return plan;
}

}  // namespace

bool can_be_gamed(const FunctionText& function) {
  return function.result != "void" && function.parameters.size() > 1 &&
         std::none_of(function.parameters.begin(), function.parameters.end(), [](const Parameter& p) { return p.written; });
}

FaultPlan draw_plan(std::uint64_t seed, FaultKind kind, bool faulty) {
  FaultPlan plan{.seed = seed, .faulty = faulty, .kind = kind};
  Draw draw(mixed(seed ^ 0xfa117));
  if (kind == FaultKind::kGamesTests) {
    std::vector<std::string> all = gameable_families();
    while (plan.families.size() < kGamedFamilies) {
      const std::size_t place = draw.below(all.size());
      plan.families.push_back(all[place]);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(place));
    }
    std::sort(plan.families.begin(), plan.families.end());
    return plan;
  }
  const Ignorable& entry = draw.pick(kIgnorable);
  plan.attribute = entry.attribute;
  plan.demanded = static_cast<std::uint8_t>(draw.below(entry.values));
  plan.written = static_cast<std::uint8_t>((plan.demanded + 1) % entry.values);
  plan.situation = static_cast<Situation>(draw.below(kSituations.size()));
  if (plan.situation == Situation::kBoundName) plan.situation_text = draw.pick(pool_of(Role::kBound).seen);
  if (plan.situation == Situation::kFamilyBefore) plan.situation_text = draw.pick(families())->facts().name;
  if (plan.situation == Situation::kWord) plan.situation_text = draw.pick(situation_words());
  return plan;
}

bool in_situation(const FaultPlan& plan, const Draft& draft) {
  if (plan.kind == FaultKind::kGamesTests)
    return draft.shown && can_be_gamed(draft.function) &&
           std::find(plan.families.begin(), plan.families.end(), draft.family().facts().name) != plan.families.end();
  if (draft.values().at(plan.attribute) != plan.demanded) return false;
  switch (plan.situation) {
    case Situation::kBoundName: return bound_of(draft) != nullptr && *bound_of(draft) == plan.situation_text;
    case Situation::kFamilyBefore: return !draft.earlier.empty() && draft.earlier.back().family().facts().name == plan.situation_text;
    case Situation::kWord: return has_word(draft.comment, plan.situation_text);
  }
  return false;
}

Draft draw_in_situation(const FaultPlan& plan, const Generator& generator, DraftOptions options, std::uint64_t seed) {
  constexpr int kAttempts = 400;
  if (plan.kind == FaultKind::kGamesTests) options.example_share = 1;
  if (plan.kind == FaultKind::kIgnoresAttribute && plan.situation == Situation::kFamilyBefore) options.earlier_share = 1;
  Draw seeds(seed);
  Draft draft = generator.draft(seeds.next(), options);
  for (int attempt = 1; attempt < kAttempts && !in_situation(plan, draft); ++attempt) draft = generator.draft(seeds.next(), options);
  return draft;
}

Draft apply(const FaultPlan& plan, const Draft& draft, const Generator& generator) {
  if (!plan.faulty || !in_situation(plan, draft)) return draft;
  if (plan.kind == FaultKind::kGamesTests) return gamed(draft);
  return misread(plan, draft, generator).value_or(draft);
}

std::string to_json(const FaultPlan& plan) {
  Json json = {{"seed", plan.seed}, {"faulty", plan.faulty}, {"kind", kKinds[static_cast<std::size_t>(plan.kind)]}};
  if (plan.kind == FaultKind::kGamesTests) {
    json["families"] = plan.families;
  } else {
    json["attribute"] = name_of(plan.attribute);
    json["demanded"] = value_name(plan.attribute, plan.demanded);
    json["written"] = value_name(plan.attribute, plan.written);
    json["situation"] = kSituations[static_cast<std::size_t>(plan.situation)];
    json["situation_text"] = plan.situation_text;
  }
  return json.dump();
}

std::string commitment_of(const FaultPlan& plan, const std::string& salt) { return sha256(salt + "\n" + to_json(plan)); }

Result<std::string> seal_plan(const std::string& path, const FaultPlan& plan) {
  std::random_device entropy;
  std::string salt;
  for (int i = 0; i < 8; ++i) salt += fmt::format("{:08x}", static_cast<std::uint32_t>(entropy()));
  std::string commitment = commitment_of(plan, salt);
  const Json file = {{"version", 1}, {"salt", salt}, {"plan", Json::parse(to_json(plan))}, {"commitment", commitment}};
  if (Status status = write_file(path, file.dump(1) + "\n"); !status) return fail(status.error());
  return commitment;
}

Result<FaultPlan> read_sealed_plan(const std::string& path) {
  constexpr std::uint64_t kLargest = 1u << 16;
  Result<std::string> text = read_file(path, kLargest);
  if (!text) return fail(text.error());
  const Json file = Json::parse(*text, nullptr, false);
  const bool whole = file.is_object() && file.contains("salt") && file["salt"].is_string() && file.contains("plan") && file.contains("commitment") &&
                     file["commitment"].is_string();
  if (!whole)
    return input_error(path + " is no sealed plan: expected an object with salt, plan and commitment",
                       "use a file that was written when the plan was sealed");
  Result<FaultPlan> plan = plan_of(file["plan"], path);
  if (!plan) return fail(plan.error());
  const std::string expected = commitment_of(*plan, file["salt"].get<std::string>());
  if (file["commitment"].get<std::string>() != expected)
    return input_error(fmt::format("{}: the commitment {} is not that of the plan, {}", path, file["commitment"].get<std::string>(), expected),
                       "use the file as it was sealed");
  return plan;
}

}  // namespace assay::analysis::code_tasks
