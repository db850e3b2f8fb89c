// C++ functions that mean what they mean in C are lowered; every other construct is refused by name and place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/lowering/lowering.h"
#include "frontend/program/interpreter.h"

namespace assay::lowering {
namespace {

using testing::HasSubstr;

Lowered lowered(const std::string& text) {
  Result<Lowered> result = lower_source(text, "a.cpp", {.standard = "c++20"});
  EXPECT_TRUE(result) << (result ? "" : result.error().to_string());
  return result ? std::move(*result) : Lowered{};
}

std::string refusal(const std::string& text) {
  const Lowered found = lowered(text);
  const std::optional<program::FunctionId> f = found.program.find("f");
  return f ? found.program.function(*f).refusal : "no function f";
}

std::int64_t run(const std::string& text, std::vector<std::int64_t> numbers) {
  const Lowered found = lowered(text);
  const std::optional<program::FunctionId> f = found.program.find("f");
  if (!f) return -999;
  EXPECT_EQ(found.program.function(*f).refusal, "");
  std::vector<program::Argument> arguments;
  for (const std::int64_t number : numbers) arguments.push_back(program::Argument::scalar(number));
  const program::RunResult result = program::Interpreter(found.program).run(*f, arguments);
  EXPECT_EQ(result.end, program::RunEnd::kReturned) << result.unsupported << (result.failure ? result.failure->message : "");
  return result.value ? result.value->integer : -999;
}

TEST(CxxSubset, functions_over_integers_mean_what_they_mean_in_c) {
  EXPECT_EQ(run("long f(long n) {\n  long s = 0;\n  for (long i = 1; i <= n; ++i, s += 0) s += i;\n  return s;\n}", {4}), 10);
  EXPECT_EQ(run("bool f(int a, int b) { return a > 0 && b > 0 ? true : false; }", {1, 2}), 1);
  EXPECT_EQ(run("int f(int a, int b) { return a > b ? a : b; }", {3, 7}), 7);
  EXPECT_EQ(run("int f(int a, int b, int c) { return (a > b ? a > c ? a : c : b > c ? b : c); }", {3, 7, 9}), 9);
  EXPECT_EQ(run("int g(int n) { return n < 2 ? 1 : n * g(n - 1); }\nint f(int n) { auto m = g(n); return static_cast<int>(m) + int(1); }", {5}), 121);
  EXPECT_EQ(run("struct P { int x, y; };\nint f(int n) { P p{n, 2}; p.x += p.y; return p.x; }", {5}), 7);
  EXPECT_EQ(run("int f(int n) { int a[3] = {1, 2, 3}; const int k = 2; while (n > 0) { a[k]++; n--; } return a[2]; }", {4}), 7);
}

TEST(CxxSubset, headers_and_namespaces_around_a_function_do_no_harm) {
  EXPECT_EQ(run("#include <algorithm>\n#include <string>\n#include <vector>\nusing namespace std;\nint f(int n) { return n % 7; }", {16}), 2);
}

TEST(CxxSubset, what_is_not_modelled_is_named_with_its_place) {
  const std::string vectors = "#include <vector>\n";
  EXPECT_EQ(refusal(vectors + "int f(std::vector<int> v) { return 1; }"), "a.cpp:2:24: parameter of type 'std::vector<int>'");
  EXPECT_THAT(refusal("int f(int &x) { return x; }"), HasSubstr("parameter of type 'int &'"));
  EXPECT_THAT(refusal("#include <cmath>\nint f(long x) { return std::abs(x) > 3; }"), HasSubstr("call of 'std::abs'"));
  EXPECT_THAT(refusal("int f(int x) { auto g = [&](int y) { return x + y; }; return g(1); }"), HasSubstr("variable of type"));
  EXPECT_THAT(refusal("int f(int x) { int a[2] = {1, 2}; for (int y : a) x += y; return x; }"), HasSubstr("range-based for"));
  EXPECT_THAT(refusal("int f(int x) { if (x < 0) throw 1; return x; }"), HasSubstr("throw"));
  EXPECT_THAT(refusal("int f(int x) { int *p = new int(x); return *p; }"), HasSubstr("new"));
  EXPECT_THAT(refusal("template <class T> T g(T x) { return x; }\nint f(int x) { return g(x); }\n"), testing::Eq(""));
}

TEST(CxxSubset, the_same_node_with_another_meaning_than_in_c_is_refused) {
  EXPECT_THAT(refusal("int f(int x) { return 1 << x; }"), HasSubstr("signed left shift"));
  EXPECT_THAT(refusal("int f(int x) { int y; y = x = 3; return y; }"), HasSubstr("assignment inside of an expression"));
  EXPECT_THAT(refusal("int f(int x) { int a[2] = {0, 0}; a[x++] = 1; return x; }"), HasSubstr("assignment inside of an expression"));
  EXPECT_THAT(refusal("int f(int x) { if (int y = x + 1) return y; return 0; }"), HasSubstr("declaration in a condition"));
  EXPECT_THAT(refusal("int f(int x) { if (x--; x > 1) return x; return 0; }"), HasSubstr("declaration in a condition"));
}

TEST(CxxSubset, the_end_of_a_function_with_a_result_must_not_be_reached) {
  const Lowered found = lowered("int f(int x) { if (x > 0) return 1; }");
  const program::Interpreter interpreter(found.program);
  const std::vector<program::Argument> arguments = {program::Argument::scalar(0)};
  const program::RunResult result = interpreter.run(*found.program.find("f"), arguments);
  ASSERT_EQ(result.end, program::RunEnd::kCheckFailed);
  EXPECT_EQ(result.failure->kind, program::CheckKind::kUnreachable);
}

}  // namespace
}  // namespace assay::lowering
