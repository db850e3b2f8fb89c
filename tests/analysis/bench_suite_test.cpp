// Suites: requests drawn or read, numbers checked, wrong keys named.
#include "analysis/bench/suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "base/files.h"

namespace assay::analysis::bench {
namespace {

using testing::HasSubstr;

class BenchSuite : public testing::Test {
 protected:
  Result<Suite> suite(const std::string& text, const SuiteOptions& options = {}) {
    EXPECT_TRUE(write_file(folder_.path() + "/a.suite.toml", text));
    return read_suite(folder_.path() + "/a.suite.toml", options);
  }
  TemporaryFolder folder_ = std::move(*TemporaryFolder::create("assay-suite-"));
};

constexpr const char* kModel = "[[model]]\nname = \"m\"\npath = \"model\"\n";

TEST_F(BenchSuite, draws_the_same_requests_every_time_and_reads_them_back) {
  const std::string text = std::string(kModel) + "[requests]\ngenerator = \"code\"\ncount = 5\nseed = 3\ncombinations = \"held_out\"\n";
  Result<Suite> first = suite(text), second = suite(text);
  ASSERT_TRUE(first && second) << first.error().to_string();
  EXPECT_EQ(first->requests, second->requests);
  ASSERT_EQ(first->tasks.size(), 5u);
  for (const CodeTask& task : first->tasks) EXPECT_EQ(task.split, "held_out");
  ASSERT_TRUE(code_tasks::write_requests(folder_.path() + "/r.jsonl", first->requests));
  Result<Suite> read = suite(std::string(kModel) + "[requests]\nfile = \"r.jsonl\"\n", {.limit = 4});
  ASSERT_TRUE(read) << read.error().to_string();
  ASSERT_EQ(read->tasks.size(), 4u);
  EXPECT_EQ(hash_of(read->tasks[3]), hash_of(first->tasks[3]));
}

TEST_F(BenchSuite, no_drawn_request_defines_one_name_twice) {
  Result<Suite> found = suite(std::string(kModel) + "[requests]\ncount = 60\nseed = 20\nearlier = 1.0\n", {.variants = true});
  ASSERT_TRUE(found) << found.error().to_string();
  for (const CodeTask& task : found->tasks) {
    std::map<std::string, int> defined;
    std::istringstream lines(task.prompt);
    for (std::string line; std::getline(lines, line);) {
      if (!line.ends_with(") {") || line.front() == ' ') continue;
      const std::size_t end = line.find('('), begin = line.rfind(' ', end) + 1;
      EXPECT_EQ(++defined[line.substr(begin, end - begin)], 1) << task.prompt;
    }
  }
}

TEST_F(BenchSuite, variations_change_one_thing_each) {
  Result<Suite> found = suite(std::string(kModel) + "[requests]\ncount = 30\nseed = 5\n", {.variants = true});
  ASSERT_TRUE(found) << found.error().to_string();
  std::map<std::string, int> kinds;
  for (const Variation& variation : found->variations) {
    const code_tasks::Request &base = found->requests[variation.base], &other = found->requests[variation.task];
    ++kinds[variation.kind];
    EXPECT_EQ(found->tasks[variation.task].variation, variation.kind);
    EXPECT_NE(base.prompt, other.prompt) << variation.kind;
    EXPECT_EQ(base.attributes == other.attributes, !variation.must_change());
    if (variation.kind == "format" || variation.kind == "wording" || variation.kind == "mention") {
      EXPECT_EQ(base.body, other.body);
      EXPECT_EQ(base.declaration, other.declaration);
    }
    if (variation.kind == "names") {
      EXPECT_EQ(base.wording, other.wording);
      EXPECT_EQ(std::count(base.body.begin(), base.body.end(), '\n'), std::count(other.body.begin(), other.body.end(), '\n'));
    }
    EXPECT_EQ(variation.detail.find(" -> ") != std::string::npos, variation.must_change());
  }
  EXPECT_EQ(kinds["wording"], 30);
  EXPECT_GT(kinds["names"], 25);  // not where a new name would be taken already
  EXPECT_GT(kinds["format"], 25);
  EXPECT_GT(kinds["mention"], 1);  // few families have a sentence with another order
  EXPECT_GT(kinds["attribute"], 25);
}

TEST_F(BenchSuite, a_model_that_is_not_there_is_skipped_with_the_reason) {
  Result<Suite> found = suite("[[model]]\nname = \"m\"\npath = \"${models}/none\"\n[requests]\ncount = 1\n", {.models = folder_.path()});
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_THAT(found->models[0].missing, HasSubstr("does not exist"));
}

TEST_F(BenchSuite, wrong_keys_and_numbers_are_named) {
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {std::string(kModel) + "[requests]\ncuont = 3\n", "cuont"},
           {std::string(kModel) + "[requests]\ncount = 0\n", "count is 0"},
           {std::string(kModel) + "[requests]\ncount = 1\n[sampling]\nsamples = 4\n", "several samples at temperature 0"},
           {std::string(kModel) + "[requests]\ncount = 1\n[sampling]\ntemperature = -1.0\n", "temperature is -1"},
           {std::string(kModel) + kModel + "[requests]\ncount = 1\n", "two models are named 'm'"},
           {"[requests]\ncount = 1\n", "names no model"},
           {kModel, "no [requests]"}}) {
    Result<Suite> found = suite(text);
    ASSERT_FALSE(found) << text;
    EXPECT_THAT(found.error().to_string(), HasSubstr(message));
  }
}

}  // namespace
}  // namespace assay::analysis::bench
