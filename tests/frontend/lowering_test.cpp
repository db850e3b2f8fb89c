// The semantic traps of C that lowering must get right, each by running a small function in the interpreter.
#include <gmock/gmock.h>

#include "tests/frontend/lowering_support.h"

namespace assay::lowering {
namespace {

using namespace testing;
using program::CheckKind;
using ::testing::HasSubstr;

// ---- promotions and conversions -------------------------------------------------------------------------------------------
TEST(Lowering, compound_assignment_to_char_computes_in_int_and_truncates_back) {
  EXPECT_EQ(result_of("int f(int n) { signed char c = 100; c += n; return c; }", {100}), -56);
  EXPECT_EQ(result_of("int f(int n) { unsigned char c = 200; c *= n; return c; }", {2}), 144);
}
TEST(Lowering, increment_of_a_narrow_type_wraps_by_conversion_not_by_overflow) {
  EXPECT_EQ(result_of("int f(void) { signed char c = 127; c++; return c; }"), -128);
  EXPECT_EQ(result_of("int f(void) { _Bool b = 1; b++; b++; return b; }"), 1);
  EXPECT_EQ(result_of("int f(void) { _Bool b = 0; b--; return b; }"), 1);
}
TEST(Lowering, mixed_signs_convert_to_unsigned) {
  EXPECT_EQ(result_of("int f(void) { return -1 < 1u; }"), 0);
  EXPECT_EQ(result_of("int f(void) { unsigned char a = 255; return -1 < a; }"), 1);
  EXPECT_EQ(result_of("int f(void) { unsigned short a = 65535; return a + 1; }"), 65536);
}
TEST(Lowering, conversion_to_bool_tests_against_zero) {
  EXPECT_EQ(result_of("int f(int n) { _Bool b = n; return b; }", {256}), 1);
  EXPECT_EQ(result_of("int f(int n) { int x = n; _Bool b = &x; return b; }", {0}), 1);
}
TEST(Lowering, left_operand_decides_the_width_of_a_shift) {
  EXPECT_EQ(result_of("int f(void) { unsigned char c = 255; return c << 4; }"), 4080);
  EXPECT_EQ(failure_of("int f(long n) { return 1 << n; }", {40}), CheckKind::kShiftCount);
  EXPECT_EQ(result_of("long f(int n) { return 1L << n; }", {40}), std::int64_t{1} << 40);
}
TEST(Lowering, sign_of_char_comes_from_the_target) {
  EXPECT_EQ(result_of("int f(void) { char c = (char)200; return c; }"), -56);
  EXPECT_EQ(result_of("int f(void) { char c = (char)200; return c; }", {}, {.target = "aarch64-unknown-linux-gnu"}), 200);
}
TEST(Lowering, width_of_long_comes_from_the_target) {
  EXPECT_EQ(result_of("int f(void) { return sizeof(long) * 10 + sizeof(void *); }"), 88);
  EXPECT_EQ(result_of("int f(void) { return sizeof(long) * 10 + sizeof(void *); }", {}, {.target = "i386-unknown-linux-gnu"}), 44);
  EXPECT_EQ(result_of("int f(void) { return sizeof(long); }", {}, {.target = "x86_64-pc-windows-gnu"}), 4);
}
TEST(Lowering, unsigned_constants_keep_their_bits) {
  EXPECT_EQ(result_of("int f(void) { return 18446744073709551615u > 1; }"), 1);
  EXPECT_EQ(result_of("int f(void) { unsigned long x = ~0ul; return x / 2 == 9223372036854775807ul; }"), 1);
}
TEST(Lowering, enumerators_and_characters_are_int_constants) {
  EXPECT_EQ(result_of("enum e { A = 3, B, C = -1 }; int f(void) { enum e x = B; return x * 10 + 'a' - 97 + C; }"), 39);
}

// ---- order, short circuit, side effects -------------------------------------------------------------------------------------
TEST(Lowering, short_circuit_skips_side_effects) {
  const char* source = "int f(int a) { int i = 0; if (a && i++ == 0) i += 10; (void)(a || (i += 100)); return i; }";
  EXPECT_EQ(result_of(source, {0}), 100);
  EXPECT_EQ(result_of(source, {1}), 11);
}
TEST(Lowering, short_circuit_guards_the_checks_behind_it) {
  EXPECT_EQ(result_of("int f(int d) { return d != 0 && 10 / d > 1; }", {0}), 0);
  EXPECT_EQ(result_of("int f(int d) { return d == 0 ? -1 : 10 / d; }", {0}), -1);
}
TEST(Lowering, conditional_evaluates_one_branch) {
  EXPECT_EQ(result_of("int f(int c) { int i = 0, j = 0; int r = c ? ++i : --j; return r * 100 + i * 10 + j; }", {1}), 110);
  EXPECT_EQ(result_of("int f(int c) { int i = 5; return (i ?: 7) + (c ?: 7); }", {0}), 12);
}
TEST(Lowering, comma_runs_from_left_to_right) { EXPECT_EQ(result_of("int f(void) { int i = 1; return (i++, i *= 5, i + 1); }"), 11); }
TEST(Lowering, postfix_gives_the_old_value_and_prefix_the_new_one) {
  EXPECT_EQ(result_of("int f(void) { int i = 5; int a = i++; int b = ++i; return a * 100 + b * 10 + i; }"), 577);
}
TEST(Lowering, an_operand_is_saved_before_a_later_operand_changes_it) {
  EXPECT_EQ(result_of("int g; int set(int v) { g = v; return 0; } int f(void) { g = 3; return g + set(9); }"), 3);
  EXPECT_EQ(
      result_of("int g; int set(int v) { g = v; return v; } int f(void) { int a[3] = {7, 8, 9}; g = 1; a[g] = set(2); return a[1] * 10 + a[2]; }"),
      29);
}
TEST(Lowering, assignment_yields_the_stored_value) {
  EXPECT_EQ(result_of("int f(void) { signed char c; int x = (c = 300); return x; }"), 44);
  EXPECT_EQ(result_of("int f(void) { int a, b, c; a = b = c = 4; return a + b + c; }"), 12);
}
TEST(Lowering, loop_condition_with_side_effects_runs_before_every_test) {
  EXPECT_EQ(result_of("int f(int n) { int c = 0; while (n-- > 0) c++; return c * 10 + n; }", {3}), 29);
  EXPECT_EQ(result_of("int f(int n) { int c = 0; do { c++; if (c == 2) continue; } while (--n > 0); return c; }", {3}), 3);
  EXPECT_EQ(result_of("int f(int n) { int s = 0; for (int i = 0, j = n; i < j; i++, j--) { if (i == 1) continue; s += j; } return s; }", {5}), 8);
}

// ---- unsequenced side effects -----------------------------------------------------------------------------------------------
TEST(Lowering, definite_conflicts_fail_the_unsequenced_check) {
  EXPECT_EQ(failure_of("int f(int i) { i = i++ + 1; return i; }", {1}), CheckKind::kUnsequenced);
  EXPECT_EQ(failure_of("int f(int i) { int a[9] = {0}; a[i] = i++; return i; }", {1}), CheckKind::kUnsequenced);
  EXPECT_EQ(failure_of("int g(int a, int b) { return a - b; } int f(int i) { return g(i++, i); }", {1}), CheckKind::kUnsequenced);
  EXPECT_EQ(failure_of("int f(int i) { return i++ + i++; }", {1}), CheckKind::kUnsequenced);
  EXPECT_EQ(failure_of("int f(int i) { return i > 5 ? i++ + i : 0; }", {6}), CheckKind::kUnsequenced);
}
TEST(Lowering, a_conflict_on_a_path_that_is_not_taken_is_no_failure) {
  EXPECT_EQ(failure_of("int f(int i) { return i > 5 ? i++ + i : 0; }", {1}), std::nullopt);
}
TEST(Lowering, sequenced_side_effects_stay_silent) {
  for (const char* body : {"i = i + 1", "i = (i++, i + 1)", "i++ && i++", "a[i++] = b[j++]", "a[i] = a[i - 1] + 1", "i += a[j]++", "a[0] = a[1] = 0",
                           "*p++ = j", "j = *p++ + i++", "a[j] = i = j", "i = g(i++, j)"}) {
    std::string source =
        "int g(int a, int b); int g(int a, int b) { return a + b; }\n"
        "int f(int i) { int j = 1, a[9] = {0}, b[9] = {0}; int *p = b; (void)p; (void)j; " +
        std::string(body) + "; return a[0] + b[0]; }";
    EXPECT_EQ(failure_of(source, {1}), std::nullopt) << body;
    EXPECT_EQ(refusal_of(source), "") << body;
  }
}
TEST(Lowering, unclear_conflicts_are_refused_by_name) {
  EXPECT_THAT(refusal_of("int f(int *p, int *q) { return (*p)++ + *q; }"), HasSubstr("test.c:1:32: possibly unsequenced side effects on memory"));
  EXPECT_THAT(refusal_of("int f(int i, int c) { return (c && i++) + i; }"), HasSubstr("possibly unsequenced side effects on 'i'"));
}

// ---- objects ------------------------------------------------------------------------------------------------------------------
TEST(Lowering, initialiser_lists_fill_the_rest_with_zeros) {
  EXPECT_EQ(result_of("int f(int i) { int a[5] = {1, [3] = 7}; return a[i]; }", {4}), 0);
  EXPECT_EQ(result_of("int f(int i) { int a[5] = {1, [3] = 7}; return a[i]; }", {3}), 7);
  EXPECT_EQ(result_of("int f(int i) { int a[2][3] = {{1}, {2, 3}}; return a[1][i]; }", {1}), 3);
  EXPECT_EQ(result_of("struct p { int x, y[2], z; }; int f(void) { struct p p = {.z = 4, .y = {1}}; return p.x + p.y[0] * 10 + p.y[1] + p.z; }"), 14);
}
TEST(Lowering, large_arrays_are_zeroed_as_a_whole) {
  EXPECT_EQ(result_of("int f(int i) { int a[5000] = {1, 2}; return a[i]; }", {4999}), 0);
  EXPECT_EQ(result_of("int f(int i) { int a[5000] = {i, 2}; return a[0] + a[1] + a[4999]; }", {5}), 7);
}
TEST(Lowering, multi_dimensional_arrays_check_each_index) {
  EXPECT_EQ(failure_of("int f(int i) { int a[2][3] = {{0}}; return a[0][i]; }", {3}), CheckKind::kIndexBounds);
  EXPECT_EQ(result_of("static const int t[2][3] = {{1, 2, 3}, {4, 5, 6}}; int f(int i) { return t[i][2]; }", {1}), 6);
}
TEST(Lowering, structs_are_values) {
  EXPECT_EQ(result_of("struct s { int a[2]; int b; }; struct s g(struct s x) { x.a[1] = 9; return x; }\n"
                      "int f(void) { struct s u = {{1, 2}, 3}, v; v = g(u); return u.a[1] * 100 + v.a[1] * 10 + g(v).b; }"),
            293);
}
TEST(Lowering, strings_are_const_objects) {
  EXPECT_EQ(result_of("int f(void) { const char *s = \"ab\\xff\"; return s[1] * 1000 + s[2]; }"), 97999);
  EXPECT_EQ(result_of("int f(void) { char s[4] = \"abc\"; s[0] = 'x'; return s[0] + s[3]; }"), 'x');
  EXPECT_EQ(failure_of("int f(void) { char *s = \"ab\"; s[0] = 'x'; return 0; }"), CheckKind::kConstWrite);
}
TEST(Lowering, static_locals_keep_their_value) {
  EXPECT_EQ(result_of("int count(void) { static int n = 5; return n++; } int f(void) { count(); count(); return count(); }"), 7);
}
TEST(Lowering, pointers_index_and_subtract_within_their_array) {
  EXPECT_EQ(result_of("int f(void) { int a[4] = {1, 2, 3, 4}; int *p = a + 1, *q = &a[4]; return (int)(q - p) * 10 + p[1] + *(q - 1) + p[-1]; }"),
            38);
  EXPECT_EQ(failure_of("int f(void) { int a[4] = {0}; int *p = a + 4; return *p; }"), CheckKind::kPointerBounds);
  EXPECT_EQ(failure_of("int f(void) { int a[4] = {0}; int *p = a + 5; return p == a; }"), CheckKind::kPointerArithmetic);
  EXPECT_EQ(failure_of("int f(int *p) { return 0 * *p; } ", {}), std::nullopt);
}
TEST(Lowering, a_pointer_is_true_unless_null) { EXPECT_EQ(result_of("int f(void) { int x; int *p = 0, *q = &x; return !p * 10 + (q && !p); }"), 11); }
TEST(Lowering, reading_an_uninitialised_local_fails) {
  EXPECT_EQ(failure_of("int f(int c) { int x; if (c) x = 1; return x; }", {0}), CheckKind::kUninitialisedRead);
}

// ---- control flow -------------------------------------------------------------------------------------------------------------
TEST(Lowering, switch_falls_through_until_break) {
  const char* source = "int f(int x) { int r = 0; switch (x) { case 1: case 2: r += 1; default: r += 10; break; case 'a': r += 100; } return r; }";
  EXPECT_EQ(result_of(source, {2}), 11);
  EXPECT_EQ(result_of(source, {7}), 10);
  EXPECT_EQ(result_of(source, {'a'}), 100);
}
TEST(Lowering, a_switch_may_jump_over_a_declaration) {
  EXPECT_EQ(result_of("int f(int x) { switch (x) { int y; case 1: y = 5; return y; default: y = 6; return y; } }", {3}), 6);
}
TEST(Lowering, continue_in_a_switch_belongs_to_the_loop) {
  EXPECT_EQ(result_of("int f(int n) { int s = 0; for (int i = 0; i < n; i++) { switch (i & 1) { case 0: continue; } s += i; } return s; }", {6}), 9);
}
TEST(Lowering, case_ranges_and_negative_cases) {
  EXPECT_EQ(result_of("int f(int x) { switch (x) { case -3 ... -1: return 1; case 0: return 2; } return 3; }", {-2}), 1);
}
TEST(Lowering, recursion_returns_to_its_caller) { EXPECT_EQ(result_of("int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }", {10}), 55); }
TEST(Lowering, main_returns_zero_at_its_end) {
  Lowered program = lowered("int main(void) { }");
  EXPECT_EQ(run(program, "main").value->integer, 0);
}
TEST(Lowering, assert_macro_becomes_a_check_in_both_dialects) {
  const char* source = "#include <assert.h>\nint f(int x) { assert(x > 0 && \"positive\"); return x; }";
  EXPECT_EQ(failure_of(source, {0}), CheckKind::kAssertion);
  EXPECT_EQ(failure_of(source, {1}), std::nullopt);
  EXPECT_EQ(result_of(source, {3}, {.standard = "gnu17"}), 3);
}
TEST(Lowering, unreachable_and_abort_end_the_run) {
  EXPECT_EQ(failure_of("int f(int x) { if (x) return 1; __builtin_unreachable(); }", {0}), CheckKind::kUnreachable);
  Lowered program = lowered("#include <stdlib.h>\nint f(int x) { if (x) exit(7); abort(); }");
  EXPECT_EQ(run(program, "f", {1}).end, program::RunEnd::kAborted);
  EXPECT_EQ(run(program, "f", {1}).exit_status, 7);
}
TEST(Lowering, headers_of_compiler_and_library_are_found) {
  EXPECT_EQ(
      result_of(
          "#include <limits.h>\n#include <stdint.h>\n#include <stdbool.h>\n#include <stddef.h>\n#include <string.h>\n"
          "int f(void) { bool b = true; uint8_t x = UINT8_MAX; size_t n = strlen(\"four\"); return b + x + (int)n + (INT_MAX == 2147483647); }"),
      261);
}

// ---- refusals -----------------------------------------------------------------------------------------------------------------
TEST(Lowering, refused_constructs_name_their_place) {
  const std::pair<const char*, const char*> cases[] = {
      {"int f(void) { goto x; x: return 1; }", "test.c:1:15: goto"},
      {"int f(void) { float x = 1; return (int)x; }", "test.c:1:21: floating-point type 'float'"},
      {"union u { int a; char b; }; int f(void) { union u x; x.a = 1; return x.a; }", "test.c:1:51: union 'u'"},
      {"struct s { int a : 3; }; int f(void) { struct s x = {1}; return x.a; }", "bit-field 'a'"},
      {"int f(int n) { int a[n]; return sizeof a; }", "test.c:1:20: variable-length array"},
      {"int f(int (*g)(void)) { return g(); }", "function pointer"},
      {"int f(void) { volatile int x = 1; return x; }", "volatile object"},
      {"int f(int x) { __asm__(\"nop\"); return x; }", "test.c:1:16: inline assembly"},
      {"int f(int n, ...) { return n; }", "variable number of arguments"},
      {"int f(void) { __int128 x = 1; return (int)x; }", "128-bit integer"},
      {"int f(int *p) { return (int)(long)p; }", "conversion from pointer to integer"},
      {"int f(int *p) { return *(char *)p; }", "conversion from 'int *' to 'char *', which reinterprets memory"},
      {"int f(int n) { switch (n) { while (n) { case 1: n--; } } return n; }", "case label inside a nested statement"},
      {"static int a[1 << 30]; int f(int i) { return a[i]; }", "array of 4294967296 bytes"},
      {"_Thread_local int t; int f(void) { return t; }", "thread-local variable 't'"},
  };
  for (const auto& [source, place] : cases) EXPECT_THAT(refusal_of(source), HasSubstr(place)) << source;
}
TEST(Lowering, a_refused_function_leaves_the_others_usable) {
  Lowered program = lowered("double g(double x) { return x; }\nint h(void);\nint f(int x) { return x + 1; }\nint k(void) { return h(); }");
  EXPECT_EQ(run(program, "f", {1}).value->integer, 2);
  EXPECT_FALSE(program.program.function(*program.program.find("g")).has_body);
  EXPECT_THAT(program.unsupported, ::testing::Contains(HasSubstr("test.c:1:")));
  program::RunResult result = run(program, "k");
  EXPECT_EQ(result.end, program::RunEnd::kUnsupported);
  EXPECT_THAT(result.unsupported, HasSubstr("test.c:2:5: function 'h' without a body"));
}
TEST(Lowering, source_that_does_not_parse_is_an_input_error_with_clangs_words) {
  Result<Lowered> result = lower_source("int f(void) {\n  return x;\n}\nint g(void) { return 1 }\n", "bad.c");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::kInput);
  EXPECT_THAT(result.error().message, HasSubstr("bad.c:2:10: error: use of undeclared identifier 'x'"));
  EXPECT_THAT(result.error().message, HasSubstr("bad.c:4:23: error: expected ';' after return statement"));
  ASSERT_TRUE(result.error().where.has_value());
  EXPECT_EQ(result.error().where->begin, (SourcePoint{2, 10}));
}

TEST(Lowering, warnings_do_not_crowd_out_errors_and_up_to_a_hundred_are_listed) {
  std::string text = "int f(int n) {\n";
  for (int i = 0; i < 300; ++i) text += "  n + 1;\n";
  for (int i = 0; i < 150; ++i) text += "  n = *n;\n";
  const std::string message = lower_source(text + "  return n;\n}\n", "a.c").error().message;
  EXPECT_THAT(message, HasSubstr("a.c:302:7: error: "));
  EXPECT_THAT(message, HasSubstr("a.c:401:7: error: "));
  EXPECT_EQ(message.find("a.c:402:"), std::string::npos);
}

TEST(Lowering, missing_headers_and_wrong_flags_are_input_errors) {
  EXPECT_THAT(lower_source("#include \"none.h\"\n", "a.c").error().message, HasSubstr("a.c:1:10: fatal error: 'none.h' file not found"));
  EXPECT_EQ(lower_source("int x;", "a.c", {.standard = "c1789"}).error().kind, ErrorKind::kInput);
  EXPECT_EQ(lower_source("int x;", "a.c", {.target = "nonsense-none"}).has_value(), false);
  EXPECT_THAT(lower_source("int x;", "a.cpp").error().to_string(), HasSubstr("pass --std c++20"));
  EXPECT_EQ(lower_file("/does/not/exist.c").error().kind, ErrorKind::kInput);
}
TEST(Lowering, definitions_and_folders_reach_clang) { EXPECT_EQ(result_of("int f(void) { return N + M; }", {}, {.definitions = {"N=4", "M"}}), 5); }

// ---- origins ------------------------------------------------------------------------------------------------------------------
TEST(Lowering, nodes_know_their_place_and_ast_kind) {
  Lowered program = lowered("#define TWICE(x) ((x) + (x))\nint f(int a) {\n  return TWICE(a);\n}\n");
  const program::Function& function = program.program.functions[0];
  const program::Stmt& stmt = function.body[0];
  EXPECT_EQ(program.program.range(stmt.origin).begin, (SourcePoint{3, 3}));
  EXPECT_EQ(program.program.range(stmt.origin).end, (SourcePoint{3, 18}));
  EXPECT_EQ(program.program.ast_kinds[stmt.origin.ast_kind], "ReturnStmt");
  EXPECT_EQ(program.program.ast_kinds[stmt.value->origin.ast_kind], "BinaryOperator");
  EXPECT_EQ(program.program.range(stmt.value->origin).begin, (SourcePoint{3, 10}));
}

}  // namespace
}  // namespace assay::lowering
