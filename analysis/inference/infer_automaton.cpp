#include <fmt/format.h>
#include <fmt/ranges.h>
#include <mutex>

#include "analysis/inference/infer_task.h"
#include "analysis/inference/machine_to_c.h"

namespace assay::analysis {
namespace {

/// How much longer than the declared domain a distinguishing word may be.
constexpr int kLongerWords = 8;

class AutomatonInference {
 public:
  AutomatonInference(const Task& task, circuits::Network& network, const NetworkOutputs& outputs, const Domain& longer, Session& session)
      : task_(task), network_(network), outputs_(outputs), longer_(longer), session_(session) {
    const Tokens& alphabet = task.domain.spec().alphabet;
    for (std::size_t i = 0; i < alphabet.size(); ++i) symbol_of_[alphabet[i]] = static_cast<int>(i);
  }

  /// The network's answer after a word, asked of the network itself.
  Result<std::int64_t> answer(const Word& word) {
    const DomainSpec& spec = task_.domain.spec();
    Tokens prefix, next;
    for (int symbol : word) {
      const TokenId token = spec.alphabet[static_cast<std::size_t>(symbol)];
      next.clear();
      longer_.children(prefix, nullptr, next);
      if (std::find(next.begin(), next.end(), token) == next.end()) {
        if (static_cast<int>(prefix.size()) >= longer_.spec().max_length)
          return input_error(fmt::format("telling two states apart needs words of more than {} symbols", longer_.spec().max_length), "declare a longer domain");
        return kOutside;
      }
      prefix.push_back(token);
    }
    prefix.insert(prefix.end(), spec.end.begin(), spec.end.end());
    const std::vector<Tokens> sequences = {task_.sequence(prefix)};
    if (static_cast<int>(sequences[0].size()) > network_.info().positions)
      return input_error(fmt::format("telling two states apart needs {} positions; the network has {}", sequences[0].size(), network_.info().positions),
                         "declare a shorter domain");
    const std::vector<std::vector<std::int32_t>> positions = {{static_cast<std::int32_t>(sequences[0].size()) - 1}};
    auto answers = network_.answers(sequences, positions, task_.output.readout);
    if (!answers) return fail(answers.error());
    return value((*answers)[0][0]);
  }

  /// The first prefix of the whole tree, shortest first, on which machine and network differ.
  Result<std::optional<Word>> first_difference(const MooreMachine& machine) {
    std::vector<std::optional<std::int64_t>> values;
    for (const circuits::Answer& answer : outputs_.answers) values.push_back(value_of_answer(task_.output, answer));
    std::mutex mutex;
    std::optional<std::pair<std::size_t, std::uint64_t>> first;
    std::optional<Word> word;
    auto visit = [&](const OutputBlock& block) {
      for (std::size_t i = 0; i < block.count; ++i) {
        const std::span<const TokenId> prefix = block.prefix(i);
        const Word symbols = word_of(prefix.first(task_.domain.input_part(prefix)));
        if (values[block.codes[i]] == machine.answer(symbols)) continue;
        const std::lock_guard lock(mutex);
        const std::pair at{block.length, block.first + i};
        if (!first || at < *first) {
          first = at;
          word = symbols;
        }
        break;
      }
      return !session_.cancelled();
    };
    if (Status walked = for_each_scored(task_.domain, outputs_, visit, session_); !walked) return fail(walked.error());
    if (session_.cancelled()) return fail({ErrorKind::kCancelled, "interrupted during the search", "run the command again"});
    return word;
  }

 private:
  Result<std::int64_t> value(const circuits::Answer& answer) const {
    if (std::optional<std::int64_t> known = value_of_answer(task_.output, answer)) return *known;
    return input_error(fmt::format("the network answers {}, which no value of the task stands for", task_.output.text(answer, task_.words)),
                       "add the symbol to [output] symbols and values");
  }

  Word word_of(std::span<const TokenId> tokens) const {
    Word word;
    for (TokenId token : tokens) word.push_back(symbol_of_.at(token));
    return word;
  }

  const Task& task_;
  circuits::Network& network_;
  const NetworkOutputs& outputs_;
  const Domain& longer_;
  Session& session_;
  std::map<TokenId, int> symbol_of_;
};

/// Symbols, values and the words for an answer, as the C text shows them.
MachineNames names_for(const Task& task, const std::string& function) {
  const DomainSpec& spec = task.domain.spec();
  MachineNames names{.function = function, .values = spec.alphabet_values, .longest = spec.max_length};
  for (TokenId token : spec.alphabet) names.symbols.push_back(task.words.symbol(token));
  names.describe = [&task](std::int64_t value) { return task.output.text(task.output.answer_of(value), task.words); };
  return names;
}

}  // namespace

Result<InferredProgram> infer_automaton(const Task& task, circuits::Network& network, const NetworkOutputs& outputs, const InferenceOptions& options,
                                        Session& session) {
  const DomainSpec& spec = task.domain.spec();
  if (task.arguments != std::vector<std::string>{"prefix", "length"})
    return unsupported(fmt::format("inference of automata for the arguments ({})", fmt::join(task.arguments, ", ")), "call programs with (prefix, length)");
  if (spec.min_length > 0) return unsupported("inference of automata where short words have no answer", "set min_length = 0");
  if (spec.answers != 1) return unsupported("inference of automata with several answers", "declare one answer per word");

  Result<Domain> longer = task.domain.extended(kLongerWords, "", false);
  if (!longer) return fail(longer.error());
  AutomatonInference inference(task, network, outputs, *longer, session);
  session.progress.stage("infer an automaton", 0);
  Result<LearnedMachine> learned = learn_moore_machine(
      static_cast<int>(spec.alphabet.size()), [&](const Word& word) { return inference.answer(word); },
      [&](const MooreMachine& machine) { return inference.first_difference(machine); }, options.learner);
  if (!learned) return fail(learned.error());
  const int sink = learned->machine.sink();
  InferredProgram program{.text = machine_to_c(learned->machine, names_for(task, options.function)), .function = options.function, .points = {"end.state"}};
  program.summary = fmt::format("automaton of {} states{} ({} queries, {} suffixes, {} rounds); agrees on all {} scored prefixes",
                                learned->machine.output.size() - (sink >= 0 ? 1 : 0), sink >= 0 ? " and a sink outside the domain" : "",
                                learned->membership_queries, learned->suffixes.size(), learned->rounds, outputs.scored);
  return program;
}

}  // namespace assay::analysis
