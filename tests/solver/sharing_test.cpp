// Shared memory behind pointer parameters: which divisions are tried, and functions that only sharing tells apart.
#include "solver/equivalence/sharing.h"

#include "solver/equivalence/pointer_use.h"
#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

Sharing sharing(const std::string& source) {
  const program::Program program = lower(source);
  return sharing_of({program, *program.find("f")}, {program, *program.find("g")});
}

std::string pair_of(const std::string& parameters) { return "void f(" + parameters + ") { *a = 1; }\nvoid g(" + parameters + ") { *a = 1; }\n"; }

TEST(Sharing, three_pointers_of_one_type_are_divided_in_five_ways) {
  EXPECT_EQ(sharing(pair_of("int *a, int *b, int *c")).divisions.size(), 5u);
  EXPECT_EQ(sharing(pair_of("int *a, int *b, int *c, int *d")).divisions.size(), 15u);
  EXPECT_TRUE(sharing(pair_of("int *a, int *b, int *c")).divisions.front().empty());
}

TEST(Sharing, signs_may_differ_and_widths_may_not) {
  EXPECT_EQ(sharing(pair_of("int *a, unsigned *b")).divisions.size(), 2u);
  const Sharing apart = sharing(pair_of("int *a, long *b"));
  EXPECT_EQ(apart.divisions.size(), 1u);
  ASSERT_EQ(apart.uncovered.size(), 1u);
  EXPECT_EQ(apart.uncovered[0], "'a' and 'b' point to different types and share no object or part of one");
}

TEST(Sharing, characters_over_another_object_are_unsupported_where_something_is_written) {
  EXPECT_NE(sharing(pair_of("int *a, unsigned char *b")).unsupported.find("test.c:1:16"), std::string::npos)
      << sharing(pair_of("int *a, unsigned char *b")).unsupported;
  EXPECT_EQ(sharing("int f(int *a, char *b) { return *a + *b; }\nint g(int *a, char *b) { return *b + *a; }\n").unsupported, "");
  EXPECT_EQ(sharing(pair_of("char *a, unsigned char *b")).divisions.size(), 2u);
}

TEST(Sharing, restrict_of_the_reference_is_its_contract_and_of_the_implementation_is_not) {
  const Sharing both = sharing(pair_of("int *restrict a, int *b"));
  EXPECT_EQ(both.divisions.size(), 1u);
  EXPECT_EQ(both.contract.size(), 1u);
  EXPECT_TRUE(both.uncovered.empty());
  const Sharing one = sharing("void f(int *a, int *b) { *a = *b; }\nvoid g(int *a, int *restrict b) { *a = *b; }\n");
  EXPECT_EQ(one.divisions.size(), 2u);
  EXPECT_EQ(one.uncovered.size(), 1u);
}

TEST(Sharing, functions_that_only_read_need_one_division) {
  EXPECT_EQ(sharing("int f(int *a, int *b) { return *a - *b; }\nint g(int *a, int *b) { return *a - *b; }\n").divisions.size(), 1u);
  EXPECT_EQ(sharing("int f(int *a, int *b) { return a == b; }\nint g(int *a, int *b) { return 0; }\n").divisions.size(), 2u);
}

TEST(Sharing, a_cut_in_the_number_of_divisions_is_said) {
  const Sharing many = sharing(pair_of("int *a, int *b, int *c, int *d, int *e, int *h"));
  EXPECT_EQ(many.divisions.size(), kMostDivisions);
  EXPECT_EQ(many.uncovered.size(), 1u);
}

TEST(PointerUse, follows_calls_and_contracts) {
  const program::Program program = lower(
      "static void set(int *p) { *p = 1; }\nvoid calls(int *p) { set(p); }\nint reads(const int *p) { return p ? p[2] : 0; }\n"
      "//@ requires a != b;\nint contract(int *a, int *b) { return *a; }\nstruct s { int x[2]; };\nvoid member(struct s *p, int i) { p->x[i] = 2; "
      "}\n");
  EXPECT_TRUE(pointer_use(program, *program.find("calls")).writes);
  EXPECT_FALSE(pointer_use(program, *program.find("reads")).sees_sharing());
  EXPECT_TRUE(pointer_use(program, *program.find("contract")).compares);
  EXPECT_TRUE(pointer_use(program, *program.find("member")).writes);
}

// ---- functions that only sharing tells apart ----------------------------------------------------------------------------
void expect_refuted_by_sharing(const std::string& source) {
  const SolverOptions with_native_replay;
  const Verdict verdict = equiv(source, "f", "g", with_native_replay);
  ASSERT_EQ(verdict.grade(), Grade::kRefuted) << verdict.reason << source;
  ASSERT_TRUE(verdict.witness);
  bool shared = false;
  for (const program::Argument& argument : verdict.witness->arguments) shared = shared || argument.kind == program::Argument::Kind::kAlias;
  EXPECT_TRUE(shared);
  EXPECT_EQ(verdict.witness->interpreter_replay, Replay::kAgreed);
  EXPECT_NE(verdict.witness->native_replay, Replay::kDisagreed) << verdict.witness->native_output;
}

TEST(Aliasing, the_order_of_two_stores_shows_at_one_address) {
  expect_refuted_by_sharing("void f(int *a, int *b) { *a = 1; *b = 2; }\nvoid g(int *a, int *b) { *b = 2; *a = 1; }\n");
}

TEST(Aliasing, the_later_parameter_may_stand_before_the_earlier_one) {
  expect_refuted_by_sharing(
      "void f(int *a, int *b) { if (b + 1 == a) { b[1] = 3; a[0] = 4; } }\nvoid g(int *a, int *b) { if (b + 1 == a) { a[0] = 4; b[1] = 3; } }\n");
}

TEST(Aliasing, three_pointers_may_share_one_object) {
  expect_refuted_by_sharing(
      "void f(int *a, int *b, int *c) { if (a == b && b == c) *a = 1; }\nvoid g(int *a, int *b, int *c) { if (a == b && b == c) *a = 2; }\n");
}

TEST(Aliasing, signed_and_unsigned_share_an_object) {
  expect_refuted_by_sharing(
      "unsigned f(int *a, unsigned *b) { *b = 7u; *a = -1; return *b; }\nunsigned g(int *a, unsigned *b) { *b = 7u; *a = -1; return 7u; }\n");
}

TEST(Aliasing, elements_before_a_pointer_belong_to_its_object) {
  const Verdict verdict = equiv("int f(int *a) { return a[-1]; }\nint g(int *a) { return a[-1] + (a[-1] == 77); }\n", "f", "g", SolverOptions());
  ASSERT_EQ(verdict.grade(), Grade::kRefuted) << verdict.reason;
  EXPECT_EQ(verdict.witness->arguments[0].offset, 1u);
  EXPECT_NE(verdict.witness->literals[0].find("+ 1"), std::string::npos) << verdict.witness->literals[0];
  EXPECT_EQ(verdict.witness->native_replay, Replay::kAgreed) << verdict.witness->native_output;
}

TEST(Aliasing, copies_that_agree_under_every_sharing_are_bounded_by_the_size) {
  const Verdict verdict =
      equiv("void f(int *a, int *b) { int t = *a; *a = *b; *b = t; }\nvoid g(int *a, int *b) { int x = *a, y = *b; *a = y; *b = x; }\n");
  EXPECT_EQ(verdict.grade(), Grade::kBounded) << verdict.reason;
  EXPECT_TRUE(verdict.assumptions.empty());
}

TEST(Aliasing, a_contract_that_lets_arrays_overlap_is_taken_at_its_word) {
  const std::string contract = "//@ requires n >= 1 && n <= 3;\n//@ requires length(d) == n && length(s) == n;\n";
  const std::string f = "void f(int *d, const int *s, int n) { for (int i = 0; i < n; i++) d[i] = s[n - 1 - i]; }\n";
  const std::string g = "void g(int *d, const int *s, int n) { for (int i = n - 1; i >= 0; i--) d[i] = s[n - 1 - i]; }\n";
  EXPECT_EQ(equiv(contract + f + contract + g).grade(), Grade::kRefuted);  // d == s reverses one half only
  const std::string apart = contract + "//@ requires d != s;\n";
  EXPECT_EQ(equiv(apart + f + apart + g).grade(), Grade::kProved) << equiv(apart + f + apart + g).reason;
  auto restricted = [](std::string text) { return text.replace(text.find("int *d"), 6, "int *restrict d"); };
  const Verdict by_restrict = equiv(contract + restricted(f) + contract + restricted(g));
  EXPECT_EQ(by_restrict.grade(), Grade::kProved) << by_restrict.reason;
  ASSERT_EQ(by_restrict.assumptions.size(), 1u);
}

TEST(Aliasing, what_is_not_covered_is_named_and_leaves_the_verdict_bounded) {
  const std::string contract = "//@ requires length(a) == 1 && length(b) == 1;\n";
  const Verdict types =
      equiv(contract + "void f(int *a, long *b) { *a = 1; *b = 2; }\n" + contract + "void g(int *a, long *b) { *b = 2; *a = 1; }\n");
  EXPECT_EQ(types.grade(), Grade::kBounded);
  ASSERT_EQ(types.assumptions.size(), 1u);
  const Verdict bytes =
      equiv(contract + "void f(int *a, char *b) { *a = 1; *b = 2; }\n" + contract + "void g(int *a, char *b) { *b = 2; *a = 1; }\n");
  EXPECT_EQ(bytes.grade(), Grade::kUnsupported) << bytes.reason;
  EXPECT_NE(bytes.reason.find("test.c:2:"), std::string::npos) << bytes.reason;
  const std::string head = "//@ requires length(a) == 1;\n";
  const Verdict global = equiv("int count;\n" + head + "int f(int *a) { count = 0; *a = 1; return count; }\n" + head +
                               "int g(int *a) { *a = 1; count = 0; return 0; }\n");
  EXPECT_EQ(global.grade(), Grade::kBounded);
  EXPECT_FALSE(global.assumptions.empty());
}

}  // namespace
}  // namespace assay::solver
