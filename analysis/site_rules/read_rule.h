// Reads the rule of a decision out of a circuit, by measurements inside the network alone:
//
//   1  which heads of the circuit read which named position for the decision (readers.h); of these the first few whose outputs, swapped, carry what
//      the whole list carries
//   2  what their queries, keys and values say: the share of the effect of changing one attribute that a swap of each channel alone has; channels
//   below
//      kLeastShare carry nothing. Values count with the heads that read them at tokens on the way to the decision (relays), where these carry more
//   3  where they look: the condition over attributes that their queries and keys carry which best explains their attention (condition.h)
//   4  whether what they write there is enough: the condition that best explains how far a swap of their outputs moves the decision
//   5  what they copy: the answer by the value that the values carry; and the answer where they do not look
//
//   SiteRule rule = *read_rule(lab, circuit, {}, session);
//
// Answers of the network are used in 5 alone, as the names of what is copied and of what is decided without it; conditions come from attention and
// swaps. A rule without reads is no rule: then the error says which positions were tried and how little they carry. Cost: a few hundred patched runs
// and one pass over the prompts per read. Test: tests/analysis/site_rules_test.cpp
#pragma once

#include "analysis/site_rules/site_rule.h"

namespace assay::analysis::site_rules {

inline constexpr double kLeastShare = 0.2;  ///< of an effect that a channel, or the heads' outputs, must carry
inline constexpr double kRelayGain = 0.05;  ///< of the effect, by which relays must carry more than the heads at the decision
inline constexpr double kNearlyAll = 0.97;  ///< of what the outputs of more heads carry

struct ReadOptions {
  std::size_t pairs = 24;       ///< contrasts per attribute
  std::size_t most_heads = 24;  ///< of one read
  std::size_t most_reads = 2;
  std::uint64_t seed = 1;
};

Result<SiteRule> read_rule(const SiteLab& lab, const circuits::Circuit& circuit, const ReadOptions& options, Session& session);

/// Share of the prompts on which the rule decides as the network does.
double agreement(const SiteRule& rule, const SiteLab& lab);

}  // namespace assay::analysis::site_rules
