// `assay infer TASK` of a template of prompts: the rule of its decision, read from a circuit, tested against rivals, written as C and verified.
// Test: tests/cli/infer_command_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/claims/verify.h"
#include "analysis/site_rules/read_rule.h"
#include "cli/command.h"

namespace assay::cli {

struct InferSiteOptions {
  std::string task, circuit, out, function = "rule";
  std::string where, test_where;   ///< FILE:FUNCTION: prompts of the task that the rule is read from, and such that it is tested on; or empty
  std::vector<std::string> tests;  ///< task files with other prompts
  std::optional<analysis::FunctionSource> reference;
  std::size_t edges = 3000, examples = 32;  ///< of a circuit that is found
  bool no_verify = false;
  analysis::VerifyOptions verify;
  analysis::site_rules::ReadOptions read;
};

int infer_site(const InferSiteOptions& options, const Common& common, Session& session);

}  // namespace assay::cli
