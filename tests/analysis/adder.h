// Two digits 0 to 3 and "=": the network adds them and says the tens, then the units, of the sum in base four.
//
// Program and network are told apart by what lies inside: the program has a carry and a unit, and the hand-made networks below hold
// the carry, hold it at the wrong place, or hold no carry at all.
#pragma once

#include "tests/analysis/hand_made_network.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis::testing {

inline const char* const kAdderTask = R"(
name = "adder"
model = "model"
[vocabulary]
symbols = ["0..3", "="]
[domain]
sequence = [ { slot = "a", symbols = ["0..3"] }, { slot = "b", symbols = ["0..3"] }, "=" ]
answer = 2
[output]
kind = "argmax"
scored = "answer"
symbols = ["0..3"]
[program]
arguments = ["a", "b", "step"]
[positions]
first = { slot = "a" }
second = { slot = "b" }
equals = { symbol = "=" }
units = { answer = 1 }
)";

/// `carry` decides the tens alone; `unit` the units alone; `unused` nothing; `a` is the first digit at the point `begin`.
inline const char* const kAdderProgram = R"(
int add(int a, int b, int step) {
  int first = a;
  //@ label begin
  int sum = first + b;
  int carry = sum >= 4;
  int unit = sum % 4;
  int unused = sum + step;
  //@ label added
  return step == 0 ? carry : unit;
}
)";

inline std::int64_t carry_of(std::span<const TokenId> prefix) { return prefix.size() > 1 && prefix[0] + prefix[1] >= 4 ? 1 : 0; }
inline std::int64_t unit_of(std::span<const TokenId> prefix) { return prefix.size() > 1 ? (prefix[0] + prefix[1]) % 4 : 0; }

/// The tens are read from the carry at resid_mid.0 of the second digit, the units from mlp_out.0 of "=".
inline Answer reads_its_variables(std::span<const TokenId> prefix, const HandMadeNetwork::Look& look) {
  const bool tens = prefix.size() == 3;
  return {static_cast<TokenId>(tens ? look("resid_mid.0", 1) : look("mlp_out.0", 2)), 0, 2};
}
/// The right answers from the tokens alone: the sites are read by nobody.
inline Answer reads_tokens(std::span<const TokenId> prefix, const HandMadeNetwork::Look&) {
  return {static_cast<TokenId>(prefix.size() == 3 ? carry_of(prefix) : unit_of(prefix)), 0, 2};
}

inline std::unique_ptr<HandMadeNetwork> adder_network(HandMadeNetwork::Respond respond = reads_its_variables) {
  return std::make_unique<HandMadeNetwork>(std::map<std::string, FakeNetwork::Read>{{"resid_mid.0", carry_of}, {"mlp_out.0", unit_of}},
                                           std::move(respond));
}

}  // namespace assay::analysis::testing
