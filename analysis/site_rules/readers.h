// Which heads of a circuit read from where, for the decision: the first step from a circuit to its rule.
//
// A circuit that tells positions apart (circuits/circuit.h) has edges `m3@name->a5.h1@site<v>`: what m3 wrote at `name`, as a value that head 5.1
// hands to the decision. A head with such edges is a reader of `name`; how much it matters there is the sum of the scores of its key and value edges.
// What a position holds may also come to the decision in two steps: `m3@name->a4.h2@to_site<v>` is read at tokens on the way. Such a head is a relay.
// Cost: one pass over the kept edges. Test: tests/analysis/site_rules_test.cpp
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "circuits/circuit.h"

namespace assay::analysis::site_rules {

struct Reader {
  int layer = 0, head = 0;
  double score = 0;            ///< of its kept edges from that position, in the metric's unit
  std::string keys_come_from;  ///< the node whose output in these keys scores highest: "a16.h0@name"; empty without a kept key edge
  std::string span;            ///< where its queries stand, of a relay; empty at the decision
  std::string name() const;    ///< "a18.h6", "a4.h2@to_site"
};

/// Heads that read one position for the scored one, best first.
struct ReadPosition {
  std::string position;
  double score = 0;
  std::vector<Reader> readers;
  std::vector<Reader> relays;  ///< by the score of their value edges, best first; only such that help (score above 0)
};

/// Positions from which heads at the scored span read, best first, with those that read them on the way; the scored span itself and those without a
/// name of the task's (`to_name`, `after`) are left out. Errors: the circuit tells no positions apart, or no head reads a named position.
Result<std::vector<ReadPosition>> positions_read(const circuits::Circuit& circuit, const std::vector<std::string>& named);

}  // namespace assay::analysis::site_rules
