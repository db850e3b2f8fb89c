// Which nodes of the graph stand behind a line of the program: so that a reader can go from the rule to its circuit and back.
//
//   nodes_of_alignment({{"site", "q.18.6"}, {"position", "site"}}, network, circuit) == {"a18.h6@site"}
//   rule_links(hypothesis) == [{"line": 9, "nodes": ["a18.h6@site"], "alignments": ["query"], "comment": false}]
//
// A line of the function's body is linked to the sites of the aligned variables that it names, and to the nodes that a comment behind it names, as in
// `return earlier;  // a18.h6, a18.h7: what they read there`. Where the circuit tells positions apart a key or a value at a position stands for the
// heads that read it there, and a name without position for the node at every position that the circuit has. Cost: linear in the program and in the
// circuit. Test: tests/analysis/rule_links_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/results/claim_result.h"

namespace assay::analysis {

/// Heads, MLPs or the input that an aligned variable's site belongs to; none for sites of the residual stream, which are cuts. All three as in a
/// hypothesis of result.json; network and circuit may be null.
std::vector<std::string> nodes_of_alignment(const Json& alignment, const Json& network, const Json& circuit);

/// `hypothesis` as in result.json (a program, perhaps alignments, network and circuit). Lines in order, each once, without those that nothing
/// carries.
Json rule_links(const Json& hypothesis);

}  // namespace assay::analysis
