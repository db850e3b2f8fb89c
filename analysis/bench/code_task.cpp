#include "analysis/bench/code_task.h"

#include <nlohmann/json.hpp>

#include "base/hash.h"

namespace assay::analysis::bench {
namespace {

void add_tests(Hasher& hasher, const std::vector<TestCase>& tests) {
  for (const TestCase& test : tests) {
    hasher.add("test");
    for (const code_tasks::TestValue& value : test.arguments)
      for (const std::int64_t number : value.numbers) hasher.add(number);
    if (test.result) hasher.add(*test.result);
    for (const auto& [parameter, numbers] : test.arrays) {
      hasher.add(static_cast<std::int64_t>(parameter));
      for (const std::int64_t number : numbers) hasher.add(number);
    }
  }
}

/// Position behind the literal or comment that begins at `at`, or `at` itself where none does.
std::size_t skip_quiet(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '"' || c == '\'') {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] == '\\') ++i;
      else if (text[i] == c || text[i] == '\n') return i + 1;
    }
    return text.size();
  }
  const std::string_view two = text.substr(at, 2);
  if (two == "//") return std::min(text.find('\n', at), text.size());
  if (two == "/*") {
    const std::size_t end = text.find("*/", at + 2);
    return end == std::string_view::npos ? text.size() : end + 2;
  }
  return at;
}

}  // namespace

CodeTask task_of(const Request& request) {
  return {.id = request.id,
          .family = request.family,
          .attributes = request.attributes,
          .split = request.split,
          .prompt = request.prompt,
          .declaration = request.declaration,
          .function = request.function,
          .contract = request.contract,
          .reference = source_with_contract(request, request.body),
          .reference_body = request.body,
          .visible = request.examples,
          .hidden = request.hidden};
}

std::vector<std::string> preconditions_of(const CodeTask& task) {
  constexpr std::string_view kRequires = "requires ";
  std::vector<std::string> conditions;
  for (const std::string& clause : task.contract)
    if (clause.starts_with(kRequires)) conditions.push_back(clause.substr(kRequires.size(), clause.rfind(';') - kRequires.size()));
  return conditions;
}

std::string hash_of(const CodeTask& task) {
  Hasher hasher;
  hasher.add(task.standard).add(task.prompt).add(task.declaration).add(task.function).add(task.reference.value_or("")).add(task.test_source);
  for (const std::string& clause : task.contract) hasher.add(clause);
  add_tests(hasher, task.visible);
  hasher.add("hidden");
  add_tests(hasher, task.hidden);
  return hasher.hex();
}

std::size_t end_of_function(std::string_view text, std::size_t begin) {
  int depth = 1;
  for (std::size_t at = begin; at < text.size();) {
    if (const std::size_t behind = skip_quiet(text, at); behind != at) {
      at = behind;
      continue;
    }
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at + 1;
    ++at;
  }
  return std::string_view::npos;
}

std::string answer_text(const CodeTask& task, std::string_view answer) {
  std::string text = task.prompt + std::string(answer);
  const std::size_t end = end_of_function(text, task.body_begin());
  if (end != std::string::npos) text.resize(end);
  return text + "\n";
}

}  // namespace assay::analysis::bench
