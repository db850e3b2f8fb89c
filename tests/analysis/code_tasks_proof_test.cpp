// The generator against our own solver: every reference is safe and meets its contract, and every attribute matters.
//
// A seeded sample by default; ASSAY_CODE_TASKS=all proves every combination and every pair of neighbours, and prints how many and how long.
#include <fmt/format.h>

#include <atomic>
#include <chrono>

#include "frontend/lowering/lowering.h"
#include "solver/checks/check.h"
#include "solver/equivalence/equivalence.h"
#include "tests/analysis/code_tasks_support.h"

namespace assay::analysis::code_tasks {
namespace {

using testing::looked_at;
using testing::one_of_each_family;
using testing::shared_generator;

Session& session() {
  static Progress silent;
  static const std::atomic<bool> stop{false};
  static Session session{silent, stop};
  return session;
}

solver::SolverOptions options() {
  solver::SolverOptions options;
  options.replay_natively = false;  // code_tasks_generator_test compares with native code
  return options;
}

struct Read {
  program::Program program;
  program::FunctionId id;
};

Read read(const std::string& text, const FunctionText& function) {
  Result<lowering::Lowered> lowered = lowering::lower_source(text, "reference.c");
  if (!lowered) {
    ADD_FAILURE() << lowered.error().to_string();
    return {};
  }
  const auto id = lowered->program.find(function.name);
  EXPECT_TRUE(id);
  return {std::move(lowered->program), *id};
}

Read with_contract(const FunctionText& function) { return read(source_of(function), function); }
/// As a model's code is judged: only the reference says which inputs count.
Read without_contract(const FunctionText& function) { return read(declaration_of(function) + body_of(function) + "\n", function); }

/// What is not proved of a reference; empty when all is.
std::string unproved(const FunctionText& function) {
  const Read code = with_contract(function);
  Result<std::vector<solver::Verdict>> verdicts = solver::check_function(code.program, code.id, options(), session());
  if (!verdicts) return verdicts.error().to_string();
  std::string text;
  for (const solver::Verdict& verdict : *verdicts)
    if (verdict.grade() != Grade::kProved)
      text += fmt::format("  {} {}: {} {}\n", name_of(verdict.grade()), verdict.id, verdict.subject, verdict.reason);
  return text;
}

bool same_declaration(const FunctionText& one, const FunctionText& other) {
  FunctionText renamed = other;
  renamed.name = one.name;
  return declaration_of(renamed) == declaration_of(one);
}

/// Is the second refuted as an implementation of the first?
bool refuted(const FunctionText& reference, const FunctionText& implementation) {
  const Read one = with_contract(reference), other = without_contract(implementation);
  Result<solver::Verdict> verdict = solver::refines(one.program, one.id, other.program, other.id, options(), session());
  EXPECT_TRUE(verdict) << verdict.error().to_string();
  return verdict && verdict->grade() == Grade::kRefuted;
}

class Clock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

TEST(CodeTasksProof, the_solver_proves_that_references_are_safe_and_meet_their_contracts) {
  const Clock clock;
  const std::vector<std::size_t> chosen = one_of_each_family(1);
  for (const std::size_t c : chosen) {
    const FunctionText& function = shared_generator()->references().function(c);
    EXPECT_EQ(unproved(function), "") << text_of(all_combinations()[c]) << "\n" << source_of(function);
  }
  fmt::print("{} references in {:.1f} s\n", chosen.size(), clock.seconds());
}

TEST(CodeTasksProof, the_solver_refutes_a_neighbour_that_differs_in_one_attribute) {
  const Clock clock;
  int pairs = 0, other_declaration = 0;
  for (const std::size_t c : one_of_each_family(2)) {
    std::vector<std::size_t> near = neighbours(c);
    if (!testing::whole() && near.size() > 2) near = {near.front(), near.back()};
    const FunctionText& function = shared_generator()->references().function(c);
    for (const std::size_t o : near) {
      if (testing::whole() && o < c) continue;
      const FunctionText& neighbour = shared_generator()->references().function(o);
      if (!same_declaration(function, neighbour)) {
        ++other_declaration;
        continue;
      }
      ++pairs;
      EXPECT_TRUE(refuted(function, neighbour) || refuted(neighbour, function)) << text_of(all_combinations()[c]) << "\n"
                                                                                << text_of(all_combinations()[o]);
    }
  }
  EXPECT_GT(pairs, 20);
  fmt::print("{} pairs refuted, {} more differ in their declaration, in {:.1f} s\n", pairs, other_declaration, clock.seconds());
}

TEST(CodeTasksProof, sees_a_reference_that_breaks_its_contract_and_one_that_is_unsafe) {
  FunctionText function =
      shared_generator()->references().function(testing::combination_named("count:sense=below,strict=strict,step=1,first=0,end=exclusive"));
  ASSERT_EQ(unproved(function), "");
  FunctionText too_far = function;
  const auto end = too_far.body[1].find(" < ");
  ASSERT_NE(end, std::string::npos) << too_far.body[1];
  too_far.body[1].replace(end, 3, " <= ");
  EXPECT_NE(unproved(too_far).find("pointer-bounds"), std::string::npos) << unproved(too_far);
  FunctionText wrong = function;
  wrong.ensures = {"result == 0"};
  EXPECT_NE(unproved(wrong).find("refuted"), std::string::npos) << unproved(wrong);
}

}  // namespace
}  // namespace assay::analysis::code_tasks
