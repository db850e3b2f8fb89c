// A claim kind: one class, one file, one line in registry.cpp. It reads a hypothesis and says what holds, with evidence.
//
// Claims of one network share its outputs (NetworkStore, and the cache below it). Test: tests/analysis/verify_test.cpp
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analysis/claims/hypothesis.h"
#include "analysis/claims/network_outputs.h"
#include "analysis/results/claim_result.h"
#include "base/cache.h"
#include "base/session.h"
#include "circuits/engine.h"

namespace assay::analysis {

struct VerifyOptions {
  std::string models;
  bool deep = false;          ///< no forecast limits: exact where it is finite
  double exact_seconds = 30;  ///< exact interchange over all pairs when the forecast is below
  bool replay_natively = true;
};

struct FoundCircuit;

/// Networks that are loaded, and outputs already known, for all hypotheses of one command.
class NetworkStore {
 public:
  /// Loads on first use; the engine is opened then too.
  Result<circuits::Network*> network(const std::string& folder);
  /// The same shapes with fresh random weights: a control.
  Result<circuits::Network*> random_network(const std::string& folder, std::uint64_t seed);
  Result<const NetworkOutputs*> outputs(circuits::Network& network, const Task& task, const Domain& domain, Cache& cache, Session& session);
  /// For tests: a network made elsewhere.
  void put(const std::string& folder, std::unique_ptr<circuits::Network> network) { networks_[folder] = std::move(network); }
  /// Takes over the network of a folder and its random controls, as far as the other store has them.
  void take(NetworkStore& from, const std::string& folder);
  void forget_outputs() { outputs_.clear(); }
  /// Circuits found so far, by hypothesis.
  std::map<std::string, std::shared_ptr<FoundCircuit>> circuits;

 private:
  std::map<std::string, std::unique_ptr<circuits::Network>> networks_;
  std::map<std::string, std::unique_ptr<NetworkOutputs>> outputs_;
};

struct ClaimContext {
  const Hypothesis& hypothesis;
  const VerifyOptions& options;
  NetworkStore& store;
  Cache& cache;
  Session& session;
  Json& report;  ///< members "alignments", "circuit": what claims found for the report

  Result<circuits::Network*> network() const { return store.network(hypothesis.task.model); }
};

class ClaimKind {
 public:
  virtual ~ClaimKind() = default;
  virtual std::string_view name() const = 0;
  virtual int link() const = 0;
  /// Fills outcome, evidence, summary, details, witness, replay. An Error means that nothing could be found out (broken input, cancelled).
  virtual Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const = 0;
};

const std::vector<std::unique_ptr<ClaimKind>>& claim_kinds();
std::vector<std::string> claim_kind_names();

}  // namespace assay::analysis
