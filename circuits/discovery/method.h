// Circuit discovery: one class and one file per method, one line in discover.cpp.
//
//   Result<DiscoveryResult> result = discover_circuit(network, examples, {.method = "eap-ig", .steps = 5}, session);
//
// Scores, for all methods: the sum over the examples of how much the metric falls when the edge is removed, in the metric's own unit (an
// example's metric is the mean over its scored positions); positive means that removing the edge hurts. Sums run in a fixed order over
// batches that do not depend on the thread count. A pass in DiscoveryResult is one pass over the whole example set.
// Test: tests/circuits/discovery_test.cpp
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "circuits/discovery/circuit_scores.h"

namespace assay::circuits {

/// What every method gets: checked examples in batches, and what replaces a removed edge.
struct DiscoveryProblem {
  const Transformer& network;
  const GraphIndex& index;
  std::span<const ExampleBatch> batches;
  const Ablator& ablator;
  const Metric& metric;
  at::Tensor columns;
  const DiscoveryOptions& options;
  Session& session;
};

class DiscoveryMethod {
 public:
  virtual ~DiscoveryMethod() = default;
  virtual std::string_view name() const = 0;
  /// Can it score edges that tell positions apart?
  virtual bool knows_spans() const { return false; }
  /// Fills everything but total_effect.
  virtual Result<DiscoveryResult> run(const DiscoveryProblem& problem) const = 0;
};

std::unique_ptr<DiscoveryMethod> make_exact_patching();
std::unique_ptr<DiscoveryMethod> make_eap();
std::unique_ptr<DiscoveryMethod> make_eap_ig();
std::unique_ptr<DiscoveryMethod> make_acdc();

Result<DiscoveryResult> discover_circuit(const Transformer& network, std::span<const Example> examples, const DiscoveryOptions& options,
                                         Session& session, const std::vector<Span>& spans = {});

/// metric(full) - metric(empty circuit), summed over the examples. In the empty circuit the logits read what every source writes when ablated, so it
/// takes no run of its own but one of the corrupted inputs where these are the ablated values.
double total_effect(const DiscoveryProblem& problem);

inline tl::unexpected<Error> discovery_cancelled() { return fail({ErrorKind::kCancelled, "the discovery was interrupted", "run the command again"}); }

}  // namespace assay::circuits
