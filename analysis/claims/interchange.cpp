#include "analysis/claims/interchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "analysis/claims/rounding.h"
#include "base/hash.h"
#include "circuits/evaluation/estimate.h"

namespace assay::analysis {
namespace {

using circuits::Answer;

/// Inputs or counterfactual runs that may run into the interpreter's limit, each some tenths of a second, before the work is given up.
constexpr int kMostEndlessRuns = 4;

/// Scored first answers of the tree, in order; false when there are more than `most`.
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

bool same_answer(const OutputSpec& output, const Label& a, const Label& b) {
  if (!a.defined || !b.defined) return a.defined == b.defined;
  return output.is_set() ? a.answer.set == b.answer.set : a.value == b.value;
}

tl::unexpected<Error> endless_program(const std::string& what, const std::string& why) {
  return fail({ErrorKind::kBudget, fmt::format("{} the program {}", what, why),
               "let the loop end for every value of the variable, or declare a domain on which it does"});
}

/// What is set: point s belongs to swap s.
std::vector<program::ProgramPoint> points_of(const std::vector<ResolvedSwap>& swaps) {
  std::vector<program::ProgramPoint> points;
  for (const ResolvedSwap& swap : swaps) {
    points.push_back(swap.variable);
    points.back().visit.reset();  // a Setting says which visit
  }
  return points;
}

/// What is read: a point without a visit tells its last visit, so `each` needs a point per visit. Gives the swap of every point.
std::vector<std::size_t> observed_points(const std::vector<ResolvedSwap>& swaps, std::uint32_t visits, std::vector<program::ProgramPoint>& points) {
  std::vector<std::size_t> owner;
  for (std::size_t s = 0; s < swaps.size(); ++s)
    for (std::uint32_t visit = 0; visit < (swaps[s].position.each ? visits : 1); ++visit) {
      points.push_back(swaps[s].variable);
      if (swaps[s].position.each) points.back().visit = visit;
      owner.push_back(s);
    }
  return owner;
}

}  // namespace

Interval wilson(const Tally& tally) {
  const circuits::Estimate share = circuits::share_of(tally.agree, tally.pairs, {});
  return {share.low, share.high};
}

Result<InterchangeSetup> InterchangeSetup::create(const Hypothesis& hypothesis, const Domain& domain, std::vector<ResolvedSwap> swaps,
                                                  std::size_t most, std::uint64_t seed) {
  InterchangeSetup setup;
  setup.hypothesis_ = &hypothesis;
  setup.domain_ = &domain;
  setup.swaps_ = std::move(swaps);
  Result<Labels> labels = Labels::create(hypothesis.task, domain, hypothesis.program);
  if (!labels) return fail(labels.error());
  setup.labels_ = std::make_shared<Labels>(std::move(*labels));
  if (Status status = setup.gather(domain, most, seed); !status) return fail(status.error());
  bool each = false;
  for (const ResolvedSwap& swap : setup.swaps_) each |= swap.position.each;
  const std::uint32_t visits = each ? static_cast<std::uint32_t>(domain.spec().input_length()) : 1;
  for (std::uint32_t visit = 0; visit < visits; ++visit) setup.build_instance(visit, each);
  return setup;
}

Status InterchangeSetup::gather(const Domain& domain, std::size_t most, std::uint64_t seed) {
  program::Interpreter watching(hypothesis_->program.program());
  std::vector<program::ProgramPoint> points;
  const std::vector<std::size_t> owner = observed_points(swaps_, static_cast<std::uint32_t>(domain.spec().input_length()), points);
  if (Status status = watching.watch(points); !status) return status;
  std::vector<Tokens> prefixes;
  Tokens prefix;
  if (domain.size_bound() > 1e7 || !collect(domain, prefix, most, prefixes)) {
    sampled_ = true;
    prefixes.clear();
    std::set<Tokens> seen;
    for (std::uint64_t i = 0; i < 20 * most && prefixes.size() < most; ++i) {
      Tokens random = domain.random_input(seed * 1'000'003 + i);
      if (domain.scored(random) && seen.insert(random).second) prefixes.push_back(std::move(random));
    }
    std::sort(prefixes.begin(), prefixes.end(), [](const Tokens& a, const Tokens& b) { return std::pair(a.size(), a) < std::pair(b.size(), b); });
  }
  std::stable_sort(prefixes.begin(), prefixes.end(), [](const Tokens& a, const Tokens& b) { return a.size() < b.size(); });
  if (std::optional<Error> failed = domain.failure()) return fail(*failed);
  for (const Tokens& each : prefixes)
    if (Status status = add_input(each, watching, owner); !status) return status;
  dropped_.undefined_inputs = prefixes.size() - inputs_.size();
  return {};
}

Status InterchangeSetup::count_endless(const Tokens& prefix, const program::RunResult& run) {
  if (run.end != program::RunEnd::kStepLimit || ++endless_inputs_ <= kMostEndlessRuns) return {};
  return endless_program(fmt::format("on the input {}", hypothesis_->task.input_text(prefix)),
                         describe_failure(labels_->function(), labels_->arguments(prefix), run));
}

Status InterchangeSetup::add_input(const Tokens& prefix, const program::Interpreter& watching, const std::vector<std::size_t>& owner) {
  Input input;
  input.prefix = prefix;
  input.input_length = prefix.size();
  program::RunOptions options;
  options.observe = true;
  BoundArguments scratch;
  for (int step = 0; step < domain_->spec().answers; ++step) {
    Label label;
    if (step == 0) {
      const program::RunResult run = watching.run(hypothesis_->program.id(), labels_->arguments(input.prefix), options);
      if (Status status = count_endless(input.prefix, run); !status) return status;
      if (run.end != program::RunEnd::kReturned || !run.value) return {};  // no causal model where the program is undefined; link 2 says so
      label = {true, run.value->integer, hypothesis_->task.output.answer_of(run.value->integer)};
      input.observations = run.observations;
      for (program::Observation& observation : input.observations) observation.point = owner[observation.point];
    } else {
      label = labels_->label(input.prefix, scratch);
    }
    if (!label.defined)
      return count_endless(input.prefix, labels_->function().interpreter().run(labels_->function().id(), labels_->arguments(input.prefix)));
    input.answers.push_back(label);
    const bool last = step + 1 == domain_->spec().answers || hypothesis_->task.output.is_set() || label.answer.token < 0 ||
                      (domain_->spec().until && label.answer.token == *domain_->spec().until);
    if (last) break;
    input.prefix.push_back(label.answer.token);
  }
  inputs_.push_back(std::move(input));
  return {};
}

std::int32_t InterchangeSetup::step_position(const Input& input, int step) const {
  return static_cast<std::int32_t>(domain_->spec().start.size() + input.input_length) - 1 + step;
}

void InterchangeSetup::build_instance(std::uint32_t visit, bool each) {
  Instance instance;
  std::map<std::pair<Tokens, std::vector<std::int64_t>>, std::uint32_t> known_sources;
  std::map<std::vector<std::int64_t>, std::uint32_t> known_values;
  for (std::uint32_t at = 0; at < inputs_.size(); ++at) {
    const Input& input = inputs_[at];
    Base base;
    base.input = at;
    std::int32_t last = 0;
    bool any_located = false, any_reached = false, all_located = true, all_reached = true;
    for (std::size_t s = 0; s < swaps_.size(); ++s) {
      const ResolvedSwap& swap = swaps_[s];
      const std::optional<int> position = hypothesis_->task.locate(swap.position, input.prefix, visit);
      const program::Observation* chosen = nullptr;
      for (const program::Observation& observation : input.observations) {
        if (observation.point != s || !observation.value.initialised) continue;
        const std::optional<std::uint32_t> wanted = each && swap.position.each ? std::optional(visit) : swap.variable.visit;
        if (!wanted || observation.visit == *wanted) chosen = &observation;  // without a wish: the last visit
      }
      any_located |= position.has_value(), all_located &= position.has_value();
      any_reached |= chosen != nullptr, all_reached &= chosen != nullptr;
      if (!position || chosen == nullptr) continue;
      base.positions.push_back(*position);
      base.visits.push_back(chosen->visit);
      base.values.push_back(chosen->value.integer);
      last = std::max(last, *position);
    }
    if (!all_located || !all_reached) {
      // A visit that an input is too short for has neither position nor value: there is nothing to swap, so nothing is dropped.
      if (each && !any_located && !any_reached) continue;
      ++(all_reached ? dropped_.unlocated : dropped_.unreached);
      continue;
    }
    const Tokens sequence = hypothesis_->task.sequence(input.prefix);
    Tokens to_site(sequence.begin(), sequence.begin() + last + 1);
    const auto [value, is_new] = known_values.emplace(base.values, static_cast<std::uint32_t>(instance.values.size()));
    if (is_new) instance.values.push_back(base.values);
    if (known_sources.emplace(std::pair(to_site, base.values), at).second)
      instance.sources.push_back({at, value->second, std::move(to_site), base.positions});
    const std::int32_t final_step = step_position(input, static_cast<int>(input.answers.size()) - 1);
    if (*std::min_element(base.positions.begin(), base.positions.end()) <= final_step) instance.bases.push_back(std::move(base));
    else ++dropped_.after_last_answer;
  }
  instances_.push_back(std::move(instance));
}

std::size_t InterchangeSetup::sources() const {
  std::size_t count = 0;
  for (const Instance& instance : instances_) count += instance.sources.size();
  return count;
}

double InterchangeSetup::pair_count() const {
  double count = 0;
  for (const Instance& instance : instances_) count += static_cast<double>(instance.bases.size()) * static_cast<double>(instance.sources.size());
  return count;
}

double InterchangeSetup::operations_per_pair(const circuits::NetworkInfo& info) const {
  double tokens = 0, bases = 0;
  for (const Instance& instance : instances_)
    for (const Base& base : instance.bases) {
      tokens += static_cast<double>(domain_->spec().start.size() + inputs_[base.input].prefix.size());
      ++bases;
    }
  return bases == 0 ? 0 : 2.0 * static_cast<double>(info.parameters) * tokens / bases;
}

std::vector<PairId> InterchangeSetup::all_pairs() const {
  std::vector<PairId> pairs;
  for (std::uint32_t i = 0; i < instances_.size(); ++i)
    for (std::uint32_t b = 0; b < instances_[i].bases.size(); ++b)
      for (std::uint32_t s = 0; s < instances_[i].sources.size(); ++s) pairs.push_back({i, b, s});
  return pairs;
}

bool InterchangeSetup::in_half(std::uint32_t input, int half) const {
  if (half == 0) return true;
  Hasher hasher;
  for (const TokenId token : inputs_[input].prefix) hasher.add(token);
  return (hasher.hex().back() % 2 == 0) == (half == 1);
}

std::vector<PairId> InterchangeSetup::some_pairs(std::size_t count, std::uint64_t seed, int half) const {
  std::vector<std::vector<std::uint32_t>> bases(instances_.size()), sources(instances_.size());
  double total = 0;
  std::vector<double> upto;
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    for (std::uint32_t b = 0; b < instances_[i].bases.size(); ++b)
      if (in_half(instances_[i].bases[b].input, half)) bases[i].push_back(b);
    for (std::uint32_t s = 0; s < instances_[i].sources.size(); ++s)
      if (in_half(instances_[i].sources[s].input, half)) sources[i].push_back(s);
    total += static_cast<double>(bases[i].size()) * static_cast<double>(sources[i].size());
    upto.push_back(total);
  }
  if (total <= static_cast<double>(count)) {
    std::vector<PairId> pairs;
    for (std::uint32_t i = 0; i < instances_.size(); ++i)
      for (const std::uint32_t b : bases[i])
        for (const std::uint32_t s : sources[i]) pairs.push_back({i, b, s});
    return pairs;
  }
  std::mt19937_64 random(seed);
  std::set<PairId> chosen;
  for (std::size_t attempt = 0; attempt < 20 * count && chosen.size() < count; ++attempt) {
    const double at = static_cast<double>(random() >> 11) * 0x1p-53 * total;
    const auto i = static_cast<std::uint32_t>(
        std::min<std::size_t>(static_cast<std::size_t>(std::upper_bound(upto.begin(), upto.end(), at) - upto.begin()), upto.size() - 1));
    if (bases[i].empty() || sources[i].empty()) continue;
    chosen.insert({i, bases[i][random() % bases[i].size()], sources[i][random() % sources[i].size()]});
  }
  return {chosen.begin(), chosen.end()};
}

Result<std::vector<PairId>> InterchangeSetup::balanced_pairs(std::size_t count, std::uint64_t seed, int half) const {
  constexpr std::size_t kTried = 50;
  program::Interpreter watching(hypothesis_->program.program());
  if (Status status = watching.watch(points_of(swaps_)); !status) return fail(status.error());
  std::vector<PairId> candidates = some_pairs(kTried * count, seed, half), changing, others;
  std::shuffle(candidates.begin(), candidates.end(), std::mt19937_64(seed));
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, bool> changes;  // instance, base, value
  int endless = 0;
  for (const PairId& pair : candidates) {
    const Instance& instance = instances_[pair.instance];
    const std::uint32_t value = instance.sources[pair.source].value;
    const auto [known, is_new] = changes.try_emplace({pair.instance, pair.base, value}, false);
    if (is_new) {
      const Counterfactual run = counterfactual(watching, instance.bases[pair.base], instance.values[value]);
      known->second = run.defined && run.changes;
      if (run.endless && ++endless > kMostEndlessRuns) break;  // run() says so
    }
    std::vector<PairId>& stratum = known->second ? changing : others;
    if (stratum.size() < (count + (known->second ? 1 : 0)) / 2) stratum.push_back(pair);
    if (changing.size() + others.size() == count) break;
  }
  changing.insert(changing.end(), others.begin(), others.end());
  std::sort(changing.begin(), changing.end());
  return changing;
}

InterchangeSetup::Counterfactual InterchangeSetup::counterfactual(const program::Interpreter& watching, const Base& base,
                                                                  const std::vector<std::int64_t>& values) const {
  const Input& input = inputs_[base.input];
  std::vector<program::Setting> settings;
  for (std::size_t s = 0; s < swaps_.size(); ++s) settings.push_back({s, base.visits[s], values[s]});
  program::RunOptions options;
  options.settings = settings;
  Counterfactual result;
  result.defined = true;
  const std::int32_t site = *std::min_element(base.positions.begin(), base.positions.end());
  while (result.first_step < static_cast<int>(input.answers.size()) && step_position(input, result.first_step) < site) ++result.first_step;
  Tokens prefix(input.prefix.begin(), input.prefix.begin() + static_cast<std::ptrdiff_t>(input.input_length));
  for (int step = 0; step < domain_->spec().answers; ++step) {
    Label label = step < static_cast<int>(input.answers.size()) ? input.answers[static_cast<std::size_t>(step)] : Label{};
    if (step >= result.first_step) {
      const program::RunResult run = watching.run(hypothesis_->program.id(), labels_->arguments(prefix), options);
      if (run.end != program::RunEnd::kReturned || !run.value) {
        result.defined = false;
        if (run.end == program::RunEnd::kStepLimit)
          result.endless = describe_endless_run(hypothesis_->program, watching, labels_->arguments(prefix), options);
        return result;
      }
      label = {true, run.value->integer, hypothesis_->task.output.answer_of(run.value->integer)};
      result.answers.push_back(label);
      result.changes |= step >= static_cast<int>(input.answers.size()) ||
                        !same_answer(hypothesis_->task.output, label, input.answers[static_cast<std::size_t>(step)]);
    }
    const bool ends =
        hypothesis_->task.output.is_set() || label.answer.token < 0 || (domain_->spec().until && label.answer.token == *domain_->spec().until);
    if (ends) break;
    prefix.push_back(label.answer.token);
  }
  return result;
}

namespace {

/// Adds one pair's outcome to the score.
void count(SwapScore& score, bool changes, bool equal, int direction, bool agree) {
  (changes ? score.changing : score.unchanged).add(agree);
  if (equal) score.equal.add(agree);
  if (changes && direction > 0) score.up.add(agree);
  if (changes && direction < 0) score.down.add(agree);
}

/// All answers of one pair together.
struct PairOutcome {
  bool agree = true;
  float margin = std::numeric_limits<float>::infinity();  ///< the smallest; a NaN stays
};

PairOutcome outcome_of(const OutputSpec& output, const std::vector<Answer>& answers, const std::vector<Label>& expected) {
  PairOutcome outcome;
  for (std::size_t step = 0; step < answers.size(); ++step) {
    const float margin = answers[step].margin;
    outcome.agree = outcome.agree && agrees(output, answers[step], expected[step]) && margin > 0;
    outcome.margin = margin >= outcome.margin ? outcome.margin : margin;
  }
  return outcome;
}

/// Is the variable set to a larger (1) or a smaller value (-1)? 0 where it is neither, or more than one number.
int direction_of(const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to) {
  if (to.size() != 1 || to[0] == from[0]) return 0;
  return to[0] > from[0] ? 1 : -1;
}

}  // namespace

circuits::InterchangeRequest InterchangeSetup::request_for(circuits::InterchangeRequest::Mode mode, std::uint64_t seed) const {
  circuits::InterchangeRequest request;
  request.mode = mode;
  request.seed = seed;
  request.readout = hypothesis_->task.output.readout;
  for (const ResolvedSwap& swap : swaps_) request.swaps.push_back({swap.site});
  return request;
}

Tokens InterchangeSetup::sequence_of(const Base& base, const Counterfactual& expected) const {
  const Input& input = inputs_[base.input];
  Tokens tokens = hypothesis_->task.sequence({input.prefix.data(), input.input_length + static_cast<std::size_t>(expected.first_step)});
  for (std::size_t k = 0; k + 1 < expected.answers.size(); ++k) tokens.push_back(expected.answers[k].answer.token);
  return tokens;
}

std::vector<std::int32_t> InterchangeSetup::scored_positions(const Base& base, const Counterfactual& expected) const {
  std::vector<std::int32_t> positions;
  for (std::size_t k = 0; k < expected.answers.size(); ++k)
    positions.push_back(step_position(inputs_[base.input], expected.first_step + static_cast<int>(k)));
  return positions;
}

Result<SwapScore> InterchangeSetup::run(circuits::Network& network, const std::vector<PairId>& pairs, circuits::InterchangeRequest::Mode mode,
                                        std::uint64_t seed, Session& session, double low_margin) const {
  SwapScore score;
  int endless = 0;
  score.smallest_margin = std::numeric_limits<float>::infinity();
  program::Interpreter watching(hypothesis_->program.program());
  if (Status status = watching.watch(points_of(swaps_)); !status) return fail(status.error());
  for (std::size_t begin = 0; begin < pairs.size();) {
    const std::uint32_t at = pairs[begin].instance;
    std::size_t end = begin;
    while (end < pairs.size() && pairs[end].instance == at) ++end;
    const Instance& instance = instances_[at];

    circuits::InterchangeRequest request = request_for(mode, seed);
    std::unordered_map<std::uint32_t, std::uint32_t> source_rows;  // only sources of these pairs are run
    struct Run {
      std::uint32_t variant;
      Counterfactual expected;
    };
    std::map<std::pair<std::uint32_t, std::uint32_t>, Run> runs;         // base, value
    std::map<std::pair<std::uint32_t, Tokens>, std::uint32_t> variants;  // base, fed-back tokens
    std::vector<std::size_t> which;                                      // request pair -> index into pairs
    for (std::size_t i = begin; i < end; ++i) {
      if ((i & 4095) == 0 && session.cancelled())
        return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished claims are cached"});
      const Base& base = instance.bases[pairs[i].base];
      const std::uint32_t value = instance.sources[pairs[i].source].value;
      auto found = runs.find({pairs[i].base, value});
      const bool is_first = found == runs.end();
      if (is_first) {
        Run run{0, counterfactual(watching, base, instance.values[value])};
        if (run.expected.defined) {
          const Tokens tokens = sequence_of(base, run.expected);
          const auto [variant, is_new] = variants.emplace(std::pair(pairs[i].base, tokens), static_cast<std::uint32_t>(request.bases.size()));
          if (is_new) request.bases.push_back({tokens, base.positions, scored_positions(base, run.expected)});
          run.variant = variant->second;
        }
        found = runs.emplace(std::pair(pairs[i].base, value), std::move(run)).first;
      }
      if (!found->second.expected.defined) {
        if (is_first && found->second.expected.endless && ++endless > kMostEndlessRuns)
          return endless_program(fmt::format("with the value of another input set on {},", hypothesis_->task.input_text(inputs_[base.input].prefix)),
                                 *found->second.expected.endless);
        ++score.undefined;
        continue;
      }
      const auto [row, is_needed] = source_rows.emplace(pairs[i].source, static_cast<std::uint32_t>(request.sources.size()));
      if (is_needed) request.sources.push_back({instance.sources[pairs[i].source].tokens, instance.sources[pairs[i].source].positions, {}});
      request.pairs.push_back({found->second.variant, row->second});
      which.push_back(i);
    }
    begin = end;
    if (request.pairs.empty()) continue;
    const Status status = network.interchange(
        request,
        [&](std::size_t first, std::span<const std::vector<Answer>> answers) {
          for (std::size_t k = 0; k < answers.size(); ++k) {
            const PairId& pair = pairs[which[first + k]];
            const Base& base = instance.bases[pair.base];
            const Source& source = instance.sources[pair.source];
            const Counterfactual& expected = runs.at({pair.base, source.value}).expected;
            const auto [agree, margin] = outcome_of(hypothesis_->task.output, answers[k], expected.answers);
            const std::vector<std::int64_t>& given = instance.values[source.value];
            count(score, expected.changes, given == base.values, direction_of(base.values, given), agree);
            score.low_margin += static_cast<double>(margin) >= low_margin ? 0 : 1;
            if (agree) score.smallest_margin = std::min(score.smallest_margin, margin);
            if (!agree && (!score.failing || pair < *score.failing)) {
              score.failing = pair;
              score.failing_answers = answers[k];
            }
          }
          return !session.cancelled();
        },
        session);
    if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished claims are cached"});
    if (!status) return fail(status.error());
  }
  return score;
}

Result<double> InterchangeSetup::low_margin(circuits::Network& network) const {
  std::vector<Tokens> probes;
  const std::size_t stride = std::max<std::size_t>(1, inputs_.size() / kMostProbes);
  for (std::size_t at = 0; at < inputs_.size() && probes.size() < kMostProbes; at += stride)
    probes.push_back(hypothesis_->task.sequence(inputs_[at].prefix));
  const Result<Rounding> rounding = measure_rounding(network, std::move(probes));
  if (!rounding) return fail(rounding.error());
  return rounding->threshold;
}

InterchangeSetup InterchangeSetup::with_sites(const std::vector<circuits::Site>& sites) const {
  InterchangeSetup other(*this);
  for (std::size_t s = 0; s < sites.size(); ++s) other.swaps_[s].site = sites[s];
  return other;
}

InterchangeSetup InterchangeSetup::shifted(int positions) const {
  InterchangeSetup other(*this);
  for (Instance& instance : other.instances_) {
    for (Base& base : instance.bases)
      for (std::int32_t& position : base.positions) position = std::max(0, position + positions);
    for (Source& source : instance.sources)
      for (std::int32_t& position : source.positions) position = std::max(0, position + positions);
  }
  return other;
}

bool InterchangeSetup::can_shift(const PairId& pair, int positions) const {
  const Instance& instance = instances_[pair.instance];
  const auto stays = [&](std::int32_t position) { return position + positions >= 0; };
  return std::ranges::all_of(instance.bases[pair.base].positions, stays) && std::ranges::all_of(instance.sources[pair.source].positions, stays);
}

Json InterchangeSetup::describe(const PairId& pair, const std::vector<Answer>& network_answers) const {
  const Task& task = hypothesis_->task;
  const Instance& instance = instances_[pair.instance];
  const Base& base = instance.bases[pair.base];
  const Source& source = instance.sources[pair.source];
  const Input& from = inputs_[base.input];
  const Input& to = inputs_[source.input];
  program::Interpreter watching(hypothesis_->program.program());
  Json variables = Json::array();
  std::string expected, own, found;
  if (watching.watch(points_of(swaps_))) {
    const Counterfactual run = counterfactual(watching, base, instance.values[source.value]);
    for (const Label& label : run.answers) expected += (expected.empty() ? "" : " ") + task.output.text(label.answer, task.words);
    for (std::size_t step = static_cast<std::size_t>(run.first_step); step < from.answers.size(); ++step)
      own += (own.empty() ? "" : " ") + task.output.text(from.answers[step].answer, task.words);
  }
  for (const Answer& answer : network_answers) found += (found.empty() ? "" : " ") + task.output.text(answer, task.words);
  for (std::size_t s = 0; s < swaps_.size(); ++s)
    variables.push_back({{"variable", swaps_[s].variable.to_string()},
                         {"visit", base.visits[s]},
                         {"site", swaps_[s].site.name},
                         {"base_position", base.positions[s]},
                         {"source_position", source.positions[s]},
                         {"base_value", base.values[s]},
                         {"source_value", instance.values[source.value][s]}});
  return {{"base", task.input_text({from.prefix.data(), from.input_length})},
          {"source", task.input_text({to.prefix.data(), to.input_length})},
          {"base_tokens", task.sequence({from.prefix.data(), from.input_length})},
          {"source_tokens", source.tokens},
          {"variables", variables},
          {"program_on_base", own},
          {"program_answer", expected},
          {"network_answer", found}};
}

void InterchangeSetup::labelled(std::size_t swap, std::size_t most, int half, std::vector<Tokens>& sequences, std::vector<std::int32_t>& positions,
                                std::vector<std::int64_t>& labels) const {
  for (const Instance& instance : instances_)
    for (const Source& source : instance.sources) {
      if (sequences.size() >= most) return;
      if (!in_half(source.input, half)) continue;
      sequences.push_back(source.tokens);
      positions.push_back(source.positions[swap]);
      labels.push_back(instance.values[source.value][swap]);
    }
}

}  // namespace assay::analysis
