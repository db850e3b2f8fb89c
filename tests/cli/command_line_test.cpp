// The built command itself: what it prints where, and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/run_assay.h"

namespace assay {
namespace {

using testing::assay;
using ::testing::HasSubstr;

TEST(CommandLine, an_unknown_verb_names_the_nearest) {
  ProcessResult result = assay({"explian"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.output, "");
  EXPECT_THAT(result.error_output, HasSubstr("did you mean 'explain'?"));
}

TEST(CommandLine, without_a_verb_says_where_the_list_is) {
  ProcessResult result = assay({});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error_output, HasSubstr("assay --help"));
}

TEST(CommandLine, an_unknown_option_points_at_the_verbs_help) {
  ProcessResult result = assay({"explain", "--bogus"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error_output, HasSubstr("assay explain --help"));
}

TEST(CommandLine, help_lists_the_exit_codes_and_every_verb_has_two_examples) {
  ProcessResult result = assay({"--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("Exit codes: 0 every claim holds"));
  std::istringstream lines(result.output.substr(result.output.find("Subcommands:")));
  int verbs = 0;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("  ")) {
    std::string verb = line.substr(2, line.find(' ', 2) - 2);
    if (verb.empty()) continue;  // the rest of a long description
    std::string help = assay({verb, "--help"}).output;
    std::size_t examples = 0;
    std::string use = "\n  assay " + verb;
    for (std::size_t place = help.find(use); place != std::string::npos; place = help.find(use, place + 1)) ++examples;
    EXPECT_GE(examples, 2u) << help;
    ++verbs;
  }
  EXPECT_GE(verbs, 2);
}

TEST(CommandLine, a_full_disk_under_stdout_is_an_error) {
  ProcessSpec spec;
  spec.command = {"sh", "-c", ASSAY_BINARY_DIR "/bin/assay explain > /dev/full"};
  Result<ProcessResult> result = run_process(spec);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 2);
  EXPECT_THAT(result->error_output, HasSubstr("could not be written"));
}

TEST(Explain, prints_clause_and_cwe_of_a_check) {
  ProcessResult result = assay({"explain", "division-by-zero"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, ::testing::AllOf(HasSubstr("C17 6.5.5p5"), HasSubstr("CWE-369")));
  EXPECT_EQ(result.error_output, "");
}

TEST(Explain, lists_all_checks_as_json) {
  auto rows = nlohmann::json::parse(assay({"explain", "--format", "json"}).output);
  ASSERT_GT(rows.size(), 15u);
  for (const auto& row : rows) EXPECT_FALSE(row.at("title").get<std::string>().empty());
}

TEST(Explain, an_unknown_check_names_the_nearest) {
  ProcessResult result = assay({"explain", "division-by-zeor"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error_output, HasSubstr("did you mean 'division-by-zero'?"));
}

TEST(Doctor, asks_the_libraries_that_are_loaded) {
  ProcessResult result = assay({"doctor", "--format", "json"});
  auto report = nlohmann::json::parse(result.output);
  EXPECT_EQ(result.exit_code, report.at("healthy").get<bool>() ? 0 : 1);
  std::map<std::string, nlohmann::json> parts;
  for (const auto& part : report.at("parts")) parts[part.at("part")] = part;
  // Debian's libLLVM drags Z3 4.8.12 into the process: ours must be the one that answers.
  EXPECT_THAT(parts.at("Z3").at("version").get<std::string>(), HasSubstr("5.4"));
  EXPECT_EQ(parts.at("Z3").at("state"), "ok") << parts.at("Z3").dump();
  EXPECT_THAT(parts.at("Clang (front end)").at("version").get<std::string>(), HasSubstr("19.1"));
  EXPECT_THAT(parts.at("libtorch").at("version").get<std::string>(), HasSubstr("2."));
  EXPECT_EQ(parts.at("libtorch").at("state"), "ok") << parts.at("libtorch").dump();
}

}  // namespace
}  // namespace assay
