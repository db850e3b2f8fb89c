// The rule of a decision as it was read from a circuit: where heads look, under which condition, what they copy from there, and what is decided
// without them.
//
//   for every read, in order:   if (gate over what queries look for and keys offer) decide as what is copied from there says
//   otherwise:                  the default
//
// Its variables are what the parts of the circuit carry: `looked_for_X` in the queries of the heads at the decision, `found_X` in their keys at the
// position that they read, `copied_X` in the values there. So a swap of activations is an assignment to one of them, and the rule says what follows.
// Test: tests/analysis/site_rules_test.cpp
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/site_rules/condition.h"
#include "analysis/site_rules/readers.h"
#include "analysis/site_rules/site_lab.h"

namespace assay::analysis::site_rules {

enum class Channel { kQuery, kKey, kValue };

/// One variable of the rule: an argument as a channel of a read's heads carries it.
struct Carried {
  Channel channel = Channel::kQuery;
  std::size_t argument = 0;
  double share = 0;  ///< of the effect of changing the argument that the swap of this channel alone has
  std::vector<Place> places;
  std::vector<Reader> relays;  ///< of values: heads that read them on the way and belong to `places`
  double without_relays = 0;   ///< share of the heads at the decision alone
};

struct SiteRead {
  std::string position;
  std::vector<Reader> heads;
  double output_share = 0;                ///< of the effect of a contrast that the swap of these heads' outputs has
  std::vector<Carried> carried;           ///< queries, keys, values
  FittedCondition gate;                   ///< under which the heads look there, from their attention
  FittedCondition loud;                   ///< among these, under which what they write is enough: from swaps of their outputs
  int copies = -1;                        ///< index into carried: the value that decides; -1: the answer is the same whatever is read
  std::map<std::int64_t, int> answer_of;  ///< by the copied value; of copies = -1 one entry, 0
};

struct SiteRule {
  std::vector<std::string> arguments;
  std::vector<SiteRead> reads;
  int otherwise = 0;
  std::size_t otherwise_rows = 0, otherwise_right = 0;  ///< prompts where no gate holds, and how many of them decide so
};

/// Values put in place of what the prompt says: by read and index into its `carried`.
using Overrides = std::map<std::pair<std::size_t, std::size_t>, std::int64_t>;
int decide(const SiteRule& rule, const Row& row, const Overrides& overrides = {});

/// Does a condition of the read speak of this variable?
bool speaks(const SiteRead& read, std::size_t carried);
/// How a variable is called in C: "looked_for_variable"; with the read's number where there are several.
std::string variable_name(const SiteRule& rule, std::size_t read, std::size_t carried);

struct RuleText {
  std::string text;
  std::string function;
};
/// As C with contract and labels; each line says which part of the circuit carries it, or that none does (`behavioural`). Where a read holds whatever
/// the attributes are, nothing stands behind it. `remarks`: lines of comment above it.
RuleText to_c(const SiteRule& rule, const std::string& function, const Task& task, const std::vector<std::string>& remarks);

/// Files as the hypothesis sees them.
struct HypothesisPaths {
  std::string task, program;
  std::optional<FunctionSource> where;  ///< of the task's prompts, those that it is about
};

/// Alignments and claims about the rule.
std::string hypothesis_of(const SiteRule& rule, const RuleText& text, const Task& task, const HypothesisPaths& paths,
                          const std::optional<FunctionSource>& reference);

}  // namespace assay::analysis::site_rules
