#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <mutex>
#include <unordered_map>

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

  /// What the network itself answers after each word, in one batch.
  Result<std::vector<std::int64_t>> answers(const std::vector<Word>& words) {
    if (session_.cancelled()) return fail({ErrorKind::kCancelled, "interrupted during the search", "run the command again"});
    std::vector<std::int64_t> values(words.size(), kOutside);
    std::vector<std::size_t> asked;
    std::vector<Tokens> sequences;
    std::vector<std::vector<std::int32_t>> positions;
    for (std::size_t i = 0; i < words.size(); ++i) {
      Result<std::optional<Tokens>> prefix = prefix_of(words[i]);
      if (!prefix) return fail(prefix.error());
      if (!*prefix) continue;
      if (static_cast<int>(words[i].size()) < task_.domain.spec().min_length) {
        values[i] = kUnasked;
        continue;
      }
      asked.push_back(i);
      sequences.push_back(task_.sequence(**prefix));
      positions.push_back({static_cast<std::int32_t>(sequences.back().size()) - 1});
    }
    if (asked.empty()) return values;
    auto read = network_.answers(sequences, positions, task_.output.readout);
    if (!read) return fail(read.error());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      Result<std::int64_t> known = value((*read)[i][0]);
      if (!known) return fail(known.error());
      values[asked[i]] = *known;
    }
    queries_ += words.size();
    session_.progress.step(queries_);
    return values;
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
  /// The tokens of a word, with the fixed end; nothing if it lies outside the domain.
  Result<std::optional<Tokens>> prefix_of(const Word& word) {
    const DomainSpec& spec = task_.domain.spec();
    if (static_cast<int>(word.size()) > longer_.spec().max_length)
      return input_error(fmt::format("telling two states apart needs words of more than {} symbols", longer_.spec().max_length),
                         "declare a longer domain");
    Tokens prefix, next;
    for (int symbol : word) {
      const TokenId token = spec.alphabet[static_cast<std::size_t>(symbol)];
      next.clear();
      longer_.children(prefix, nullptr, next);
      if (std::optional<Error> failure = longer_.failure())
        return input_error(failure->message, "let the legal function accept words that are a few symbols longer");
      if (std::find(next.begin(), next.end(), token) == next.end()) return std::optional<Tokens>();
      prefix.push_back(token);
    }
    prefix.insert(prefix.end(), spec.end.begin(), spec.end.end());
    const std::size_t tokens = spec.start.size() + prefix.size();
    if (static_cast<int>(tokens) > network_.info().positions)
      return input_error(fmt::format("telling two states apart needs {} positions; the network has {}", tokens, network_.info().positions),
                         "declare a shorter domain");
    return std::optional<Tokens>(std::move(prefix));
  }

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
  std::unordered_map<TokenId, int> symbol_of_;
  std::uint64_t queries_ = 0;
};

/// Symbols, values and the words for an answer, as the C text shows them.
MachineNames names_for(const Task& task, const std::string& function) {
  const DomainSpec& spec = task.domain.spec();
  MachineNames names{.function = function, .values = spec.alphabet_values, .shortest = spec.min_length, .longest = spec.max_length};
  for (TokenId token : spec.alphabet) names.symbols.push_back(task.words.symbol(token));
  names.describe = [&task](std::int64_t value) { return task.output.text(task.output.answer_of(value), task.words); };
  return names;
}

bool has_one_state_per_answer(const MooreMachine& machine) {
  std::vector<std::int64_t> outputs = machine.output;
  std::sort(outputs.begin(), outputs.end());
  return std::adjacent_find(outputs.begin(), outputs.end()) == outputs.end();
}

}  // namespace

Result<InferredProgram> infer_automaton(const Task& task, circuits::Network& network, const NetworkOutputs& outputs, const InferenceOptions& options,
                                        Session& session) {
  const DomainSpec& spec = task.domain.spec();
  if (task.arguments != std::vector<std::string>{"prefix", "length"})
    return unsupported(fmt::format("inference of automata for the arguments ({})", fmt::join(task.arguments, ", ")),
                       "call programs with (prefix, length)");
  if (spec.min_length > 1) return unsupported("inference of automata where words of one symbol have no answer", "set min_length = 1");
  if (spec.answers != 1) return unsupported("inference of automata with several answers", "declare one answer per word");

  Result<Domain> longer = task.domain.extended(kLongerWords, "", false);
  if (!longer) return fail(longer.error());
  AutomatonInference inference(task, network, outputs, *longer, session);
  session.progress.stage("infer an automaton", 0);
  Result<LearnedMachine> learned = learn_moore_machine(
      static_cast<int>(spec.alphabet.size()), [&](const std::vector<Word>& words) { return inference.answers(words); },
      [&](const MooreMachine& machine) { return inference.first_difference(machine); }, options.learner);
  if (!learned) return fail(learned.error());
  const int sink = learned->machine.sink();
  const std::size_t states = learned->machine.output.size() - (sink >= 0 ? 1 : 0);
  InferredProgram program{.text = machine_to_c(learned->machine, names_for(task, options.function)), .function = options.function};
  if (states > 1) program.variables.push_back({"end.state", has_one_state_per_answer(learned->machine)});
  program.summary = fmt::format("automaton of {} state{}{} ({} queries, {} suffixes, {} rounds); agrees on all {} scored prefixes", states,
                                states == 1 ? "" : "s", sink >= 0 ? " and a sink outside the domain" : "", learned->membership_queries,
                                learned->suffixes.size(), learned->rounds, outputs.scored);
  return program;
}

}  // namespace assay::analysis
