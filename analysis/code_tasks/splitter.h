// Cuts text into words with one regular expression, the one that tokenizer.json carries.
//
//   "\n    total += a[i];"   ->   "\n    " "total" " +=" " a" "[" "i" "]" ";"
//
// Every character belongs to exactly one piece. Compiled once, matched with PCRE2's just-in-time compiler where there is one. Thread-safe.
// Test: tests/analysis/code_tasks_vocabulary_test.cpp
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace assay::analysis::code_tasks {

class Splitter {
 public:
  static Result<Splitter> create();
  static std::string_view pattern();
  void split(std::string_view text, const std::function<void(std::string_view)>& piece) const;

 private:
  struct Code;
  Splitter() = default;
  std::shared_ptr<const Code> code_;
};

}  // namespace assay::analysis::code_tasks
