// A request for a function as a suite holds it: what the model sees, what it should write, and how its answer is judged.
//
//   // Sum of the even elements of a from index 0 to n exclusive.          <- prompt: comment and declaration
//   int sum(const int *a, int n) {
//       int total = 0; ...                                               <- body: the reference's
//   //@ requires length(a) == n;                                         <- contract: never shown to the model
//
// One JSON object a line (docs/formats.md, "Code requests"). A file may come from anywhere: every error names its line and key, and nothing in
// it needs the generator. Test: tests/analysis/code_tasks_request_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "frontend/program/interpreter.h"

namespace assay::analysis::code_tasks {

/// An argument of a test, or what a parameter's array holds afterwards: one number, or the elements of an array.
struct TestValue {
  bool is_array = false;
  std::vector<std::int64_t> numbers;
  bool operator==(const TestValue&) const = default;
};

struct TestCase {
  std::vector<TestValue> arguments;
  std::optional<std::int64_t> result;                       ///< absent: the function returns nothing
  std::map<std::size_t, std::vector<std::int64_t>> arrays;  ///< by parameter: final contents of every array that may be written
  bool operator==(const TestCase&) const = default;
};

struct Request {
  std::string id;  ///< unique in its file
  std::string family;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< in the family's order
  std::map<std::string, std::string> names;                     ///< role -> name
  std::string split;                                            ///< "seen" or "held_out"
  std::int64_t wording = 0;                                     ///< which sentence shape was used
  std::int64_t earlier = 0;                                     ///< finished functions before the request
  bool shows_example = false;                                   ///< the comment holds the first of `examples`
  std::string prompt;                                           ///< up to and with the declaration's `{`
  std::string declaration;                                      ///< the last line of the prompt
  std::string function;                                         ///< name of the function to write
  std::string body;                                             ///< reference: from the new line after `{` to the closing `}`
  std::vector<std::string> contract;                            ///< "requires n >= 0 && n <= 5;", "ensures ..."
  std::vector<TestCase> examples, hidden;
  bool operator==(const Request&) const = default;
};

/// The function with the contract before it, as `assay check` and `assay equiv` read it. `body` is the reference's or a model's.
std::string source_with_contract(const Request& request, const std::string& body);
/// The prompt without the line that shows the example; as it is where none is shown. Nothing where that line is not the comment line before the
/// declaration.
std::optional<std::string> prompt_without_example(const Request& request);
/// As the interpreter takes them.
std::vector<program::Argument> arguments_of(const TestCase& test);

Result<std::vector<Request>> read_requests(const std::string& path);
Result<std::vector<Request>> parse_requests(std::string_view text, const std::string& file_name);
Status write_requests(const std::string& path, const std::vector<Request>& requests);
std::string to_json_lines(const std::vector<Request>& requests);

}  // namespace assay::analysis::code_tasks
