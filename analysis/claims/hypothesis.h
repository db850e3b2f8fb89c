// A hypothesis: what somebody believes a network computes, as a C program, with the claims to check. docs/formats.md has the file format.
//
// Test: tests/analysis/hypothesis_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/tasks/task.h"
#include "circuits/engine.h"

namespace assay::analysis {

/// One aligned variable: it sits at `site` and `position`, in a subspace if `rank` or `subspace_file` is given.
struct AlignmentSpec {
  std::string id;  ///< last part of the variable, made unique: "carry"
  program::ProgramPoint variable;
  std::optional<std::string> site;       ///< absent: searched
  std::optional<PositionSpec> position;  ///< absent: searched
  int rank = 0;                          ///< columns of a subspace computed from class means on a split that is left out; 0: the full vector
  std::string subspace_file;             ///< JSON {"dimension", "rank", "columns"}
};

struct CircuitSpec {
  std::string file;  ///< circuit.json, or empty: found by `method`
  std::string method = "eap-ig";
  int steps = 5;
  circuits::IntegrationRule rule = circuits::IntegrationRule::kLeft;
  double threshold = 0.01;
  circuits::Ablation ablation = circuits::Ablation::kResample;
  int edges = 0;                   ///< how many to keep; 0: all that ACDC kept, or `sizes`
  std::vector<std::size_t> sizes;  ///< ascending: the fewest of these that carry `carry` of the decision where the circuit is found
  double carry = 0.9;
  double prune = 0;  ///< smallest normalised effect of an edge that stays; 0: no elimination
  std::uint64_t seed = 1;
  int examples = 0;      ///< 0: the whole domain where it is small
  bool spans = false;    ///< tell the task's positions apart
  bool by_sign = false;  ///< rank edges by score instead of |score|
};

struct ClaimSpec {
  std::string kind, id;
  std::optional<std::string> expect;  ///< a grade
  std::optional<std::string> extend;  ///< "length + 1", "digits + 1", "slot NAME + 1", "none"
  std::optional<double> threshold;
  std::optional<double> bound;         ///< completeness
  std::vector<std::string> variables;  ///< iia: ids of alignments; empty: all
  std::string slot;                    ///< sensitive, insensitive: the slot of the template that the contrast changes
  bool jointly = false;                ///< iia: the alignments are parts of one place: only the swap of all of them is judged
  std::vector<circuits::Ablation> ablations;
  std::uint64_t samples = 0;              ///< 0: the claim's default
  int random_circuits = 20;               ///< (semantic) faithfulness: how many of the same size are run beside
  int max_tokens = 256;                   ///< semantic_faithfulness: of a text behind a decided token
  std::optional<std::size_t> most_edges;  ///< minimality: so many of the weakest and so many drawn
  std::optional<std::size_t> most_nodes;  ///< completeness: so many single nodes, drawn
  std::uint64_t seed = 1;
  std::optional<Domain> domain;  ///< a smaller domain for this claim
};

struct Hypothesis {
  std::string name, file, hash;  ///< hash of this file, its program, its reference
  Task task;
  CFunction program;
  std::optional<CFunction> reference;
  std::optional<Domain> domain;  ///< replaces the task's
  std::optional<CircuitSpec> circuit;
  std::vector<AlignmentSpec> alignments;
  std::vector<ClaimSpec> claims;

  /// The claim's own domain, else the hypothesis', else the task's.
  const Domain& domain_of(const ClaimSpec& claim) const { return claim.domain ? *claim.domain : domain ? *domain : task.domain; }
};

/// A task whose model is absent gives a hypothesis with task.skipped set and nothing else read.
Result<Hypothesis> read_hypothesis(const std::string& path, const TaskOptions& options = {});

std::string_view name_of(circuits::Ablation ablation);

}  // namespace assay::analysis
