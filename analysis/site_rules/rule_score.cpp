#include "analysis/site_rules/rule_score.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <numeric>
#include <random>

#include "analysis/claims/other_heads.h"
#include "analysis/site_rules/site_probe.h"
#include "analysis/tasks/labels.h"
#include "circuits/evaluation/estimate.h"
#include "circuits/evaluation/paired_test.h"

namespace assay::analysis::site_rules {
namespace {

class Contest {
 public:
  Contest(const SiteRule& rule, const SiteLab& found_on, const ScoreOptions& options) : rule_(rule), options_(options), found_on_(found_on) {
    score_.list = learn_decision_list(found_on.rows(), found_on.answers(), found_on.classes());
    commonest_ = most_frequent(found_on.answers(), found_on.classes());
  }

  Status prepare() {
    Result<SiteProbe> probe = SiteProbe::learn(found_on_, layer_of_decision(rule_));
    if (!probe) return fail(probe.error());
    score_.probe_site = probe->site();
    probe_ = std::move(*probe);
    return {};
  }

  Status add(const SiteLab& lab, Session& session) {
    const Result<std::vector<int>> probed = probe_->decide(lab);
    if (!probed) return fail(probed.error());
    if (Status known = find_demanded(lab); !known) return known;
    RuleTest prompts;
    prompts.what = lab.task().name;
    for (std::size_t i = 0; i < lab.prompts(); ++i)
      count(prompts, lab.answer(i), {decide(rule_, lab.rows()[i]), score_.list.decide(lab.rows()[i])}, rivals(lab, i, *probed));
    score_.tests.push_back(prompts);
    for (std::size_t r = 0; r < rule_.reads.size(); ++r) {
      Swapped all{r, {}};
      for (std::size_t c = 0; c < rule_.reads[r].carried.size(); ++c) {
        if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted while the rule was tested", "run the command again"});
        if (Status done = intervene(lab, {r, {c}}, variable_name(rule_, r, c), *probed); !done) return done;
        all.variables.push_back(c);
      }
      if (all.variables.size() > 1)
        if (Status done = intervene(lab, all, "all of them", *probed); !done) return done;
    }
    return {};
  }

  RuleScore finish() {
    for (RuleScore::Duel& duel : score_.duels) settle(duel);
    settle(score_.told);
    return score_;
  }

 private:
  using Guesses = std::array<int, kRivals>;

  /// Where the head that matters most reads.
  static int layer_of_decision(const SiteRule& rule) {
    const Reader* strongest = &rule.reads[0].heads[0];
    for (const SiteRead& read : rule.reads)
      if (read.heads[0].score > strongest->score) strongest = &read.heads[0];
    return strongest->layer;
  }

  Guesses rivals(const SiteLab& lab, std::size_t prompt, const std::vector<int>& probed) const {
    return {score_.list.decide(lab.rows()[prompt]), probed[prompt], commonest_};
  }

  /// What those say who know of the swap.
  struct Informed {
    int ruled = 0, told = 0;
  };

  static void settle(RuleScore::Duel& duel) { duel.p = circuits::sign_test(duel.rule_only, duel.rule_only + duel.rival_only); }
  static void fight(RuleScore::Duel& duel, bool rule, bool rival) {
    duel.rule_only += rule && !rival ? 1 : 0;
    duel.rival_only += rival && !rule ? 1 : 0;
  }

  void count(RuleTest& test, int truth, const Informed& informed, const Guesses& rivals) {
    const bool right = informed.ruled == truth, told_right = informed.told == truth;
    ++test.total;
    test.rule += right ? 1 : 0;
    test.told += told_right ? 1 : 0;
    for (std::size_t k = 0; k < kRivals; ++k) test.rivals[k] += rivals[k] == truth ? 1 : 0;
    if (test.equal) return;  // whoever is asked says here what it says of the prompt, which is counted there
    fight(score_.told, right, told_right);
    for (std::size_t k = 0; k < kRivals; ++k) fight(score_.duels[k], right, rivals[k] == truth);
  }

  /// Variables of one read that are swapped together.
  struct Swapped {
    std::size_t read = 0;
    std::vector<std::size_t> variables;  ///< indices into its `carried`
  };

  int ruled_with(const SiteLab& lab, const PromptPair& pair, const Swapped& swapped) const {
    Overrides overrides;
    for (const std::size_t c : swapped.variables)
      overrides[{swapped.read, c}] = lab.rows()[pair.source][rule_.reads[swapped.read].carried[c].argument];
    return decide(rule_, lab.rows()[pair.base], overrides);
  }

  Row told_row(const SiteLab& lab, const PromptPair& pair, const Swapped& swapped) const {
    Row row = lab.rows()[pair.base];
    for (const std::size_t c : swapped.variables) {
      const std::size_t argument = rule_.reads[swapped.read].carried[c].argument;
      row[argument] = lab.rows()[pair.source][argument];
    }
    return row;
  }

  bool differ(const SiteLab& lab, const PromptPair& pair, const Swapped& swapped) const {
    return std::any_of(swapped.variables.begin(), swapped.variables.end(), [&](std::size_t c) {
      const std::size_t argument = rule_.reads[swapped.read].carried[c].argument;
      return lab.rows()[pair.base][argument] != lab.rows()[pair.source][argument];
    });
  }

  /// Pairs that differ in what is swapped: half of them such that the rule's decision changes, by turns from each decision to each.
  std::vector<PromptPair> pairs_for(const SiteLab& lab, const Swapped& swapped) const {
    std::map<std::pair<int, int>, std::vector<PromptPair>> changing;
    std::vector<PromptPair> others, chosen;
    for (std::size_t base = 0; base < lab.prompts(); ++base)
      for (std::size_t source = 0; source < lab.prompts(); ++source) {
        const PromptPair pair{base, source};
        if (!differ(lab, pair, swapped) || !lab.comparable(pair)) continue;
        const int before = decide(rule_, lab.rows()[base]), after = ruled_with(lab, pair, swapped);
        (before != after ? changing[{before, after}] : others).push_back(pair);
      }
    std::mt19937_64 random(options_.seed);
    for (auto& [direction, list] : changing) draw(list, list.size(), random);
    draw(others, others.size(), random);
    for (bool more = true; more && chosen.size() < options_.pairs / 2;) {
      more = false;
      for (auto& [direction, list] : changing)
        if (!list.empty() && chosen.size() < options_.pairs / 2) chosen.push_back(list.back()), list.pop_back(), more = true;
    }
    others.resize(std::min(others.size(), options_.pairs - chosen.size()));
    chosen.insert(chosen.end(), others.begin(), others.end());
    return chosen;
  }

  /// Pairs that are equal in what is swapped, and are other prompts.
  std::vector<PromptPair> equal_pairs(const SiteLab& lab, const Swapped& swapped) const {
    std::vector<PromptPair> pairs;
    for (std::size_t base = 0; base < lab.prompts(); ++base)
      for (std::size_t source = 0; source < lab.prompts(); ++source)
        if (const PromptPair pair{base, source}; base != source && !differ(lab, pair, swapped) && lab.comparable(pair)) pairs.push_back(pair);
    std::mt19937_64 random(options_.seed);
    draw(pairs, options_.pairs, random);
    return pairs;
  }

  std::vector<Place> places_of(const Swapped& swapped) const {
    std::vector<Place> places;
    for (const std::size_t c : swapped.variables)
      for (const Place& place : rule_.reads[swapped.read].carried[c].places)
        if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
    return places;
  }

  /// As many heads of the same kinds at the same positions that carry no variable of the rule.
  Result<std::vector<Place>> elsewhere(const SiteLab& lab, const std::vector<Place>& places) const {
    std::vector<std::string> sites, named;
    for (const Place& place : places) sites.push_back(place.site);
    for (const SiteRead& read : rule_.reads)
      for (const Carried& carried : read.carried)
        for (const Place& place : carried.places) named.push_back(place.site);
    const Result<std::vector<std::string>> others = other_heads(sites, named, lab.network().info(), options_.seed);
    if (!others) return fail(others.error());
    std::vector<Place> found = places;
    for (std::size_t i = 0; i < found.size(); ++i) found[i].site = (*others)[i];
    return found;
  }

  Status swap_at_other_heads(RuleTest& test, const SiteLab& lab, const Swapped& swapped, std::vector<PromptPair> pairs) const {
    std::erase_if(pairs, [&](const PromptPair& pair) { return ruled_with(lab, pair, swapped) == decide(rule_, lab.rows()[pair.base]); });
    const Result<std::vector<Place>> places = elsewhere(lab, places_of(swapped));
    if (pairs.empty() || !places) return {};
    const Result<std::vector<int>> decided = lab.decisions(*places, pairs);
    if (!decided) return fail(decided.error());
    RuleTest::OtherHeads& others = test.other_heads.emplace();
    for (const Place& place : *places) others.sites.push_back(place.site);
    for (std::size_t i = 0; i < pairs.size(); ++i) others.changed += (*decided)[i] == ruled_with(lab, pairs[i], swapped) ? 1 : 0;
    return {};
  }

  Status intervene(const SiteLab& lab, const Swapped& swapped, const std::string& what, const std::vector<int>& probed) {
    const std::vector<PromptPair> pairs = pairs_for(lab, swapped);
    const Result<std::vector<int>> decided = lab.decisions(places_of(swapped), pairs);
    if (!decided) return fail(decided.error());
    RuleTest test;
    test.what = fmt::format("{}, {} swapped", lab.task().name, what);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const int ruled = ruled_with(lab, pairs[i], swapped), before = decide(rule_, lab.rows()[pairs[i].base]);
      if (ruled != before) note_change(test, pairs[i].base, before, ruled, ruled == (*decided)[i]);
      count(test, (*decided)[i], {ruled, score_.list.decide(told_row(lab, pairs[i], swapped))}, rivals(lab, pairs[i].base, probed));
    }
    if (Status done = swap_at_other_heads(test, lab, swapped, pairs); !done) return done;
    score_.tests.push_back(std::move(test));
    return equal_sources(lab, swapped, what, probed);
  }

  Status equal_sources(const SiteLab& lab, const Swapped& swapped, const std::string& what, const std::vector<int>& probed) {
    const std::vector<PromptPair> pairs = equal_pairs(lab, swapped);
    if (pairs.empty()) return {};
    const Result<std::vector<int>> decided = lab.decisions(places_of(swapped), pairs);
    if (!decided) return fail(decided.error());
    RuleTest test;
    test.what = fmt::format("{}, {} swapped, equal in it, different elsewhere", lab.task().name, what);
    test.equal = true;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const Row& base = lab.rows()[pairs[i].base];
      test.stays += (*decided)[i] == lab.answer(pairs[i].base) ? 1 : 0;
      count(test, (*decided)[i], {decide(rule_, base), score_.list.decide(base)}, rivals(lab, pairs[i].base, probed));
    }
    score_.tests.push_back(std::move(test));
    return {};
  }

  /// What the reference demands on each prompt, as an index of the output symbols; -1: none of them.
  Status find_demanded(const SiteLab& lab) {
    demanded_.clear();
    if (!options_.reference) return {};
    const Result<Labels> labels = Labels::create(lab.task(), lab.task().domain, *options_.reference);
    if (!labels) return fail(labels.error());
    const Tokens& symbols = lab.task().output.symbols;
    BoundArguments scratch;
    for (std::size_t i = 0; i < lab.prompts(); ++i) {
      const Label label = labels->label(lab.prompt_tokens(i), scratch);
      const auto found = std::find(symbols.begin(), symbols.end(), label.answer.token);
      demanded_.push_back(label.defined && found != symbols.end() ? static_cast<int>(found - symbols.begin()) : -1);
    }
    return {};
  }

  Makes makes(std::size_t prompt, int from, int to) const {
    if (demanded_.empty()) return Makes::kUnknown;
    if (demanded_[prompt] == to) return Makes::kRight;
    return demanded_[prompt] == from ? Makes::kWrong : Makes::kNeither;
  }

  void note_change(RuleTest& test, std::size_t prompt, int from, int to, bool happened) const {
    const Makes effect = makes(prompt, from, to);
    const auto same = [&](const RuleTest::Direction& one) { return one.from == from && one.to == to && one.makes == effect; };
    auto found = std::find_if(test.directions.begin(), test.directions.end(), same);
    if (found == test.directions.end()) found = test.directions.insert(found, {from, to, effect, 0, 0});
    ++found->changing, ++test.changing;
    found->changed += happened ? 1 : 0;
    test.changed += happened ? 1 : 0;
  }

  const SiteRule& rule_;
  const ScoreOptions& options_;
  const SiteLab& found_on_;
  std::vector<int> demanded_;  // of the lab that is being tested
  std::optional<SiteProbe> probe_;
  int commonest_ = 0;
  RuleScore score_;
};

}  // namespace

bool RuleScore::beats_all() const {
  return std::all_of(std::begin(duels), std::end(duels), [](const Duel& duel) { return duel.beaten(); });
}

bool RuleScore::keeps_equal() const {
  std::uint64_t cases = 0, stays = 0;
  for (const RuleTest& test : tests)
    if (test.equal) cases += test.total, stays += test.stays;
  return cases == 0 || circuits::share_of(stays, cases, {}).high >= kLeastStays;
}

Result<RuleScore> score_rule(const SiteRule& rule, const SiteLab& found_on, const std::vector<const SiteLab*>& held_out, const ScoreOptions& options,
                             Session& session) {
  Contest contest(rule, found_on, options);
  session.progress.stage("rivals", 0);
  if (Status ready = contest.prepare(); !ready) return fail(ready.error());
  for (const SiteLab* lab : held_out)
    if (Status done = contest.add(*lab, session); !done) return fail(done.error());
  session.progress.finish();
  return contest.finish();
}

std::string_view name_of(Makes makes) {
  switch (makes) {
    case Makes::kUnknown: return "";
    case Makes::kRight: return "makes right";
    case Makes::kWrong: return "makes wrong";
    case Makes::kNeither: return "neither";
  }
  return "";
}

std::vector<std::string> remarks_of(const RuleScore& score) {
  std::vector<std::string> remarks;
  if (!score.beats_all())
    remarks.push_back(
        "behavioural: on held-out data it does not beat what is learned from answers alone, so nothing is claimed of the network's inside.");
  if (!score.keeps_equal())
    remarks.push_back("behavioural: a source that is equal in what is swapped changes the answer, so what is swapped is not what the variables say.");
  if (const RuleScore::Duel& duel = score.told; !duel.beaten())
    remarks.push_back(
        fmt::format("A decision list learned from answers alone says as well what is decided, if it is told of the swap: alone right on {} cases, "
                    "the rule on {}; "
                    "what the rule adds is where that is carried.",
                    duel.rival_only, duel.rule_only));
  return remarks;
}

namespace {

std::string line_of(const RuleTest& test, std::size_t width) {
  const auto changes = [&](std::uint64_t changed) { return test.changing == 0 ? "" : fmt::format("{} of {}", changed, test.changing); };
  std::string text = fmt::format("  {:<{}}  {:>5} {:>15} {:>11} {:>6}", test.what, width, test.total,
                                 test.equal ? fmt::format("stays: {}", test.stays) : changes(test.changed),
                                 test.other_heads ? changes(test.other_heads->changed) : "", test.rule);
  for (const std::uint64_t right : test.rivals) text += fmt::format(" {:>13}", right);
  return text + fmt::format(" {:>10}\n", test.told);
}

std::string line_of(const RuleScore::Duel& duel, const std::string& rival) {
  return fmt::format("  {} the {}: alone right on {} cases, it on {} (p = {:.2g})", duel.beaten() ? "beats" : "does not beat", rival, duel.rule_only,
                     duel.rival_only, duel.p);
}

}  // namespace

std::string to_table(const RuleScore& score, const std::vector<std::string>& symbols) {
  std::size_t width = 8;
  for (const RuleTest& test : score.tests) width = std::max(width, test.what.size());
  std::string text = fmt::format("  {:<{}}  {:>5} {:>15} {:>11} {:>6}", "right on", width, "cases", "change as ruled", "other heads", "rule");
  for (const char* name : kRivalNames) text += fmt::format(" {:>13}", name);
  text += fmt::format(" {:>10}\n", "list, told");
  for (const RuleTest& test : score.tests) {
    text += line_of(test, width);
    for (const RuleTest::Direction& one : test.directions) {
      const std::string_view effect = name_of(one.makes);
      text += fmt::format("    from '{}' to '{}'{}{}: {} of {}\n", symbols[static_cast<std::size_t>(one.from)],
                          symbols[static_cast<std::size_t>(one.to)], effect.empty() ? "" : ", ", effect, one.changed, one.changing);
    }
  }
  for (std::size_t k = 0; k < kRivals; ++k)
    text += line_of(score.duels[k], fmt::format("{}{}", kRivalNames[k], k == 1 ? fmt::format(" ({})", score.probe_site) : "")) + "\n";
  text += line_of(score.told, kToldName) + "; this decides nothing: such a list says what is decided, not where\n";
  if (!score.keeps_equal()) text += "  a source that is equal in what is swapped changes the answer: the sites carry something else too\n";
  return text;
}

}  // namespace assay::analysis::site_rules
