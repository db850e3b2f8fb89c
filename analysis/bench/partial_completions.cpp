#include "analysis/bench/partial_completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <regex>
#include <set>

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

/// Grammars that each prefix is searched in, one rung after the other: each has all completions of those before.
struct Rung {
  RestLimits stated, own;
};
constexpr Rung kRungs[] = {{.stated = {.operators = 0, .statements = 0, .inner_operators = 0, .conditions = false}, .own = {.operators = 1}},
                           {.stated = {.operators = 1, .statements = 0, .inner_operators = 0, .conditions = false}, .own = {.operators = 1}},
                           {.stated = {.operators = 1, .statements = 1, .inner_operators = 0, .conditions = false}, .own = {.operators = 1}},
                           {.stated = {.operators = 1, .statements = 1, .inner_operators = 0, .conditions = true}, .own = {.operators = 2}}};
constexpr RestBudget kBudget{.runs = 1'000'000, .proofs = 40};  ///< of one answer
constexpr std::uint64_t kLeastRuns = 5'000;                     ///< of one prefix, as long as there are some
constexpr std::size_t kMostCode = 1u << 19;                     ///< bytes of all completions of one prefix
constexpr std::size_t kBatch = 1u << 20;                        ///< bytes that are read as one program
constexpr int kAttempts = 20;                                   ///< at reading it, each without what the compiler refused

struct Candidate {
  std::size_t prefix = 0;
  Tail tail = Tail::kStated;
  RestGrammar grammar;
  std::string name, code;
  int first_line = 0, lines = 0;
  std::string refusal;    ///< why it cannot be run
  bool is_empty = false;  ///< no completion of the grammar is C
  bool is_read() const { return refusal.empty() && !is_empty; }
  void refuse(std::string reason) {
    refusal = std::move(reason);
    code.clear();
  }
};

int lines_of(const std::string& text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

class Search {
 public:
  Search(const TaskJudge& judge, const std::string& text, const program::SourceFacts& facts, CompletionJudge& completions, Session& session)
      : judge_(judge), text_(text), facts_(facts), completions_(completions), session_(session) {}

  Result<PartialCompletions> run(bool whole, std::size_t from, std::size_t to) {
    for (PartialState& state : solver::partial_states(text_, facts_))
      if (state.cut > from && state.cut <= to) prefixes_.push_back({std::move(state), {}, {}});
    for (const Rung& rung : kRungs) {
      if (budget_.runs == 0) break;
      if (Status status = climb(rung, whole); !status) return fail(status.error());
    }
    summarize();
    return std::move(found_);
  }

 private:
  /// What is known of a prefix with tails of one kind.
  struct Side {
    std::uint64_t refuted = 0;  ///< completions of the largest grammar whose completions are all refuted; 0: of none
    std::string undecided;      ///< why not those of the smallest
  };
  struct Prefix {
    PartialState state;
    Side own, stated;
    Side& side(Tail tail) { return tail == Tail::kOwn ? own : stated; }
    const std::string& undecided() const { return own.undecided.empty() ? stated.undecided : own.undecided; }
  };

  /// Searches the prefixes behind the last one that is known to be completable, from behind.
  Status climb(const Rung& rung, bool whole) {
    candidates_.clear();
    is_first_rung_ = &rung == &kRungs[0];
    for (std::size_t p = first_; p < prefixes_.size(); ++p) add_grammars(p, rung, whole);
    for (Candidate& candidate : candidates_) write(candidate);
    for (std::size_t end = candidates_.size(); end > 0 && (is_first_rung_ || budget_.runs > 0);) {
      const std::size_t begin = batch_before(end);
      if (Status status = lower(begin, end); !status) return status;
      for (; end > begin; --end) {
        const Candidate& candidate = candidates_[end - 1];
        Result<bool> right = search(candidate, end);
        if (!right) return fail(right.error());
        if (!*right) continue;
        first_ = candidate.prefix + 1;
        found_.completable = prefixes_[candidate.prefix].state.cut;
        return {};
      }
    }
    return {};
  }

  std::size_t batch_before(std::size_t end) const {
    std::size_t begin = end - 1, size = candidates_[begin].code.size();
    while (begin > 0 && size + candidates_[begin - 1].code.size() <= kBatch) size += candidates_[--begin].code.size();
    return begin;
  }

  void add_grammars(std::size_t p, const Rung& rung, bool whole) {
    if (prefixes_[p].state.place == Place::kForced) return;  // as the next one
    add_grammar(p, rung.stated, Tail::kStated);
    if (whole && prefixes_[p].state.part != PartialState::Part::kNone) add_grammar(p, rung.own, Tail::kOwn);
  }

  void add_grammar(std::size_t p, const RestLimits& limits, Tail tail) {
    Result<RestGrammar> grammar = RestGrammar::of(text_, facts_, prefixes_[p].state, limits, tail);
    if (!grammar) return undecided(prefixes_[p].side(tail), grammar.error().message);
    if (grammar->size() == prefixes_[p].side(tail).refuted) return;  // as on the rung before
    candidates_.push_back({p, tail, std::move(*grammar), fmt::format("__assay_prefix_{}", candidates_.size()), {}, 0, 0, {}, false});
  }

  void undecided(Side& side, std::string reason) const {
    if (is_first_rung_) side.undecided = std::move(reason);
  }

  static void write(Candidate& candidate) {
    candidate.code = candidate.grammar.code(candidate.name);
    candidate.lines = lines_of(candidate.code);
    if (candidate.code.size() > kMostCode)
      candidate.refuse(fmt::format("the grammar of {} completions takes {} bytes of code, and the limit is {}", candidate.grammar.size(),
                                   candidate.code.size(), kMostCode));
  }

  /// The code of some candidates, as one program; completions that do not compile are left out.
  Status lower(std::size_t begin, std::size_t end) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      Result<LoweredCode> code = lower_code(joined(begin, end), "answer.c", judge_.task(), session_);
      if (code) {
        program_ = std::move(code->program);
        return {};
      }
      if (code.error().kind != ErrorKind::kInput && code.error().kind != ErrorKind::kBudget) return fail(code.error());
      if (code.error().kind == ErrorKind::kBudget || !leave_out_lines_of(code.error().message, begin, end)) break;
    }
    for (std::size_t c = begin; c < end; ++c)
      if (candidates_[c].is_read()) candidates_[c].refuse("the code of its completions was not read");
    return {};
  }

  std::string joined(std::size_t begin, std::size_t end) {
    std::string source = text_.substr(0, facts_.function->begin) + "\n";
    int line = 1 + lines_of(source);
    for (std::size_t c = begin; c < end; ++c) {
      Candidate& candidate = candidates_[c];
      if (!candidate.is_read()) continue;
      candidate.first_line = line;
      source += candidate.code;
      line += candidate.lines;
    }
    return source;
  }

  /// "answer.c:17:5: error: ..." takes the completion that line 17 is part of out of its grammar; elsewhere it ends the candidate. False if there
  /// was nothing to take out.
  bool leave_out_lines_of(const std::string& message, std::size_t begin, std::size_t end) {
    std::map<Candidate*, std::set<std::size_t>> refused;
    bool any = false;
    for (const int line : error_lines(message)) {
      Candidate* candidate = candidate_at(line, begin, end);
      if (candidate == nullptr) continue;
      any = true;
      if (const std::optional<std::size_t> rest = candidate->grammar.rest_at(line - candidate->first_line)) refused[candidate].insert(*rest);
      else candidate->refuse("a completion does not compile");
    }
    for (const auto& [candidate, rests] : refused) {
      candidate->is_empty = !candidate->grammar.leave_out(rests);
      if (!candidate->is_empty) write(*candidate);
    }
    return any;
  }

  static std::vector<int> error_lines(const std::string& message) {
    static const std::regex kError(R"(answer\.c:(\d+):\d+: error:)");
    std::vector<int> lines;
    for (std::sregex_iterator match(message.begin(), message.end(), kError), end; match != end; ++match) lines.push_back(std::stoi((*match)[1]));
    return lines;
  }

  Candidate* candidate_at(int line, std::size_t begin, std::size_t end) {
    for (std::size_t c = begin; c < end; ++c) {
      Candidate& candidate = candidates_[c];
      if (candidate.is_read() && line >= candidate.first_line && line < candidate.first_line + candidate.lines) return &candidate;
    }
    return nullptr;
  }

  /// Is some completion of the grammar right? `left`: candidates that share what is left of the budget.
  Result<bool> search(const Candidate& candidate, std::size_t left) {
    Prefix& prefix = prefixes_[candidate.prefix];
    Side& side = prefix.side(candidate.tail);
    if (candidate.is_empty) return false;
    const std::optional<program::FunctionId> function = program_.find(candidate.name);
    std::string refusal = candidate.refusal;
    if (refusal.empty() && !function) refusal = "its code is missing";
    else if (refusal.empty() && !program_.function(*function).has_body) refusal = "not modelled: " + program_.function(*function).refusal;
    if (refusal.empty() && seconds() >= budget_.seconds) {
      found_.out_of_time = true;
      refusal = fmt::format("{:g} s were over", budget_.seconds);
    }
    if (!refusal.empty()) {
      undecided(side, std::move(refusal));
      return false;
    }
    RestBudget share = budget_;
    share.runs = std::min(budget_.runs, std::max(kLeastRuns, budget_.runs / left));
    const std::uint64_t runs = share.runs;
    const std::string written = text_.substr(0, prefix.state.cut);
    solver::RestSearch search(program_, *function, candidate.grammar, candidate.first_line, completions_, share, session_);
    Result<RestFinding> finding = search.run([&](const std::string& rest, std::string& reason) { return prove(written + rest, reason); });
    if (!finding) return fail(finding.error());
    budget_.runs -= runs - share.runs;
    budget_.proofs = share.proofs;
    found_.unending += finding->unending;
    if (finding->state == RestFinding::State::kUndecided)
      undecided(side, fmt::format("{} in a grammar of {} completions", finding->reason, candidate.grammar.size()));
    if (finding->state == RestFinding::State::kNone) side = {candidate.grammar.size(), {}};
    if (finding->state == RestFinding::State::kRight) found_.right = finding->rest;
    return finding->state == RestFinding::State::kRight;
  }

  /// What is known of the prefixes behind the last completable one.
  void summarize() {
    bool doomed_so_far = true;
    for (std::size_t p = prefixes_.size(); p-- > first_;) {
      Prefix& prefix = prefixes_[p];
      if (prefix.state.place == Place::kForced)
        prefix.stated.undecided = p + 1 < prefixes_.size() ? prefixes_[p + 1].undecided() : "the text ends where what follows is no choice";
      const bool is_doomed = prefix.undecided().empty();
      doomed_so_far = doomed_so_far && is_doomed;
      if (doomed_so_far) found_.doomed_from = prefix.state.cut;
      if (found_.reason.empty()) found_.reason = prefix.undecided();
      found_.undecided += is_doomed ? 0 : 1;
      found_.completions += prefix.own.refuted + prefix.stated.refuted;
      const std::uint64_t size = prefix.stated.refuted;
      found_.largest = std::max(found_.largest, size);
      if (size > 0 && (found_.smallest == 0 || size < found_.smallest)) found_.smallest = size;
    }
    found_.prefixes = prefixes_.size() - first_ + (found_.completable ? 1 : 0);
    found_.runs = kBudget.runs - budget_.runs;
    found_.proofs = static_cast<std::uint64_t>(kBudget.proofs - budget_.proofs);
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
  std::size_t first_ = 0;  ///< prefix behind the last one that is completable
  bool is_first_rung_ = true;
  RestBudget budget_ = kBudget;
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
