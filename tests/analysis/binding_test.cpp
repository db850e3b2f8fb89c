#include "analysis/tasks/binding.h"

#include <gmock/gmock.h>

namespace assay::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CFunction code(const std::string& text) { return *CFunction::from_text(text, "f.c", "f"); }

/// a a + b =  with digits worth ten times their symbol in b; + is 10, = is 11.
DomainSpec product() {
  DomainSpec spec;
  spec.slots = {{"a", 2, {0, 1, 2}, {0, 1, 2}, false}, {"b", 1, {0, 1, 2}, {0, 10, 20}, false}};
  spec.elements = {{0, 0, 0}, {0, 1, 0}, {-1, 0, 10}, {1, 0, 0}, {-1, 0, 11}};
  spec.scored = Scored::kAnswer;
  spec.answers = 2;
  return spec;
}

DomainSpec strings() {
  DomainSpec spec;
  spec.start = {9};
  spec.alphabet = {3, 4};
  spec.alphabet_values = {-1, 1};
  spec.max_length = 4;
  spec.end = {8};
  return spec;
}

/// What f returns on `prefix`, by both roads into the interpreter.
std::int64_t result(const DomainSpec& spec, const std::vector<std::string>& names, const CFunction& function, const Tokens& prefix) {
  const Domain domain(spec);
  const Result<Binding> binding = Binding::create(spec, names, function);
  EXPECT_TRUE(binding) << binding.error().to_string();
  if (!binding) return -1;
  BoundArguments bound;
  binding->bind(prefix, domain.step(prefix), domain.input_part(prefix), bound);
  std::int64_t fast = 0;
  EXPECT_TRUE(function.interpreter().run_integers(function.id(), bound.scalars, bound.arrays, fast));
  const program::RunResult run = function.interpreter().run(function.id(), binding->arguments(bound));
  EXPECT_EQ(run.value->integer, fast) << "the general arguments say something else";
  return fast;
}

std::string error(const DomainSpec& spec, const std::vector<std::string>& names, const CFunction& function) {
  const Result<Binding> binding = Binding::create(spec, names, function);
  return binding ? "no error" : binding.error().to_string();
}

TEST(Binding, slots_are_bound_as_arrays_and_numbers_with_their_values) {
  const CFunction function = code("int f(const int a[2], int b, int step) { return 1000 * a[0] + 100 * a[1] + b + step; }");
  EXPECT_EQ(result(product(), {"a", "b", "step"}, function, {1, 2, 10, 2, 11}), 1220);
  EXPECT_EQ(result(product(), {"a", "b", "step"}, function, {1, 2, 10, 2, 11, 2}), 1221) << "the answer that was fed back is no input";
}

TEST(Binding, a_slot_of_one_symbol_is_an_array_where_the_parameter_is_a_pointer) {
  EXPECT_EQ(result(product(), {"a", "b"}, code("int f(const int *a, const int *b) { return a[1] + b[0]; }"), {0, 1, 10, 2, 11}), 21);
}

TEST(Binding, without_names_the_parameters_own_names_decide_in_any_order) {
  EXPECT_EQ(result(product(), {}, code("int f(int b, const int *a) { return b + a[0]; }"), {2, 0, 10, 1, 11}), 12);
}

TEST(Binding, lengths_of_slots_are_arguments) {
  const CFunction function = code("int f(const int *a, int n) { return 10 * n + a[n - 1]; }");
  EXPECT_EQ(result(product(), {"a", "length.a"}, function, {0, 2, 10, 1, 11}), 22);
  EXPECT_TRUE(Binding::create(product(), {"a", "length.a"}, function)->uses_length());
  EXPECT_FALSE(Binding::create(product(), {"a", "step"}, function)->uses_length());
}

TEST(Binding, parts_with_one_slot_name_are_one_array) {
  DomainSpec spec = product();
  spec.slots[0].length = 3;
  spec.elements.push_back({0, 2, 0});  // a a + b = a
  EXPECT_EQ(result(spec, {"a", "length.a"}, code("int f(const int *a, int n) { return n * 100 + 10 * a[1] + a[2]; }"), {0, 1, 10, 0, 11, 2}), 312);
}

TEST(Binding, strings_are_bound_by_prefix_and_length_without_their_end) {
  const CFunction function = code("int f(const int *s, int n) { int sum = 10 * n; for (int i = 0; i < n; i++) sum += s[i]; return sum; }");
  EXPECT_EQ(result(strings(), {"prefix", "length"}, function, {4, 4, 3, 8}), 31);
  EXPECT_TRUE(Binding::create(strings(), {"prefix", "length"}, function)->uses_length());
}

TEST(Binding, the_empty_string_is_an_array_that_can_be_pointed_to_and_the_length_0) {
  EXPECT_EQ(result(strings(), {"prefix", "length"}, code("int f(const int *s, int n) { const int *p = s; return p == s ? n : 7; }"), {8}), 0);
}

TEST(Binding, a_prefix_of_a_product_holds_values_and_the_literals_themselves) {
  DomainSpec spec = product();
  spec.scored = Scored::kEvery;
  EXPECT_EQ(result(spec, {"prefix", "length"}, code("int f(const int *s, int n) { return 1000 * n + 10 * s[2] + s[3]; }"), {0, 1, 10, 2}), 4120);
}

TEST(Binding, mismatches_name_parameter_and_argument) {
  EXPECT_THAT(error(product(), {"a", "b"}, code("int f(int a) { return a; }")), HasSubstr("takes 1 parameters, but the task binds 2 arguments"));
  EXPECT_THAT(error(product(), {"a"}, code("int f(int a) { return a; }")),
              HasSubstr("parameter 'a' of 'f' is a number, but argument 'a' is an array"));
  EXPECT_THAT(error(product(), {"step"}, code("int f(const int *s) { return s[0]; }")), HasSubstr("is a pointer, but argument 'step' is a number"));
  EXPECT_THAT(error(product(), {"prefix"}, code("int f(int s) { return s; }")), HasSubstr("argument 'prefix' is an array"));
  EXPECT_THAT(error(product(), {"stp"}, code("int f(int a) { return a; }")), HasSubstr("did you mean 'step'"));
  EXPECT_THAT(error(product(), {"lenght.a"}, code("int f(int a) { return a; }")), HasSubstr("did you mean 'length.a'"));
  EXPECT_THAT(error(product(), {"quite another"}, code("int f(int a) { return a; }")), HasSubstr("name a slot of the domain"));
  EXPECT_THAT(error(product(), {"a"}, code("int f(const int a[3]) { return a[0]; }")), HasSubstr("has 3 elements, but slot 'a' has 2"));
}

OutputSpec digits() {
  OutputSpec output;
  output.symbols = {5, 6, 7};
  output.values = {0, 10, 20};
  for (std::size_t i = 0; i < 3; ++i) output.token_of_value[output.values[i]] = output.symbols[i];
  return output;
}

TEST(OutputSpec, a_result_stands_for_the_symbol_with_its_value) {
  const Vocabulary words = *Vocabulary::from_symbols({"0..4", "none", "ten", "twenty"});
  const OutputSpec output = digits();
  EXPECT_EQ(output.answer_of(10).token, 6);
  EXPECT_EQ(output.text(output.answer_of(20), words), "twenty");
  EXPECT_EQ(output.answer_of(11).token, -1) << "no symbol stands for 11";
  EXPECT_EQ(output.text(output.answer_of(11), words), "(no symbol)");
}

TEST(OutputSpec, a_result_of_a_set_task_is_a_bit_mask_over_the_symbols) {
  const Vocabulary words = *Vocabulary::from_symbols({"a", "b", "<eos>"});
  OutputSpec output;
  output.readout.kind = circuits::Readout::Kind::kSet;
  output.readout.allowed = {2, 0, 1};
  EXPECT_EQ(output.answer_of(5).set, 5u);
  EXPECT_EQ(output.text(output.answer_of(3), words), "{<eos>, a}");
  EXPECT_EQ(output.text(output.answer_of(0), words), "{}");
  EXPECT_EQ(output.text(output.answer_of(8), words), "{bit 3}") << "a bit that is no symbol is shown";
}

}  // namespace
}  // namespace assay::analysis
