// Trains a small network: seeded, resumable, with the same bytes on any number of threads.
//
//   train(spec, examples, check, make_network, session)   ->   spec.output/{config.json, model.safetensors, training_log.jsonl}
//
// Step s uses the examples number mix(seed, s * batch + i), i < batch. Each batch is split into parts of the size that the specification
// implies, each part's gradient is computed by one thread, and the sum runs in the parts' order. Cost per step: one forward and backward pass.
// Cancelled, it leaves a checkpoint; called again with the same specification it goes on from there. Test: tests/circuits/training_test.cpp
#pragma once

#include <functional>
#include <memory>

#include "base/session.h"
#include "circuits/engine.h"
#include "circuits/model/weights.h"

namespace assay::circuits {

/// Wraps weights (float32, no gradients) in a Network, so that a DomainCheck can look at them.
using NetworkMaker = std::function<Result<std::unique_ptr<Network>>(const ModelConfig&, const Weights&)>;

/// Of a network with drawn weights.
Result<ModelConfig> config_of(const TrainingSpec& spec);

Result<TrainingReport> train_network(const TrainingSpec& spec, const ExampleSource& examples, const DomainCheck& check,
                                     const NetworkMaker& make_network, Session& session);

}  // namespace assay::circuits
