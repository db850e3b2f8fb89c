// Contracts: parsed by Clang where they stand, reported where they stand, and without any effect on the places of everything else.
#include <gmock/gmock.h>

#include "tests/frontend/lowering_support.h"

namespace assay::lowering {
namespace {

using namespace testing;
using program::CheckKind;
using program::RunEnd;
using ::testing::HasSubstr;

const program::Function& function_of(const Lowered& source, const std::string& name) { return source.program.function(*source.program.find(name)); }

Error error_of(const std::string& source) {
  Result<Lowered> result = lower_source(source, "test.c");
  if (result) {
    ADD_FAILURE() << "no error for\n" << source;
    return {};
  }
  return result.error();
}

TEST(Contracts, requires_limits_the_domain_and_ensures_is_checked) {
  Lowered source = lowered("//@ requires x > 0 && x < 100;\n//@ ensures result > old(x);\nint f(int x) { return x == 7 ? 7 : x + 1; }");
  EXPECT_EQ(function_of(source, "f").requires_.size(), 1u);
  EXPECT_EQ(function_of(source, "f").requires_[0].text, "x > 0 && x < 100");
  EXPECT_EQ(run(source, "f", {0}).end, RunEnd::kPreconditionUnmet);
  EXPECT_EQ(run(source, "f", {3}).end, RunEnd::kReturned);
  program::RunResult failed = run(source, "f", {7});
  ASSERT_TRUE(failed.failure.has_value());
  EXPECT_EQ(failed.failure->kind, CheckKind::kPostcondition);
}

TEST(Contracts, cbmc_names_mean_the_same) {
  Lowered source = lowered(
      "int f(int x)\n__CPROVER_requires(x > 0)\n__CPROVER_ensures(__CPROVER_return_value > __CPROVER_old(x))\n{\n"
      "  __CPROVER_assume(x < 50);\n  __CPROVER_assert(x != 9, \"nine\");\n  int s = 0;\n"
      "  for (int i = 0; i < x; i++)\n  __CPROVER_loop_invariant(s == i)\n  { s++; }\n  return s + (x != 7);\n}\n");
  EXPECT_EQ(run(source, "f", {0}).end, RunEnd::kPreconditionUnmet);
  EXPECT_EQ(run(source, "f", {60}).end, RunEnd::kPreconditionUnmet);
  EXPECT_EQ(run(source, "f", {7}).failure->kind, CheckKind::kPostcondition);
  EXPECT_EQ(run(source, "f", {9}).failure->kind, CheckKind::kAssertion);
  EXPECT_EQ(run(source, "f", {3}).value->integer, 4);
}

TEST(Contracts, invariant_and_assert_are_checked_and_point_into_their_comments) {
  Lowered source = lowered(
      "int f(int n) {\n  int s = 0;\n  for (int i = 0; i < n; i++) {\n    //@ invariant s < 3;\n    s++;\n  }\n  /*@ assert s != 2; */\n  return "
      "s;\n}");
  program::RunResult invariant = run(source, "f", {5});
  EXPECT_EQ(invariant.failure->kind, CheckKind::kLoopInvariant);
  EXPECT_EQ(invariant.failure->where.begin.line, 4);
  program::RunResult assertion = run(source, "f", {2});
  EXPECT_EQ(assertion.failure->kind, CheckKind::kAssertion);
  EXPECT_EQ(assertion.failure->where.begin, (SourcePoint{7, 3}));
}

TEST(Contracts, length_counts_the_elements_behind_a_pointer) {
  Lowered source = lowered("//@ requires length(a) == n;\nint f(const int *a, int n) { return a[n - 1]; }");
  program::Interpreter interpreter(source.program);
  program::FunctionId f = *source.program.find("f");
  std::vector<program::Argument> fits = {program::Argument::array({1, 2, 3}), program::Argument::scalar(3)};
  std::vector<program::Argument> differs = {program::Argument::array({1, 2, 3}), program::Argument::scalar(2)};
  EXPECT_EQ(interpreter.run(f, fits).value->integer, 3);
  EXPECT_EQ(interpreter.run(f, differs).end, RunEnd::kPreconditionUnmet);
}

TEST(Contracts, clauses_may_call_pure_functions_of_the_file) {
  Lowered source = lowered("int square(int x) { return x * x; }\n//@ ensures result == square(x);\nint f(int x) { return x == 4 ? 0 : x * x; }");
  EXPECT_FALSE(function_of(source, "f").ensures[0].prelude.empty());
  EXPECT_EQ(run(source, "f", {3}).end, RunEnd::kReturned);
  EXPECT_EQ(run(source, "f", {4}).failure->kind, CheckKind::kPostcondition);
}

TEST(Contracts, a_call_in_a_clause_must_be_pure) {
  Error error = error_of("int g;\nint bump(int x) { g = x; return 1; }\n//@ requires bump(x);\nint f(int x) { return x; }");
  EXPECT_EQ(error.kind, ErrorKind::kInput);
  EXPECT_THAT(error.message, HasSubstr("calls 'bump', which is not pure"));
  EXPECT_EQ(error.where->begin.line, 3);
}

TEST(Contracts, mistakes_are_reported_at_their_place_in_the_comment) {
  const std::tuple<const char*, const char*, SourcePoint> cases[] = {
      {"int f(int n) {\n  //@ assert n > zero;\n  return n;\n}", "use of undeclared identifier 'zero'", {2, 18}},
      {"//@ requires n >;\nint f(int n) { return n; }", "expected expression", {1, 17}},
      {"int f(int n) { return n; }\n//@ ensures result > 0;", "no function definition follows", {2, 1}},
      {"//@ ensures result > 0;\nvoid f(int n) { (void)n; }", "undeclared identifier 'result'", {1, 13}},
      {"int f(int n) {\n  n++; //@ requires n > 0;\n  return n;\n}", "after the first statement", {2, 8}},
      {"int f(int n) {\n  //@ invariant n > 0;\n  return n;\n}", "outside the start of a loop's body", {2, 3}},
      {"int f(int n) {\n  if (n)\n    //@ assert n;\n    n = 1;\n  return n;\n}", "in the middle of a statement", {3, 5}},
      {"int f(int n) {\n  //@ assert n = 3;\n  return n;\n}", "changes a variable", {2, 16}},
      {"int f(int n) {\n  //@ asert n;\n  return n;\n}", "unknown contract clause 'asert'", {2, 3}},
      {"int f(int n) {\n  //@ label a\n  //@ label a\n  return n;\n}", "label 'a' appears twice", {3, 3}},
      {"int f(int n) {\n  //@ label two words\n  return n;\n}", "is not a name", {2, 3}},
      {"//@ requires\nint f(int n) { return n; }", "without a condition", {1, 1}},
      {"//@ label here\nint f(int n) { return n; }", "outside a function", {1, 1}},
  };
  for (const auto& [source, message, place] : cases) {
    Error error = error_of(source);
    EXPECT_EQ(error.kind, ErrorKind::kInput) << source;
    EXPECT_THAT(error.message, HasSubstr(message)) << source;
    ASSERT_TRUE(error.where.has_value()) << source;
    EXPECT_EQ(error.where->begin, place) << source << "\n" << error.to_string();
  }
}

TEST(Contracts, clauses_that_are_not_modelled_refuse_their_function) {
  EXPECT_THAT(refusal_of("int f(int *p)\n__CPROVER_assigns(*p)\n{ return *p; }"), HasSubstr("test.c:2:1: contract clause __CPROVER_assigns"));
}

/// All origins of a block, in order.
void origins(const program::Block& block, const program::Program& program, std::vector<SourceRange>& out) {
  for (const program::Stmt& stmt : block) {
    if (stmt.kind == program::StmtKind::kLabel || stmt.kind == program::StmtKind::kAssert) continue;
    out.push_back(program.range(stmt.origin));
    if (stmt.value) out.push_back(program.range(stmt.value->origin));
    if (stmt.place) out.push_back(program.range(stmt.place->origin));
    if (stmt.loop && stmt.loop->condition) out.push_back(program.range(stmt.loop->condition->origin));
    if (stmt.loop) origins(stmt.loop->step, program, out);
    origins(stmt.body, program, out);
    origins(stmt.else_body, program, out);
  }
}

TEST(Contracts, places_of_everything_else_stay_as_in_the_original) {
  std::string with =
      "//@ requires n < 9;\n//@ ensures result >= 0;\nint f(int n) { int s = 0;\n  for (int i = 0; i < n; i++) { //@ invariant s >= 0;\n"
      "    s += i; //@ label here\n    s -= __LINE__ > 0; /*@ assert s > -9; */ s++;\n  } return s; }\n";
  std::string without = with;
  for (std::size_t at; (at = without.find('@')) != std::string::npos;) without[at] = ' ';
  Lowered a = lowered(with), b = lowered(without);
  std::vector<SourceRange> of_a, of_b;
  origins(function_of(a, "f").body, a.program, of_a);
  origins(function_of(b, "f").body, b.program, of_b);
  EXPECT_EQ(of_a, of_b);
  EXPECT_GT(of_a.size(), 20u);
}

TEST(Contracts, comments_in_macros_and_strings_are_no_clauses) {
  EXPECT_EQ(result_of("#define M 3 //@ nonsense here\nint f(void) { const char *s = \"//@ label x\"; return s[0] == '/' ? M : 0; }"), 3);
}

TEST(Contracts, names_of_clauses_stay_free_for_the_program) {
  EXPECT_EQ(result_of("int old(int x) { return x; }\nint length(int x) { return x; }\n//@ ensures result == 7;\nint f(void) { int result = old(3) + "
                      "length(4); return result; }"),
            7);
}

}  // namespace
}  // namespace assay::lowering
