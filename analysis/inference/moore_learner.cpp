#include "analysis/inference/moore_learner.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>

namespace assay::analysis {

int MooreMachine::run(std::span<const int> word) const {
  int state = 0;
  for (int symbol : word) state = next[static_cast<std::size_t>(state)][static_cast<std::size_t>(symbol)];
  return state;
}

int MooreMachine::sink() const {
  for (std::size_t state = 0; state < output.size(); ++state)
    if (output[state] == kOutside) return static_cast<int>(state);
  return -1;
}

namespace {

Word concatenate(std::span<const int> head, std::span<const int> tail) {
  Word word(head.begin(), head.end());
  word.insert(word.end(), tail.begin(), tail.end());
  return word;
}

/// Any answer does for the start if it is never asked: it may be the state that goes on as it does.
void merge_unasked_start(MooreMachine& machine) {
  if (machine.output[0] != kUnasked) return;
  for (const std::vector<int>& targets : machine.next)
    if (std::find(targets.begin(), targets.end(), 0) != targets.end()) return;  // met again, so it is a state of its own
  int twin = 1;
  const int states = static_cast<int>(machine.output.size());
  auto goes_on_alike = [&](int state) {
    const auto index = static_cast<std::size_t>(state);
    return machine.next[index] == machine.next[0] && machine.output[index] != kOutside;
  };
  while (twin < states && !goes_on_alike(twin)) ++twin;
  if (twin == states) return;
  std::vector<int> renamed(machine.output.size());
  for (int state = 1, free = 1; state < static_cast<int>(renamed.size()); ++state)
    renamed[static_cast<std::size_t>(state)] = state == twin ? 0 : free++;
  MooreMachine merged{.symbols = machine.symbols};
  merged.output.resize(machine.output.size() - 1);
  merged.next.resize(merged.output.size());
  merged.access.resize(merged.output.size());
  for (std::size_t state = 1; state < renamed.size(); ++state) {
    const auto name = static_cast<std::size_t>(renamed[state]);
    merged.output[name] = machine.output[state];
    merged.access[name] = name == 0 ? Word{} : machine.access[state];
    for (int target : machine.next[state]) merged.next[name].push_back(renamed[static_cast<std::size_t>(target)]);
  }
  machine = std::move(merged);
}

class Learner {
 public:
  Learner(int symbols, const MembershipOracle& membership, const LearnerOptions& options)
      : symbols_(symbols), membership_(membership), options_(options) {}

  Result<LearnedMachine> learn(const EquivalenceOracle& equivalence) {
    LearnedMachine learned;
    for (learned.rounds = 1; learned.rounds <= options_.most_rounds; ++learned.rounds) {
      if (Status closed = build(learned.machine); !closed) return fail(closed.error());
      Result<std::optional<Word>> difference = equivalence(learned.machine);
      if (!difference) return fail(difference.error());
      if (!*difference) {
        merge_unasked_start(learned.machine);
        learned.suffixes = suffixes_;
        learned.membership_queries = known_.size();
        return learned;
      }
      if (Status refined = refine(learned.machine, **difference); !refined) return fail(refined.error());
    }
    return fail({ErrorKind::kBudget, fmt::format("no automaton found in {} rounds", options_.most_rounds), "declare a shorter domain"});
  }

 private:
  Result<std::int64_t> ask(const Word& word) {
    if (Status asked = ask_all({word}); !asked) return fail(asked.error());
    return known_.at(word);
  }

  /// Asks what is not known yet in one batch: a network answers a thousand words almost as fast as one.
  Status ask_all(std::vector<Word> words) {
    std::erase_if(words, [&](const Word& word) { return known_.count(word) != 0; });
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    if (words.empty()) return {};
    Result<std::vector<std::int64_t>> answers = membership_(words);
    if (!answers) return fail(answers.error());
    for (std::size_t i = 0; i < words.size(); ++i) known_.emplace(std::move(words[i]), (*answers)[i]);
    return {};
  }

  std::vector<std::int64_t> row(const Word& access) const {
    std::vector<std::int64_t> answers;
    for (const Word& suffix : suffixes_) answers.push_back(known_.at(concatenate(access, suffix)));
    return answers;
  }

  Status ask_rows(const std::vector<Word>& accesses) {
    std::vector<Word> words;
    for (const Word& access : accesses)
      for (const Word& suffix : suffixes_) words.push_back(concatenate(access, suffix));
    return ask_all(std::move(words));
  }

  /// States are the distinct rows met in breadth-first order from the empty word.
  Status build(MooreMachine& machine) {
    machine = {.symbols = symbols_};
    std::map<std::vector<std::int64_t>, int> state_of_row;
    auto state_for = [&](const Word& access) {
      std::vector<std::int64_t> answers = row(access);
      const std::int64_t output = answers.front();  // the first suffix is the empty word
      auto [entry, added] = state_of_row.try_emplace(std::move(answers), static_cast<int>(machine.access.size()));
      if (added) {
        machine.access.push_back(access);
        machine.output.push_back(output);
      }
      return entry->second;
    };
    if (Status asked = ask_rows({{}}); !asked) return asked;
    state_for({});
    for (std::size_t done = 0; done < machine.access.size();) {
      std::vector<Word> successors;  // of all states found in the last turn
      for (std::size_t state = done; state < machine.access.size(); ++state)
        for (int symbol = 0; symbol < symbols_; ++symbol) successors.push_back(concatenate(machine.access[state], std::span(&symbol, 1)));
      if (Status asked = ask_rows(successors); !asked) return asked;
      done = machine.access.size();
      for (std::size_t i = 0; i < successors.size(); ++i) {
        if (i % static_cast<std::size_t>(symbols_) == 0) machine.next.emplace_back();
        machine.next.back().push_back(state_for(successors[i]));
        if (static_cast<int>(machine.access.size()) > options_.most_states)
          return fail({ErrorKind::kBudget, fmt::format("more than {} states are needed", options_.most_states),
                       "raise --states, or the task is not regular on this domain"});
      }
    }
    return {};
  }

  /// Finds the step of `word` at which replacing the prefix by its state's access word changes the answer; the rest tells states apart.
  Status refine(const MooreMachine& machine, const Word& word) {
    auto answer_from = [&](std::size_t split) -> Result<std::int64_t> {
      const std::span<const int> all(word);
      const int state = machine.run(all.first(split));
      return ask(concatenate(machine.access[static_cast<std::size_t>(state)], all.subspan(split)));
    };
    Result<std::int64_t> truth = answer_from(0);
    if (!truth) return fail(truth.error());
    std::size_t low = 0, high = word.size();  // answer_from(low) == truth, answer_from(high) != truth
    while (high - low > 1) {
      const std::size_t middle = (low + high) / 2;
      Result<std::int64_t> answer = answer_from(middle);
      if (!answer) return fail(answer.error());
      (*answer == *truth ? low : high) = middle;
    }
    Word suffix(word.begin() + static_cast<std::ptrdiff_t>(high), word.end());
    for (const Word& present : suffixes_)
      if (present == suffix) return internal_error("the network's answers changed between two queries of the same word");
    suffixes_.push_back(std::move(suffix));
    return {};
  }

  int symbols_;
  const MembershipOracle& membership_;
  const LearnerOptions& options_;
  std::vector<Word> suffixes_ = {{}};
  std::map<Word, std::int64_t> known_;
};

}  // namespace

Result<LearnedMachine> learn_moore_machine(int symbols, const MembershipOracle& membership, const EquivalenceOracle& equivalence,
                                           const LearnerOptions& options) {
  return Learner(symbols, membership, options).learn(equivalence);
}

}  // namespace assay::analysis
