// Patches of a suite: parts of heads that take, while a prompt is read, what they hold where some slots of the prompt are filled otherwise.
//
//   Patch patch{.parts = {{.layer = 18, .head = 6}}, .from = {{"earlier_comparison", {"<"}}}};      // position empty: where the first token is
//   decided std::vector<PatchSource> sources = *patch_sources(task, patch);        // of each prompt: where, and the runs that its values come from
//
// Several texts of a slot stand for the mean over them. Test: tests/analysis/bench_patches_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/tasks/task.h"
#include "circuits/generation.h"

namespace assay::analysis::bench {

struct Patch {
  std::vector<circuits::Intervention::Patch> parts;
  std::string position;                                                ///< a name of the task's [positions]; empty: the prompt's last token
  std::vector<std::pair<std::string, std::vector<std::string>>> from;  ///< slots with the labels or texts that they are filled with
};

/// "a18.h6": a head's output; "q.18.6", "k.18.6", "v.18.6": its query, key, value. None where the name is something else.
std::optional<circuits::Intervention::Patch> read_part(std::string_view name);
std::string name_of(const circuits::Intervention::Patch& part);
/// "a18.h6, v.18.6 at earlier_comparison from earlier_comparison '<'"
std::string described(const Patch& patch);

struct PatchSource {
  Tokens prompt;  ///< as the task's model reads it
  circuits::PatchedPrompt patched;
};

/// Of the task's prompts in their order. Errors: a slot, text or position that the task has not (names the nearest), or that a prompt lacks.
Result<std::vector<PatchSource>> patch_sources(const Task& task, const Patch& patch);

}  // namespace assay::analysis::bench
