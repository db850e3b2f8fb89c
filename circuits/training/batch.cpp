#include "circuits/training/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace assay::circuits {
namespace {

Status check_example(const TrainingExample& example, const ModelConfig& config, bool sets) {
  const auto wrong = [](const std::string& what) { return input_error("training example: " + what, "correct the task that makes the examples"); };
  const auto length = static_cast<std::int64_t>(example.tokens.size());
  if (length == 0 || length > config.positions) return wrong(fmt::format("{} tokens; expected 1 to {}", length, config.positions));
  const auto known = [&](TokenId token) { return token >= 0 && token < config.vocabulary; };
  if (const auto bad = std::find_if_not(example.tokens.begin(), example.tokens.end(), known); bad != example.tokens.end())
    return wrong(fmt::format("token {}; expected 0 to {}", *bad, config.vocabulary - 1));
  for (const std::int32_t position : example.positions)
    if (position < 0 || position >= length) return wrong(fmt::format("scored position {} in {} tokens", position, length));
  if (!example.sets.empty() != sets) return wrong("some examples ask for sets and others for single tokens");
  const std::size_t answers = sets ? example.sets.size() : example.targets.size();
  if (answers != example.positions.size()) return wrong(fmt::format("{} answers at {} scored positions", answers, example.positions.size()));
  if (sets && config.vocabulary > 64) return wrong(fmt::format("sets over {} tokens; expected at most 64", config.vocabulary));
  if (!sets && !std::all_of(example.targets.begin(), example.targets.end(), known)) return wrong("a target outside the vocabulary");
  return {};
}

/// Right logit minus the best other, [N].
at::Tensor argmax_margin(const at::Tensor& logits, const at::Tensor& targets) {
  const at::Tensor column = targets.unsqueeze(1);
  const at::Tensor right = logits.gather(1, column).squeeze(1);
  const at::Tensor others = logits.scatter(1, column, -std::numeric_limits<double>::infinity());
  return right - std::get<0>(others.max(1));
}

}  // namespace

Result<Batch> make_batch(std::span<const TrainingExample> examples, const ModelConfig& config) {
  const bool sets = std::any_of(examples.begin(), examples.end(), [](const TrainingExample& e) { return !e.sets.empty(); });
  std::size_t longest = 1;
  std::size_t scored = 0;
  for (const TrainingExample& example : examples) {
    if (Status s = check_example(example, config, sets); !s) return fail(s.error());
    longest = std::max(longest, example.tokens.size());
    scored += example.positions.size();
  }
  Batch batch;
  batch.sets = sets;
  batch.tokens = at::zeros({static_cast<std::int64_t>(examples.size()), static_cast<std::int64_t>(longest)}, at::kLong);
  batch.scored = at::empty({static_cast<std::int64_t>(scored)}, at::kLong);
  batch.targets = sets ? at::empty({static_cast<std::int64_t>(scored), config.vocabulary}, at::kFloat)
                       : at::empty({static_cast<std::int64_t>(scored)}, at::kLong);
  auto* tokens = batch.tokens.data_ptr<std::int64_t>();
  auto* places = batch.scored.data_ptr<std::int64_t>();
  std::size_t next = 0;
  for (std::size_t row = 0; row < examples.size(); ++row) {
    const TrainingExample& example = examples[row];
    std::copy(example.tokens.begin(), example.tokens.end(), tokens + row * longest);
    for (std::size_t i = 0; i < example.positions.size(); ++i, ++next) {
      places[next] = static_cast<std::int64_t>(row * longest) + example.positions[i];
      if (!sets) batch.targets.data_ptr<std::int64_t>()[next] = example.targets[i];
      for (int token = 0; sets && token < config.vocabulary; ++token)
        batch.targets.data_ptr<float>()[next * static_cast<std::size_t>(config.vocabulary) + static_cast<std::size_t>(token)] =
            static_cast<float>(example.sets[i] >> token & 1);
    }
  }
  return batch;
}

at::Tensor loss_sum(const at::Tensor& logits, const Batch& batch, const TrainingSpec& spec) {
  if (batch.sets) {
    // -log sigmoid(signed logit), with the sign + where the token is legal
    const at::Tensor signed_logits = logits * (batch.targets * 2 - 1);
    at::Tensor loss = -at::log_sigmoid(signed_logits);
    if (spec.margin_loss > 0) loss = loss + spec.margin_loss * at::relu(spec.margin - signed_logits);
    return loss.mean(1).sum();
  }
  at::Tensor loss = at::nll_loss(logits.log_softmax(1), batch.targets, {}, at::Reduction::Sum);
  if (spec.margin_loss > 0) loss = loss + spec.margin_loss * at::relu(spec.margin - argmax_margin(logits, batch.targets)).sum();
  return loss;
}

}  // namespace assay::circuits
