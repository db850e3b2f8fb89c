#include "analysis/claims/comparison.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>

namespace assay::analysis {
namespace {

constexpr std::size_t kMostValues = 1000;

bool is_tie(const circuits::Answer& answer) { return !(answer.margin > 0); }

/// One block's share of a Comparison.
struct Share {
  Comparison counts;
  std::uint64_t first_ordinal = 0;
};

bool earlier(std::size_t length, std::uint64_t ordinal, const std::optional<Disagreement>& known, std::uint64_t known_ordinal) {
  if (!known) return true;
  return std::pair(length, ordinal) < std::pair(known->prefix.size(), known_ordinal);
}

/// The program gave no answer: is it because it does not end? Then there is no point in waiting for that on every input.
std::optional<std::string> endless_run(const Labels& labels, std::span<const TokenId> prefix) {
  const std::vector<program::Argument> arguments = labels.arguments(prefix);
  const program::RunResult run = labels.function().interpreter().run(labels.function().id(), arguments);
  if (run.end != program::RunEnd::kStepLimit) return {};
  return describe_failure(labels.function(), arguments, run);
}

}  // namespace

Result<Comparison> compare(const Domain& domain, const NetworkOutputs& outputs, const Labels& labels, Session& session) {
  Comparison total;
  std::uint64_t first_ordinal = 0;
  std::mutex mutex;
  std::atomic<bool> gave_up{false};
  const OutputSpec& output = labels.task().output;
  const auto visit = [&](const OutputBlock& block) {
    BoundArguments scratch;
    Comparison share;
    std::uint64_t share_ordinal = 0;
    for (std::size_t i = 0; i < block.count && !gave_up; ++i) {
      const std::span<const TokenId> prefix = block.prefix(i);
      const circuits::Answer& answer = outputs.answers[block.codes[i]];
      const Label label = labels.label(prefix, scratch);
      ++share.scored;
      if (domain.step(prefix) == 0) ++share.inputs;
      if (label.defined && (share.values.size() < kMostValues || share.values.contains(label.value))) ++share.values[label.value];
      if (agrees(output, answer, label) && !is_tie(answer)) continue;
      ++share.disagreements;
      share.undefined += label.defined ? 0 : 1;
      share.ties += is_tie(answer) ? 1 : 0;
      if (!share.first) {
        share.first = Disagreement{{prefix.begin(), prefix.end()}, answer, label};
        share_ordinal = block.first + i;
        if (!label.defined) share.endless = endless_run(labels, prefix);
        if (share.endless) gave_up = true;
      }
    }
    const std::lock_guard lock(mutex);
    total.scored += share.scored;
    total.inputs += share.inputs;
    total.disagreements += share.disagreements;
    total.undefined += share.undefined;
    total.ties += share.ties;
    for (const auto& [value, count] : share.values)
      if (total.values.size() < kMostValues || total.values.contains(value)) total.values[value] += count;
    if (share.first && (share.endless || (!total.endless && earlier(block.length, share_ordinal, total.first, first_ordinal)))) {
      total.first = share.first;
      first_ordinal = share_ordinal;
      total.endless = share.endless;
    }
    return !gave_up.load();
  };
  session.progress.stage("compare with " + labels.function().function().name, outputs.scored);
  if (Status status = for_each_scored(domain, outputs, visit, session); !status) return fail(status.error());
  return total;
}

Result<WitnessReport> report_witness(circuits::Network& network, const Labels& labels, const Disagreement& witness) {
  const Task& task = labels.task();
  const Tokens sequence = task.sequence(witness.prefix);
  const std::vector<Tokens> sequences = {sequence};
  const std::vector<std::vector<std::int32_t>> positions = {{static_cast<std::int32_t>(sequence.size()) - 1}};
  auto fresh = network.answers(sequences, positions, task.output.readout);
  if (!fresh) return fail(fresh.error());
  const circuits::Answer again = (*fresh)[0][0];
  BoundArguments scratch;
  const Label label = labels.label(witness.prefix, scratch);

  WitnessReport report;
  Json arguments = Json::array();
  for (const program::Argument& argument : labels.arguments(witness.prefix)) {
    Json cells = Json::array();
    for (const program::Scalar& cell : argument.cells) cells.push_back(cell.integer);
    arguments.push_back(argument.kind == program::Argument::Kind::kScalar ? cells[0] : cells);
  }
  const bool tie = is_tie(witness.network);
  const std::string program_answer = !label.defined                                             ? labels.explain(witness.prefix)
                                     : !task.output.is_set() && label.answer.token < 0 ? fmt::format("{} (no symbol stands for it)", label.value)
                                                                                       : task.output.text(label.answer, task.words);
  report.json = {{"input", task.input_text(witness.prefix)},
                 {"tokens", sequence},
                 {"step", labels.domain().step(witness.prefix)},
                 {"arguments", arguments},
                 {"network_answer", tie ? task.output.text(witness.network, task.words) + " (tie)" : task.output.text(witness.network, task.words)},
                 {"network_margin", again.margin},
                 {"program_answer", program_answer}};
  if (label.defined) report.json["program_value"] = label.value;
  const bool network_agrees = again.same_choice(witness.network) && (is_tie(again) == tie || tie);
  const bool still_fails = !agrees(task.output, again, label) || tie;
  report.replay = network_agrees && still_fails ? Replay::kAgreed : Replay::kDisagreed;
  return report;
}

}  // namespace assay::analysis
