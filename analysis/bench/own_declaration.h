// An answer that repeats the declaration with other parameter names is judged with its own declaration, since its body speaks of those names.
//
//   prompt: int f(int n) {     answer: int f(int x) { return x; }     contract: "requires n >= 0;" becomes "requires x >= 0;"
//
// Test: tests/analysis/bench_completions_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/bench/code_task.h"

namespace assay::analysis::bench {

struct OwnDeclaration {
  enum class Use {
    kPrompt,   ///< the names are the same, or the types differ: the body is put behind the prompt's declaration
    kOwn,      ///< only names differ
    kNeither,  ///< a name stands for another parameter than in the prompt, and cannot be told from it: the declaration is not cut
  };
  Use use = Use::kPrompt;
  std::vector<std::string> contract;  ///< kOwn: the task's with the answer's names
};
OwnDeclaration own_declaration(const CodeTask& task, const std::string& repeated);

}  // namespace assay::analysis::bench
