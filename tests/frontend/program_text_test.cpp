// The text form: round trip of hand-made corners (generated programs: differential_test.cpp), and what hostile text gets as an answer.
#include <gtest/gtest.h>

#include <rapidcheck.h>

#include "frontend/lowering/lowering.h"
#include "frontend/program/interpreter.h"
#include "frontend/program/printer.h"
#include "frontend/program/text.h"
#include "tests/frontend/generator/generator.h"

namespace assay::program {
namespace {

Program sample() {
  auto lowered = lowering::lower_source(R"(
struct point { int x; short y[2]; };
static const char *name = "a \"quoted\"\n\001 text";
enum colour { red, green };
int f(const struct point *p, int n, enum colour c) {
  //@ requires length(p) == n && n > 0;
  //@ ensures result >= old(n) - 1;
  int sum = 0;
  for (int i = 0; i < n; i++) {
    //@ invariant i <= n;
    sum += p[i].x > 3 ? p[i].y[1] : (int)c;
    //@ label step
  }
  switch (sum) { case 1: case -2: n++; default: break; }
  return n;
})",
                                        "sample.c");
  if (!lowered) throw std::runtime_error(lowered.error().to_string());
  return std::move(lowered->program);
}

TEST(ProgramText, reads_back_what_it_writes) {
  const std::string text = write_text(sample());
  const auto again = read_text(text);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(write_text(*again), text);
}

TEST(ProgramText, another_version_is_an_input_error) {
  std::string text = write_text(sample());
  text.replace(0, 10, "assay-ir 3");
  const auto read = read_text(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kInput);
  EXPECT_NE(read.error().message.find("assay-ir 2"), std::string::npos);
}

TEST(ProgramText, a_fault_is_reported_at_its_line_and_column) {
  const auto read = read_text("assay-ir 2\n(target \"x\" \"c17\" 2 64 32)\n", "broken.ir");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().where->to_string(), "broken.ir:2:20");
}

TEST(ProgramText, every_truncation_is_an_error_and_no_crash) {
  const std::string text = write_text(sample());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    const std::string_view part = std::string_view(text).substr(0, size);
    const auto read = read_text(part);
    // A cut after whole functions is a smaller program; every other cut is an error.
    if (read) { EXPECT_LT(read->functions.size(), 1u); }
  }
}

TEST(ProgramText, nesting_is_limited) {
  std::string text = "assay-ir 2\n(target \"\" \"\" 1 64 32)(files)(kinds)(types)(globals)(initialise";
  for (int i = 0; i < 100'000; ++i) text += "(block @ (body ";
  const auto read = read_text(text);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("deep"), std::string::npos);
}

TEST(ProgramText, huge_numbers_do_not_allocate) {
  EXPECT_FALSE(read_text(
      "assay-ir 2\n(target \"\" \"\" 1 64 32)(files)(kinds)(types (integer 4 4 32 1 0 \"int\" 0 0)(array 99999999999999999999 4 0 0 0 \"\" 0 7))"));
  const auto read = read_text(
      "assay-ir 2\n(target \"\" \"\" 1 64 32)(files)(kinds)(types (integer 4 4 32 1 0 \"int\" 0 0)(array 4398046511104 4 0 0 0 \"\" 0 "
      "1099511627776))(globals)(initialise)");
  EXPECT_FALSE(read);
}

TEST(ProgramText, a_changed_byte_gives_an_error_or_a_valid_program) {
  const std::string text = write_text(sample());
  rc::check("bytes of the text form may be changed at will", [&] {
    std::string changed = text;
    for (int i = 0; i < 3; ++i) changed[*rc::gen::inRange<std::size_t>(0, changed.size())] = *rc::gen::elementOf(std::string("0129()_-@\"glc \n"));
    const auto read = read_text(changed);
    if (!read) return;
    RC_ASSERT(validate(*read).has_value());
    const auto again = read_text(write_text(*read));
    RC_ASSERT(again.has_value());
    RC_ASSERT(write_text(*again) == write_text(*read));
    static_cast<void>(print_c(*read));
    const Interpreter interpreter(*read);
  });
}

}  // namespace
}  // namespace assay::program
