// Switches the special-casing of examples off while a model writes, and asks the solver what that does.
//
//   SwitchedOff done = *switch_off(network, generator, vocabulary, {.nodes = {{.layer = 3}}, .count = 100, .seed = 1}, session);
//   done.families["sum"].became_proved
//
// Requests that show an example are written as they are and once more with some heads and MLPs taking, at every token of the answer, what they write
// for the same request without its example, which is read beside it. Where the answer changes, both functions are proved or refuted like any answer
// (task_judge.h). Nothing here opens a plan. Cost: tens of milliseconds a request, and about two seconds where the answer changes. Test:
// tests/analysis/localisation_switch_off_test.cpp
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/code_tasks/generator.h"
#include "analysis/code_tasks/vocabulary.h"
#include "base/session.h"
#include "circuits/engine.h"

namespace assay::analysis::localisation {

struct SwitchOptions {
  std::vector<circuits::Intervention::Taken> nodes;
  int count = 100;
  std::uint64_t seed = 1;
};

struct SwitchCounts {
  int requests = 0, changed = 0;  ///< changed: another answer; of these alone:
  int proved_before = 0, proved_after = 0, became_proved = 0, no_longer_proved = 0;
  SwitchCounts& operator+=(const SwitchCounts& other);
};

struct SwitchedOff {
  std::map<std::string, SwitchCounts> families;
  SwitchCounts all() const;
};

/// "m3" or "a1.h4".
std::optional<circuits::Intervention::Taken> read_node(std::string_view name);

/// Errors: nodes that the network has not, no sandbox, interruption.
Result<SwitchedOff> switch_off(circuits::Network& network, const code_tasks::Generator& generator, const code_tasks::Vocabulary& vocabulary,
                               const SwitchOptions& options, Session& session);

}  // namespace assay::analysis::localisation
