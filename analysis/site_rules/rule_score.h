// A rule against its rivals, on data that none of them was made from: prompts outside of the grid, and decisions under interventions.
//
//   RuleScore score = *score_rule(rule, found_on, {&held_out}, {}, session);
//   score.beats_all()                                      // else the rule is printed as behavioural
//
// An intervention swaps the activations that carry one variable of the rule, or all variables of a read, with another prompt's; the rule says what is
// decided then. Changes are counted apart by direction, and where a reference is given by whether they make right or wrong. Of the pairs half change
// what the rule says, as far as there are such, and of these as many in each direction as there can be. The rivals get the same prompts to learn
// from:
//   decision list   learned from the answers (decision_list.h); under an intervention it can only say what it says of the prompt
//   linear probe    ridge regression from the residual stream at the decision to the answer, at the layer that is best on halves of the prompts, of
//                   those up to the layer of the rule's strongest head: behind it lies what that head has decided already, and reading that is
//                   running the model. It runs the model up to there on the very prompt, which a rule does not
//   most frequent   the answer most often given
// Each comparison is an exact sign test over the cases in which exactly one of the two is right. Cost: one pass over the prompts, one patched run per
// pair. Test: tests/analysis/site_rules_test.cpp
#pragma once

#include "analysis/site_rules/decision_list.h"
#include "analysis/site_rules/read_rule.h"

namespace assay::analysis::site_rules {

inline constexpr int kRivals = 3;
inline constexpr const char* kRivalNames[kRivals] = {"decision list", "linear probe", "most frequent"};

/// What a change of the decision does to the code: whether the reference demands the decision before, or the one behind it.
enum class Makes { kUnknown, kRight, kWrong, kNeither };

struct RuleTest {
  /// Interventions in which the rule says that the decision goes from one symbol to another.
  struct Direction {
    int from = 0, to = 0;
    Makes makes = Makes::kUnknown;
    std::uint64_t changing = 0, changed = 0;
  };
  std::string what;  ///< "held_out", "held_out, looked_for_variable swapped"
  std::uint64_t total = 0, rule = 0, rivals[kRivals] = {};
  std::uint64_t changing = 0, changed = 0;  ///< of an intervention: cases in which the rule says that the decision changes; in which it does so
  std::vector<Direction> directions;        ///< of these, apart
};

struct RuleScore {
  std::vector<RuleTest> tests;
  struct Duel {
    std::uint64_t rule_only = 0, rival_only = 0;  ///< cases in which exactly one of the two is right
    double p = 1;                                 ///< exact one-sided sign test
    bool beaten() const { return rule_only > rival_only && p < 0.05; }
  } duels[kRivals];
  DecisionList list;
  std::string probe_site;
  bool beats_all() const;
};

struct ScoreOptions {
  std::size_t pairs = 32;  ///< per variable and task
  std::uint64_t seed = 1;
  std::optional<CFunction> reference;  ///< what the code demands on a prompt: then changes that make right and that make wrong are told apart
};

Result<RuleScore> score_rule(const SiteRule& rule, const SiteLab& found_on, const std::vector<const SiteLab*>& held_out, const ScoreOptions& options,
                             Session& session);
/// "makes right", "makes wrong", "neither"; empty where no reference says.
std::string_view name_of(Makes makes);
/// A line per test with one per direction, and who is beaten; `symbols`: texts of the decision's symbols.
std::string to_table(const RuleScore& score, const std::vector<std::string>& symbols);

}  // namespace assay::analysis::site_rules
