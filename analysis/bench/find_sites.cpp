#include "analysis/bench/find_sites.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace assay::analysis::bench {
namespace {

class SiteFinder {
 public:
  SiteFinder(const std::vector<CodeTask>& tasks, const Sampling& sampling, const SuiteModel* model, Networks& networks, const ModelFacts& facts,
             Cache& cache, Session& session)
      : tasks_(tasks),
        sampling_(sampling),
        model_(model),
        networks_(networks),
        facts_(facts),
        repaired_(model != nullptr && model->repair && !model->repair->other_weights),
        cache_(cache),
        session_(session) {}

  Status find(std::vector<TaskRun>& runs) {
    std::vector<std::pair<std::size_t, Sample*>> items;
    for (std::size_t task = 0; task < runs.size(); ++task)
      for (std::size_t s = 0; s < runs[task].samples.size(); ++s)
        if (has_meaning(runs[task].judgement(s))) items.emplace_back(task, &runs[task].samples[s]);
    session_.progress.stage("map sites", items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (session_.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished samples are cached", {}});
      const auto& [task, sample] = items[i];
      if (Status status = find(task, runs[task].answers[sample->answer_id], *sample); !status) return status;
      session_.progress.step(i + 1);
    }
    return {};
  }

 private:
  Status find(std::size_t task, const JudgedAnswer& answer, Sample& sample) {
    const std::string key = key_of(task, answer, sample);
    if (std::optional<std::vector<Site>> known = cached(key, sample)) {
      sample.sites = std::move(*known);
      return {};
    }
    Result<std::optional<std::vector<SitePlace>>> places = places_of(task, answer);
    if (!places) return fail(places.error());
    if (!*places) return {};
    Result<std::vector<Site>> sites = read(task, **places, sample);
    if (!sites) return fail(sites.error());
    Json json = Json::array();
    for (const Site& site : *sites) json.push_back(to_json(site));
    sample.sites = std::move(*sites);
    return cache_.put(key, json.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  /// None where the answer was not read in time.
  Result<std::optional<std::vector<SitePlace>>> places_of(std::size_t task, const JudgedAnswer& answer) {
    QuietSession quiet(session_, 1);
    const Result<LoweredCode> code = lower_code(with_preconditions(tasks_[task], answer.text), "answer.c", tasks_[task], quiet);
    if (!code && code.error().kind == ErrorKind::kBudget) return std::optional<std::vector<SitePlace>>();
    if (!code) return fail(code.error());
    return std::optional(site_places(tasks_[task], *code, answer.text, answer.judgement));
  }

  Result<std::vector<Site>> read(std::size_t task, const std::vector<SitePlace>& places, const Sample& sample) {
    if (model_ == nullptr) return unread_sites(places, sample, kWhyNoModel);
    if (repaired_) return unread_sites(places, sample, kWhyRepaired);
    Result<circuits::Network*> network = networks_.of(*model_);
    if (!network) return fail(network.error());
    Result<const circuits::Tokenizer*> tokenizer = (*network)->tokenizer();
    if (!tokenizer) return fail(tokenizer.error());
    const Result<Tokens> prompt = tokens_before_answer(**tokenizer, sampling_, tasks_[task]);
    if (!prompt) return fail(prompt.error());
    return read_sites(places, sample, **network, *prompt);
  }

  std::string key_of(std::size_t task, const JudgedAnswer& answer, const Sample& sample) const {
    Hasher hasher;
    hasher.add(hash_of(tasks_[task])).add(answer.text).add(sample.answer).add(facts_.hash).add(facts_.tokenizer_hash).add(sampling_.chat);
    hasher.add(fmt::format("{} {}", model_ == nullptr, repaired_));
    for (const AnswerToken& token : sample.tokens) hasher.add(fmt::format("{} {} {:.17g}", token.begin, token.end, token.log_probability));
    return cache_key("bench-sites", {hasher.hex()});
  }

  std::optional<std::vector<Site>> cached(const std::string& key, const Sample& sample) {
    const std::optional<std::string> text = cache_.get(key);
    const Json json = text ? Json::parse(*text, nullptr, false) : Json();
    if (!json.is_array()) return std::nullopt;
    std::vector<Site> sites;
    for (const Json& entry : json)
      if (std::optional<Site> site = site_from_json(entry, sample)) sites.push_back(std::move(*site));
      else return std::nullopt;
    return sites;
  }

  const std::vector<CodeTask>& tasks_;
  const Sampling& sampling_;
  const SuiteModel* model_;
  Networks& networks_;
  const ModelFacts& facts_;
  const bool repaired_;
  Cache& cache_;
  Session& session_;
};

}  // namespace

Status find_sites(const std::vector<CodeTask>& tasks, const Sampling& sampling, const SuiteModel* model, Networks& networks, ModelRun& run,
                  Cache& cache, Session& session) {
  return SiteFinder(tasks, sampling, model, networks, run.facts, cache, session).find(run.tasks);
}

}  // namespace assay::analysis::bench
