#include "solver/semantics/prover.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "solver/smt/diagram.h"
#include "solver/smt/smtlib.h"

namespace assay::solver {

using smt::Answer;
using smt::Limit;
using smt::Satisfiable;

namespace {
constexpr std::uint64_t kQuickRlimit = 1'000'000;
constexpr double kQuickSeconds = 10;
constexpr std::uint64_t kDiagramSteps = 10;  // for one unit of rlimit: about the same time
}  // namespace

void Prover::count(const Answer& answer, QueryStatistics& statistics) const {
  if (!answer.by_folding) ++statistics.queries;
  statistics.rlimit_spent += answer.rlimit_spent;
  statistics.seconds += answer.seconds;
  statistics.ended_by = answer.satisfiable == Satisfiable::kUnknown ? std::string(smt::name_of(answer.limit)) : std::string();
}

Answer Prover::quick(const std::vector<smt::Term>& query, QueryStatistics& statistics) {
  Answer answer;
  if (diagrams_left_ > 0) {
    answer = smt::solve_by_diagrams(query, {.steps = kDiagramSteps * options_.rlimit});
    if (answer.satisfiable == Satisfiable::kUnknown)  // the queries of one function are mostly alike, but for the first, which joins several
      diagrams_left_ -= answer.limit == Limit::kRlimit ? 2 : 1;
  }
  if (answer.satisfiable == Satisfiable::kUnknown)
    answer = smt::solve_here(query, std::min(kQuickRlimit, options_.rlimit), std::min(kQuickSeconds, options_.wall_seconds));
  count(answer, statistics);
  return answer;
}

Answer Prover::full(const std::string& name, const std::vector<smt::Term>& query, QueryStatistics& statistics) {
  dump(name, query);
  smt::Limits limits;
  limits.rlimit = options_.rlimit;
  limits.in_process_rlimit = 0;
  limits.wall_seconds = options_.wall_seconds;
  limits.memory_mb = options_.memory_mb;
  limits.isolate = options_.isolate;
  Answer answer = options_.isolate ? smt::solve_in_child(query, limits, &session_) : smt::solve_here(query, options_.rlimit, options_.wall_seconds);
  count(answer, statistics);
  return answer;
}

void Prover::dump(const std::string& name, const std::vector<smt::Term>& query) {
  if (options_.dump_smt2.empty()) return;
  std::string file;
  for (char letter : name) file += std::isalnum(static_cast<unsigned char>(letter)) || letter == '.' || letter == '-' || letter == '_' ? letter : '_';
  if (std::find(dumped_.begin(), dumped_.end(), file) != dumped_.end()) return;
  dumped_.push_back(file);
  std::error_code problem;
  std::filesystem::create_directories(options_.dump_smt2, problem);
  const Status written = write_file(options_.dump_smt2 + "/" + file + ".smt2",
                                    smt::to_smtlib(query, {name, "satisfiable: the claim fails for the model's input; unsatisfiable: it holds"}));
  if (!written && dump_error_.empty()) dump_error_ = written.error().to_string();
}

std::string undecided_reason(const Answer& answer, const SolverOptions& options) {
  switch (answer.limit) {
    case Limit::kRlimit: return fmt::format("the budget of {} solver steps ran out; raise --rlimit", options.rlimit);
    case Limit::kTimeout:
      return fmt::format("the backstop of {:g} seconds ended the query; raise --rlimit together with the time limit", options.wall_seconds);
    case Limit::kMemory: return fmt::format("out of memory: {}; the cap is {} MiB", answer.detail, options.memory_mb);
    case Limit::kCancelled: return "interrupted";
    case Limit::kIncomplete: return fmt::format("the solver gave up: {}", answer.detail);
    case Limit::kNone: break;
  }
  return "undecided";
}

}  // namespace assay::solver
