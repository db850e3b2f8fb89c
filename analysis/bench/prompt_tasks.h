// The prompts of a template as code tasks: each begins a function whose reference the task's [code] names.
//
//   std::vector<CodeTask> tasks = *tasks_of_prompts(task);
//   tasks[17].id == "p0018", tasks[17].attributes == {{"earlier_comparison", "<="}, ...}
//
// In the order of the domain, without prompts that its predicate excludes. The family is the function, the attributes are the choices of the
// slots and, where the task edits its prompts' code, the edit. Test: tests/analysis/bench_prediction_test.cpp
#pragma once

#include <vector>

#include "analysis/bench/code_task.h"
#include "analysis/tasks/task.h"

namespace assay::analysis::bench {

/// Of the index-th prompt of the domain, from 0: "p0001".
std::string prompt_id(std::size_t index);

/// Errors: the task has no [code], a reference cannot be read, a prompt does not begin the function that it should.
Result<std::vector<CodeTask>> tasks_of_prompts(const Task& task);

}  // namespace assay::analysis::bench
