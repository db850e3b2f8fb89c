#include "analysis/inference/machine_to_c.h"

#include <fmt/format.h>
#include <map>

namespace assay::analysis {
namespace {

class Writer {
 public:
  Writer(const MooreMachine& machine, const MachineNames& names) : machine_(machine), names_(names), sink_(machine.sink()) {}

  std::string unit() const {
    std::string text = states() + "\n";
    text += fmt::format("static enum state after(enum state state, int symbol) {{\n  switch (state) {{\n{}  }}\n  return {};\n}}\n\n", transitions(),
                        fallback());
    text += fmt::format("/* Is s[0] .. s[n-1] a word of the domain? */\nstatic int in_domain(const int *s, int n) {{\n{}}}\n\n", domain());
    text += fmt::format("//@ requires n >= 0 && n <= {};\n//@ requires length(s) == n;\n//@ requires in_domain(s, n);\n", names_.longest);
    text += fmt::format(
        "int {}(const int *s, int n) {{\n  enum state state = STATE_0;\n  for (int i = 0; i < n; i++) {{\n    state = after(state, s[i]);\n"
        "    //@ label step\n  }}\n  //@ label end\n  switch (state) {{\n{}  }}\n  return 0;\n}}\n",
        names_.function, outputs());
    return text;
  }

 private:
  int states_count() const { return static_cast<int>(machine_.output.size()); }

  std::string word_text(const Word& word) const {
    std::string text;
    for (int symbol : word) text += (text.empty() ? "" : " ") + names_.symbols[static_cast<std::size_t>(symbol)];
    return text.empty() ? "the empty word" : text;
  }

  std::string states() const {
    std::string text = "enum state {\n";
    for (int state = 0; state < states_count(); ++state) {
      const auto index = static_cast<std::size_t>(state);
      const std::string answer = state == sink_ ? "outside the domain" : names_.describe ? names_.describe(machine_.output[index]) : "";
      text += fmt::format("  STATE_{},  /* {}{}{} */\n", state, word_text(machine_.access[index]), answer.empty() ? "" : ": ", answer);
    }
    return text + "};\n";
  }

  std::string transitions() const {
    std::string text;
    for (int state = 0; state < states_count(); ++state) {
      std::map<int, std::vector<int>> symbols_to;
      for (int symbol = 0; symbol < machine_.symbols; ++symbol)
        symbols_to[machine_.next[static_cast<std::size_t>(state)][static_cast<std::size_t>(symbol)]].push_back(symbol);
      text += fmt::format("    case STATE_{}:\n      switch (symbol) {{\n", state);
      for (const auto& [target, symbols] : symbols_to) {
        if (target == sink_) continue;
        for (int symbol : symbols)
          text += fmt::format("        case {}: /* {} */\n", names_.values[static_cast<std::size_t>(symbol)], names_.symbols[static_cast<std::size_t>(symbol)]);
        text += fmt::format("          return STATE_{};\n", target);
      }
      text += fmt::format("        default:\n          return {};\n      }}\n", fallback());
    }
    return text;
  }

  /// Where a symbol outside the alphabet leads: the sink, or the start when the machine has none (the contract excludes such symbols).
  std::string fallback() const { return fmt::format("STATE_{}", sink_ >= 0 ? sink_ : 0); }

  std::string domain() const {
    std::string known;
    for (std::int64_t value : names_.values) known += (known.empty() ? "" : " && ") + fmt::format("s[i] != {}", value);
    std::string text = "  enum state state = STATE_0;\n  for (int i = 0; i < n; i++) {\n";
    text += fmt::format("    if ({})\n      return 0;\n    state = after(state, s[i]);\n", known);
    if (sink_ >= 0) text += fmt::format("    if (state == STATE_{})\n      return 0;\n", sink_);
    if (sink_ < 0) text += "    (void)state;\n";
    return text + "  }\n  return 1;\n";
  }

  std::string outputs() const {
    std::string text;
    for (int state = 0; state < states_count(); ++state) {
      if (state == sink_) continue;
      const std::int64_t output = machine_.output[static_cast<std::size_t>(state)];
      text += fmt::format("    case STATE_{}:\n      return {};{}\n", state, output, names_.describe ? "  /* " + names_.describe(output) + " */" : "");
    }
    text += "    default:\n      break;\n";
    return text;
  }

  const MooreMachine& machine_;
  const MachineNames& names_;
  int sink_;
};

}  // namespace

std::string machine_to_c(const MooreMachine& machine, const MachineNames& names) { return Writer(machine, names).unit(); }

}  // namespace assay::analysis
