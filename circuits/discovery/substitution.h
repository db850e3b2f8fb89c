// How other tokens before a decision would move it, to first order, from one backward pass (HotFlip):
//
//   effect(p -> token) = d margin / d e_p . (E[token] - E[tokens[p]]),     margin = logit(right) - logit(wrong) at the choice's position
//
// A name that stands at several places is replaced at all of them: the effects of a substitution's tokens add up. The gradient holds every
// substitution at once, those by tokens that the text does not have among them, so that a trigger can be looked for that was never met. Where the
// network bends between the two embeddings the estimate is off, and says at best which substitutions to try: the caller runs them.
// Cost: a forward pass, a backward pass per choice, and d_model operations per replaced token and choice.
// Source: Ebrahimi, Rao, Lowd, Dou, "HotFlip: white-box adversarial examples for text classification", ACL 2018.
// Test: tests/circuits/substitution_test.cpp (finite differences, exact where the network is linear, rank correlation where it is not)
#pragma once

#include "circuits/engine.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

Result<SubstitutionEffects> substitution_effects(const Transformer& network, const SubstitutionRequest& request);

}  // namespace assay::circuits
