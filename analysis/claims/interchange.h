// Interchange interventions: set a program variable and the aligned activations to the values they have on another input; do the
// outputs agree? (Geiger et al., causal abstraction; DESIGN section 2.)
//
// Inputs are the scored prefixes of the domain. A site at position p depends on the tokens up to p alone, so the sources are distinct
// (prefix to p, variable value) pairs, not distinct inputs. Where answers are fed back, a base is run with the counterfactual answers
// that the program gives, which is what feeding back would do as long as all earlier answers agree.
//
//   InterchangeSetup setup = *InterchangeSetup::create(hypothesis, domain, swaps, 1);
//   SwapScore score = *setup.run(network, setup.all_pairs(), Mode::kSwap, session);
//   score.changing.rate() == 1
//
// Cost: one suffix pass per pair, one program run per base and distinct value. Test: tests/analysis/interchange_test.cpp
#pragma once

#include <unordered_map>

#include "analysis/claims/claim.h"
#include "analysis/tasks/labels.h"

namespace assay::analysis {

/// An alignment with its site known.
struct ResolvedSwap {
  std::string id;
  program::ProgramPoint variable;
  circuits::Site site;
  PositionSpec position;
};

struct Tally {
  std::uint64_t pairs = 0, agree = 0;
  double rate() const { return pairs == 0 ? 0 : static_cast<double>(agree) / static_cast<double>(pairs); }
  void add(bool agrees) { ++pairs, agree += agrees ? 1 : 0; }
};

/// 95 % Wilson score interval of a proportion.
struct Interval {
  double low = 0, high = 1;
};
Interval wilson(const Tally& tally);

/// One pair: instance of the alignment (visit of an `each` position), base and source within it.
struct PairId {
  std::uint32_t instance = 0, base = 0, source = 0;
  auto operator<=>(const PairId&) const = default;
};

struct SwapScore {
  Tally changing, unchanged;      ///< pairs whose intervention changes the program's output, and others
  Tally equal;                    ///< of the unchanged: sources equal in the variable
  Tally up, down;                 ///< changing pairs by direction: the source's value is larger, smaller
  std::uint64_t undefined = 0;    ///< pairs whose counterfactual program run is undefined: not counted
  std::uint64_t low_margin = 0;   ///< pairs whose answer hangs on rounding: a margin below the threshold that run() was given
  float smallest_margin = 0;      ///< over the agreeing answers
  std::optional<PairId> failing;  ///< the smallest
  std::vector<circuits::Answer> failing_answers;
};

/// What of the domain no pair speaks about; inputs, and for a running variable inputs times visits.
struct Dropped {
  std::uint64_t undefined_inputs = 0;   ///< the program is not defined there
  std::uint64_t unlocated = 0;          ///< the variable has a value, but the input has no such position
  std::uint64_t unreached = 0;          ///< the program does not reach the point
  std::uint64_t after_last_answer = 0;  ///< bases whose site lies behind everything that is read
  bool any() const { return undefined_inputs + unlocated + unreached + after_last_answer > 0; }
};

class InterchangeSetup {
 public:
  /// All inputs of the domain up to `most`, else that many pseudo-random ones (then sampled() is true).
  static Result<InterchangeSetup> create(const Hypothesis& hypothesis, const Domain& domain, std::vector<ResolvedSwap> swaps, std::size_t most,
                                         std::uint64_t seed);

  bool sampled() const { return sampled_; }
  const Dropped& dropped() const { return dropped_; }
  std::size_t inputs() const { return inputs_.size(); }
  std::size_t sources() const;
  double pair_count() const;
  /// Work of one pair in floating-point operations, from shapes alone, so that forecasts are the same on every machine.
  double operations_per_pair(const circuits::NetworkInfo& info) const;
  std::vector<PairId> all_pairs() const;
  /// `count` distinct pseudo-random pairs, in order; `half`: 0 any, 1 search split, 2 held-out split (by input, for base and source alike).
  std::vector<PairId> some_pairs(std::size_t count, std::uint64_t seed, int half = 0) const;
  /// As some_pairs, but half of them such as change the program's output, as far as there are any among 50 x `count` pairs: where few pairs do and
  /// each costs much. Within the changing and within the others every pair is as likely as any other.
  Result<std::vector<PairId>> balanced_pairs(std::size_t count, std::uint64_t seed, int half = 0) const;

  Result<SwapScore> run(circuits::Network& network, const std::vector<PairId>& pairs, circuits::InterchangeRequest::Mode mode, std::uint64_t seed,
                        Session& session, double low_margin = 0) const;
  /// Margins below this hang on rounding: max(1e-3, 10 x the float32-float64 difference on some of the inputs).
  Result<double> low_margin(circuits::Network& network) const;
  /// The same with other sites or shifted positions: controls.
  InterchangeSetup with_sites(const std::vector<circuits::Site>& sites) const;
  InterchangeSetup shifted(int positions) const;
  /// Do all positions of base and source stay at or behind the first token?
  bool can_shift(const PairId& pair, int positions) const;

  /// Base, source, what the program and the network answer: for the witness.
  Json describe(const PairId& pair, const std::vector<circuits::Answer>& network_answers) const;
  /// Sequences, positions and labels (the variable's value) of the inputs, for class_subspace; at most `most`.
  void labelled(std::size_t swap, std::size_t most, int half, std::vector<Tokens>& sequences, std::vector<std::int32_t>& positions,
                std::vector<std::int64_t>& labels) const;
  const std::vector<ResolvedSwap>& swaps() const { return swaps_; }

 private:
  struct Input {
    Tokens prefix;                                   ///< input, then the program's own answers
    std::size_t input_length = 0;                    ///< tokens before the fed-back answers
    std::vector<Label> answers;                      ///< the program's, per step
    std::vector<program::Observation> observations;  ///< of step 0
  };
  struct Base {
    std::uint32_t input = 0;
    std::vector<std::int32_t> positions;  ///< per swap
    std::vector<std::uint32_t> visits;
    std::vector<std::int64_t> values;
  };
  struct Source {
    std::uint32_t input = 0, value = 0;  ///< index into Instance::values
    Tokens tokens;
    std::vector<std::int32_t> positions;
  };
  struct Instance {
    std::vector<Base> bases;
    std::vector<Source> sources;
    std::vector<std::vector<std::int64_t>> values;  ///< distinct, in order of appearance
  };
  struct Counterfactual {
    bool defined = false, changes = false;
    std::optional<std::string> endless;  ///< why it is not defined: the run does not end, and where
    int first_step = 0;                  ///< steps before it lie before the swapped position
    std::vector<Label> answers;          ///< per step, from first_step on
  };

  Status gather(const Domain& domain, std::size_t most, std::uint64_t seed);
  Status add_input(const Tokens& prefix, const program::Interpreter& watching, const std::vector<std::size_t>& owner);
  Status count_endless(const Tokens& prefix, const program::RunResult& run);
  void build_instance(std::uint32_t visit, bool each);
  Counterfactual counterfactual(const program::Interpreter& watching, const Base& base, const std::vector<std::int64_t>& values) const;
  circuits::InterchangeRequest request_for(circuits::InterchangeRequest::Mode mode, std::uint64_t seed) const;
  Tokens sequence_of(const Base& base, const Counterfactual& expected) const;
  std::vector<std::int32_t> scored_positions(const Base& base, const Counterfactual& expected) const;
  bool in_half(std::uint32_t input, int half) const;
  std::int32_t step_position(const Input& input, int step) const;

  const Hypothesis* hypothesis_ = nullptr;
  const Domain* domain_ = nullptr;
  std::shared_ptr<Labels> labels_;
  std::vector<ResolvedSwap> swaps_;
  std::vector<Input> inputs_;
  std::vector<Instance> instances_;
  std::vector<std::int64_t> shift_;
  bool sampled_ = false;
  int endless_inputs_ = 0;
  Dropped dropped_;
};

}  // namespace assay::analysis
