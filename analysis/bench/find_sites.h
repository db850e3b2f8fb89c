// The decision sites of every sample that is read as a function; each sample's are cached, so that an interrupted run goes on where it was.
//
//   find_sites(tasks, sampling, &suite.models[0], networks, run.models[0], cache, session);
//   run.models[0].tasks[3].samples[0].sites
//
// Cost: reading the answer in the sandbox (about .1 s) and a forward pass over prompt and answer. Test: tests/analysis/bench_sites_test.cpp
#pragma once

#include "analysis/bench/bench_run.h"

namespace assay::analysis::bench {

/// `run` is judged. `model`: null where its answers came from elsewhere. Errors: a model that cannot be read, no sandbox, interruption.
Status find_sites(const std::vector<CodeTask>& tasks, const Sampling& sampling, const SuiteModel* model, Networks& networks, ModelRun& run,
                  Cache& cache, Session& session);

}  // namespace assay::analysis::bench
