// Positions of a task as spans of its examples' tokens: what a circuit that tells positions apart is found and judged on.
//
// Every named position that an input reaches is a span of its own; what leads up to it is another, `to_NAME`, and what follows the last one is
// `after`. Spans that no example has tokens in are left out. In the template `for (int ${x} = 0; ${x}` with positions first and site (its two
// ${x}): to_first, first, to_site, site. With `spans = "syntax"` in the task they are the parts of the prompts' code instead (tasks/prompt_spans.h).
// Cost: one look-up per position and example. Test: tests/analysis/spans_test.cpp
#pragma once

#include "analysis/claims/circuit_examples.h"

namespace assay::analysis {

/// The spans of these examples, in the order of the text. Error: the task names no positions.
Result<std::vector<circuits::Span>> spans_of(const Task& task, const ExampleSet& set);

/// Says of every token of every example in which of `spans` it lies; `spans` may come from another task with the same positions. A
/// pair whose partner has its positions elsewhere is left out and counted as without partner. Errors: a token lies
/// in none of them, or positions stand in another order.
Status assign_spans(const Task& task, const std::vector<circuits::Span>& spans, ExampleSet& set);

/// Do two token sequences have the same span at every token?
bool same_spans(const Task& task, const Tokens& left, const Tokens& right);

/// The network as circuits with these spans see it: itself without any, else a view that tells them apart; then the examples get theirs.
struct CircuitView {
  std::unique_ptr<circuits::Network> by_span;  ///< empty: positions are not told apart
  circuits::Network* network = nullptr;
};
Result<CircuitView> view_for(circuits::Network& network, const std::vector<circuits::Span>& spans, const Task& task, ExampleSet& set);

}  // namespace assay::analysis
