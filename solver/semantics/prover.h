// Asks queries on behalf of one verdict: budgets from the options, statistics, and a file for each query under --dump-smt2.
// Test: tests/solver/check_test.cpp
#pragma once

#include <string>
#include <vector>

#include "base/session.h"
#include "solver/smt/solver.h"
#include "solver/verdict.h"

namespace assay::solver {

class Prover {
 public:
  Prover(const SolverOptions& options, Session& session) : options_(options), session_(session) {}

  /// The cheap roads, in this process: decision diagrams where all variables have few values, then Z3 under a small rlimit.
  smt::Answer quick(const std::vector<smt::Term>& query, QueryStatistics& statistics);
  /// All roads, the full rlimit. `name` becomes the name of the dumped file.
  smt::Answer full(const std::string& name, const std::vector<smt::Term>& query, QueryStatistics& statistics);
  /// Writes the query to DIR/<name>.smt2 if asked to; the first failure is kept in dump_error().
  void dump(const std::string& name, const std::vector<smt::Term>& query);
  const std::string& dump_error() const { return dump_error_; }

  const SolverOptions& options() const { return options_; }
  Session& session() { return session_; }

 private:
  void count(const smt::Answer& answer, QueryStatistics& statistics) const;

  const SolverOptions& options_;
  Session& session_;
  std::string dump_error_;
  std::vector<std::string> dumped_;
  int diagrams_left_ = 3;  ///< failures after which decision diagrams are tried no more
};

/// "it ran out of rlimit (20000000)": why a query is undecided and what to do.
std::string undecided_reason(const smt::Answer& answer, const SolverOptions& options);

}  // namespace assay::solver
