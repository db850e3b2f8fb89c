// What tests of `assay bench` share: a fixture that runs in the sandbox or is skipped, and a task from its parts.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "analysis/bench/code_task.h"
#include "analysis/bench/meaning.h"
#include "base/sandbox.h"
#include "base/session.h"

namespace assay::analysis::bench {

class InSandbox : public testing::Test {
 protected:
  void SetUp() override {
    if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  }

  std::atomic<bool> stop_ = false;
  Progress silent_;
  Session session_{silent_, stop_};
};

/// The reference from contract, declaration and body.
inline CodeTask with_reference(CodeTask task) {
  std::string clauses;
  for (const std::string& clause : task.contract) clauses += "//@ " + clause + "\n";
  task.reference = clauses + task.declaration + task.reference_body;
  return task;
}

/// `declaration` ends with `{`; `body` stands behind it, up to and with `}`.
inline CodeTask task_of(const std::string& declaration, const std::string& function, std::vector<std::string> contract, const std::string& body) {
  return with_reference({.id = "r1",
                         .prompt = declaration,
                         .declaration = declaration,
                         .function = function,
                         .contract = std::move(contract),
                         .reference = {},
                         .reference_body = body});
}

/// An answer that compiles, with what was found about it.
inline JudgedAnswer answer_of(Grade safety, Grade meaning) {
  Judgement judgement{.parses = true, .compiles = true, .has_reference = true};
  judgement.safety.grade = safety;
  judgement.meaning.grade = meaning;
  return {"text", judgement, {}, {}};
}

/// Sum of the first n elements, of at most five; unsigned, so that no sum overflows.
inline CodeTask sum_task() {
  CodeTask task = task_of("unsigned sum(const unsigned *a, int n) {", "sum", {"requires n >= 0 && n <= 5;", "requires length(a) == n;"},
                          "\n    unsigned s = 0;\n    for (int i = 0; i < n; i++) {\n        s += a[i];\n    }\n    return s;\n}\n");
  task.family = "sum";
  task.prompt = "// Sum of the first n elements of a.\n" + task.declaration;
  task.visible = {{{{true, {1, 2}}, {false, {2}}}, 3, {}}};
  task.hidden = {{{{true, {5, 0, 2}}, {false, {3}}}, 7, {}}, {{{true, {}}, {false, {0}}}, 0, {}}};
  return task;
}

}  // namespace assay::analysis::bench
