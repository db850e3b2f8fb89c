// A task whose prompts are code, in a folder with a tokenizer of bytes and the references of `sum` and `product`.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "analysis/tasks/task.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis::testing {

struct PromptTask : ::testing::Test {
  explicit PromptTask(std::string spec) : text(std::move(spec)) {}

  Result<Task> read() const {
    workspace.write("model/tokenizer.json", circuits::byte_level_json({}).dump());
    workspace.write("references.c", "int sum(int x, int y) { return x + y; }\nint product(int x, int y) { return x * y; }\n");
    return read_task(workspace.write("combine.task.toml", text));
  }
  /// Of a text that must be read.
  Task task() const {
    Result<Task> read_one = read();
    EXPECT_TRUE(read_one) << read_one.error().to_string();
    return read_one ? std::move(*read_one) : Task{};
  }

  Workspace workspace;
  std::string text;
};

}  // namespace assay::analysis::testing
