// Completions of any model from a file: one JSON object a line, in the manner of HumanEval-X and MultiPL-E.
//
//   {"task_id": "CPP/0", "prompt": "... bool f(int n) {\n", "generation": "```cpp\n    return n > 0;\n}\n```", "tests": "int main() { assert(f(1));
//   }"}
//
// What models write around their code is taken off by rule (stripping.h), and each rule says how often it was used. Keys and rules:
// docs/formats.md, "Completions".
// Test: tests/analysis/bench_completions_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/bench/answers.h"
#include "analysis/bench/stripping.h"

namespace assay::analysis::bench {

struct CompletionsOptions {
  std::string standard = "c++20";
  std::string generation_key;  ///< empty: "generation", "completion" or "generations"
  std::size_t limit = 0;       ///< only the first so many lines; 0: all
};

struct Completions {
  std::vector<CodeTask> tasks;
  std::vector<std::vector<Sample>> samples;  ///< by task
  std::vector<std::string> rules;            ///< "code fence taken off: 161 completions"
};

Result<Completions> read_completions(const std::string& path, const CompletionsOptions& options);
Result<Completions> parse_completions(std::string_view text, const std::string& file, const CompletionsOptions& options);

}  // namespace assay::analysis::bench
