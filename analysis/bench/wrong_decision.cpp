#include "analysis/bench/wrong_decision.h"

#include <algorithm>

#include "analysis/bench/meaning.h"
#include "solver/completions/completions.h"

namespace assay::analysis::bench {
namespace {

using solver::Completions;
using solver::Hole;
using solver::HoleGrammar;

constexpr std::uint64_t kRlimit = 4'000'000;  ///< of one query: there are many
constexpr double kWallSeconds = 10;

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }
bool is_operator(char c) { return std::string_view("<>=!&|+-*/%^").find(c) != std::string_view::npos; }

/// Within a UTF-8 character.
bool continues(std::string_view text, std::size_t at) { return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; }

/// Where the word, operator or character that `at` lies in begins.
std::size_t start_of_token(std::string_view text, std::size_t at) {
  for (const auto part : {is_word, is_operator}) {
    std::size_t begin = at;
    while (begin > 0 && part(text[begin - 1])) --begin;
    if (at < text.size() && part(text[at])) return begin;
  }
  while (at > 0 && continues(text, at)) --at;
  return at;
}

std::string token_at(std::string_view text, std::size_t begin) {
  if (begin >= text.size()) return {};
  std::size_t end = begin + 1;
  for (const auto part : {is_word, is_operator})
    if (part(text[begin]))
      while (end < text.size() && part(text[end])) ++end;
  while (continues(text, end)) ++end;
  return std::string(text.substr(begin, end - begin));
}

/// The token from which on two texts differ: `<` where one goes on with `=` and the other does not.
OtherToken difference(const std::string& written, const std::string& right, std::size_t from) {
  const std::size_t common = std::min(written.size(), right.size());
  const auto at = static_cast<std::size_t>(
      std::mismatch(written.begin(), written.begin() + static_cast<std::ptrdiff_t>(common), right.begin()).first - written.begin());
  const std::size_t begin = std::max(from, std::min(start_of_token(written, at), start_of_token(right, at)));
  const std::string token = token_at(written, begin);
  return {"text", begin, begin + token.size(), token, token_at(right, begin)};
}

/// `inserted`: bytes that the solver's text has before the function's body and the answer's has not.
std::vector<OtherToken> tokens_of(const HoleGrammar& grammar, const std::vector<solver::Filling>& fillings, std::size_t inserted) {
  std::vector<OtherToken> tokens;
  for (const solver::Filling& filling : fillings) {
    const Hole& hole = grammar.holes()[filling.hole];
    tokens.push_back({std::string(name_of(hole.kind)), hole.begin - inserted, hole.end - inserted, hole.written, hole.others[filling.other]});
  }
  return tokens;
}

std::vector<std::vector<program::Argument>> known_inputs(const TaskJudge& judge, const Judgement& judgement) {
  std::vector<std::vector<program::Argument>> inputs;
  for (const auto* tests : {&judge.task().visible, &judge.task().hidden})
    for (const TestCase& test : *tests) inputs.push_back(arguments_of(test));
  for (const Finding* finding : {&judgement.safety, &judgement.meaning})
    if (!finding->arguments.empty()) inputs.push_back(finding->arguments);
  return inputs;
}

WrongDecision decision_of(const HoleGrammar& grammar, const Completions& found, std::size_t inserted) {
  WrongDecision decision{.others = tokens_of(grammar, found.fillings, inserted),
                         .holes = grammar.holes().size(),
                         .changes = static_cast<std::uint64_t>(found.changes),
                         .completions = found.size,
                         .tried = found.tried,
                         .unending = found.unending,
                         .queries = static_cast<std::uint64_t>(found.queries),
                         .reason = found.reason,
                         .out_of_time = found.out_of_time};
  switch (found.state) {
    case Completions::State::kFound: decision.state = WrongDecision::State::kFound; break;
    case Completions::State::kNone: decision.state = WrongDecision::State::kNoCompletion; break;
    case Completions::State::kUndecided: decision.state = WrongDecision::State::kUndecided; break;
  }
  return decision;
}

/// A right text that agrees with the answer for longer shows that the answer could still have become right.
void take_right_text(const CodeTask& task, const std::string& answer, const std::string& right, WrongDecision& decision) {
  const std::size_t body = task.prompt.size();
  if (decision.state == WrongDecision::State::kUndecided || !right.starts_with(task.prompt) || answer == right) return;
  OtherToken other = difference(answer, right, body);
  if (other.begin <= body || (!decision.others.empty() && other.begin <= decision.others.front().begin)) return;
  decision.state = WrongDecision::State::kFound;
  decision.others = {std::move(other)};
}

}  // namespace

std::string_view name_of(WrongDecision::State state) {
  switch (state) {
    case WrongDecision::State::kFound: return "found";
    case WrongDecision::State::kNoCompletion: return "no completion";
    case WrongDecision::State::kUndecided: return "undecided";
  }
  return "";
}

bool went_wrong(const Judgement& judgement) {
  const Label label = label_of(judgement);
  return judgement.has_reference && judgement.unsupported.empty() && (label == Label::kWrong || label == Label::kUnsafe);
}

Result<WrongDecision> find_wrong_decision(const TaskJudge& judge, const std::string& text, const Judgement& judgement,
                                          const std::vector<std::string>& right_texts, const Session& session) {
  QuietSession quiet(session, 1);
  Result<LoweredCode> code = lower_answer(judge, text, quiet);
  if (!code && code.error().kind == ErrorKind::kBudget) return WrongDecision{.reason = code.error().message, .out_of_time = true};
  if (!code) return fail(code.error());
  const CodeTask& task = judge.task();
  const std::string read = with_preconditions(task, text);
  const std::size_t inserted = read.size() - text.size();
  const HoleGrammar grammar = HoleGrammar::of(code->program, *code->function, read, task.prompt.size() + inserted);
  solver::SolverOptions options = judge.options();
  options.rlimit = std::min(options.rlimit, kRlimit);
  options.wall_seconds = std::min(options.wall_seconds, kWallSeconds);
  const LoweredCode& reference = *judge.reference();
  const solver::CompletionGoal goal{reference.program, *reference.function, known_inputs(judge, judgement)};
  Result<Completions> found = solver::latest_correct(grammar, goal, options, {}, quiet);
  if (!found) return fail(found.error());
  WrongDecision decision = decision_of(grammar, *found, inserted);
  if (task.ends_with_declaration()) take_right_text(task, text, answer_text(task, task.reference_body), decision);
  for (const std::string& right : right_texts) take_right_text(task, text, right, decision);
  return decision;
}

Json to_json(const WrongDecision& decision) {
  Json others = Json::array();
  for (const OtherToken& other : decision.others)
    others.push_back({{"kind", other.kind}, {"begin", other.begin}, {"end", other.end}, {"written", other.written}, {"instead", other.instead}});
  return {{"state", name_of(decision.state)},
          {"tokens", others},
          {"holes", decision.holes},
          {"changes", decision.changes},
          {"completions", decision.completions},
          {"tried", decision.tried},
          {"unending", decision.unending},
          {"queries", decision.queries},
          {"reason", decision.reason}};
}

std::optional<WrongDecision> wrong_decision_from_json(const Json& json) {
  try {
    WrongDecision decision{.holes = json.at("holes").get<std::uint64_t>(),
                           .changes = json.at("changes").get<std::uint64_t>(),
                           .completions = json.at("completions").get<std::uint64_t>(),
                           .tried = json.at("tried").get<std::uint64_t>(),
                           .unending = json.at("unending").get<std::uint64_t>(),
                           .queries = json.at("queries").get<std::uint64_t>(),
                           .reason = json.at("reason").get<std::string>()};
    using State = WrongDecision::State;
    bool known = false;
    for (const State state : {State::kFound, State::kNoCompletion, State::kUndecided}) {
      if (name_of(state) != json.at("state").get<std::string>()) continue;
      decision.state = state;
      known = true;
    }
    for (const Json& other : json.at("tokens"))
      decision.others.push_back({other.at("kind").get<std::string>(), other.at("begin").get<std::size_t>(), other.at("end").get<std::size_t>(),
                                 other.at("written").get<std::string>(), other.at("instead").get<std::string>()});
    const bool complete = decision.others.empty() != (decision.state == State::kFound);
    return known && complete ? std::optional(std::move(decision)) : std::nullopt;
  } catch (const Json::exception&) { return std::nullopt; }
}

}  // namespace assay::analysis::bench
