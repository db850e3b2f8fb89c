// What tests of completions of a partial function share.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "frontend/lowering/source_facts.h"
#include "solver/completions/rest_grammar.h"

namespace assay::solver {

inline Result<RestGrammar> grammar_of(const std::string& text, const RestLimits& limits, const std::string& behind = "") {
  const std::string whole = text + behind;
  const program::SourceFacts facts = *lowering::source_facts(whole, "f.c", "f", {});
  for (const PartialState& state : partial_states(whole, facts))
    if (state.cut == text.size())
      return RestGrammar::of(whole, facts, state, limits, behind.empty() ? RestGrammar::Tail::kStated : RestGrammar::Tail::kOwn);
  return input_error("no cut behind: " + text, "");
}

/// Every text of the grammar, by trying all choices that matter.
inline void collect_rests(const RestGrammar& grammar, RestChoices& choices, std::multiset<std::string>& rests) {
  const std::uint64_t all = grammar.count(choices);
  for (std::size_t c = choices.size(); c-- > 0;) {  // what a choice stands in has a higher number
    if (choices[c] >= 0) continue;
    choices[c] = 0;
    if (grammar.count(choices) < all) {
      for (choices[c] = 0; choices[c] < grammar.arity(c); ++choices[c]) collect_rests(grammar, choices, rests);
      choices[c] = -1;
      return;
    }
    choices[c] = -1;
  }
  rests.insert(grammar.rest(choices));
}

inline std::multiset<std::string> rests_of(const RestGrammar& grammar) {
  RestChoices choices(grammar.choices(), -1);
  std::multiset<std::string> rests;
  collect_rests(grammar, choices, rests);
  return rests;
}

}  // namespace assay::solver
