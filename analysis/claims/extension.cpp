#include "analysis/claims/extension.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/claims/comparison.h"

namespace assay::analysis {
namespace {

// Budget of all steps together, in floating-point operations from shapes alone, so that it ends at the same place on every machine.
constexpr double kOperations = 3e10;
constexpr double kOperationsDeep = 3e12;
constexpr double kMostEnumerated = 2e5;  ///< scored prefixes of one step
constexpr std::size_t kSmallestSample = 64, kLargestSample = 2'000;
constexpr std::size_t kSampleBatch = 256;

/// At most so many scored prefixes; `added` holds strings of one length alone.
double scored_bound(const Domain& added, const Domain& declared, std::uint64_t declared_scored) {
  const double all = added.size_bound() * added.spec().answers;
  if (!added.spec().is_tree() || !added.spec().legal || declared_scored == 0) return all;
  // A legal tree grows at most by its alphabet per symbol.
  return std::min(all, static_cast<double>(declared_scored) *
                           std::pow(static_cast<double>(added.spec().alphabet.size()), added.spec().max_length - declared.spec().max_length));
}

struct StepOutcome {
  std::uint64_t checked = 0;
  std::uint64_t changed_in_float64 = 0;
  bool sampled = false;
  std::optional<Disagreement> failure;
};

Result<StepOutcome> check_all(ClaimContext& context, circuits::Network& network, const Labels& labels) {
  StepOutcome outcome;
  Result<Cache> no_cache = Cache::open("");
  if (!no_cache) return fail(no_cache.error());
  Result<NetworkOutputs> outputs = compute_outputs(network, labels.task(), labels.domain(), *no_cache, context.session);
  if (!outputs) return fail(outputs.error());
  Result<Comparison> comparison = compare(labels.domain(), *outputs, labels, context.session);
  if (!comparison) return fail(comparison.error());
  outcome.checked = comparison->scored;
  outcome.changed_in_float64 = outputs->changed_in_float64;
  outcome.failure = comparison->first;
  return outcome;
}

/// Random complete inputs; answers are fed back by asking for one answer after the other.
Result<StepOutcome> check_sample(ClaimContext& context, circuits::Network& network, const Labels& labels, std::uint64_t seed, std::size_t size) {
  StepOutcome outcome;
  outcome.sampled = true;
  const Domain& domain = labels.domain();
  const Task& task = labels.task();
  BoundArguments scratch;
  for (std::size_t begin = 0; begin < size && !outcome.failure; begin += kSampleBatch) {
    std::vector<Tokens> prefixes;
    for (std::size_t i = begin; i < std::min(size, begin + kSampleBatch); ++i) {
      Tokens prefix = domain.random_input(seed + i);
      if (domain.scored(prefix)) prefixes.push_back(std::move(prefix));
    }
    if (std::optional<Error> failed = domain.failure()) return fail(*failed);
    for (int step = 0; step < domain.spec().answers && !prefixes.empty() && !outcome.failure; ++step) {
      if (context.session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished work is cached"});
      std::vector<Tokens> sequences, next;
      std::vector<std::vector<std::int32_t>> positions;
      for (const Tokens& prefix : prefixes) {
        sequences.push_back(task.sequence(prefix));
        positions.push_back({static_cast<std::int32_t>(sequences.back().size()) - 1});
      }
      auto answers = network.answers(sequences, positions, task.output.readout);
      if (!answers) return fail(answers.error());
      for (std::size_t i = 0; i < prefixes.size() && !outcome.failure; ++i) {
        const circuits::Answer& answer = (*answers)[i][0];
        const Label label = labels.label(prefixes[i], scratch);
        ++outcome.checked;
        if (!agrees(task.output, answer, label) || !(answer.margin > 0)) outcome.failure = Disagreement{prefixes[i], answer, label};
        Tokens following;
        domain.children(prefixes[i], &answer, following);
        if (following.size() == 1) {
          prefixes[i].push_back(following[0]);
          if (domain.scored(prefixes[i])) next.push_back(prefixes[i]);
        }
      }
      prefixes = std::move(next);
    }
  }
  return outcome;
}

/// How a step is checked, and what that takes of the budget.
struct StepWork {
  bool enumerate = false;
  std::size_t sample = 0;
  double operations = 0;
};

/// `left` is for this step and all behind it, `steps` together.
StepWork work_of(const Domain& added, const circuits::NetworkInfo& info, double scored, int tokens, bool deep, double left, int steps) {
  const double per_token = 2.0 * static_cast<double>(info.parameters);
  // The smallest step takes what it needs to be exact; what is too large for that shares the rest.
  const double cost = 1.5 * scored * per_token, share = left / steps;
  StepWork work;
  work.enumerate = cost <= left && (deep || scored <= kMostEnumerated);
  work.sample = static_cast<std::size_t>(
      std::clamp(share / (per_token * tokens * added.spec().answers), static_cast<double>(kSmallestSample), static_cast<double>(kLargestSample)));
  work.operations = work.enumerate ? cost : share;
  return work;
}

/// How it ends at a failure.
std::string end_at(const Disagreement& failure, const Labels& labels, bool trained, int sampled) {
  std::string text = "first failure";
  if (!failure.program.defined) text = "the program itself is not defined there: " + labels.explain(failure.prefix);
  else if (!trained) text += ", at positions that training never reached";
  if (sampled > 0) text += fmt::format("; {} shorter steps were sampled, so a failure may lie there", sampled);
  return text;
}

/// How it ends when nothing failed.
std::string end_of(const ExtensionPlan& plan, int sampled) {
  std::string text = fmt::format("after {} steps, {}", plan.steps, plan.open_ended ? "the most that are tried unasked" : "as far as asked");
  if (sampled > 0) text += fmt::format("; {} of them by sample, as all their inputs exceed the budget", sampled);
  return text;
}

/// A longer domain that cannot be walked ends the extension, not the claim that was proved; only what stops the command is an error.
bool stops_the_command(ErrorKind kind) { return kind == ErrorKind::kCancelled || kind == ErrorKind::kInternal; }

}  // namespace

Result<ExtensionPlan> parse_extension(const std::optional<std::string>& text) {
  ExtensionPlan plan;
  if (!text) return plan;
  if (*text == "none") {
    plan.none = true;
    return plan;
  }
  plan.open_ended = false;
  plan.steps = 1;
  std::string unit = *text;
  if (const std::size_t plus = unit.find('+'); plus != std::string::npos) {
    const std::string number = unit.substr(plus + 1);
    plan.steps = std::atoi(number.c_str());
    unit.resize(plus);
  }
  while (!unit.empty() && unit.back() == ' ') unit.pop_back();
  if (plan.steps < 1 || plan.steps > 1000)
    return input_error(fmt::format("extend = \"{}\" does not say by how much", *text), "write for example \"length + 1\"");
  if (unit.rfind("slot ", 0) == 0) plan.slot = unit.substr(5);
  else if (unit == "digits") plan.answers = true;
  else if (unit != "length" && unit != "token" && unit != "symbol")
    return input_error(fmt::format("extend = \"{}\" names no unit", *text), "write \"length + 1\", \"digits + 1\", \"slot NAME + 1\" or \"none\"");
  return plan;
}

Status extend(ClaimContext& context, const ClaimSpec& claim, circuits::Network& network, const Labels& labels, Json& extension) {
  Result<ExtensionPlan> plan = parse_extension(claim.extend);
  if (!plan) return fail(plan.error());
  extension = {{"steps", Json::array()}};
  if (plan->none) {
    extension["ended"] = "not asked for";
    return {};
  }
  if (!labels.binding().uses_length()) {
    extension["ended"] = "the program is not told the length of its input, so a longer one has no meaning for it";
    return {};
  }
  const Task& task = labels.task();
  const Domain& declared = labels.domain();
  std::uint64_t declared_scored = 0;
  if (Result<const NetworkOutputs*> known = context.store.outputs(network, task, declared, context.cache, context.session))
    declared_scored = (*known)->scored;
  double left = context.options.deep ? kOperationsDeep : kOperations;
  int sampled = 0, without_input = 0;
  for (int by = 1; by <= plan->steps; ++by) {
    Result<Domain> wider = declared.extended(by, plan->slot, plan->answers, true);
    if (!wider) {
      extension["ended"] = wider.error().message;
      return {};
    }
    const Domain& added = *wider;
    const int tokens = static_cast<int>(added.start().size()) + added.depth();
    Json step = {{"by", by}, {"tokens", tokens}, {"trained", !task.trained_positions || tokens <= *task.trained_positions}};
    if (tokens > network.info().positions) {
      extension["ended"] = fmt::format("unsupported: the position table ends at {} tokens", network.info().positions);
      return {};
    }
    Result<Labels> wide = Labels::create(task, added, labels.function());
    if (!wide) return fail(wide.error());
    const double scored = scored_bound(added, declared, declared_scored);
    const StepWork work = work_of(added, network.info(), scored, tokens, context.options.deep, left, plan->steps - by + 1);
    Result<StepOutcome> outcome =
        work.enumerate ? check_all(context, network, *wide) : check_sample(context, network, *wide, claim.seed, work.sample);
    if (!outcome) {
      if (stops_the_command(outcome.error().kind)) return fail(outcome.error());
      extension["ended"] = fmt::format("{} longer: {}", by, outcome.error().message);
      return {};
    }
    left -= work.operations;
    if (outcome->checked == 0) {
      ++without_input;  // the predicate admits none, or none was drawn: says nothing
      extension["steps_without_input"] = without_input;
      continue;
    }
    step["checked"] = outcome->checked;
    step["evidence"] = outcome->sampled ? "sample" : outcome->changed_in_float64 > 0 ? "in float32 alone" : "enumeration";
    if (outcome->changed_in_float64 > 0) step["changed_in_float64"] = outcome->changed_in_float64;
    if (outcome->sampled) step["seed"] = claim.seed;
    step["holds"] = !outcome->failure;
    if (outcome->failure) {
      Result<WitnessReport> witness = report_witness(network, *wide, *outcome->failure);
      if (!witness) return fail(witness.error());
      step["witness"] = witness->json;
      extension["steps"].push_back(step);
      extension["ended"] = end_at(*outcome->failure, *wide, step["trained"].get<bool>(), sampled);
      return {};
    }
    sampled += outcome->sampled ? 1 : 0;
    extension["steps"].push_back(step);
    if (outcome->changed_in_float64 == 0) continue;
    extension["ended"] = fmt::format("{} answers change in float64", outcome->changed_in_float64);
    return {};
  }
  const bool found_none = extension["steps"].empty() && without_input > 0;
  extension["ended"] = found_none ? std::string("no longer input that the domain's predicate admits was found") : end_of(*plan, sampled);
  return {};
}

}  // namespace assay::analysis
