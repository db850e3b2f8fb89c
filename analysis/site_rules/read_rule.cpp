#include "analysis/site_rules/read_rule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "analysis/site_rules/decision_list.h"

namespace assay::analysis::site_rules {
namespace {

Error interrupted() { return {ErrorKind::kCancelled, "interrupted while the rule was read", "run the command again", {}}; }

class RuleReader {
 public:
  RuleReader(const SiteLab& lab, const circuits::Circuit& circuit, const ReadOptions& options, Session& session)
      : lab_(lab), circuit_(circuit), options_(options), session_(session) {}

  Result<SiteRule> run() {
    std::vector<std::string> named;
    for (const PositionSpec& position : lab_.task().positions)
      if (!position.each && position.name != "last") named.push_back(position.name);
    Result<std::vector<ReadPosition>> positions = positions_read(circuit_, named);
    if (!positions) return fail(positions.error());
    if (Status found = find_contrasts(); !found) return fail(found.error());
    rule_.arguments = lab_.arguments();
    settle_rest();
    std::vector<std::string> tried;
    constexpr std::size_t kMostPositions = 4;
    for (std::size_t p = 0; p < positions->size() && p < kMostPositions && rule_.reads.size() < options_.most_reads; ++p) {
      if (session_.cancelled()) return fail(interrupted());
      session_.progress.stage(fmt::format("reads of {}", (*positions)[p].position), 0);
      Result<std::optional<SiteRead>> read = read_of((*positions)[p]);
      if (!read) return fail(read.error());
      if (*read) add(std::move(**read));
      tried.push_back(fmt::format("{} ({})", (*positions)[p].position, remark_));
    }
    session_.progress.finish();
    if (rule_.reads.empty())
      return fail({ErrorKind::kBudget, fmt::format("no part of the circuit carries a rule: {}", fmt::join(tried, "; ")),
                   "name more positions in the task, or keep more edges"});
    return rule_;
  }

 private:
  Status find_contrasts() {
    for (std::size_t a = 0; a < lab_.arguments().size(); ++a) contrasts_.push_back(lab_.contrasts(a, options_.pairs, options_.seed + a));
    for (const std::vector<PromptPair>& pairs : contrasts_) all_contrasts_.insert(all_contrasts_.end(), pairs.begin(), pairs.end());
    if (all_contrasts_.empty())
      return input_error("no two prompts that differ in one attribute, and are as long, are answered differently",
                         "the decision does not depend on the attributes: nothing is to be read");
    std::mt19937_64 random(options_.seed);
    draw(all_contrasts_, options_.pairs, random);
    return {};
  }

  std::vector<Place> outputs(std::span<const Reader> heads) const {
    std::vector<Place> places;
    for (const Reader& head : heads) places.push_back({fmt::format("attn_out.{}.{}", head.layer, head.head), lab_.site()});
    return places;
  }

  struct Enough {
    std::size_t count = 0;  ///< of heads
    double share = 0;       ///< what their swap carries
    double largest = 0;     ///< what any number of them carries
  };
  /// How many of the first heads carry nearly all that any number of them, at most most_heads, carries. `places_of_first`: what to swap of so many.
  template <class Places>
  Result<Enough> fewest(std::size_t heads, const std::vector<PromptPair>& pairs, const Places& places_of_first) const {
    const std::size_t most = std::min(options_.most_heads, heads);
    std::vector<Enough> tried;
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t n = 1;; n = std::min(most, n + std::max<std::size_t>(1, n / 2))) {
      const auto share = lab_.moved(places_of_first(n), pairs);
      if (!share) return fail(share.error());
      tried.push_back({n, share->value_or(0), 0});
      largest = std::max(largest, tried.back().share);
      if (n == most) break;
    }
    const double nearly = std::min(largest, kNearlyAll * largest);  // of a negative share, where swaps work against the contrast, all of it
    Enough enough = *std::find_if(tried.begin(), tried.end(), [&](const Enough& one) { return one.share >= nearly; });
    enough.largest = largest;
    return enough;
  }

  Result<std::optional<SiteRead>> read_of(const ReadPosition& position) {
    SiteRead read{position.position, {}, 0, {}, {}, {}, -1, {}};
    const Result<Enough> enough =
        fewest(position.readers.size(), all_contrasts_, [&](std::size_t count) { return outputs(std::span(position.readers).first(count)); });
    if (!enough) return fail(enough.error());
    remark_ = fmt::format("outputs of {} heads carry {:.0f} %", std::min(options_.most_heads, position.readers.size()), 100 * enough->largest);
    if (enough->largest < kLeastShare) return std::optional<SiteRead>();
    read.heads.assign(position.readers.begin(), position.readers.begin() + static_cast<std::ptrdiff_t>(enough->count));
    read.output_share = enough->share;
    if (Status done = find_channels(read); !done) return fail(done.error());
    if (Status done = find_relays(read, position.relays); !done) return fail(done.error());
    if (Status done = find_gate(read); !done) return fail(done.error());
    if (Status done = find_copies(read); !done) return fail(done.error());
    forget_silent(read);
    return std::optional(std::move(read));
  }

  std::size_t position_called(const std::string& name) const {
    const std::vector<PositionSpec>& positions = lab_.task().positions;
    return static_cast<std::size_t>(std::find_if(positions.begin(), positions.end(), [&](const PositionSpec& one) { return one.name == name; }) -
                                    positions.begin());
  }

  /// Sites of one channel; query heads that share a key or value share its place.
  std::vector<Place> places_of(Channel channel, const SiteRead& read) const {
    const circuits::NetworkInfo& info = lab_.network().info();
    const int group = info.heads / info.kv_heads;
    std::vector<Place> places;
    for (const Reader& head : read.heads) {
      Place place;
      if (channel == Channel::kQuery) place = {fmt::format("q.{}.{}", head.layer, head.head), lab_.site()};
      else
        place = {fmt::format("{}.{}.{}", channel == Channel::kKey ? 'k' : 'v', head.layer, head.head / group * group),
                 position_called(read.position)};
      if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(std::move(place));
    }
    return places;
  }

  Status find_channels(SiteRead& read) {
    for (const Channel channel : {Channel::kQuery, Channel::kKey, Channel::kValue})
      for (std::size_t a = 0; a < contrasts_.size(); ++a) {
        const std::vector<Place> places = places_of(channel, read);
        const auto share = lab_.moved(places, contrasts_[a]);
        if (!share) return fail(share.error());
        if (share->value_or(0) >= kLeastShare) read.carried.push_back({channel, a, **share, places, {}, **share});
      }
    return {};
  }

  /// What the values at the position carry by way of tokens between it and the decision: relays join where that is more.
  Status find_relays(SiteRead& read, const std::vector<Reader>& relays) {
    if (relays.empty()) return {};
    const std::vector<Place> direct = places_of(Channel::kValue, read);
    for (std::size_t a = 0; a < contrasts_.size(); ++a) {
      if (contrasts_[a].empty()) continue;
      const auto known = std::find_if(read.carried.begin(), read.carried.end(),
                                      [&](const Carried& one) { return one.channel == Channel::kValue && one.argument == a; });
      const auto with = [&](std::size_t count) {
        SiteRead on_the_way{read.position, {relays.begin(), relays.begin() + static_cast<std::ptrdiff_t>(count)}, 0, {}, {}, {}, -1, {}};
        std::vector<Place> places = direct;
        for (Place& place : places_of(Channel::kValue, on_the_way))
          if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(std::move(place));
        return places;
      };
      const Result<Enough> enough = fewest(relays.size(), contrasts_[a], with);
      if (!enough) return fail(enough.error());
      const auto alone = known != read.carried.end() ? Result<std::optional<double>>(known->share) : lab_.moved(direct, contrasts_[a]);
      if (!alone) return fail(alone.error());
      if (enough->share < kLeastShare || enough->share < alone->value_or(0) + kRelayGain) continue;
      Carried carried{
          Channel::kValue,   a, enough->share, with(enough->count), {relays.begin(), relays.begin() + static_cast<std::ptrdiff_t>(enough->count)},
          alone->value_or(0)};
      if (known != read.carried.end()) *known = std::move(carried);
      else read.carried.push_back(std::move(carried));
    }
    return {};
  }

  /// Variables that no line of the rule reads.
  static void forget_silent(SiteRead& read) {
    std::vector<Carried> spoken;
    int copies = -1;
    for (std::size_t c = 0; c < read.carried.size(); ++c) {
      const bool copied = static_cast<int>(c) == read.copies;
      if (!copied && !speaks(read, c)) continue;
      if (copied) copies = static_cast<int>(spoken.size());
      spoken.push_back(read.carried[c]);
    }
    read.carried = std::move(spoken);
    read.copies = copies;
  }

  std::vector<int> arguments_of(const SiteRead& read, bool conditions) const {
    std::set<int> found;
    for (const Carried& carried : read.carried)
      if ((carried.channel != Channel::kValue) == conditions) found.insert(static_cast<int>(carried.argument));
    return {found.begin(), found.end()};
  }

  Status find_gate(SiteRead& read) {
    std::vector<std::pair<int, int>> heads;
    for (const Reader& head : read.heads) heads.emplace_back(head.layer, head.head);
    const auto attention = lab_.attention(heads, lab_.site(), position_called(read.position));
    if (!attention) return fail(attention.error());
    std::vector<double> mean(lab_.prompts());
    for (const std::vector<double>& one : *attention)
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += one[i] / static_cast<double>(heads.size());
    read.gate = fit_condition(lab_.rows(), mean, arguments_of(read, true));
    return {};
  }

  Status find_copies(SiteRead& read) {
    for (std::size_t c = 0; c < read.carried.size(); ++c)
      if (read.carried[c].channel == Channel::kValue &&
          (read.copies < 0 || read.carried[c].share > read.carried[static_cast<std::size_t>(read.copies)].share))
        read.copies = static_cast<int>(c);
    if (Status done = find_loud(read); !done) return done;
    std::map<std::int64_t, std::vector<int>> answers;
    for (std::size_t i = 0; i < lab_.prompts(); ++i)
      if (looks(read, i)) answers[value_of(read, i)].push_back(lab_.answer(i));
    for (const auto& [value, given] : answers) read.answer_of[value] = most_frequent(given, lab_.classes());
    return {};
  }

  std::int64_t value_of(const SiteRead& read, std::size_t prompt) const {
    return read.copies < 0 ? 0 : lab_.rows()[prompt][read.carried[static_cast<std::size_t>(read.copies)].argument];
  }
  bool looks(const SiteRead& read, std::size_t prompt) const {
    return holds(read.gate.condition, lab_.rows()[prompt]) && holds(read.loud.condition, lab_.rows()[prompt]);
  }

  /// Where the heads look, swaps of their outputs with prompts where they do not: how far does that move the decision towards the answer there?
  Status find_loud(SiteRead& read) {
    std::vector<std::size_t> looking, others;
    for (std::size_t i = 0; i < lab_.prompts(); ++i) (looks(read, i) ? looking : others).push_back(i);
    if (read.gate.condition.empty() || others.empty()) return {};
    std::mt19937_64 random(options_.seed);
    std::vector<PromptPair> pairs;
    for (const std::size_t base : looking) {
      std::vector<std::size_t> sources;
      for (const std::size_t source : others)
        if (lab_.comparable({base, source}) && lab_.answer(source) == rule_.otherwise) sources.push_back(source);
      if (!sources.empty()) pairs.push_back({base, sources[random() % sources.size()]});
    }
    // What is written for another answer than the one without these heads: only there loudness decides.
    std::vector<Row> rows;
    std::vector<PromptPair> deciding;
    for (const PromptPair& pair : pairs)
      if (const std::optional<int> offered = offered_by(read, pair.base); offered && *offered != rule_.otherwise) {
        rows.push_back(lab_.rows()[pair.base]);
        deciding.push_back(pair);
      }
    if (deciding.size() < 4) return {};
    std::vector<std::pair<int, int>> between;
    for (const PromptPair& pair : deciding) between.emplace_back(*offered_by(read, pair.base), rule_.otherwise);
    const auto moved = lab_.lowered(outputs(read.heads), deciding, between);
    if (!moved) return fail(moved.error());
    std::vector<int> everything(rule_.arguments.size());
    for (std::size_t a = 0; a < everything.size(); ++a) everything[a] = static_cast<int>(a);
    const FittedCondition loud = fit_condition(rows, *moved, everything, {1, 0.2});
    if (loud.condition.empty()) return {};
    std::vector<int> quiet;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (!holds(loud.condition, rows[i])) quiet.push_back(lab_.answer(deciding[i].base));
    if (!quiet.empty() && most_frequent(quiet, lab_.classes()) == rule_.otherwise) read.loud = loud;
    return {};
  }

  /// The answer that the value read on this prompt stands for, by most of the prompts where the heads look and read the same.
  std::optional<int> offered_by(const SiteRead& read, std::size_t prompt) const {
    std::vector<int> answers;
    for (std::size_t i = 0; i < lab_.prompts(); ++i)
      if (holds(read.gate.condition, lab_.rows()[i]) && value_of(read, i) == value_of(read, prompt)) answers.push_back(lab_.answer(i));
    if (answers.empty()) return std::nullopt;
    return most_frequent(answers, lab_.classes());
  }

  /// What is decided on the prompts where no read holds.
  void settle_rest() {
    std::vector<int> rest;
    for (std::size_t i = 0; i < lab_.prompts(); ++i)
      if (std::none_of(rule_.reads.begin(), rule_.reads.end(), [&](const SiteRead& read) { return looks(read, i); })) rest.push_back(lab_.answer(i));
    if (!rest.empty()) rule_.otherwise = most_frequent(rest, lab_.classes());
    rule_.otherwise_rows = rest.size();
    rule_.otherwise_right = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), rule_.otherwise));
  }

  /// A read joins behind the others if the rule then decides more of the prompts rightly.
  void add(SiteRead read) {
    const SiteRule before = rule_;
    const double without = before.reads.empty() ? -1 : agreement(before, lab_);
    rule_.reads.push_back(std::move(read));
    settle_rest();
    if (agreement(rule_, lab_) > without) return;
    remark_ += ", but decides nothing that the others do not";
    rule_ = before;
  }

  const SiteLab& lab_;
  const circuits::Circuit& circuit_;
  const ReadOptions& options_;
  Session& session_;
  std::vector<std::vector<PromptPair>> contrasts_;  // by argument
  std::vector<PromptPair> all_contrasts_;
  std::string remark_;
  SiteRule rule_;
};

}  // namespace

Result<SiteRule> read_rule(const SiteLab& lab, const circuits::Circuit& circuit, const ReadOptions& options, Session& session) {
  return RuleReader(lab, circuit, options, session).run();
}

double agreement(const SiteRule& rule, const SiteLab& lab) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < lab.prompts(); ++i) right += decide(rule, lab.rows()[i]) == lab.answer(i) ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(lab.prompts());
}

}  // namespace assay::analysis::site_rules
