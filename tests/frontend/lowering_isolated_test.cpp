// Source that nobody here wrote, parsed in the sandbox: the same program comes out, and whatever the source does ends the child alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sandbox.h"
#include "base/sanitizers.h"
#include "frontend/lowering/isolated.h"
#include "frontend/program/text.h"

namespace assay::lowering {
namespace {

using testing::HasSubstr;

class Isolated : public testing::Test {
 protected:
  void SetUp() override {
    if (Status available = sandbox_available(); !available) GTEST_SKIP() << available.error().to_string();
  }
};

TEST_F(Isolated, program_is_the_one_that_this_process_would_make) {
  const std::string source =
      "#include <limits.h>\nint f(const int *a, int n) {\n  //@ requires length(a) == n && n >= 0;\n  int s = 0;\n"
      "  for (int i = 0; i < n; i++) s += a[i] > INT_MAX / 2;\n  return s;\n}\n";
  const Result<Lowered> here = lower_source(source, "f.c");
  const Result<Lowered> there = lower_isolated(source, "f.c");
  ASSERT_TRUE(here && there) << there.error().to_string();
  EXPECT_EQ(program::write_text(here->program), program::write_text(there->program));
  EXPECT_EQ(here->flags, there->flags);
}

TEST_F(Isolated, errors_keep_kind_place_and_clangs_words) {
  const Result<Lowered> lowered = lower_isolated("int f(void) {\n  return k;\n}\n", "sample.c");
  ASSERT_FALSE(lowered);
  EXPECT_EQ(lowered.error().kind, ErrorKind::kInput);
  EXPECT_THAT(lowered.error().message, HasSubstr("sample.c:2:10: error: use of undeclared identifier 'k'"));
  ASSERT_TRUE(lowered.error().where.has_value());
  EXPECT_EQ(lowered.error().where->begin.line, 2u);
}

TEST_F(Isolated, refused_functions_are_named_and_the_others_usable) {
  const Result<Lowered> lowered = lower_isolated("double f(double x) { return x; }\nint g(int x) { return x; }\n", "s.c");
  ASSERT_TRUE(lowered) << lowered.error().to_string();
  EXPECT_FALSE(lowered->unsupported.empty());
  ASSERT_TRUE(lowered->program.find("g").has_value());
  EXPECT_TRUE(lowered->program.function(*lowered->program.find("g")).has_body);
}

TEST_F(Isolated, an_include_shows_no_file_of_the_host) {
  const Result<Lowered> lowered = lower_isolated("#include \"/etc/passwd\"\nint f(void) { return 0; }\n", "s.c");
  ASSERT_FALSE(lowered);
  EXPECT_THAT(lowered.error().message, HasSubstr("'/etc/passwd' file not found"));
}

TEST_F(Isolated, source_that_does_not_stop_growing_ends_the_child_and_is_a_budget) {
  std::string source = "#define A0 x x x x x x x x\n";
  for (int i = 1; i < 12; ++i) {
    source += "#define A" + std::to_string(i);
    for (int k = 0; k < 8; ++k) source += " A" + std::to_string(i - 1);
    source += "\n";
  }
  const Result<Lowered> lowered = lower_isolated(source + "int f(void) { return 0 A11; }\n", "s.c", {}, {.wall_seconds = 3, .memory_mb = 1024});
  ASSERT_FALSE(lowered);
  EXPECT_TRUE(lowered.error().kind == ErrorKind::kBudget || lowered.error().kind == ErrorKind::kInput) << lowered.error().to_string();
}

TEST_F(Isolated, a_child_without_memory_is_a_budget) {
  if (kAddressSanitizer) GTEST_SKIP() << "an instrumented child has no limit on address space; its resident memory is looked at ten times a second";
  const Result<Lowered> lowered = lower_isolated("int f(void) { return 0; }\n", "s.c", {}, {.wall_seconds = 10, .memory_mb = 64});
  ASSERT_FALSE(lowered);
  EXPECT_EQ(lowered.error().kind, ErrorKind::kBudget) << lowered.error().to_string();
}

TEST_F(Isolated, bytes_that_are_no_text_are_an_error) {
  std::string source = "int f(void) { return '\xff\xfe'; }\n";
  const Result<Lowered> odd = lower_isolated(source, "s.c");
  EXPECT_TRUE(odd || odd.error().kind != ErrorKind::kInternal) << odd.error().to_string();
  source[5] = '\0';
  const Result<Lowered> zero = lower_isolated(source, "s.c");
  ASSERT_FALSE(zero);
  EXPECT_EQ(zero.error().kind, ErrorKind::kInput);
}

TEST(IsolatedRequest, folders_of_the_host_are_refused) {
  SourceOptions options;
  options.include_dirs = {"/etc"};
  const Result<Lowered> lowered = lower_isolated("int x;\n", "s.c", options);
  ASSERT_FALSE(lowered);
  EXPECT_EQ(lowered.error().kind, ErrorKind::kInput);
}

TEST(IsolatedRequest, a_request_that_is_none_is_answered_with_an_error) {
  EXPECT_THAT(answer_lowering_request("{"), HasSubstr("\"error\""));
  EXPECT_THAT(answer_lowering_request("{\"text\": 1}"), HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace assay::lowering
