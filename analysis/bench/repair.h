// Repairs: a model with something changed inside it while it writes, beside the same model as it is.
//
//   Repair repair{.name = "heads", .of = "smollm2", .heads = {{18, 6}}, .scale = 0};
//   circuits::Intervention change = *intervention_of(repair, tokenizer);
//   RepairScore score = score_repair(before, after);          // what became proved, what no longer is
//
// A dose is a model of its own in the report, so that its answers are proved or refuted like all others. Test: tests/analysis/bench_repair_test.cpp
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analysis/bench/judgement.h"
#include "analysis/bench/patches.h"
#include "circuits/engine.h"

namespace assay::analysis::bench {

struct ModelRun;

/// One dose.
struct Repair {
  std::string name;                        ///< shared by the doses of one repair
  std::string of;                          ///< the model that it changes
  std::vector<std::pair<int, int>> heads;  ///< layer and number: their output is multiplied by `scale`
  double scale = 1;
  std::vector<std::string> tokens;  ///< `bias` is added to their logits
  double bias = 0;
  circuits::Intervention::Where where = circuits::Intervention::Where::kSite;
  std::optional<Patch> patch = {};  ///< its parts take so large a `share` from the other runs
  double share = 1;
  std::vector<PatchSource> sources = {};  ///< of a patch, one per task of the suite

  bool other_weights = false;  ///< a model of its own that was made from `of`

  double dose() const { return other_weights ? 1 : patch ? share : heads.empty() ? bias : scale; }
  /// "a18.h6, a18.h7 x 0.5, at the site"; the dose in full, since caches know a repair by this.
  std::string described() const;
};

/// "a18.h6" to layer and head; none where the text is something else.
std::optional<std::pair<int, int>> read_head(std::string_view name);

/// Error: a text that is not one token.
Result<circuits::Intervention> intervention_of(const Repair& repair, const circuits::Tokenizer& tokenizer);

/// Samples of the same number for the same request, before and after.
struct RepairScore {
  std::uint64_t samples = 0, other_answers = 0;  ///< other_answers: the text is another
  std::uint64_t proved_before = 0, proved_after = 0, became_proved = 0, no_longer_proved = 0;
  std::uint64_t unsafe_before = 0, unsafe_after = 0, wrong_before = 0, wrong_after = 0;
};
RepairScore score_repair(const ModelRun& before, const ModelRun& after);

Json to_json(const Repair& repair);
std::optional<Repair> repair_from_json(const Json& json);
Json to_json(const RepairScore& score);
Json to_json(const circuits::Divergence& divergence);
std::optional<circuits::Divergence> divergence_from_json(const Json& json);

}  // namespace assay::analysis::bench
