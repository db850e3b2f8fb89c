// What the interpreter reports, check by check, and what it leaves behind. Sources are C, so that the tests read as the user's code does.
#include "frontend/program/interpreter.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "frontend/lowering/lowering.h"

namespace assay::program {
namespace {

Program lower(const std::string& source) {
  auto lowered = lowering::lower_source(source, "f.c");
  EXPECT_TRUE(lowered) << (lowered ? "" : lowered.error().to_string());
  return lowered ? std::move(lowered->program) : Program{};
}

RunResult run(const std::string& source, std::vector<Argument> arguments = {}, const RunOptions& options = {}) {
  const Program program = lower(source);
  return Interpreter(program).run(*program.find("f"), arguments, options);
}

Argument number(std::int64_t value) { return Argument::scalar(value); }

std::string failure(const RunResult& result) {
  if (result.end == RunEnd::kUnsupported) return "unsupported: " + result.unsupported;
  return result.failure ? std::string(info(result.failure->kind).id) : "none";
}

struct Case {
  const char* name;
  const char* source;
  std::vector<Argument> arguments;
  const char* expected;
};

class EachCheck : public testing::TestWithParam<Case> {};

TEST_P(EachCheck, is_reported_by_its_kind) {
  const RunResult result = run(GetParam().source, GetParam().arguments);
  EXPECT_EQ(failure(result), GetParam().expected);
  if (result.failure) { EXPECT_GT(result.failure->where.begin.line, 0); }
}

const Case kCases[] = {
    {"addition", "int f(int x) { return x + 1; }", {number(2147483647)}, "signed-overflow"},
    {"addition_that_fits", "int f(int x) { return x + 1; }", {number(2147483646)}, "none"},
    {"long_multiplication", "long f(long x) { return x * x; }", {number(3037000500)}, "signed-overflow"},
    {"unsigned_wraps", "unsigned f(unsigned x) { return x + 1u; }", {number(4294967295)}, "none"},
    {"narrow_types_promote", "signed char f(signed char x) { return x + 1; }", {number(127)}, "none"},
    {"negation", "int f(int x) { return -x; }", {number(-2147483648)}, "negation-overflow"},
    {"division", "int f(int x) { return 1 / x; }", {number(0)}, "division-by-zero"},
    {"remainder", "int f(int x, int y) { return x % y; }", {number(-2147483648), number(-1)}, "division-overflow"},
    {"shift_count", "int f(int n) { return 1 << n; }", {number(32)}, "shift-count"},
    {"shift_count_negative", "unsigned f(int n) { return 1u >> n; }", {number(-1)}, "shift-count"},
    {"shift_into_sign", "int f(int n) { return 1 << n; }", {number(31)}, "shift-overflow"},
    {"shift_of_negative", "int f(int x) { return x << 1; }", {number(-1)}, "shift-overflow"},
    {"index", "int f(int i) { int a[3] = {1, 2, 3}; return a[i]; }", {number(3)}, "index-bounds"},
    {"index_negative", "int f(int i) { int a[3] = {1, 2, 3}; a[i] = 0; return 0; }", {number(-1)}, "index-bounds"},
    {"row_of_matrix", "int f(int j) { int a[2][3] = {{0}}; return a[0][j]; }", {number(4)}, "index-bounds"},
    {"one_past_end", "int f(int *p) { return p[2]; }", {Argument::array({1, 2})}, "pointer-bounds"},
    {"far_past_end", "int f(int *p) { return *(p + 3); }", {Argument::array({1, 2})}, "pointer-arithmetic"},
    {"end_pointer_itself", "long f(int *p) { int *q = p + 2; return q - p; }", {Argument::array({1, 2})}, "none"},
    {"relation", "int f(int *p, int *q) { return p < q; }", {Argument::array({1}), Argument::array({1})}, "pointer-relation"},
    {"equality_of_strangers", "int f(int *p, int *q) { return p == q; }", {Argument::array({1}), Argument::array({1})}, "none"},
    {"null", "int f(int *p) { return *p; }", {Argument::null()}, "null-dereference"},
    {"dangling_block", "int f(void) { int *p; { int x = 1; p = &x; } return *p; }", {}, "dangling-pointer"},
    {"dangling_frame", "int *g(void) { int x = 1; int *p = &x; return p; } int f(void) { int *p = g(); return *p; }", {}, "dangling-pointer"},
    {"dangling_iteration",
     "int f(void) { int *p = 0; for (int i = 0; i < 2; i++) { int x; if (i == 0) { x = 1; p = &x; } else return *p; } return 0; }",
     {},
     "dangling-pointer"},
    {"uninitialised", "int f(int c) { int x; if (c) x = 1; return x; }", {number(0)}, "uninitialised-read"},
    {"initialised_on_this_path", "int f(int c) { int x; if (c) x = 1; return x; }", {number(1)}, "none"},
    {"uninitialised_element", "int f(int i) { int a[3]; a[0] = 1; return a[i]; }", {number(1)}, "uninitialised-read"},
    {"uninitialised_field", "struct s { int a, b; }; int f(void) { struct s x; x.a = 1; struct s y = x; return y.b; }", {}, "uninitialised-read"},
    {"declared_again_each_iteration",
     "int f(void) { int s = 0; for (int i = 0; i < 2; i++) { int x; if (i == 0) x = 1; s += x; } return s; }",
     {},
     "uninitialised-read"},
    {"missing_return", "int g(int x) { if (x) return 1; } int f(int x) { return g(x); }", {number(0)}, "missing-return"},
    {"missing_return_unused", "int g(int x) { if (x) return 1; } int f(int x) { g(x); return 0; }", {number(0)}, "none"},
    {"const_object", "static const int c = 1; int f(void) { int *p = (int *)&c; *p = 2; return c; }", {}, "const-write"},
    {"assertion", "#include <assert.h>\nint f(int x) { assert(x > 0); return x; }", {number(0)}, "assertion"},
    {"unreachable", "int f(int x) { if (x) __builtin_unreachable(); return x; }", {number(1)}, "unreachable"},
    {"precondition_of_callee", "int g(int x) { //@ requires x > 0;\n return x; } int f(int x) { return g(x); }", {number(0)}, "precondition"},
    {"postcondition", "int f(int x) { //@ ensures result > 0;\n return x; }", {number(0)}, "postcondition"},
    {"postcondition_reads_entry_values", "int f(int x) { //@ ensures result == x + 1;\n x = x + 1; return x; }", {number(4)}, "none"},
    {"invariant", "int f(int n) { int i = 0; while (i < n) { //@ invariant i < 3;\n i++; } return i; }", {number(5)}, "loop-invariant"},
    {"invariant_holds_at_exit_too", "int f(int n) { int i = 0; while (i < n) { //@ invariant i <= n;\n i++; } return i; }", {number(5)}, "none"},
    {"contract_undefined", "int f(int x) { //@ requires 1 / x > 0;\n return x; }", {number(0)}, "contract-undefined"},
};

TEST(Interpreter, refuses_what_it_cannot_model_by_name) {
  const Program program = lower("int g(int); int f(int x) { return g(x); }");
  const RunResult result = Interpreter(program).run(*program.find("f"), std::vector<Argument>{number(1)});
  EXPECT_EQ(result.end, RunEnd::kUnsupported);
  EXPECT_NE(result.unsupported.find("'g'"), std::string::npos) << result.unsupported;
}

INSTANTIATE_TEST_SUITE_P(Interpreter, EachCheck, testing::ValuesIn(std::begin(kCases), std::end(kCases)),
                         [](const auto& of) { return std::string(of.param.name); });

TEST(Interpreter, messages_carry_the_values) {
  const RunResult result = run("int f(int x) { return x + 1; }", {number(2147483647)});
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->message, "2147483647 + 1 does not fit int");
  EXPECT_EQ(result.failure->where.to_string(), "f.c:1:23");
}

TEST(Interpreter, signed_arithmetic_wraps_in_the_wrapping_mode_at_every_width) {
  constexpr std::int64_t kIntMin = -2147483648, kIntMax = 2147483647;
  RunOptions wrapping;
  wrapping.wrap_signed = true;
  const auto result = [&](const std::string& body, std::int64_t x, std::int64_t y) -> std::int64_t {
    const RunResult seen = run(body, {number(x), number(y)}, wrapping);
    EXPECT_EQ(seen.end, RunEnd::kReturned) << body << (seen.failure ? ": " + seen.failure->message : "");
    return seen.value ? seen.value->integer : 0;
  };
  EXPECT_EQ(result("int f(int x, int y) { return x + y; }", kIntMax, 1), kIntMin);
  EXPECT_EQ(result("int f(int x, int y) { return x - y; }", kIntMin, 1), kIntMax);
  EXPECT_EQ(result("int f(int x, int y) { return x * y; }", 65536, 65537), 65536);
  EXPECT_EQ(result("int f(int x, int y) { return -x + y; }", kIntMin, 0), kIntMin);
  EXPECT_EQ(result("int f(int x, int y) { return x << y; }", -3, 2), -12);
  EXPECT_EQ(result("int f(int x, int y) { return x << y; }", 3, 31), kIntMin);
  EXPECT_EQ(result("long f(long x, long y) { return x + y; }", INT64_MAX, 1), INT64_MIN);
  EXPECT_EQ(result("long f(long x, long y) { return x * y; }", INT64_MAX, 2), -2);
  EXPECT_EQ(result("long f(long x, long y) { return -x + y; }", INT64_MIN, 0), INT64_MIN);
}

TEST(Interpreter, what_is_no_overflow_of_plus_minus_times_or_shift_fails_in_the_wrapping_mode_too) {
  RunOptions wrapping;
  wrapping.wrap_signed = true;
  EXPECT_EQ(failure(run("int f(int x, int y) { return x / y; }", {number(-2147483648), number(-1)}, wrapping)), "division-overflow");
  EXPECT_EQ(failure(run("int f(int x, int y) { return x % y; }", {number(-2147483648), number(-1)}, wrapping)), "division-overflow");
  EXPECT_EQ(failure(run("int f(int x, int y) { return x << y; }", {number(1), number(32)}, wrapping)), "shift-count");
  EXPECT_EQ(failure(run("#include <stdlib.h>\nint f(int x) { return abs(x); }", {number(-2147483648)}, wrapping)), "negation-overflow");
}

TEST(Interpreter, an_input_outside_the_precondition_is_no_failure) {
  const RunResult result = run("int f(int x) { //@ requires x > 0;\n return x; }", {number(0)});
  EXPECT_EQ(result.end, RunEnd::kPreconditionUnmet);
}

TEST(Interpreter, contracts_can_be_switched_off) {
  RunOptions options;
  options.check_contracts = false;
  const RunResult result = run("int f(int x) { //@ requires x > 0;\n //@ ensures result > 5;\n return x; }", {number(0)}, options);
  EXPECT_EQ(result.end, RunEnd::kReturned);
}

TEST(Interpreter, an_endless_loop_ends_at_the_step_limit_and_endless_recursion_at_its_own) {
  RunOptions options;
  options.step_limit = 1000;
  EXPECT_EQ(run("int f(void) { for (;;) {} }", {}, options).end, RunEnd::kStepLimit);
  EXPECT_EQ(run("int f(int n) { return f(n); }", {number(1)}).end, RunEnd::kRecursionLimit);
}

TEST(Interpreter, leaves_the_final_cells_of_arrays_and_what_was_printed) {
  const RunResult result =
      run("#include <stdio.h>\nvoid f(short *p, int n) { for (int i = 0; i < n; i++) p[i] *= 2; printf(\"%d %s|%5u|%-3x|%c\\n\", -1, \"ab\", 7u, "
          "255u, 'z'); }",
          {Argument::array({1, -2, 30000}), number(3)});
  EXPECT_EQ(result.end, RunEnd::kReturned);
  ASSERT_EQ(result.arrays[0].size(), 3u);
  EXPECT_EQ(result.arrays[0][1].integer, -4);
  EXPECT_EQ(result.arrays[0][2].integer, -5536);
  EXPECT_EQ(result.output, "-1 ab|    7|ff |z\n");
  EXPECT_FALSE(result.value);
}

TEST(Interpreter, arguments_that_alias_share_their_cells) {
  Argument alias;
  alias.kind = Argument::Kind::kAlias;
  alias.shared_with = 0;
  alias.offset = 1;
  const RunResult result = run("int f(int *p, int *q) { *q = 9; return p[1]; }", {Argument::array({1, 2}), alias});
  EXPECT_EQ(result.value->integer, 9);
}

TEST(Interpreter, each_run_starts_from_the_initial_globals) {
  const Program program = lower("static int count = 5; int f(void) { return count++; }");
  const Interpreter interpreter(program);
  EXPECT_EQ(interpreter.run(*program.find("f"), {}).value->integer, 5);
  EXPECT_EQ(interpreter.run(*program.find("f"), {}).value->integer, 5);
}

TEST(Interpreter, arguments_that_do_not_fit_the_parameters_are_named) {
  const Program program = lower("int f(int *p, int n) { return p[n]; }");
  const Interpreter interpreter(program);
  EXPECT_EQ(interpreter.run(*program.find("f"), std::vector<Argument>{number(1)}).end, RunEnd::kUnsupported);
  const RunResult swapped = interpreter.run(*program.find("f"), std::vector<Argument>{number(1), number(1)});
  EXPECT_EQ(swapped.end, RunEnd::kUnsupported);
  EXPECT_NE(swapped.unsupported.find("argument 1 of 'f'"), std::string::npos);
}

// ---- program points ------------------------------------------------------------------------------------------------------
constexpr const char* kRunningMaximum = R"(
int f(const int *a, int n) {
  int best = a[0];
  for (int i = 1; i < n; i++) {
    if (a[i] > best) best = a[i];
    //@ label step
  }
  return best;
})";

TEST(Interpreter, observes_a_variable_at_each_visit_of_a_label) {
  const Program program = lower(kRunningMaximum);
  Interpreter interpreter(program);
  const std::vector<ProgramPoint> points = {*ProgramPoint::parse("f.step.best[0]"), *ProgramPoint::parse("f.step.best[1]"),
                                            *ProgramPoint::parse("f.step.best")};
  ASSERT_TRUE(interpreter.watch(points));
  RunOptions options;
  options.observe = true;
  const RunResult result = interpreter.run(*program.find("f"), std::vector<Argument>{Argument::array({1, 5, 3, 9}), number(4)}, options);
  ASSERT_EQ(result.observations.size(), 3u);
  std::map<std::size_t, std::int64_t> seen;
  for (const Observation& o : result.observations) seen[o.point] = o.value.integer;
  EXPECT_EQ(seen, (std::map<std::size_t, std::int64_t>{{0, 5}, {1, 5}, {2, 9}}));
}

TEST(Interpreter, a_setting_changes_the_variable_at_the_visit_it_names) {
  const Program program = lower(kRunningMaximum);
  Interpreter interpreter(program);
  const std::vector<ProgramPoint> points = {*ProgramPoint::parse("f.step.best")};
  ASSERT_TRUE(interpreter.watch(points));
  const std::vector<Argument> arguments = {Argument::array({1, 5, 3, 9}), number(4)};
  const auto with = [&](std::uint32_t visit, std::int64_t value) {
    const std::vector<Setting> settings = {{0, visit, value}};
    RunOptions options;
    options.settings = settings;
    return interpreter.run(*program.find("f"), arguments, options).value->integer;
  };
  EXPECT_EQ(with(0, 50), 50);
  EXPECT_EQ(with(1, 7), 9);
  EXPECT_EQ(with(2, 7), 7);
  EXPECT_EQ(with(Setting::kEveryVisit, 2), 2);
  EXPECT_EQ(interpreter.run(*program.find("f"), arguments).value->integer, 9);
}

TEST(Interpreter, unknown_points_are_answered_with_the_nearest_name) {
  const Program program = lower(kRunningMaximum);
  Interpreter interpreter(program);
  const auto remedy = [&](const char* text) {
    const std::vector<ProgramPoint> points = {*ProgramPoint::parse(text)};
    const Status status = interpreter.watch(points);
    return status ? "" : status.error().remedy;
  };
  EXPECT_NE(remedy("f.stop.best").find("'step'"), std::string::npos);
  EXPECT_NE(remedy("f.step.bets").find("'best'"), std::string::npos);
  EXPECT_NE(remedy("g.step.best").find("'f'"), std::string::npos);
  EXPECT_FALSE(ProgramPoint::parse("f.step"));
  EXPECT_FALSE(ProgramPoint::parse("f.step.x[-1]"));
  EXPECT_EQ(ProgramPoint::parse("f.step.x[12]")->to_string(), "f.step.x[12]");
}

TEST(Interpreter, the_fast_path_agrees_with_the_full_one_from_several_threads) {
  const Program program = lower(kRunningMaximum);
  const Interpreter interpreter(program);
  const FunctionId f = *program.find("f");
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::int64_t x = 0; x < 500; ++x) {
        const std::array<std::int64_t, 3> a = {x % 7, (x * t) % 11, x % 5};
        const std::array<std::span<const std::int64_t>, 1> arrays = {a};
        const std::array<std::int64_t, 1> n = {3};
        std::int64_t value = -1;
        if (!interpreter.run_integers(f, n, arrays, value) || value != std::max({a[0], a[1], a[2]})) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  const std::array<std::span<const std::int64_t>, 1> empty = {std::span<const std::int64_t>{}};
  const std::array<std::int64_t, 1> n = {3};
  std::int64_t untouched = 77;
  EXPECT_FALSE(interpreter.run_integers(f, n, empty, untouched));
  EXPECT_EQ(untouched, 77);
}

}  // namespace
}  // namespace assay::program
