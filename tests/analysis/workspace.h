// A folder with a task, programs and hypotheses, and the session that tests need.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/files.h"
#include "base/session.h"

namespace assay::analysis::testing {

struct Workspace {
  TemporaryFolder folder = *TemporaryFolder::create("assay-analysis");
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};

  std::string path(const std::string& name) const { return folder.path() + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    EXPECT_TRUE(write_file(path(name), text));
    return path(name);
  }
};

/// The larger of the digits so far: every prefix of up to three digits 0..3 is scored.
inline const char* const kMaximumTask = R"(
name = "maximum"
model = "model"
[vocabulary]
symbols = ["0..3", "<bos>"]
[domain]
start = ["<bos>"]
alphabet = ["0..3"]
min_length = 1
max_length = 3
[output]
kind = "argmax"
scored = "every"
[program]
arguments = ["prefix", "length"]
)";

inline const char* const kMaximumProgram = R"(
int maximum(const int *s, int n) {
  int best = s[0];
  for (int i = 0; i < n; i++) {
    if (s[i] > best) best = s[i];
    //@ label step
  }
  //@ label read
  return best;
}
int minimum(const int *s, int n) {
  int best = s[0];
  for (int i = 0; i < n; i++) {
    if (s[i] < best) best = s[i];
  }
  //@ label read
  return best;
}
int last(const int *s, int n) {
  int best = s[n - 1];
  //@ label read
  return best;
}
int endless(const int *s, int n) {
  int i = 0;
  while (s[0] >= 0) {
    i = (i + n) % 7;
  }
  return i;
}
)";

}  // namespace assay::analysis::testing
