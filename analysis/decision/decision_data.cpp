#include "analysis/decision/decision_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/bench/pages/html.h"
#include "analysis/bench/pages/site_view.h"
#include "analysis/report/circuit_layout.h"

namespace assay::analysis {
namespace {

using bench::text_of;
using bench::visible;

/// Keeps each answer once.
class Answers {
 public:
  explicit Answers(std::vector<Json>& all) : all_(all) {}
  Json index(const Json& answer) {
    const auto [at, added] = known_.try_emplace(answer.dump(), all_.size());
    if (added) all_.push_back(answer);
    return at->second;
  }

 private:
  std::vector<Json>& all_;
  std::map<std::string, std::size_t> known_;
};

struct Piece {
  std::size_t begin = 0, end = 0;
};

/// A text cut at these places (those within a character move to its start), made visible; pieces that are empty stay, so that numbers fit.
Json cut(const std::string& text, const std::vector<Piece>& pieces) {
  const auto start = [&](std::size_t at) {
    at = std::min(at, text.size());
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
    return at;
  };
  Json list = Json::array();
  for (const Piece& piece : pieces) {
    const std::size_t begin = start(piece.begin), end = std::max(begin, start(piece.end));
    list.push_back(visible(std::string_view(text).substr(begin, end - begin)));
  }
  return list;
}

/// The tokens of a prompt where they are known and cover it, else the whole as one.
Json prompt_pieces(const std::string& prompt, const Json& ranges) {
  std::vector<Piece> pieces;
  std::size_t at = 0;
  for (const Json& range : ranges) {
    pieces.push_back({at, range[1].get<std::size_t>()});  // blanks that no token covers go to the next one
    at = range[1].get<std::size_t>();
  }
  if (at != prompt.size()) return cut(prompt, {{0, prompt.size()}});
  return cut(prompt, pieces);
}

/// What an answer is made of behind the prompt: tokens of the sample as far as they agree with the judged text, then the rest.
struct Written {
  std::string text;  ///< as judged, without the prompt where it begins with it
  bool behind_prompt = true;
  std::vector<Piece> pieces;
};

Written written(const Json& answer, const Json& sample, const std::string& prompt) {
  Written result{.text = text_of(answer, "text"), .behind_prompt = true, .pieces = {}};
  result.behind_prompt = result.text.starts_with(prompt);
  if (result.behind_prompt) result.text.erase(0, prompt.size());
  const std::string& raw = text_of(sample, "answer");
  std::size_t at = 0;
  for (const Json& token : sample["tokens"]) {
    const auto begin = token["begin"].get<std::size_t>(), end = token["end"].get<std::size_t>();
    if (!result.behind_prompt || begin != at || end > std::min(raw.size(), result.text.size()) || result.text.compare(0, end, raw, 0, end) != 0)
      break;
    result.pieces.push_back({begin, end});
    at = end;
  }
  if (at < result.text.size()) result.pieces.push_back({at, result.text.size()});
  return result;
}

/// The number of the sample's token that was decided; none where no probabilities are known.
std::optional<std::size_t> decided_token(const Json& answer, const Json& sample, const std::string& prompt, bool at_end_of_prompt) {
  const Json& tokens = sample["tokens"];
  if (tokens.empty()) return {};
  if (at_end_of_prompt || !answer.contains("wrong_decision") || answer["wrong_decision"]["tokens"].empty()) return 0;
  const auto byte = answer["wrong_decision"]["tokens"][0]["begin"].get<std::size_t>();
  for (std::size_t t = 0; t < tokens.size(); ++t)
    if (tokens[t]["begin"].get<std::size_t>() + prompt.size() <= byte && byte < tokens[t]["end"].get<std::size_t>() + prompt.size()) return t;
  return 0;
}

Json site_json(const Json& sample, std::size_t number) {
  const Json& token = sample["tokens"][number];
  const auto begin = token["begin"].get<std::size_t>(), end = token["end"].get<std::size_t>();
  const std::string& answer = text_of(sample, "answer");
  Json alternatives = Json::array();
  for (const Json& other : token["alternatives"]) alternatives.push_back({visible(other[0].get<std::string>()), other[1]});
  return {{"piece", number},
          {"token", begin <= end && end <= answer.size() ? visible(answer.substr(begin, end - begin)) : ""},
          {"probability", std::exp(token["log_probability"].get<double>())},
          {"alternatives", alternatives}};
}

/// By token, what else could have been written at the decision sites in it; empty where none is known.
Json site_titles(const Json& sample) {
  if (!sample.contains("sites")) return Json::array();
  std::vector<std::string> titles(sample["tokens"].size());
  for (const Json& site : sample["sites"])
    for (std::size_t t = 0; !site["tokens"].is_null() && t < titles.size(); ++t)
      if (site["tokens"][0].get<std::size_t>() <= t && t <= site["tokens"][1].get<std::size_t>())
        titles[t] += (titles[t].empty() ? "" : "\n") + bench::site_title(site);
  return titles;
}

Json run_json(const Json& run, const std::string& prompt, bool at_end_of_prompt, Answers& answers) {
  Json samples = Json::array();
  for (const Json& sample : run["samples"]) {
    const Json& answer = run["answers"][sample["answer_id"].get<std::size_t>()];
    const std::optional<std::size_t> site = decided_token(answer, sample, prompt, at_end_of_prompt);
    const Written text = written(answer, sample, prompt);
    samples.push_back({{"answer", answers.index(answer)},
                       {"label", text_of(answer["judgement"], "label")},
                       {"behind_prompt", text.behind_prompt},
                       {"pieces", cut(text.text, text.pieces)},
                       {"site", site ? site_json(sample, *site) : Json()},
                       {"titles", site_titles(sample)}});
  }
  return {{"samples", samples}};
}

/// The line in which a check is violated, 0: none.
std::size_t failing_line(const Json& answer) {
  const Json& safety = answer["judgement"]["safety"];
  return text_of(safety, "grade") == "refuted" && safety.contains("line") ? safety["line"].get<std::size_t>() : 0;
}

double dose_of_none(const Json& repair) { return repair["heads"].empty() ? 0 : 1; }  // a patch has none: share 0

bool is_shown(const Json& model, const std::string& hash) { return !bench::is_skipped(model) && (hash.empty() || text_of(model, "hash") == hash); }

Json counts_of(const Json& bench, const Json& model) {
  bench::Tally tally;
  for (std::size_t t = 0; t < bench["tasks"].size(); ++t) {
    if (bench::is_variation(bench["tasks"][t])) continue;
    const bench::Tally own = bench::tally_of(model["tasks"][t]);
    for (const bench::Label label : bench::kWorstFirst)
      for (std::uint64_t i = 0; i < own.of(label); ++i) tally.add(label);
  }
  Json counts = {{"samples", tally.samples}};
  for (const bench::Label label : bench::kWorstFirst) counts[std::string(bench::name_of(label))] = tally.of(label);
  return counts;
}

/// Where a prompt is found: the request of a bench result.
struct Source {
  std::size_t bench = 0, task = 0;
};

/// How many doses a bench result has: what it can show of a prompt.
std::size_t doses_of(const Json& bench) {
  return static_cast<std::size_t>(std::count_if(bench["models"].begin(), bench["models"].end(), [](const Json& m) { return m.contains("repair"); }));
}

const bench::Prediction* prediction_of(const std::vector<BenchDocument>& benches, const std::vector<Source>& sources) {
  for (const Source& source : sources)
    for (const bench::Prediction& entry : benches[source.bench].predictions)
      if (entry.request == text_of(benches[source.bench].json["tasks"][source.task], "id")) return &entry;
  return nullptr;
}

Status check_networks(const std::vector<BenchDocument>& benches, const std::string& hash) {
  for (const BenchDocument& bench : benches) {
    const Json& models = bench.json["models"];
    const auto shown = [&](const Json& model) { return is_shown(model, hash) && !model.contains("repair"); };
    if (std::any_of(models.begin(), models.end(), shown)) continue;
    if (hash.empty()) return input_error(fmt::format("{}: every model was skipped", bench.file), "install one, and run the suite again");
    return input_error(fmt::format("{}: none of its models is the network of the result, whose hash is {}", bench.file, hash),
                       "verify the hypothesis on the model that wrote the code");
  }
  return {};
}

/// Prompts by text, in the order of the documents.
class Prompts {
 public:
  Prompts(const std::optional<SiteDocument>& site, const std::vector<BenchDocument>& benches) : site_(site), benches_(benches) {
    if (site && site->hypothesis["network"].is_object()) hash_ = text_of(site->hypothesis["network"], "hash");
    for (std::size_t b = 0; b < benches.size(); ++b)
      for (std::size_t t = 0; t < benches[b].json["tasks"].size(); ++t)
        if (!bench::is_variation(benches[b].json["tasks"][t])) add({b, t});
    if (site)
      for (std::size_t p = 0; p < rows()["prompts"].size(); ++p) attention_.emplace(text_of(rows()["prompts"][p], "text"), p);
  }
  const std::string& hash() const { return hash_; }

  Json list(Answers& answers) const {
    Json prompts = Json::array();
    for (const std::string& text : order_) prompts.push_back(prompt(text, answers));
    return prompts;
  }

 private:
  const Json& rows() const {
    static const Json kNone = {{"rows", Json::array()}, {"prompts", Json::array()}};
    const Json& rows = site_->hypothesis["attention_rows"];
    return rows.is_object() ? rows : kNone;
  }

  void add(Source source) {
    const std::string& text = text_of(benches_[source.bench].json["tasks"][source.task], "prompt");
    std::vector<Source>& sources = sources_[text];
    if (sources.empty()) order_.push_back(text);
    const auto more = [&](const Source& a, const Source& b) { return doses_of(benches_[a.bench].json) > doses_of(benches_[b.bench].json); };
    sources.insert(std::upper_bound(sources.begin(), sources.end(), source, more), source);
  }

  Json prompt(const std::string& text, Answers& answers) const {
    const std::vector<Source>& sources = sources_.at(text);
    const Source& source = sources.front();
    const Json &document = benches_[source.bench].json, &task = document["tasks"][source.task];
    const auto seen = attention_.find(text);
    const Json attention = seen == attention_.end() ? Json() : rows()["prompts"][seen->second];
    const bench::Prediction* prediction = prediction_of(benches_, sources);
    Json runs = Json::array();
    for (const Json& model : document["models"])
      runs.push_back(is_shown(model, hash_) ? run_json(model["tasks"][source.task], text, site_.has_value(), answers) : Json());
    Json json = {
        {"id", visible(text_of(task, "id"))},
        {"bench", source.bench},
        {"function", visible(text_of(task, "function"))},
        {"attributes", task["attributes"]},
        {"contract", task["contract"]},
        {"pieces", prompt_pieces(text, attention.is_object() ? attention["tokens"] : Json::array())},
        {"split",
         visible(text.substr(
             0, begin_of_last_function(text, task.contains("declaration") && task["declaration"].is_string() ? text_of(task, "declaration") : "")))},
        {"attention", Json()},
        {"prediction", Json()},
        {"runs", runs}};
    if (attention.is_object()) json["attention"] = {{"positions", attention["positions"]}, {"rows", attention["rows"]}};
    if (prediction != nullptr)
      json["prediction"] = {{"token", visible(prediction->token)}, {"demanded", visible(prediction->demanded)}, {"fails", prediction->fails()}};
    return json;
  }

  const std::optional<SiteDocument>& site_;
  const std::vector<BenchDocument>& benches_;
  std::string hash_;
  std::vector<std::string> order_;
  std::map<std::string, std::vector<Source>> sources_;
  std::map<std::string, std::size_t> attention_;
};

Json bench_json(const BenchDocument& bench, const std::string& hash) {
  Json models = Json::array();
  for (const Json& model : bench.json["models"])
    models.push_back({{"name", visible(bench::name_of_model(model))},
                      {"shown", is_shown(model, hash)},
                      {"dose", model.contains("repair")},
                      {"counts", is_shown(model, hash) ? counts_of(bench.json, model) : Json()}});
  return {{"file", visible(bench.file)}, {"suite", visible(text_of(bench.json, "source"))}, {"models", models}};
}

/// The decision as the page's script reads it: the edges of the circuit are those that its layout draws, the attention stands with the prompts.
Status add_site(const SiteDocument& site, Json& island) {
  Json hypothesis = site.hypothesis;
  const Result<Json> layout = lay_out_circuit(hypothesis["circuit"], hypothesis["network"]);
  if (!layout) return fail(layout.error());
  island["layouts"].push_back(*layout);
  hypothesis["layout"] = 0;
  if (const Json& rows = hypothesis["attention_rows"]; rows.is_object()) {
    island["heads"] = rows["rows"];
    island["heads_left_out"] = rows.value("rows_left_out", Json(0));
  }
  hypothesis.erase("attention_rows");
  if (hypothesis["circuit"].is_object()) hypothesis["circuit"].erase("edges");
  island["hypothesis"] = std::move(hypothesis);
  return {};
}

/// Every text and key of a document with what would not be seen made visible.
Json made_visible(const Json& json) {
  if (json.is_string()) return visible(json.get_ref<const std::string&>());
  if (!json.is_structured()) return json;
  Json result = json.is_array() ? Json::array() : Json::object();
  for (const auto& [key, value] : json.items())
    if (json.is_array()) result.push_back(made_visible(value));
    else result[visible(key)] = made_visible(value);
  return result;
}

Result<Decision> join(const std::optional<SiteDocument>& site, const std::vector<BenchDocument>& benches) {
  Decision decision;
  const Prompts prompts(site, benches);
  if (Status status = check_networks(benches, prompts.hash()); !status) return fail(status.error());
  Answers answers(decision.answers);
  Json& island = decision.island;
  island["hypothesis"] = Json();
  for (const char* name : {"layouts", "heads", "benches", "repairs", "failing_lines"}) island[name] = Json::array();
  if (site)
    if (Status status = add_site(*site, island); !status) return fail(status.error());
  for (std::size_t b = 0; b < benches.size(); ++b) {
    island["benches"].push_back(bench_json(benches[b], prompts.hash()));
    for (Json& repair : repairs_of(benches[b].json, b))
      if (is_shown(benches[b].json["models"][repair["doses"][0]["run"].get<std::size_t>()], prompts.hash())) island["repairs"].push_back(repair);
  }
  island["prompts"] = prompts.list(answers);
  if (island["prompts"].empty())
    return input_error("no bench result has a request", "run `assay bench` on a suite of the task, and name it with --bench");
  for (const Json& answer : decision.answers) island["failing_lines"].push_back(failing_line(answer));
  island = made_visible(island);
  return decision;
}

}  // namespace

std::size_t begin_of_last_function(const std::string& prompt, const std::string& declaration) {
  const std::size_t at = declaration.empty() ? std::string::npos : prompt.rfind(declaration);
  const std::size_t gap = at == std::string::npos || at == 0 ? std::string::npos : prompt.rfind("\n\n", at);
  return gap == std::string::npos ? 0 : gap + 2;
}

Json repairs_of(const Json& document, std::size_t number) {
  Json repairs = Json::array();
  const Json& models = document["models"];
  const auto none_of = [&](const Json& repair) -> Json {
    for (std::size_t m = 0; m < models.size(); ++m)
      if (!models[m].contains("repair") && !bench::is_skipped(models[m]) && models[m]["name"] == repair["of"])
        return {{"dose", dose_of_none(repair)}, {"run", m}, {"description", "as it is"}, {"counts", counts_of(document, models[m])}};
    return {};
  };
  for (std::size_t m = 0; m < models.size(); ++m) {
    if (!models[m].contains("repair") || bench::is_skipped(models[m])) continue;
    const Json& repair = models[m]["repair"];
    const auto same = [&](const Json& known) { return known["name"] == repair["name"] && known["of"] == repair["of"]; };
    auto at = std::find_if(repairs.begin(), repairs.end(), same);
    if (at == repairs.end()) {
      const Json none = none_of(repair);
      if (none.is_null()) continue;
      repairs.push_back({{"bench", number},
                         {"name", repair["name"]},
                         {"of", repair["of"]},
                         {"heads", repair["heads"]},
                         {"tokens", repair["tokens"]},
                         {"where", repair["where"]},
                         {"patch", repair.value("patch", Json())},
                         {"weights", repair.value("weights", Json())},
                         {"doses", Json::array({none})}});
      at = std::prev(repairs.end());
    }
    Json dose = {{"dose", repair["dose"]}, {"run", m}, {"description", repair["description"]}, {"counts", counts_of(document, models[m])}};
    dose["score"] = repair["score"];
    dose["divergence"] = repair.value("divergence", Json());
    (*at)["doses"].push_back(std::move(dose));
  }
  for (Json& repair : repairs)
    std::stable_sort(repair["doses"].begin(), repair["doses"].end(), [&](const Json& a, const Json& b) {
      const double none = dose_of_none(repair);
      return std::abs(a["dose"].get<double>() - none) < std::abs(b["dose"].get<double>() - none);
    });
  return repairs;
}

Result<Decision> join_decision(const std::optional<SiteDocument>& site, const std::vector<BenchDocument>& benches) {
  try {
    return join(site, benches);
  } catch (const Json::exception& error) {  // whatever the checks do not know of
    return input_error(fmt::format("the documents cannot be shown: {}", error.what()), "write them again with `assay verify` and `assay bench`");
  }
}

}  // namespace assay::analysis
