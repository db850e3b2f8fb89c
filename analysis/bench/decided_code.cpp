#include "analysis/bench/decided_code.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace assay::analysis::bench {
namespace {

constexpr std::size_t kAtOnce = 16;  ///< texts of one call to the network

std::string key_of(const std::string& identity, const Tokens& prompt, TokenId decision, int max_tokens) {
  Hasher hasher;
  hasher.add(identity).add(static_cast<std::int64_t>(max_tokens)).add(static_cast<std::int64_t>(decision));
  for (const TokenId token : prompt) hasher.add(static_cast<std::int64_t>(token));
  return cache_key("bench-decided", {hasher.hex()});
}

/// The class that an answer belongs to.
std::optional<std::size_t> class_of(const Meanings& meanings, std::size_t answer) {
  for (std::size_t c = 0; c < meanings.classes.size(); ++c)
    if (std::find(meanings.classes[c].begin(), meanings.classes[c].end(), answer) != meanings.classes[c].end()) return c;
  return std::nullopt;
}

}  // namespace

Result<DecidedCode> DecidedCode::write(circuits::Network& network, std::vector<DecidedPrompt> prompts, int max_tokens, Cache& cache,
                                       Session& session) {
  DecidedCode code;
  code.prompts_ = std::move(prompts);
  if (Status status = code.generate(network, max_tokens, cache, session); !status) return fail(status.error());
  if (Status status = code.judge(cache, session); !status) return fail(status.error());
  return code;
}

Status DecidedCode::generate(circuits::Network& network, int max_tokens, Cache& cache, Session& session) {
  Result<const circuits::Tokenizer*> tokenizer = network.tokenizer();
  if (!tokenizer) return fail(tokenizer.error());
  const std::string identity = network.info().hash + (*tokenizer)->info().hash;
  struct Open {
    std::size_t prompt;
    TokenId decision;
    std::string key;
  };
  std::vector<Open> open;
  texts_.resize(prompts_.size());
  for (std::size_t p = 0; p < prompts_.size(); ++p)
    for (const TokenId decision : prompts_[p].decisions) {
      if (decision < 0 || texts_[p].contains(decision)) continue;
      ++written_;
      std::string key = key_of(identity, prompts_[p].prompt, decision, max_tokens);
      std::optional<std::string> known = cache.get(key);
      texts_[p][decision] = known.value_or("");
      if (!known) open.push_back({p, decision, std::move(key)});
    }
  session.progress.stage("write behind decisions", open.size());
  for (std::size_t first = 0; first < open.size(); first += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, open.size() - first);
    circuits::GenerationRequest request{.max_tokens = max_tokens, .stop = {"\n}"}};
    for (std::size_t i = first; i < first + count; ++i) {
      request.prompts.push_back(prompts_[open[i].prompt].prompt);
      request.prompts.back().push_back(open[i].decision);
    }
    QuietSession quiet(session, session.threads);
    const Result<std::vector<circuits::Generation>> texts = network.generate(request, quiet);
    if (!texts) return fail(texts.error());
    if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished texts are cached", {}});
    for (const circuits::Generation& text : *texts) {
      const Open& one = open[first + text.prompt];
      const std::string stop = text.finish == circuits::Generation::Finish::kStopString ? text.stop : "";
      texts_[one.prompt][one.decision] = as_utf8((*tokenizer)->decode(std::span(&one.decision, 1)) + text.text + stop);
      if (Status status = cache.put(one.key, texts_[one.prompt][one.decision]); !status) return status;
    }
    session.progress.step(first + count);
  }
  return {};
}

Status DecidedCode::judge(Cache& cache, Session& session) {
  std::vector<CodeTask> tasks;
  std::vector<std::vector<Sample>> samples;
  for (std::size_t p = 0; p < prompts_.size(); ++p) {
    tasks.push_back(prompts_[p].task);
    samples.emplace_back();
    for (const auto& [decision, text] : texts_[p]) samples.back().push_back({.answer = text});
  }
  Result<BenchRun> run = judge_completions(tasks, std::move(samples), {}, cache, session);
  if (!run) return fail(run.error());
  runs_ = std::move(run->models[0].tasks);
  for (const TaskRun& task : runs_)
    for (const JudgedAnswer& answer : task.answers)
      if (answer.judgement.meaning.reason.starts_with(kAtFault))
        return input_error(answer.judgement.meaning.reason, "correct the reference: code is compared on the inputs that its contract admits");
  answer_ids_.resize(prompts_.size());
  for (std::size_t p = 0; p < prompts_.size(); ++p) {
    std::size_t sample = 0;
    for (const auto& [decision, text] : texts_[p]) answer_ids_[p][decision] = runs_[p].samples[sample++].answer_id;
  }
  return {};
}

const JudgedAnswer* DecidedCode::answer(std::size_t prompt, TokenId decision) const {
  const auto found = answer_ids_[prompt].find(decision);
  return found == answer_ids_[prompt].end() ? nullptr : &runs_[prompt].answers[found->second];
}

bool DecidedCode::has_meaning(std::size_t prompt, TokenId decision) const {
  const JudgedAnswer* found = answer(prompt, decision);
  return found != nullptr && bench::has_meaning(found->judgement);
}

MeaningComparison DecidedCode::compare(std::size_t prompt, TokenId first, TokenId second) const {
  const JudgedAnswer *a = answer(prompt, first), *b = answer(prompt, second);
  const auto is_code = [&](const JudgedAnswer* each) { return each != nullptr && label_of(each->judgement) != Label::kBroken; };
  if (!is_code(a) && !is_code(b)) return {.reason = "neither is code that compiles"};
  if (!is_code(a) || !is_code(b)) {
    if (!bench::has_meaning((is_code(a) ? a : b)->judgement)) return {.reason = "one does not compile, the other is unsupported"};
    return {.same = SameMeaning::kNo, .reason = is_code(a) ? "the second does not compile" : "the first does not compile"};
  }
  if (a == b) return {.same = SameMeaning::kYes};
  const Meanings& meanings = runs_[prompt].meanings;
  const std::optional<std::size_t> left = class_of(meanings, answer_ids_[prompt].at(first)),
                                   right = class_of(meanings, answer_ids_[prompt].at(second));
  if (!left || !right) return {.reason = "one of them is unsupported"};
  if (left == right) return {.same = SameMeaning::kYes};
  for (const Distinction& each : meanings.distinctions) {
    if (each.first == *left && each.second == *right)
      return {.same = SameMeaning::kNo, .input = each.input, .first_answer = each.first_answer, .second_answer = each.second_answer};
    if (each.first == *right && each.second == *left)
      return {.same = SameMeaning::kNo, .input = each.input, .first_answer = each.second_answer, .second_answer = each.first_answer};
  }
  return {.reason = "a budget ran out before they were told apart or shown to be the same"};
}

}  // namespace assay::analysis::bench
