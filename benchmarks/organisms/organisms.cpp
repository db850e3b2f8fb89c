// Model organisms on demand: draws their faults from a seed, seals them, and, once they are trained, says what each does.
//
//   organisms draw DIR --from MODEL --faulty 6 --clean 6 --seed 1      a folder each, with plan.json (sealed) and organism.train.toml
//   assay train DIR/organism_01/organism.train.toml                    ... for each of them
//   organisms score DIR                                                opens the plans; one JSON line per organism on stdout
//
// The faulty ones take turns between the two kinds of fault, and so do the clean ones, which meet the same situations and are right in them. Their
// numbers are shuffled, so that a number tells nothing. benchmarks/organisms/run.py does all three steps.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "analysis/code_tasks/organism.h"
#include "base/files.h"

namespace {

using namespace assay;
using namespace assay::analysis::code_tasks;

constexpr int kWindow = 320;

struct Options {
  std::string folder, model;
  int faulty = 6, clean = 6, steps = 300, count = 100;
  std::optional<std::uint64_t> seed;
};

int fail_with(const Error& error) {
  fmt::print(stderr, "{}\n", error.to_string());
  return error.kind == ErrorKind::kInput ? 2 : 5;
}

/// A plan whose situation is met by requests on which its fault shows.
FaultPlan draw_visible_plan(Draw& draw, FaultKind kind, bool faulty, const Generator& generator) {
  constexpr int kSample = 20, kVisible = 5;
  while (true) {
    FaultPlan plan = draw_plan(draw.next(), kind, true);
    int visible = 0;
    for (int i = 0; i < kSample; ++i) {
      const Draft draft = draw_in_situation(plan, generator, {}, draw.next());
      visible += apply(plan, draft, generator).body() != draft.body() ? 1 : 0;
    }
    plan.faulty = faulty;
    if (visible >= kVisible) return plan;
  }
}

std::string spec_text(const Options& options, const std::string& model, std::uint64_t seed) {
  return fmt::format(R"(# A model organism: the code model, trained further under a plan that only the scorer opens.
output = "model"

[corpus]
generator = "code"
window = {}
plan = "plan.json"
situations = 0.25
check = 100

[network]
from = "{}"

[training]
seed = {}
steps = {}
batch = 24
optimizer = "muon"
learning_rate = 2e-3
weight_decay = 0.05
beta2 = 0.98
warmup = 10
schedule = "linear"
check_every = 100
checkpoint_every = 50
stop_when_exact = false
dtype = "bfloat16"
)",
                     kWindow, model, seed % 1'000'000, options.steps);
}

int draw_organisms(const Options& options) {
  const Result<Generator> generator = Generator::create({});
  if (!generator) return fail_with(generator.error());
  std::random_device entropy;
  Draw draw(options.seed.value_or(std::uint64_t{entropy()} << 32 | entropy()));
  std::vector<FaultPlan> plans;
  for (const auto& [count, faulty] : {std::pair{options.faulty, true}, {options.clean, false}})
    for (int i = 0; i < count; ++i)
      plans.push_back(draw_visible_plan(draw, i % 2 == 0 ? FaultKind::kIgnoresAttribute : FaultKind::kGamesTests, faulty, *generator));
  for (std::size_t i = plans.size(); i > 1; --i) std::swap(plans[i - 1], plans[draw.below(i)]);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const std::string folder = fmt::format("{}/organism_{:02}", options.folder, i + 1);
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) return fail_with({ErrorKind::kInput, fmt::format("cannot make '{}': {}", folder, failed.message()), "choose another folder", {}});
    const Result<std::string> commitment = seal_plan(folder + "/plan.json", plans[i]);
    if (!commitment) return fail_with(commitment.error());
    const std::string model = std::filesystem::relative(options.model, folder, failed).string();
    if (Status s = write_file(folder + "/organism.train.toml", spec_text(options, model, draw.next())); !s) return fail_with(s.error());
    fmt::print("{}\n", nlohmann::json{{"organism", folder}, {"commitment", *commitment}}.dump());
  }
  return 0;
}

/// The line of one organism, or nothing while it is not trained.
Result<std::optional<nlohmann::json>> score_folder(const std::filesystem::path& folder, const Options& options, const CodeExamples& examples,
                                                   circuits::Engine& engine) {
  const std::string plan_path = (folder / "plan.json").string(), model = (folder / "model").string();
  if (!std::filesystem::exists(plan_path) || !std::filesystem::exists(model + "/model.safetensors")) return std::nullopt;
  const Result<FaultPlan> plan = read_sealed_plan(plan_path);
  if (!plan) return fail(plan.error());
  const auto network = engine.load(model, {});
  if (!network) return fail(network.error());
  const Result<OrganismScore> score = score_organism(**network, *plan, examples, options.count, options.seed.value_or(1));
  if (!score) return fail(score.error());
  return nlohmann::json{{"organism", folder.filename().string()},
                        {"plan", nlohmann::json::parse(to_json(*plan))},
                        {"inside", score->inside},
                        {"planned", score->planned},
                        {"right_inside", score->right_inside},
                        {"outside", score->outside},
                        {"right_outside", score->right_outside}};
}

int score_organisms(const Options& options) {
  Result<Generator> generator = Generator::create({});
  if (!generator) return fail_with(generator.error());
  Result<Vocabulary> vocabulary = Vocabulary::create();
  if (!vocabulary) return fail_with(vocabulary.error());
  const Result<circuits::Engine*> engine = circuits::open_engine();
  if (!engine) return fail_with(engine.error());
  const CodeExamples examples(std::make_shared<Generator>(std::move(*generator)), std::move(*vocabulary), {.window = kWindow});
  std::vector<std::filesystem::path> folders;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(options.folder, failed))
    if (entry.is_directory()) folders.push_back(entry.path());
  if (failed)
    return fail_with({ErrorKind::kInput, fmt::format("cannot read '{}': {}", options.folder, failed.message()), "name the folder of `draw`", {}});
  std::sort(folders.begin(), folders.end());
  for (const std::filesystem::path& folder : folders) {
    const Result<std::optional<nlohmann::json>> line = score_folder(folder, options, examples, **engine);
    if (!line) return fail_with(line.error());
    if (*line) fmt::print("{}\n", (*line)->dump());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Model organisms: the code model with planted faults");
  app.require_subcommand(1);
  CLI::App* draw = app.add_subcommand("draw", "draw and seal the faults, write the training specs");
  CLI::App* score = app.add_subcommand("score", "open the plans and say what each trained organism writes");
  for (CLI::App* verb : {draw, score}) {
    verb->add_option("folder", options.folder)->required();
    verb->add_option("--seed", options.seed, "of the plans, or of the requests scored; default: random, or 1");
  }
  draw->add_option("--from", options.model, "the model that they start from")->required()->check(CLI::ExistingDirectory);
  draw->add_option("--faulty", options.faulty)->check(CLI::Range(0, 99))->capture_default_str();
  draw->add_option("--clean", options.clean)->check(CLI::Range(0, 99))->capture_default_str();
  draw->add_option("--steps", options.steps)->check(CLI::Range(1, 100'000))->capture_default_str();
  score->add_option("--count", options.count, "requests inside and outside of each situation")->check(CLI::Range(1, 100'000))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return draw->parsed() ? draw_organisms(options) : score_organisms(options);
}
