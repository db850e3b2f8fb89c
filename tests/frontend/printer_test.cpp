// How printed C looks, and that it compiles without warnings. That it behaves the same: differential_test.cpp and c_testsuite_test.cpp.
#include "frontend/program/printer.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/process.h"
#include "frontend/lowering/lowering.h"
#include "tests/frontend/generator/generator.h"

namespace assay::program {
namespace {

Program lower(const std::string& source) {
  auto lowered = lowering::lower_source(source, "f.c");
  EXPECT_TRUE(lowered) << (lowered ? "" : lowered.error().to_string());
  return lowered ? std::move(lowered->program) : Program{};
}

std::string printed(const std::string& source) {
  const Program program = lower(source);
  return print_c(program, *program.find("f"));
}

TEST(Printer, keeps_names_for_loops_and_compound_assignment) {
  EXPECT_EQ(printed("int f(const int *values, int n) { int sum = 0; for (int i = 0; i < n; i++) { sum += values[i] * 2; } return sum; }"),
            "int f(int *values, int n);\n\n"
            "int f(int *values, int n) {\n"
            "  int sum = 0;\n"
            "  for (int i = 0; i < n; i++) {\n"
            "    sum += values[i] * 2;\n"
            "  }\n"
            "  return sum;\n"
            "}\n");
}

TEST(Printer, writes_only_the_parentheses_that_c_or_a_reader_needs) {
  const std::string text =
      printed("int f(int a, int b, int c) { return (a + b) * c - (a - (b - c)) + (a << (b & 3)) + -(-a) + (a < b && (b < c || !c)); }");
  EXPECT_NE(text.find("return (a + b) * c - (a - (b - c)) + (a << (b & 3)) + -(-a) + (a < b && (b < c || !c));"), std::string::npos) << text;
}

TEST(Printer, emits_only_what_the_entry_reaches) {
  const std::string text = printed(
      "static const int used[2] = {1, 2}, unused[2] = {3, 4}; static int g(int i) { return used[i]; } int h(void) { return unused[0]; } int f(void) "
      "{ return g(1); }");
  EXPECT_NE(text.find("static const int used[2] = {1, 2};"), std::string::npos) << text;
  EXPECT_NE(text.find("static int g(int i)"), std::string::npos) << text;
  EXPECT_EQ(text.find("unused"), std::string::npos) << text;
  EXPECT_EQ(text.find("h("), std::string::npos) << text;
}

TEST(Printer, keeps_contracts_and_labels_as_comments) {
  const std::string text = printed(
      "int f(int n) { //@ requires n >= 0;\n //@ ensures result >= 0;\n int i = 0; while (i < n) { //@ invariant i <= n;\n i++; //@ label step\n } "
      "return i; }");
  for (const char* part : {"//@ requires n >= 0", "//@ ensures result >= 0", "//@ invariant i <= n", "//@ label step"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(Printer, spells_declarations_as_c_does) {
  const Program program = lower("struct s { int (*rows)[3]; int *list[2]; }; int f(struct s *p) { return (*p->rows)[0] + *p->list[1]; }");
  for (std::uint32_t i = 0; i < program.types.size(); ++i)
    if (program.types[i].kind == TypeKind::kStruct) {
      EXPECT_EQ(print_declaration(program, program.types[i].fields[0].type, "rows"), "int (*rows)[3]");
      EXPECT_EQ(print_declaration(program, program.types[i].fields[1].type, "list"), "int *list[2]");
    }
}

TEST(Printer, generated_programs_compile_without_warnings_after_printing) {
  const auto folder = TemporaryFolder::create("assay-printer");
  ASSERT_TRUE(folder);
  std::vector<std::string> command = {"clang-19",
                                      "-std=c17",
                                      "-Wall",
                                      "-Wextra",
                                      "-Wno-unused",
                                      "-Wno-tautological-compare",
                                      "-Wno-tautological-constant-out-of-range-compare",
                                      "-Wno-tautological-overlap-compare",
                                      "-Wno-constant-conversion",
                                      "-Wno-integer-overflow",
                                      "-Wno-shift-overflow",
                                      "-Wno-shift-count-overflow",
                                      "-Wno-infinite-recursion",
                                      "-Wno-self-assign",
                                      "-Wno-unused-parameter",
                                      "-Wno-bool-operation",
                                      "-Wno-array-bounds",
                                      "-Wno-division-by-zero",
                                      "-Wno-constant-logical-operand",
                                      "-Wno-int-in-bool-context",
                                      "-Werror",
                                      "-fsyntax-only"};
  generator::for_each_generated_program(500, 40, [&](const generator::GeneratedProgram& p) {
    const Program program = lower("#include <assert.h>\n#include <stdio.h>\n" + p.source);
    const std::string file = folder->path() + "/" + p.entry + ".c";
    ASSERT_TRUE(write_file(file, print_c(program, *program.find(p.entry))));
    command.push_back(file);
  });
  ProcessSpec spec;
  spec.command = command;
  const auto result = run_process(spec);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(result->exit_code, 0) << result->error_output.substr(0, 5000);
}

}  // namespace
}  // namespace assay::program
