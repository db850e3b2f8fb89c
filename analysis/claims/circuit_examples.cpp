#include "analysis/claims/circuit_examples.h"

#include <algorithm>
#include <random>
#include <set>

namespace assay::analysis {
namespace {

constexpr int kPartnerAttempts = 200;
constexpr double kLargestWalk = 1e7;  ///< inputs of a domain that is walked to see whether it is small

bool collect(const Domain& domain, Tokens& prefix, std::size_t most, std::vector<Tokens>& found) {
  if (domain.scored(prefix)) {
    if (found.size() == most) return false;
    found.push_back(prefix);
  }
  Tokens next;
  domain.children(prefix, nullptr, next);
  for (const TokenId token : next) {
    prefix.push_back(token);
    const bool fits = collect(domain, prefix, most, found);
    prefix.pop_back();
    if (!fits) return false;
  }
  return true;
}

/// An input with the network's own answers: tokens, where they are read, and what they are.
struct Answered {
  Tokens input, tokens;
  std::vector<std::int32_t> positions;
  std::vector<circuits::Answer> answers;
};

/// Feeds the network's answers back, one answer of all inputs at a time.
Result<std::vector<Answered>> answer_all(circuits::Network& network, const Task& task, const Domain& domain, const std::vector<Tokens>& inputs) {
  std::vector<Answered> all(inputs.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    all[i].input = inputs[i];
    all[i].tokens = task.sequence(inputs[i]);
    open.push_back(i);
  }
  while (!open.empty()) {
    std::vector<Tokens> sequences;
    std::vector<std::vector<std::int32_t>> positions;
    for (const std::size_t i : open) {
      sequences.push_back(all[i].tokens);
      positions.push_back({static_cast<std::int32_t>(all[i].tokens.size()) - 1});
    }
    auto answers = network.answers(sequences, positions, task.output.readout);
    if (!answers) return fail(answers.error());
    std::vector<std::size_t> still;
    for (std::size_t k = 0; k < open.size(); ++k) {
      Answered& one = all[open[k]];
      one.positions.push_back(positions[k][0]);
      one.answers.push_back((*answers)[k][0]);
      const bool more = domain.spec().scored == Scored::kAnswer && static_cast<int>(one.answers.size()) < domain.spec().answers &&
                        one.answers.back().token >= 0 && !(domain.spec().until && one.answers.back().token == *domain.spec().until);
      if (!more) continue;
      one.tokens.push_back(one.answers.back().token);
      still.push_back(open[k]);
    }
    open = std::move(still);
  }
  return all;
}

/// Same length, differs in one token of the input where the partner is "slot".
bool may_be_partner(const Task& task, const Answered& base, const Answered& other) {
  if (base.tokens.size() != other.tokens.size() || base.positions != other.positions) return false;
  bool differs = false;
  for (std::size_t k = 0; k < base.answers.size(); ++k) differs |= !base.answers[k].same_choice(other.answers[k]);
  if (!differs || task.partner == Partner::kRandom) return differs;
  int changed = 0;
  for (std::size_t i = 0; i < base.input.size(); ++i) changed += base.input[i] != other.input[i] ? 1 : 0;
  return changed == 1;
}

/// One pass over the pool, ended by the second possible partner.
bool has_another_partner(const Task& task, const std::vector<Answered>& all, const std::vector<std::size_t>& pool, const Answered& base,
                         const Answered& chosen) {
  return std::any_of(pool.begin(), pool.end(), [&](std::size_t at) { return &all[at] != &chosen && may_be_partner(task, base, all[at]); });
}

/// The answer against the best other one, or against every token that is not legal; nothing is drawn.
circuits::Example unpaired_example(const Task& task, const Answered& base) {
  circuits::Example example;
  example.clean = base.tokens;
  example.positions = base.positions;
  for (const circuits::Answer& answer : base.answers) {
    if (task.output.is_set()) {
      example.correct_set.push_back(answer.set);
      example.incorrect_set.push_back(~answer.set);
    } else {
      example.correct.push_back(answer.token);
      example.incorrect.push_back(-1);
    }
  }
  return example;
}

circuits::Example paired_example(const Task& task, const Answered& base, const Answered& partner) {
  circuits::Example example;
  example.clean = base.tokens;
  example.corrupted = partner.tokens;
  example.positions = base.positions;
  for (std::size_t k = 0; k < base.answers.size(); ++k) {
    const bool differs = !base.answers[k].same_choice(partner.answers[k]);
    if (task.output.is_set()) {
      example.correct_set.push_back(base.answers[k].set);
      example.incorrect_set.push_back(partner.answers[k].set);
    } else {
      example.correct.push_back(base.answers[k].token);
      example.incorrect.push_back(differs ? partner.answers[k].token : -1);
    }
  }
  return example;
}

/// The whole domain up to `most` inputs, else a seeded sample without repetition.
std::vector<Tokens> choose_inputs(const Domain& domain, std::size_t most, std::uint64_t seed, bool& whole_domain) {
  std::vector<Tokens> inputs;
  Tokens prefix;
  whole_domain = domain.size_bound() <= kLargestWalk && collect(domain, prefix, most, inputs);
  if (whole_domain) return inputs;
  inputs.clear();
  std::set<Tokens> seen;
  for (std::uint64_t i = 0; i < 20 * most && inputs.size() < most; ++i) {
    Tokens random = domain.random_input(seed * 7'919 + i);
    if (domain.scored(random) && seen.insert(random).second) inputs.push_back(std::move(random));
  }
  return inputs;
}

/// A drawn partner, else the first possible one; null where there is none.
const Answered* partner_of(const Task& task, const std::vector<Answered>& all, const std::vector<std::size_t>& pool, const Answered& base,
                           std::mt19937_64& random) {
  for (int attempt = 0; attempt < kPartnerAttempts; ++attempt) {
    const Answered& candidate = all[pool[random() % pool.size()]];
    if (may_be_partner(task, base, candidate)) return &candidate;
  }
  const auto found = std::find_if(pool.begin(), pool.end(), [&](std::size_t at) { return may_be_partner(task, base, all[at]); });
  return found == pool.end() ? nullptr : &all[*found];
}

}  // namespace

std::string_view metric_under(circuits::Ablation ablation) {
  return ablation == circuits::Ablation::kResample ? "logit difference to the partner's answer" : "logit difference to the best other answer";
}

Result<ExampleSet> make_examples(ClaimContext& context, circuits::Network& network, const Domain& domain, std::size_t most, std::uint64_t seed) {
  const Task& task = context.hypothesis.task;
  ExampleSet set;
  Result<std::vector<Answered>> answered = answer_all(network, task, domain, choose_inputs(domain, most, seed, set.whole_domain));
  if (!answered) return fail(answered.error());
  std::map<std::size_t, std::vector<std::size_t>> by_length;
  for (std::size_t i = 0; i < answered->size(); ++i) by_length[(*answered)[i].tokens.size()].push_back(i);
  std::mt19937_64 random(task.seed * 1'000'003 + seed);
  set.every_pair = set.whole_domain;
  for (const Answered& base : *answered) {
    set.unpaired.push_back(unpaired_example(task, base));
    const std::vector<std::size_t>& pool = by_length[base.tokens.size()];
    const Answered* partner = partner_of(task, *answered, pool, base, random);
    if (partner == nullptr) {
      ++set.without_partner;
      continue;
    }
    set.every_pair = set.every_pair && !has_another_partner(task, *answered, pool, base, *partner);
    set.paired.push_back(paired_example(task, base, *partner));
  }
  if (set.paired.empty())
    return input_error("no input has a partner of the same length with another answer",
                       "widen the domain, or use counterfactual partner = \"random\"");
  return set;
}

}  // namespace assay::analysis
