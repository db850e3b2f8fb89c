// Do all, any or none of the elements compare with a value in a stated way?
//
//   for (int i = 0; i < n; i++) { if (!(a[i] < x)) { return 0; } } return 1;      written with the opposite comparison
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Property : public Family {
 public:
  Property()
      : Family({.name = "property",
                .attributes = {domain_of({Quantifier::kAll, Quantifier::kAny, Quantifier::kNone}), all_senses(), both_strict(),
                               domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kBound, Role::kPivot},
                .function_names = {"check", "holds", "verify", "test_all"},
                .shapes = {"[Return 1|Return 1 exactly] if {whose} of {a} {range} {is} {rel}, else 0.",
                           "Check whether {whose} of {a} {range} {is} {rel}.", "{Whose} of {a} {range} {is} {rel}? [Return 1 or 0.|1 if so, else 0.]",
                           "Tell if {whose} of {a} {range} {is} {rel}: 1 for yes, 0 for no."}}) {}

  bool valid(const Combination& c) const override { return relation_valid(c); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    const bool all = c.is(Quantifier::kAll);
    const std::string op = all ? opposite(comparison(c)) : comparison(c);
    Lines lines;
    lines.open(walk.head(names.loop, names[Role::kBound]));
    lines.return_if(names[Role::kArray] + "[" + names.loop + "] " + op + " " + names[Role::kPivot], c.is(Quantifier::kAny) ? "1" : "0");
    lines.close().line(c.is(Quantifier::kAny) ? "return 0;" : "return 1;");
    return {.result = "int",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, {}, walk), bound_parameter(names, walk, 5),
                           scalar_parameter(names, Role::kPivot, Type::kInt)},
            .body = lines.take(),
            .ensures = {"result == 0 || result == 1"}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["rel"] = relation_words(c, names[Role::kPivot]);
    const bool all = c.is(Quantifier::kAll), any = c.is(Quantifier::kAny);
    slots["whose"] = all ? "[every element|each element]" : any ? "[any element|some element]" : "[no element|none of the elements]";
    slots["Whose"] = all ? "[Every element|Each element]" : any ? "[Any element|Some element]" : "No element";
    slots["is"] = "is";
    return slots;
  }

 private:
  static std::string opposite(const std::string& op) {
    return op == "<" ? ">=" : op == "<=" ? ">" : op == ">" ? "<=" : op == ">=" ? "<" : op == "==" ? "!=" : "==";
  }
};

}  // namespace

std::unique_ptr<Family> property_family() { return std::make_unique<Property>(); }

}  // namespace assay::analysis::code_tasks
