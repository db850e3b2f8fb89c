#include "analysis/bench/prompt_tasks.h"

#include <fmt/format.h>

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
  std::vector<std::string> contract;
  std::string body;
};

Result<Reference> reference_of(const std::string& file, const std::string& function) {
  const Result<CFunction> code = CFunction::load({file, function});
  if (!code) return fail(code.error());
  Reference reference{.source = code->text()};
  for (const program::Clause& clause : code->function().requires_) reference.contract.push_back(fmt::format("requires {};", clause.text));
  for (const program::Clause& clause : code->function().ensures) reference.contract.push_back(fmt::format("ensures {};", clause.text));
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
    Result<Reference> reference = reference_of(task.code->references, function);
    if (!reference) return fail(reference.error());
    references.push_back(std::move(*reference));
  }
  const Prompts& prompts = *task.domain.spec().prompts;
  std::vector<CodeTask> tasks;
  for (const Prompt& prompt : prompts.all()) {
    if (!task.domain.scored(prompt.tokens)) continue;
    const std::size_t choice = prompt.choices[task.code->slot];
    CodeTask code{.id = prompt_id(tasks.size()), .prompt = prompt.text, .function = task.code->functions[choice]};
    code.family = code.function;
    code.declaration = declaration_in(prompt.text, code.function);
    if (code.declaration.empty())
      return input_error(fmt::format("the prompt {} does not begin the function '{}'", prompts.described(prompt), code.function),
                         "name the functions of [code] in the order of the slot's texts", SourceRange{task.file, {}, {}});
    for (std::size_t slot = 0; slot < prompt.choices.size(); ++slot)
      code.attributes.emplace_back(prompts.form().slots[slot].name, prompts.form().slots[slot].label(prompt.choices[slot]));
    code.contract = references[choice].contract;
    code.reference = references[choice].source;
    code.reference_body = references[choice].body;
    tasks.push_back(std::move(code));
  }
  if (std::optional<Error> failed = task.domain.failure()) return fail(*failed);
  return tasks;
}

}  // namespace assay::analysis::bench
