#include "analysis/claims/hypothesis.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "analysis/claims/claim.h"
#include "analysis/claims/extension.h"
#include "base/files.h"
#include "base/hash.h"

namespace assay::analysis {
namespace {

const std::vector<std::string> kAblations = {"resample", "mean", "mean-positional", "zero"};
const std::vector<std::string> kGrades = {"proved", "bounded", "measured", "unknown", "unsupported", "vacuous", "refuted"};

circuits::Ablation ablation_of(const std::string& name) {
  if (name == "zero") return circuits::Ablation::kZero;
  if (name == "mean") return circuits::Ablation::kMean;
  if (name == "mean-positional") return circuits::Ablation::kMeanPositional;
  return circuits::Ablation::kResample;
}

/// A domain table of a hypothesis or claim: what the task says about answers and scoring stays unless the table says otherwise.
Result<Domain> read_own_domain(TomlTable& table, const Task& task) {
  std::optional<FunctionSource> where;
  DomainSpec spec;
  Domain domain;
  if (!table.has("alphabet") && !table.has("sequence")) {  // only narrower: the task's shape with other lengths or a predicate
    spec = task.domain.spec();
    where = read_function_source(table, "where");
    spec.max_length = length_of(table.integer_or("max_length", spec.max_length));
    spec.min_length = length_of(table.integer_or("min_length", std::min(spec.min_length, spec.max_length)));
    if (Status status = table.finish(); !status) return fail(status.error());
    if (!spec.is_tree() && (table.has("max_length") || table.has("min_length")))
      return input_error("min_length and max_length narrow strings over an alphabet, but the task's domain is none",
                         "declare a domain of its own with fewer symbols", table.where(table.has("max_length") ? "max_length" : "min_length"));
    if (spec.min_length < 0 || spec.max_length < spec.min_length || spec.max_length > kLongestDeclared)
      return input_error(fmt::format("lengths {} to {}", spec.min_length, spec.max_length),
                         fmt::format("use 0 <= min_length <= max_length <= {}", kLongestDeclared), table.where("max_length"));
    if (spec.is_tree()) spec.described += fmt::format(" (here length {} to {})", spec.min_length, spec.max_length);
    domain = task.domain;
    Domain narrowed(spec);
    if (!where && !task.domain.membership_text().empty()) where = task.where;
    domain = narrowed;
  } else if (task.domain.spec().prompts) {
    return input_error("the task's domain is a template of prompts, and this one is not", "narrow it by `where`, or write another task",
                       table.where(table.has("alphabet") ? "alphabet" : "sequence"));
  } else {
    Result<Domain> read = read_domain(table, task.words, task.model, where);
    if (!read) return fail(read.error());
    spec = read->spec();
    spec.scored = task.domain.spec().scored;
    if (!table.has("answer")) spec.answers = task.domain.spec().answers;
    if (!table.has("until")) spec.until = task.domain.spec().until;
    domain = Domain(spec);
  }
  if (Status status = attach_where(domain, where, task.arguments); !status) return fail(status.error());
  return domain;
}

/// One per site: a variable that several heads carry has `sites`.
Result<std::vector<AlignmentSpec>> read_alignment(TomlTable& table, const Task& task, std::set<std::string>& ids,
                                                  std::map<std::string, std::vector<std::string>>& groups) {
  AlignmentSpec alignment;
  const std::string variable = table.text("variable");
  const std::vector<std::string> sites = table.texts("sites");
  if (table.has("site")) alignment.site = table.text("site");
  if (alignment.site && !sites.empty()) table.reject("sites", "an alignment with `site` and `sites`", "list all of them as `sites`");
  const std::string position = table.text_or("position", "");
  alignment.rank = static_cast<int>(table.integer_or("rank", 0));
  if (table.has("subspace")) alignment.subspace_file = relative_to(table.file(), table.text("subspace"));
  if (alignment.rank < 0) table.reject("rank", "a subspace has no negative rank", "use 1 or more, or leave it out for the full vector");
  std::string id = table.text_or("id", "");
  if (Status status = table.finish(); !status) return fail(status.error());
  Result<program::ProgramPoint> point = program::ProgramPoint::parse(variable);
  if (!point) return input_error(point.error().message, point.error().remedy, table.where("variable"));
  alignment.variable = *point;
  if (!position.empty()) {
    Result<PositionSpec> named = task.position(position);
    if (!named) return input_error(named.error().message, named.error().remedy, table.where("position"));
    alignment.position = *named;
  }
  if (id.empty()) id = point->variable;
  const auto add = [&](const std::string& wanted) {
    alignment.id = wanted;
    for (int number = 2; !ids.insert(alignment.id).second; ++number) alignment.id = fmt::format("{}_{}", wanted, number);
  };
  if (sites.empty()) return add(id), std::vector<AlignmentSpec>{alignment};
  std::vector<AlignmentSpec> all;
  for (const std::string& site : sites) {
    alignment.site = site;
    add(id + "." + site);
    groups[id].push_back(alignment.id);
    all.push_back(alignment);
  }
  return all;
}

/// A claim's variable with several sites stands for all of them.
std::vector<std::string> spread(const std::vector<std::string>& variables, const std::map<std::string, std::vector<std::string>>& groups) {
  std::vector<std::string> all;
  for (const std::string& variable : variables) {
    const auto group = groups.find(variable);
    if (group == groups.end()) all.push_back(variable);
    else all.insert(all.end(), group->second.begin(), group->second.end());
  }
  return all;
}

void read_sizes(TomlTable& find, CircuitSpec& circuit) {
  for (const std::int64_t size : find.integers("sizes")) {
    const auto before = circuit.sizes.empty() ? 0 : static_cast<std::int64_t>(circuit.sizes.back());
    if (size <= before) find.reject("sizes", fmt::format("a size of {} behind {}", size, before), "list numbers of edges, the smallest first");
    circuit.sizes.push_back(static_cast<std::size_t>(size));
  }
  if (!circuit.sizes.empty() && circuit.edges > 0) find.reject("sizes", "`edges` and `sizes`", "say how many edges to keep, or what to choose from");
  circuit.carry = find.number_or("carry", circuit.carry);
  if (!(circuit.carry > 0 && circuit.carry < 1))
    find.reject("carry", fmt::format("a share of {}", circuit.carry), "use what the circuit must carry of the difference, 0.9 for example");
}

Result<CircuitSpec> read_circuit_spec(TomlTable& table) {
  CircuitSpec circuit;
  if (table.has("file") == table.has("find")) {
    for (const char* key : {"file", "find"}) table.reject(key, "[circuit] needs either `file` or `find`", "name circuit.json, or say how to find it");
    return fail(table.so_far().error());
  }
  if (table.has("file")) circuit.file = relative_to(table.file(), table.text("file"));
  if (std::optional<TomlTable> find = table.table("find")) {
    circuit.method = find->choice("method", {"exact", "eap", "eap-ig", "acdc"}, "eap-ig");
    circuit.steps = static_cast<int>(find->integer_or("steps", 5));
    circuit.rule =
        find->choice("rule", {"left", "midpoint"}, "left") == "midpoint" ? circuits::IntegrationRule::kMidpoint : circuits::IntegrationRule::kLeft;
    circuit.threshold = find->number_or("threshold", circuit.threshold);
    circuit.ablation = ablation_of(find->choice("ablation", kAblations, "resample"));
    circuit.edges = static_cast<int>(find->integer_or("edges", 0));
    circuit.prune = find->number_or("prune", 0);
    circuit.seed = static_cast<std::uint64_t>(find->integer_or("seed", 1));
    circuit.examples = static_cast<int>(find->integer_or("examples", 0));
    circuit.spans = find->boolean_or("spans", false);
    circuit.by_sign = find->boolean_or("signed", false);
    read_sizes(*find, circuit);
    if (circuit.edges <= 0 && circuit.sizes.empty() && circuit.method != "acdc")
      find->reject("edges", "how many edges to keep is not said", "write edges = N, or sizes = [...] to choose from");
    if (!(circuit.prune >= 0 && circuit.prune < 1))
      find->reject("prune", fmt::format("an effect of {}", circuit.prune),
                   "use the share of the network's effect that an edge must have, 0.001 for example");
    if (circuit.steps < 1 || circuit.steps > 10'000) find->reject("steps", fmt::format("{} steps", circuit.steps), "use 1 to 10,000");
  }
  if (Status status = table.finish(); !status) return fail(status.error());
  return circuit;
}

Result<ClaimSpec> read_claim(TomlTable& table, const Task& task, std::set<std::string>& ids) {
  ClaimSpec claim;
  claim.kind = table.choice("kind", claim_kind_names(), "");
  if (!table.has("kind")) table.reject("kind", "a claim has no kind", "add kind = \"...\"");
  if (table.has("expect")) claim.expect = table.choice("expect", kGrades, "proved");
  if (table.has("extend")) claim.extend = table.text("extend");
  if (Result<ExtensionPlan> plan = parse_extension(claim.extend); !plan) table.reject("extend", plan.error().message, plan.error().remedy);
  if (table.has("threshold")) claim.threshold = table.number("threshold");
  if (table.has("bound")) claim.bound = table.number("bound");
  claim.variables = table.texts("variables");
  claim.slot = table.text_or("slot", "");
  claim.jointly = table.boolean_or("jointly", false);
  for (const std::string& name : table.texts("ablations")) {
    if (std::find(kAblations.begin(), kAblations.end(), name) == kAblations.end()) {
      const std::string near = nearest(name, kAblations);
      table.reject("ablations", fmt::format("\"{}\" is no ablation", name),
                   near.empty() ? "use resample, mean, mean-positional or zero" : fmt::format("did you mean \"{}\"?", near));
    }
    claim.ablations.push_back(ablation_of(name));
  }
  claim.samples = static_cast<std::uint64_t>(std::max<std::int64_t>(0, table.integer_or("samples", 0)));
  claim.max_tokens = table.integer_in("max_tokens", claim.max_tokens, 1, 100'000);
  if (table.has("edges")) claim.most_edges = table.integer_in<std::size_t>("edges", 1, 1, 100'000'000);
  if (table.has("nodes")) claim.most_nodes = table.integer_in<std::size_t>("nodes", 1, 1, 100'000'000);
  claim.random_circuits = table.integer_in("random_circuits", claim.random_circuits, 0, 10'000);
  claim.seed = static_cast<std::uint64_t>(table.integer_or("seed", 1));
  const std::string id = table.text_or("id", claim.kind);
  if (std::optional<TomlTable> domain = table.table("domain")) {
    Result<Domain> own = read_own_domain(*domain, task);
    if (!own) return fail(own.error());
    claim.domain = *own;
  }
  if (Status status = table.finish(); !status) return fail(status.error());
  claim.id = id;
  for (int number = 2; !ids.insert(claim.id).second; ++number) claim.id = fmt::format("{}_{}", id, number);
  return claim;
}

Status read_rest(TomlTable& table, Hypothesis& hypothesis, Hasher& hasher) {
  const std::optional<FunctionSource> program = read_function_source(table, "program");
  const std::optional<FunctionSource> reference = read_function_source(table, "reference");
  std::set<std::string> alignment_ids, claim_ids;
  if (std::optional<TomlTable> domain = table.table("domain")) {
    Result<Domain> own = read_own_domain(*domain, hypothesis.task);
    if (!own) return fail(own.error());
    hypothesis.domain = *own;
    hasher.add(own->fingerprint());
  }
  if (std::optional<TomlTable> circuit = table.table("circuit")) {
    Result<CircuitSpec> read = read_circuit_spec(*circuit);
    if (!read) return fail(read.error());
    hypothesis.circuit = *read;
    if (!read->file.empty()) {
      Result<std::string> text = read_file(read->file);
      if (!text) return fail(text.error());
      hasher.add(*text);
    }
  }
  std::map<std::string, std::vector<std::string>> groups;
  for (TomlTable& entry : table.tables("align")) {
    const Result<std::vector<AlignmentSpec>> alignments = read_alignment(entry, hypothesis.task, alignment_ids, groups);
    if (!alignments) return fail(alignments.error());
    if (const std::string& subspace = alignments->front().subspace_file; !subspace.empty()) {
      Result<std::string> text = read_file(subspace);
      if (!text) return fail(text.error());
      hasher.add(*text);
    }
    hypothesis.alignments.insert(hypothesis.alignments.end(), alignments->begin(), alignments->end());
  }
  for (TomlTable& entry : table.tables("claim")) {
    Result<ClaimSpec> claim = read_claim(entry, hypothesis.task, claim_ids);
    if (!claim) return fail(claim.error());
    if (claim->domain) hasher.add(claim->domain->fingerprint());
    claim->variables = spread(claim->variables, groups);
    hypothesis.claims.push_back(*claim);
  }
  if (!program) table.reject("program", "the hypothesis has no `program`", "write program = { file = \"...\", function = \"...\" }");
  if (Status status = table.finish(); !status) return status;
  Result<CFunction> code = CFunction::load(*program);
  if (!code) return fail(code.error());
  hypothesis.program = *code;
  hasher.add(code->text());
  if (reference) {
    Result<CFunction> spec = CFunction::load(*reference);
    if (!spec) return fail(spec.error());
    hypothesis.reference = *spec;
    hasher.add(spec->text());
  }
  if (hypothesis.claims.empty())
    return input_error("the hypothesis makes no claim", "add [[claim]] with its kind", SourceRange{hypothesis.file, {}, {}});
  Result<Binding> binding = Binding::create(hypothesis.task.domain.spec(), hypothesis.task.arguments, hypothesis.program);
  if (!binding) return fail(binding.error());
  return {};
}

/// Every program point must exist, and every `variables` entry of a claim must name an alignment.
Status check_names(const Hypothesis& hypothesis) {
  std::vector<program::ProgramPoint> points;
  std::vector<std::string> ids;
  for (const AlignmentSpec& alignment : hypothesis.alignments) {
    points.push_back(alignment.variable);
    ids.push_back(alignment.id);
  }
  program::Interpreter interpreter(hypothesis.program.program());
  if (Status status = interpreter.watch(points); !status)
    return input_error(status.error().message, status.error().remedy, SourceRange{hypothesis.file, {}, {}});
  for (const ClaimSpec& claim : hypothesis.claims)
    for (const std::string& variable : claim.variables)
      if (std::find(ids.begin(), ids.end(), variable) == ids.end()) {
        const std::string near = nearest(variable, ids);
        return input_error(fmt::format("claim '{}' names the variable '{}', which is not aligned", claim.id, variable),
                           near.empty() ? "add [[align]] for it" : fmt::format("did you mean '{}'?", near), SourceRange{hypothesis.file, {}, {}});
      }
  return {};
}

}  // namespace

std::string_view name_of(circuits::Ablation ablation) {
  switch (ablation) {
    case circuits::Ablation::kZero: return "zero";
    case circuits::Ablation::kMean: return "mean";
    case circuits::Ablation::kMeanPositional: return "mean-positional";
    case circuits::Ablation::kResample: return "resample";
  }
  return "resample";
}

Result<Hypothesis> read_hypothesis(const std::string& path, const TaskOptions& options) {
  Result<std::string> text = read_file(path);
  if (!text) return fail(text.error());
  Result<TomlTable> table = TomlTable::parse(*text, path);
  if (!table) return fail(table.error());
  Hypothesis hypothesis;
  hypothesis.file = path;
  std::string stem = std::filesystem::path(path).filename().string();
  if (const std::size_t end = stem.find(".hypothesis.toml"); end != std::string::npos) stem.resize(end);
  hypothesis.name = table->text_or("name", stem);
  const std::string task_name = table->text("task");
  if (task_name.empty()) table->reject("task", "the hypothesis names no task", "write task = \"NAME.task.toml\"");
  if (Status status = table->so_far(); !status) return fail(status.error());
  Result<Task> task = read_task(relative_to(path, task_name), options);
  if (!task) return fail(task.error());
  hypothesis.task = std::move(*task);
  if (hypothesis.task.skipped) return hypothesis;
  Hasher hasher;
  hasher.add(*text).add(hypothesis.task.hash);
  if (Status status = read_rest(*table, hypothesis, hasher); !status) return fail(status.error());
  if (Status status = check_names(hypothesis); !status) return fail(status.error());
  hypothesis.hash = hasher.hex();
  return hypothesis;
}

}  // namespace assay::analysis
