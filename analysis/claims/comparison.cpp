#include "analysis/claims/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace assay::analysis {
namespace {

constexpr std::size_t kMostValues = 1000;

bool is_tie(const circuits::Answer& answer) { return !(answer.margin > 0); }

/// One block's share of a Comparison.
struct Share {
  Comparison counts;
  std::uint64_t first_ordinal = 0;  ///< of counts.first, within its length
};

/// The program gave no answer: is it because it does not end? Then there is no point in waiting for that on every input.
std::optional<std::string> endless_run(const Labels& labels, std::span<const TokenId> prefix) {
  const std::vector<program::Argument> arguments = labels.arguments(prefix);
  const program::RunResult run = labels.function().interpreter().run(labels.function().id(), arguments);
  if (run.end != program::RunEnd::kStepLimit) return {};
  return describe_failure(labels.function(), arguments, run);
}

/// Compares one block; ends early at a run of the program that does not end.
Share compare_block(const Domain& domain, const NetworkOutputs& outputs, const Labels& labels, const OutputBlock& block) {
  Share share;
  Comparison& counts = share.counts;
  BoundArguments scratch;
  for (std::size_t i = 0; i < block.count && !counts.endless; ++i) {
    const std::span<const TokenId> prefix = block.prefix(i);
    const circuits::Answer& answer = outputs.answers[block.codes[i]];
    const Label label = labels.label(prefix, scratch);
    ++counts.scored;
    if (domain.step(prefix) == 0) ++counts.inputs;
    if (label.defined && (counts.values.size() < kMostValues || counts.values.contains(label.value))) ++counts.values[label.value];
    if (agrees(labels.task().output, answer, label) && !is_tie(answer)) continue;
    ++counts.disagreements;
    counts.undefined += label.defined ? 0 : 1;
    counts.ties += is_tie(answer) ? 1 : 0;
    if (!label.defined) counts.endless = endless_run(labels, prefix);
    if (counts.first && !counts.endless) continue;
    counts.first = Disagreement{{prefix.begin(), prefix.end()}, answer, label};
    share.first_ordinal = block.first + i;
  }
  return share;
}

/// Adds shares in the order of their blocks, whichever thread finishes first, up to the first run that does not end: so the counts and
/// the witness are the same on any thread count.
class Total {
 public:
  /// Does a run that does not end come before this block? Then the block does not count.
  bool is_behind_the_end(std::uint64_t sequence) const {
    const std::lock_guard lock(mutex_);
    return sequence > endless_;
  }
  /// False when nothing that follows counts.
  bool add(std::uint64_t sequence, Share share) {
    const std::lock_guard lock(mutex_);
    if (share.counts.endless) endless_ = std::min(endless_, sequence);
    waiting_.emplace(sequence, std::move(share));
    for (auto next = waiting_.find(next_); next != waiting_.end() && !total_.endless; next = waiting_.find(next_)) {
      merge(next->second);
      waiting_.erase(next);
      ++next_;
    }
    return !total_.endless;
  }
  Comparison take() { return std::move(total_); }

 private:
  void merge(const Share& share) {
    const Comparison& counts = share.counts;
    total_.scored += counts.scored;
    total_.inputs += counts.inputs;
    total_.disagreements += counts.disagreements;
    total_.undefined += counts.undefined;
    total_.ties += counts.ties;
    for (const auto& [value, count] : counts.values)
      if (total_.values.size() < kMostValues || total_.values.contains(value)) total_.values[value] += count;
    if (!counts.first) return;
    const bool earlier =
        !total_.first || std::pair(counts.first->prefix.size(), share.first_ordinal) < std::pair(total_.first->prefix.size(), first_ordinal_);
    if (!earlier && !counts.endless) return;
    total_.first = counts.first;
    total_.endless = counts.endless;
    first_ordinal_ = share.first_ordinal;
  }

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Share> waiting_;
  std::uint64_t endless_ = ~0ull;  ///< the first block known to hold such a run
  std::uint64_t next_ = 0, first_ordinal_ = 0;
  Comparison total_;
};

}  // namespace

Result<Comparison> compare(const Domain& domain, const NetworkOutputs& outputs, const Labels& labels, Session& session) {
  Total total;
  session.progress.stage("compare with " + labels.function().function().name, outputs.scored);
  const auto visit = [&](const OutputBlock& block) {
    return total.is_behind_the_end(block.sequence) || total.add(block.sequence, compare_block(domain, outputs, labels, block));
  };
  if (Status status = for_each_scored(domain, outputs, visit, session); !status) return fail(status.error());
  return total.take();
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
  const std::string program_answer = !label.defined                                    ? labels.explain(witness.prefix)
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
