// Product of the elements that pass a filter, from 1 or with a factor of 2 to begin with.
//
//   int product = 1; for (int i = 0; i <= n; i++) { product *= a[i]; } return product;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Product : public Family {
 public:
  Product()
      : Family({.name = "product",
                .attributes = {domain_of({Type::kInt, Type::kLong, Type::kUnsigned}), domain_of({Filter::kAll, Filter::kOdd, Filter::kPositive}),
                               domain_of({Initial::k1, Initial::k2}), domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kBound},
                .function_names = {"product_of", "multiply", "mul_all", "prod"},
                .shapes = {"[Return|Compute|Get] {start} the product of the {kind} elements of {a} {range}.",
                           "Multiply the {kind} [elements|entries|values] of {a} {range} {begin}.",
                           "Product of the {kind} elements of {a} {range} {begin}.",
                           "Over {a} {range}, multiply the {kind} elements {begin} and return the result."}}) {}

  bool valid(const Combination& c) const override { return !c.is(Type::kUnsigned) || !c.is(Filter::kPositive); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    const Type type = c.get<Type>();
    const std::string element = names[Role::kArray] + "[" + names.loop + "]";
    const std::string filter = filter_condition(c.get<Filter>(), element);
    Lines lines;
    lines.line(type_name(type) + " product = " + (c.is(Initial::k2) ? "2;" : "1;")).open(walk.head(names.loop, names[Role::kBound]));
    if (!filter.empty()) lines.open("if (" + filter + ") {");
    lines.line("product *= " + element + ";");
    if (!filter.empty()) lines.close();
    lines.close().line("return product;");
    const std::optional<Range> range = type == Type::kUnsigned ? std::optional<Range>() : type == Type::kLong ? Range{-50000, 50000} : Range{-3, 3};
    return {.result = type_name(type),
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, type == Type::kLong ? Type::kInt : type, range, walk),
                           bound_parameter(names, walk, type == Type::kLong ? 2 : 3)},
            .body = lines.take()};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["kind"] = filter_words(c.get<Filter>());
    slots["start"] = c.is(Initial::k2) ? "[twice|2 times]" : "";
    slots["begin"] = c.is(Initial::k2) ? "[starting from 2|beginning with 2]" : "";
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> product_family() { return std::make_unique<Product>(); }

}  // namespace assay::analysis::code_tasks
