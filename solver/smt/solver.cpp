#include "solver/smt/solver.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "solver/smt/smtlib.h"
#include "solver/smt/z3_bridge.h"

namespace assay::solver::smt {
namespace {

using Clock = std::chrono::steady_clock;

unsigned clamp(std::uint64_t value) { return static_cast<unsigned>(std::min<std::uint64_t>(value, std::numeric_limits<unsigned>::max())); }

std::uint64_t rlimit_count(const z3::solver& solver) {
  const z3::stats statistics = solver.statistics();
  for (unsigned i = 0; i < statistics.size(); ++i)
    if (statistics.key(i) == "rlimit count")
      return statistics.is_uint(i) ? statistics.uint_value(i) : static_cast<std::uint64_t>(statistics.double_value(i));
  return 0;
}

/// rlimit ends a query as `canceled`, the clock as `timeout`; memory has its own words; the rest is a procedure that gave up.
Limit limit_of(const std::string& reason, double seconds, double wall_seconds) {
  if (reason.find("timeout") != std::string::npos) return Limit::kTimeout;
  if (reason.find("memory") != std::string::npos) return Limit::kMemory;
  if (reason.find("resource") != std::string::npos) return Limit::kRlimit;
  if (reason.find("cancel") != std::string::npos) return seconds >= wall_seconds ? Limit::kTimeout : Limit::kRlimit;
  return Limit::kIncomplete;
}

/// The specialised engine where the logic has one; Z3's own choice of tactics otherwise.
z3::solver solver_for(z3::context& context, const std::string& logic) {
  return logic == "QF_BV" ? z3::solver(context, "QF_BV") : z3::solver(context);
}

void configure(z3::context& context, z3::solver& solver, std::uint64_t rlimit, double wall_seconds) {
  z3::params parameters(context);
  parameters.set("rlimit", clamp(rlimit));
  parameters.set("timeout", clamp(static_cast<std::uint64_t>(std::max(1.0, wall_seconds * 1000))));
  solver.set(parameters);
}

void run(z3::solver& solver, Answer& answer, double wall_seconds) {
  const Clock::time_point start = Clock::now();
  auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  switch (solver.check()) {
    case z3::unsat: answer.satisfiable = Satisfiable::kNo; break;
    case z3::sat:
      answer.satisfiable = Satisfiable::kYes;
      if (!read_model(solver.get_model(), answer.model)) {
        answer.satisfiable = Satisfiable::kUnknown;
        answer.limit = Limit::kIncomplete;
        answer.detail = "the model holds a number beyond 128 bits";
      }
      break;
    case z3::unknown:
      answer.detail = solver.reason_unknown();
      answer.limit = limit_of(answer.detail, elapsed(), wall_seconds);
      break;
  }
  answer.rlimit_spent = rlimit_count(solver);
  answer.seconds = elapsed();
}

void give_up(Answer& answer, const z3::exception& problem, double seconds, double wall_seconds) {
  answer.satisfiable = Satisfiable::kUnknown;
  answer.detail = problem.msg();
  answer.limit = limit_of(answer.detail, seconds, wall_seconds);
}

std::optional<Answer> decide_by_folding(const std::vector<Term>& assertions) {
  Answer answer;
  answer.by_folding = true;
  bool all_true = true;
  for (Term assertion : assertions) {
    if (assertion.is_false()) {
      answer.satisfiable = Satisfiable::kNo;
      return answer;
    }
    all_true &= assertion.is_true();
  }
  if (!all_true) return std::nullopt;
  answer.satisfiable = Satisfiable::kYes;
  return answer;
}

}  // namespace

std::string_view name_of(Limit limit) {
  switch (limit) {
    case Limit::kNone: return "";
    case Limit::kRlimit: return "rlimit";
    case Limit::kTimeout: return "timeout";
    case Limit::kMemory: return "memory";
    case Limit::kIncomplete: return "incomplete";
    case Limit::kCancelled: return "cancelled";
  }
  return "";
}

namespace {

Answer decide_here(const std::vector<Term>& assertions, std::uint64_t rlimit, double wall_seconds, bool small) {
  if (std::optional<Answer> folded = decide_by_folding(assertions)) return *std::move(folded);
  Answer answer;
  const Clock::time_point start = Clock::now();
  try {
    z3::context context;
    z3::solver solver = small ? z3::solver(context, z3::solver::simple()) : solver_for(context, logic_of(assertions));
    configure(context, solver, rlimit, wall_seconds);
    for (const z3::expr& assertion : translate(context, assertions)) solver.add(assertion);
    run(solver, answer, wall_seconds);
  } catch (const z3::exception& problem) { give_up(answer, problem, std::chrono::duration<double>(Clock::now() - start).count(), wall_seconds); }
  return answer;
}

}  // namespace

Answer solve_here(const std::vector<Term>& assertions, std::uint64_t rlimit, double wall_seconds) {
  return decide_here(assertions, rlimit, wall_seconds, false);
}

Answer solve_small(const std::vector<Term>& assertions, std::uint64_t rlimit, double wall_seconds) {
  return decide_here(assertions, rlimit, wall_seconds, true);
}

Answer solve(const std::vector<Term>& assertions, const Limits& limits, const Session* session) {
  const std::uint64_t first = limits.isolate ? std::min(limits.in_process_rlimit, limits.rlimit) : limits.rlimit;
  Answer answer = solve_here(assertions, first, limits.wall_seconds);
  const bool decided = answer.satisfiable != Satisfiable::kUnknown;
  if (decided || !limits.isolate || first == limits.rlimit || answer.limit == Limit::kTimeout) return answer;
  Answer second = solve_in_child(assertions, limits, session);
  second.rlimit_spent += answer.rlimit_spent;
  second.seconds += answer.seconds;
  return second;
}

std::string decide_text(const std::string& smtlib, std::uint64_t rlimit, unsigned milliseconds) {
  Answer answer;
  const double wall_seconds = milliseconds / 1000.0;
  std::string text;
  try {
    z3::context context;
    z3::solver solver = solver_for(context, smtlib.find("(set-logic QF_BV)") != std::string::npos ? "QF_BV" : "ALL");
    configure(context, solver, rlimit, wall_seconds);
    for (const z3::expr& assertion : context.parse_string(smtlib.c_str())) solver.add(assertion);
    run(solver, answer, wall_seconds);
    if (answer.satisfiable == Satisfiable::kYes) {
      const z3::model model = solver.get_model();
      for (unsigned i = 0; i < model.num_consts(); ++i) {
        const z3::func_decl declaration = model.get_const_decl(i);
        const z3::expr value = model.get_const_interp(declaration);
        text +=
            fmt::format("{} {}\n", value.is_bool() ? (value.is_true() ? "1" : "0") : Z3_get_numeral_string(context, value), declaration.name().str());
      }
    }
  } catch (const z3::exception& problem) { give_up(answer, problem, 0, wall_seconds); }
  switch (answer.satisfiable) {
    case Satisfiable::kNo: return fmt::format("unsat\n{}\n", answer.rlimit_spent);
    case Satisfiable::kYes: return fmt::format("sat\n{}\n{}", answer.rlimit_spent, text);
    case Satisfiable::kUnknown: break;
  }
  return fmt::format("unknown {} {}\n{}\n", name_of(answer.limit), answer.detail, answer.rlimit_spent);
}

}  // namespace assay::solver::smt
