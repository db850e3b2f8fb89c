#include "analysis/claims/attention_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/results/graph_names.h"

namespace assay::analysis {
namespace {

constexpr std::size_t kPromptsAtOnce = 8;  ///< between two looks at the session

struct Head {
  int layer = 0, number = 0;
  std::string position;  ///< name of the task's
  auto operator<=>(const Head&) const = default;
  std::string name() const { return fmt::format("a{}.h{}", layer, number); }
  std::string pattern() const { return fmt::format("pattern.{}.{}", layer, number); }
};

struct Weight {
  double score = 0;
  bool aligned = false;
};

struct Chosen {
  std::vector<std::pair<Head, Weight>> rows;
  std::size_t left_out = 0;
  bool by_span = false;
};

/// The head that a query, a pattern or an output belongs to.
std::optional<SiteName> aligned_head(const std::string& name) {
  const std::optional<SiteName> site = read_site(name);
  if (!site || site->head < 0 || (site->kind != "q" && site->kind != "pattern" && site->kind != "attn_out")) return {};
  return site;
}

/// Heads by what the kept edges that leave them carry. Without spans a head is looked at where the prompt ends.
void add_circuit(const Json& circuit, std::map<Head, Weight>& heads) {
  for (const Json& edge : circuit.at("edges")) {
    const std::optional<NodeName> node = read_node(edge.at("from").get<std::string>());
    if (!node || node->kind != 'a') continue;
    Weight& weight = heads[{node->layer, node->head, node->span.empty() ? "last" : node->span}];
    weight.score += edge.at("score").is_number() ? std::abs(edge.at("score").get<double>()) : 0;
  }
}

Chosen choose(const Hypothesis& hypothesis, const Json& circuit) {
  Chosen chosen;
  std::map<Head, Weight> heads;
  if (circuit.is_object()) add_circuit(circuit, heads);
  chosen.by_span = !circuit.is_object() || !circuit.value("spans", Json::array()).empty();
  for (const AlignmentSpec& alignment : hypothesis.alignments)
    if (const auto head = alignment.site && alignment.position ? aligned_head(*alignment.site) : std::nullopt)
      heads[{head->layer, head->head, alignment.position->name}].aligned = true;
  for (const auto& [head, weight] : heads) {
    if (hypothesis.task.position(head.position)) chosen.rows.emplace_back(head, weight);
    else ++chosen.left_out;  // a span of several tokens
  }
  std::stable_sort(chosen.rows.begin(), chosen.rows.end(), [](const auto& a, const auto& b) {
    return a.second.aligned != b.second.aligned ? a.second.aligned : a.second.score > b.second.score;
  });
  if (chosen.rows.size() > kMostAttentionRows) {
    chosen.left_out += chosen.rows.size() - kMostAttentionRows;
    chosen.rows.resize(kMostAttentionRows);
  }
  return chosen;
}

Json token_ranges(const circuits::Tokenizer& tokenizer, const Prompt& prompt) {
  Json ranges = Json::array();
  const Result<circuits::Encoding> encoding = tokenizer.encode(prompt.text);
  if (encoding && encoding->tokens == prompt.tokens)
    for (const circuits::ByteRange& range : encoding->ranges) ranges.push_back({range.begin, range.end});
  return ranges;
}

/// [[token, weight]], without what is hardly looked at.
Json sparse(const float* row, std::size_t length) {
  Json entries = Json::array();
  for (std::size_t at = 0; at < length; ++at)
    if (row[at] >= kLeastAttention) entries.push_back({at, std::round(row[at] * 1e3) / 1e3});
  return entries;
}

/// Patterns of a few prompts; nothing where the network cannot say.
Json prompts_json(const Task& task, const Chosen& chosen, std::span<const Prompt* const> prompts, circuits::Network& network,
                  const circuits::Tokenizer& tokenizer) {
  std::vector<std::string> sites;
  for (const auto& [head, weight] : chosen.rows) sites.push_back(head.pattern());
  std::vector<Tokens> sequences;
  std::vector<std::vector<std::optional<int>>> found;
  std::vector<std::vector<std::int32_t>> positions;
  for (const Prompt* prompt : prompts) {
    sequences.push_back(task.sequence(prompt->tokens));
    found.emplace_back();
    positions.emplace_back();
    for (const auto& [head, weight] : chosen.rows) {
      found.back().push_back(task.locate(*task.position(head.position), prompt->tokens));
      positions.back().push_back(found.back().back().value_or(0));
    }
  }
  const Result<std::vector<std::vector<float>>> values = network.read_sites(sequences, positions, sites);
  if (!values) return {};
  Json list = Json::array();
  for (std::size_t p = 0; p < prompts.size(); ++p) {
    Json rows = Json::array(), places = Json::object();
    for (std::size_t r = 0; r < sites.size(); ++r) {
      const std::size_t width = (*values)[r].size() / prompts.size();
      if (found[p][r]) rows.push_back(sparse((*values)[r].data() + p * width, std::min(width, sequences[p].size())));
      else rows.push_back(Json());
    }
    for (const PositionSpec& position : task.positions)
      if (const std::optional<int> at = position.each ? std::nullopt : task.locate(position, prompts[p]->tokens)) places[position.name] = *at;
    list.push_back({{"text", prompts[p]->text}, {"tokens", token_ranges(tokenizer, *prompts[p])}, {"positions", places}, {"rows", rows}});
  }
  return list;
}

Json rows_json(const Chosen& chosen) {
  Json rows = Json::array();
  for (const auto& [head, weight] : chosen.rows)
    rows.push_back({{"node", chosen.by_span ? fmt::format("{}@{}", head.name(), head.position) : head.name()},
                    {"head", head.name()},
                    {"position", head.position},
                    {"score", weight.score},
                    {"aligned", weight.aligned}});
  return rows;
}

}  // namespace

Json describe_attention_rows(const Hypothesis& hypothesis, const Json& circuit, circuits::Network& network, Session& session) {
  const Domain& domain = hypothesis.domain ? *hypothesis.domain : hypothesis.task.domain;
  if (!domain.spec().prompts) return {};
  const Chosen chosen = choose(hypothesis, circuit);
  const Result<const circuits::Tokenizer*> tokenizer = network.tokenizer();
  if (chosen.rows.empty() || !tokenizer) return {};
  std::vector<const Prompt*> prompts;
  for (const Prompt& prompt : domain.spec().prompts->all())
    if (domain.scored(prompt.tokens)) prompts.push_back(&prompt);
  const std::size_t all = prompts.size();
  prompts.resize(std::min(all, kMostAttentionPrompts));
  Json list = Json::array();
  for (std::size_t begin = 0; begin < prompts.size(); begin += kPromptsAtOnce) {
    if (session.cancelled()) return {};
    const std::size_t count = std::min(kPromptsAtOnce, prompts.size() - begin);
    const Json some = prompts_json(hypothesis.task, chosen, std::span(prompts).subspan(begin, count), network, **tokenizer);
    if (some.is_null()) return {};
    list.insert(list.end(), some.begin(), some.end());
  }
  return {{"rows", rows_json(chosen)}, {"rows_left_out", chosen.left_out}, {"prompts", list}, {"prompts_left_out", all - prompts.size()}};
}

}  // namespace assay::analysis
