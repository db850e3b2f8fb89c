#include "analysis/bench/partial_completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "solver/completions/rest_search.h"

namespace assay::analysis::bench {
namespace {

using solver::CompletionJudge;
using solver::PartialState;
using solver::RestBudget;
using solver::RestFinding;
using solver::RestGrammar;
using solver::RestLimits;
using Place = PartialState::Place;
using Tail = RestGrammar::Tail;

/// From the largest to the smallest.
constexpr RestLimits kLimits[] = {{.operators = 1, .statements = 1, .inner_operators = 0, .conditions = true},
                                  {.operators = 1, .statements = 1, .inner_operators = 0, .conditions = false},
                                  {.operators = 1, .statements = 0, .inner_operators = 0, .conditions = false}};
constexpr RestLimits kOwnLimits[] = {{.operators = 2}, {.operators = 1}};
constexpr int kAttempts = 4;  ///< at reading the code of all prefixes, each without what did not compile

struct Candidate {
  std::size_t prefix = 0;
  RestGrammar grammar;
  std::string name, code;
  int first_line = 0;
  std::string refusal;  ///< why it cannot be run
};

int lines_of(const std::string& text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

class Search {
 public:
  Search(const TaskJudge& judge, const std::string& text, const program::SourceFacts& facts, CompletionJudge& completions, Session& session)
      : judge_(judge), text_(text), facts_(facts), completions_(completions), session_(session) {}

  Result<PartialCompletions> run(bool whole, std::size_t from, std::size_t to) {
    for (PartialState& state : solver::partial_states(text_, facts_))
      if (state.cut > from && state.cut <= to) prefixes_.push_back({std::move(state), {}});
    for (std::size_t p = 0; p < prefixes_.size(); ++p) add_grammars(p, whole);
    if (Status status = lower(); !status) return fail(status.error());
    bool doomed_so_far = true;
    for (std::size_t p = prefixes_.size(); p-- > 0;) {
      Result<bool> right = search(p);
      if (!right) return fail(right.error());
      if (*right) {
        found_.completable = prefixes_[p].state.cut;
        break;
      }
      doomed_so_far = doomed_so_far && prefixes_[p].undecided.empty();
      if (doomed_so_far) found_.doomed_from = prefixes_[p].state.cut;
    }
    found_.runs = RestBudget{}.runs - budget_.runs;
    found_.proofs = static_cast<std::uint64_t>(RestBudget{}.proofs - budget_.proofs);
    return std::move(found_);
  }

 private:
  struct Prefix {
    PartialState state;
    std::string undecided;  ///< why
  };

  void add_grammars(std::size_t p, bool whole) {
    Prefix& prefix = prefixes_[p];
    if (prefix.state.place == Place::kForced) return;  // as the next one
    if (whole && prefix.state.part != PartialState::Part::kNone) add_grammar(p, kOwnLimits, Tail::kOwn);
    add_grammar(p, kLimits, Tail::kStated);
  }

  template <std::size_t kSize>
  void add_grammar(std::size_t p, const RestLimits (&limits)[kSize], Tail tail) {
    std::uint64_t size = 0;
    for (const RestLimits& each : limits) {
      Result<RestGrammar> grammar = RestGrammar::of(text_, facts_, prefixes_[p].state, each, tail);
      if (!grammar) return undecided(p, grammar.error().message);
      size = grammar->size();
      if (size > kMostCompletions) continue;
      Candidate candidate{p, std::move(*grammar), fmt::format("__assay_prefix_{}", candidates_.size()), {}, 0, {}};
      candidate.code = candidate.grammar.code(candidate.name);
      candidates_.push_back(std::move(candidate));
      return;
    }
    undecided(p, fmt::format("the grammar has {} completions, and the budget is {}", size, kMostCompletions));
  }

  void undecided(std::size_t p, std::string reason) {
    if (prefixes_[p].undecided.empty()) prefixes_[p].undecided = std::move(reason);
  }

  /// The code of all prefixes, as one program; what does not compile is left out.
  Status lower() {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      std::string source = text_.substr(0, facts_.function->begin) + "\n";
      int line = 1 + lines_of(source);
      for (Candidate& candidate : candidates_) {
        if (!candidate.refusal.empty()) continue;
        candidate.first_line = line;
        source += candidate.code;
        line += lines_of(candidate.code);
      }
      Result<LoweredCode> code = lower_code(source, "answer.c", judge_.task(), session_);
      if (code) {
        program_ = std::move(code->program);
        return {};
      }
      if (code.error().kind != ErrorKind::kInput && code.error().kind != ErrorKind::kBudget) return fail(code.error());
      if (code.error().kind == ErrorKind::kBudget || !refuse_lines_of(code.error().message)) break;
    }
    for (Candidate& candidate : candidates_) candidate.refusal = "the code of its completions was not read";
    return {};
  }

  /// "answer.c:17:5: error: ..." ends the candidate that line 17 is part of.
  bool refuse_lines_of(const std::string& message) {
    const std::string mark = "answer.c:";
    bool any = false;
    for (std::size_t at = message.find(mark); at != std::string::npos; at = message.find(mark, at + 1)) {
      const int line = std::atoi(message.c_str() + at + mark.size());
      for (Candidate& candidate : candidates_) {
        const int end = candidate.first_line + lines_of(candidate.code);
        if (!candidate.refusal.empty() || line < candidate.first_line || line >= end) continue;
        candidate.refusal = "a completion does not compile";
        any = true;
      }
    }
    return any;
  }

  /// Is some completion of the prefix right?
  Result<bool> search(std::size_t p) {
    Prefix& prefix = prefixes_[p];
    ++found_.prefixes;
    if (prefix.state.place == Place::kForced) {
      if (p + 1 < prefixes_.size()) prefix.undecided = prefixes_[p + 1].undecided;
      else prefix.undecided = "the text ends where what follows is no choice";
      found_.undecided += prefix.undecided.empty() ? 0 : 1;
      return false;
    }
    for (const Candidate& candidate : candidates_) {
      if (candidate.prefix != p) continue;
      if (!candidate.refusal.empty()) {
        undecided(p, candidate.refusal);
        continue;
      }
      Result<bool> right = search(candidate);
      if (!right || *right) return right;
    }
    if (prefix.undecided.empty()) return false;
    ++found_.undecided;
    if (found_.reason.empty()) found_.reason = prefix.undecided;
    return false;
  }

  Result<bool> search(const Candidate& candidate) {
    const std::optional<program::FunctionId> function = program_.find(candidate.name);
    if (!function || !program_.function(*function).has_body) {
      undecided(candidate.prefix, function ? "not modelled: " + program_.function(*function).refusal : "its code is missing");
      return false;
    }
    if (seconds() >= budget_.seconds) {
      found_.out_of_time = true;
      undecided(candidate.prefix, fmt::format("{:g} s were over", budget_.seconds));
      return false;
    }
    const std::string prefix = text_.substr(0, prefixes_[candidate.prefix].state.cut);
    solver::RestSearch search(program_, *function, candidate.grammar, candidate.first_line, completions_, budget_, session_);
    Result<RestFinding> finding = search.run([&](const std::string& rest, std::string& reason) { return prove(prefix + rest, reason); });
    if (!finding) return fail(finding.error());
    found_.unending += finding->unending;
    if (finding->state == RestFinding::State::kUndecided) undecided(candidate.prefix, finding->reason);
    if (finding->state == RestFinding::State::kNone) {
      found_.completions += candidate.grammar.size();
      found_.largest = std::max(found_.largest, candidate.grammar.size());
    }
    if (finding->state == RestFinding::State::kRight) found_.right = finding->rest;
    return finding->state == RestFinding::State::kRight;
  }

  Result<CompletionJudge::Answer> prove(const std::string& completed, std::string& reason) {
    Result<LoweredCode> code = lower_code(with_preconditions(judge_.task(), completed), "answer.c", judge_.task(), session_);
    if (!code && code.error().kind == ErrorKind::kInput) return CompletionJudge::Answer::kWrong;
    if (!code && code.error().kind == ErrorKind::kBudget) {
      reason = code.error().message;
      return CompletionJudge::Answer::kUndecided;
    }
    if (!code) return fail(code.error());
    if (!code->function || !code->program.function(*code->function).has_body) {
      reason = "a completion is not modelled";
      return CompletionJudge::Answer::kUndecided;
    }
    return completions_.prove(code->program, *code->function, reason, session_);
  }

  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

  const TaskJudge& judge_;
  const std::string& text_;
  const program::SourceFacts& facts_;
  CompletionJudge& completions_;
  Session& session_;
  std::vector<Prefix> prefixes_;
  std::vector<Candidate> candidates_;
  program::Program program_;
  RestBudget budget_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  PartialCompletions found_;
};

}  // namespace

Result<PartialCompletions> complete_prefixes(const TaskJudge& judge, const std::string& text, const program::SourceFacts& facts, bool whole,
                                             std::size_t from, std::size_t to, CompletionJudge& completions, Session& session) {
  if (!facts.function || judge.task().is_cxx()) return PartialCompletions{.reason = "no C function"};
  return Search(judge, text, facts, completions, session).run(whole, from, to);
}

}  // namespace assay::analysis::bench
