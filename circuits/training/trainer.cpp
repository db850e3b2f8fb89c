#include "circuits/training/trainer.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "circuits/model/load.h"
#include "circuits/model/random.h"
#include "circuits/model/shards.h"
#include "circuits/model/tokenizer/tokenizer.h"
#include "circuits/model/transformer.h"
#include "circuits/training/batch.h"
#include "circuits/training/checkpoint.h"
#include "circuits/training/optimizer.h"

namespace assay::circuits {
namespace {

/// A shard of this many examples, or of so many positions, keeps one core busy without drowning in the overhead of single operations.
constexpr int kExamplesPerShard = 64;
constexpr int kPositionsPerShard = 4096;
constexpr int kMostShards = 8;
constexpr int kStepsBetweenLogLines = 100;

int shards_of(const TrainingSpec& spec, int positions) {
  const int examples = std::clamp(kPositionsPerShard / std::max(positions, 1), 1, kExamplesPerShard);
  return std::clamp(spec.batch / examples, 1, kMostShards);
}

Status check_spec(const TrainingSpec& spec) {
  const auto wrong = [](const char* key, auto value, const char* expected) {
    return input_error(fmt::format("training specification: {} is {}; expected {}", key, value, expected), fmt::format("correct '{}'", key));
  };
  if (spec.layout != "gpt2" && spec.layout != "llama") return wrong("layout", spec.layout, "gpt2 or llama");
  if (spec.steps < 1) return wrong("steps", spec.steps, "1 or more");
  if (spec.batch < 1 || spec.batch > 1 << 20) return wrong("batch", spec.batch, "1 to 1048576");
  if (!(spec.learning_rate > 0) || !std::isfinite(spec.learning_rate)) return wrong("learning_rate", spec.learning_rate, "a positive number");
  if (!(spec.initial_deviation > 0) || !std::isfinite(spec.initial_deviation))
    return wrong("initial_deviation", spec.initial_deviation, "a positive number");
  for (const auto& [key, beta] : {std::pair{"beta1", spec.beta1}, {"beta2", spec.beta2}})
    if (!(beta >= 0 && beta < 1)) return wrong(key, beta, "0 or more and below 1");
  for (const auto& [key, value] : {std::pair{"weight_decay", spec.weight_decay}, {"clip", spec.clip}, {"margin_loss", spec.margin_loss}})
    if (!(value >= 0) || !std::isfinite(value)) return wrong(key, value, "0 or more");
  for (const auto& [key, value] :
       {std::pair{"warmup", spec.warmup}, {"check_every", spec.check_every - 1}, {"checkpoint_every", spec.checkpoint_every - 1}})
    if (value < 0) return wrong(key, value, "1 or more (warmup: 0 or more)");
  if (spec.optimizer != "adamw" && spec.optimizer != "muon") return wrong("optimizer", spec.optimizer, "adamw or muon");
  if (spec.schedule != "cosine" && spec.schedule != "linear" && spec.schedule != "constant")
    return wrong("schedule", spec.schedule, "cosine, linear or constant");
  if (spec.dtype != "float32" && spec.dtype != "bfloat16") return wrong("dtype", spec.dtype, "float32 or bfloat16");
  if (spec.output.empty()) return wrong("output", "empty", "a folder");
  return {};
}

/// Where a run starts.
struct Start {
  ModelConfig config;
  Weights weights;
  std::string hash;  ///< of the model that they are read from; empty: drawn
};

Weights drawn_weights(const TrainingSpec& spec, const ModelConfig& config) {
  constexpr double kDrawnDeviation = 0.02;  // of random_weights
  Weights weights = random_weights(config, spec.seed);
  for (auto& [name, tensor] : named_parameters(weights))
    if (tensor->dim() >= 2) tensor->mul_(spec.initial_deviation / kDrawnDeviation);
  return weights;
}

Result<Start> start_of(const TrainingSpec& spec) {
  if (spec.from.empty()) {
    const auto config = config_of(spec);
    if (!config) return fail(config.error());
    return Start{*config, drawn_weights(spec, *config), ""};
  }
  auto model = load_model(spec.from, at::kFloat);
  if (!model) return fail(model.error());
  const ModelConfig& config = model->transformer.config();
  if (config.vocabulary != spec.vocabulary)
    return input_error(fmt::format("the model in '{}' has {} tokens, the training examples have {}", spec.from, config.vocabulary, spec.vocabulary),
                       "start from a model of the same vocabulary");
  if (model->non_finite > 0)
    return input_error(fmt::format("the model in '{}' has {} weights that are not finite", spec.from, model->non_finite), "start from another model");
  return Start{config, model->transformer.weights(), model->hash};
}

/// The weights as the file will hold them, so that what is checked is what is stored.
Weights as_stored(const Weights& weights, const std::string& dtype) {
  Weights copy = converted(weights, at::TensorOptions().dtype(dtype == "bfloat16" ? at::kBFloat16 : at::kFloat));
  copy = converted(copy, at::TensorOptions().dtype(at::kFloat));
  for (auto& [name, tensor] : named_parameters(copy)) *tensor = tensor->clone();
  return copy;
}

class Trainer {
 public:
  Trainer(const TrainingSpec& spec, const Start& start, const ExampleSource& examples, const DomainCheck& check, const NetworkMaker& make_network,
          Session& session)
      : spec_(spec),
        run_(hash_of(spec, start.hash)),
        config_(start.config),
        examples_(examples),
        check_(check),
        make_network_(make_network),
        session_(session),
        parameters_(start.weights),
        optimizer_(parameters_.values().size()),
        gradient_(parameters_.values().size()) {
    for (int shard = 0; shard < shards_of(spec, config_.positions); ++shard)
      shards_.push_back({Transformer(config_, parameters_.leaves()), {}, 0, std::nullopt});
  }

  Result<TrainingReport> run() {
    const auto start = std::chrono::steady_clock::now();
    if (Status s = resume(); !s) return fail(s.error());
    session_.progress.stage("train", static_cast<std::uint64_t>(spec_.steps));
    while (!finished_) {
      if (session_.cancelled()) return interrupted(check_pending_);
      if (!check_pending_) {
        if (Status s = step(); !s) return fail(s.error());
        session_.progress.step(static_cast<std::uint64_t>(report_.steps));
      }
      if (check_pending_ || report_.steps % spec_.check_every == 0 || report_.steps == spec_.steps) {
        const Status checked = check_domain();
        if (!checked && checked.error().kind == ErrorKind::kCancelled) return interrupted(true);
        if (!checked) return fail(checked.error());
      }
      if (!finished_ && report_.steps % spec_.checkpoint_every == 0)
        if (Status s = save_state(false); !s) return fail(s.error());
    }
    session_.progress.finish();
    if (Status s = write_model(); !s) return fail(s.error());
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report_;
  }

 private:
  struct Shard {
    Transformer network;
    Batch batch;
    double loss = 0;
    std::optional<Error> error;
  };

  const TrainingSpec& spec_;
  const std::string run_;  ///< identifies the run's checkpoints
  const ModelConfig config_;
  const ExampleSource& examples_;
  const DomainCheck& check_;
  const NetworkMaker& make_network_;
  Session& session_;
  FlatParameters parameters_;
  Optimizer optimizer_;
  std::vector<float> gradient_;
  std::vector<Shard> shards_;
  std::vector<std::string> log_;
  TrainingReport report_;
  bool finished_ = false;
  bool check_pending_ = false;

  std::string log_path() const { return spec_.output + "/training_log.jsonl"; }

  Status resume() {
    std::error_code failed;
    std::filesystem::create_directories(spec_.output, failed);
    if (failed) return input_error(fmt::format("cannot make the folder '{}': {}", spec_.output, failed.message()), "choose another output folder");
    auto found = read_checkpoint(spec_, run_, parameters_.values().size());
    if (!found) return fail(found.error());
    if (!*found) return {};
    Checkpoint& state = **found;
    std::copy(state.parameters.begin(), state.parameters.end(), parameters_.values().begin());  // in place: the network's tensors view it
    optimizer_.first_moment = std::move(state.first_moment);
    optimizer_.second_moment = std::move(state.second_moment);
    report_.steps = state.step;
    report_.final_loss = state.loss;
    report_.resumed = true;
    check_pending_ = state.check_pending;
    return keep_log_up_to(state.step);
  }

  /// Lines of later steps are written again as the run goes on.
  Status keep_log_up_to(int step) {
    const auto text = read_file(log_path());
    if (!text) return fail(text.error());
    std::size_t begin = 0;
    for (std::size_t end = text->find('\n'); end != std::string::npos; begin = end + 1, end = text->find('\n', begin)) {
      const std::string line = text->substr(begin, end - begin);
      const auto entry = nlohmann::json::parse(line, nullptr, false);
      if (!entry.is_object() || !entry.contains("step") || !entry["step"].is_number_integer())
        return input_error(fmt::format("{}: a line without a step", log_path()), "remove the folder's checkpoint and log to start the run anew");
      if (entry["step"].get<int>() <= step) log_.push_back(line);
    }
    return {};
  }

  Status step() {
    const at::AutoGradMode gradients(true);
    for_each_shard(shards_.size(), session_.threads, [this](std::size_t i) { load_examples(i); });
    std::int64_t scored = 0;
    for (const Shard& shard : shards_) {
      if (shard.error) return fail(*shard.error);
      scored += shard.batch.count();
    }
    if (scored == 0) return input_error("a batch without a scored position", "correct the task that makes the examples");
    for_each_shard(shards_.size(), session_.threads, [this](std::size_t i) { backward(shards_[i]); });
    std::fill(gradient_.begin(), gradient_.end(), 0.0F);
    double loss = 0;
    for (Shard& shard : shards_) {
      parameters_.take_gradients(shard.network.weights(), gradient_);
      loss += shard.loss;
    }
    report_.final_loss = loss / static_cast<double>(scored);
    if (!std::isfinite(report_.final_loss))
      return input_error(fmt::format("training diverged: the loss of step {} is {}", report_.steps + 1, report_.final_loss),
                         "lower learning_rate or raise warmup");
    const double norm = optimizer_.update(parameters_, gradient_, 1.0 / static_cast<double>(scored), spec_, report_.steps, session_.threads);
    ++report_.steps;
    if (report_.steps % kStepsBetweenLogLines == 0 || report_.steps == spec_.steps || report_.steps == 1)
      log_.push_back(fmt::format(R"({{"step": {}, "loss": {}, "learning_rate": {}, "gradient_norm": {}}})", report_.steps, report_.final_loss,
                                 learning_rate(spec_, report_.steps - 1), norm));
    return {};
  }

  void load_examples(std::size_t i) {
    const auto batch = static_cast<std::uint64_t>(spec_.batch);
    const std::uint64_t first = batch * i / shards_.size();
    const std::uint64_t last = batch * (i + 1) / shards_.size();
    std::vector<TrainingExample> list;
    for (std::uint64_t k = first; k < last; ++k) {
      const std::uint64_t number = static_cast<std::uint64_t>(report_.steps) * batch + k;
      list.push_back(examples_.example(SplitMix64(spec_.seed ^ SplitMix64(number).next()).next()));
    }
    auto made = make_batch(list, config_);
    shards_[i].error = made ? std::nullopt : std::optional(made.error());
    if (made) shards_[i].batch = std::move(*made);
  }

  void backward(Shard& shard) {
    shard.loss = 0;
    if (shard.batch.count() == 0) return;
    const Transformer& network = shard.network;
    const at::Tensor residual = network.blocks(network.embed(shard.batch.tokens), 0);  // [B, T, d_model]
    const at::Tensor scored = residual.flatten(0, 1).index_select(0, shard.batch.scored);
    const at::Tensor loss = loss_sum(network.logits(scored), shard.batch, spec_);
    loss.backward();
    shard.loss = loss.item<double>();
  }

  Status check_domain() {
    check_pending_ = false;
    auto network = make_network_(config_, as_stored(parameters_.weights(), spec_.dtype));
    if (!network) return fail(network.error());
    const auto accuracy = check_(**network);
    if (!accuracy) return fail(accuracy.error());
    report_.accuracy = *accuracy;
    log_.push_back(fmt::format(R"({{"step": {}, "inputs": {}, "correct": {}, "smallest_margin": {}}})", report_.steps, accuracy->inputs,
                               accuracy->correct, std::isfinite(accuracy->smallest_margin) ? accuracy->smallest_margin : 0.0));
    session_.progress.note(
        fmt::format("step {}: loss {:.4g}, {} of {} inputs right", report_.steps, report_.final_loss, accuracy->correct, accuracy->inputs));
    const bool good_enough = spec_.stop_when_exact && accuracy->exact() && accuracy->smallest_margin >= spec_.stop_margin;
    finished_ = good_enough || report_.steps == spec_.steps;
    return {};
  }

  Status write_log() const {
    std::string text;
    for (const std::string& line : log_) text += line + "\n";
    return write_file(log_path(), text);
  }

  Status save_state(bool check_pending) {
    if (Status s = write_log(); !s) return s;
    return write_checkpoint(
        spec_, run_, {report_.steps, check_pending, report_.final_loss, parameters_.values(), optimizer_.first_moment, optimizer_.second_moment});
  }

  tl::unexpected<Error> interrupted(bool check_pending) {
    if (report_.steps > 0)
      if (Status s = save_state(check_pending); !s) return fail(s.error());
    return fail({ErrorKind::kCancelled, fmt::format("training was interrupted at step {} of {}", report_.steps, spec_.steps),
                 "run the command again: it goes on from the checkpoint"});
  }

  Status write_model() {
    if (Status s = write_log(); !s) return s;
    const StoredType type = spec_.dtype == "bfloat16" ? StoredType::kBF16 : StoredType::kF32;
    if (Status s = save_model(spec_.output, config_, parameters_.weights(), type); !s) return s;
    if (!spec_.from.empty())
      if (Status s = copy_tokenizer(spec_.from, spec_.output); !s) return s;
    std::error_code ignored;
    std::filesystem::remove(checkpoint_path(spec_), ignored);
    return {};
  }
};

}  // namespace

Result<ModelConfig> config_of(const TrainingSpec& spec) {
  ModelConfig config;
  config.layout = spec.layout == "llama" ? Layout::kLlama : Layout::kGpt2;
  config.layers = spec.layers;
  config.heads = spec.heads;
  config.kv_heads = spec.kv_heads == 0 ? spec.heads : spec.kv_heads;
  config.d_model = spec.d_model;
  config.d_head = spec.heads > 0 ? spec.d_model / spec.heads : 0;
  config.d_mlp = !spec.mlp ? 0 : spec.d_mlp == 0 ? 4 * spec.d_model : spec.d_mlp;
  config.vocabulary = spec.vocabulary;
  config.positions = spec.positions;
  config.has_mlp = spec.mlp;
  config.has_norm = spec.norm;
  config.tied_embeddings = spec.tied_embeddings;
  const auto activation = activation_named(config.layout == Layout::kLlama && spec.activation == "gelu_new" ? "silu" : spec.activation);
  if (!activation) return fail(activation.error());
  config.activation = *activation;
  if (config.layout == Layout::kLlama) config.norm_epsilon = 1e-6;
  if (Status s = check_config(config, "training specification"); !s) return fail(s.error());
  return config;
}

Result<TrainingReport> train_network(const TrainingSpec& spec, const ExampleSource& examples, const DomainCheck& check,
                                     const NetworkMaker& make_network, Session& session) {
  if (Status s = check_spec(spec); !s) return fail(s.error());
  try {
    const auto start = start_of(spec);
    if (!start) return fail(start.error());
    return Trainer(spec, *start, examples, check, make_network, session).run();
  } catch (const std::exception& error) { return internal_error(fmt::format("training: {}", error.what())); }
}

}  // namespace assay::circuits
