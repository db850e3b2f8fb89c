// Several removals are tried at once on the guess that all of them stand: run i lacks the first i candidates. From the first that turns out
// to matter the guess is thrown away, as in ACDC; the outcome is that of one edge at a time.
#include <algorithm>

#include "circuits/evaluation/evaluation.h"
#include "circuits/evaluation/runs.h"

namespace assay::circuits {
namespace {

constexpr std::size_t kAtOnce = 16;
constexpr Sampling kWithoutIntervals{true, 1};

class Eliminator {
 public:
  Eliminator(Network& network, std::span<const Example> examples, double threshold, const EvaluationOptions& options, Session& session)
      : network_(network), examples_(examples), threshold_(threshold), options_(options), session_(session) {}

  Result<Elimination> run(const std::vector<bool>& kept) {
    found_.kept = kept;
    for (bool gone = true; gone;) {
      ++found_.passes;
      const auto candidates = doubtful();
      if (!candidates) return fail(candidates.error());
      const std::size_t before = found_.removed;
      if (Status status = remove(*candidates); !status) return fail(status.error());
      gone = found_.removed > before;
    }
    return found_;
  }

 private:
  Network& network_;
  std::span<const Example> examples_;
  double threshold_;
  const EvaluationOptions& options_;
  Session& session_;
  Elimination found_;

  /// Edges that matter less than the threshold, least effect first, ties by index.
  Result<std::vector<std::uint32_t>> doubtful() {
    auto found = minimality(network_, examples_, found_.kept, {kept_edges(found_.kept), {}}, threshold_, options_, kWithoutIntervals, session_);
    if (!found) return fail(found.error());
    std::vector<RemovalEffect>& effects = found->edges;
    found_.evaluations += effects.size();
    if (!effects.empty() && !effects.front().effect.defined())
      return input_error("the full network and the empty circuit score the same: no edge can be judged",
                         "use corrupted examples that change the answer");
    std::erase_if(effects, [&](const RemovalEffect& effect) { return std::abs(effect.effect.value) >= threshold_; });
    std::stable_sort(effects.begin(), effects.end(),
                     [](const RemovalEffect& a, const RemovalEffect& b) { return std::abs(a.effect.value) < std::abs(b.effect.value); });
    std::vector<std::uint32_t> edges;
    for (const RemovalEffect& effect : effects) edges.push_back(effect.index);
    return edges;
  }

  Status remove(std::span<const std::uint32_t> candidates) {
    while (!candidates.empty()) {
      const auto removed = try_next(candidates.first(std::min(kAtOnce, candidates.size())));
      if (!removed) return fail(removed.error());
      for (const std::uint32_t edge : candidates.first(*removed)) found_.kept[edge] = false;
      found_.removed += *removed;
      const bool one_stays = *removed < std::min(kAtOnce, candidates.size());
      candidates = candidates.subspan(*removed + (one_stays ? 1 : 0));
    }
    return {};
  }

  /// How many of the first candidates may go, each on top of those before it.
  Result<std::size_t> try_next(std::span<const std::uint32_t> candidates) {
    std::vector<std::vector<bool>> circuits{found_.kept};
    for (const std::uint32_t edge : candidates) {
      circuits.push_back(circuits.back());
      circuits.back()[edge] = false;
    }
    const auto runs = run_circuits(network_, examples_, std::move(circuits), options_, session_);
    if (!runs) return fail(runs.error());
    found_.evaluations += candidates.size();
    const auto step = [](const Totals& t, std::size_t i) { return t.normalised(i) - t.normalised(i + 1); };
    const std::vector<Estimate> effects = estimates(runs->metrics, kWithoutIntervals, candidates.size(), step);
    const auto stays = std::find_if(effects.begin(), effects.end(), [&](const Estimate& effect) { return std::abs(effect.value) >= threshold_; });
    return static_cast<std::size_t>(stays - effects.begin());
  }
};

}  // namespace

Result<Elimination> eliminate(Network& network, std::span<const Example> examples, const std::vector<bool>& kept, double threshold,
                              const EvaluationOptions& options, Session& session) {
  return Eliminator(network, examples, threshold, options, session).run(kept);
}

}  // namespace assay::circuits
