// One function that somebody is asked to write, and how an answer is judged: what a suite's requests and the lines of a completions file
// have in common.
//
//   CodeTask task = task_of(request);
//   std::string text = answer_text(task, generation);      // prompt and answer, cut where the function ends
//
// The prompt ends with the declaration's `{` or goes on into the body; an answer is what stands behind it. Test: tests/analysis/bench_judge_test.cpp
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/code_tasks/request.h"

namespace assay::analysis::bench {

using code_tasks::Request;
using code_tasks::TestCase;

struct CodeTask {
  std::string id, family;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string split;             ///< "seen", "held_out", or empty
  std::string variation;         ///< what was changed in another request to make this one; empty: a request of its own, which counts
  std::string standard = "c17";  ///< of prompt, answer, reference and tests
  std::string prompt;            ///< what the model sees; `declaration` and perhaps the beginning of the body are its end
  std::string declaration;       ///< up to and with `{`
  std::string function;
  std::vector<std::string> contract;     ///< "requires ...;" and "ensures ...;": the domain of every claim about an answer
  std::optional<std::string> reference;  ///< a source file with the contract in it; absent: answers are not compared
  std::string reference_body;            ///< for the report
  std::vector<TestCase> visible, hidden;
  std::string test_source;  ///< instead of test cases: source with a `main` that stands behind the function and ends with 0 when all is well

  /// Where the body begins in the prompt: behind the declaration's `{`.
  std::size_t body_begin() const { return prompt.rfind(declaration) + declaration.size(); }
  bool ends_with_declaration() const { return body_begin() == prompt.size(); }
  bool is_cxx() const { return standard.find("++") != std::string::npos; }
};

CodeTask task_of(const Request& request);
/// The contract's clauses that say which inputs are allowed, as expressions: "n >= 0 && n <= 5".
std::vector<std::string> preconditions_of(const CodeTask& task);
/// Identity of everything that a judgement depends on, hex.
std::string hash_of(const CodeTask& task);

/// Where the function whose body begins at `begin` (behind its `{`) ends: behind the closing brace; npos: it is never closed. Strings, character
/// constants and comments do not count.
std::size_t end_of_function(std::string_view text, std::size_t begin);
/// Prompt and answer, what stands behind the function cut off.
std::string answer_text(const CodeTask& task, std::string_view answer);

}  // namespace assay::analysis::bench
