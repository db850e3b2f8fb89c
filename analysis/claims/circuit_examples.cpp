#include "analysis/claims/circuit_examples.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>
#include <set>

#include "base/draw.h"

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
  TokenId demanded = -1;  ///< of a prompt, where the task says which symbol it asks for

  /// What two inputs are told apart by: the symbols that are asked for, else the answers.
  bool contrasts_at(std::size_t k, const Answered& other) const {
    return demanded >= 0 ? demanded != other.demanded : !answers[k].same_choice(other.answers[k]);
  }
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

std::size_t different_tokens(const Tokens& left, const Tokens& right) {
  return static_cast<std::size_t>(std::inner_product(left.begin(), left.end(), right.begin(), 0, std::plus<>(), std::not_equal_to<>()));
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
    const bool differs = base.contrasts_at(k, partner);
    if (base.demanded >= 0) {
      example.correct.push_back(base.demanded);
      example.incorrect.push_back(partner.demanded);
    } else if (task.output.is_set()) {
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

/// Answers of every prompt of a template's domain, from the recorded outputs of the network; those that the predicate excludes have no tokens.
Result<std::vector<Answered>> answer_prompts(ClaimContext& context, circuits::Network& network, const Domain& domain) {
  const Task& task = context.hypothesis.task;
  const Result<const NetworkOutputs*> outputs = context.store.outputs(network, task, domain, context.cache, context.session);
  if (!outputs) return fail(outputs.error());
  const std::vector<Prompt>& prompts = domain.spec().prompts->all();
  std::vector<Answered> all(prompts.size());
  const Status walked = for_each_scored(
      domain, **outputs,
      [&](const OutputBlock& block) {  // on several threads: each prompt is in one block
        for (std::size_t i = 0; i < block.count; ++i) {
          const Prompt* prompt = domain.spec().prompts->find(block.prefix(i));
          Answered& one = all[static_cast<std::size_t>(prompt - prompts.data())];
          one.input = prompt->tokens;
          one.tokens = task.sequence(prompt->tokens);
          one.positions = {static_cast<std::int32_t>(one.tokens.size()) - 1};
          one.answers = {(*outputs)->answers[block.codes[i]]};
          if (task.demanded_by) one.demanded = task.output.symbols[prompt->choices[*task.demanded_by]];
        }
        return true;
      },
      context.session);
  if (!walked) return fail(walked.error());
  return all;
}

/// What examples are drawn from, and who may be whose partner.
class Pool {
 public:
  static Result<Pool> create(ClaimContext& context, circuits::Network& network, const Domain& domain, std::size_t most, std::uint64_t seed) {
    Pool pool(context.hypothesis.task, domain);
    Result<std::vector<Answered>> answered = domain.spec().prompts
                                                 ? answer_prompts(context, network, domain)
                                                 : answer_all(network, pool.task_, domain, choose_inputs(domain, most, seed, pool.whole_domain_));
    if (!answered) return fail(answered.error());
    pool.all_ = std::move(*answered);
    for (std::size_t i = 0; i < pool.all_.size(); ++i)
      if (!pool.all_[i].tokens.empty()) pool.bases_.push_back(i), pool.by_length_[pool.all_[i].tokens.size()].push_back(i);
    if (pool.is_by_slot()) pool.find_neighbours();
    return pool;
  }

  /// Of the prompts that have a partner a seeded sample, in order: with the others no circuit of a decision is found or judged. How many these are.
  std::size_t keep_contrasts(std::size_t most, std::uint64_t seed) {
    std::vector<std::size_t> contrasts;
    for (const std::size_t base : bases_)
      if (has_another_partner(base, nullptr)) contrasts.push_back(base);
    const std::size_t others = bases_.size() - contrasts.size();
    std::mt19937_64 random(seed);
    draw(contrasts, most, random);
    std::sort(contrasts.begin(), contrasts.end());
    whole_domain_ = contrasts.size() == bases_.size();
    bases_ = std::move(contrasts);
    return others;
  }

  const std::vector<std::size_t>& bases() const { return bases_; }
  const Answered& at(std::size_t index) const { return all_[index]; }
  bool whole_domain() const { return whole_domain_; }

  /// A drawn partner, else the first possible one; null where there is none.
  const Answered* partner_of(std::size_t base, std::mt19937_64& random) const {
    const std::vector<std::size_t>& others = near(base);
    for (int attempt = 0; attempt < kPartnerAttempts && !others.empty(); ++attempt) {
      const Answered& candidate = all_[others[random() % others.size()]];
      if (may_be_partner(all_[base], candidate)) return &candidate;
    }
    const auto found = std::find_if(others.begin(), others.end(), [&](std::size_t at) { return may_be_partner(all_[base], all_[at]); });
    return found == others.end() ? nullptr : &all_[*found];
  }

  /// One pass, ended by the first possible partner that is not `chosen`.
  bool has_another_partner(std::size_t base, const Answered* chosen) const {
    const std::vector<std::size_t>& others = near(base);
    return std::any_of(others.begin(), others.end(), [&](std::size_t at) { return &all_[at] != chosen && may_be_partner(all_[base], all_[at]); });
  }

 private:
  Pool(const Task& task, const Domain& domain) : task_(task), domain_(domain) {}

  /// The partner of a prompt is one that differs in one slot.
  bool is_by_slot() const { return domain_.spec().prompts && task_.partner == Partner::kSlot; }

  void find_neighbours() {
    neighbours_.resize(all_.size());
    for (const std::size_t base : bases_) {
      neighbours_[base] = domain_.spec().prompts->neighbours(base, task_.partner_slots);
      std::erase_if(neighbours_[base], [&](std::size_t at) { return all_[at].tokens.empty(); });
    }
  }

  /// Where the partners of one input are looked for.
  const std::vector<std::size_t>& near(std::size_t base) const { return is_by_slot() ? neighbours_[base] : by_length_.at(all_[base].tokens.size()); }

  /// Same length and another answer, or another symbol that is asked for; where the partner is "slot", one token of the input differs, or one slot of
  /// a prompt (near()).
  bool may_be_partner(const Answered& base, const Answered& other) const {
    if (base.tokens.size() != other.tokens.size() || base.positions != other.positions) return false;
    bool differs = false;
    for (std::size_t k = 0; k < base.answers.size(); ++k) differs |= base.contrasts_at(k, other);
    return differs && (task_.partner == Partner::kRandom || is_by_slot() || different_tokens(base.input, other.input) == 1);
  }

  const Task& task_;
  const Domain& domain_;
  std::vector<Answered> all_;
  std::vector<std::size_t> bases_;  ///< candidates for examples, in the order of the domain
  bool whole_domain_ = false;       ///< `bases_` is the domain
  std::map<std::size_t, std::vector<std::size_t>> by_length_;
  std::vector<std::vector<std::size_t>> neighbours_;  ///< by prompt
};

}  // namespace

std::string_view metric_under(circuits::Ablation ablation, const Task& task) {
  if (ablation != circuits::Ablation::kResample) return "logit difference to the best other answer";
  return task.demanded_by ? "logit difference between the symbol that is asked for and the partner's" : "logit difference to the partner's answer";
}

Result<ExampleSet> make_examples(ClaimContext& context, circuits::Network& network, const Domain& domain, std::size_t most, std::uint64_t seed) {
  const Task& task = context.hypothesis.task;
  ExampleSet set;
  Result<Pool> pool = Pool::create(context, network, domain, most, seed);
  if (!pool) return fail(pool.error());
  if (domain.spec().prompts) set.without_partner = pool->keep_contrasts(most, seed);
  set.whole_domain = pool->whole_domain();
  std::mt19937_64 random(task.seed * 1'000'003 + seed);
  set.every_pair = set.whole_domain;
  for (const std::size_t base : pool->bases()) {
    set.unpaired.push_back(unpaired_example(task, pool->at(base)));
    const Answered* partner = pool->partner_of(base, random);
    if (partner == nullptr) {
      ++set.without_partner;
      continue;
    }
    set.every_pair = set.every_pair && !pool->has_another_partner(base, partner);
    set.paired.push_back(paired_example(task, pool->at(base), *partner));
  }
  if (set.paired.empty())
    return input_error("no input has a partner of the same length with another answer",
                       "widen the domain, or use counterfactual partner = \"random\"");
  return set;
}

}  // namespace assay::analysis
