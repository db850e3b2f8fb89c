// A folder with small hypotheses about zoo/addition: the network that adds two numbers of two digits.
#pragma once

#include <filesystem>

#include "tests/cli/run_assay.h"

namespace assay::testing {

inline const std::string kAdditionModel = ASSAY_SOURCE_DIR "/zoo/addition/model";

/// In school's way; `digits` says how many symbols a digit may be in the task, 3 keep the domain small.
inline const char* const kSchoolbook = R"(
int digit(const int *a, const int *b, int n, int step) {
  int carry = 0;
  int wanted = 0;
  for (int i = n - 1; i >= 0; i--) {
    int column = a[i] + b[i] + carry;
    carry = column >= 10;
    if (step == i + 1) wanted = column % 10;
    //@ label added
  }
  return step == 0 ? carry : wanted;
}
int without_carry(const int *a, const int *b, int n, int step) {
  return step == 0 ? 0 : (a[step - 1] + b[step - 1]) % 10;
}
int endless(const int *a, const int *b, int n, int step) {
  int i = n;
  while (a[0] + b[0] >= 0) i = (i + step) % 7;
  return i;
}
)";

class AdditionFolder {
 public:
  AdditionFolder() { write("schoolbook.c", kSchoolbook); }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    EXPECT_TRUE(write_file(path(name), text));
    return path(name);
  }
  /// Numbers of `length` digits out of `symbols`.
  std::string task(const std::string& name = "addition.task.toml", const std::string& model = kAdditionModel,
                   const std::string& symbols = "\"2\", \"5\", \"8\"", int length = 2) const {
    const std::string slot = "length = " + std::to_string(length) + ", symbols = [" + symbols + "], values = [" + values_of(symbols) + "] }";
    return write(name, "name = \"addition\"\nmodel = \"" + model +
                           "\"\n[vocabulary]\nsymbols = [\"0..9\", \"+\", \"=\"]\n[domain]\nsequence = [ { slot = \"a\", " + slot +
                           ", \"+\", { slot = \"b\", " + slot + ", \"=\" ]\nanswer = " + std::to_string(length + 1) +
                           "\n[output]\nscored = \"answer\"\nsymbols = [\"0..9\"]\n[program]\narguments = [\"a\", \"b\", \"length.a\", "
                           "\"step\"]\n[positions]\nb_units = { slot = \"b\", index = 1 }\n");
  }
  std::string hypothesis(const std::string& name, const std::string& function, const std::string& claims,
                         const std::string& task = "addition.task.toml") const {
    return write(name, "task = \"" + task + "\"\nprogram = { file = \"schoolbook.c\", function = \"" + function + "\" }\n" + claims);
  }
  const std::string& folder() const { return folder_.path(); }

 private:
  static std::string values_of(const std::string& symbols) {
    std::string values;
    for (const char c : symbols)
      if (c != '"') values += c;
    return values;
  }
  TemporaryFolder folder_ = *TemporaryFolder::create("assay-cli");
};

inline const char* const kEqualsProgram = "[[claim]]\nkind = \"network_equals_program\"\nextend = \"none\"\n";

/// Copies the network so that a test may damage it.
inline std::string copied_model(const AdditionFolder& folder) {
  std::filesystem::copy(kAdditionModel, folder.path("model"));
  return folder.path("model");
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace assay::testing
