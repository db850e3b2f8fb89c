#include "analysis/tasks/training_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "base/files.h"
#include "base/hash.h"

namespace assay::analysis {

Status read_network_table(TomlTable& file, circuits::TrainingSpec& spec) {
  std::optional<TomlTable> table = file.table("network");
  if (!table) {
    file.reject("network", "the training spec has no [network]", "declare its layout and sizes, or `from`");
    return file.so_far();
  }
  if (const std::string from = table->text_or("from", ""); !from.empty()) {
    spec.from = relative_to(file.file(), from);
    for (const std::string& key : table->keys())
      if (key != "from") table->reject(key, fmt::format("[network] has both `from` and `{}`", key), "remove one of them: the shapes are the model's");
    return table->finish();
  }
  spec.layout = table->choice("layout", {"gpt2", "llama"}, "gpt2");
  spec.layers = table->integer_in("layers", spec.layers, 0, 64);
  spec.heads = table->integer_in("heads", spec.heads, 0, 64);
  spec.kv_heads = table->integer_in("kv_heads", spec.kv_heads, 0, 64);
  spec.d_model = table->integer_in("d_model", spec.d_model, 0, 4096);
  spec.d_mlp = table->integer_in("d_mlp", spec.d_mlp, 0, 16384);
  spec.positions = table->integer_in("positions", 0, 0, 65536);
  spec.mlp = table->boolean_or("mlp", spec.mlp);
  spec.norm = table->boolean_or("norm", spec.norm);
  spec.tied_embeddings = table->boolean_or("tied_embeddings", spec.tied_embeddings);
  spec.initial_deviation = table->number_or("initial_deviation", spec.initial_deviation);
  spec.activation = table->choice("activation", {"gelu_new", "gelu", "relu", "silu"}, spec.layout == "llama" ? "silu" : "gelu_new");
  return table->finish();
}

Status read_training_table(TomlTable& file, circuits::TrainingSpec& spec) {
  std::optional<TomlTable> table = file.table("training");
  if (!table) return {};
  spec.seed = static_cast<std::uint64_t>(table->integer_or("seed", 0));
  spec.steps = table->integer_in("steps", spec.steps, 0, 10'000'000);
  spec.batch = table->integer_in("batch", spec.batch, 0, 65536);
  spec.optimizer = table->choice("optimizer", {"adamw", "muon"}, spec.optimizer);
  spec.learning_rate = table->number_or("learning_rate", spec.learning_rate);
  spec.weight_decay = table->number_or("weight_decay", spec.weight_decay);
  spec.beta1 = table->number_or("beta1", spec.beta1);
  spec.beta2 = table->number_or("beta2", spec.beta2);
  spec.clip = table->number_or("clip", spec.clip);
  spec.warmup = table->integer_in("warmup", spec.warmup, 0, 1'000'000);
  spec.schedule = table->choice("schedule", {"cosine", "linear", "constant"}, spec.schedule);
  spec.margin_loss = table->number_or("margin_loss", spec.margin_loss);
  spec.margin = table->number_or("margin", spec.margin);
  spec.check_every = table->integer_in("check_every", spec.check_every, 0, 10'000'000);
  spec.stop_when_exact = table->boolean_or("stop_when_exact", spec.stop_when_exact);
  spec.stop_margin = table->number_or("stop_margin", spec.stop_margin);
  spec.checkpoint_every = table->integer_in("checkpoint_every", spec.checkpoint_every, 0, 10'000'000);
  spec.dtype = table->choice("dtype", {"float32", "bfloat16"}, spec.dtype);
  return table->finish();
}

namespace {

Status read_training_domain(TomlTable& table, TrainingRun& run) {
  const int extend = table.integer_in("extend", 0, 0, 1024);
  run.share_longer = table.number_in("share_longer", 0.5, 0, 1);
  run.uneven = table.number_in("uneven", 0, 0, 1);
  if (run.uneven > 0 && !run.task.domain.spec().is_tree())
    return input_error("`uneven` is about strings, and this task has slots", "remove it", table.where("uneven"));
  std::optional<TomlTable> domain = table.table("domain");
  if (domain && extend > 0) return input_error("the spec has both `extend` and [domain]", "use one of them", table.where("extend"));
  run.training_domain = run.task.domain;
  if (extend > 0) {
    Result<Domain> wider = run.task.domain.extended(extend, "", false);
    if (!wider) return fail(wider.error());
    run.training_domain = *wider;
  }
  if (domain) {
    std::optional<FunctionSource> where;
    Result<Domain> own = read_domain(*domain, run.task.words, run.task.model, where);
    if (!own) return fail(own.error());
    DomainSpec spec = own->spec();
    spec.scored = run.task.domain.spec().scored;
    run.training_domain = Domain(std::move(spec));
    return attach_where(run.training_domain, where, run.task.arguments);
  }
  return {};
}

}  // namespace

Result<TrainingRun> read_training_run(const std::string& path, const TaskOptions& options) {
  Result<TomlTable> table = TomlTable::read(path);
  if (!table) return fail(table.error());
  TrainingRun run;
  run.file = path;
  const std::string task_name = table->text_or("task", "");
  if (task_name.empty())
    for (const char* key : {"task", "corpus"})
      table->reject(key, "the training spec has neither `task` nor [corpus]", "write task = \"NAME.task.toml\", or [corpus] for the code model");
  const std::optional<FunctionSource> labels = read_function_source(*table, "labels");
  run.output = relative_to(path, table->text_or("output", "model"));
  if (Status status = read_network_table(*table, run.spec); !status) return fail(status.error());
  if (Status status = read_training_table(*table, run.spec); !status) return fail(status.error());
  if (!labels) table->reject("labels", "the training spec has no `labels`", "write labels = { file = \"...\", function = \"...\" }");
  if (Status status = table->so_far(); !status) return fail(status.error());
  Result<Task> task = read_task(relative_to(path, task_name), options);
  if (!task) return fail(task.error());
  if (task->skipped) return input_error(*task->skipped, "a network to train has its folder in the repository");
  run.task = std::move(*task);
  Result<CFunction> function = CFunction::load(*labels);
  if (!function) return fail(function.error());
  run.labels = std::move(*function);
  if (Status status = read_training_domain(*table, run); !status) return fail(status.error());
  if (Status status = table->finish(); !status) return fail(status.error());

  run.longest = static_cast<int>(run.training_domain.start().size()) + run.training_domain.depth();
  if (run.spec.positions == 0) run.spec.positions = run.longest;
  if (run.spec.from.empty() && run.spec.positions < run.longest)  // of another model the engine knows the positions
    return input_error(fmt::format("{} positions, but the longest training sequence has {} tokens", run.spec.positions, run.longest),
                       "raise network.positions", SourceRange{path, {}, {}});
  run.spec.examples = Hasher()
                          .add(run.task.hash)
                          .add(run.labels.text())
                          .add(run.labels.function().name)
                          .add(run.training_domain.fingerprint())
                          .add(fmt::format("{} {}", run.share_longer, run.uneven))
                          .hex();
  run.spec.vocabulary = run.task.words.size();
  run.spec.output = run.output;
  return run;
}

Result<std::unique_ptr<LabelledExamples>> LabelledExamples::create(const TrainingRun& run) {
  auto examples = std::unique_ptr<LabelledExamples>(new LabelledExamples(run));
  Result<Labels> wide = Labels::create(run.task, run.training_domain, run.labels);
  if (!wide) return fail(wide.error());
  Result<Labels> declared = Labels::create(run.task, run.task.domain, run.labels);
  if (!declared) return fail(declared.error());
  examples->wide_ = std::move(*wide);
  examples->declared_ = std::move(*declared);
  return examples;
}

Tokens uneven_input(const Domain& tree, std::uint64_t seed) {
  // About -log2 of a uniform number, in units of 1/65536: linear between powers of two.
  const auto exponential = [](std::uint64_t uniform) {
    const int zeros = std::countl_zero(uniform | 1);
    return (static_cast<std::uint64_t>(zeros) << 16) + 65536 - ((uniform | 1) << zeros << 1 >> 48);
  };
  const DomainSpec& spec = tree.spec();
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> weights;
  for (std::size_t i = 0; i < spec.alphabet.size(); ++i) weights.push_back(exponential(random()));
  const auto weight = [&](TokenId token) {
    const auto at = std::find(spec.alphabet.begin(), spec.alphabet.end(), token);
    return at == spec.alphabet.end() ? 0 : weights[static_cast<std::size_t>(at - spec.alphabet.begin())];
  };
  const int length = spec.min_length + static_cast<int>(random() % static_cast<std::uint64_t>(spec.max_length - spec.min_length + 1));
  Tokens prefix, next;
  while (static_cast<int>(prefix.size()) < length) {
    next.clear();
    tree.children(prefix, nullptr, next);
    std::uint64_t total = 0;
    for (const TokenId token : next) total += weight(token);
    if (total == 0) break;  // nothing but the end may follow
    std::uint64_t at = random() % total;
    std::size_t chosen = 0;
    while (at >= weight(next[chosen])) at -= weight(next[chosen++]);
    prefix.push_back(next[chosen]);
  }
  prefix.insert(prefix.end(), spec.end.begin(), spec.end.end());
  return prefix;
}

std::optional<std::string> LabelledExamples::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_.empty() ? std::optional<std::string>() : failure_;
}

circuits::TrainingExample LabelledExamples::example(std::uint64_t index) const {
  constexpr int kAttempts = 1000;
  const std::uint64_t mixed = (index ^ run_.spec.seed) * 0xD1342543DE82EF95ull;
  const bool longer = static_cast<double>(mixed >> 11) * 0x1p-53 < run_.share_longer;
  const bool uneven = static_cast<double>((mixed * 0xAEF17502108EF2D9ull) >> 11) * 0x1p-53 < run_.uneven;
  const Labels& labels = longer ? wide_ : declared_;
  const Domain& domain = labels.domain();
  circuits::TrainingExample example;
  BoundArguments scratch;
  for (int attempt = 0; attempt < kAttempts && example.positions.empty(); ++attempt) {
    const std::uint64_t seed = mixed + static_cast<std::uint64_t>(attempt) * 0x9E3779B97F4A7C15ull;
    Tokens prefix = uneven ? uneven_input(domain, seed) : domain.random_input(seed);
    const int start = static_cast<int>(domain.spec().start.size());
    for (std::size_t length = 0; length <= prefix.size(); ++length) {
      const std::span<const TokenId> part(prefix.data(), length);
      if (!domain.scored(part)) continue;
      const Label label = labels.label(part, scratch);
      if (!label.defined || (!run_.task.output.is_set() && label.answer.token < 0)) {
        const std::lock_guard lock(mutex_);
        if (failure_.empty()) failure_ = fmt::format("on {}: {}", run_.task.input_text(part), labels.explain(part));
        return {};  // training ends here: a program that does not end is not run a second time
      }
      example.positions.push_back(start + static_cast<int>(length) - 1);
      if (run_.task.output.is_set()) {
        std::uint64_t by_token = 0;  // bits of the answer are places in `allowed`; training counts by token
        for (std::size_t bit = 0; bit < run_.task.output.readout.allowed.size(); ++bit)
          if ((label.answer.set >> bit & 1) != 0) by_token |= 1ull << run_.task.output.readout.allowed[bit];
        example.sets.push_back(by_token);
      } else {
        example.targets.push_back(label.answer.token);
        const bool feed = domain.spec().scored == Scored::kAnswer && domain.step(part) + 1 < domain.spec().answers && length == prefix.size() &&
                          !(domain.spec().until && label.answer.token == *domain.spec().until);
        if (feed) prefix.push_back(label.answer.token);
      }
    }
    example.tokens = domain.start();
    example.tokens.insert(example.tokens.end(), prefix.begin(), prefix.end());
  }
  return example;
}

circuits::DomainCheck domain_check(const TrainingRun& run, Session& session) {
  return [&run, &session](circuits::Network& network) -> Result<circuits::DomainAccuracy> {
    Result<Labels> labels = Labels::create(run.task, run.task.domain, run.labels);
    if (!labels) return fail(labels.error());
    circuits::DomainAccuracy accuracy;
    accuracy.smallest_margin = std::numeric_limits<double>::infinity();
    BoundArguments scratch;
    const auto visit = [&](const circuits::ScoredBatch& batch) {
      for (std::size_t i = 0; i < batch.count; ++i) {
        const Label label = labels->label(batch.prefixes.subspan(i * batch.length, batch.length), scratch);
        ++accuracy.inputs;
        if (agrees(run.task.output, batch.answers[i], label) && batch.answers[i].margin > 0) ++accuracy.correct;
        accuracy.smallest_margin = std::min(accuracy.smallest_margin, static_cast<double>(batch.answers[i].margin));
      }
      return !session.cancelled();
    };
    circuits::EnumerationOptions options;
    options.readout = run.task.output.readout;
    Result<circuits::EnumerationSummary> summary = network.enumerate(run.task.domain, options, visit, session);
    if (!summary) return fail(summary.error());
    if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: it goes on from the checkpoint"});
    if (std::optional<Error> failed = run.task.domain.failure()) return fail(*failed);
    return accuracy;
  };
}

Result<circuits::TrainingReport> train(const TrainingRun& run, circuits::Engine& engine, Session& session) {
  Result<std::unique_ptr<LabelledExamples>> examples = LabelledExamples::create(run);
  if (!examples) return fail(examples.error());
  for (std::uint64_t index = 0; index < 64; ++index) {
    const circuits::TrainingExample example = (*examples)->example(index);
    for (const Domain* domain : {&run.training_domain, &run.task.domain})
      if (std::optional<Error> failed = domain->failure()) return fail(*failed);
    if (auto failure = (*examples)->failure())
      return input_error("the labels' program gives no answer " + *failure, "labels must be defined on the whole training domain");
    if (example.positions.empty()) return input_error("the training domain gives no scored example", "check [domain] and `where`");
  }
  Result<circuits::TrainingReport> report = engine.train(run.spec, **examples, domain_check(run, session), session);
  if (auto failure = (*examples)->failure())
    return input_error("the labels' program gives no answer " + *failure, "labels must be defined on the whole training domain");
  if (!report) return fail(report.error());
  nlohmann::json facts = {{"task", run.task.name},  {"task_hash", run.task.hash},        {"trained_positions", run.longest},
                          {"steps", report->steps}, {"scored", report->accuracy.inputs}, {"correct", report->accuracy.correct}};
  if (Status status = write_file(run.output + "/assay_training.json", facts.dump(1) + "\n"); !status) return fail(status.error());
  return report;
}

}  // namespace assay::analysis
