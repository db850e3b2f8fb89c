#include "analysis/bench/patches.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "analysis/results/graph_names.h"
#include "base/toml.h"

namespace assay::analysis::bench {
namespace {

using Part = circuits::Intervention::Part;
constexpr std::array<std::pair<Part, char>, 3> kInputs = {{{Part::kQuery, 'q'}, {Part::kKey, 'k'}, {Part::kValue, 'v'}}};

SourceRange in(const Task& task) { return {task.file, {}, {}}; }

template <class Names>
std::string remedy_for(const std::string& name, const Names& names) {
  const std::string near = nearest(name, names);
  return near.empty() ? fmt::format("there are '{}'", fmt::join(names, "', '")) : fmt::format("did you mean '{}'?", near);
}

/// A slot, and which of its texts stand in the other runs.
struct Filling {
  std::size_t slot = 0, stride = 1;
  std::vector<std::size_t> texts;
};

Result<Filling> filling_of(const Task& task, const std::string& name, const std::vector<std::string>& labels) {
  const std::vector<PromptSlot>& slots = task.domain.spec().prompts->form().slots;
  std::vector<std::string> names;
  for (const PromptSlot& slot : slots) names.push_back(slot.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    return input_error(fmt::format("a patch fills the slot '{}', which the task has not", name), remedy_for(name, names), in(task));
  Filling filling{static_cast<std::size_t>(found - names.begin()), 1, {}};
  for (std::size_t slot = filling.slot + 1; slot < slots.size(); ++slot) filling.stride *= slots[slot].texts.size();  // the last slot is the fastest
  const PromptSlot& slot = slots[filling.slot];
  const std::vector<std::string>& known = slot.labels.empty() ? slot.texts : slot.labels;
  for (const std::string& label : labels) {
    const auto text = std::find(known.begin(), known.end(), label);
    if (text == known.end())
      return input_error(fmt::format("a patch fills the slot '{}' with '{}', which is none of its texts", name, label), remedy_for(label, known),
                         in(task));
    filling.texts.push_back(static_cast<std::size_t>(text - known.begin()));
  }
  return filling;
}

/// Numbers of the prompts that differ from `prompt` in being filled so.
std::vector<std::size_t> others_of(std::size_t prompt, const Prompts& prompts, const std::vector<Filling>& fillings) {
  std::vector<std::size_t> others = {prompt};
  for (const Filling& filling : fillings) {
    const std::size_t own = prompts.all()[prompt].choices[filling.slot];
    std::vector<std::size_t> filled;
    for (const std::size_t other : others)
      for (const std::size_t text : filling.texts) filled.push_back(other + text * filling.stride - own * filling.stride);
    others = std::move(filled);
  }
  return others;
}

}  // namespace

std::optional<circuits::Intervention::Patch> read_part(std::string_view name) {
  const auto part_of = [](Part part, int layer, int head) { return circuits::Intervention::Patch{.part = part, .layer = layer, .head = head}; };
  if (const auto node = read_node(name); node && node->kind == 'a' && node->span.empty()) return part_of(Part::kOutput, node->layer, node->head);
  const auto site = read_site(name);
  for (const auto& [kind, letter] : kInputs)
    if (site && site->head >= 0 && site->kind == std::string_view(&letter, 1)) return part_of(kind, site->layer, site->head);
  return {};
}

std::string name_of(const circuits::Intervention::Patch& part) {
  for (const auto& [kind, letter] : kInputs)
    if (kind == part.part) return fmt::format("{}.{}.{}", letter, part.layer, part.head);
  return fmt::format("a{}.h{}", part.layer, part.head);
}

std::string described(const Patch& patch) {
  std::vector<std::string> parts, slots;
  for (const circuits::Intervention::Patch& part : patch.parts) parts.push_back(name_of(part));
  for (const auto& [slot, texts] : patch.from) slots.push_back(fmt::format("{} '{}'", slot, fmt::join(texts, "', '")));
  return fmt::format("{} at {} from {}", fmt::join(parts, ", "), patch.position.empty() ? "the site" : patch.position, fmt::join(slots, " and "));
}

Result<std::vector<PatchSource>> patch_sources(const Task& task, const Patch& patch) {
  const Prompts& prompts = *task.domain.spec().prompts;
  PositionSpec position{.last = true};
  if (!patch.position.empty()) {
    Result<PositionSpec> named = task.position(patch.position);
    if (!named) return fail(named.error());
    position = *named;
  }
  std::vector<Filling> fillings;
  for (const auto& [slot, texts] : patch.from) {
    Result<Filling> filling = filling_of(task, slot, texts);
    if (!filling) return fail(filling.error());
    fillings.push_back(std::move(*filling));
  }
  const auto place = [&](const Prompt& prompt) { return task.locate(position, prompt.tokens); };
  std::vector<PatchSource> sources;
  for (std::size_t i = 0; i < prompts.all().size(); ++i) {
    const Prompt& prompt = prompts.all()[i];
    if (!task.domain.scored(prompt.tokens)) continue;
    PatchSource source{task.sequence(prompt.tokens), {}};
    const auto positions_in = [&](const Prompt& one) -> Result<std::vector<std::int32_t>> {
      const std::optional<int> at = place(one);
      if (!at)
        return input_error(fmt::format("a patch at '{}': {} has no such position", patch.position, prompts.described(one)),
                           "name a position that every prompt has", in(task));
      return std::vector<std::int32_t>(patch.parts.size(), *at);
    };
    Result<std::vector<std::int32_t>> own = positions_in(prompt);
    if (!own) return fail(own.error());
    source.patched.positions = std::move(*own);
    for (const std::size_t other : others_of(i, prompts, fillings)) {
      Result<std::vector<std::int32_t>> there = positions_in(prompts.all()[other]);
      if (!there) return fail(there.error());
      source.patched.runs.push_back({task.sequence(prompts.all()[other].tokens), std::move(*there)});
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace assay::analysis::bench
