#include "analysis/localisation/switch_off.h"

#include <charconv>

#include "analysis/bench/task_judge.h"

namespace assay::analysis::localisation {
namespace {

using namespace code_tasks;

constexpr int kMostTokens = 200;
constexpr std::size_t kWindow = 320;

/// A request that shows an example, as the network reads it with and without.
struct Asked {
  Request request;
  circuits::Tokens prompt, without_example;
};

Result<std::vector<Asked>> draw(const Generator& generator, const Vocabulary& vocabulary, const SwitchOptions& options) {
  std::vector<Asked> asked;
  Draw seeds(options.seed);
  while (static_cast<int>(asked.size()) < options.count) {
    const std::uint64_t own = seeds.next();
    const Draft draft = generator.draft(own, {.example_share = 1});
    if (!draft.shown || !draft.is_valid_file()) continue;
    Result<Request> request = generator.request_of(draft, own, "r" + std::to_string(asked.size() + 1));
    if (!request) return fail(request.error());
    const std::optional<std::string> without = prompt_without_example(*request);
    if (!without) continue;
    const auto prompt = vocabulary.encode(request->prompt), beside = vocabulary.encode(*without);
    if (!prompt || !beside || prompt->size() + kMostTokens > kWindow) continue;
    asked.push_back({std::move(*request), *prompt, *beside});
  }
  return asked;
}

Result<std::vector<circuits::Generation>> written(circuits::Network& network, const std::vector<Asked>& asked,
                                                  const std::vector<circuits::Intervention::Taken>& nodes, Session& session) {
  circuits::GenerationRequest request{.max_tokens = kMostTokens};
  request.intervention.where = circuits::Intervention::Where::kAnswer;
  request.intervention.taken = nodes;
  for (const Asked& one : asked) {
    request.prompts.push_back(one.prompt);
    if (!nodes.empty()) request.beside.push_back(one.without_example);
  }
  return network.generate(request, session);
}

Result<bool> is_proved(const bench::TaskJudge& judge, const std::string& answer, const Session& session) {
  const Result<bench::Judgement> judgement = judge.run(bench::answer_text(judge.task(), answer), session);
  if (!judgement) return fail(judgement.error());
  return label_of(*judgement) == bench::Label::kProved;
}

}  // namespace

SwitchCounts& SwitchCounts::operator+=(const SwitchCounts& other) {
  requests += other.requests;
  changed += other.changed;
  proved_before += other.proved_before;
  proved_after += other.proved_after;
  became_proved += other.became_proved;
  no_longer_proved += other.no_longer_proved;
  return *this;
}

SwitchCounts SwitchedOff::all() const {
  SwitchCounts sum;
  for (const auto& [family, counts] : families) sum += counts;
  return sum;
}

std::optional<circuits::Intervention::Taken> read_node(std::string_view name) {
  circuits::Intervention::Taken node;
  const char* const end = name.data() + name.size();
  if (name.empty() || (name[0] != 'm' && name[0] != 'a')) return {};
  const auto [behind, bad] = std::from_chars(name.data() + 1, end, node.layer);
  if (bad != std::errc() || name[0] == 'm') return bad == std::errc() && behind == end ? std::optional(node) : std::nullopt;
  if (end - behind < 3 || behind[0] != '.' || behind[1] != 'h') return {};
  const auto [rest, wrong] = std::from_chars(behind + 2, end, node.head);
  return wrong == std::errc() && rest == end && node.head >= 0 ? std::optional(node) : std::nullopt;
}

Result<SwitchedOff> switch_off(circuits::Network& network, const Generator& generator, const Vocabulary& vocabulary, const SwitchOptions& options,
                               Session& session) {
  const Result<std::vector<Asked>> asked = draw(generator, vocabulary, options);
  if (!asked) return fail(asked.error());
  const auto before = written(network, *asked, {}, session), after = written(network, *asked, options.nodes, session);
  if (!before) return fail(before.error());
  if (!after) return fail(after.error());
  SwitchedOff done;
  session.progress.stage("judge", asked->size());
  for (std::size_t i = 0; i < asked->size(); ++i) {
    if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again", {}});
    SwitchCounts& family = done.families[(*asked)[i].request.family];
    family += {.requests = 1};
    session.progress.step(i + 1);
    if ((*after)[i].text == (*before)[i].text) continue;
    const Result<bench::TaskJudge> judge = bench::TaskJudge::create(bench::task_of((*asked)[i].request), {}, session);
    if (!judge) return fail(judge.error());
    const Result<bool> was = is_proved(*judge, (*before)[i].text, session), is = is_proved(*judge, (*after)[i].text, session);
    for (const Result<bool>* one : {&was, &is})
      if (!*one) return fail(one->error());
    family += {0, 1, *was, *is, !*was && *is, *was && !*is};
  }
  return done;
}

}  // namespace assay::analysis::localisation
