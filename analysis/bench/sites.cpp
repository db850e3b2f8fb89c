#include "analysis/bench/sites.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <span>

#include "analysis/bench/answers.h"

namespace assay::analysis::bench {
namespace {

using circuits::TokenId;
using circuits::Tokens;

/// Nats by which the probability of a written token may differ from the one recorded while writing: another order of summation in float32.
constexpr double kSameLogProbability = 0.01;

using TokenRange = std::pair<std::size_t, std::size_t>;

/// The tokens that the bytes begin .. end-1 lie in; none where a byte lies in no token.
std::optional<TokenRange> tokens_around(const std::vector<AnswerToken>& tokens, std::size_t begin, std::size_t end) {
  std::size_t first = 0;
  while (first < tokens.size() && tokens[first].end <= begin) ++first;
  std::size_t covered = begin, last = first;
  for (std::size_t t = first; t < tokens.size() && covered < end && tokens[t].begin <= covered; ++t) {
    covered = std::max(covered, tokens[t].end);
    last = t;
  }
  return covered >= end ? std::optional(TokenRange{first, last}) : std::nullopt;
}

Site site_of(const SitePlace& place, const Sample& sample) {
  Site site{.place = place};
  site.place.alternatives.clear();
  site.tokens = tokens_around(sample.tokens, place.begin, place.end);
  return site;
}

/// What the network gives for every token of an answer, each given prompt and answer before it.
class ForcedReading {
 public:
  static Result<ForcedReading> read(circuits::Network& network, const circuits::Tokenizer& tokenizer, const Tokens& prompt, const Sample& sample) {
    ForcedReading reading(tokenizer, sample);
    Tokens text = prompt;
    for (const AnswerToken& token : sample.tokens) {
      const std::optional<TokenId> id = tokenizer.token_of(std::string_view(sample.answer).substr(token.begin, token.end - token.begin));
      reading.ids_.push_back(id.value_or(-1));
    }
    // The last token may have been cut off by a stop string; nothing is read behind it.
    const bool known = std::find(reading.ids_.begin(), reading.ids_.end() - 1, -1) == reading.ids_.end() - 1;
    if (!known || prompt.empty()) return reading;
    text.insert(text.end(), reading.ids_.begin(), reading.ids_.end() - 1);
    Result<std::vector<float>> logits = network.logits(text);
    if (!logits) return fail(logits.error());
    reading.take(std::move(*logits), text.size(), prompt.size() - 1);
    return reading;
  }

  bool is_reproduced() const { return reproduced_; }
  const std::vector<TokenId>& ids() const { return ids_; }  ///< -1: unknown, the last one only
  double probability(std::size_t at, TokenId token) const {
    return std::exp(static_cast<double>(row(at)[static_cast<std::size_t>(token)]) - log_sums_[at]);
  }
  bool knows(TokenId token) const { return token >= 0 && static_cast<std::size_t>(token) < vocabulary_; }

 private:
  ForcedReading(const circuits::Tokenizer& tokenizer, const Sample& sample) : tokenizer_(&tokenizer), sample_(&sample) {}

  std::span<const float> row(std::size_t at) const { return std::span(logits_).subspan((first_row_ + at) * vocabulary_, vocabulary_); }

  void take(std::vector<float> logits, std::size_t rows, std::size_t first_row) {
    logits_ = std::move(logits);
    vocabulary_ = logits_.size() / rows;
    first_row_ = first_row;
    for (std::size_t at = 0; at < ids_.size(); ++at) {
      const double largest = *std::max_element(row(at).begin(), row(at).end());
      double sum = 0;
      for (const float logit : row(at)) sum += std::exp(static_cast<double>(logit) - largest);
      log_sums_.push_back(largest + std::log(sum));
    }
    reproduced_ = true;
    for (std::size_t at = 0; at < ids_.size(); ++at) {
      const bool same = knows(ids_[at]) && std::abs(std::log(probability(at, ids_[at])) - sample_->tokens[at].log_probability) <= kSameLogProbability;
      if (!same && at + 1 == ids_.size()) ids_[at] = -1;
      else if (!same) reproduced_ = false;
    }
  }

  const circuits::Tokenizer* tokenizer_;
  const Sample* sample_;
  std::vector<TokenId> ids_;
  std::vector<float> logits_;  ///< [text, vocabulary]
  std::vector<double> log_sums_;
  std::size_t vocabulary_ = 0, first_row_ = 0;
  bool reproduced_ = false;
};

/// A token in the place of a written one.
struct Other {
  std::size_t at = 0;
  TokenId token = -1;
  auto operator<=>(const Other&) const = default;
};

/// Alternatives of one sample's sites, compared token by token with what was written.
class SiteReader {
 public:
  SiteReader(const ForcedReading& reading, const circuits::Tokenizer& tokenizer, const Sample& sample)
      : reading_(reading), tokenizer_(tokenizer), sample_(sample) {}

  Result<Site> read(const SitePlace& place) const {
    Site site = site_of(place, sample_);
    site.probability = written_probability(site.tokens);
    std::map<Other, int> uses;
    std::vector<std::optional<Other>> others;
    const OtherText written{place.written, place.begin, place.written, true};
    if (const Result<std::optional<Other>> own = difference(place, written); own && *own) ++uses[**own];
    else if (!own) return fail(own.error());
    for (const OtherText& text : place.alternatives) {
      Result<std::optional<Other>> other = difference(place, text);
      if (!other) return fail(other.error());
      if (*other) ++uses[**other];
      others.push_back(*other);
    }
    for (std::size_t a = 0; a < others.size(); ++a) {
      SiteAlternative& alternative = site.alternatives.emplace_back(SiteAlternative{.value = place.alternatives[a].value, .token = {}, .why = {}});
      if (!others[a]) {
        alternative.why = kWhyNoTokenBoundary;
        continue;
      }
      alternative.token = as_utf8(tokenizer_.decode(std::span(&others[a]->token, 1)));
      alternative.at = others[a]->at;
      alternative.probability = reading_.probability(others[a]->at, others[a]->token);
      alternative.shared = uses[*others[a]] > 1;
    }
    return site;
  }

 private:
  std::optional<double> written_probability(const std::optional<TokenRange>& tokens) const {
    if (!tokens) return std::nullopt;
    double probability = 1;
    for (std::size_t at = tokens->first; at <= tokens->second; ++at) {
      if (reading_.ids()[at] < 0) return std::nullopt;
      probability *= reading_.probability(at, reading_.ids()[at]);
    }
    return probability;
  }

  /// The first token that another text at `from` may change, which lies in token `own`: the tokenizer may join it with the blanks and brackets before
  /// it, where the model cut them as the tokenizer does.
  Result<std::size_t> first_token(std::size_t own, std::size_t from) const {
    const auto joins = [](char c) {
      return c != '_' && (std::isspace(static_cast<unsigned char>(c)) != 0 || std::ispunct(static_cast<unsigned char>(c)) != 0);
    };
    while (from > 0 && joins(sample_.answer[from - 1])) --from;
    std::size_t first = own;
    while (first > 0 && sample_.tokens[first].begin > from) --first;
    if (first == own) return own;
    const Result<circuits::Encoding> encoding = tokenizer_.encode(sample_.answer.substr(sample_.tokens[first].begin), {.bos = false});
    if (!encoding) return fail(encoding.error());
    for (std::size_t at = first; at < own; ++at)
      if (at - first >= encoding->tokens.size() || encoding->tokens[at - first] != reading_.ids()[at]) return own;
    return first;
  }

  /// Where the text with this in its place is first cut into another token than was written, and into which.
  Result<std::optional<Other>> difference(const SitePlace& place, const OtherText& other) const {
    const std::optional<TokenRange> around = tokens_around(sample_.tokens, other.from, std::max(other.from + 1, place.end));
    if (!around) return std::optional<Other>();
    const Result<std::size_t> start = first_token(around->first, other.from);
    if (!start) return fail(start.error());
    const std::size_t first = *start, begin = sample_.tokens[first].begin;
    std::string text = sample_.answer.substr(begin, other.from - begin) + other.text;
    if (other.goes_on) text += sample_.answer.substr(place.end);
    const Result<circuits::Encoding> encoding = tokenizer_.encode(text, {.bos = false});
    if (!encoding) return fail(encoding.error());
    const std::vector<TokenId>& ids = reading_.ids();
    for (std::size_t k = 0; k < encoding->tokens.size() && first + k < ids.size() && ids[first + k] >= 0; ++k)
      if (const TokenId token = encoding->tokens[k]; token != ids[first + k])
        return reading_.knows(token) ? std::optional(Other{first + k, token}) : std::nullopt;
    return std::optional<Other>();
  }

  const ForcedReading& reading_;
  const circuits::Tokenizer& tokenizer_;
  const Sample& sample_;
};

Json to_json(const SiteAlternative& alternative) {
  if (!alternative.why.empty()) return {{"value", alternative.value}, {"token", nullptr}, {"probability", nullptr}, {"why", alternative.why}};
  Json json = {{"value", alternative.value}, {"token", alternative.token}, {"at", alternative.at}, {"probability", alternative.probability}};
  if (alternative.shared) json["shared"] = true;
  return json;
}

SiteAlternative alternative_from(const Json& json) {
  SiteAlternative alternative{.value = json.at("value").get<std::string>(), .token = {}, .why = json.value("why", "")};
  if (!alternative.why.empty()) return alternative;
  alternative.token = json.at("token").get<std::string>();
  alternative.at = json.at("at").get<std::size_t>();
  alternative.probability = json.at("probability").get<double>();
  alternative.shared = json.value("shared", false);
  return alternative;
}

std::string_view group_of(Label label) {
  switch (label) {
    case Label::kProved:
    case Label::kBounded: return "right";
    case Label::kWrong:
    case Label::kUnsafe: return "wrong";
    case Label::kUndecided:
    case Label::kUnsupported:
    case Label::kBroken: return "other";
  }
  return "other";
}

bool is_overtaken(const Site& site, const Sample& sample) {
  return std::any_of(site.alternatives.begin(), site.alternatives.end(),
                     [&](const SiteAlternative& a) { return a.why.empty() && a.probability > std::exp(sample.tokens[a.at].log_probability); });
}

}  // namespace

Result<std::vector<Site>> read_sites(const std::vector<SitePlace>& places, const Sample& sample, circuits::Network& network, const Tokens& prompt) {
  if (sample.tokens.empty()) return unread_sites(places, sample, kWhyNoModel);
  const Result<const circuits::Tokenizer*> tokenizer = network.tokenizer();
  if (!tokenizer) return fail(tokenizer.error());
  const Result<ForcedReading> reading = ForcedReading::read(network, **tokenizer, prompt, sample);
  if (!reading) return fail(reading.error());
  if (!reading->is_reproduced()) return unread_sites(places, sample, kWhyNotReproduced);
  const SiteReader reader(*reading, **tokenizer, sample);
  std::vector<Site> sites;
  for (const SitePlace& place : places) {
    Result<Site> site = reader.read(place);
    if (!site) return fail(site.error());
    sites.push_back(std::move(*site));
  }
  return sites;
}

std::vector<Site> unread_sites(const std::vector<SitePlace>& places, const Sample& sample, std::string_view why) {
  std::vector<Site> sites;
  for (const SitePlace& place : places) {
    Site& site = sites.emplace_back(site_of(place, sample));
    for (const OtherText& other : place.alternatives) site.alternatives.push_back({.value = other.value, .token = {}, .why = std::string(why)});
  }
  return sites;
}

Json to_json(const Site& site) {
  Json alternatives = Json::array();
  for (const SiteAlternative& alternative : site.alternatives) alternatives.push_back(to_json(alternative));
  const SitePlace& place = site.place;
  return {{"kind", place.kind},
          {"begin", place.begin},
          {"end", place.end},
          {"written", place.written},
          {"ast", place.ast},
          {"concept", place.concept_id ? Json(place.concept_kind) : Json()},
          {"concept_id", place.concept_id ? Json(*place.concept_id) : Json()},
          {"tokens", site.tokens ? Json({site.tokens->first, site.tokens->second}) : Json()},
          {"probability", site.probability ? Json(*site.probability) : Json()},
          {"alternatives", alternatives}};
}

std::optional<Site> site_from_json(const Json& json, const Sample& sample) {
  try {
    Site site{.place = {json.at("kind").get<std::string>(), json.at("begin").get<std::size_t>(), json.at("end").get<std::size_t>(),
                        json.at("written").get<std::string>(), json.at("ast").get<std::string>()}};
    if (!json.at("concept_id").is_null()) {
      site.place.concept_id = json.at("concept_id").get<std::size_t>();
      site.place.concept_kind = json.at("concept").get<std::string>();
    }
    if (const Json& tokens = json.at("tokens"); !tokens.is_null()) site.tokens = {tokens.at(0).get<std::size_t>(), tokens.at(1).get<std::size_t>()};
    if (!json.at("probability").is_null()) site.probability = json.at("probability").get<double>();
    for (const Json& entry : json.at("alternatives")) site.alternatives.push_back(alternative_from(entry));
    const std::size_t tokens = sample.tokens.size();
    bool inside = site.place.begin < site.place.end && site.place.end <= sample.answer.size();
    if (site.tokens) inside = inside && site.tokens->first <= site.tokens->second && site.tokens->second < tokens;
    for (const SiteAlternative& alternative : site.alternatives) inside = inside && (!alternative.why.empty() || alternative.at < tokens);
    return inside ? std::optional(std::move(site)) : std::nullopt;
  } catch (const Json::exception&) { return std::nullopt; }
}

void SiteTally::add(Label label, const Sample& sample) {
  if (!sample.sites) return;
  std::map<std::string, SiteCounts>& group = groups_[std::string(group_of(label))];
  std::set<std::string> kinds = {"all"};
  for (const Site& site : *sample.sites) {
    const bool compared =
        site.probability && std::any_of(site.alternatives.begin(), site.alternatives.end(), [](const auto& a) { return a.why.empty(); });
    const bool overtaken = compared && is_overtaken(site, sample);
    kinds.insert(site.place.kind);
    for (const std::string& kind : {std::string("all"), site.place.kind}) {
      SiteCounts& counts = group[kind];
      ++counts.sites;
      if (compared) ++counts.compared, counts.probability += *site.probability;
      if (overtaken) ++counts.overtaken;
    }
    alternatives_ += site.alternatives.size();
    for (const SiteAlternative& alternative : site.alternatives)
      if (!alternative.why.empty()) ++not_compared_[alternative.why];
  }
  for (const std::string& kind : kinds) ++group[kind].samples;
}

Json SiteTally::to_json() const {
  Json groups = Json::object();
  for (const auto& [name, kinds] : groups_)
    for (const auto& [kind, counts] : kinds)
      groups[name][kind] = {{"samples", counts.samples},     {"sites", counts.sites},
                            {"compared", counts.compared},   {"mean_probability", counts.mean_probability()},
                            {"overtaken", counts.overtaken}, {"overtaken_share", counts.overtaken_share()}};
  return {{"by_answer", groups}, {"alternatives", alternatives_}, {"not_compared", not_compared_}};
}

std::string SiteTally::to_text() const {
  std::string text;
  for (const auto& [name, kinds] : groups_)
    for (const auto& [kind, counts] : kinds) {
      if (counts.compared == 0) continue;
      text += fmt::format("    {:5}  {:10}  {:>6} sites of {:>4} samples  written {:.3f}  an alternative is more probable at {:.1f} %\n", name, kind,
                          counts.compared, counts.samples, counts.mean_probability(), 100 * counts.overtaken_share());
    }
  if (groups_.empty()) return {};
  std::string unread;
  for (const auto& [why, count] : not_compared_) unread += fmt::format("{}{} {}", unread.empty() ? "" : ", ", why, count);
  return fmt::format("  decision sites, by answer and kind, and the mean probability of what was written:\n{}    {} alternatives, not compared: {}\n",
                     text, alternatives_, unread.empty() ? "none" : unread);
}

}  // namespace assay::analysis::bench
