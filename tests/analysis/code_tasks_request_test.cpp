// Requests in files: a round trip, and what is said of files that are broken.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/analysis/code_tasks_support.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis::code_tasks {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

const char* const kRequest =
    R"({"id": "r1", "family": "clamp", "attributes": {"end": "inclusive"}, "names": {"left": "x"}, "split": "seen", "wording": 2, "earlier": 0,
 "shows_example": false, "prompt": "// Keep x below hi.\nint f(int x, int hi) {", "declaration": "int f(int x, int hi) {", "function": "f", "body": "\n    return x;\n}",
 "contract": ["requires hi >= 0;"], "examples": [{"arguments": [1, 2], "result": 1}], "hidden": [{"arguments": [[1, 2], 2], "arrays": {"0": [2, 1]}}, {"arguments": [[], 0], "result": 3}]})";

std::string one_line(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
  return text + "\n";
}

std::string changed(const std::string& key, const Json& value) {
  Json object = Json::parse(kRequest);
  if (value.is_null()) object.erase(key);
  else object[key] = value;
  return object.dump() + "\n";
}

std::string error_of(const std::string& text) {
  const auto requests = parse_requests(text, "suite.jsonl");
  EXPECT_FALSE(requests);
  return requests ? "" : requests.error().to_string();
}

TEST(CodeTasksRequest, is_read_without_the_generator) {
  const auto requests = parse_requests(one_line(kRequest) + "\n", "suite.jsonl");
  ASSERT_TRUE(requests) << requests.error().to_string();
  ASSERT_EQ(requests->size(), 1u);
  const Request& request = requests->front();
  EXPECT_EQ(request.family, "clamp");
  EXPECT_EQ(request.names.at("left"), "x");
  EXPECT_EQ(request.hidden[0].arguments[0].numbers, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(request.hidden[0].arrays.at(0), (std::vector<std::int64_t>{2, 1}));
  EXPECT_FALSE(request.hidden[0].result);
  EXPECT_EQ(*request.hidden[1].result, 3);
  EXPECT_EQ(source_with_contract(request, request.body), "//@ requires hi >= 0;\nint f(int x, int hi) {\n    return x;\n}\n");
}

TEST(CodeTasksRequest, survives_a_file) {
  analysis::testing::Workspace work;
  std::vector<Request> requests;
  for (const std::size_t c : testing::one_of_each_family(5)) {
    const auto request = testing::shared_generator()->request(c, {.combination = c}, "r" + std::to_string(c));
    ASSERT_TRUE(request) << request.error().to_string();
    requests.push_back(*request);
  }
  ASSERT_TRUE(write_requests(work.path("suite.jsonl"), requests));
  const auto back = read_requests(work.path("suite.jsonl"));
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(*back, requests);
}

TEST(CodeTasksRequest, every_missing_key_is_named_with_its_line) {
  const Json object = Json::parse(kRequest);
  for (const auto& [key, value] : object.items()) {
    const std::string error = error_of(one_line(kRequest) + changed(key, nullptr));
    EXPECT_THAT(error, HasSubstr("suite.jsonl:2")) << key;
    EXPECT_THAT(error, HasSubstr("'" + key + "' is missing")) << key;
  }
}

TEST(CodeTasksRequest, every_key_of_a_wrong_type_is_named) {
  const Json object = Json::parse(kRequest);
  for (const auto& [key, value] : object.items()) EXPECT_THAT(error_of(changed(key, 1.5)), HasSubstr("'" + key + "'")) << key;
}

TEST(CodeTasksRequest, contradictions_are_refused) {
  EXPECT_THAT(error_of(changed("split", "test")), HasSubstr("\"seen\" or \"held_out\""));
  EXPECT_THAT(error_of(changed("declaration", "int g(int x) {")), HasSubstr("is not the end of the prompt"));
  EXPECT_THAT(error_of(changed("function", "g")), HasSubstr("'function' is \"g\""));
  EXPECT_THAT(error_of(changed("contract", Json::array({"assigns a;"}))), HasSubstr("assigns a;"));
  EXPECT_THAT(error_of(changed("contract", Json::array({"requires 1;\nint evil;"}))), HasSubstr("on one line"));
  EXPECT_THAT(error_of(changed("examples", Json::array({{{"arguments", {1, 2, 3}}, {"result", 1}}, {{"arguments", {1}}, {"result", 1}}}))),
              HasSubstr("different numbers of arguments"));
  EXPECT_THAT(error_of(changed("examples", Json::array({{{"arguments", {1}}}}))), HasSubstr("expects nothing"));
  EXPECT_THAT(error_of(changed("examples", Json::array({{{"arguments", {1}}, {"arrays", {{"0", {1}}}}}}))),
              HasSubstr("not the number of an array argument"));
  EXPECT_THAT(error_of(changed("examples", Json::array({{{"arguments", Json::array({{1, 2}})}, {"arrays", {{"0", {1}}}}}}))),
              HasSubstr("expected 2, as the argument"));
  EXPECT_THAT(error_of(changed("hidden", Json::array({{{"arguments", {1e30}}, {"result", 1}}}))), HasSubstr("hidden[0].arguments"));
  EXPECT_THAT(error_of(changed("surprise", 1)), HasSubstr("'surprise' is a key that nobody reads"));
  EXPECT_THAT(error_of(one_line(kRequest) + one_line(kRequest)), HasSubstr("'id' is \"r1\" again"));
  EXPECT_THAT(error_of("[1]\n"), HasSubstr("no JSON object"));
  EXPECT_THAT(error_of("{\"id\": \n"), HasSubstr("suite.jsonl:1"));
  EXPECT_THAT(error_of(std::string(100000, '[') + "\n"), HasSubstr("no JSON object"));
  EXPECT_THAT(error_of(changed("prompt", std::string(70000, 'a'))), HasSubstr("70000 bytes"));
}

}  // namespace
}  // namespace assay::analysis::code_tasks
