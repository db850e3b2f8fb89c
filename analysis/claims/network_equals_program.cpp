// Link 2: input by input the network's answer is the program's, on the whole domain (tree enumeration).
//
// Holds only if no answer differs, none is a tie, and no answer whose margin hangs on rounding changes in float64.
// Test: tests/analysis/verify_test.cpp
#include <fmt/format.h>

#include "analysis/claims/claim.h"
#include "analysis/claims/comparison.h"
#include "analysis/claims/extension.h"

namespace assay::analysis {
namespace {

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

Json margins(const Task& task, const NetworkOutputs& outputs) {
  return {{"smallest", outputs.smallest_margin},
          {"at", task.input_text(outputs.smallest_margin_at)},
          {"threshold", outputs.threshold},
          {"float_difference", outputs.float_difference},
          {"below_threshold", outputs.low_count},
          {"run_in_float64", outputs.low.size()},
          {"changed_in_float64", outputs.changed_in_float64}};
}

class NetworkEqualsProgram : public ClaimKind {
 public:
  std::string_view name() const override { return "network_equals_program"; }
  int link() const override { return 2; }

  Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const override {
    const Hypothesis& hypothesis = context.hypothesis;
    const Task& task = hypothesis.task;
    const Domain& domain = hypothesis.domain_of(claim);
    result.semantics = "float32-as-run";
    result.subject = fmt::format("network of task {} and program {}", task.name, hypothesis.program.function().name);
    result.assumptions.push_back(task.output.restricted
                                     ? fmt::format("the answer is read from the declared symbols {} only", task.words.text(task.output.symbols))
                                     : std::string("the answer is read from the whole vocabulary"));
    Result<circuits::Network*> network = context.network();
    if (!network) return fail(network.error());
    Result<Labels> labels = Labels::create(task, domain, hypothesis.program);
    if (!labels) return fail(labels.error());
    Result<const NetworkOutputs*> outputs = context.store.outputs(**network, task, domain, context.cache, context.session);
    if (!outputs) return fail(outputs.error());
    if ((*outputs)->scored == 0) {
      result.outcome = Outcome::kVacuous;
      result.summary = "the domain has no scored input";
      return {};
    }
    Result<Comparison> comparison = compare(domain, **outputs, *labels, context.session);
    if (!comparison) return fail(comparison.error());
    describe(task, **outputs, *comparison, result);
    if (comparison->first) return refute(**network, *labels, *comparison, result);
    if ((*outputs)->changed_in_float64 > 0 || (*outputs)->low_count > (*outputs)->low.size()) {
      result.outcome = Outcome::kUndecided;
      result.summary = fmt::format("agrees on all {} answers in float32, but {} of {} answers with a margin below {:.2g} change in float64",
                                   with_commas(comparison->scored), (*outputs)->changed_in_float64, (*outputs)->low_count, (*outputs)->threshold);
      return {};
    }
    result.outcome = Outcome::kHolds;
    result.evidence = EvidenceKind::kEnumeration;
    result.summary = fmt::format("{}, smallest margin {:.3g}", counts(*comparison), (*outputs)->smallest_margin);
    if (Status status = extend(context, claim, **network, *labels, result.details["extension"]); !status) return status;
    summarise_extension(result);
    return {};
  }

 private:
  static std::string counts(const Comparison& comparison) {
    if (comparison.inputs == comparison.scored) return with_commas(comparison.inputs) + " inputs";
    return fmt::format("{} inputs, {} answers", with_commas(comparison.inputs), with_commas(comparison.scored));
  }

  static void describe(const Task& task, const NetworkOutputs& outputs, const Comparison& comparison, ClaimResult& result) {
    result.details["inputs"] = comparison.inputs;
    result.details["scored"] = comparison.scored;
    result.details["disagreements"] = comparison.disagreements;
    result.details["undefined"] = comparison.undefined;
    result.details["ties"] = comparison.ties;
    result.details["margin"] = margins(task, outputs);
  }

  static Status refute(circuits::Network& network, const Labels& labels, const Comparison& comparison, ClaimResult& result) {
    result.outcome = Outcome::kFails;
    result.evidence = EvidenceKind::kWitness;
    Result<WitnessReport> witness = report_witness(network, labels, *comparison.first);
    if (!witness) return fail(witness.error());
    result.witness = witness->json;
    result.replay = witness->replay;
    const std::string at = fmt::format("{}: network {}, program {}", witness->json["input"].get<std::string>(),
                                       witness->json["network_answer"].get<std::string>(), witness->json["program_answer"].get<std::string>());
    if (comparison.endless) {
      result.details["endless"] = *comparison.endless;
      result.summary = fmt::format("the program {}; found on {}", *comparison.endless, witness->json["input"].get<std::string>());
      return {};
    }
    result.summary = fmt::format("{} of {} answers differ, first at {}", with_commas(comparison.disagreements), with_commas(comparison.scored), at);
    return {};
  }

  static void summarise_extension(ClaimResult& result) {
    const Json& extension = result.details["extension"];
    const Json& steps = extension["steps"];
    if (steps.empty()) return;
    const Json& last = steps.back();
    if (last["holds"].get<bool>())
      result.summary += fmt::format("; still holds {} longer ({})", last["by"].get<int>(), last["evidence"].get<std::string>());
    else
      result.summary += fmt::format("; {} longer: {} at {}", last["by"].get<int>(), extension["ended"].get<std::string>(),
                                    last["witness"]["input"].get<std::string>());
  }
};

}  // namespace

std::unique_ptr<ClaimKind> network_equals_program() { return std::make_unique<NetworkEqualsProgram>(); }

}  // namespace assay::analysis
