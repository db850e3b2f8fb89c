// Counterexamples for people: literals, minimisation, the file that reproduces them, and what the replay says.
#include "solver/witness/witness.h"

#include "solver/witness/literals.h"
#include "solver/witness/minimise.h"
#include "solver/witness/repro.h"
#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

using program::Argument;
using program::CheckKind;

program::Type integer(int width, bool is_signed) {
  program::Type type;
  type.kind = program::TypeKind::kInteger;
  type.width = width;
  type.is_signed = is_signed;
  return type;
}

Argument alias(std::uint32_t of, std::uint64_t offset) {
  Argument argument;
  argument.kind = Argument::Kind::kAlias;
  argument.shared_with = of;
  argument.offset = offset;
  return argument;
}

TEST(Literals, extreme_values_are_expressions_of_their_type) {
  EXPECT_EQ(integer_literal(integer(32, true), INT32_MIN), "(-2147483647 - 1)");
  EXPECT_EQ(integer_literal(integer(64, true), INT64_MIN), "(-9223372036854775807ll - 1)");
  EXPECT_EQ(integer_literal(integer(64, false), -1), "18446744073709551615ull");
  EXPECT_EQ(integer_literal(integer(8, false), 255), "255");
}

TEST(Literals, pointers_into_one_array_are_written_from_its_pointer) {
  const program::Program program = lower("void f(int *a, unsigned *b, int *c, int *d) {}");
  std::vector<Argument> arguments{Argument::array({1, 2, 3}), alias(0, 2), alias(0, 0), Argument::null()};
  arguments[0].offset = 1;
  EXPECT_EQ(argument_literals(program, program.function(*program.find("f")), arguments),
            (std::vector<std::string>{"int *a = (int [3]){1, 2, 3} + 1", "unsigned int *b = (unsigned int *)a + 1", "int *c = a - 1", "int *d = 0"}));
}

TEST(Minimise, drops_elements_with_the_length_and_then_shrinks_values) {
  const std::vector<Argument> start{Argument::array({7, 90, -4, 33}), Argument::scalar(4)};
  const auto fails = [](const std::vector<Argument>& arguments) {
    const auto& cells = arguments[0].cells;
    return arguments[1].cells[0].integer == static_cast<std::int64_t>(cells.size()) &&
           std::any_of(cells.begin(), cells.end(), [](const program::Scalar& cell) { return cell.integer > 9; });
  };
  const Arguments small = minimise(start, {1, 0}, fails);
  ASSERT_EQ(small[0].cells.size(), 1u);
  EXPECT_EQ(small[0].cells[0].integer, 10);
  EXPECT_EQ(small[1].cells[0].integer, 1);
}

Arguments minimised(std::vector<std::int64_t> start, const std::function<bool(std::int64_t, std::int64_t)>& fails) {
  return minimise({Argument::scalar(start[0]), Argument::scalar(start[1])}, {0, 0}, [&](const Arguments& arguments) {
    const std::int64_t a = arguments[0].cells[0].integer, b = arguments[1].cells[0].integer;
    return std::min(a, b) >= INT32_MIN && std::max(a, b) <= INT32_MAX && fails(a, b);
  });
}

TEST(Minimise, values_that_cannot_shrink_alone_shrink_together) {
  const auto expect = [](const Arguments& found, std::int64_t a, std::int64_t b) {
    EXPECT_EQ(found[0].cells[0].integer, a);
    EXPECT_EQ(found[1].cells[0].integer, b);
  };
  const auto sum_overflows = [](std::int64_t a, std::int64_t b) { return a + b > INT32_MAX || a + b < INT32_MIN; };
  expect(minimised({-32, -2147483617}, sum_overflows), 1, INT32_MAX);
  expect(minimised({3179270, 2144304378}, sum_overflows), 1, INT32_MAX);
  expect(minimised({-1, INT32_MIN}, sum_overflows), 1, INT32_MAX);
  expect(minimised({1500000000, 1500000000}, [&](std::int64_t a, std::int64_t b) { return a == b && sum_overflows(a, b); }), 1073741824, 1073741824);
  expect(minimised({-900, -907}, [](std::int64_t a, std::int64_t b) { return a - b == 7; }), 0, -7);
}

TEST(Minimise, a_pointer_keeps_its_element_when_one_before_it_goes) {
  std::vector<Argument> start{Argument::array({1, 2, 3}), alias(0, 2)};
  start[0].offset = 1;
  const auto fails = [](const std::vector<Argument>& arguments) {
    return arguments[1].offset == arguments[0].offset + 1 && arguments[0].cells.size() > arguments[1].offset;
  };
  const Arguments small = minimise(start, {1, 1}, fails);
  EXPECT_EQ(small[0].cells.size(), 2u);
  EXPECT_EQ(small[0].offset, 0u);
  EXPECT_EQ(small[1].offset, 1u);
}

TEST(Repro, each_kind_of_violation_is_built_with_the_sanitizer_that_sees_it) {
  const program::Program program = lower("int f(int x) { return x; }");
  WitnessRequest request{
      .program = &program, .function = *program.find("f"), .arguments = {Argument::scalar(1)}, .check = CheckKind::kSignedOverflow};
  EXPECT_EQ(repro_from_ir(request)->sanitizers, Sanitizers::kAddressAndUndefined);
  EXPECT_NE(repro_from_ir(request)->command.find("-fsanitize=address,undefined"), std::string::npos);
  request.check = CheckKind::kUninitialisedRead;
  EXPECT_EQ(repro_from_ir(request)->sanitizers, Sanitizers::kMemory);
  request.check = CheckKind::kIndexBounds;
  request.mode = SemanticsMode::kWrap;
  EXPECT_NE(repro_from_ir(request)->command.find("-fwrapv"), std::string::npos);
}

Witness witness_of(const std::string& source, CheckKind check) {
  const SolverOptions natively;
  for (const Verdict& verdict : solver::check(source, "f", natively))
    if (verdict.check == check && verdict.witness) return *verdict.witness;
  ADD_FAILURE() << "not refuted: " << source;
  return {};
}

/// Kinds that a sanitizer surely reports must be replayed by it; the others must not be contradicted.
TEST(Witness, the_sanitizers_show_what_the_solver_found) {
  if (Status available = sandbox_available(); !available) GTEST_SKIP() << available.error().to_string();
  const std::pair<CheckKind, const char*> cases[] = {
      {CheckKind::kSignedOverflow, "int f(int x) { return x + 1; }"},
      {CheckKind::kNegationOverflow, "int f(int x) { return -x; }"},
      {CheckKind::kDivisionByZero, "int f(int x) { return 7 % x; }"},
      {CheckKind::kDivisionOverflow, "int f(int x) { return x == 0 ? 0 : (-2147483647 - 1) / x; }"},
      {CheckKind::kShiftCount, "int f(int x) { return 1u >> x; }"},
      {CheckKind::kShiftOverflow, "int f(int x) { return x << 1; }"},
      {CheckKind::kIndexBounds, "int f(int i) { int a[3] = {1, 2, 3}; return a[i]; }"},
      {CheckKind::kNullDereference, "int f(int c) { int x = 1, *p = c ? &x : 0; return *p; }"},
      {CheckKind::kAssertion, "#include <assert.h>\nint f(int x) { assert(x != 3); return x; }"},
      {CheckKind::kPostcondition, "//@ ensures result > 0;\nint f(int x) { return x; }"},
      {CheckKind::kUnreachable, "int f(int x) { if (x == 5) __builtin_unreachable(); return x; }"},
      {CheckKind::kPointerBounds, "//@ requires length(a) == 2;\nint f(int *a, int i) { return i >= 0 && i <= 2 ? a[i] : 0; }"},
      // The harness around a function must not have the names of its parameters.
      {CheckKind::kSignedOverflow, "//@ requires length(values) == 2;\nint f(const int *values) { return values[0] + values[1]; }"},
      {CheckKind::kSignedOverflow, "//@ requires length(k) == 2;\nint f(int *k) { return k[0] + k[1]; }"},
  };
  for (const auto& [kind, source] : cases) {
    const Witness witness = witness_of(source, kind);
    EXPECT_EQ(witness.interpreter_replay, Replay::kAgreed) << source;
    EXPECT_EQ(witness.native_replay, Replay::kAgreed) << source << "\n" << witness.native_output;
    EXPECT_FALSE(witness.path.empty() && witness.literals.empty()) << source;
  }
}

TEST(Witness, an_input_that_does_not_fail_is_a_disagreement) {
  const program::Program program = lower("int f(int x) { return 10 / x; }");
  WitnessRequest request{
      .program = &program, .function = *program.find("f"), .arguments = {Argument::scalar(5)}, .check = CheckKind::kDivisionByZero};
  const Result<Witness> witness = build_witness(request, without_native_replay(), test_session());
  ASSERT_TRUE(witness);
  EXPECT_EQ(witness->interpreter_replay, Replay::kDisagreed);
}

}  // namespace
}  // namespace assay::solver
