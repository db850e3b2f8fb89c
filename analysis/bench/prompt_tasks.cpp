#include "analysis/bench/prompt_tasks.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"

namespace assay::analysis::bench {
namespace {

/// The last place at which `name(` stands and no longer name ends with it; npos: nowhere.
std::size_t last_head_of(std::string_view text, const std::string& name) {
  std::size_t at = text.rfind(name + "(");
  while (at != std::string::npos && at > 0 && in_identifier(text[at - 1])) at = text.rfind(name + "(", at - 1);
  return at;
}

/// Where line `line` begins, counted from 1.
std::size_t begin_of_line(std::string_view text, int line) {
  std::size_t at = 0;
  for (int i = 1; i < line; ++i) at = text.find('\n', at) + 1;
  return at;
}

/// What a prompt must become.
struct Reference {
  std::string source;  ///< of the whole file
  std::vector<std::string> contract, parameters;
  std::string body;
};

using Names = std::map<std::string, std::string>;

/// A source in which some identifiers have other names.
std::string renamed(const std::string& source, const Names& names) {
  std::string text;
  for (std::size_t at = 0; at < source.size();) {
    std::size_t end = at;
    while (end < source.size() && in_identifier(source[end])) ++end;
    const std::string word = source.substr(at, std::max<std::size_t>(end - at, 1));
    const auto found = names.find(word);
    text += found == names.end() ? word : found->second;
    at += word.size();
  }
  return text;
}

/// Names of the parameters in "int sum(const int *a, int n) {": the last word before each comma, and before the end.
std::vector<std::string> parameters_in(const std::string& declaration) {
  std::vector<std::string> names;
  const std::size_t begin = declaration.find('(');
  std::string word;
  for (std::size_t at = begin; at < declaration.size(); ++at) {
    const char c = declaration[at];
    if (in_identifier(c)) word = at > begin && in_identifier(declaration[at - 1]) ? word + c : std::string(1, c);
    if (c == ',' || c == ')') names.push_back(word);
    if (c == ')') break;
  }
  return names;
}

/// Clauses that speak of the reference's parameters, as a declaration names them.
std::vector<std::string> renamed(std::vector<std::string> clauses, const std::vector<std::string>& from, const std::string& declaration) {
  const std::vector<std::string> to = parameters_in(declaration);
  Names names;
  for (std::size_t i = 0; i < std::min(from.size(), to.size()); ++i) names[from[i]] = to[i];
  for (std::string& clause : clauses) clause = renamed(clause, names);
  return clauses;
}

/// `name`: as the prompts call it; empty: as the file does.
Result<Reference> reference_of(const std::string& file, const std::string& function, const std::string& name) {
  const Result<CFunction> code = CFunction::load({file, function});
  if (!code) return fail(code.error());
  Reference reference{.source = code->text()};
  if (!name.empty() && name != function) {
    const Names changed = {{function, name}, {name, function}};  // the file may have one of that name, too
    reference.source = renamed(code->text(), changed);
    if (const Result<CFunction> as_named = CFunction::from_text(reference.source, file, name); !as_named) return fail(as_named.error());
  }
  for (const program::Clause& clause : code->function().requires_) reference.contract.push_back(fmt::format("requires {};", clause.text));
  for (const program::Clause& clause : code->function().ensures) reference.contract.push_back(fmt::format("ensures {};", clause.text));
  for (std::size_t i = 0; i < code->function().parameter_count; ++i) reference.parameters.push_back(code->function().locals[i].name);
  const std::string& text = reference.source;
  const std::size_t begin = text.find('{', begin_of_line(text, code->function().origin.begin.line));
  if (begin != std::string::npos) reference.body = text.substr(begin + 1, end_of_function(text, begin + 1) - begin - 1);
  return reference;
}

/// "int sum(const int *a, int n) {", the last line that declares the function; empty: the prompt has none.
std::string declaration_in(const std::string& prompt, const std::string& function) {
  const std::size_t name = last_head_of(prompt, function);
  if (name == std::string::npos) return {};
  const std::size_t end = prompt.find('{', name), line = prompt.rfind('\n', name);
  const std::size_t begin = line == std::string::npos ? 0 : line + 1;
  return end == std::string::npos ? std::string() : prompt.substr(begin, end + 1 - begin);
}

}  // namespace

std::string prompt_id(std::size_t index) { return fmt::format("p{:04}", index + 1); }

Result<std::vector<CodeTask>> tasks_of_prompts(const Task& task) {
  if (!task.code || !task.domain.spec().prompts)
    return input_error("the task has no [code]", "say which functions its prompts begin, and where their references are",
                       SourceRange{task.file, {}, {}});
  std::vector<Reference> references;
  for (const std::string& function : task.code->functions) {
    Result<Reference> reference = reference_of(task.code->references, function, task.code->begins);
    if (!reference) return fail(reference.error());
    references.push_back(std::move(*reference));
  }
  const Prompts& prompts = *task.domain.spec().prompts;
  std::vector<CodeTask> tasks;
  for (const Prompt& prompt : prompts.all()) {
    if (!task.domain.scored(prompt.tokens)) continue;
    const std::size_t choice = prompt.choices[task.code->slot];
    CodeTask code{.id = prompt_id(tasks.size()), .prompt = prompt.text, .function = task.code->begins};
    code.family = task.code->functions[choice];
    if (code.function.empty()) code.function = code.family;
    code.declaration = declaration_in(prompt.text, code.function);
    if (code.declaration.empty())
      return input_error(fmt::format("the prompt {} does not begin the function '{}'", prompts.described(prompt), code.function),
                         "name the functions of [code] in the order of the slot's texts", SourceRange{task.file, {}, {}});
    for (std::size_t slot = 0; slot < prompt.choices.size(); ++slot)
      code.attributes.emplace_back(prompts.form().slots[slot].name, prompts.form().slots[slot].label(prompt.choices[slot]));
    if (!task.edits.empty())
      code.attributes.emplace_back(
          "edit", prompt.edit ? fmt::format("{} in {}: {}", prompt.edit->kind, prompt.edit->function, prompt.edit->what) : std::string("none"));
    code.contract = renamed(references[choice].contract, references[choice].parameters, code.declaration);
    code.reference = references[choice].source;
    code.reference_body = references[choice].body;
    tasks.push_back(std::move(code));
  }
  if (std::optional<Error> failed = task.domain.failure()) return fail(*failed);
  return tasks;
}

}  // namespace assay::analysis::bench
