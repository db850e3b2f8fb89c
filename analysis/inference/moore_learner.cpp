#include "analysis/inference/moore_learner.h"

#include <fmt/format.h>
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
        learned.suffixes = suffixes_;
        learned.membership_queries = known_.size();
        return learned;
      }
      if (Status refined = refine(learned.machine, **difference); !refined) return fail(refined.error());
    }
    return input_error(fmt::format("no automaton found in {} rounds", options_.most_rounds), "raise the number of rounds");
  }

 private:
  Result<std::int64_t> ask(const Word& word) {
    auto [entry, added] = known_.try_emplace(word, 0);
    if (!added) return entry->second;
    Result<std::int64_t> answer = membership_(word);
    if (!answer) {
      known_.erase(entry);
      return answer;
    }
    return entry->second = *answer;
  }

  Result<std::vector<std::int64_t>> row(const Word& access) {
    std::vector<std::int64_t> answers;
    for (const Word& suffix : suffixes_) {
      Result<std::int64_t> answer = ask(concatenate(access, suffix));
      if (!answer) return fail(answer.error());
      answers.push_back(*answer);
    }
    return answers;
  }

  /// States are the distinct rows met in breadth-first order from the empty word.
  Status build(MooreMachine& machine) {
    machine = {.symbols = symbols_};
    std::map<std::vector<std::int64_t>, int> state_of_row;
    auto state_for = [&](const Word& access) -> Result<int> {
      Result<std::vector<std::int64_t>> answers = row(access);
      if (!answers) return fail(answers.error());
      auto [entry, added] = state_of_row.try_emplace(*answers, static_cast<int>(machine.access.size()));
      if (added) {
        machine.access.push_back(access);
        machine.output.push_back(answers->front());  // the first suffix is the empty word
      }
      return entry->second;
    };
    if (Result<int> start = state_for({}); !start) return fail(start.error());
    for (std::size_t state = 0; state < machine.access.size(); ++state) {
      if (static_cast<int>(state) >= options_.most_states)
        return input_error(fmt::format("more than {} states are needed", options_.most_states), "raise --states, or the task is not regular on this domain");
      machine.next.emplace_back();
      for (int symbol = 0; symbol < symbols_; ++symbol) {
        Result<int> target = state_for(concatenate(machine.access[state], std::span(&symbol, 1)));
        if (!target) return fail(target.error());
        machine.next[state].push_back(*target);
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
