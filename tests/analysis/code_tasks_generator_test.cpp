// Drawn requests: what they hold, that they are pure functions of the seed, and that their tests say what natively compiled code does.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "analysis/tasks/c_function.h"
#include "base/sandbox.h"
#include "tests/analysis/code_tasks_support.h"

namespace assay::analysis::code_tasks {
namespace {

using testing::combination_named;
using ::testing::HasSubstr;
using testing::one_of_each_family;
using testing::shared_generator;

Request request_for(std::size_t combination, std::uint64_t seed, DraftOptions options = {}) {
  options.combination = combination;
  Result<Request> request = shared_generator()->request(seed, options, "r");
  EXPECT_TRUE(request) << request.error().to_string();
  return request ? *request : Request{};
}

TEST(CodeTasksGenerator, a_draft_is_a_pure_function_of_its_seed) {
  const auto again = Generator::create({});
  ASSERT_TRUE(again);
  std::set<std::string> prompts;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Draft draft = shared_generator()->draft(seed, {});
    EXPECT_EQ(draft.prompt() + draft.body(), again->draft(seed, {}).prompt() + again->draft(seed, {}).body());
    prompts.insert(draft.prompt());
  }
  EXPECT_GT(prompts.size(), 195u);
}

TEST(CodeTasksGenerator, combinations_are_drawn_from_their_split) {
  std::set<std::size_t> families_seen;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Draft seen = shared_generator()->draft(seed, {}), held = shared_generator()->draft(seed, {.combinations = Draws::kHeldOut});
    ASSERT_FALSE(shared_generator()->split().held_out(seen.combination));
    ASSERT_TRUE(shared_generator()->split().held_out(held.combination));
    for (const Draft& before : held.earlier)
      ASSERT_FALSE(shared_generator()->split().held_out(before.combination)) << "an earlier function tells a held-out combination";
    families_seen.insert(seen.values().family);
  }
  EXPECT_EQ(families_seen.size(), families().size());
}

TEST(CodeTasksGenerator, the_loop_variable_is_i_or_that_of_an_earlier_loop) {
  std::set<std::string> loops;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const Draft draft = shared_generator()->draft(seed, {.earlier_share = 0.5});
    const std::string text = draft.prompt();
    if (draft.names.loop == "i") continue;
    loops.insert(draft.names.loop);
    EXPECT_THAT(text, HasSubstr("for (int " + draft.names.loop)) << "nothing before tells the name";
  }
  EXPECT_EQ(loops, (std::set<std::string>{"j", "idx"}));
}

TEST(CodeTasksGenerator, a_request_has_everything_that_a_suite_needs) {
  for (const std::size_t c : one_of_each_family(3)) {
    const Request request = request_for(c, c);
    EXPECT_GE(request.examples.size(), 2u) << text_of(all_combinations()[c]);
    EXPECT_GE(request.hidden.size(), 8u) << text_of(all_combinations()[c]);
    EXPECT_TRUE(request.prompt.ends_with(request.declaration));
    EXPECT_EQ(request.names.at("function"), request.function);
    EXPECT_EQ(request.attributes.size(), families()[all_combinations()[c].family]->facts().attributes.size());
    EXPECT_EQ(request.prompt.find("requires"), std::string::npos) << "the contract is shown";
  }
}

TEST(CodeTasksGenerator, tests_are_met_by_the_reference_read_back_from_the_request) {
  for (const std::size_t c : one_of_each_family(4)) {
    const Request request = request_for(c, c + 1);
    const auto function = CFunction::from_text(source_with_contract(request, request.body), "reference.c", request.function);
    ASSERT_TRUE(function) << function.error().to_string();
    for (const auto* list : {&request.examples, &request.hidden})
      for (const TestCase& test : *list) {
        const program::RunResult run = function->interpreter().run(function->id(), arguments_of(test));
        ASSERT_EQ(run.end, program::RunEnd::kReturned);
        EXPECT_EQ(run.value ? std::optional(run.value->integer) : std::nullopt, test.result);
        for (const auto& [parameter, numbers] : test.arrays)
          for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(run.arrays[parameter][i].integer, numbers[i]);
      }
  }
}

TEST(CodeTasksGenerator, the_shown_example_is_the_first_example_test_and_true) {
  const std::size_t sum = combination_named("sum:type=int,filter=all,transform=value,first=0,end=exclusive");
  const Request request = request_for(sum, 7, {.example_share = 1, .earlier_share = 0});
  ASSERT_TRUE(request.shows_example);
  std::int64_t total = 0;
  for (const std::int64_t number : request.examples[0].arguments[0].numbers) total += number;
  EXPECT_EQ(*request.examples[0].result, total);
  EXPECT_THAT(request.prompt, HasSubstr(fmt::format("{}({}, {}) == {} for {} = {{", request.function, request.names.at("array"),
                                                    request.examples[0].arguments[1].numbers[0], total, request.names.at("array"))));
  for (std::size_t i = 1; i < request.examples.size(); ++i)
    EXPECT_NE(request.examples[i].arguments[1], request.examples[0].arguments[1]) << "two examples of one length";
}

TEST(CodeTasksGenerator, example_calls_are_written_as_people_do) {
  FunctionText function{.result = "int",
                        .name = "f",
                        .parameters = {{.role = Role::kArray, .name = "a", .array = true, .bound = "n"}, {.role = Role::kBound, .name = "n"}}};
  EXPECT_EQ(example_text(function, {{{true, {1, -2}}, {false, {2}}}, -1, {}}), "f(a, 2) == -1 for a = {1, -2}");
  function.result = "void";
  function.parameters[0].written = true;
  EXPECT_EQ(example_text(function, {{{true, {1, 2}}, {false, {2}}}, {}, {{0, {2, 1}}}}), "f(a, 2) turns a = {1, 2} into {2, 1}");
  const FunctionText scalar{.result = "int", .name = "g", .parameters = {{.role = Role::kLeft, .name = "x"}, {.role = Role::kHigh, .name = "hi"}}};
  EXPECT_EQ(example_text(scalar, {{{false, {5}}, {false, {3}}}, 3, {}}), "g(5, 3) == 3");
}

TEST(CodeTasksGenerator, hidden_tests_tell_most_neighbours_apart) {
  int pairs = 0, told_apart = 0;
  for (const std::size_t c : one_of_each_family(6)) {
    const Request request = request_for(c, c);
    for (const std::size_t o : neighbours(c)) {
      const FunctionText &one = shared_generator()->references().function(c), &other = shared_generator()->references().function(o);
      if (one.result != other.result || one.parameters.size() != other.parameters.size() || one.parameters[0].type != other.parameters[0].type)
        continue;
      ++pairs;
      for (const TestCase& test : request.hidden)
        if (const auto run = shared_generator()->references().run(o, test.arguments); !run || *run != test) {
          ++told_apart;
          break;
        }
    }
  }
  EXPECT_GT(told_apart * 10, pairs * 8) << told_apart << " of " << pairs;
}

/// C text that prints one line per test: the result, then the arrays that may be written.
class NativeMain {
 public:
  void add(const FunctionText& function, const TestCase& test) {
    std::string call = function.name + "(", after;
    main_ += "  {\n";
    for (std::size_t i = 0; i < test.arguments.size(); ++i) {
      const std::vector<std::int64_t>& numbers = test.arguments[i].numbers;
      const Parameter& p = function.parameters[i];
      const std::string type = p.type == Type::kInt ? "int" : p.type == Type::kUnsigned ? "unsigned" : "long";
      call += (i == 0 ? "" : ", ");
      if (!p.array) {
        call += literal(numbers[0]);
        continue;
      }
      std::string list;
      for (const std::int64_t number : numbers) list += (list.empty() ? "" : ", ") + literal(number);
      // An array of no elements is memory of no bytes: reading it is an error that the sanitizer sees.
      main_ += fmt::format("    {0} *p{1} = malloc({2} * sizeof({0}));\n", type, i, numbers.size());
      if (!numbers.empty()) main_ += fmt::format("    memcpy(p{1}, ({0}[]){{{2}}}, {3} * sizeof({0}));\n", type, i, list, numbers.size());
      call += fmt::format("p{}", i);
      if (p.written) after += fmt::format("    for (int k = 0; k < {}; k++) printf(\" %ld\", (long)p{}[k]);\n", numbers.size(), i);
    }
    call += ")";
    main_ += test.result ? fmt::format("    printf(\"%ld\", (long){});\n", call) : "    " + call + ";\n    printf(\"-\");\n";
    main_ += after + "    printf(\"\\n\");\n  }\n";
    expected_ += test.result ? std::to_string(*test.result) : "-";
    for (const auto& [parameter, numbers] : test.arrays)
      for (const std::int64_t number : numbers) expected_ += " " + std::to_string(number);
    expected_ += "\n";
  }
  std::string source(const std::string& functions) const {
    return "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n" + functions + "int main(void) {\n" + main_ + "  return 0;\n}\n";
  }
  const std::string& expected() const { return expected_; }

 private:
  static std::string literal(std::int64_t number) { return number == INT64_MIN ? "(-9223372036854775807L - 1)" : std::to_string(number) + "L"; }
  std::string main_, expected_;
};

TEST(CodeTasksGenerator, expected_results_are_those_of_natively_compiled_code_under_sanitizers) {
  if (const Status available = sandbox_available(); !available) GTEST_SKIP() << available.error().to_string();
  const std::vector<std::size_t> chosen = one_of_each_family(9);
  constexpr std::size_t kPerFile = 50;
  std::size_t tests = 0;
  for (std::size_t begin = 0; begin < chosen.size(); begin += kPerFile) {
    NativeMain native;
    std::string functions;
    for (std::size_t i = begin; i < std::min(chosen.size(), begin + kPerFile); ++i) {
      const FunctionText& function = shared_generator()->references().function(chosen[i]);
      functions += declaration_of(function) + body_of(function) + "\n";
      Draw draw(chosen[i]);
      for (int k = 0; k < 12; ++k)
        if (const auto test = shared_generator()->references().draw_test(chosen[i], k % 2 == 0 ? TestKind::kBoundary : TestKind::kAny, draw)) {
          native.add(function, *test);
          ++tests;
        }
    }
    const auto run =
        compile_and_run({.sources = {{"tests.c", native.source(functions)}}, .flags = {"-std=c17", "-O1", "-Wno-everything"}, .wall_seconds = 60});
    ASSERT_TRUE(run) << run.error().to_string();
    ASSERT_TRUE(run->compiled) << run->compiler_output;
    EXPECT_EQ(run->process.exit_code, 0) << run->process.error_output;
    EXPECT_EQ(run->process.output, native.expected());
  }
  EXPECT_GE(tests, chosen.size() * 10);
}

}  // namespace
}  // namespace assay::analysis::code_tasks
