#include "analysis/bench/repair.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "analysis/bench/bench_run.h"

namespace assay::analysis::bench {
namespace {

const std::string kPlaces[] = {"at the site", "in the answer", "everywhere"};

Json to_json(const Patch& patch) {
  Json json = {{"parts", Json::array()}, {"position", patch.position}, {"from", Json::array()}};
  for (const circuits::Intervention::Patch& part : patch.parts) json["parts"].push_back(name_of(part));
  for (const auto& [slot, texts] : patch.from) json["from"].push_back({{"slot", slot}, {"texts", texts}});
  return json;
}

/// Throws what the JSON library throws.
Patch patch_from(const Json& json) {
  Patch patch{.parts = {}, .position = json.at("position").get<std::string>(), .from = {}};
  for (const Json& name : json.at("parts")) {
    const auto part = read_part(name.get<std::string>());
    if (!part) throw Json::other_error::create(501, "a patch of what is no part of a head", &json);
    patch.parts.push_back(*part);
  }
  for (const Json& slot : json.at("from"))
    patch.from.emplace_back(slot.at("slot").get<std::string>(), slot.at("texts").get<std::vector<std::string>>());
  return patch;
}

std::string head_name(const std::pair<int, int>& head) { return fmt::format("a{}.h{}", head.first, head.second); }

}  // namespace

std::string Repair::described() const {
  const std::string& place = kPlaces[static_cast<std::size_t>(where)];
  if (other_weights) return "weights of its own";
  if (patch) return fmt::format("{} x {}", bench::described(*patch), share);
  if (heads.empty()) return fmt::format("'{}' {:+}, {}", fmt::join(tokens, "', '"), bias, place);
  std::vector<std::string> names;
  for (const std::pair<int, int>& head : heads) names.push_back(head_name(head));
  return fmt::format("{} x {}, {}", fmt::join(names, ", "), scale, place);
}

std::optional<std::pair<int, int>> read_head(std::string_view name) {
  const std::optional<circuits::Intervention::Patch> part = read_part(name);
  if (!part || part->part != circuits::Intervention::Part::kOutput) return {};
  return std::pair(part->layer, part->head);
}

Result<circuits::Intervention> intervention_of(const Repair& repair, const circuits::Tokenizer& tokenizer) {
  circuits::Intervention intervention{.where = repair.where, .heads = {}, .biases = {}};
  if (repair.patch) intervention.patches = repair.patch->parts;
  for (circuits::Intervention::Patch& patch : intervention.patches) patch.share = static_cast<float>(repair.share);
  for (const auto& [layer, head] : repair.heads) intervention.heads.push_back({layer, head, static_cast<float>(repair.scale), {}});
  for (const std::string& text : repair.tokens) {
    const Result<circuits::Encoding> encoding = tokenizer.encode(text);
    if (!encoding) return fail(encoding.error());
    if (encoding->tokens.size() != 1)
      return input_error(fmt::format("repair '{}': '{}' is {} tokens of '{}'", repair.name, text, encoding->tokens.size(), repair.of),
                         "name texts that are one token, with the space before them if it belongs to it");
    intervention.biases.push_back({encoding->tokens.front(), static_cast<float>(repair.bias)});
  }
  return intervention;
}

RepairScore score_repair(const ModelRun& before, const ModelRun& after) {
  RepairScore score;
  for (std::size_t task = 0; task < after.tasks.size(); ++task)
    for (std::size_t i = 0; i < std::min(before.tasks[task].samples.size(), after.tasks[task].samples.size()); ++i) {
      const TaskRun &own = before.tasks[task], &repaired = after.tasks[task];
      const Label was = label_of(own.judgement(i)), is = label_of(repaired.judgement(i));
      const auto add = [](std::uint64_t& count, bool holds) { count += holds ? 1 : 0; };
      ++score.samples;
      add(score.other_answers, own.samples[i].answer != repaired.samples[i].answer);
      add(score.proved_before, was == Label::kProved);
      add(score.proved_after, is == Label::kProved);
      add(score.became_proved, was != Label::kProved && is == Label::kProved);
      add(score.no_longer_proved, was == Label::kProved && is != Label::kProved);
      add(score.unsafe_before, was == Label::kUnsafe);
      add(score.unsafe_after, is == Label::kUnsafe);
      add(score.wrong_before, was == Label::kWrong);
      add(score.wrong_after, is == Label::kWrong);
    }
  return score;
}

Json to_json(const Repair& repair) {
  Json heads = Json::array();
  for (const std::pair<int, int>& head : repair.heads) heads.push_back(head_name(head));
  Json json = {
      {"name", repair.name},
      {"of", repair.of},
      {"dose", repair.dose()},
      {"heads", std::move(heads)},
      {"tokens", repair.tokens},
      {"where", repair.patch && !repair.patch->position.empty() ? "at " + repair.patch->position : kPlaces[static_cast<std::size_t>(repair.where)]},
      {"description", repair.described()}};
  if (repair.patch) json["patch"] = to_json(*repair.patch);
  if (repair.other_weights) json["weights"] = "its own";
  return json;
}

std::optional<Repair> repair_from_json(const Json& json) {
  try {
    Repair repair{.name = json.at("name").get<std::string>(), .of = json.at("of").get<std::string>()};
    for (const Json& name : json.at("heads")) {
      const auto head = read_head(name.get<std::string>());
      if (!head) return {};
      repair.heads.push_back(*head);
    }
    repair.tokens = json.at("tokens").get<std::vector<std::string>>();
    if (json.contains("weights")) {
      repair.other_weights = true;
      return repair;
    }
    if (json.contains("patch")) repair.patch = patch_from(json.at("patch"));
    (repair.patch ? repair.share : repair.heads.empty() ? repair.bias : repair.scale) = json.at("dose").get<double>();
    if (repair.patch) return repair;  // at a position of its own
    const auto place = std::find(std::begin(kPlaces), std::end(kPlaces), json.at("where").get<std::string>());
    if (place == std::end(kPlaces)) return {};
    repair.where = static_cast<circuits::Intervention::Where>(place - std::begin(kPlaces));
    return repair;
  } catch (const Json::exception&) { return std::nullopt; }
}

Json to_json(const RepairScore& score) {
  return {{"samples", score.samples},
          {"other_answers", score.other_answers},
          {"proved_before", score.proved_before},
          {"proved_after", score.proved_after},
          {"became_proved", score.became_proved},
          {"no_longer_proved", score.no_longer_proved},
          {"unsafe_before", score.unsafe_before},
          {"unsafe_after", score.unsafe_after},
          {"wrong_before", score.wrong_before},
          {"wrong_after", score.wrong_after}};
}

Json to_json(const circuits::Divergence& divergence) {
  return {{"positions", divergence.positions},
          {"mean_kl", divergence.mean_kl},
          {"largest_kl", divergence.largest_kl},
          {"other_first_choice", divergence.other_first_choice}};
}

std::optional<circuits::Divergence> divergence_from_json(const Json& json) {
  try {
    return circuits::Divergence{json.at("positions").get<std::uint64_t>(), json.at("mean_kl").get<double>(), json.at("largest_kl").get<double>(),
                                json.at("other_first_choice").get<std::uint64_t>()};
  } catch (const Json::exception&) { return std::nullopt; }
}

}  // namespace assay::analysis::bench
