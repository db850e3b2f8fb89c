// A family of C functions: which attributes change its meaning, how people ask for it, and the reference that answers.
//
//   sum   attributes type, filter, transform, first, end
//   ask   "Add up the even elements of {a} {range}."        write   int total = 0; for (int i = 1; i <= n; i++) ...
//
// Adding a family: one class in one file and one line in registry.cpp; vocabulary, contracts, tests and training follow from what it says.
// Writing is a pure function of combination and names; only the wording of the request is drawn.
// Test: tests/analysis/code_tasks_families_test.cpp, and every reference is proved in tests/analysis/code_tasks_proof_test.cpp
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/code_tasks/families/attribute.h"
#include "analysis/code_tasks/families/names.h"

namespace assay::analysis::code_tasks {

struct Range {
  std::int64_t low = 0, high = 0;
  bool operator==(const Range&) const = default;
};

/// A parameter and what the contract says of it.
struct Parameter {
  Role role = Role::kValue;
  std::string name;
  Type type = Type::kInt;
  bool array = false, written = false;
  bool wide = false;           ///< tests draw it from its whole range, not near the other values
  std::optional<Range> range;  ///< of the value, or of each element; absent: all values of the type
  std::string bound;           ///< arrays: length is this parameter plus `extra`
  int extra = 0;
};

/// A reference function, in the one style that all of them share: four spaces, one statement per line.
struct FunctionText {
  std::string result;  ///< "int", "unsigned", "long", "void"
  std::string name;
  std::vector<Parameter> parameters;
  std::vector<std::string> body;       ///< lines, indented, without the closing brace
  std::vector<std::string> requires_;  ///< beyond what the parameters say
  std::vector<std::string> ensures;
};

/// "int sum(const int *a, int n) {"
std::string declaration_of(const FunctionText& function);
/// The body and the closing brace, beginning with a new line: what a model has to write after the declaration.
std::string body_of(const FunctionText& function);
/// "requires n >= 0 && n <= 5;", ... without the comment marks.
std::vector<std::string> contract_of(const FunctionText& function);

/// Slot name -> phrase template (see phrase.h).
using Slots = std::map<std::string, std::string, std::less<>>;

struct FamilyFacts {
  std::string name;
  std::vector<AttributeDomain> attributes;
  std::vector<Role> roles;                  ///< names to draw, in this order
  std::vector<std::string> function_names;  ///< beside the general ones; none tells an attribute
  std::vector<std::string> shapes;          ///< sentences with slots; at least four
};

class Family {
 public:
  explicit Family(FamilyFacts facts) : facts_(std::move(facts)) {}
  virtual ~Family() = default;
  const FamilyFacts& facts() const { return facts_; }
  /// Combinations whose meaning another one has already, or that make no sense.
  virtual bool valid(const Combination&) const { return true; }
  virtual FunctionText write(const Combination& combination, const Names& names) const = 0;
  virtual Slots slots(const Combination& combination, const Names& names) const = 0;

 private:
  FamilyFacts facts_;
};

/// All families, in registration order: Combination::family is an index here.
const std::vector<std::unique_ptr<Family>>& families();
/// All valid combinations of all families, by family, then by values in the order listed.
const std::vector<Combination>& all_combinations();
/// The same seen names for all combinations of a family, so that references of neighbours differ in what they mean alone.
Names canonical_names(const Family& family);
/// "sum:type=int,filter=even,...", attributes in the family's order.
std::string text_of(const Combination& combination);
/// Indices into all_combinations() of those that differ in one attribute.
std::vector<std::size_t> neighbours(std::size_t combination);

/// Combinations kept out of training: a seeded hash, about 15 %. Values that would be unseen, and rare pairs where possible, are given back.
class Split {
 public:
  explicit Split(std::uint64_t seed);
  bool held_out(std::size_t combination) const { return held_out_[combination]; }
  const std::vector<std::size_t>& seen() const { return seen_; }
  const std::vector<std::size_t>& held() const { return held_; }
  /// Share of attribute-value pairs of one family that some seen combination has, of those that any has.
  double pairs_seen() const;

 private:
  std::vector<bool> held_out_;
  std::vector<std::size_t> seen_, held_;
};

}  // namespace assay::analysis::code_tasks
