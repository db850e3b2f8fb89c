#include "analysis/inference/machine_to_c.h"

#include <algorithm>
#include <fmt/format.h>
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
    text += fmt::format("//@ requires n >= {} && n <= {};\n//@ requires length(s) {} n;\n//@ requires in_domain(s, n);\n", names_.shortest, names_.longest,
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

  /// A case per state but the sink, with one group of symbols per target; what is not listed leads to the sink.
  std::string transitions() const {
    std::string text;
    for (int state = 0; state < states_count(); ++state) {
      if (state == sink_) continue;
      std::map<int, std::vector<int>> symbols_to;
      for (int symbol = 0; symbol < machine_.symbols; ++symbol)
        symbols_to[machine_.next[static_cast<std::size_t>(state)][static_cast<std::size_t>(symbol)]].push_back(symbol);
      text += fmt::format("    case {}:\n      switch (symbol) {{\n", name(state));
      for (const auto& [target, symbols] : symbols_to) {
        if (target == sink_) continue;
        for (int symbol : symbols) text += "        " + symbol_case(static_cast<std::size_t>(symbol)) + "\n";
        text += fmt::format("          return {};\n", name(target));
      }
      text += fmt::format("        default:\n          return {};\n      }}\n", fallback());
    }
    return text + (sink_ < 0 ? "" : fmt::format("    case {0}:\n      return {0};\n", name(sink_)));
  }

  std::string symbol_case(std::size_t symbol) const {
    const std::string value = std::to_string(names_.values[symbol]);
    return value == names_.symbols[symbol] ? fmt::format("case {}:", value) : fmt::format("case {}: /* {} */", value, in_comment(names_.symbols[symbol]));
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

  std::string outputs() const {
    std::string text;
    for (int state = 0; state < states_count(); ++state) {
      const std::int64_t output = machine_.output[static_cast<std::size_t>(state)];
      if (state == sink_ || output == kUnasked) continue;
      const std::string answer = describe(state);
      text += fmt::format("    case {}:\n      return {};{}\n", name(state), output, answer.empty() ? "" : fmt::format("  /* {} */", in_comment(answer)));
    }
    return text + "    default:\n      break;\n";
  }

  const MooreMachine& machine_;
  const MachineNames& names_;
  int sink_;
};

}  // namespace

std::string machine_to_c(const MooreMachine& machine, const MachineNames& names) { return Writer(machine, names).unit(); }

}  // namespace assay::analysis
