// The state of an interrupted training run: one safetensors file beside the model to be, written all or nothing.
//
// It holds parameters, both moments and the step, and is bound to the specification by a hash in a tensor's name, so that a run cannot go on
// under other settings. Random numbers need no state: examples are numbered. The file is untrusted like any other.
// Test: tests/circuits/training_test.cpp (a resumed run ends with the same bytes)
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "circuits/training.h"

namespace assay::circuits {

struct Checkpoint {
  int step = 0;
  bool check_pending = false;  ///< interrupted during the check of the whole domain
  double loss = 0;
  std::vector<float> parameters, first_moment, second_moment;
};

/// Hash of all settings that shape the run (the output folder does not) and of the model that it starts from, "" if its weights are drawn.
std::string hash_of(const TrainingSpec& spec, const std::string& initial);
std::string checkpoint_path(const TrainingSpec& spec);
/// `run`: hash_of the run.
Status write_checkpoint(const TrainingSpec& spec, const std::string& run, const Checkpoint& checkpoint);
/// Nothing when there is none; an error when the file is broken or belongs to another run.
Result<std::optional<Checkpoint>> read_checkpoint(const TrainingSpec& spec, const std::string& run, std::size_t parameters);

}  // namespace assay::circuits
