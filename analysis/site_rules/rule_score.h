// A rule against its rivals, on data that none of them was made from: prompts outside of the grid, and decisions under interventions.
//
//   RuleScore score = *score_rule(rule, found_on, {&held_out}, {}, session);
//   score.behavioural()                                    // it does not beat all of them: nothing is claimed of the network's inside
//
// An intervention swaps the activations that carry one variable of the rule, or all variables of a read, with another prompt's; the rule says what is
// decided then. Changes are counted apart by direction, and where a reference is given by whether they make right or wrong. Of the pairs half change
// what the rule says, as far as there are such, and of these as many in each direction as there can be. The rivals get the same prompts to learn
// from:
//   decision list   learned from the answers (decision_list.h); it sees the prompt, so under an intervention it can only say what it says of that
//   linear probe    ridge regression from the residual stream at the decision to the answer, at the layer that is best on halves of the prompts, of
//                   those up to the layer of the rule's strongest head: behind it lies what that head has decided already, and reading that is
//                   running the model. It runs the model up to there on the very prompt, which a rule does not
//   most frequent   the answer most often given
// Each comparison is an exact sign test over the cases in which exactly one of the two is right.
//
// Beside them, since that a rule beats a list which knows of no swap is in part so by construction, stand three controls:
//   list, told      the same decision list, told of the swap: it sees the prompt with the source's values of what is swapped. It can say what is
//                   decided as well as a rule can; what a rule adds is where that is carried. So it decides nothing, and where it is as good the
//                   rule's text says so (remarks_of)
//   other heads     the same swap in as many heads that the rule does not name (claims/other_heads.h): how many of the changes that the rule
//                   predicts happen there
//   equal           sources that are equal in what is swapped and different elsewhere: the answer must stay the one of the base. Where the whole
//                   95 % interval of those that stay lies below kLeastStays, the site carries something else too, and the rule is behavioural.
//                   (No sign test counts these cases: there every rival says what it says of the prompt.)
// Cost: one pass over the prompts, up to three patched runs per pair. Test: tests/analysis/site_rules_test.cpp
#pragma once

#include <optional>

#include "analysis/site_rules/decision_list.h"
#include "analysis/site_rules/read_rule.h"

namespace assay::analysis::site_rules {

inline constexpr int kRivals = 3;
inline constexpr const char* kRivalNames[kRivals] = {"decision list", "linear probe", "most frequent"};
inline constexpr const char* kToldName = "decision list, told of the swap";

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
  std::uint64_t told = 0;                   ///< cases on which the decision list that is told of the swap is right
  struct OtherHeads {
    std::vector<std::string> sites;
    std::uint64_t changed = 0;  ///< of the changing cases
  };
  std::optional<OtherHeads> other_heads;  ///< none where nothing is to change, or the network has too few heads
  bool equal = false;                     ///< sources equal in what is swapped, different elsewhere
  std::uint64_t stays = 0;                ///< of these, cases that are decided as the base is without a swap
};

struct RuleScore {
  std::vector<RuleTest> tests;
  struct Duel {
    std::uint64_t rule_only = 0, rival_only = 0;  ///< cases in which exactly one of the two is right
    double p = 1;                                 ///< exact one-sided sign test
    bool beaten() const { return rule_only > rival_only && p < 0.05; }
  } duels[kRivals], told;  ///< told: against the decision list that is told of the swap; it decides nothing
  DecisionList list;
  std::string probe_site;
  bool beats_all() const;
  /// Is the answer kept where the source is equal in what is swapped? Judged over all such cases; where there is none it is.
  bool keeps_equal() const;
  bool behavioural() const { return !beats_all() || !keeps_equal(); }
};

inline constexpr double kLeastStays = 0.95;

struct ScoreOptions {
  std::size_t pairs = 32;  ///< per variable and task
  std::uint64_t seed = 1;
  std::optional<CFunction> reference;  ///< what the code demands on a prompt: then changes that make right and that make wrong are told apart
};

Result<RuleScore> score_rule(const SiteRule& rule, const SiteLab& found_on, const std::vector<const SiteLab*>& held_out, const ScoreOptions& options,
                             Session& session);
/// "makes right", "makes wrong", "neither"; empty where no reference says.
std::string_view name_of(Makes makes);
/// What the rule's text must say of it: why it is behavioural, and that the list that is told of the swap is as good.
std::vector<std::string> remarks_of(const RuleScore& score);
/// A line per test with one per direction, and who is beaten; `symbols`: texts of the decision's symbols.
std::string to_table(const RuleScore& score, const std::vector<std::string>& symbols);

}  // namespace assay::analysis::site_rules
