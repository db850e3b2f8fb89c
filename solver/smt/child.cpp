// The child road: SMT-LIB 2 to the stdin of `assay-solve`, which answers in lines: "sat", "unsat" or "unknown LIMIT WORDS"; the
// rlimit it spent; for "sat" one line `VALUE NAME` for each variable. Out of memory, a crash and a kill are `unknown`.
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <sstream>

#include "base/process.h"
#include "base/sanitizers.h"
#include "solver/smt/smtlib.h"
#include "solver/smt/solver.h"

namespace assay::solver::smt {
namespace {

constexpr int kOutOfMemory = 42;  // exit status of the child when an allocation failed

std::string child_executable(const Limits& limits) { return limits.child.empty() ? companion_program("assay-solve") : limits.child; }

bool parse_wide(const std::string& digits, Wide& value) {
  const bool negative = !digits.empty() && digits[0] == '-';
  value = 0;
  for (std::size_t i = negative ? 1 : 0; i < digits.size(); ++i) {
    if (digits[i] < '0' || digits[i] > '9') return false;
    if (__builtin_mul_overflow(value, Wide{10}, &value) || __builtin_add_overflow(value, Wide{digits[i] - '0'}, &value)) return false;
  }
  if (negative) value = -value;
  return digits.size() > (negative ? 1u : 0u);
}

Limit limit_named(const std::string& name) {
  for (Limit limit : {Limit::kRlimit, Limit::kTimeout, Limit::kMemory, Limit::kCancelled})
    if (name_of(limit) == name) return limit;
  return Limit::kIncomplete;
}

Answer unknown(Limit limit, std::string detail) {
  Answer answer;
  answer.limit = limit;
  answer.detail = std::move(detail);
  return answer;
}

Answer read_answer(const std::string& output) {
  Answer answer;
  std::istringstream lines(output);
  std::string verdict, line;
  if (!std::getline(lines, verdict) || !(lines >> answer.rlimit_spent))
    return unknown(Limit::kIncomplete, "the solver child answered nothing readable");
  std::getline(lines, line);
  if (verdict == "unsat") answer.satisfiable = Satisfiable::kNo;
  if (verdict == "sat") {
    answer.satisfiable = Satisfiable::kYes;
    while (std::getline(lines, line)) {
      const std::size_t space = line.find(' ');
      Wide value = 0;
      if (space == std::string::npos || !parse_wide(line.substr(0, space), value))
        return unknown(Limit::kIncomplete, "unreadable model line: " + line);
      answer.model.set(line.substr(space + 1), value);
    }
  }
  if (verdict.starts_with("unknown ")) {
    std::istringstream words(verdict.substr(8));
    std::string limit;
    words >> limit;
    answer.limit = limit_named(limit);
    std::getline(words >> std::ws, answer.detail);
  }
  return answer;
}

Answer after_death(const ProcessResult& process) {
  if (process.cancelled) return unknown(Limit::kCancelled, "interrupted");
  if (process.timed_out) return unknown(Limit::kTimeout, "the solver child was stopped by the clock");
  if (process.exit_code == kOutOfMemory) return unknown(Limit::kMemory, "the solver child reached its memory cap");
  if (process.signal != 0)
    return unknown(Limit::kMemory, "the solver child died of signal " + std::to_string(process.signal) + ", most likely at its memory cap");
  return unknown(Limit::kIncomplete, "the solver child failed: " + process.error_output);
}

}  // namespace

Answer solve_in_child(const std::vector<Term>& assertions, const Limits& limits, const Session* session) {
  ProcessSpec spec;
  const std::string executable = child_executable(limits);
  if (executable.empty()) return unknown(Limit::kIncomplete, "assay-solve was not found beside the program or in PATH");
  spec.command = {executable, std::to_string(limits.rlimit), std::to_string(static_cast<long long>(limits.wall_seconds * 1000))};
  spec.input = to_smtlib(assertions);
  spec.wall_seconds = limits.wall_seconds + 5;  // Z3's own clock comes first
  spec.memory_mb = kAddressSanitizer ? 0 : limits.memory_mb;
  Result<ProcessResult> process = run_process(spec, session);
  if (!process) return unknown(process.error().kind == ErrorKind::kCancelled ? Limit::kCancelled : Limit::kIncomplete, process.error().message);
  const bool died = process->cancelled || process->timed_out || process->signal != 0 || process->exit_code != 0;
  Answer answer = died ? after_death(*process) : read_answer(process->output);
  answer.seconds = process->seconds;
  return answer;
}

int child_main(int argument_count, char** arguments) {
  if (argument_count != 3) {
    std::cerr << "usage: assay-solve RLIMIT MILLISECONDS < QUERY.smt2\n";
    return 2;
  }
  std::uint64_t rlimit = 0;
  unsigned milliseconds = 0;
  const std::string first = arguments[1], second = arguments[2];
  if (std::from_chars(first.data(), first.data() + first.size(), rlimit).ec != std::errc() ||
      std::from_chars(second.data(), second.data() + second.size(), milliseconds).ec != std::errc()) {
    std::cerr << "assay-solve: RLIMIT and MILLISECONDS are whole numbers\n";
    return 2;
  }
  try {
    const std::string query{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    const std::string answer = decide_text(query, rlimit, milliseconds);
    std::cout << answer << std::flush;
    std::_Exit(answer.find("out of memory") != std::string::npos ? kOutOfMemory : 0);  // tearing a large context down only costs time
  } catch (const std::bad_alloc&) { std::_Exit(kOutOfMemory); }
}

}  // namespace assay::solver::smt
