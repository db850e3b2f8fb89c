// Decides queries: is there an assignment under which every assertion holds?
//
// Roads, tried in order until one decides: the terms fold to a constant; Z3 in this process, in a fresh context under a small rlimit; the
// same query as SMT-LIB 2 in an exec'd child (`assay-solve`) under the full rlimit and a memory cap, whose death is `unknown`.
// rlimit is the budget (it makes results reproducible), wall clock only a backstop; the answer says which of them ended a query.
//
// Cost: about 5 ms for a context, 40 ms for a child. Source: SMT-LIB 2.7. Tests: tests/solver/solver_test.cpp, smtlib_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/session.h"
#include "solver/smt/term.h"

namespace assay::solver::smt {

enum class Satisfiable { kNo, kYes, kUnknown };

/// What ended a query without an answer.
enum class Limit { kNone, kRlimit, kTimeout, kMemory, kIncomplete, kCancelled };
std::string_view name_of(Limit limit);

struct Limits {
  std::uint64_t in_process_rlimit = 400'000;  ///< tried first, in this process
  std::uint64_t rlimit = 20'000'000;          ///< then this many, in the child
  double wall_seconds = 60;
  std::uint64_t memory_mb = 4096;  ///< address space of the child
  bool isolate = true;             ///< false: the full rlimit is spent in this process
  std::string child;               ///< executable; empty: `assay-solve` beside the running one, in ../bin, or in PATH
};

struct Answer {
  Satisfiable satisfiable = Satisfiable::kUnknown;
  Limit limit = Limit::kNone;  ///< why kUnknown
  std::string detail;          ///< the solver's own words
  Model model;                 ///< of kYes
  std::uint64_t rlimit_spent = 0;
  double seconds = 0;
  bool by_folding = false;  ///< no solver was asked
};

/// Only the road inside this process. `assertions` must be of one store.
Answer solve_here(const std::vector<Term>& assertions, std::uint64_t rlimit, double wall_seconds);
/// The same without Z3's preprocessing tactics, some of which ignore the rlimit: for many small questions.
Answer solve_small(const std::vector<Term>& assertions, std::uint64_t rlimit, double wall_seconds);
/// Only the child.
Answer solve_in_child(const std::vector<Term>& assertions, const Limits& limits, const Session* session);
/// All roads.
Answer solve(const std::vector<Term>& assertions, const Limits& limits, const Session* session);

/// Reads SMT-LIB 2 from stdin and answers on stdout; the whole of the `assay-solve` executable. Arguments: rlimit, milliseconds.
int child_main(int argument_count, char** arguments);
/// Decides SMT-LIB 2 text in this process; "sat", "unsat" or "unknown REASON".
std::string decide_text(const std::string& smtlib, std::uint64_t rlimit, unsigned milliseconds);

}  // namespace assay::solver::smt
