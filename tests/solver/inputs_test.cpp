// Sizes of pointer parameters from contracts, their places in shared objects, and arguments to models and back.
#include "solver/semantics/inputs.h"

#include "solver/semantics/world.h"
#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

using program::Argument;

Result<PointerPlans> plans_of(const program::Program& program, std::optional<std::uint64_t> shared = std::nullopt) {
  return PointerPlanner({program, *program.find("f")}, {.cap = 8, .shared = shared}).apart();
}

TEST(Plans, the_precondition_says_how_long_an_array_is) {
  const program::Program program = lower(
      "//@ requires n >= 2 && n <= 7;\n//@ requires length(a) == n && length(b) == 3 && length(c) >= n;\nint f(int *a, int *b, int *c, int n) { "
      "return 0; }");
  const Result<PointerPlans> plans = plans_of(program);
  ASSERT_TRUE(plans);
  EXPECT_EQ((*plans)[0]->capacity, 7u);
  EXPECT_FALSE((*plans)[0]->exact);
  EXPECT_EQ((*plans)[1]->capacity, 3u);
  EXPECT_TRUE((*plans)[1]->exact);
  EXPECT_TRUE((*plans)[2]->capped);
  EXPECT_FALSE((*plans)[3]);
}

TEST(Plans, a_clause_that_compares_pointers_does_not_shorten_them) {
  const program::Program program = lower(
      "//@ requires n <= 4;\n//@ requires length(a) == n && length(b) == n;\n//@ requires a == b;\nint f(int *a, int *b, unsigned n) { return 0; }");
  EXPECT_EQ((*plans_of(program))[0]->capacity, 4u);
}

TEST(Plans, a_pointer_without_a_length_is_unsupported_unless_a_size_is_offered) {
  const program::Program program = lower("int f(int *a) { return *a; }");
  const Result<PointerPlans> refused = plans_of(program);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_NE(refused.error().to_string().find("length(a)"), std::string::npos) << refused.error().to_string();
  const Result<PointerPlans> offered = plans_of(program, 3);
  ASSERT_TRUE(offered);
  EXPECT_EQ((*offered)[0]->before, 3u);
  EXPECT_TRUE((*offered)[0]->may_be_null);
}

TEST(Plans, contracts_fix_the_distance_in_a_shared_array) {
  const program::Program program = lower(
      "//@ requires n >= 1 && n <= 5;\n//@ requires length(a) == n && length(b) == n && length(c) == n - 1;\nint f(int *a, int *b, int *c, int n) { "
      "return 0; }");
  PointerPlanner planner({program, *program.find("f")}, {});
  const Result<PointerPlans> apart = planner.apart();
  const PointerPlans shared = planner.shared(*apart, {{0, 1, 2}});
  EXPECT_EQ(shared[1]->shares_with, 0u);
  EXPECT_EQ(std::pair(shared[1]->nearest, shared[1]->farthest), (std::pair<std::int64_t, std::int64_t>(0, 0)));
  EXPECT_EQ(std::pair(shared[2]->nearest, shared[2]->farthest), (std::pair<std::int64_t, std::int64_t>(1, 1)));
  EXPECT_EQ(shared[0]->before, 0u);
}

TEST(Inputs, arguments_come_back_from_the_model_they_were_written_to) {
  const program::Program program = lower("struct s { int x; char y; };\nint f(int *a, unsigned *b, struct s t, unsigned char c) { return 0; }");
  PointerPlanner planner({program, *program.find("f")}, {.cap = 8, .shared = 4});
  const Result<PointerPlans> apart = planner.apart();
  Ground ground(EncodingKind::kBitVectors, SemanticsMode::kUbIsError, {});
  const World world(ground, program, *program.find("f"), planner.shared(*apart, {{0, 1}}));
  std::vector<Argument> arguments(4);
  arguments[0] = Argument::array({-5, 6, 7});
  arguments[0].offset = 2;
  arguments[1].kind = Argument::Kind::kAlias;
  arguments[1].offset = 1;
  arguments[2].kind = Argument::Kind::kStruct;
  arguments[2].cells = {{true, 9, false}, {true, -1, false}};
  arguments[3] = Argument::scalar(200);
  smt::Model model;
  ASSERT_TRUE(world.inputs.write(arguments, model));
  const std::vector<Argument> again = world.inputs.read(model);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    EXPECT_EQ(again[i].kind, arguments[i].kind) << i;
    EXPECT_EQ(again[i].cells, arguments[i].cells) << i;
    EXPECT_EQ(again[i].offset, arguments[i].offset) << i;
  }
  arguments[0].offset = 4;  // beyond its three elements
  EXPECT_FALSE(world.inputs.write(arguments, model));
  arguments[0] = Argument::array({1, 2, 3, 4, 5});  // longer than any planned object
  EXPECT_FALSE(world.inputs.write(arguments, model));
}

TEST(Inputs, two_functions_share_their_inputs_by_position_whatever_the_names) {
  EXPECT_EQ(equiv("int f(int a, int b) { return a - b; }\nint g(int b, int a) { return b - a; }\n").grade(), Grade::kProved);
  EXPECT_EQ(equiv("int f(int a, int b) { return a & b; }\nint g(int b, int a) { return b & a & 3; }\n").grade(), Grade::kRefuted);
  EXPECT_EQ(equiv("int f(const char *p) { return p ? *p : 0; }\nint g(const char *text) { return text ? *text : 0; }\n").grade(), Grade::kBounded);
}

/// Terms over shared objects say what the interpreter does on them: every place of two pointers in an object of three elements.
TEST(Inputs, shared_objects_mean_the_same_to_the_interpreter_and_to_the_terms) {
  const program::Program program = lower(
      "int f(int *a, unsigned *b, int i) { *a = -7; b[i] += 4u; int r = a[0] + 3; if (b + 1 == (unsigned *)a) r += 100; b[0] = (unsigned)r; return "
      "a[0] ^ (int)b[1]; }");
  const program::FunctionId id = *program.find("f");
  PointerPlanner planner({program, id}, {.cap = 8, .shared = 3});
  const Result<PointerPlans> apart = planner.apart();
  Ground ground(EncodingKind::kBitVectors, SemanticsMode::kUbIsError, {});
  const World world(ground, program, id, planner.shared(*apart, {{0, 1}}));
  const program::Interpreter interpreter(program);
  int returned = 0, violated = 0;
  for (std::uint64_t p = 0; p <= 3; ++p)
    for (std::uint64_t q = 0; q <= 3; ++q)
      for (std::int64_t i : {-2, -1, 0, 1, 2}) {
        std::vector<Argument> arguments{Argument::array({10, 20, 30}), Argument(), Argument::scalar(i)};
        arguments[0].offset = p;
        arguments[1].kind = Argument::Kind::kAlias;
        arguments[1].offset = q;
        smt::Model model;
        ASSERT_TRUE(world.inputs.write(arguments, model));
        const program::RunResult run = interpreter.run(id, arguments);
        ASSERT_EQ(run.end == program::RunEnd::kReturned, model.holds(world.execution.defined)) << p << " " << q << " " << i;
        ++(run.end == program::RunEnd::kReturned ? returned : violated);
        if (run.end != program::RunEnd::kReturned) continue;
        const program::Type& type = program.type(program.function(id).return_type);
        EXPECT_EQ(ground.encoding->read(type, model.evaluate(world.execution.result[0].integer)), run.value->integer) << p << " " << q << " " << i;
      }
  EXPECT_GT(returned, 10);
  EXPECT_GT(violated, 10);
}

}  // namespace
}  // namespace assay::solver
