// The reference of every combination, read by Clang once and run by the interpreter: where the expected results of tests come from.
//
//   References references = *References::create();
//   std::optional<TestCase> test = references.run(combination, arguments);      nothing: outside the contract, or no plain return
//   TestCase drawn = *references.draw_test(combination, draw, TestKind::kSmall);
//
// All references make one source text, so that a training run that shows example calls pays for Clang once (about a second), then a few
// microseconds per call. Thread-safe. Test: tests/analysis/code_tasks_generator_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "analysis/code_tasks/families/family.h"
#include "analysis/code_tasks/request.h"

namespace assay::analysis::code_tasks {

enum class TestKind : std::uint8_t {
  kSmall,     ///< one digit, no empty array: what people write into a comment
  kAny,       ///< values near one another, so that comparisons go either way
  kBoundary,  ///< ends of ranges, equal elements, empty arrays
};

class References {
 public:
  static Result<References> create();
  /// One expected result; nothing where the input is outside the contract or the reference does not return.
  std::optional<TestCase> run(std::size_t combination, const std::vector<TestValue>& arguments) const;
  /// Draws inputs until the contract admits one; nothing after many attempts.
  std::optional<TestCase> draw_test(std::size_t combination, TestKind kind, Draw& draw) const;
  /// The function as it was read, with its canonical names.
  const FunctionText& function(std::size_t combination) const { return functions_[combination]; }

 private:
  struct Loaded;
  References() = default;
  std::shared_ptr<const Loaded> loaded_;
  std::vector<FunctionText> functions_;
};

/// The contract as comments, the declaration and the body: one self-contained function.
std::string source_of(const FunctionText& function);

}  // namespace assay::analysis::code_tasks
