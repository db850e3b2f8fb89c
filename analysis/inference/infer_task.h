// `assay infer`: the program that a network computes on a task, found from its answers on the whole declared domain.
//
// Strings with every prefix scored give a Moore machine (moore_learner.h), products of slots an expression or loop (expression_search.h).
// Either way the result is C text in the task's own calling convention; it is a conjecture about internals until its variables are
// aligned with sites, so the hypothesis written with it asks for exactly that. Test: tests/analysis/infer_task_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/claims/network_outputs.h"
#include "analysis/inference/expression_search.h"
#include "analysis/inference/moore_learner.h"
#include "analysis/tasks/task.h"

namespace assay::analysis {

struct InferenceOptions {
  std::string function = "inferred";
  LearnerOptions learner;
  SearchOptions search;
};

/// A variable of the inferred program that can be aligned with a site.
struct InferredVariable {
  std::string point;       ///< "end.state": program point and variable, without the function's name
  bool is_answer = false;  ///< it decides the answer one to one: found at a site, it says where the answer sits and no more
  std::string id() const { return point.substr(point.find('.') + 1); }
};

struct InferredProgram {
  std::string text;  ///< C
  std::string function;
  std::string summary;  ///< "automaton of 2 states (13 queries, 1 suffix)", "3 cases, 19 nodes, complete to size 4"
  std::vector<InferredVariable> variables;
  std::vector<std::string> notes;  ///< which variables are not aligned, and why
};

/// No program is a legal answer: a budget error with the reason. Tasks of another shape are kUnsupported.
Result<InferredProgram> infer_program(const Task& task, circuits::Network& network, const NetworkOutputs& outputs, const InferenceOptions& options,
                                      Session& session);

/// Each shape's own entry, see infer_program.
Result<InferredProgram> infer_automaton(const Task& task, circuits::Network& network, const NetworkOutputs& outputs, const InferenceOptions& options,
                                        Session& session);
Result<InferredProgram> infer_expression(const Task& task, const NetworkOutputs& outputs, const InferenceOptions& options, Session& session);

/// The integer by which a C function states this answer; nothing if the answer is a token without a value.
std::optional<std::int64_t> value_of_answer(const OutputSpec& output, const circuits::Answer& answer);

/// Where the search for a variable ended: the best of `tried` places.
struct FoundSite {
  std::string site, position;
  std::uint64_t tried = 0;
};

enum class InferredClaims {
  kVariables,  ///< of every variable, that it is in the network
  kAll,        ///< also that network and program are equal, that the program is safe, and that it is the reference
};

/// The hypothesis that goes with an inferred program. `sites`: one per variable, or none: then verification searches them.
std::string hypothesis_text(const InferredProgram& program, const std::string& task_file, const std::string& program_file,
                            const std::optional<FunctionSource>& reference, const std::vector<FoundSite>& sites, InferredClaims claims);

}  // namespace assay::analysis
