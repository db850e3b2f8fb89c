// Requests that ask for the same in other names, other words or behind another function, token by token beside each other, and all of them at once.
//
//   base     // Count the entries of a from index 0 to n exclusive ...      int f(const int *a, int n) {
//   names    //                          v                 last                            v      last           every name of the role's pool
//   words    //           values                                                                                  other phrases of equal length
//   before   every token of the function that stands before: functions of other families that have as many tokens
//
// Blended, each position carries the mean of its tokens' embeddings: one forward pass asks whether any of some twenty situations moves a decision,
// and a backward pass which one (circuits/discovery/substitution.h). Cost: milliseconds to make. Test: tests/analysis/localisation_test.cpp
#pragma once

#include "analysis/localisation/probe.h"

namespace assay::analysis::localisation {

struct Variant {
  Draft draft;
  circuits::Tokens tokens;        ///< as many as the base has
  std::vector<Situation> gained;  ///< situations that the base is not in
};

/// One thing that varies, the base's own value first.
struct Axis {
  std::vector<Variant> variants;
  std::vector<std::int32_t> positions;  ///< where any two of them differ
};

struct Blended {
  Probe base;
  std::vector<Axis> axes;
  circuits::SubstitutionRequest request;  ///< choices: the base's sites; no substitutions
};

class Variants {
 public:
  /// Draws `earlier` finished functions that may stand before a request.
  Variants(const Prober& prober, std::size_t earlier, std::uint64_t seed);
  Blended blend(const Probe& base, code_tasks::Draw& draw) const;
  /// Towards each variant of each axis, in order, from the blend.
  static std::vector<circuits::Substitution> towards(const Blended& blended);

  /// The request in the situation; nothing where it cannot be.
  std::optional<Draft> within(const Draft& draft, const Situation& situation, code_tasks::Draw& draw) const;
  /// The same request outside of it, otherwise as like as can be.
  std::optional<Draft> without(const Draft& draft, const Situation& situation, code_tasks::Draw& draw) const;

 private:
  struct Earlier {
    Draft draft;
    std::size_t tokens = 0;
  };
  std::optional<Axis> names_axis(const Probe& base, code_tasks::Role role) const;
  std::optional<Axis> words_axis(const Probe& base, code_tasks::Draw& draw) const;
  std::optional<Axis> earlier_axis(const Probe& base, code_tasks::Draw& draw) const;
  std::optional<Axis> finished(const Probe& base, const std::vector<Draft>& drafts) const;

  const Prober& prober_;
  std::vector<Earlier> earlier_;
};

}  // namespace assay::analysis::localisation
