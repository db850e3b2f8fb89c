// The circuit decides what the code means: it decides its site (all else ablated), the intact model writes the rest, and the function means what the
// model's own means.
//
// Counted are only requests on which the decision matters: those where the code behind the empty circuit's token differs in meaning from the code
// behind the model's own. Where they mean the same, any circuit would succeed; where the model's code is no function that the solver can read, or a
// budget ran out, nothing can be said: both are left out, and counted apart. The share of counted requests on which the circuit's code means
// the same as the model's must reach the threshold with its whole interval. Random circuits of the same size stand beside it.
//
//   // ... while (i ${decided} n)      model ` <`, circuit ` <`, empty ` <=`, whose code reads past the end: counted, and a success
//
// Cost: 3 + random circuits on every example, and a text and a judgement per prompt and different token. Test:
// tests/analysis/semantic_faithfulness_test.cpp
#include <fmt/format.h>

#include <algorithm>

#include "analysis/bench/decided_code.h"
#include "analysis/bench/prompt_tasks.h"
#include "analysis/claims/circuit_claims.h"
#include "circuits/evaluation/runs.h"

namespace assay::analysis {
namespace {

using bench::CodeTask;
using bench::DecidedCode;
using bench::SameMeaning;
using circuits::CircuitRuns;

constexpr double kFaithful = 0.9;

/// What became of one request.
enum class Request { kCounted, kSameMeaning, kModelWithoutMeaning, kUndecided };

struct Share {
  std::uint64_t same = 0, decided = 0, undecided = 0;
  double value() const { return decided == 0 ? 0 : static_cast<double>(same) / static_cast<double>(decided); }
  void add(SameMeaning meaning) {
    if (meaning == SameMeaning::kUnknown) ++undecided;
    else ++decided, same += meaning == SameMeaning::kYes;
  }
};

/// Circuits are numbered as in the runs: 0 is the circuit, random ones follow, then the network and the empty circuit.
class Count {
 public:
  Count(const CircuitRuns& runs, const DecidedCode& code) : runs_(runs), code_(code), shares_(runs.full()) {
    for (std::size_t i = 0; i < runs.examples(); ++i) add(i);
  }

  TokenId token(std::size_t circuit, std::size_t request) const { return runs_.answers[circuit][request].front(); }
  std::uint64_t of(Request what) const { return static_cast<std::uint64_t>(std::count(requests_.begin(), requests_.end(), what)); }
  const Share& share(std::size_t circuit) const { return shares_[circuit]; }
  std::uint64_t same_token() const { return same_token_; }
  const std::vector<std::size_t>& failures() const { return failures_; }

  /// Labels of the code behind one circuit's tokens, over counted requests.
  Json labels(std::size_t circuit) const {
    Json counts = Json::object();
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      if (requests_[i] != Request::kCounted) continue;
      const bench::JudgedAnswer* answer = code_.answer(i, token(circuit, i));
      const std::string name(answer == nullptr ? "no decision" : name_of(label_of(answer->judgement)));
      counts[name] = counts.value(name, 0) + 1;
    }
    return counts;
  }

 private:
  void add(std::size_t i) {
    const TokenId model = token(runs_.full(), i), empty = token(runs_.empty(), i);
    const SameMeaning matters = code_.compare(i, model, empty).same;
    requests_.push_back(!code_.has_meaning(i, model)       ? Request::kModelWithoutMeaning
                        : matters == SameMeaning::kYes     ? Request::kSameMeaning
                        : matters == SameMeaning::kUnknown ? Request::kUndecided
                                                           : Request::kCounted);
    if (requests_.back() != Request::kCounted) return;
    same_token_ += token(0, i) == model;
    for (std::size_t circuit = 0; circuit < shares_.size(); ++circuit) {
      const SameMeaning same = code_.compare(i, model, token(circuit, i)).same;
      shares_[circuit].add(same);
      if (circuit == 0 && same == SameMeaning::kNo) failures_.push_back(i);
    }
  }

  const CircuitRuns& runs_;
  const DecidedCode& code_;
  std::vector<Request> requests_;
  std::vector<Share> shares_;
  std::vector<std::size_t> failures_;
  std::uint64_t same_token_ = 0;
};

Json random_circuits(const Count& count, std::size_t circuits) {
  Json shares = Json::array();
  std::size_t as_good = 0;
  double best = 0;
  for (std::size_t c = 1; c <= circuits; ++c) {
    const double share = count.share(c).value();
    shares.push_back(share);
    as_good += share >= count.share(0).value();
    best = std::max(best, share);
  }
  return {{"circuits", circuits}, {"as_good", as_good}, {"best", best}, {"shares", shares}};
}

Json witness_of(const Count& count, const DecidedCode& code, const CircuitRuns& runs) {
  if (count.failures().empty()) return {};
  const std::size_t i = count.failures().front();
  const TokenId model = count.token(runs.full(), i), circuit = count.token(0, i);
  const bench::MeaningComparison differ = code.compare(i, model, circuit);
  const auto text = [&](TokenId token) {
    const bench::JudgedAnswer* answer = code.answer(i, token);
    return answer == nullptr ? Json() : Json(answer->text);
  };
  Json attributes = Json::object();
  for (const auto& [name, value] : code.task(i).attributes) attributes[name] = value;
  return {{"request", code.task(i).id},
          {"attributes", attributes},
          {"input", differ.input},
          {"model_answer", differ.first_answer},
          {"circuit_answer", differ.second_answer},
          {"reason", differ.reason},
          {"model_code", text(model)},
          {"circuit_code", text(circuit)}};
}

/// The prompts of the examples, as code tasks with the tokens that the circuits decided.
Result<std::vector<bench::DecidedPrompt>> decided_prompts(const ClaimContext& context, std::span<const circuits::Example> examples,
                                                          const CircuitRuns& runs) {
  const Task& task = context.hypothesis.task;
  const Result<std::vector<CodeTask>> tasks = bench::tasks_of_prompts(task);
  if (!tasks) return fail(tasks.error());
  std::map<Tokens, std::size_t> number;
  for (const Prompt& prompt : task.domain.spec().prompts->all())
    if (task.domain.scored(prompt.tokens)) number.emplace(task.sequence(prompt.tokens), number.size());
  std::vector<bench::DecidedPrompt> prompts;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto found = number.find(examples[i].clean);
    if (found == number.end() || found->second >= tasks->size()) return internal_error("an example is no prompt of its task");
    prompts.push_back({(*tasks)[found->second], examples[i].clean, {}});
    for (const auto& answers : runs.answers) {
      if (answers[i].size() != 1)
        return unsupported("semantic faithfulness of a task that reads sets or several answers", "use a task with one token at the prompt's end");
      prompts.back().decisions.push_back(answers[i].front());
    }
  }
  return prompts;
}

class SemanticFaithfulnessClaim : public CircuitClaim {
 public:
  std::string_view name() const override { return "semantic_faithfulness"; }

 protected:
  bool prints_other_ablations() const override { return false; }
  std::size_t circuits_to_run(const circuits::Circuit&, const ClaimSpec& claim) const override {
    return 3 + static_cast<std::size_t>(claim.random_circuits);
  }
  std::string vacuous(const circuits::Circuit&) const override { return {}; }
  void declare(const circuits::Circuit&, const ClaimSpec& claim, ClaimResult& result) const override {
    result.details["threshold"] = claim.threshold.value_or(kFaithful);
    result.details["max_tokens"] = claim.max_tokens;
    result.assumptions.push_back(fmt::format(
        "behind the decided token the intact model writes on greedily, at most {} tokens, up to the end of the function", claim.max_tokens));
    result.assumptions.push_back("code is compared on the inputs that the reference's contract admits");
  }

  Result<Judgement> judge(const CircuitTrial& trial) const override {
    const circuits::Circuit& circuit = trial.circuit;
    std::vector<std::vector<bool>> circuits{circuit.kept};
    for (int i = 0; i < trial.claim.random_circuits; ++i)
      circuits.push_back(circuits::select_random(circuit.graph, circuit.size(), trial.claim.seed * 1'000 + static_cast<std::uint64_t>(i)));
    const auto runs = circuits::run_circuits(trial.network, trial.examples, std::move(circuits), trial.evaluation, trial.session);
    if (!runs) return fail(runs.error());
    Result<std::vector<bench::DecidedPrompt>> prompts = decided_prompts(trial.context, trial.examples, *runs);
    if (!prompts) return fail(prompts.error());
    const Result<circuits::Network*> network = trial.context.network();
    if (!network) return fail(network.error());
    const Result<DecidedCode> code = DecidedCode::write(**network, std::move(*prompts), trial.claim.max_tokens, trial.context.cache, trial.session);
    if (!code) return fail(code.error());
    return judgement_of(Count(*runs, *code), *code, *runs, trial);
  }

 private:
  static Judgement judgement_of(const Count& count, const DecidedCode& code, const CircuitRuns& runs, const CircuitTrial& trial) {
    const Share& own = count.share(0);
    const double least = trial.claim.threshold.value_or(kFaithful);
    const circuits::Estimate share = circuits::share_of(static_cast<double>(own.same), own.decided, trial.sampling);
    const Json estimate = to_json(share, trial.sampling.everything);
    const auto random = static_cast<std::size_t>(trial.claim.random_circuits);
    Judgement judgement;
    judgement.everything = trial.sampling.everything && own.undecided == 0 && count.of(Request::kUndecided) == 0;
    judgement.numbers = {{"share", estimate["value"]},
                         {"requests", runs.examples()},
                         {"counted", own.decided},
                         {"same_meaning", own.same},
                         {"same_token", count.same_token()},
                         {"left_out",
                          {{"empty_circuit_means_the_same", count.of(Request::kSameMeaning)},
                           {"model_without_meaning", count.of(Request::kModelWithoutMeaning)},
                           {"undecided", count.of(Request::kUndecided) + own.undecided}}},
                         {"labels", {{"model", count.labels(runs.full())}, {"circuit", count.labels(0)}, {"empty", count.labels(runs.empty())}}},
                         {"texts", code.written()}};
    if (estimate.contains("interval95")) judgement.numbers["interval95"] = estimate["interval95"];
    if (random > 0) judgement.numbers["random_circuits"] = random_circuits(count, random);
    if (own.decided == 0) {
      judgement.state = Judgement::State::kVacuous;
      judgement.text = fmt::format("on none of {} requests is the code behind the empty circuit's token known to differ in meaning from the model's",
                                   runs.examples());
      return judgement;
    }
    judgement.text = fmt::format("{:.1f} % of {} requests whose code the decision changes mean the same", 100 * share.value, own.decided);
    if (random > 0)
      judgement.text += fmt::format(", random circuits at best {:.1f} %", 100 * judgement.numbers["random_circuits"]["best"].get<double>());
    if (share.low >= least) judgement.state = Judgement::State::kHolds;
    else if (share.high < least) judgement.state = Judgement::State::kFails;
    if (judgement.state == Judgement::State::kFails) judgement.witness = witness_of(count, code, runs);
    return judgement;
  }
};

}  // namespace

std::unique_ptr<ClaimKind> semantic_faithfulness() { return std::make_unique<SemanticFaithfulnessClaim>(); }

}  // namespace assay::analysis
