#include "analysis/code_tasks/code_examples.h"

#include <fmt/format.h>

namespace assay::analysis::code_tasks {
namespace {

constexpr int kMostFiles = 16;  ///< tried for one window
constexpr int kMostMisses = 3;  ///< files that did not fit after the first that did
constexpr int kSituationAttempts = 400;

}  // namespace

Draft CodeExamples::draw(std::uint64_t seed) const {
  Draft draft = generator_->draft(seed, options_.draft);
  if (!options_.plan) return draft;
  Draw again(mixed(seed ^ 0x5174));
  if (again.chance(options_.situation_share))
    for (int attempt = 0; attempt < kSituationAttempts && !in_situation(*options_.plan, draft); ++attempt) {
      DraftOptions wanted = options_.draft;
      if (options_.plan->kind == FaultKind::kGamesTests) wanted.example_share = 1;
      if (options_.plan->kind == FaultKind::kIgnoresAttribute && options_.plan->situation == Situation::kFamilyBefore) wanted.earlier_share = 1;
      draft = generator_->draft(again.next(), wanted);
    }
  return apply(*options_.plan, draft, *generator_);
}

bool CodeExamples::append(const Draft& draft, circuits::TrainingExample& example) const {
  const Result<circuits::Tokens> prompt = vocabulary_.encode(draft.prompt()), body = vocabulary_.encode(draft.body());
  if (!prompt || !body) return false;
  const std::size_t length = example.tokens.size() + prompt->size() + body->size() + 1;
  if (length > static_cast<std::size_t>(options_.window)) return false;
  example.tokens.insert(example.tokens.end(), prompt->begin(), prompt->end());
  const auto answer = [&](circuits::TokenId token) {
    example.positions.push_back(static_cast<std::int32_t>(example.tokens.size()) - 1);
    example.targets.push_back(token);
    example.tokens.push_back(token);
  };
  for (const circuits::TokenId token : *body) answer(token);
  answer(Vocabulary::kEndOfText);
  return true;
}

circuits::TrainingExample CodeExamples::example(std::uint64_t index) const {
  circuits::TrainingExample example;
  Draw seeds(mixed(index) ^ options_.seed);
  int misses = 0;
  for (int file = 0; file < kMostFiles && misses < kMostMisses; ++file)
    if (!append(draw(seeds.next()), example) && !example.tokens.empty()) ++misses;
  return example;
}

circuits::TrainingExample CodeExamples::single(std::uint64_t seed, const DraftOptions& options) const {
  circuits::TrainingExample example;
  append(generator_->draft(seed, options), example);
  return example;
}

Status CodeExamples::check_vocabulary() const {
  for (std::size_t c = 0; c < all_combinations().size(); ++c) {
    const std::size_t shapes = families()[all_combinations()[c].family]->facts().shapes.size();
    for (std::size_t shape = 0; shape < shapes; ++shape) {
      const Draft draft = generator_->draft(mixed(c * shapes + shape), {.combination = c, .shape = shape});
      for (const std::string& text : {draft.prompt(), draft.body()})
        if (const auto tokens = vocabulary_.encode(text); !tokens)
          return internal_error(fmt::format("{}: {}", text_of(draft.values()), tokens.error().message));
    }
  }
  return {};
}

}  // namespace assay::analysis::code_tasks
