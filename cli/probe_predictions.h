// The rival of a suite's predictions that looks inside without a circuit: a linear probe, trained on what the model decides on another task's
// prompts. Test: tests/cli/bench_command_test.cpp
#pragma once

#include <optional>

#include "analysis/bench/prediction.h"

namespace assay::cli {

/// Nothing where the suite asks for none. Loads the task's model, runs it on both tasks' prompts and lets it go again.
Result<std::optional<analysis::bench::ProbePredictions>> probe_predictions(const analysis::bench::Suite& suite, Session& session);

}  // namespace assay::cli
