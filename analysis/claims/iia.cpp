// Link 2: the program's variables sit at the stated sites. Interchange intervention accuracy, over all pairs when the forecast is short,
// else measured; changing and non-changing pairs apart, each against the threshold; without a changing pair the claim is vacuous.
//
// Sources that are equal in the variable and different elsewhere, which must change nothing, are a part of the non-changing pairs and are judged on
// their own too: the claim is refuted where they alone lie below the threshold.
//
// Printed next to it, of each swap and of the joint one: no swap, the full vector at the site, a random subspace of the same size, one token before,
// another site (of a variable in heads as many other heads of its kind that carry none, drawn by the seed; else the embedding), of a variable in
// heads the whole token (its embedding: that swaps the very word), a randomly initialised network; and both directions. A variable without a site is
// searched on one half of the inputs and scored on the other. Test: tests/analysis/iia_test.cpp
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/claims/interchange.h"
#include "analysis/claims/other_heads.h"
#include "base/files.h"

namespace assay::analysis {
namespace {

using circuits::Site;
using Mode = circuits::InterchangeRequest::Mode;

constexpr double kDefaultThreshold = 0.95;
constexpr std::size_t kMostExactInputs = 20'000;
constexpr std::size_t kSampledInputs = 4'000;
constexpr std::uint64_t kDefaultSamples = 20'000;
constexpr std::size_t kControlPairs = 1'000;
constexpr std::size_t kSearchPairs = 600;
constexpr std::size_t kSubspaceInputs = 2'000;
constexpr double kOperationsPerSecond = 4e9;  ///< nominal, so that the choice between exact and measured is the same on every machine
constexpr double kSecondsPerPair = 4e-6;
constexpr double kMostPairs = 2e7;

Json to_json(const Tally& tally) {
  const Interval interval = wilson(tally);
  return {{"pairs", tally.pairs}, {"agree", tally.agree}, {"rate", tally.rate()}, {"interval95", {interval.low, interval.high}}};
}

Json to_json(const SwapScore& score) {
  return {{"changing", to_json(score.changing)},
          {"unchanged", to_json(score.unchanged)},
          {"equal_in_variable", to_json(score.equal)},
          {"raised", to_json(score.up)},
          {"lowered", to_json(score.down)},
          {"undefined", score.undefined},
          {"low_margin_pairs", score.low_margin},
          {"smallest_margin", std::isfinite(score.smallest_margin) ? Json(score.smallest_margin) : Json()}};
}

double worse_rate(const SwapScore& score) {
  if (score.changing.pairs == 0) return 0;
  return score.unchanged.pairs == 0 ? score.changing.rate() : std::min(score.changing.rate(), score.unchanged.rate());
}

Result<circuits::Subspace> read_subspace(const std::string& path) {
  Result<std::string> text = read_file(path);
  if (!text) return fail(text.error());
  const Json json = Json::parse(*text, nullptr, false);
  try {
    circuits::Subspace subspace{json.at("dimension").get<int>(), json.at("rank").get<int>(), json.at("columns").get<std::vector<float>>()};
    const double expected = static_cast<double>(subspace.dimension) * subspace.rank;
    if (subspace.rank < 1 || subspace.dimension < subspace.rank || expected != static_cast<double>(subspace.columns.size()))
      return input_error(fmt::format("{}: {} numbers for a {} x {} basis", path, subspace.columns.size(), subspace.dimension, subspace.rank),
                         "store columns row-major [dimension, rank]");
    return subspace;
  } catch (const Json::exception&) { return input_error(path + " is no subspace file", "write {\"dimension\": D, \"rank\": K, \"columns\": [...]}"); }
}

/// One swap set of the claim: a single variable, or all jointly.
struct Evaluation {
  std::string id;
  SwapScore score;
  bool exact = false;  ///< every pair was run
  bool searched = false;
  Dropped dropped;
  double low_margin = 0;  ///< margins below it hang on rounding
  Json json;

  /// Every pair on which both runs are defined, and no answer hangs on rounding.
  bool proves() const { return exact && score.low_margin == 0; }
  bool drops() const { return dropped.any() || score.undefined > 0; }
};

class Iia : public ClaimKind {
 public:
  std::string_view name() const override { return "iia"; }
  int link() const override { return 2; }

  Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const override {
    const Hypothesis& hypothesis = context.hypothesis;
    std::vector<const AlignmentSpec*> wanted;
    for (const AlignmentSpec& alignment : hypothesis.alignments)
      if (claim.variables.empty() || std::find(claim.variables.begin(), claim.variables.end(), alignment.id) != claim.variables.end())
        wanted.push_back(&alignment);
    if (wanted.empty())
      return input_error("the claim iia needs an aligned variable", "add [[align]] with variable, site and position",
                         SourceRange{hypothesis.file, {}, {}});
    Result<circuits::Network*> network = context.network();
    if (!network) return fail(network.error());
    const double threshold = claim.threshold.value_or(kDefaultThreshold);
    result.semantics = "float32-as-run";
    result.assumptions.push_back(fmt::format("threshold {} for changing and for unchanged pairs alike", threshold));
    result.details["threshold"] = threshold;

    std::vector<Evaluation> evaluations;
    std::vector<ResolvedSwap> joint;
    bool any_searched = false;
    // Of a variable that many heads carry no part is asked alone.
    const bool parts = claim.jointly && wanted.size() > kMostParts && std::all_of(wanted.begin(), wanted.end(), is_stated);
    for (const AlignmentSpec* alignment : wanted) {
      Run run{context, claim, **network};
      if (parts) {
        if (Status status = run.check_site(*alignment->site); !status) return fail(status.error());
        joint.push_back({alignment->id, alignment->variable, {*alignment->site, {}}, *alignment->position});
        continue;
      }
      Result<Evaluation> evaluation = run.single(*alignment, joint);
      if (!evaluation) return fail(evaluation.error());
      any_searched |= evaluation->searched;
      context.report["alignments"][alignment->id] = evaluation->json;
      evaluations.push_back(std::move(*evaluation));
    }
    if (wanted.size() > 1) {
      Run run{context, claim, **network};
      Result<Evaluation> evaluation = run.jointly(joint, any_searched);
      if (!evaluation) return fail(evaluation.error());
      evaluations.push_back(std::move(*evaluation));
    }
    return conclude(evaluations, threshold, claim.jointly && wanted.size() > 1, result);
  }

 private:
  static constexpr std::size_t kMostParts = 6;  ///< alignments of one place that are also asked one by one

  /// At a site and position, with the full vector.
  static bool is_stated(const AlignmentSpec* alignment) {
    return alignment->site && alignment->position && alignment->rank == 0 && alignment->subspace_file.empty();
  }

  struct Run {
    ClaimContext& context;
    const ClaimSpec& claim;
    circuits::Network& network;

    Result<Evaluation> single(const AlignmentSpec& alignment, std::vector<ResolvedSwap>& joint) {
      ResolvedSwap swap{alignment.id, alignment.variable, {alignment.site.value_or(""), {}}, alignment.position.value_or(PositionSpec{})};
      Evaluation evaluation;
      evaluation.id = alignment.id;
      Json search;
      if (!alignment.site || !alignment.position) {
        if (Status status = find_site(alignment, swap, search); !status) return fail(status.error());
        evaluation.searched = true;
      }
      if (Status status = check_site(swap.site.name); !status) return fail(status.error());
      Result<InterchangeSetup> setup = make({swap});
      if (!setup) return fail(setup.error());
      if (Status status = add_subspace(alignment, *setup, swap); !status) return fail(status.error());
      joint.push_back(swap);
      InterchangeSetup chosen = setup->with_sites({swap.site});
      if (Status status = measure(chosen, evaluation, alignment.rank > 0 || evaluation.searched); !status) return fail(status.error());
      evaluation.json["variable"] = alignment.variable.to_string();
      evaluation.json["site"] = swap.site.name;
      evaluation.json["position"] = swap.position.name;
      evaluation.json["rank"] = swap.site.subspace.rank;
      if (evaluation.searched) evaluation.json["search"] = search;
      if (Status status = controls(chosen, evaluation); !status) return fail(status.error());
      return evaluation;
    }

    Result<Evaluation> jointly(const std::vector<ResolvedSwap>& swaps, bool searched) {
      Evaluation evaluation;
      evaluation.id = "joint";
      evaluation.searched = searched;
      Result<InterchangeSetup> setup = make(swaps);
      if (!setup) return fail(setup.error());
      if (Status status = measure(*setup, evaluation, searched); !status) return fail(status.error());
      Json names = Json::array();
      for (const ResolvedSwap& swap : swaps) names.push_back(swap.id);
      evaluation.json["variables"] = names;
      if (Status status = controls(*setup, evaluation); !status) return fail(status.error());
      return evaluation;
    }

    Result<InterchangeSetup> make(const std::vector<ResolvedSwap>& swaps) const {
      const Domain& domain = context.hypothesis.domain_of(claim);
      // More inputs than can be paired exactly are sampled at once.
      Result<InterchangeSetup> all = InterchangeSetup::create(context.hypothesis, domain, swaps, kMostExactInputs, claim.seed);
      if (!all || !all->sampled()) return all;
      return InterchangeSetup::create(context.hypothesis, domain, swaps, kSampledInputs, claim.seed);
    }

    Status check_site(const std::string& site) const {
      std::vector<std::string> names;
      for (const auto& [known, width] : network.sites()) {
        if (known == site) return {};
        names.push_back(known);
      }
      const std::string near = nearest(site, names);
      return input_error(fmt::format("the network has no site '{}'", site),
                         near.empty() ? "see DESIGN section 6 for the names" : fmt::format("did you mean '{}'?", near),
                         SourceRange{context.hypothesis.file, {}, {}});
    }

    /// So many pairs; a claim that states how many it can afford means its controls and its search too, and half of them change the output.
    Result<std::vector<PairId>> pairs_of(const InterchangeSetup& setup, std::size_t count, std::uint64_t seed, int half) const {
      if (claim.samples == 0) return setup.some_pairs(count, seed, half);
      return setup.balanced_pairs(std::min<std::size_t>(count, claim.samples), seed, half);
    }

    double forecast(const InterchangeSetup& setup) const {
      return setup.pair_count() * (kSecondsPerPair + setup.operations_per_pair(network.info()) / kOperationsPerSecond);
    }

    /// `fitted`: site or subspace were chosen by looking at one half of the inputs, so a sample comes from the other half.
    Status measure(const InterchangeSetup& setup, Evaluation& evaluation, bool fitted) {
      const bool affordable = context.options.deep ? setup.pair_count() <= kMostPairs
                                                   : forecast(setup) <= context.options.exact_seconds && setup.pair_count() <= kMostPairs;
      evaluation.exact = !setup.sampled() && affordable && !evaluation.searched && claim.samples == 0;
      const std::uint64_t samples = claim.samples > 0 ? claim.samples : kDefaultSamples;
      const Result<std::vector<PairId>> pairs =
          evaluation.exact ? setup.all_pairs() : pairs_of(setup, static_cast<std::size_t>(samples), claim.seed, fitted ? 2 : 0);
      if (!pairs) return fail(pairs.error());
      context.session.progress.stage("interchange " + evaluation.id, pairs->size());
      Result<double> low_margin = setup.low_margin(network);
      if (!low_margin) return fail(low_margin.error());
      Result<SwapScore> score = setup.run(network, *pairs, Mode::kSwap, claim.seed, context.session, *low_margin);
      if (!score) return fail(score.error());
      evaluation.score = *score;
      evaluation.dropped = setup.dropped();
      evaluation.low_margin = *low_margin;
      evaluation.json = to_json(*score);
      evaluation.json["evidence"] = evaluation.exact ? "enumeration" : "sample";
      evaluation.json["inputs"] = setup.inputs();
      evaluation.json["distinct_sources"] = setup.sources();
      evaluation.json["all_pairs"] = setup.pair_count();
      evaluation.json["low_margin"] = *low_margin;
      const Dropped& dropped = setup.dropped();
      evaluation.json["dropped"] = {{"undefined_inputs", dropped.undefined_inputs},
                                    {"unlocated", dropped.unlocated},
                                    {"unreached", dropped.unreached},
                                    {"after_last_answer", dropped.after_last_answer},
                                    {"undefined_counterfactuals", score->undefined}};
      if (!evaluation.exact) {
        evaluation.json["seed"] = claim.seed;
        evaluation.json["held_out"] = fitted;
      }
      if (score->failing) return witness(setup, *score->failing, score->failing_answers, evaluation);
      return {};
    }

    /// The smallest failing pair, run once more on its own.
    Status witness(const InterchangeSetup& setup, const PairId& pair, const std::vector<circuits::Answer>& answers, Evaluation& evaluation) {
      Result<SwapScore> again = setup.run(network, {pair}, Mode::kSwap, claim.seed, context.session);
      if (!again) return fail(again.error());
      bool same = again->failing.has_value() && again->failing_answers.size() == answers.size();
      for (std::size_t i = 0; same && i < answers.size(); ++i) same = again->failing_answers[i].same_choice(answers[i]);
      evaluation.json["witness"] = setup.describe(pair, answers);
      evaluation.json["witness"]["replay"] = name_of(same ? Replay::kAgreed : Replay::kDisagreed);
      return {};
    }

    Status add_subspace(const AlignmentSpec& alignment, const InterchangeSetup& setup, ResolvedSwap& swap) {
      if (!alignment.subspace_file.empty()) {
        Result<circuits::Subspace> subspace = read_subspace(alignment.subspace_file);
        if (!subspace) return fail(subspace.error());
        swap.site.subspace = *subspace;
        return {};
      }
      if (alignment.rank == 0) return {};
      std::vector<Tokens> sequences;
      std::vector<std::int32_t> positions;
      std::vector<std::int64_t> labels;
      setup.labelled(0, kSubspaceInputs, 1, sequences, positions, labels);
      Result<circuits::Subspace> subspace = network.class_subspace(sequences, positions, labels, swap.site.name, alignment.rank);
      if (!subspace) return fail(subspace.error());
      swap.site.subspace = *subspace;
      return {};
    }

    Status find_site(const AlignmentSpec& alignment, ResolvedSwap& best, Json& search) {
      std::vector<std::string> sites;
      if (alignment.site) {
        sites.push_back(*alignment.site);
      } else {
        for (const auto& [site, width] : network.sites())
          if (site.rfind("resid_", 0) == 0 || site.rfind("attn_out", 0) == 0 || site.rfind("mlp_out", 0) == 0) sites.push_back(site);
      }
      std::vector<PositionSpec> positions;
      if (alignment.position) positions.push_back(*alignment.position);
      else
        for (const PositionSpec& position : context.hypothesis.task.positions)
          if (!position.each) positions.push_back(position);
      double best_rate = -1;
      Json tried = Json::array();
      for (const PositionSpec& position : positions) {
        ResolvedSwap swap{alignment.id, alignment.variable, {sites.front(), {}}, position};
        Result<InterchangeSetup> setup = make({swap});
        if (!setup) return fail(setup.error());
        const Result<std::vector<PairId>> pairs = pairs_of(*setup, kSearchPairs, claim.seed, 1);
        if (!pairs) return fail(pairs.error());
        if (pairs->empty()) continue;
        for (const std::string& site : sites) {
          Result<SwapScore> score = setup->with_sites({{site, {}}}).run(network, *pairs, Mode::kSwap, claim.seed, context.session);
          if (!score) return fail(score.error());
          const double rate = worse_rate(*score);
          tried.push_back({{"site", site}, {"position", position.name}, {"rate", rate}});
          if (rate > best_rate) {
            best_rate = rate;
            best.site = {site, {}};
            best.position = position;
          }
        }
      }
      if (tried.empty())
        return input_error(fmt::format("no position of the task lies in reach of '{}'", alignment.variable.to_string()),
                           "declare [positions], or give the alignment a position", SourceRange{context.hypothesis.file, {}, {}});
      search = {{"tried", tried.size()}, {"best_on_search_half", best_rate}, {"candidates", tried}};
      return {};
    }

    /// A control that cannot be run is named with its reason, not left out.
    Status control(const char* name, const Result<SwapScore>& score, Json& all) const {
      if (!score && score.error().kind == ErrorKind::kCancelled) return fail(score.error());
      if (!score) {
        all[name] = {{"not_run", score.error().message}};
        return {};
      }
      all[name] = {{"changing", to_json(score->changing)}, {"unchanged", to_json(score->unchanged)}};
      return {};
    }

    /// The same pairs swapped one position too early; those at the first token have none before it.
    Result<SwapScore> one_before(const InterchangeSetup& setup, std::vector<PairId> pairs) {
      std::erase_if(pairs, [&](const PairId& pair) { return !setup.can_shift(pair, -1); });
      if (pairs.empty()) return input_error("the site is at the first token");
      return setup.shifted(-1).run(network, pairs, Mode::kSwap, claim.seed, context.session);
    }

    /// Where the variables are not: other heads for those in heads, and for others the embedding (of the embedding itself the last stream).
    Result<std::vector<Site>> wrong_sites(const std::vector<ResolvedSwap>& swaps) const {
      std::vector<std::string> in_heads, aligned;
      for (const ResolvedSwap& swap : swaps) {
        aligned.push_back(swap.site.name);
        if (is_in_head(swap.site.name)) in_heads.push_back(swap.site.name);
      }
      for (const AlignmentSpec& alignment : context.hypothesis.alignments)
        if (alignment.site) aligned.push_back(*alignment.site);
      const Result<std::vector<std::string>> heads = other_heads(in_heads, aligned, network.info(), claim.seed);
      if (!heads) return fail(heads.error());
      std::vector<Site> wrong;
      for (std::size_t s = 0, next = 0; s < swaps.size(); ++s) {
        const std::string& name = swaps[s].site.name;
        const bool first = name == "resid_pre.0" || name == "embed";
        wrong.push_back({is_in_head(name) ? (*heads)[next++] : first ? "resid_final" : "resid_pre.0", {}});
      }
      return wrong;
    }

    /// Swaps at wrong sites, and of variables in heads at the token's embedding.
    Status site_controls(const InterchangeSetup& setup, const std::vector<PairId>& pairs, Json& all) const {
      const std::vector<ResolvedSwap>& swaps = setup.swaps();
      const Result<std::vector<Site>> wrong = wrong_sites(swaps);
      const auto at = [&](const std::vector<Site>& sites) {
        return setup.with_sites(sites).run(network, pairs, Mode::kSwap, claim.seed, context.session);
      };
      if (Status s = control("other_site", wrong ? at(*wrong) : Result<SwapScore>(fail(wrong.error())), all); !s) return s;
      for (std::size_t i = 0; wrong && i < wrong->size(); ++i)
        if (wrong->size() == 1) all["other_site"]["site"] = (*wrong)[i].name;
        else all["other_site"]["sites"].push_back((*wrong)[i].name);
      if (std::none_of(swaps.begin(), swaps.end(), [](const ResolvedSwap& swap) { return is_in_head(swap.site.name); })) return {};
      return control("whole_token", at(std::vector<Site>(swaps.size(), {"resid_pre.0", {}})), all);
    }

    /// Of swaps within subspaces: the full vectors, and random subspaces.
    Status subspace_controls(const InterchangeSetup& setup, const std::vector<PairId>& pairs, Evaluation& evaluation, Json& all) {
      std::vector<Site> whole;
      std::size_t subspaces = 0;
      for (const ResolvedSwap& swap : setup.swaps()) whole.push_back({swap.site.name, {}}), subspaces += swap.site.subspace.rank > 0 ? 1 : 0;
      if (subspaces == 0) return {};
      Session& session = context.session;
      const Result<SwapScore> own = setup.run(network, pairs, Mode::kSwap, claim.seed, session);
      const Result<SwapScore> full = setup.with_sites(whole).run(network, pairs, Mode::kSwap, claim.seed, session);
      if (own && full && worse_rate(*own) > worse_rate(*full))
        evaluation.json["flag"] = "the subspace beats the full vector at its site: it may act outside what the network does";
      if (Status s = control("full_vector", full, all); !s) return s;
      if (subspaces < whole.size()) return {};  // a part without a subspace would be swapped whole
      return control("random_subspace", setup.run(network, pairs, Mode::kRandomSubspace, claim.seed, session), all);
    }

    Status controls(const InterchangeSetup& setup, Evaluation& evaluation) {
      const Result<std::vector<PairId>> chosen = pairs_of(setup, kControlPairs, claim.seed + 1, 0);
      if (!chosen) return fail(chosen.error());
      const std::vector<PairId>& pairs = *chosen;
      Json all = Json::object();
      Session& session = context.session;
      if (Status s = control("no_swap", setup.run(network, pairs, Mode::kNoSwap, claim.seed, session), all); !s) return s;
      if (Status s = subspace_controls(setup, pairs, evaluation, all); !s) return s;
      if (Status s = control("previous_position", one_before(setup, pairs), all); !s) return s;
      if (Status s = site_controls(setup, pairs, all); !s) return s;
      Result<circuits::Network*> random = context.store.random_network(context.hypothesis.task.model, claim.seed);
      const Result<SwapScore> untrained =
          random ? setup.run(**random, pairs, Mode::kSwap, claim.seed, session) : Result<SwapScore>(fail(random.error()));
      if (Status s = control("random_network", untrained, all); !s) return s;
      evaluation.json["controls"] = all;
      return {};
    }
  };

  /// Outcome of one evaluation against the threshold.
  static std::pair<Outcome, EvidenceKind> judge(const Evaluation& evaluation, double threshold) {
    const SwapScore& score = evaluation.score;
    if (score.changing.pairs == 0) return {Outcome::kVacuous, EvidenceKind::kNone};
    std::vector<const Tally*> tallies = {&score.changing};
    if (score.unchanged.pairs > 0) tallies.push_back(&score.unchanged);
    bool holds = true, fails = false;
    for (const Tally* tally : tallies) {
      const Interval interval = evaluation.proves() ? Interval{tally->rate(), tally->rate()} : wilson(*tally);
      holds &= interval.low >= threshold;
      fails |= interval.high < threshold;
    }
    // Equal sources are among the unchanged pairs, where others may hide that they change something.
    if (score.equal.pairs > 0) fails |= (evaluation.proves() ? score.equal.rate() : wilson(score.equal).high) < threshold;
    if (fails) return {Outcome::kFails, EvidenceKind::kWitness};
    if (!holds) return {Outcome::kUndecided, EvidenceKind::kSample};
    return {Outcome::kHolds, evaluation.proves() ? EvidenceKind::kEnumeration : EvidenceKind::kSample};
  }

  static std::string phrase(const Evaluation& evaluation) {
    const SwapScore& score = evaluation.score;
    // Rounded down: only an exact 1 reads as 1.
    const auto shown = [](const Tally& tally) { return std::floor(tally.rate() * 1e4) / 1e4; };
    std::string text = fmt::format("{}: IIA {:.4f} changing, {:.4f} unchanged ({} {} pairs{})", evaluation.id, shown(score.changing),
                                   shown(score.unchanged), evaluation.exact ? "all" : "sample of", score.changing.pairs + score.unchanged.pairs,
                                   evaluation.drops() ? " on which both runs are defined" : "");
    if (score.low_margin > 0)
      text += fmt::format(", {} of them with a margin below {:.2g}: they hang on rounding, so nothing is proved", score.low_margin,
                          evaluation.low_margin);
    if (evaluation.searched)
      text += fmt::format(" at {} {}, searched", evaluation.json["site"].get<std::string>(), evaluation.json["position"].get<std::string>());
    return text;
  }

  /// Names what no pair speaks about.
  static void assume(const Evaluation& evaluation, ClaimResult& result) {
    const Dropped& dropped = evaluation.dropped;
    const auto name = [&](std::uint64_t count, std::string_view what) {
      if (count > 0) result.assumptions.push_back(fmt::format("{}: {} {}", evaluation.id, count, what));
    };
    name(dropped.undefined_inputs, "inputs left out, on which the program is not defined");
    name(dropped.unlocated, "inputs left out, which have no such position");
    name(dropped.unreached, "inputs left out, on which the program does not reach the variable");
    name(dropped.after_last_answer, "inputs are no base: their site lies behind the last answer");
    const SwapScore& score = evaluation.score;
    if (score.equal.pairs > 0 && score.equal.pairs == score.unchanged.pairs)
      result.assumptions.push_back(fmt::format("{}: every unchanged pair has a source equal in it and different elsewhere", evaluation.id));
    name(evaluation.score.undefined, "pairs left out, whose counterfactual run of the program is not defined");
  }

  static Status conclude(const std::vector<Evaluation>& evaluations, double threshold, bool jointly, ClaimResult& result) {
    const Evaluation* worst = nullptr;
    std::pair<Outcome, EvidenceKind> worst_judgement;
    std::string subject;
    bool drops = false;
    for (const Evaluation& evaluation : evaluations) {
      const std::pair<Outcome, EvidenceKind> judgement = judge(evaluation, threshold);
      result.details["alignments"][evaluation.id] = evaluation.json;
      result.details["alignments"][evaluation.id]["grade"] = name_of(grade_of(judgement.first, judgement.second));
      const bool judged = !jointly || &evaluation == &evaluations.back();
      if (judged && (worst == nullptr || grade_of(judgement.first, judgement.second) > grade_of(worst_judgement.first, worst_judgement.second))) {
        worst = &evaluation;
        worst_judgement = judgement;
      }
      if (evaluation.json.contains("variable"))
        subject += fmt::format("{}{} at {} {}", subject.empty() ? "" : ", ", evaluation.json["variable"].get<std::string>(),
                               evaluation.json["site"].get<std::string>(), evaluation.json["position"].get<std::string>());
      assume(evaluation, result);
      drops |= evaluation.drops();
      if (!evaluation.exact) result.assumptions.push_back(fmt::format("{}: seeded pairs; the interval treats them as independent", evaluation.id));
    }
    result.subject = subject;
    if (jointly) result.assumptions.push_back("the alignments are parts of one place: only their joint swap is judged");
    if (drops) result.domain += "; pairs on which both runs are defined";
    result.outcome = worst_judgement.first;
    result.evidence = worst_judgement.second;
    result.summary = result.outcome == Outcome::kVacuous ? fmt::format("{}: no pair changes the program's output", worst->id) : phrase(*worst);
    if (result.outcome == Outcome::kUndecided) result.summary += fmt::format("; the 95 % interval straddles {}", threshold);
    for (const Evaluation& evaluation : evaluations)
      if (!jointly && &evaluation != worst && result.outcome == Outcome::kHolds) result.summary += "; " + phrase(evaluation);
    if (worst->json.contains("witness") && result.outcome == Outcome::kFails) {
      result.witness = worst->json["witness"];
      result.replay = result.witness["replay"] == "agreed" ? Replay::kAgreed : Replay::kDisagreed;
      result.summary += fmt::format("; base {}, source {}: network {}, program {}", result.witness["base"].get<std::string>(),
                                    result.witness["source"].get<std::string>(), result.witness["network_answer"].get<std::string>(),
                                    result.witness["program_answer"].get<std::string>());
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<ClaimKind> iia() { return std::make_unique<Iia>(); }

}  // namespace assay::analysis
