#include "analysis/bench/suite.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <set>

#include "analysis/bench/prompt_tasks.h"
#include "base/files.h"
#include "base/toml.h"

namespace assay::analysis::bench {
namespace {

constexpr int kMostSamples = 1000;
constexpr int kMostTokens = 4096;
constexpr int kMostRequests = 100'000;
constexpr int kMostAlternatives = 20;
constexpr int kMostRandomRuns = 10'000'000;

void read_sampling(TomlTable& table, Sampling& sampling) {
  sampling.samples = table.integer_in("samples", sampling.samples, 1, kMostSamples);
  sampling.temperature = table.number_in("temperature", sampling.temperature, 0, 100);
  sampling.top_p = table.number_in("top_p", sampling.top_p, 0, 1);
  sampling.seed = table.integer_in("seed", std::uint64_t{1}, 0, INT64_MAX);
  sampling.max_tokens = table.integer_in("max_tokens", sampling.max_tokens, 1, kMostTokens);
  sampling.alternatives = table.integer_in("alternatives", sampling.alternatives, 0, kMostAlternatives);
  if (table.has("stop")) sampling.stop = table.texts("stop");
  if (table.has("chat")) sampling.chat = table.text("chat");
  if (sampling.samples > 1 && sampling.temperature == 0)
    table.reject("samples", "several samples at temperature 0 are all the same", "set a temperature, or samples = 1");
}

void read_budget(TomlTable& table, VerificationBudget& budget) {
  budget.rlimit = table.integer_in("rlimit", budget.rlimit, 1, INT64_MAX);
  budget.wall_seconds = table.number_in("wall_seconds", budget.wall_seconds, 0.1, 86'400);
  budget.elements = table.integer_in("elements", budget.elements, 1, 64);
  budget.test_seconds = table.number_in("test_seconds", budget.test_seconds, 0.1, 3'600);
  budget.random_runs = table.integer_in("random_runs", std::uint64_t{0}, 0, kMostRandomRuns);
  budget.doomed = table.boolean_or("doomed", budget.doomed);
  budget.sites = table.boolean_or("sites", budget.sites);
  if (table.has("bound")) budget.bound = table.integer_in("bound", 8, 1, 100'000);
}

code_tasks::Draws draws_of(const std::string& name) {
  return name == "seen" ? code_tasks::Draws::kSeen : name == "held_out" ? code_tasks::Draws::kHeldOut : code_tasks::Draws::kAll;
}

Result<DrawnRequests> drawn(TomlTable& table, const SuiteOptions& suite) {
  table.choice("generator", {"code"}, "code");
  code_tasks::DraftOptions options;
  auto count = table.integer_in("count", std::size_t{200}, 1, kMostRequests);
  const auto seed = table.integer_in("seed", std::uint64_t{1}, 0, INT64_MAX);
  const auto split_seed = table.integer_in("split_seed", std::uint64_t{1}, 0, INT64_MAX);
  options.combinations = draws_of(table.choice("combinations", {"seen", "held_out", "all"}, "all"));
  options.names = table.choice("names", {"seen", "held_out"}, "seen") == "seen" ? code_tasks::NameSplit::kSeen : code_tasks::NameSplit::kHeldOut;
  options.example_share = table.number_in("examples", options.example_share, 0, 1);
  options.earlier_share = table.number_in("earlier", options.earlier_share, 0, 1);
  if (Status status = table.finish(); !status) return fail(status.error());
  if (suite.limit > 0) count = std::min(count, suite.limit);
  Result<code_tasks::Generator> generator = code_tasks::Generator::create({.split_seed = split_seed});
  if (!generator) return fail(generator.error());
  return draw_requests(*generator, options, count, seed, suite.variants);
}

Result<DrawnRequests> requests_of(const std::string& path, TomlTable& table, const SuiteOptions& options) {
  if (!table.has("file")) return drawn(table, options);
  if (options.variants)
    return input_error("variations are made by the generator, and the suite's requests come from a file",
                       "let [requests] draw them, or leave out --variants", table.where("file"));
  const std::string file = relative_to(path, table.text("file"));
  if (Status status = table.finish(); !status) return fail(status.error());
  Result<std::vector<Request>> requests = code_tasks::read_requests(file);
  if (!requests) return fail(requests.error());
  if (options.limit > 0 && requests->size() > options.limit) requests->resize(options.limit);
  return DrawnRequests{std::move(*requests), {}};
}

constexpr std::size_t kMostRepairs = 200;  ///< doses of all repairs of all models

/// A [[repair]]: its doses, and the models that have it (none named: all).
struct RepairEntry {
  std::vector<Repair> doses;
  std::vector<std::string> models;
};

/// What a patch takes its values from: { slot = ["text"] }.
void read_patch(TomlTable& table, Repair& repair) {
  std::optional<TomlTable> from = table.table("from");
  if (!from) return;
  Patch& patch = repair.patch.emplace();
  for (const std::string& slot : from->keys()) {
    patch.from.emplace_back(slot, from->texts(slot));
    if (patch.from.back().second.empty()) from->reject(slot, "a patch from a slot without texts", "list the texts that fill it in the other runs");
  }
  if (patch.from.empty())
    table.reject("from", "a patch from the prompt as it is changes nothing", "name a slot and the texts that fill it in the other runs");
  for (const auto& [layer, head] : repair.heads) patch.parts.push_back({.layer = layer, .head = head});
  for (const std::string& name : table.texts("sites"))
    if (const auto part = read_part(name); part && part->part != circuits::Intervention::Part::kOutput) patch.parts.push_back(*part);
    else
      table.reject("sites", fmt::format("'{}' is no query, key or value of a head", name),
                   "write q.LAYER.HEAD, k.LAYER.HEAD or v.LAYER.HEAD, as in v.18.6");
  patch.position = table.text_or("position", "");
  if (patch.parts.empty()) table.reject("from", fmt::format("the patch '{}' names nothing to patch", repair.name), "name heads, or sites");
  if (repair.where != circuits::Intervention::Where::kSite)
    table.reject("at", "a patch behind the prompt: there is no other run of what is written", "leave `at` out, or name a `position` of the prompt");
  repair.heads.clear();  // they are the patch's
}

RepairEntry read_repair(TomlTable& table) {
  using Where = circuits::Intervention::Where;
  Repair repair{.name = table.text("name")};
  const std::string at = table.choice("at", {"site", "answer", "everywhere"}, "site");
  repair.where = at == "site" ? Where::kSite : at == "answer" ? Where::kAnswer : Where::kEverywhere;
  for (const std::string& name : table.texts("heads"))
    if (const auto head = read_head(name)) repair.heads.push_back(*head);
    else table.reject("heads", fmt::format("'{}' is no attention head", name), "write aLAYER.hHEAD, counted from 0, as in a18.h6");
  read_patch(table, repair);
  repair.tokens = table.texts("tokens");
  const std::vector<double> scales = table.numbers("scale"), biases = table.numbers("bias"), shares = table.numbers("share");
  const bool by_patch = repair.patch.has_value(), by_heads = !by_patch && table.has("heads"), by_tokens = table.has("tokens");
  if (by_patch + by_heads + by_tokens != 1 || shares.empty() == by_patch || scales.empty() == by_heads || biases.empty() == by_tokens)
    table.reject(
        "name",
        fmt::format("repair '{}' must have either heads and their scale, or tokens and their bias, or what to patch from and the share", repair.name),
        "write heads = [...] with scale = [...], tokens = [...] with bias = [...], or heads or sites with from = { slot = [...] } and share = [...]");
  RepairEntry entry{{}, table.texts("models")};
  for (const double dose : by_patch ? shares : by_heads ? scales : biases) {
    entry.doses.push_back(repair);
    Repair& last = entry.doses.back();
    (by_patch ? last.share : by_heads ? last.scale : last.bias) = dose;
  }
  return entry;
}

/// The runs that patches take their values from.
Status find_sources(const Task& task, std::vector<RepairEntry>& repairs) {
  for (RepairEntry& entry : repairs) {
    if (!entry.doses.front().patch) continue;
    Result<std::vector<PatchSource>> sources = patch_sources(task, *entry.doses.front().patch);
    if (!sources) return fail(sources.error());
    for (Repair& dose : entry.doses) dose.sources = *sources;
  }
  return {};
}

/// A model that was made from another one is compared with it.
Status compare_with_origins(const std::string& path, Suite& suite) {
  for (SuiteModel& model : suite.models) {
    if (!model.repair) continue;
    std::vector<std::string> names;
    for (const SuiteModel& other : suite.models)
      if (!other.repair) names.push_back(other.name);
    if (std::find(names.begin(), names.end(), model.repair->of) != names.end()) continue;
    return input_error(
        fmt::format("model '{}' is compared with '{}', which is no model of the suite that stands for itself", model.name, model.repair->of),
        fmt::format("name one of '{}'", fmt::join(names, "', '")), SourceRange{path, {}, {}});
  }
  return {};
}

/// Every model is followed by the doses of its repairs, each of which is a model too.
Status add_repairs(const std::string& path, const std::vector<RepairEntry>& repairs, Suite& suite) {
  std::vector<SuiteModel> all;
  for (const SuiteModel& model : suite.models) {
    all.push_back(model);
    for (const RepairEntry& entry : repairs) {
      if (!entry.models.empty() && std::find(entry.models.begin(), entry.models.end(), model.name) == entry.models.end()) continue;
      for (const Repair& dose : entry.doses) {
        SuiteModel& repaired = all.emplace_back(model);
        repaired.name = fmt::format("{}, {} {}", model.name, dose.name, dose.dose());
        repaired.repair = dose;
        repaired.repair->of = model.name;
      }
    }
  }
  if (all.size() > suite.models.size() + kMostRepairs)
    return input_error(fmt::format("the repairs have {} doses in all models together", all.size() - suite.models.size()),
                       fmt::format("use at most {}", kMostRepairs), SourceRange{path, {}, {}});
  suite.models = std::move(all);
  return {};
}

/// [unrelated]: texts on which a repair should change nothing.
Status read_unrelated(const std::string& path, TomlTable& table, Suite& suite) {
  std::optional<TomlTable> unrelated = table.table("unrelated");
  if (!unrelated) return {};
  for (const std::string& file : unrelated->texts("files")) {
    Result<std::string> text = read_file(relative_to(path, file));
    if (!text) return fail(text.error());
    suite.unrelated.push_back(std::move(*text));
  }
  return {};
}

/// [prediction]: who predicts the decisions at the prompts' ends.
Status read_prediction(TomlTable& table, Task task, const SuiteOptions& options, Suite& suite) {
  const std::optional<FunctionSource> rule = read_function_source(table, "rule"), demanded = read_function_source(table, "demanded");
  if (!rule) table.reject("rule", "[prediction] names no rule", R"(write rule = { file = "rule.c", function = "..." })");
  if (!demanded) table.reject("demanded", "[prediction] does not say what is demanded", R"(write demanded = { file = "rule.c", function = "..." })");
  const std::string probe = table.text_or("probe", "");
  const std::optional<FunctionSource> probe_where = read_function_source(table, "probe_where");
  if (probe_where && probe.empty()) table.reject("probe_where", "it says which prompts of `probe` count, and there is no `probe`", "name the task");
  if (Status status = table.finish(); !status) return status;
  Result<CFunction> ruled = CFunction::load(*rule), right = CFunction::load(*demanded);
  if (!ruled) return fail(ruled.error());
  if (!right) return fail(right.error());
  suite.prediction = PredictionSource{std::move(task), std::move(*ruled), std::move(*right), {}};
  if (probe.empty()) return {};
  Result<Task> trained_on = read_task(relative_to(table.file(), probe), {options.models});
  if (!trained_on) return fail(trained_on.error());
  if (trained_on->output.symbols != suite.prediction->task.output.symbols || trained_on->model != suite.prediction->task.model)
    return input_error(fmt::format("{} has another model or other output symbols than the suite's task", probe),
                       "train the probe on a task of the same decision", table.where("probe"));
  if (Status status = attach_where(trained_on->domain, probe_where, trained_on->arguments); !status) return status;
  suite.prediction->probe = std::move(*trained_on);
  return {};
}

/// The prompts of a task; its model answers where the suite names none. Where the model is missing there are no prompts.
Status read_prompts(const std::string& path, TomlTable& requests, TomlTable& suite_table, const SuiteOptions& options,
                    std::vector<RepairEntry>& repairs, Suite& suite) {
  if (options.variants)
    return input_error("variations are made by the generator, and the suite's requests are prompts", "leave out --variants", requests.where("task"));
  const std::string file = relative_to(path, requests.text("task"));
  const std::optional<FunctionSource> where = read_function_source(requests, "where");
  if (Status status = requests.finish(); !status) return status;
  Result<Task> task = read_task(file, {options.models});
  if (!task) return fail(task.error());
  if (where && task->where)
    return input_error(fmt::format("{} has a `where` of its own", file), "leave out the suite's, or join both in one function",
                       requests.where("where"));
  if (!task->skipped)
    if (Status status = attach_where(task->domain, where, task->arguments); !status) return status;
  if (suite.models.empty()) suite.models.push_back({std::filesystem::path(task->model).filename().string(), task->model, {}});
  std::optional<TomlTable> prediction = suite_table.table("prediction");
  if (task->skipped) {
    for (SuiteModel& model : suite.models) model.missing = *task->skipped;
    if (prediction) {
      for (const char* key : {"rule", "demanded", "probe_where"}) read_function_source(*prediction, key);
      prediction->text_or("probe", "");
    }
    return {};
  }
  Result<std::vector<CodeTask>> tasks = tasks_of_prompts(*task);
  if (!tasks) return fail(tasks.error());
  if (Status status = find_sources(*task, repairs); !status) return status;
  if (options.limit > 0 && tasks->size() > options.limit) tasks->resize(options.limit);
  suite.tasks = std::move(*tasks);
  return prediction ? read_prediction(*prediction, std::move(*task), options, suite) : Status();
}

Status read_requests(const std::string& path, TomlTable& table, const SuiteOptions& options, Suite& suite) {
  Result<DrawnRequests> read = requests_of(path, table, options);
  if (!read) return fail(read.error());
  suite.requests = std::move(read->requests);
  suite.variations = std::move(read->variations);
  for (const Request& request : suite.requests) suite.tasks.push_back(task_of(request));
  for (const Variation& variation : suite.variations) suite.tasks[variation.task].variation = variation.kind;
  return {};
}

/// "end: exclusive -> inclusive"
std::string difference(const Request& base, const Request& other) {
  for (std::size_t i = 0; i < base.attributes.size(); ++i)
    if (base.attributes[i] != other.attributes[i])
      return fmt::format("{}: {} -> {}", base.attributes[i].first, base.attributes[i].second, other.attributes[i].second);
  return {};
}

Status read_models(const std::string& path, TomlTable& table, const SuiteOptions& options, Suite& suite) {
  std::set<std::string> names;
  for (TomlTable& entry : table.tables("model")) {
    SuiteModel model;
    model.name = entry.text("name");
    ModelPath found = resolve_model_path(path, entry.text("path"), options.models);
    model.path = std::move(found.path);
    model.missing = std::move(found.missing);
    if (const std::string of = entry.text_or("of", ""); !of.empty()) model.repair = Repair{.name = model.name, .of = of, .other_weights = true};
    if (!names.insert(model.name).second) entry.reject("name", fmt::format("two models are named '{}'", model.name), "give each a name of its own");
    suite.models.push_back(std::move(model));
  }
  return {};
}

}  // namespace

Result<DrawnRequests> draw_requests(const code_tasks::Generator& generator, const code_tasks::DraftOptions& options, std::size_t count,
                                    std::uint64_t seed, bool variants) {
  DrawnRequests drawn;
  std::vector<std::pair<code_tasks::Draft, std::uint64_t>> drafts;
  code_tasks::Draw draw(seed);
  while (drafts.size() < count) {
    const std::uint64_t own = draw.next();
    code_tasks::Draft draft = generator.draft(own, options);
    if (!draft.is_valid_file()) continue;
    drafts.emplace_back(std::move(draft), own);
    Result<Request> request = generator.request_of(drafts.back().first, own, fmt::format("r{:04}", drafts.size()));
    if (!request) return fail(request.error());
    drawn.requests.push_back(std::move(*request));
  }
  if (!variants) return drawn;
  for (std::size_t base = 0; base < count; ++base)
    for (const code_tasks::Change change : code_tasks::kChanges) {
      const auto& [draft, own] = drafts[base];
      const std::optional<code_tasks::Draft> changed = generator.changed(draft, change, own);
      if (!changed || !changed->is_valid_file()) continue;
      const std::string kind(name_of(change));
      Result<Request> request = generator.request_of(*changed, own, drawn.requests[base].id + "." + kind);
      if (!request) return fail(request.error());
      drawn.variations.push_back({base, drawn.requests.size(), kind, difference(drawn.requests[base], *request)});
      drawn.requests.push_back(std::move(*request));
    }
  return drawn;
}

Result<Suite> read_suite(const std::string& path, const SuiteOptions& options) {
  Result<TomlTable> table = TomlTable::read(path);
  if (!table) return fail(table.error());
  Suite suite{.file = path};
  if (Status status = read_models(path, *table, options, suite); !status) return fail(status.error());
  if (std::optional<TomlTable> sampling = table->table("sampling")) read_sampling(*sampling, suite.sampling);
  if (std::optional<TomlTable> budget = table->table("verification")) read_budget(*budget, suite.budget);
  std::vector<RepairEntry> repairs;
  std::optional<TomlTable> requests = table->table("requests");
  for (TomlTable& entry : table->tables("repair")) {
    repairs.push_back(read_repair(entry));
    if (requests && !requests->has("task") && entry.has("from"))
      entry.reject("from", "a patch takes its values from other prompts of a task, and the suite's requests are no prompts",
                   "name a `task` in [requests]");
    if (Status status = entry.finish(); !status) return fail(status.error());
  }
  if (!requests) {
    table->reject("requests", "the suite has no [requests]", "name a file of requests, or let the generator draw them");
    return fail(table->finish().error());
  }
  Status read =
      requests->has("task") ? read_prompts(path, *requests, *table, options, repairs, suite) : read_requests(path, *requests, options, suite);
  if (!read) return fail(read.error());
  if (Status status = compare_with_origins(path, suite); !status) return fail(status.error());
  if (Status status = add_repairs(path, repairs, suite); !status) return fail(status.error());
  if (Status status = read_unrelated(path, *table, suite); !status) return fail(status.error());
  if (Status status = table->finish(); !status) return fail(status.error());
  if (suite.models.empty()) return input_error("the suite names no model", "add [[model]] with name and path", SourceRange{path, {}, {}});
  return suite;
}

}  // namespace assay::analysis::bench
