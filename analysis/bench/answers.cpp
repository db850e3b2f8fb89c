#include "analysis/bench/answers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/hash.h"
#include "circuits/compared_rows.h"
#include "circuits/model/tokenizer/utf8.h"

namespace assay::analysis::bench {

std::string as_utf8(std::string text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = circuits::leading_character(std::string_view(text).substr(at));
    if (length == 0) text[at] = '?';
    at += std::max<std::size_t>(length, 1);
  }
  return text;
}

namespace {

constexpr std::size_t kRequestsAtOnce = 8;  ///< of one call to the network, one entry of the cache each

std::string_view name_of(circuits::Generation::Finish finish) {
  using Finish = circuits::Generation::Finish;
  switch (finish) {
    case Finish::kStopString: return "stop string";
    case Finish::kEndToken: return "end token";
    case Finish::kTokenLimit: return "token limit";
    case Finish::kPositions: return "positions";
    case Finish::kCancelled: return "cancelled";
  }
  return "";
}

Sample sample_of(const circuits::Generation& generation, const circuits::Tokenizer& tokenizer) {
  Sample sample{.answer = generation.text, .log_probability = generation.log_probability, .finish = std::string(name_of(generation.finish))};
  if (generation.finish == circuits::Generation::Finish::kStopString) sample.answer += generation.stop;
  sample.answer = as_utf8(std::move(sample.answer));
  for (const circuits::GeneratedToken& token : generation.tokens) {
    if (token.begin >= sample.answer.size()) break;
    AnswerToken view{token.begin, std::min(token.end, sample.answer.size()), token.log_probability, {}};
    for (const circuits::TokenProbability& other : token.alternatives)
      view.alternatives.emplace_back(as_utf8(tokenizer.decode(std::span(&other.token, 1))), std::exp(other.log_probability));
    sample.tokens.push_back(std::move(view));
  }
  return sample;
}

ModelFacts facts_of(const circuits::NetworkInfo& network, const circuits::TokenizerInfo& tokenizer) {
  return {.hash = network.hash,
          .processing = network.processing,
          .tokenizer = fmt::format("{} ({} tokens)", tokenizer.algorithm, tokenizer.vocabulary),
          .tokenizer_hash = tokenizer.hash,
          .adds_bos = tokenizer.adds_bos,
          .parameters = network.parameters};
}

/// Everything that a sample depends on.
std::string key_of(const ModelFacts& facts, const Repair* repair, std::size_t task, const std::string& prompt, const Sampling& sampling) {
  Hasher hasher;
  hasher.add(facts.hash).add(facts.tokenizer_hash).add(prompt).add(static_cast<std::int64_t>(sampling.samples));
  hasher.add(fmt::format("{:.17g} {:.17g}", sampling.temperature, sampling.top_p)).add(static_cast<std::int64_t>(sampling.seed));
  hasher.add(static_cast<std::int64_t>(sampling.max_tokens)).add(static_cast<std::int64_t>(sampling.alternatives));
  for (const std::string& stop : sampling.stop) hasher.add(stop);
  hasher.add(sampling.chat);
  if (repair != nullptr) hasher.add(repair->described());
  if (repair != nullptr && repair->patch)
    for (const circuits::PatchedPrompt::Run& run : repair->sources[task].patched.runs)
      hasher.add(fmt::format("{} at {}", fmt::join(run.tokens, " "), fmt::join(run.positions, " ")));
  return cache_key("bench-answers", {hasher.hex()});
}

std::optional<std::vector<Sample>> cached(Cache& cache, const std::string& key) {
  const std::optional<std::string> text = cache.get(key);
  if (!text) return {};
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_array()) return {};
  std::vector<Sample> samples;
  for (const Json& entry : json)
    if (std::optional<Sample> sample = sample_from_json(entry)) samples.push_back(std::move(*sample));
    else return {};
  return samples;
}

circuits::GenerationRequest request_of(const Sampling& sampling) {
  circuits::GenerationRequest request;
  request.samples = sampling.samples;
  request.max_tokens = sampling.max_tokens;
  request.temperature = sampling.temperature;
  request.top_p = sampling.top_p;
  request.seed = sampling.seed;
  request.stop = sampling.stop;
  request.alternatives = sampling.alternatives;
  return request;
}

/// The user's turn and the head of the model's, as ChatML has them: what the prompt is put behind. Other templates are programs of their own.
Result<Tokens> chat_before(const circuits::Tokenizer& tokenizer, const std::string& user) {
  if (user.empty()) return Tokens{};
  if (tokenizer.info().chat_template.find("<|im_start|>") == std::string::npos)
    return unsupported(fmt::format("chat with a model whose chat template {}",
                                   tokenizer.info().chat_template.empty() ? "is missing" : "is not ChatML (<|im_start|>role ... <|im_end|>)"),
                       "leave `chat` out of [sampling]: the model then continues the prompt as text");
  Tokens all;
  const std::pair<std::string, bool> parts[] = {{"<|im_start|>user\n", true}, {user, false}, {"<|im_end|>\n<|im_start|>assistant\n", true}};
  for (const auto& [text, control] : parts) {
    Result<circuits::Encoding> encoding =
        tokenizer.encode(text, {.control_tokens = control, .bos = all.empty() ? std::nullopt : std::optional(false)});
    if (!encoding) return fail(encoding.error());
    all.insert(all.end(), encoding->tokens.begin(), encoding->tokens.end());
  }
  return all;
}

/// `before`, and the prompt behind it.
Result<Tokens> with_prompt(const circuits::Tokenizer& tokenizer, Tokens before, const CodeTask& task) {
  const Result<circuits::Encoding> encoding = tokenizer.encode(task.prompt, {.bos = before.empty() ? std::nullopt : std::optional(false)});
  if (!encoding)
    return input_error(fmt::format("request '{}': the tokenizer cannot encode its prompt: {}", task.id, encoding.error().message),
                       "use a model whose vocabulary has these characters");
  before.insert(before.end(), encoding->tokens.begin(), encoding->tokens.end());
  return before;
}

/// The requests `open`, in blocks; each finished block goes into the cache.
class Writer {
 public:
  Writer(circuits::Network& network, const circuits::Tokenizer& tokenizer, Tokens before, const Repair* repair, circuits::Intervention intervention,
         const Suite& suite, ModelAnswers& answers, Cache& cache, Session& session)
      : network_(network),
        tokenizer_(tokenizer),
        before_(std::move(before)),
        repair_(repair),
        intervention_(std::move(intervention)),
        suite_(suite),
        answers_(answers),
        cache_(cache),
        session_(session) {}

  Status write(const std::vector<std::size_t>& open, const std::vector<std::string>& keys) {
    session_.progress.stage("write", open.size());
    for (std::size_t first = 0; first < open.size(); first += kRequestsAtOnce) {
      const std::size_t count = std::min(kRequestsAtOnce, open.size() - first);
      if (Status status = block(std::span(open).subspan(first, count), keys); !status) return status;
      session_.progress.step(first + count);
    }
    return {};
  }

 private:
  Status block(std::span<const std::size_t> tasks, const std::vector<std::string>& keys) {
    circuits::GenerationRequest request = request_of(suite_.sampling);
    request.intervention = intervention_;
    for (const std::size_t task : tasks) {
      Result<Tokens> prompt = with_prompt(tokenizer_, before_, suite_.tasks[task]);
      if (!prompt) return fail(prompt.error());
      request.prompts.push_back(std::move(*prompt));
      if (Status status = patch(task, request); !status) return status;
    }
    QuietSession block(session_, session_.threads);  // the stage shown is that of all requests
    Result<std::vector<circuits::Generation>> generations = network_.generate(request, block);
    if (!generations) return fail(generations.error());
    if (session_.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished requests are cached", {}});
    for (const circuits::Generation& generation : *generations)
      answers_.samples[tasks[generation.prompt]].push_back(sample_of(generation, tokenizer_));
    for (const std::size_t task : tasks) {
      Json json = Json::array();
      for (const Sample& sample : answers_.samples[task]) json.push_back(to_json(sample));
      if (Status status = cache_.put(keys[task], json.dump(-1, ' ', false, Json::error_handler_t::replace)); !status) return status;
    }
    return {};
  }

  Status patch(std::size_t task, circuits::GenerationRequest& request) const {
    if (repair_ == nullptr || !repair_->patch) return {};
    const PatchSource& source = repair_->sources[task];
    if (source.prompt != request.prompts.back())
      return unsupported(fmt::format("the patch '{}' of '{}', which reads request '{}' as {} tokens where the task has {}", repair_->name,
                                     repair_->of, suite_.tasks[task].id, request.prompts.back().size(), source.prompt.size()),
                         "patch a model with the task's tokenizer, and without `chat`");
    request.patched.push_back(source.patched);
    return {};
  }

  circuits::Network& network_;
  const circuits::Tokenizer& tokenizer_;
  const Tokens before_;  ///< each prompt
  const Repair* repair_;
  const circuits::Intervention intervention_;
  const Suite& suite_;
  ModelAnswers& answers_;
  Cache& cache_;
  Session& session_;
};

/// The tokenizer's file is in the message; where the weights are is known here.
Error of_model(const SuiteModel& model, Error error) {
  error.message = fmt::format("model '{}', weights in {}: {}", model.name, model.path, error.message);
  return error;
}

}  // namespace

Result<circuits::Network*> Networks::of(const SuiteModel& model) {
  if (network_ != nullptr && path_ == model.path) return network_.get();
  network_.reset();  // before the next one needs its memory
  Result<circuits::Engine*> engine = circuits::open_engine();
  if (!engine) return fail(engine.error());
  Result<std::unique_ptr<circuits::Network>> network = (*engine)->load(model.path, {});
  if (!network) return fail(network.error());
  if (Result<const circuits::Tokenizer*> tokenizer = (*network)->tokenizer(); !tokenizer) return fail(of_model(model, tokenizer.error()));
  network_ = std::move(*network);
  path_ = model.path;
  return network_.get();
}

Result<circuits::Divergence> divergence_of(circuits::Network& network, const Repair& repair, const Suite& suite, Cache& cache, Session& session) {
  Result<const circuits::Tokenizer*> tokenizer = network.tokenizer();
  if (!tokenizer) return fail(tokenizer.error());
  const Result<circuits::Intervention> intervention = intervention_of(repair, **tokenizer);
  if (!intervention) return fail(intervention.error());
  std::vector<Tokens> texts;
  Hasher hasher;
  hasher.add(network.info().hash).add((*tokenizer)->info().hash).add(repair.described());
  for (const std::string& text : suite.unrelated) {
    Result<circuits::Encoding> encoding = (*tokenizer)->encode(text);
    if (!encoding) return fail(encoding.error());
    encoding->tokens.resize(std::min(encoding->tokens.size(), static_cast<std::size_t>(network.info().positions)));
    texts.push_back(std::move(encoding->tokens));
    hasher.add(text);
  }
  const std::string key = cache_key("bench-divergence", {hasher.hex()});
  if (const std::optional<std::string> known = cache.get(key))
    if (std::optional<circuits::Divergence> divergence = divergence_from_json(Json::parse(*known, nullptr, false))) return *divergence;
  Result<circuits::Divergence> divergence = network.divergence(texts, *intervention, session);
  if (!divergence) return fail(divergence.error());
  if (Status status = cache.put(key, to_json(*divergence).dump()); !status) return fail(status.error());
  return divergence;
}

namespace {

/// Of two readings of one text, [tokens, vocabulary] each.
void compare_rows(const std::vector<float>& own, const std::vector<float>& other, std::size_t vocabulary, circuits::ComparedRows& rows,
                  circuits::Divergence& divergence) {
  for (std::size_t begin = 0; begin < own.size(); begin += vocabulary)
    rows.add(std::span(own).subspan(begin, vocabulary), std::span(other).subspan(begin, vocabulary), divergence);
}

/// The tokens of a text, and the logits of all of them; texts are cut at the network's positions.
Result<std::pair<Tokens, std::vector<float>>> reading_of(circuits::Network& network, const std::string& text) {
  Result<const circuits::Tokenizer*> tokenizer = network.tokenizer();
  if (!tokenizer) return fail(tokenizer.error());
  Result<circuits::Encoding> encoding = (*tokenizer)->encode(text);
  if (!encoding) return fail(encoding.error());
  encoding->tokens.resize(std::min(encoding->tokens.size(), static_cast<std::size_t>(network.info().positions)));
  Result<std::vector<float>> logits = network.logits(encoding->tokens);
  if (!logits) return fail(logits.error());
  return std::pair(std::move(encoding->tokens), std::move(*logits));
}

}  // namespace

Result<circuits::Divergence> divergence_from(const SuiteModel& origin, const SuiteModel& model, Networks& networks, const Suite& suite,
                                             Session& session) {
  circuits::Divergence divergence;
  circuits::ComparedRows rows;
  std::vector<std::pair<Tokens, std::vector<float>>> readings;
  for (const SuiteModel* one : {&origin, &model}) {
    Result<circuits::Network*> network = networks.of(*one);
    if (!network) return fail(network.error());
    for (std::size_t text = 0; text < suite.unrelated.size(); ++text) {
      if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished requests are cached", {}});
      auto reading = reading_of(**network, suite.unrelated[text]);
      if (!reading) return fail(reading.error());
      if (one == &origin) {
        readings.push_back(std::move(*reading));
        continue;
      }
      if (reading->first != readings[text].first || reading->second.size() != readings[text].second.size())
        return unsupported(fmt::format("comparing '{}' with '{}', which reads a text as other tokens", model.name, origin.name),
                           "compare models of one tokenizer");
      compare_rows(readings[text].second, reading->second, reading->second.size() / reading->first.size(), rows, divergence);
    }
  }
  if (divergence.positions > 0) divergence.mean_kl /= static_cast<double>(divergence.positions);
  return divergence;
}

Result<Tokens> tokens_before_answer(const circuits::Tokenizer& tokenizer, const Sampling& sampling, const CodeTask& task) {
  Result<Tokens> before = chat_before(tokenizer, sampling.chat);
  return before ? with_prompt(tokenizer, std::move(*before), task) : before;
}

Result<ModelAnswers> answers_of(circuits::Network& network, const Repair* repair, const Suite& suite, Cache& cache, Session& session) {
  Result<const circuits::Tokenizer*> tokenizer = network.tokenizer();
  if (!tokenizer) return fail(tokenizer.error());
  Result<circuits::Intervention> intervention = repair != nullptr ? intervention_of(*repair, **tokenizer) : circuits::Intervention();
  if (!intervention) return fail(intervention.error());
  Result<Tokens> before = chat_before(**tokenizer, suite.sampling.chat);
  if (!before) return fail(before.error());
  ModelAnswers answers{.facts = facts_of(network.info(), (*tokenizer)->info()), .samples = {}};
  answers.facts.chat_template_applied = !before->empty();
  answers.samples.resize(suite.tasks.size());
  std::vector<std::string> keys;
  std::vector<std::size_t> open;
  for (std::size_t task = 0; task < suite.tasks.size(); ++task) {
    keys.push_back(key_of(answers.facts, repair, task, suite.tasks[task].prompt, suite.sampling));
    if (std::optional<std::vector<Sample>> samples = cached(cache, keys.back())) answers.samples[task] = std::move(*samples);
    else open.push_back(task);
  }
  const auto begin = std::chrono::steady_clock::now();
  if (Status status =
          Writer(network, **tokenizer, std::move(*before), repair, std::move(*intervention), suite, answers, cache, session).write(open, keys);
      !status)
    return fail(status.error());
  answers.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (const std::vector<Sample>& samples : answers.samples)
    for (const Sample& sample : samples) answers.tokens += sample.tokens.size();
  return answers;
}

Json to_json(const Sample& sample) {
  Json tokens = Json::array();
  for (const AnswerToken& token : sample.tokens) {
    Json alternatives = Json::array();
    for (const auto& [text, probability] : token.alternatives) alternatives.push_back({text, probability});
    tokens.push_back({{"begin", token.begin}, {"end", token.end}, {"log_probability", token.log_probability}, {"alternatives", alternatives}});
  }
  Json json = {{"answer", sample.answer}, {"tokens", tokens}, {"log_probability", sample.log_probability}, {"finish", sample.finish}};
  if (!sample.sites) return json;
  json["sites"] = Json::array();
  for (const Site& site : *sample.sites) json["sites"].push_back(to_json(site));
  return json;
}

std::optional<Sample> sample_from_json(const Json& json) {
  try {
    Sample sample{.answer = json.at("answer").get<std::string>(),
                  .log_probability = json.at("log_probability").get<double>(),
                  .finish = json.at("finish").get<std::string>()};
    for (const Json& entry : json.at("tokens")) {
      AnswerToken token{entry.at("begin").get<std::size_t>(), entry.at("end").get<std::size_t>(), entry.at("log_probability").get<double>(), {}};
      for (const Json& other : entry.at("alternatives")) token.alternatives.emplace_back(other.at(0).get<std::string>(), other.at(1).get<double>());
      sample.tokens.push_back(std::move(token));
    }
    return sample;
  } catch (const Json::exception&) { return std::nullopt; }
}

}  // namespace assay::analysis::bench
