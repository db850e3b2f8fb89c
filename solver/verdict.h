// What the solver says about one obligation or one pair of functions, and the witness that refutes it.
//
// A witness is an input of the function as the interpreter takes it, so that the same object is minimised, replayed in the
// interpreter, compiled natively and printed. Plain data; no Z3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/source_range.h"
#include "base/verdict.h"
#include "frontend/program/checks.h"
#include "frontend/program/interpreter.h"

namespace assay::solver {

/// How C's undefined behaviour and arithmetic are read (DESIGN section 3).
enum class SemanticsMode {
  kUbIsError,  ///< a violation is a finding of its own; such inputs are excluded from equivalence claims
  kWrap,       ///< signed arithmetic wraps; other undefined behaviour remains an error
  kMath,       ///< unbounded integers, no overflow
};

struct SolverOptions {
  SemanticsMode mode = SemanticsMode::kUbIsError;
  std::optional<int> bound;           ///< --bound N: loop iterations and recursion depth where not constant
  std::uint64_t rlimit = 20'000'000;  ///< Z3 resource units for one query
  double wall_seconds = 60;           ///< backstop for one query
  std::uint64_t memory_mb = 4096;     ///< of the solver child
  bool isolate = true;                ///< queries run in an exec'd child with a memory cap
  std::string dump_smt2;              ///< --dump-smt2 DIR; empty: none
  int shared_object_elements = 4;     ///< equiv: size of an object behind a pointer without length contract
  bool replay_natively = true;        ///< compile and run counterexamples in the sandbox
};

struct Witness {
  std::vector<program::Argument> arguments;
  std::vector<std::string> literals;  ///< each argument as C: "int a[2] = {0, -1}"
  std::vector<std::string> path;      ///< executed source lines with values: "f.c:3: i = 0"
  std::string program_answer;         ///< what the code does on it: "returns 4", "signed overflow: ..."
  std::string reference_answer;       ///< equiv: what the reference does
  bool reference_defined = true;      ///< equiv: the interpreter finds the reference defined on this input
  Replay interpreter_replay = Replay::kNotRun;
  Replay native_replay = Replay::kNotRun;
  std::string native_output;  ///< first lines of the sanitizer's report
  std::string repro_c;        ///< a self-contained C file
  std::string repro_command;  ///< the command that builds and runs it
};

struct QueryStatistics {
  int queries = 0;
  std::uint64_t rlimit_spent = 0;
  double seconds = 0;    ///< goes into the timing block of a result only
  std::string ended_by;  ///< "", "rlimit", "timeout", "memory"
};

/// One obligation of `assay check`, or the refinement claim of `assay equiv`.
struct Verdict {
  std::string id;                           ///< stable: "f.signed-overflow.12:9"
  std::optional<program::CheckKind> check;  ///< absent for equivalence
  std::string function;
  SourceRange where;
  std::string subject;  ///< "x + 1" in words of the code
  Outcome outcome = Outcome::kUndecided;
  EvidenceKind evidence = EvidenceKind::kNone;
  std::string semantics;                 ///< "ub-is-error", "wrap", "math"
  std::optional<int> bound;              ///< when evidence is kBoundedSolver
  std::string reason;                    ///< for undecided, unsupported, vacuous, bounded: why, and what to do
  std::vector<std::string> assumptions;  ///< aliasing, lengths, declared bounds
  std::optional<Witness> witness;
  QueryStatistics statistics;
  Grade grade() const { return grade_of(outcome, evidence); }
};

}  // namespace assay::solver
