#include "analysis/bench/wrong_decision.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "analysis/bench/known_inputs.h"
#include "analysis/bench/meaning.h"
#include "analysis/bench/partial_completions.h"
#include "base/text.h"
#include "frontend/lowering/isolated.h"
#include "solver/completions/completions.h"
#include "solver/completions/renamed_text.h"

namespace assay::analysis::bench {
namespace {

using program::SourceToken;
using solver::CompletionJudge;
using solver::Completions;
using solver::Hole;
using solver::HoleGrammar;

constexpr std::uint64_t kRlimit = 4'000'000;  ///< of one query: there are many
constexpr double kWallSeconds = 10;
constexpr double kParseSeconds = 60;

Result<program::SourceFacts> facts_of(const TaskJudge& judge, const std::string& text, const Session& session) {
  lowering::SourceOptions options;
  options.standard = judge.task().standard;
  return lowering::source_facts_isolated(text, "answer.c", judge.task().function, options, {.wall_seconds = kParseSeconds}, &session);
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

/// The judge looks at the last first. A small one is run fastest, and leaves the most choices of a completion unread.
std::vector<Input> smallest_last(std::vector<Input> inputs) {
  std::stable_sort(inputs.begin(), inputs.end(), [](const Input& a, const Input& b) { return cells_in(a) > cells_in(b); });
  return inputs;
}

/// What kind of decision a token is, beside the one that would have to stand there.
std::string kind_of(const SourceToken& token, std::string_view written, std::string_view instead) {
  const auto both = [&](std::initializer_list<std::string_view> words) { return is_one_of(written, words) && is_one_of(instead, words); };
  const auto is_number = [](std::string_view word) { return !word.empty() && word[0] >= '0' && word[0] <= '9'; };
  const auto is_name = [](std::string_view word) {
    return !word.empty() && (std::isalpha(static_cast<unsigned char>(word[0])) != 0 || word[0] == '_');
  };
  if (both({"<", "<=", ">", ">=", "==", "!="})) return "comparison";
  if (both({"+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "+=", "-=", "*=", "/=", "%=", "=", "++", "--"})) return "arithmetic operator";
  if (both({"&&", "||"})) return "logical operator";
  if (is_number(written) && is_number(instead)) return "constant";
  if (token.kind == SourceToken::Kind::kIdentifier && is_name(instead)) return "name";
  return "other token";
}

/// Finds one answer's first wrong decision; places are numbers of tokens.
class Finder {
 public:
  Finder(const TaskJudge& judge, const std::string& text, const program::SourceFacts& facts, CompletionJudge& completions, Session& session)
      : judge_(judge), text_(text), facts_(facts), completions_(completions), session_(session) {}

  Result<WrongDecision> run(const std::vector<std::string>& right_texts) {
    bound();
    last_ = 0;
    if (whole_)
      if (Status status = own_rest(); !status) return fail(status.error());
    for (const std::string& right : right_texts)
      if (Status status = right_text(right); !status) return fail(status.error());
    if (Status status = partial_function(); !status) return fail(status.error());
    return finish();
  }

 private:
  std::string_view spelling(std::size_t token) const {
    return std::string_view(text_).substr(facts_.tokens[token].begin, facts_.tokens[token].end - facts_.tokens[token].begin);
  }

  /// Which token Clang refuses, or, of a text that it takes, the last one; the number of tokens if only its end is missing.
  void bound() {
    const std::vector<SourceToken>& tokens = facts_.tokens;
    whole_ = !facts_.refused_at;
    bound_ = whole_ ? tokens.size() - 1 : 0;
    if (whole_) return;
    while (bound_ < tokens.size() && tokens[bound_].begin < *facts_.refused_at) ++bound_;
    // A word that the text ends in could have gone on.
    if (bound_ == tokens.size() && tokens.back().end == text_.size() && tokens.back().kind != SourceToken::Kind::kPunctuation) {
      --bound_;
      cut_word_ = true;
    }
  }

  /// The first token whose begin, or end, is not before the byte; the last one if there is none.
  std::size_t token_from(std::size_t byte, std::size_t SourceToken::* place) const {
    std::size_t token = 0;
    while (token + 1 < facts_.tokens.size() && facts_.tokens[token].*place < byte) ++token;
    return token;
  }
  std::size_t token_at(std::size_t byte) const { return token_from(byte, &SourceToken::begin); }
  std::size_t token_ending_at(std::size_t byte) const { return token_from(byte, &SourceToken::end); }

  Status own_rest() {
    Result<LoweredCode> code = lower_answer(judge_, text_, session_);
    if (!code && code.error().kind != ErrorKind::kBudget) return fail(code.error());
    if (!code || !code->function || !code->program.function(*code->function).has_body) {
      unknown_from(bound_, code ? "the answer is not modelled" : code.error().message);
      decision_.out_of_time = !code;
      return {};
    }
    const std::string read = with_preconditions(judge_.task(), text_);
    const std::size_t inserted = read.size() - text_.size();
    const HoleGrammar grammar = HoleGrammar::of(code->program, *code->function, read, judge_.task().prompt.size() + inserted);
    Result<Completions> found = solver::latest_correct(grammar, completions_, {}, session_);
    if (!found) return fail(found.error());
    decision_.holes = grammar.holes().size();
    decision_.changes = static_cast<std::uint64_t>(found->changes);
    decision_.completions = found->size;
    decision_.tried = found->tried;
    decision_.unending = found->unending;
    decision_.queries = static_cast<std::uint64_t>(found->queries);
    decision_.out_of_time = found->out_of_time;
    if (found->state == Completions::State::kUndecided)
      unknown_from(found->undecided_from == 0 ? bound_ : token_at(found->undecided_from - inserted), found->reason);
    if (found->state == Completions::State::kFound) {
      decision_.others = tokens_of(grammar, found->fillings, inserted);
      take(token_at(decision_.others.front().begin), "own rest");
    }
    return {};
  }

  /// A text that is right agrees with the answer up to some token.
  Status right_text(const std::string& right) {
    if (right == text_) return {};
    Result<program::SourceFacts> facts = facts_of(judge_, right, session_);
    if (!facts && facts.error().kind == ErrorKind::kBudget) return {};
    if (!facts) return fail(facts.error());
    const std::optional<solver::RenamedText> found = solver::renamed({text_, facts_}, {right, *facts});
    if (!found || found->tokens >= facts_.tokens.size() || facts_.tokens[found->tokens].begin < judge_.task().prompt.size()) return {};
    if (first_ && *first_ >= found->tokens) return {};
    take(found->tokens, "right text");
    decision_.others = {other_token(found->tokens, found->next)};
    return {};
  }

  OtherToken other_token(std::size_t token, const std::string& instead) const {
    const SourceToken& place = facts_.tokens[token];
    const std::string written(spelling(token));
    const bool refused = !whole_ && token == bound_ && !cut_word_;
    return {refused ? "not code" : kind_of(place, written, instead), place.begin, place.end, written, instead};
  }

  void take(std::size_t token, const char* grammar) {
    first_ = token;
    decision_.shown_by = grammar;
  }

  /// Whether the text up to `token` can be completed is not known, nor up to tokens before it.
  void unknown_from(std::size_t token, const std::string& reason) {
    last_ = std::max(last_, token);
    if (decision_.reason.empty()) decision_.reason = reason;
  }

  Status partial_function() {
    const std::size_t body = judge_.task().prompt.size();
    const std::size_t from = first_ ? facts_.tokens[*first_].end - 1 : body - 1;
    if (bound_ == 0 || facts_.tokens[bound_ - 1].end <= from) return {};
    const std::size_t to = facts_.tokens[bound_ - 1].end;
    Result<PartialCompletions> found = complete_prefixes(judge_, text_, facts_, whole_, from, to, completions_, session_);
    if (!found) return fail(found.error());
    decision_.prefixes = found->prefixes;
    decision_.undecided_prefixes = found->undecided;
    decision_.partial_completions = found->completions;
    decision_.largest_grammar = found->largest;
    decision_.smallest_grammar = found->smallest;
    decision_.unending += found->unending;
    decision_.queries += found->proofs;
    decision_.out_of_time = decision_.out_of_time || found->out_of_time;
    if (found->completable) {
      const std::size_t token = *found->completable == to ? bound_ : token_at(*found->completable);
      take(token, "partial function");
      decision_.others.clear();
      if (token < facts_.tokens.size()) decision_.others = {other_token(token, first_word(found->right))};
    }
    const bool all = found->undecided == 0;
    if (!all) unknown_from(found->doomed_from == 0 ? bound_ : token_ending_at(found->doomed_from), found->reason);
    return {};
  }

  static std::string first_word(const std::string& rest) {
    const std::size_t begin = rest.find_first_not_of(' ');
    if (begin == std::string::npos) return "";
    std::size_t end = begin + 1;
    const auto same = [&](auto part) { return part(rest[begin]) && end < rest.size() && part(rest[end]); };
    while (same([](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }) ||
           same([](char c) { return std::string_view("<>=!&|+-*/%").find(c) != std::string_view::npos; }))
      ++end;
    return rest.substr(begin, end - begin);
  }

  Result<WrongDecision> finish() {
    if (!first_) {
      decision_.state = decision_.reason.empty() ? WrongDecision::State::kNoCompletion : WrongDecision::State::kUndecided;
      return std::move(decision_);
    }
    last_ = std::max(last_, *first_);
    if (last_ >= facts_.tokens.size() || (cut_word_ && last_ >= bound_)) {  // the end of the text is not known to be doomed
      const bool open = *first_ >= bound_;
      decision_.state = open ? WrongDecision::State::kStillOpen : WrongDecision::State::kUndecided;
      decision_.others.clear();
      if (open) decision_.reason.clear();
      return std::move(decision_);
    }
    decision_.state = WrongDecision::State::kFound;
    decision_.until = std::max(decision_.others.front().end, facts_.tokens[last_].end);
    return std::move(decision_);
  }

  const TaskJudge& judge_;
  const std::string& text_;
  const program::SourceFacts& facts_;
  CompletionJudge& completions_;
  Session& session_;
  bool whole_ = false, cut_word_ = false;
  std::size_t bound_ = 0;
  std::optional<std::size_t> first_;  ///< the text up to this token can be completed, as far as is known
  std::size_t last_ = 0;              ///< the first wrong decision is no later one
  WrongDecision decision_;
};

}  // namespace

std::string_view name_of(WrongDecision::State state) {
  switch (state) {
    case WrongDecision::State::kFound: return "found";
    case WrongDecision::State::kStillOpen: return "still open";
    case WrongDecision::State::kNoCompletion: return "no completion";
    case WrongDecision::State::kUndecided: return "undecided";
  }
  return "";
}

std::string why_not_searched(const Judgement& judgement) {
  const Label label = label_of(judgement);
  if (label != Label::kWrong && label != Label::kUnsafe && label != Label::kBroken) return {};
  if (!judgement.has_reference) return "no reference";
  if (!judgement.unsupported.empty()) return "not modelled";
  return label == Label::kBroken && judgement.parses ? "does not link, or defines no such function" : "";
}

bool went_wrong(const Judgement& judgement) {
  const Label label = label_of(judgement);
  return (label == Label::kWrong || label == Label::kUnsafe || label == Label::kBroken) && why_not_searched(judgement).empty();
}

Result<WrongDecision> find_wrong_decision(const TaskJudge& judge, const std::string& text, const Judgement& judgement,
                                          const std::vector<std::string>& right_texts, const Session& session) {
  QuietSession quiet(session, 1);
  Result<program::SourceFacts> facts = facts_of(judge, text, quiet);
  if (!facts && facts.error().kind == ErrorKind::kBudget) return WrongDecision{.reason = facts.error().message, .out_of_time = true};
  if (!facts) return fail(facts.error());
  if (!facts->function) return WrongDecision{.reason = fmt::format("no function '{}' is defined", judge.task().function)};
  solver::SolverOptions options = judge.options();
  options.rlimit = std::min(options.rlimit, kRlimit);
  options.wall_seconds = std::min(options.wall_seconds, kWallSeconds);
  const LoweredCode& reference = *judge.reference();
  CompletionJudge completions({reference.program, *reference.function, smallest_last(known_inputs(judge.task(), {&judgement}))}, options);
  std::vector<std::string> right = right_texts;
  if (facts->function->body < judge.task().prompt.size())
    right.insert(right.begin(), text.substr(0, facts->function->body + 1) + judge.task().reference_body);
  return Finder(judge, text, *facts, completions, quiet).run(right);
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
          {"shown_by", decision.shown_by},
          {"until", decision.until},
          {"prefixes", decision.prefixes},
          {"undecided_prefixes", decision.undecided_prefixes},
          {"partial_completions", decision.partial_completions},
          {"largest_grammar", decision.largest_grammar},
          {"smallest_grammar", decision.smallest_grammar},
          {"reason", decision.reason}};
}

std::optional<WrongDecision> wrong_decision_from_json(const Json& json) {
  try {
    WrongDecision decision{.shown_by = json.at("shown_by").get<std::string>(),
                           .until = json.at("until").get<std::size_t>(),
                           .holes = json.at("holes").get<std::uint64_t>(),
                           .changes = json.at("changes").get<std::uint64_t>(),
                           .completions = json.at("completions").get<std::uint64_t>(),
                           .tried = json.at("tried").get<std::uint64_t>(),
                           .unending = json.at("unending").get<std::uint64_t>(),
                           .queries = json.at("queries").get<std::uint64_t>(),
                           .prefixes = json.at("prefixes").get<std::uint64_t>(),
                           .undecided_prefixes = json.at("undecided_prefixes").get<std::uint64_t>(),
                           .partial_completions = json.at("partial_completions").get<std::uint64_t>(),
                           .largest_grammar = json.at("largest_grammar").get<std::uint64_t>(),
                           .smallest_grammar = json.at("smallest_grammar").get<std::uint64_t>(),
                           .reason = json.at("reason").get<std::string>()};
    using State = WrongDecision::State;
    bool known = false;
    for (const State state : {State::kFound, State::kStillOpen, State::kNoCompletion, State::kUndecided}) {
      if (name_of(state) != json.at("state").get<std::string>()) continue;
      decision.state = state;
      known = true;
    }
    for (const Json& other : json.at("tokens"))
      decision.others.push_back({other.at("kind").get<std::string>(), other.at("begin").get<std::size_t>(), other.at("end").get<std::size_t>(),
                                 other.at("written").get<std::string>(), other.at("instead").get<std::string>()});
    const bool found = decision.state == State::kFound;
    const bool complete = decision.others.empty() != found && (!found || decision.until >= decision.others.front().end);
    return known && complete ? std::optional(std::move(decision)) : std::nullopt;
  } catch (const Json::exception&) { return std::nullopt; }
}

}  // namespace assay::analysis::bench
