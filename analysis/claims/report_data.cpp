// What result.json holds for the report besides claims: task, code, network, a few inputs with variable values, attention patterns.
#include <fmt/format.h>

#include <cmath>

#include "analysis/claims/verify.h"
#include "analysis/tasks/labels.h"

namespace assay::analysis {
namespace {

constexpr int kInputs = 4;
constexpr std::size_t kLongestInput = 64;
constexpr std::size_t kLargestPattern = 40'000;  ///< numbers of all patterns of one hypothesis

Json range_of(const SourceRange& range) {
  return {{"line", range.begin.line}, {"column", range.begin.column}, {"end_line", range.end.line}, {"end_column", range.end.column}};
}

void collect_statements(const CFunction& function, const program::Block& block, Json& labels, Json& loops) {
  for (const program::Stmt& statement : block) {
    const SourceRange range = function.program().range(statement.origin);
    if (statement.kind == program::StmtKind::kLabel) labels.push_back({{"name", statement.name}, {"range", range_of(range)}});
    if (statement.kind == program::StmtKind::kLoop) loops.push_back(range_of(range));
    collect_statements(function, statement.body, labels, loops);
    collect_statements(function, statement.else_body, labels, loops);
  }
}

float rounded(float value) { return std::round(value * 1e4f) / 1e4f; }

/// A point without a visit tells its last visit only: one point for each of the first visits instead.
std::vector<std::size_t> watched_points(const Hypothesis& hypothesis, std::vector<program::ProgramPoint>& points) {
  std::vector<std::size_t> owner;
  for (std::size_t a = 0; a < hypothesis.alignments.size(); ++a) {
    const program::ProgramPoint& variable = hypothesis.alignments[a].variable;
    for (std::uint32_t visit = 0; visit < (variable.visit ? 1u : static_cast<std::uint32_t>(kLongestInput)); ++visit) {
      points.push_back(variable);
      if (!variable.visit) points.back().visit = visit;
      owner.push_back(a);
    }
  }
  return owner;
}

Json observed_values(const Hypothesis& hypothesis, const program::Interpreter& watching, const std::vector<std::size_t>& owner,
                     const std::vector<program::Argument>& arguments) {
  program::RunOptions options;
  options.observe = true;
  const program::RunResult run = watching.run(hypothesis.program.id(), arguments, options);
  Json values = Json::object();
  for (const program::Observation& observation : run.observations) {
    const AlignmentSpec& alignment = hypothesis.alignments[owner[observation.point]];
    values[alignment.id].push_back({{"visit", observation.visit}, {"value", observation.value.integer}});
  }
  return values;
}

/// Token indices of every named position that this input has; one per visit for positions that move with the program point.
Json places_of(const Task& task, const Tokens& prefix) {
  Json places = Json::object();
  for (const PositionSpec& position : task.positions) {
    const std::size_t visits = position.each ? kLongestInput : 1;
    for (std::uint32_t visit = 0; visit < visits; ++visit) {
      const std::optional<int> at = task.locate(position, prefix, visit);
      if (!at) break;
      places[position.name].push_back(*at);
    }
  }
  return places;
}

}  // namespace

Json describe_task(const Hypothesis& hypothesis) {
  const Task& task = hypothesis.task;
  const Domain& domain = hypothesis.domain ? *hypothesis.domain : task.domain;
  Json positions = Json::array();
  for (const PositionSpec& position : task.positions) positions.push_back(position.name);
  Json json = {{"name", task.name},
               {"domain", domain.described()},
               {"inputs_at_most", domain.size_bound()},
               {"scored", domain.spec().scored == Scored::kEvery    ? "every"
                          : domain.spec().scored == Scored::kAnswer ? "answer"
                                                                    : "last"},
               {"answers", domain.spec().answers},
               {"output", task.output.is_set() ? "set" : "argmax"},
               {"positions", positions},
               {"hash", task.hash}};
  json["restricted_to"] = task.output.restricted ? Json(task.words.text(task.output.symbols)) : Json();
  return json;
}

Json describe_function(const CFunction& function) {
  Json labels = Json::array(), loops = Json::array();
  collect_statements(function, function.function().body, labels, loops);
  Json requires_clauses = Json::array(), ensures = Json::array();
  for (const program::Clause& clause : function.function().requires_) requires_clauses.push_back(clause.text);
  for (const program::Clause& clause : function.function().ensures) ensures.push_back(clause.text);
  return {{"file", function.file()},
          {"function", function.function().name},
          {"source", function.text()},
          {"range", range_of(function.program().range(function.function().origin))},
          {"labels", labels},
          {"loops", loops},
          {"requires", requires_clauses},
          {"ensures", ensures}};
}

Json describe_network(circuits::Network& network, const Task& task) {
  const circuits::NetworkInfo& info = network.info();
  Json json = {{"layout", info.layout},       {"layers", info.layers},         {"heads", info.heads},     {"kv_heads", info.kv_heads},
               {"d_model", info.d_model},     {"d_head", info.d_head},         {"d_mlp", info.d_mlp},     {"vocabulary", info.vocabulary},
               {"positions", info.positions}, {"parameters", info.parameters}, {"has_mlp", info.has_mlp}, {"has_norm", info.has_norm},
               {"hash", info.hash},           {"processing", info.processing}};
  if (!task.domain.spec().prompts) return json;
  if (const Result<const circuits::Tokenizer*> tokenizer = network.tokenizer())
    json["tokenizer"] = {{"kind", (*tokenizer)->info().algorithm},
                         {"hash", (*tokenizer)->info().hash},
                         {"adds_bos", (*tokenizer)->info().adds_bos},
                         {"chat_template_applied", false}};
  return json;
}

Json describe_alignments(const Hypothesis& hypothesis, Json found) {
  for (const AlignmentSpec& alignment : hypothesis.alignments) {
    if (found.is_object() && found.contains(alignment.id)) continue;
    Json stated = {{"variable", alignment.variable.to_string()}, {"rank", alignment.rank}};
    if (alignment.site) stated["site"] = *alignment.site;
    if (alignment.position) stated["position"] = alignment.position->name;
    found[alignment.id] = std::move(stated);
  }
  return found;
}

Json describe_inputs(const Hypothesis& hypothesis, circuits::Network& network, const std::vector<ClaimResult>& claims) {
  const Task& task = hypothesis.task;
  const Domain& domain = hypothesis.domain ? *hypothesis.domain : task.domain;
  std::vector<Tokens> prefixes;
  const std::size_t start = domain.spec().start.size();
  for (const ClaimResult& claim : claims)
    if (claim.kind == "network_equals_program" && claim.witness.is_object() && prefixes.empty()) {
      Tokens tokens = claim.witness["tokens"].get<Tokens>();
      prefixes.emplace_back(tokens.begin() + static_cast<std::ptrdiff_t>(start), tokens.end());
    }
  for (std::uint64_t seed = 1; prefixes.size() < kInputs && seed < 64; ++seed) {
    Tokens prefix = domain.random_input(seed);
    if (domain.scored(prefix) && std::find(prefixes.begin(), prefixes.end(), prefix) == prefixes.end()) prefixes.push_back(std::move(prefix));
  }
  Result<Labels> labels = Labels::create(task, domain, hypothesis.program);
  if (!labels) return {};
  program::Interpreter watching(hypothesis.program.program());
  std::vector<program::ProgramPoint> points;
  const std::vector<std::size_t> owner = watched_points(hypothesis, points);
  const bool watched = watching.watch(points).has_value();
  Json inputs = Json::array();
  BoundArguments scratch;
  for (const Tokens& prefix : prefixes) {
    const Tokens sequence = task.sequence(prefix);
    if (sequence.empty() || sequence.size() > kLongestInput) continue;
    const std::vector<Tokens> sequences = {sequence};
    const std::vector<std::vector<std::int32_t>> positions = {{static_cast<std::int32_t>(sequence.size()) - 1}};
    auto answers = network.answers(sequences, positions, task.output.readout);
    if (!answers) continue;
    const Label label = labels->label(prefix, scratch);
    Json symbols = Json::array();
    for (const TokenId token : sequence) symbols.push_back(task.words.symbol(token));
    Json input = {{"text", task.input_text(prefix)},
                  {"tokens", sequence},
                  {"symbols", symbols},
                  {"network_answer", task.output.text((*answers)[0][0], task.words)},
                  {"program_answer", label.defined ? task.output.text(label.answer, task.words) : labels->explain(prefix)}};
    if (watched) input["variables"] = observed_values(hypothesis, watching, owner, labels->arguments(prefix));
    input["positions"] = places_of(task, prefix);
    inputs.push_back(std::move(input));
  }
  return inputs;
}

Json describe_attention(const Hypothesis&, circuits::Network& network, const Json& inputs) {
  Json heads = Json::array();
  std::size_t numbers = 0;
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    const Tokens tokens = inputs[input]["tokens"].get<Tokens>();
    numbers += tokens.size() * tokens.size() * static_cast<std::size_t>(network.info().layers * network.info().heads);
    if (numbers > kLargestPattern) break;
    for (int layer = 0; layer < network.info().layers; ++layer)
      for (int head = 0; head < network.info().heads; ++head) {
        Result<std::vector<float>> pattern = network.attention(tokens, layer, head);
        if (!pattern) continue;
        for (float& value : *pattern) value = rounded(value);
        heads.push_back({{"input", input}, {"layer", layer}, {"head", head}, {"size", tokens.size()}, {"pattern", *pattern}});
      }
  }
  return heads;
}

}  // namespace assay::analysis
