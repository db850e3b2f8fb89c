#include "analysis/inference/machine_to_c.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>

namespace assay::analysis {
namespace {

/// Text that may stand in a comment, whatever the vocabulary holds.
std::string in_comment(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == '\\'; }, '?');
  for (std::size_t at = 0; (at = text.find("*/", at)) != std::string::npos; ++at) text.replace(at, 2, "* /");
  for (std::size_t at = 0; (at = text.find("/*", at)) != std::string::npos; ++at) text.replace(at, 2, "/ *");
  return text;
}

class Writer {
 public:
  Writer(const MooreMachine& machine, const MachineNames& names) : machine_(machine), names_(names), sink_(machine.sink()) {}

  std::string unit() const {
    std::string text = states() + "\n";
    text += fmt::format("static enum state after(enum state state, int symbol) {{\n  switch (state) {{\n{}  }}\n  return {};\n}}\n\n", transitions(),
                        fallback());
    text += fmt::format("/* Is s[0] .. s[n-1] a word of the domain? */\nstatic int in_domain(const int *s, int n) {{\n{}}}\n\n", domain());
    text += fmt::format("//@ requires n >= {} && n <= {};\n//@ requires length(s) {} n;\n//@ requires in_domain(s, n);\n", names_.shortest,
                        names_.longest,
                        names_.shortest > 0 ? "==" : ">=");  // C has no array of length 0
    text += fmt::format(
        "int {}(const int *s, int n) {{\n  enum state state = STATE_0;\n  for (int i = 0; i < n; i++) {{\n    state = after(state, s[i]);\n"
        "    //@ label step\n  }}\n  //@ label end\n  switch (state) {{\n{}  }}\n  return 0;\n}}\n",
        names_.function, outputs());
    return text;
  }

 private:
  int states_count() const { return static_cast<int>(machine_.output.size()); }
  std::string name(int state) const { return state == sink_ ? "OUTSIDE" : fmt::format("STATE_{}", state); }

  std::string word_text(const Word& word) const {
    std::string text;
    for (int symbol : word) text += (text.empty() ? "" : " ") + names_.symbols[static_cast<std::size_t>(symbol)];
    return text.empty() ? "the empty word" : text;
  }

  std::string describe(int state) const {
    const std::int64_t output = machine_.output[static_cast<std::size_t>(state)];
    if (state == sink_) return "no word of the domain begins so";
    if (output == kUnasked) return "no answer is asked";
    return names_.describe ? names_.describe(output) : "";
  }

  std::string states() const {
    std::string text = "enum state {\n";
    for (int state = 0; state < states_count(); ++state) {
      const std::string answer = describe(state);
      const std::string after = state == sink_ ? "" : "after " + word_text(machine_.access[static_cast<std::size_t>(state)]);
      text += fmt::format("  {},  /* {} */\n", name(state), in_comment(after + (after.empty() || answer.empty() ? "" : ": ") + answer));
    }
    return text + "};\n";
  }

  /// The symbols by the state they lead to; the last group is what the others' conditions leave over.
  std::vector<std::pair<int, std::vector<std::size_t>>> targets(int state) const {
    const std::vector<int>& next = machine_.next[static_cast<std::size_t>(state)];
    std::map<int, std::vector<std::size_t>> symbols_to;
    for (std::size_t symbol = 0; symbol < next.size(); ++symbol) symbols_to[next[symbol]].push_back(symbol);
    if (sink_ >= 0) symbols_to[sink_];  // symbols outside the alphabet lead there
    std::vector<std::pair<int, std::vector<std::size_t>>> groups(symbols_to.begin(), symbols_to.end());
    std::stable_sort(groups.begin(), groups.end(), [&](const auto& a, const auto& b) {
      if ((a.first == sink_) != (b.first == sink_)) return b.first == sink_;
      return sink_ < 0 && std::pair(a.second.size(), a.first == state) < std::pair(b.second.size(), b.first == state);
    });
    return groups;
  }

  /// A case per state: one line where two states can follow, else one line per state that can.
  std::string transitions() const {
    std::string text;
    for (int state = 0; state < states_count(); ++state) {
      const auto groups = targets(state);
      const std::string rest = name(groups.back().first);
      if (state == sink_ || groups.size() == 1) {
        text += fmt::format("    case {}: return {};\n", name(state), rest);
      } else if (groups.size() == 2) {
        text += fmt::format("    case {}: return {} ? {} : {};{}\n", name(state), condition(groups[0].second), name(groups[0].first), rest,
                            symbols_comment(groups[0].second));
      } else {
        text += fmt::format("    case {}:\n", name(state));
        for (std::size_t group = 0; group + 1 < groups.size(); ++group)
          text += fmt::format("      if ({}) return {};{}\n", condition(groups[group].second), name(groups[group].first),
                              symbols_comment(groups[group].second));
        text += fmt::format("      return {};\n", rest);
      }
    }
    return text;
  }

  std::int64_t value(std::size_t symbol) const { return names_.values[symbol]; }

  /// "symbol == 3", or a range where the values follow each other.
  std::string condition(const std::vector<std::size_t>& symbols) const {
    bool range = symbols.size() > 2;
    for (std::size_t i = 1; i < symbols.size(); ++i) range &= value(symbols[i]) == value(symbols[i - 1]) + 1;
    if (range) return fmt::format("symbol >= {} && symbol <= {}", value(symbols.front()), value(symbols.back()));
    std::string text;
    for (std::size_t symbol : symbols) text += (text.empty() ? "" : " || ") + fmt::format("symbol == {}", value(symbol));
    return text;
  }

  /// The symbols' own names, where these are not the values.
  std::string symbols_comment(const std::vector<std::size_t>& symbols) const {
    std::string text;
    bool told = false;
    for (std::size_t symbol : symbols) {
      told |= names_.symbols[symbol] != std::to_string(value(symbol));
      text += (text.empty() ? "" : " ") + names_.symbols[symbol];
    }
    return told ? fmt::format("  /* {} */", in_comment(text)) : "";
  }

  /// Where a symbol outside the alphabet leads: the sink, or the start when the machine has none (the contract excludes such symbols).
  std::string fallback() const { return name(std::max(sink_, 0)); }

  std::string domain() const {
    std::string known;
    for (std::int64_t value : names_.values) known += (known.empty() ? "" : " && ") + fmt::format("s[i] != {}", value);
    if (consecutive()) known = fmt::format("s[i] < {} || s[i] > {}", names_.values.front(), names_.values.back());
    if (sink_ < 0) return fmt::format("  for (int i = 0; i < n; i++)\n    if ({}) return 0;\n  return 1;\n", known);
    return fmt::format(
        "  enum state state = STATE_0;\n  for (int i = 0; i < n; i++) {{\n    if ({}) return 0;\n    state = after(state, s[i]);\n"
        "    if (state == {}) return 0;\n  }}\n  return 1;\n",
        known, name(sink_));
  }

  bool consecutive() const {
    for (std::size_t i = 1; i < names_.values.size(); ++i)
      if (names_.values[i] != names_.values[i - 1] + 1) return false;
    return true;
  }

  /// A case list per answer, in the order in which states first give it.
  std::string outputs() const {
    constexpr std::size_t kLabelsPerLine = 8;
    std::vector<std::pair<std::int64_t, std::vector<int>>> answers;
    for (int state = 0; state < states_count(); ++state) {
      const std::int64_t output = machine_.output[static_cast<std::size_t>(state)];
      if (state == sink_ || output == kUnasked) continue;
      const auto known = std::find_if(answers.begin(), answers.end(), [&](const auto& answer) { return answer.first == output; });
      (known == answers.end() ? answers.emplace_back(output, std::vector<int>()) : *known).second.push_back(state);
    }
    std::string text;
    for (const auto& [output, states] : answers) {
      for (std::size_t i = 0; i < states.size(); ++i)
        text += fmt::format("{}case {}:", i == 0 ? "    " : i % kLabelsPerLine == 0 ? "\n    " : " ", name(states[i]));
      const std::string answer = describe(states.front());
      text += fmt::format("\n      return {};{}\n", output, answer.empty() ? "" : fmt::format("  /* {} */", in_comment(answer)));
    }
    return text + "    default: break;\n";
  }

  const MooreMachine& machine_;
  const MachineNames& names_;
  int sink_;
};

}  // namespace

std::string machine_to_c(const MooreMachine& machine, const MachineNames& names) { return Writer(machine, names).unit(); }

}  // namespace assay::analysis
