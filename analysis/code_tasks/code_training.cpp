#include "analysis/code_tasks/code_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "analysis/tasks/training_run.h"
#include "base/files.h"
#include "base/hash.h"

namespace assay::analysis::code_tasks {
namespace {

constexpr std::uint64_t kCheckSeed = 0xc4ec;
constexpr int kHeldOutPart = 4;
constexpr int kLargestWindow = 4096;

Status read_corpus(TomlTable& table, CodeTraining& run) {
  table.choice("generator", {"code"}, "code");
  run.corpus.window = table.integer_in("window", run.corpus.window, 64, kLargestWindow);
  run.split_seed = static_cast<std::uint64_t>(table.integer_or("split_seed", 1));
  run.corpus.draft.example_share = table.number_in("examples", run.corpus.draft.example_share, 0, 1);
  run.corpus.draft.earlier_share = table.number_in("earlier", run.corpus.draft.earlier_share, 0, 1);
  run.corpus.situation_share = table.number_in("situations", run.corpus.situation_share, 0, 1);
  run.checked = table.integer_in("check", run.checked, 1, 100'000);
  const std::string plan = table.text_or("plan", "");
  if (Status status = table.finish(); !status) return status;
  if (plan.empty()) return {};
  Result<FaultPlan> sealed = read_sealed_plan(relative_to(run.file, plan));
  if (!sealed) return fail(sealed.error());
  run.corpus.plan = std::move(*sealed);
  return {};
}

Status finish_spec(CodeTraining& run) {
  if (run.spec.positions == 0 && run.spec.from.empty()) run.spec.positions = run.corpus.window;
  if (run.spec.from.empty() && run.spec.positions < run.corpus.window)
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
  run.spec.examples = Hasher()
                          .add(run.vocabulary->to_json())
                          .add(fmt::format("{} {} {} {} {}", run.split_seed, run.corpus.window, run.corpus.draft.example_share,
                                           run.corpus.draft.earlier_share, run.corpus.situation_share))
                          .add(run.corpus.plan ? to_json(*run.corpus.plan) : "")
                          .hex();
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

Result<std::vector<Written>> teacher_forced(circuits::Network& network, const std::vector<circuits::TrainingExample>& sequences) {
  // Equal lengths side by side: the engine batches by length.
  std::vector<std::size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return sequences[a].tokens.size() < sequences[b].tokens.size(); });
  std::vector<circuits::Tokens> tokens;
  std::vector<std::vector<std::int32_t>> positions;
  for (const std::size_t i : order) {
    tokens.push_back(sequences[i].tokens);
    positions.push_back(sequences[i].positions);
  }
  Result<std::vector<std::vector<circuits::Answer>>> answers = network.answers(tokens, positions, {});
  if (!answers) return fail(answers.error());
  std::vector<Written> written(sequences.size(), {true, std::numeric_limits<double>::infinity()});
  for (std::size_t place = 0; place < order.size(); ++place) {
    const circuits::Tokens& targets = sequences[order[place]].targets;
    Written& one = written[order[place]];
    for (std::size_t k = 0; k < targets.size(); ++k) {
      const circuits::Answer& answer = (*answers)[place][k];
      one.right = one.right && answer.token == targets[k] && answer.margin > 0;
      one.margin = std::min(one.margin, static_cast<double>(answer.margin));
    }
  }
  return written;
}

Result<circuits::DomainAccuracy> count_written(circuits::Network& network, const CodeExamples& examples, const DraftOptions& options, int count,
                                               std::uint64_t seed) {
  std::vector<circuits::TrainingExample> requests;
  Draw draw(seed);
  while (requests.size() < static_cast<std::size_t>(count)) {
    circuits::TrainingExample request = examples.single(examples.generator().draft(draw.next(), options));
    if (!request.tokens.empty()) requests.push_back(std::move(request));
  }
  Result<std::vector<Written>> written = teacher_forced(network, requests);
  if (!written) return fail(written.error());
  circuits::DomainAccuracy accuracy{.inputs = requests.size(), .correct = 0, .smallest_margin = std::numeric_limits<double>::infinity()};
  for (const Written& one : *written) {
    if (!one.right) continue;
    ++accuracy.correct;
    accuracy.smallest_margin = std::min(accuracy.smallest_margin, one.margin);
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
