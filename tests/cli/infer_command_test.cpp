// `assay infer`: what is wrong on its command line ends it before the search, which may take minutes.
#include <gmock/gmock.h>

#include "tests/cli/addition.h"

namespace assay {
namespace {

using testing::AdditionFolder;
using ::testing::AllOf;
using testing::assay;
using ::testing::HasSubstr;

TEST(InferCommand, limits_below_one_are_refused) {
  AdditionFolder folder;
  const std::string task = folder.task();
  for (const std::string option : {"--states", "--size"})
    for (const std::string value : {"-3", "0", "9999999999"}) {
      const ProcessResult result = assay({"infer", task, option, value, "--out", folder.path("out")});
      EXPECT_EQ(result.exit_code, 2) << option << " " << value;
      EXPECT_EQ(result.output, "");
      EXPECT_THAT(result.error_output, HasSubstr(option)) << value;
    }
}

/// The task's model does not exist: whatever is said of the reference is said before the network is asked for.
TEST(InferCommand, a_reference_that_cannot_be_read_ends_it_before_the_search) {
  AdditionFolder folder;
  const std::string task = folder.task("addition.task.toml", folder.path("no_model"));
  folder.write("broken.c", "int digit(int a) {\n  return a + ;\n}\n");
  folder.write("goto.c", "int digit(int a) {\n  goto end;\nend:\n  return a;\n}\n");
  const auto ended = [&](const std::string& reference) {
    return assay({"infer", task, "--reference", reference, "--no-cache", "--out", folder.path("out")});
  };
  const auto expect_error = [&](const std::string& reference, int exit_code, const ::testing::Matcher<const std::string&>& message) {
    const ProcessResult result = ended(reference);
    EXPECT_EQ(result.exit_code, exit_code) << reference;
    EXPECT_EQ(result.output, "");
    EXPECT_THAT(result.error_output, message);
  };
  expect_error(folder.path("schoolbook.c"), 2, HasSubstr("no function is named"));
  expect_error(folder.path("nothing.c") + ":digit", 2, HasSubstr("nothing.c"));
  expect_error(folder.path("schoolbook.c") + ":digti", 2, HasSubstr("did you mean 'digit'?"));
  expect_error(folder.path("broken.c") + ":digit", 2, AllOf(HasSubstr("broken.c:2:"), HasSubstr("expected expression")));
  expect_error(folder.path("goto.c") + ":digit", 4, HasSubstr("goto.c:2:3"));
  expect_error(folder.path("schoolbook.c") + ":digit", 2, HasSubstr("no_model"));
}

}  // namespace
}  // namespace assay
