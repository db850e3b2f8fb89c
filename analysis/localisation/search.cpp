#include "analysis/localisation/search.h"

#include <algorithm>
#include <cmath>

namespace assay::analysis::localisation {
namespace {

using code_tasks::Draw;

constexpr int kForward = 1, kBackward = 2;
constexpr std::size_t kEarlierPool = 600;
constexpr int kCandidates = 8;        ///< requests among which the next is chosen
constexpr int kConfirmations = 5;     ///< fresh requests inside, and as many outside
constexpr int kEnough = 4;            ///< of these misread inside, and at most one outside
constexpr int kTries = 400;           ///< drafts drawn for one that is wanted
constexpr double kSuspicious = 4;     ///< margin at a blend, in logits: clean sites lie at 7 and above
constexpr int kUnexplained = 3;       ///< failures without a situation that matters: then a weakness of its own, and no longer followed
constexpr std::size_t kFollowed = 3;  ///< variants put as real requests for one suspicious site

constexpr std::array<std::string_view, 3> kNames = {"random", "designed", "white box"};

/// One search: what was spent, what is known.
class Search {
 public:
  Search(circuits::Network& network, const Prober& prober, Method method, const SearchOptions& options)
      : network_(network), prober_(prober), method_(method), options_(options), draw_(options.seed), variants_(prober, kEarlierPool, options.seed) {}

  Result<SearchResult> run() {
    while (!out_of_budget() && !result_.failing) {
      const Status status = method_ == Method::kRandom ? random_round() : method_ == Method::kDesigned ? designed_round() : white_box_round();
      if (!status) return fail(status.error());
    }
    while (result_.at.size() < options_.budgets.size()) record();
    return std::move(result_);
  }

 private:
  bool out_of_budget() const { return spent_ >= options_.budgets.back(); }

  /// Before spending: what is known is the answer at every budget that it would exceed.
  bool spend(int queries) {
    while (result_.at.size() < options_.budgets.size() && spent_ + queries > options_.budgets[result_.at.size()]) record();
    if (spent_ + queries > options_.budgets.back()) return false;
    spent_ += queries;
    return true;
  }

  void record() {
    Finding finding = best_;
    if (method_ == Method::kRandom) finding = from_evidence();
    finding.spent = spent_;
    finding.failure_share = evidence_.requests() == 0 ? 0 : static_cast<double>(evidence_.failures()) / evidence_.requests();
    result_.at.push_back(finding);
  }

  Finding from_evidence() const {
    constexpr double kSignificant = 0.05;
    const std::optional<Table> table = evidence_.best();
    if (!table) return {};
    return {.score = -std::log10(table->p),
            .found = table->corrected < kSignificant,
            .misreading = table->misreading,
            .situation = table->situation,
            .failed_inside = table->failed_inside,
            .inside = table->inside,
            .failed_outside = table->failed_outside,
            .outside = table->outside};
  }

  /// What the network writes first that was not asked for, if it is what a misreading would write. Nothing spent: nothing looked at.
  Result<std::optional<Misreading>> look(const Probe& probe) {
    if (!spend(kForward)) return std::optional<Misreading>();
    const auto answers = network_.answers(std::span(&probe.sequence.tokens, 1), std::span(&probe.sequence.positions, 1), {});
    if (!answers) return fail(answers.error());
    std::optional<Misreading> failed;
    for (std::size_t k = 0; k < probe.sequence.targets.size(); ++k) {
      const TokenId written = answers->front()[k].token;
      if (written == probe.sequence.targets[k]) continue;
      for (const Site& site : probe.sites)
        if (site.choice.position == probe.sequence.positions[k] && site.choice.wrong.front() == written) failed = site.misreading;
      break;
    }
    evidence_.add(probe, failed);
    return failed;
  }

  std::optional<Probe> drawn(const code_tasks::DraftOptions& options) {
    for (int i = 0; i < kTries; ++i)
      if (std::optional<Probe> probe = prober_.probe(prober_.generator().draft(draw_.next(), options)); probe && !probe->sites.empty()) return probe;
    return {};
  }

  Status random_round() {
    for (int i = 0; i < kTries; ++i) {
      const std::optional<Probe> probe = prober_.probe(prober_.generator().draft(draw_.next(), {}));
      if (!probe) continue;
      const auto failed = look(*probe);
      return failed ? Status() : fail(failed.error());
    }
    return internal_error("no request fits the window");
  }

  // ---- chosen requests ----
  using Pair = std::pair<Misreading, Situation>;

  /// Of some drawn requests the one whose misreadings meet most that they have not met.
  std::optional<Probe> chosen() {
    std::optional<Probe> best;
    double most = -1;
    for (int i = 0; i < kCandidates; ++i) {
      std::optional<Probe> probe = drawn({.example_share = 0.4, .earlier_share = 0.6});
      if (!probe || probe->draft.earlier.size() > 1 || probe->draft.names.loop != "i") continue;
      if (const double worth = worth_of(*probe); worth > most) {
        most = worth;
        best = std::move(probe);
      }
    }
    return best ? best : drawn({});
  }

  double worth_of(const Probe& probe) const {
    double worth = 0;
    for (const Site& site : probe.sites)
      for (const Situation& situation : probe.situations) {
        const auto met = met_.find({site.misreading, situation});
        worth += weight(situation.kind) / (1 + (met == met_.end() ? 0 : met->second));
      }
    return worth;
  }
  /// Kinds count alike: a request has one function before it and a dozen words.
  static double weight(Situation::Kind kind) { return kind == Situation::Kind::kWord ? 0.1 : kind == Situation::Kind::kName ? 0.4 : 1; }

  void meet(const Probe& probe, const std::vector<Situation>& situations) {
    for (const Site& site : probe.sites)
      for (const Situation& situation : situations) ++met_[{site.misreading, situation}];
  }

  Status designed_round() {
    const std::optional<Probe> probe = chosen();
    if (!probe) return internal_error("no request has a site");
    meet(*probe, probe->situations);
    const auto failed = look(*probe);
    if (!failed) return fail(failed.error());
    return *failed ? explain(*probe, **failed, {}) : Status();
  }

  Status white_box_round() {
    const std::optional<Probe> probe = chosen();
    if (!probe) return internal_error("no request has a site");
    Blended blended = variants_.blend(*probe, draw_);
    meet(*probe, probe->situations);
    for (const Axis& axis : blended.axes)
      for (const Variant& variant : axis.variants) meet(*probe, variant.gained);
    if (!spend(kForward)) return {};
    const auto seen = network_.substitution_effects(blended.request);
    if (!seen) return fail(seen.error());
    std::vector<std::size_t> order;
    for (std::size_t site = 0; site < seen->margins.size(); ++site) {
      note_suspicion(seen->margins[site]);
      if (seen->margins[site] < kSuspicious && unexplained_[probe->sites[site].misreading] < kUnexplained) order.push_back(site);
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return seen->margins[a] < seen->margins[b]; });
    if (order.size() > 1) order.resize(1);
    for (const std::size_t site : order)
      if (Status status = follow(blended, site); !status || result_.failing) return status;
    return {};
  }

  void note_suspicion(double margin) {
    if (best_.misreading) return;
    best_.score = std::max(best_.score, 0.1 / (1 + std::exp(margin)));
  }

  /// A site whose margin is small at a blend: the variants that the gradient blames, as real requests.
  Status follow(const Blended& blended, std::size_t site) {
    const Misreading misreading = blended.base.sites[site].misreading;
    std::vector<const Variant*> blamed;
    if (misreading.games_example) {
      blamed = {&blended.axes.front().variants.front()};  // the example is in every variant
    } else {
      if (!spend(kBackward)) return {};
      circuits::SubstitutionRequest request = blended.request;
      request.choices = {blended.request.choices[site]};
      request.substitutions = Variants::towards(blended);
      const auto effects = network_.substitution_effects(request);
      if (!effects) return fail(effects.error());
      blamed = most_blamed(blended, effects->effects);
    }
    for (const Variant* variant : blamed) {
      const std::optional<Probe> probe = prober_.probe(variant->draft);
      if (!probe) continue;
      const auto failed = look(*probe);
      if (!failed) return fail(failed.error());
      if (!*failed) continue;
      if (Status status = explain(*probe, **failed, variant->gained); !status || result_.failing) return status;
    }
    return {};
  }

  static std::vector<const Variant*> most_blamed(const Blended& blended, const std::vector<double>& effects) {
    std::vector<std::pair<double, const Variant*>> all;
    for (const Axis& axis : blended.axes)
      for (const Variant& variant : axis.variants) all.emplace_back(effects[all.size()], &variant);
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<const Variant*> blamed;
    for (std::size_t i = 0; i < std::min(kFollowed, all.size()); ++i) blamed.push_back(all[i].second);
    return blamed;
  }

  // ---- from a failure to its cause ----
  /// Which of its situations must be there for the misreading? Each is taken away in turn, those blamed first; the first that matters is confirmed.
  Status explain(const Probe& failing, const Misreading& misreading, const std::vector<Situation>& blamed) {
    if (misreading.games_example) return confirm(misreading, {Situation::Kind::kFamily, failing.draft.family().facts().name});
    const auto rank = [&](const Situation& situation) {
      if (std::find(blamed.begin(), blamed.end(), situation) != blamed.end()) return 0;
      return situation.kind == Situation::Kind::kFamilyBefore ? 1 : situation.kind == Situation::Kind::kName ? 2 : 3;
    };
    std::vector<Situation> order = failing.situations;
    std::stable_sort(order.begin(), order.end(), [&](const Situation& a, const Situation& b) { return rank(a) < rank(b); });
    for (const Situation& situation : order) {
      if (situation.kind == Situation::Kind::kFamily) continue;
      const std::optional<Draft> other = variants_.without(failing.draft, situation, draw_);
      const std::optional<Probe> probe = other ? prober_.probe(*other) : std::nullopt;
      if (!probe) continue;
      const auto failed = look(*probe);
      if (!failed) return fail(failed.error());
      if (*failed == misreading) continue;
      if (Status status = confirm(misreading, situation); !status || result_.failing || out_of_budget()) return status;
    }
    ++unexplained_[misreading];  // in this request it fails whatever the situation
    return {};
  }

  /// Fresh requests in which the misreading is possible, inside the situation, and the same ones outside of it.
  Status confirm(const Misreading& misreading, const Situation& situation) {
    Finding finding{.misreading = misreading, .situation = situation};
    std::optional<Draft> failing, spared;
    for (int i = 0; i < kConfirmations && !out_of_budget(); ++i) {
      const std::optional<Draft> inside = fresh(misreading, situation);
      if (!inside) break;
      const auto failed = look(*prober_.probe(*inside));
      if (!failed) return fail(failed.error());
      ++finding.inside;
      const bool misread = *failed == misreading;
      finding.failed_inside += misread ? 1 : 0;
      if (finding.inside - finding.failed_inside > kConfirmations - kEnough) break;
      const std::optional<Draft> outside = variants_.without(*inside, situation, draw_);
      const std::optional<Probe> probe = outside ? prober_.probe(*outside) : std::nullopt;
      if (!probe || out_of_budget()) continue;
      const auto failed_too = look(*probe);
      if (!failed_too) return fail(failed_too.error());
      ++finding.outside;
      finding.failed_outside += *failed_too == misreading ? 1 : 0;
      if (misread && !*failed_too && !failing) failing = inside, spared = outside;
      if (finding.failed_outside > kConfirmations - kEnough) break;
    }
    finding.found = finding.failed_inside >= kEnough && finding.failed_outside <= kConfirmations - kEnough;
    const auto rate = [](int failed, int all) { return all == 0 ? 0 : static_cast<double>(failed) / all; };
    finding.score = std::max(0.0, rate(finding.failed_inside, finding.inside) - rate(finding.failed_outside, finding.outside)) *
                        std::min(1.0, static_cast<double>(finding.inside) / kConfirmations) +
                    (finding.found ? 1 : 0);
    if (finding.score > best_.score || finding.found) best_ = finding;
    if (finding.found) result_.failing = failing, result_.spared = spared;
    return {};
  }

  std::optional<Draft> fresh(const Misreading& misreading, const Situation& situation) {
    code_tasks::DraftOptions options;
    if (misreading.games_example) options.example_share = 1;
    for (int i = 0; i < 10 * kTries; ++i) {
      const Draft draft = prober_.generator().draft(draw_.next(), options);
      const bool possible = misreading.games_example ? draft.shown.has_value() : draft.values().at(misreading.attribute) == misreading.demanded;
      if (!possible || draft.names.loop != "i") continue;
      const std::optional<Draft> inside = variants_.within(draft, situation, draw_);
      const std::optional<Probe> probe = inside ? prober_.probe(*inside) : std::nullopt;
      if (probe && std::any_of(probe->sites.begin(), probe->sites.end(), [&](const Site& site) { return site.misreading == misreading; }))
        return inside;
    }
    return {};
  }

  circuits::Network& network_;
  const Prober& prober_;
  const Method method_;
  const SearchOptions& options_;
  Draw draw_;
  Variants variants_;
  Evidence evidence_;
  std::map<Pair, int> met_;
  std::map<Misreading, int> unexplained_;
  Finding best_;
  SearchResult result_;
  int spent_ = 0;
};

}  // namespace

std::string_view name_of(Method method) { return kNames[static_cast<std::size_t>(method)]; }

Result<SearchResult> search(circuits::Network& network, const Prober& prober, Method method, const SearchOptions& options) {
  if (options.budgets.empty() || options.budgets.front() < 1 || !std::is_sorted(options.budgets.begin(), options.budgets.end()))
    return fail({ErrorKind::kUsage, "the budgets do not rise from 1 or more", "give them in rising order, 25 50 100 for example"});
  return Search(network, prober, method, options).run();
}

}  // namespace assay::analysis::localisation
