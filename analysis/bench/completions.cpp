#include "analysis/bench/completions.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "analysis/bench/own_declaration.h"
#include "base/files.h"
#include "base/text.h"

namespace assay::analysis::bench {
namespace {

constexpr std::uint64_t kLargestFile = 1u << 30;
constexpr std::size_t kLongestText = 1u << 20;

std::string_view trimmed_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// One line of the file.
class Line {
 public:
  Line(const Json& object, SourceRange where) : object_(object), where_(std::move(where)) {}

  std::string text(std::initializer_list<const char*> keys) const {
    for (const char* key : keys)
      if (const auto found = object_.find(key); found != object_.end() && found->is_string()) return found->get<std::string>();
    return {};
  }
  std::vector<std::string> texts(const std::string& own_key) const {
    const auto strings = [](const Json& value) {
      std::vector<std::string> list;
      if (value.is_string()) list.push_back(value.get<std::string>());
      if (value.is_array())
        for (const Json& entry : value)
          if (entry.is_string()) list.push_back(entry.get<std::string>());
      return list;
    };
    if (!own_key.empty()) return object_.contains(own_key) ? strings(object_.at(own_key)) : std::vector<std::string>();
    for (const char* key : {"generation", "completion", "generations", "completions"})
      if (object_.contains(key)) return strings(object_.at(key));
    return {};
  }
  tl::unexpected<Error> error(const std::string& message, const std::string& remedy) const { return input_error(message, remedy, where_); }
  const Json& object() const { return object_; }

 private:
  const Json& object_;
  SourceRange where_;
};

std::string declared_name(std::string_view declaration) {
  const std::size_t open = declaration.rfind('{');
  std::size_t close = declaration.rfind(')', open), depth = 0, at = close;
  for (; at != std::string_view::npos && at > 0; --at) {
    if (declaration[at] == ')') ++depth;
    if (declaration[at] == '(' && --depth == 0) break;
  }
  if (close == std::string_view::npos || at == 0) return {};
  std::size_t end = at;
  while (end > 0 && declaration[end - 1] == ' ') --end;
  std::size_t begin = end;
  while (begin > 0 && in_identifier(declaration[begin - 1])) --begin;
  return std::string(declaration.substr(begin, end - begin));
}

Result<CodeTask> task_of_line(const Line& line, const CompletionsOptions& options) {
  CodeTask task;
  task.standard = options.standard;
  task.id = line.text({"task_id", "name", "id"});
  if (task.id.empty()) return line.error("the line has no id", "give it \"task_id\", \"name\" or \"id\"");
  std::string prompt = line.text({"prompt"});
  if (prompt.empty()) prompt = line.text({"declaration"});
  task.prompt = trimmed_end(prompt);
  if (!task.prompt.ends_with('{'))
    return line.error(fmt::format("'{}': the prompt does not end with the declaration's '{{'", task.id),
                      "let \"prompt\" or \"declaration\" end with it");
  task.function = line.text({"entry_point"});
  if (task.function.empty() || task.prompt.rfind(task.function + "(") == std::string::npos) task.function = declared_name(task.prompt);
  const std::size_t name = task.function.empty() ? std::string::npos : task.prompt.rfind(task.function);
  if (name == std::string::npos) return line.error(fmt::format("'{}': no function is declared", task.id), "give \"entry_point\"");
  const std::size_t start = task.prompt.rfind('\n', name);
  task.declaration = task.prompt.substr(start == std::string::npos ? 0 : start + 1);
  task.test_source = line.text({"tests", "test"});
  // MultiPL-E's tests begin with the brace that closes the function.
  if (const std::size_t first = task.test_source.find_first_not_of(" \t\r\n"); first != std::string::npos && task.test_source[first] == '}')
    task.test_source.erase(0, first + 1);
  if (const auto contract = line.object().find("contract"); contract != line.object().end() && contract->is_array())
    for (const Json& clause : *contract)
      if (clause.is_string()) task.contract.push_back(clause.get<std::string>());
  if (const std::string body = line.text({"canonical_solution"}); !body.empty()) {
    std::string text = task.prompt;
    std::string clauses;
    for (const std::string& clause : task.contract) clauses += "//@ " + clause + "\n";
    task.reference = text.insert(text.size() - task.declaration.size(), clauses) + "\n" + body;
    task.reference_body = "\n" + body;
  }
  return task;
}

class Collector {
 public:
  Status add(const CodeTask& task, const std::string& completion) {
    Stripped stripped = strip(completion, task.function);
    const OwnDeclaration own = stripped.repeated_declaration ? own_declaration(task, stripped.declaration) : OwnDeclaration{};
    if (own.use == OwnDeclaration::Use::kNeither) put_back(stripped);
    if (own.use == OwnDeclaration::Use::kOwn) stripped.repeated_declaration = false;  // kept
    count(stripped);
    if (own.use == OwnDeclaration::Use::kOwn) add_with_its_declaration(task, stripped, own.contract);
    else if (!trimmed_end(stripped.before).empty()) add_with_its_helpers(task, stripped);
    else add_sample(task_number(task), stripped.answer);
    return {};
  }

  Completions finish() {
    const auto rule = [&](const char* what, std::size_t count) {
      if (count > 0) result_.rules.push_back(fmt::format("{}: {} completions", what, count));
    };
    rule("code fence taken off", fences_);
    rule("one of several code fences taken", several_fences_);
    rule("prose around the code dropped", prose_);
    rule("prose before unfenced code dropped", unfenced_prose_);
    rule("repeated declaration cut", repeated_);
    rule("repeated declaration kept for its parameter names", declarations_);
    rule("helpers or includes before it kept", helpers_);
    rule("leading brace dropped", braces_);
    rule("text behind the function cut", behind_);
    return std::move(result_);
  }

 private:
  static void put_back(Stripped& stripped) {
    stripped.answer = "\n" + stripped.before + stripped.declaration + stripped.answer;
    stripped.before.clear();
    stripped.repeated_declaration = stripped.text_behind = false;
  }

  void count(const Stripped& stripped) {
    fences_ += stripped.fence, several_fences_ += stripped.several_fences, prose_ += stripped.prose, unfenced_prose_ += stripped.unfenced_prose;
    repeated_ += stripped.repeated_declaration, braces_ += stripped.leading_brace, behind_ += stripped.text_behind;
  }

  /// Helpers stand before the declaration, so the completion is judged in a file of its own.
  void add_with_its_helpers(const CodeTask& task, const Stripped& stripped) {
    ++helpers_;
    CodeTask own = task;
    own.prompt.insert(own.prompt.size() - own.declaration.size(), stripped.before + "\n");
    add_own(std::move(own), fmt::format("its own helpers, {}", helpers_), stripped.answer);
  }

  /// The prompt goes on into the body: behind names of its own the reference's body would be no right answer.
  void add_with_its_declaration(const CodeTask& task, const Stripped& stripped, const std::vector<std::string>& contract) {
    ++declarations_;
    CodeTask own = task;
    own.prompt.resize(own.prompt.size() - own.declaration.size());
    if (!trimmed_end(stripped.before).empty()) ++helpers_, own.prompt += stripped.before + "\n";
    own.prompt += stripped.declaration + stripped.answer.substr(0, 1);
    own.declaration = stripped.declaration;
    own.contract = contract;
    add_own(std::move(own), fmt::format("its own declaration, {}", declarations_), stripped.answer.substr(1));
  }

  /// No other completion is judged in such a file.
  void add_own(CodeTask own, const std::string& what, const std::string& answer) {
    if (ids_.contains(own.id)) own.id += fmt::format(" (with {})", what);
    ids_.insert(own.id);
    add_sample(new_task(own), answer);
  }

  std::size_t task_number(const CodeTask& task) {
    const auto [found, added] = shared_.emplace(task.id, result_.tasks.size());
    if (!added) return found->second;
    CodeTask plain = task;
    if (!ids_.insert(plain.id).second) plain.id += " (as asked)";
    return new_task(plain);
  }

  std::size_t new_task(const CodeTask& task) {
    result_.tasks.push_back(task);
    result_.samples.emplace_back();
    return result_.tasks.size() - 1;
  }

  void add_sample(std::size_t task, const std::string& answer) { result_.samples[task].push_back({.answer = answer, .finish = "from a file"}); }

  Completions result_;
  std::set<std::string> ids_;
  std::map<std::string, std::size_t> shared_;  ///< by id: the task whose prompt is as it was asked
  std::size_t fences_ = 0, several_fences_ = 0, prose_ = 0, unfenced_prose_ = 0, repeated_ = 0, declarations_ = 0, helpers_ = 0, braces_ = 0,
              behind_ = 0;
};

}  // namespace

Result<Completions> parse_completions(std::string_view text, const std::string& file, const CompletionsOptions& options) {
  Collector collector;
  int number = 0;
  std::size_t taken = 0;
  for (std::size_t begin = 0; begin < text.size() && (options.limit == 0 || taken < options.limit);) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view row = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (trimmed_end(row).empty()) continue;
    ++taken;
    const Json object = Json::parse(row, nullptr, false);
    const Line line(object, SourceRange{file, {number, 1}, {number, 1}});
    if (!object.is_object()) return line.error("the line is no JSON object", "write one completion per line");
    Result<CodeTask> task = task_of_line(line, options);
    if (!task) return fail(task.error());
    const std::vector<std::string> completions = line.texts(options.generation_key);
    if (completions.empty())
      return line.error(
          fmt::format("'{}' has no completion under \"{}\"", task->id, options.generation_key.empty() ? "generation" : options.generation_key),
          "name the key with --generation-key");
    for (const std::string& completion : completions) {
      if (completion.size() > kLongestText) return line.error(fmt::format("'{}' has {} bytes", task->id, completion.size()), "give at most 1 MiB");
      if (Status status = collector.add(*task, completion); !status) return fail(status.error());
    }
  }
  return collector.finish();
}

Result<Completions> read_completions(const std::string& path, const CompletionsOptions& options) {
  Result<std::string> text = read_file(path, kLargestFile);
  if (!text) return fail(text.error());
  return parse_completions(*text, path, options);
}

}  // namespace assay::analysis::bench
