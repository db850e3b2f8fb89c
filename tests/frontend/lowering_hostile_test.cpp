// Hostile source: every one of these must end with an error or a refusal, soon and without a giant allocation.
#include <gmock/gmock.h>

#include "tests/frontend/lowering_support.h"

namespace assay::lowering {
namespace {

using namespace testing;
using ::testing::HasSubstr;

std::string repeated(const std::string& piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(HostileSource, deeply_nested_parentheses_end_at_clangs_limit) {
  Result<Lowered> result = lower_source("int f(void) { return " + repeated("(", 100000) + "1" + repeated(")", 100000) + "; }", "a.c");
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, HasSubstr("nesting level exceeded"));
}
TEST(HostileSource, deep_expressions_are_refused) {
  EXPECT_THAT(refusal_of("int f(int x) { return x" + repeated(" + x", 20000) + "; }"), HasSubstr("nested more than"));
  EXPECT_THAT(refusal_of("int f(int x) { return " + repeated("-+!~", 2000) + "x; }"), HasSubstr("nested more than"));
}
TEST(HostileSource, long_chains_of_else_if_are_refused) {
  EXPECT_THAT(refusal_of("int f(int x) { " + repeated("if (x) x--; else ", 3000) + "x++; return x; }"), HasSubstr("nested more than"));
}
TEST(HostileSource, deep_blocks_end_at_clangs_limit) {
  EXPECT_FALSE(lower_source("int f(void) " + repeated("{", 50000) + repeated("}", 50000), "a.c").has_value());
}
TEST(HostileSource, many_statements_are_fine) { EXPECT_EQ(result_of("int f(int x) { " + repeated("x ^= 1; ", 20000) + "return x; }", {5}), 5); }
TEST(HostileSource, huge_objects_are_refused_before_anything_is_allocated) {
  EXPECT_THAT(refusal_of("int f(void) { int a[1 << 30] = {1}; return a[0]; }"), HasSubstr("array of"));
  EXPECT_THAT(refusal_of("struct s { char b[1L << 40]; } g; int f(void) { return g.b[0]; }"), HasSubstr("array of"));
  EXPECT_THAT(refusal_of("int f(void) { static int a[1 << 14][1 << 14]; return a[1][1]; }"), HasSubstr("array of"));
}
TEST(HostileSource, exploding_macros_end_at_the_token_limit) {
  std::string source = "#define M0 1 +\n";
  for (int i = 1; i <= 40; ++i) source += "#define M" + std::to_string(i) + " M" + std::to_string(i - 1) + " M" + std::to_string(i - 1) + "\n";
  Result<Lowered> result = lower_source(source + "int a[] = { M40 1 };\n", "a.c");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::kInput);
  EXPECT_THAT(result.error().message, HasSubstr("tokens after macro expansion"));
}
TEST(HostileSource, a_file_that_includes_itself_is_an_error) {
  EXPECT_EQ(lower_source("#include __FILE__\n", "a.c").error().kind, ErrorKind::kInput);
}
TEST(HostileSource, bytes_that_are_no_text_are_errors) {
  EXPECT_EQ(lower_source(std::string("int x\0;", 7), "a.c").error().kind, ErrorKind::kInput);
  EXPECT_FALSE(lower_source("\xff\xfe\x80 int", "a.c").has_value());
  Lowered empty = lowered("");
  program::Interpreter interpreter(empty.program);  // crashed when a program without types reached it
}
TEST(HostileSource, unfinished_text_is_an_error) {
  for (const char* source : {"int f(", "/*", "\"", "int f(void) { //@ assert", "//@", "/*@*/", "//@ requires x", "__CPROVER_requires",
                             "__CPROVER_requires(", "#if 1", "int f(int x) { //@ assert old(;\nreturn x; }"}) {
    Result<Lowered> result = lower_source(source, "a.c");
    EXPECT_TRUE(result.has_value() || result.error().kind == ErrorKind::kInput) << source;
  }
}

}  // namespace
}  // namespace assay::lowering
