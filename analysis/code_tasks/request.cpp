#include "analysis/code_tasks/request.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"

namespace assay::analysis::code_tasks {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestText = 1u << 16;  ///< bytes of one text of a request
constexpr std::size_t kMostTests = 4096;
constexpr std::size_t kMostNumbers = 4096;  ///< elements of one array
constexpr std::size_t kMostRequests = 1'000'000;
constexpr std::size_t kMostClauses = 256;

/// One line of the file; the first thing wrong with it is kept, with its key.
class Line {
 public:
  Line(Json object, std::string file, int number) : object_(std::move(object)), file_(std::move(file)), number_(number) {}

  void reject(const std::string& key, const std::string& found, const std::string& expected) {
    if (error_) return;
    error_ = Error{ErrorKind::kInput, fmt::format("'{}' {}; expected {}", key, found, expected),
                   "correct this line; docs/formats.md, \"Code requests\", lists the keys", SourceRange{file_, {number_, 1}, {number_, 1}}};
  }
  const std::optional<Error>& error() const { return error_; }

  const Json* member(const std::string& key) {
    used_.insert(key);
    const auto found = object_.find(key);
    if (found != object_.end()) return &*found;
    reject(key, "is missing", "a value");
    return nullptr;
  }
  std::string text(const std::string& key, bool may_be_empty = false) {
    const Json* value = member(key);
    return value ? text_in(*value, key, may_be_empty) : "";
  }
  std::string text_in(const Json& value, const std::string& key, bool may_be_empty = false) {
    if (!value.is_string()) reject(key, fmt::format("is {}", value.type_name()), "a string");
    else if (const auto& text = value.get_ref<const std::string&>(); text.size() > kLongestText)
      reject(key, fmt::format("has {} bytes", text.size()), fmt::format("at most {}", kLongestText));
    else if (text.empty() && !may_be_empty) reject(key, "is empty", "a text");
    else return text;
    return "";
  }
  std::int64_t natural(const std::string& key, std::int64_t largest) {
    const Json* value = member(key);
    if (!value) return 0;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > static_cast<std::uint64_t>(largest)) {
      reject(key, fmt::format("is {}", value->dump().substr(0, 40)), fmt::format("an integer from 0 to {}", largest));
      return 0;
    }
    return value->get<std::int64_t>();
  }
  bool boolean(const std::string& key) {
    const Json* value = member(key);
    if (value && !value->is_boolean()) reject(key, fmt::format("is {}", value->type_name()), "true or false");
    return value && value->is_boolean() && value->get<bool>();
  }
  std::vector<std::pair<std::string, std::string>> texts(const std::string& key) {
    std::vector<std::pair<std::string, std::string>> pairs;
    const Json* value = member(key);
    if (!value) return pairs;
    if (!value->is_object()) reject(key, fmt::format("is {}", value->type_name()), "an object of strings");
    else
      for (const auto& [name, entry] : value->items()) pairs.emplace_back(name, text_in(entry, key + "." + name));
    return pairs;
  }
  std::vector<std::string> list(const std::string& key) {
    std::vector<std::string> entries;
    const Json* value = member(key);
    if (!value) return entries;
    if (!value->is_array() || value->size() > kMostClauses)
      reject(key, "is no list of clauses", fmt::format("a list of at most {} strings", kMostClauses));
    else
      for (const Json& entry : *value) entries.push_back(text_in(entry, key));
    return entries;
  }
  std::vector<TestCase> tests(const std::string& key) {
    std::vector<TestCase> cases;
    const Json* value = member(key);
    if (!value) return cases;
    if (!value->is_array() || value->size() > kMostTests) {
      reject(key, "is no list of tests", fmt::format("a list of at most {} objects", kMostTests));
      return cases;
    }
    for (std::size_t i = 0; i < value->size(); ++i) cases.push_back(test((*value)[i], fmt::format("{}[{}]", key, i)));
    return cases;
  }
  void finish() {
    for (const auto& [key, value] : object_.items())
      if (!used_.contains(key)) reject(key, "is a key that nobody reads", "only the keys of docs/formats.md");
  }

 private:
  bool integer(const Json& value, const std::string& key, std::int64_t& out) {
    const bool fits =
        value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX));
    if (!fits) reject(key, fmt::format("is {}", value.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 40)), "an integer of 64 bits");
    else out = value.get<std::int64_t>();
    return fits;
  }
  std::vector<std::int64_t> numbers(const Json& value, const std::string& key) {
    std::vector<std::int64_t> list;
    if (!value.is_array() || value.size() > kMostNumbers) {
      reject(key, "is no list of numbers", fmt::format("a list of at most {} integers", kMostNumbers));
      return list;
    }
    for (const Json& entry : value) {
      std::int64_t number = 0;
      if (!integer(entry, key, number)) break;
      list.push_back(number);
    }
    return list;
  }
  TestCase test(const Json& value, const std::string& key) {
    TestCase test;
    if (!value.is_object() || !value.contains("arguments") || !value["arguments"].is_array() || value["arguments"].size() > kMostNumbers) {
      reject(key, "has no list 'arguments'", "an object with arguments, result and arrays");
      return test;
    }
    for (const Json& entry : value["arguments"]) {
      TestValue argument{entry.is_array(), {0}};
      if (argument.is_array) argument.numbers = numbers(entry, key + ".arguments");
      else if (!integer(entry, key + ".arguments", argument.numbers[0])) break;
      test.arguments.push_back(std::move(argument));
    }
    for (const auto& [name, entry] : value.items()) {
      if (name == "result") {
        std::int64_t result = 0;
        if (integer(entry, key + ".result", result)) test.result = result;
      } else if (name == "arrays") {
        final_arrays(entry, key + ".arrays", test);
      } else if (name != "arguments") {
        reject(key + "." + name, "is a key that nobody reads", "arguments, result or arrays");
      }
    }
    if (!test.result && test.arrays.empty()) reject(key, "expects nothing", "a result, final arrays or both");
    return test;
  }
  void final_arrays(const Json& value, const std::string& key, TestCase& test) {
    if (!value.is_object()) return reject(key, fmt::format("is {}", value.type_name()), "an object: parameter number -> elements");
    for (const auto& [name, entry] : value.items()) {
      const bool digits = !name.empty() && name.size() < 5 && name.find_first_not_of("0123456789") == std::string::npos;
      const std::size_t parameter = digits ? static_cast<std::size_t>(std::stoul(name)) : test.arguments.size();
      if (parameter >= test.arguments.size() || !test.arguments[parameter].is_array)
        return reject(key + "." + name, "is not the number of an array argument", "a number from 0");
      test.arrays[parameter] = numbers(entry, key + "." + name);
      if (test.arrays[parameter].size() != test.arguments[parameter].numbers.size())
        reject(key + "." + name, fmt::format("has {} elements", test.arrays[parameter].size()),
               fmt::format("{}, as the argument", test.arguments[parameter].numbers.size()));
    }
  }

  Json object_;
  std::string file_;
  int number_;
  std::set<std::string> used_;
  std::optional<Error> error_;
};

Request request_of(Line& line) {
  Request request;
  request.id = line.text("id");
  request.family = line.text("family");
  request.attributes = line.texts("attributes");
  for (auto& [role, name] : line.texts("names")) request.names[role] = name;
  request.split = line.text("split");
  if (request.split != "seen" && request.split != "held_out")
    line.reject("split", fmt::format("is \"{}\"", request.split), "\"seen\" or \"held_out\"");
  request.wording = line.natural("wording", 1'000'000);
  request.earlier = line.natural("earlier", 1000);
  request.shows_example = line.boolean("shows_example");
  request.prompt = line.text("prompt");
  request.declaration = line.text("declaration");
  request.function = line.text("function");
  request.body = line.text("body");
  request.contract = line.list("contract");
  request.examples = line.tests("examples");
  request.hidden = line.tests("hidden");
  line.finish();
  return request;
}

void check_request(const Request& request, Line& line) {
  if (!request.prompt.ends_with(request.declaration) || !request.declaration.ends_with("{"))
    line.reject("declaration", "is not the end of the prompt", "the prompt's last line, up to and with '{'");
  if (request.declaration.find(request.function) == std::string::npos)
    line.reject("function", fmt::format("is \"{}\"", request.function), "a name that the declaration declares");
  for (const std::string& clause : request.contract)
    if ((!clause.starts_with("requires ") && !clause.starts_with("ensures ")) || !clause.ends_with(";") || clause.find('\n') != std::string::npos)
      line.reject("contract", fmt::format("has the clause \"{}\"", clause.substr(0, 60)), "\"requires ...;\" or \"ensures ...;\" on one line");
  if (request.shows_example && request.examples.empty()) line.reject("shows_example", "is true without examples", "an example test");
  for (const auto* list : {&request.examples, &request.hidden})
    for (const TestCase& test : *list)
      if (!list->empty() && test.arguments.size() != list->front().arguments.size())
        line.reject("hidden", "has tests with different numbers of arguments", "one number of arguments");
}

Json json_of(const TestCase& test) {
  Json arguments = Json::array();
  for (const TestValue& value : test.arguments) {
    if (value.is_array) arguments.push_back(value.numbers);
    else arguments.push_back(value.numbers.at(0));
  }
  Json object = {{"arguments", std::move(arguments)}};
  if (test.result) object["result"] = *test.result;
  for (const auto& [parameter, numbers] : test.arrays) object["arrays"][std::to_string(parameter)] = numbers;
  return object;
}

Json json_of(const std::vector<TestCase>& tests) {
  Json list = Json::array();
  for (const TestCase& test : tests) list.push_back(json_of(test));
  return list;
}

Json json_of(const Request& request) {
  Json attributes = Json::object();
  for (const auto& [attribute, value] : request.attributes) attributes[attribute] = value;
  Json names = Json::object();
  for (const auto& [role, name] : request.names) names[role] = name;
  return {{"id", request.id},
          {"family", request.family},
          {"attributes", std::move(attributes)},
          {"names", std::move(names)},
          {"split", request.split},
          {"wording", request.wording},
          {"earlier", request.earlier},
          {"shows_example", request.shows_example},
          {"prompt", request.prompt},
          {"declaration", request.declaration},
          {"function", request.function},
          {"body", request.body},
          {"contract", request.contract},
          {"examples", json_of(request.examples)},
          {"hidden", json_of(request.hidden)}};
}

}  // namespace

std::string source_with_contract(const Request& request, const std::string& body) {
  std::string text;
  for (const std::string& clause : request.contract) text += "//@ " + clause + "\n";
  return text + request.declaration + body + "\n";
}

std::optional<std::string> prompt_without_example(const Request& request) {
  if (!request.shows_example) return request.prompt;
  const std::size_t declaration = request.prompt.rfind(request.declaration);
  if (declaration == std::string::npos || declaration < 2) return {};
  const std::size_t begin = request.prompt.rfind('\n', declaration - 2) + 1;  // of the line before; 0 where there is no other
  const std::string_view line = std::string_view(request.prompt).substr(begin, declaration - begin);
  if (!line.starts_with("//") || line.find(request.function + "(") == std::string_view::npos) return {};
  return request.prompt.substr(0, begin) + request.prompt.substr(declaration);
}

std::vector<program::Argument> arguments_of(const TestCase& test) {
  std::vector<program::Argument> arguments;
  for (const TestValue& value : test.arguments)
    arguments.push_back(value.is_array ? program::Argument::array(value.numbers) : program::Argument::scalar(value.numbers.at(0)));
  return arguments;
}

Result<std::vector<Request>> parse_requests(std::string_view text, const std::string& file_name) {
  std::vector<Request> requests;
  std::set<std::string> ids;
  int number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view row = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (row.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    Json object = Json::parse(row, nullptr, false);
    const SourceRange where{file_name, {number, 1}, {number, 1}};
    if (!object.is_object()) return input_error("the line is no JSON object", "write one request per line", where);
    if (requests.size() == kMostRequests) return input_error(fmt::format("more than {} requests", kMostRequests), "split the file", where);
    Line line(std::move(object), file_name, number);
    Request request = request_of(line);
    if (!line.error()) check_request(request, line);
    if (!line.error() && !ids.insert(request.id).second)
      line.reject("id", fmt::format("is \"{}\" again", request.id), "an id of its own for each line");
    if (line.error()) return fail(*line.error());
    requests.push_back(std::move(request));
  }
  return requests;
}

Result<std::vector<Request>> read_requests(const std::string& path) {
  Result<std::string> text = read_file(path, std::uint64_t{1} << 30);
  if (!text) return fail(text.error());
  return parse_requests(*text, path);
}

std::string to_json_lines(const std::vector<Request>& requests) {
  std::string text;
  for (const Request& request : requests) text += json_of(request).dump() + "\n";
  return text;
}

Status write_requests(const std::string& path, const std::vector<Request>& requests) { return write_file(path, to_json_lines(requests)); }

}  // namespace assay::analysis::code_tasks
