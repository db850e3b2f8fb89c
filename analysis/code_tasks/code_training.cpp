#include "analysis/code_tasks/code_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "analysis/tasks/training_run.h"
#include "base/files.h"

namespace assay::analysis::code_tasks {
namespace {

constexpr std::uint64_t kCheckSeed = 0xc4ec;
constexpr int kHeldOutPart = 4;
constexpr int kLargestWindow = 4096;

double share(TomlTable& table, std::string_view key, double fallback) {
  const double value = table.number_or(key, fallback);
  if (value >= 0 && value <= 1) return value;
  table.reject(key, fmt::format("{} is {}", key, value), "use 0 to 1");
  return fallback;
}

int natural(TomlTable& table, std::string_view key, int fallback, int least, int largest) {
  const std::int64_t value = table.integer_or(key, fallback);
  if (value >= least && value <= largest) return static_cast<int>(value);
  table.reject(key, fmt::format("{} is {}", key, value), fmt::format("use {} to {}", least, largest));
  return fallback;
}

Status read_corpus(TomlTable& table, CodeTraining& run) {
  table.choice("generator", {"code"}, "code");
  run.corpus.window = natural(table, "window", run.corpus.window, 64, kLargestWindow);
  run.split_seed = static_cast<std::uint64_t>(table.integer_or("split_seed", 1));
  run.corpus.draft.example_share = share(table, "examples", run.corpus.draft.example_share);
  run.corpus.draft.earlier_share = share(table, "earlier", run.corpus.draft.earlier_share);
  run.corpus.situation_share = share(table, "situations", run.corpus.situation_share);
  run.checked = natural(table, "check", run.checked, 1, 100'000);
  const std::string plan = table.text_or("plan", "");
  if (Status status = table.finish(); !status) return status;
  if (plan.empty()) return {};
  Result<FaultPlan> sealed = read_sealed_plan(relative_to(run.file, plan));
  if (!sealed) return fail(sealed.error());
  run.corpus.plan = std::move(*sealed);
  return {};
}

Status finish_spec(CodeTraining& run) {
  if (run.spec.positions == 0) run.spec.positions = run.corpus.window;
  if (run.spec.positions < run.corpus.window)
    return input_error(fmt::format("{} positions, but the window has {} tokens", run.spec.positions, run.corpus.window),
                       "raise network.positions or lower corpus.window", SourceRange{run.file, {}, {}});
  Result<Generator> generator = Generator::create({.split_seed = run.split_seed});
  if (!generator) return fail(generator.error());
  run.generator = std::make_shared<Generator>(std::move(*generator));
  Result<Vocabulary> vocabulary = Vocabulary::create();
  if (!vocabulary) return fail(vocabulary.error());
  run.spec.vocabulary = static_cast<int>(vocabulary->words().size());
  run.vocabulary = std::move(*vocabulary);
  run.corpus.seed = run.spec.seed;
  run.spec.output = run.output;
  return {};
}

}  // namespace

Result<std::optional<CodeTraining>> read_code_training(const std::string& path) {
  Result<TomlTable> table = TomlTable::read(path);
  if (!table) return fail(table.error());
  std::optional<TomlTable> corpus = table->table("corpus");
  if (!corpus) return std::optional<CodeTraining>();
  CodeTraining run;
  run.file = path;
  run.output = relative_to(path, table->text_or("output", "model"));
  if (Status status = read_corpus(*corpus, run); !status) return fail(status.error());
  if (Status status = read_network_table(*table, run.spec); !status) return fail(status.error());
  if (Status status = read_training_table(*table, run.spec); !status) return fail(status.error());
  if (Status status = table->finish(); !status) return fail(status.error());
  if (Status status = finish_spec(run); !status) return fail(status.error());
  return std::optional<CodeTraining>(std::move(run));
}

Result<circuits::DomainAccuracy> count_written(circuits::Network& network, const CodeExamples& examples, const DraftOptions& options, int count,
                                               std::uint64_t seed) {
  std::vector<circuits::TrainingExample> requests;
  Draw draw(seed);
  while (requests.size() < static_cast<std::size_t>(count))
    if (circuits::TrainingExample request = examples.single(draw.next(), options); !request.tokens.empty()) requests.push_back(std::move(request));
  // Equal lengths side by side: the engine batches by length.
  std::sort(requests.begin(), requests.end(),
            [](const auto& a, const auto& b) { return std::pair(a.tokens.size(), a.tokens) < std::pair(b.tokens.size(), b.tokens); });
  std::vector<circuits::Tokens> sequences;
  std::vector<std::vector<std::int32_t>> positions;
  for (const circuits::TrainingExample& request : requests) {
    sequences.push_back(request.tokens);
    positions.push_back(request.positions);
  }
  Result<std::vector<std::vector<circuits::Answer>>> answers = network.answers(sequences, positions, {});
  if (!answers) return fail(answers.error());
  circuits::DomainAccuracy accuracy{.inputs = requests.size(), .correct = 0, .smallest_margin = std::numeric_limits<double>::infinity()};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    bool right = true;
    double margin = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < requests[i].targets.size(); ++k) {
      const circuits::Answer& answer = (*answers)[i][k];
      right = right && answer.token == requests[i].targets[k] && answer.margin > 0;
      margin = std::min(margin, static_cast<double>(answer.margin));
    }
    if (!right) continue;
    ++accuracy.correct;
    accuracy.smallest_margin = std::min(accuracy.smallest_margin, margin);
  }
  if (accuracy.correct == 0) accuracy.smallest_margin = 0;
  return accuracy;
}

Result<circuits::TrainingReport> train(const CodeTraining& run, circuits::Engine& engine, Session& session) {
  const CodeExamples examples(run.generator, *run.vocabulary, run.corpus);
  if (Status status = examples.check_vocabulary(); !status) return fail(status.error());
  circuits::DomainAccuracy held_out;
  const circuits::DomainCheck check = [&](circuits::Network& network) -> Result<circuits::DomainAccuracy> {
    Result<circuits::DomainAccuracy> seen = count_written(network, examples, run.corpus.draft, run.checked, kCheckSeed);
    if (!seen) return fail(seen.error());
    DraftOptions unseen = run.corpus.draft;
    unseen.combinations = Draws::kHeldOut;
    Result<circuits::DomainAccuracy> held = count_written(network, examples, unseen, std::max(1, run.checked / kHeldOutPart), kCheckSeed + 1);
    if (!held) return fail(held.error());
    held_out = *held;
    session.progress.note(fmt::format("written as the reference: {} of {} requests of seen combinations, {} of {} of held-out ones", seen->correct,
                                      seen->inputs, held->correct, held->inputs));
    return seen;
  };
  Result<circuits::TrainingReport> report = engine.train(run.spec, examples, check, session);
  if (!report) return fail(report.error());
  if (Status status = write_file(run.output + "/tokenizer.json", run.vocabulary->to_json()); !status) return fail(status.error());
  const nlohmann::json facts = {{"corpus", "code"},
                                {"split_seed", run.split_seed},
                                {"trained_positions", run.corpus.window},
                                {"steps", report->steps},
                                {"checked", report->accuracy.inputs},
                                {"written_as_reference", report->accuracy.correct},
                                {"held_out_checked", held_out.inputs},
                                {"held_out_written_as_reference", held_out.correct}};
  if (Status status = write_file(run.output + "/assay_training.json", facts.dump(1) + "\n"); !status) return fail(status.error());
  return report;
}

}  // namespace assay::analysis::code_tasks
