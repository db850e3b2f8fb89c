#include "analysis/code_tasks/code_examples.h"

#include <fmt/format.h>

namespace assay::analysis::code_tasks {
namespace {

constexpr int kMostFiles = 16;  ///< tried for one window
constexpr int kMostMisses = 3;  ///< files that did not fit after the first that did

}  // namespace

Draft CodeExamples::draw(std::uint64_t seed) const {
  if (!options_.plan) return generator_->draft(seed, options_.draft);
  Draw again(mixed(seed ^ 0x5174));
  const bool inside = again.chance(options_.situation_share);
  const Draft draft = inside ? draw_in_situation(*options_.plan, *generator_, options_.draft, again.next()) : generator_->draft(seed, options_.draft);
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

circuits::TrainingExample CodeExamples::single(const Draft& draft) const {
  circuits::TrainingExample example;
  append(draft, example);
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
