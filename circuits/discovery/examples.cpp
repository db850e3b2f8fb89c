#include "circuits/discovery/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace assay::circuits {
namespace {

constexpr std::uint64_t kFloatsPerBatch = 48u << 20;  ///< 192 MiB in float32
constexpr std::size_t kBatchesWorthSharing = 4;       ///< a list is split at least this often, so that several cores have work
constexpr std::size_t kSmallestShare = 16;            ///< but not into batches below this, where overhead would rule

std::size_t used_length(const Example& example) {
  return static_cast<std::size_t>(*std::max_element(example.positions.begin(), example.positions.end())) + 1;
}

/// Column of each token in the readout; -1 where the readout leaves it out.
std::vector<int> columns_of(const ModelConfig& config, const Readout& readout) {
  std::vector<int> columns(static_cast<std::size_t>(config.vocabulary), -1);
  if (readout.allowed.empty())
    for (std::size_t token = 0; token < columns.size(); ++token) columns[token] = static_cast<int>(token);
  for (std::size_t i = 0; i < readout.allowed.size(); ++i) columns[static_cast<std::size_t>(readout.allowed[i])] = static_cast<int>(i);
  return columns;
}

void fill_targets(std::span<const Example> examples, const ModelConfig& config, const Readout& readout, at::ScalarType type, ExampleBatch& batch) {
  const auto columns = columns_of(config, readout);
  const std::int64_t width = readout.allowed.empty() ? config.vocabulary : static_cast<std::int64_t>(readout.allowed.size());
  const std::int64_t scored = batch.scored.size(0);
  Targets& targets = batch.targets;
  targets.sets = readout.kind == Readout::Kind::kSet;
  targets.correct = at::zeros({scored, width}, type);
  targets.incorrect = at::zeros({scored, width}, targets.sets ? type : at::kBool);
  std::int64_t row = 0;
  for (const std::size_t number : batch.examples) {
    const Example& example = examples[number];
    for (std::size_t i = 0; i < example.positions.size(); ++i, ++row) {
      if (targets.sets) {
        for (std::int64_t bit = 0; bit < width; ++bit) {
          if (example.correct_set[i] >> bit & 1) targets.correct[row][bit] = 1;
          if (!example.incorrect_set.empty() && (example.incorrect_set[i] >> bit & 1)) targets.incorrect[row][bit] = 1;
        }
        continue;
      }
      const int right = columns[static_cast<std::size_t>(example.correct[i])];
      targets.correct[row][right] = 1;
      const TokenId wrong = example.incorrect.empty() ? -1 : example.incorrect[i];
      if (wrong >= 0) targets.incorrect[row][columns[static_cast<std::size_t>(wrong)]] = true;
      else targets.incorrect[row].fill_(true)[right] = false;
    }
  }
}

at::Tensor token_tensor(std::span<const Example> examples, const ExampleBatch& batch, std::size_t length, Tokens Example::* which) {
  at::Tensor tokens = at::empty({static_cast<std::int64_t>(batch.examples.size()), static_cast<std::int64_t>(length)}, at::kLong);
  auto* to = tokens.data_ptr<std::int64_t>();
  for (const std::size_t number : batch.examples) to = std::copy_n((examples[number].*which).begin(), length, to);
  return tokens;
}

std::vector<ExampleBatch::Stretch> stretches_of(const Example& example, std::size_t length) {
  std::vector<ExampleBatch::Stretch> stretches;
  for (std::size_t i = 0; i < std::min(length, example.spans.size()); ++i) {
    const auto span = static_cast<std::size_t>(example.spans[i]);
    const auto here = static_cast<std::int64_t>(i);
    if (stretches.size() <= span) stretches.resize(span + 1, {here, here});
    stretches[span].last = here + 1;
  }
  return stretches;
}

ExampleBatch make_batch(std::span<const Example> examples, std::vector<std::size_t> numbers, std::size_t length, const ModelConfig& config,
                        const Readout& readout, at::ScalarType type) {
  ExampleBatch batch;
  batch.examples = std::move(numbers);
  batch.clean = token_tensor(examples, batch, length, &Example::clean);
  const bool partners = std::all_of(batch.examples.begin(), batch.examples.end(), [&](std::size_t n) { return !examples[n].corrupted.empty(); });
  if (partners) batch.corrupted = token_tensor(examples, batch, length, &Example::corrupted);
  std::vector<std::int64_t> scored;
  std::vector<std::pair<std::int64_t, double>> owner;  // per scored position its example's row and weight
  for (std::size_t row = 0; row < batch.examples.size(); ++row) {
    const auto& positions = examples[batch.examples[row]].positions;
    for (const std::int32_t position : positions) {
      scored.push_back(static_cast<std::int64_t>(row * length) + position);
      owner.emplace_back(static_cast<std::int64_t>(row), 1.0 / static_cast<double>(positions.size()));
    }
  }
  batch.scored = at::tensor(scored, at::kLong);
  batch.averaging = at::zeros({static_cast<std::int64_t>(scored.size()), batch.size()}, type);
  for (std::size_t i = 0; i < owner.size(); ++i) batch.averaging[static_cast<std::int64_t>(i)][owner[i].first] = owner[i].second;
  fill_targets(examples, config, readout, type, batch);
  if (batch.size() == 1) batch.stretches = stretches_of(examples[batch.examples[0]], length);
  return batch;
}

tl::unexpected<Error> bad_example(std::size_t number, const std::string& what) {
  return input_error(fmt::format("example {}: {}", number, what), "correct the task's examples");
}

/// Every token has its span, spans follow each other, and what is scored lies in scored ones.
Status check_spans(const Example& example, std::size_t number, const std::vector<Span>& spans) {
  if (example.spans.size() != example.clean.size())
    return bad_example(number, fmt::format("{} tokens with {} spans", example.clean.size(), example.spans.size()));
  for (std::size_t i = 0; i < example.spans.size(); ++i) {
    const std::int32_t span = example.spans[i];
    if (span < 0 || span >= static_cast<std::int32_t>(spans.size()))
      return bad_example(number, fmt::format("token {} is in span {} of {}", i, span, spans.size()));
    if (i > 0 && span < example.spans[i - 1]) return bad_example(number, fmt::format("token {} is in an earlier span than the token before it", i));
  }
  if (!std::is_sorted(example.positions.begin(), example.positions.end())) return bad_example(number, "scored positions that do not rise");
  for (const std::int32_t position : example.positions)
    if (const Span& span = spans[static_cast<std::size_t>(example.spans[static_cast<std::size_t>(position)])]; !span.scored)
      return bad_example(number, fmt::format("position {} is scored, its span '{}' is not", position, span.name));
  return {};
}

Status check_example(const Example& example, std::size_t number, const ModelConfig& config, const Readout& readout, Ablation ablation) {
  const bool sets = readout.kind == Readout::Kind::kSet;
  if (example.positions.empty()) return bad_example(number, "no scored position");
  const auto length = static_cast<std::int64_t>(example.clean.size());
  if (length == 0 || length > config.positions) return bad_example(number, fmt::format("{} tokens; expected 1 to {}", length, config.positions));
  for (const std::int32_t position : example.positions)
    if (position < 0 || position >= length) return bad_example(number, fmt::format("scored position {} in {} tokens", position, length));
  if (ablation == Ablation::kResample && example.corrupted.size() != example.clean.size())
    return bad_example(number, fmt::format("{} clean and {} corrupted tokens; resample ablation needs equal numbers", example.clean.size(),
                                           example.corrupted.size()));
  if (!example.corrupted.empty() && example.corrupted.size() != example.clean.size())
    return bad_example(number, fmt::format("{} clean and {} corrupted tokens", example.clean.size(), example.corrupted.size()));
  const auto known = [&](TokenId token) { return token >= 0 && token < config.vocabulary; };
  for (const Tokens* tokens : {&example.clean, &example.corrupted})
    if (!std::all_of(tokens->begin(), tokens->end(), known))
      return bad_example(number, fmt::format("a token outside 0 to {}", config.vocabulary - 1));
  const std::size_t answers = sets ? example.correct_set.size() : example.correct.size();
  if (answers != example.positions.size())
    return bad_example(number, fmt::format("{} answers at {} scored positions", answers, example.positions.size()));
  const std::size_t wrong = sets ? example.incorrect_set.size() : example.incorrect.size();
  if (wrong != 0 && wrong != answers) return bad_example(number, fmt::format("{} wrong answers at {} scored positions", wrong, answers));
  if (sets) return {};
  const auto readable = [&](TokenId token) {
    return known(token) && (readout.allowed.empty() || std::find(readout.allowed.begin(), readout.allowed.end(), token) != readout.allowed.end());
  };
  for (const TokenId token : example.correct)
    if (!readable(token)) return bad_example(number, fmt::format("the right token {} is not in the readout", token));
  for (const TokenId token : example.incorrect)
    if (token != -1 && !readable(token)) return bad_example(number, fmt::format("the wrong token {} is not in the readout", token));
  return {};
}

}  // namespace

at::Tensor readout_columns(const Readout& readout) {
  if (readout.allowed.empty()) return {};
  return at::tensor(std::vector<std::int64_t>(readout.allowed.begin(), readout.allowed.end()), at::kLong);
}

Status check_examples(std::span<const Example> examples, const ModelConfig& config, const Readout& readout, Ablation ablation,
                      const std::vector<Span>& spans) {
  if (examples.empty()) return input_error("no examples", "give at least one example");
  for (const TokenId token : readout.allowed)
    if (token < 0 || token >= config.vocabulary)
      return input_error(fmt::format("readout token {} is outside 0 to {}", token, config.vocabulary - 1), "correct the task's output symbols");
  const std::size_t width = readout.allowed.empty() ? static_cast<std::size_t>(config.vocabulary) : readout.allowed.size();
  if (readout.kind == Readout::Kind::kSet && width > 64)
    return input_error(fmt::format("sets over {} tokens; expected at most 64", width), "declare the task's output symbols");
  for (std::size_t number = 0; number < examples.size(); ++number)
    if (Status s = check_example(examples[number], number, config, readout, ablation); !s) return s;
  for (std::size_t number = 0; number < examples.size() && !spans.empty(); ++number)
    if (Status s = check_spans(examples[number], number, spans); !s) return s;
  return {};
}

std::vector<ExampleBatch> make_batches(std::span<const Example> examples, const ModelConfig& config, const Readout& readout, at::ScalarType type,
                                       int batch, std::uint64_t floats_per_token) {
  std::map<std::size_t, std::vector<std::size_t>> by_length;
  for (std::size_t number = 0; number < examples.size(); ++number) by_length[used_length(examples[number])].push_back(number);
  std::vector<ExampleBatch> batches;
  for (const auto& [length, numbers] : by_length) {
    std::size_t most = batch > 0 ? static_cast<std::size_t>(batch)
                                 : std::max<std::size_t>(1, kFloatsPerBatch / (length * std::max<std::uint64_t>(1, floats_per_token)));
    if (batch == 0) most = std::min(most, std::max(kSmallestShare, (numbers.size() + kBatchesWorthSharing - 1) / kBatchesWorthSharing));
    const std::size_t parts = (numbers.size() + most - 1) / most;  // as equal as can be, so that threads have equal work
    for (std::size_t part = 0; part < parts; ++part) {
      const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() * part / parts);
      const auto end = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() * (part + 1) / parts);
      batches.push_back(make_batch(examples, {begin, end}, length, config, readout, type));
    }
  }
  return batches;
}

}  // namespace assay::circuits
