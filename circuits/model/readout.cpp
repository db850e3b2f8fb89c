#include "circuits/model/readout.h"

#include <set>

#include "fmt/format.h"

namespace assay::circuits {

Result<ReadoutPlan> plan_readout(const Readout& readout, int vocabulary) {
  ReadoutPlan plan{readout.kind, {}};
  for (TokenId token : readout.allowed) plan.tokens.push_back(token);
  if (plan.tokens.empty())
    for (int token = 0; token < vocabulary; ++token) plan.tokens.push_back(token);
  std::set<int> met;
  for (int token : plan.tokens) {
    if (token < 0 || token >= vocabulary)
      return input_error(fmt::format("the readout names token {}, the network has tokens 0 to {}", token, vocabulary - 1),
                         "correct the task's output symbols");
    if (!met.insert(token).second) return input_error(fmt::format("the readout names token {} twice", token), "name every output symbol once");
  }
  if (plan.kind == Readout::Kind::kSet && plan.tokens.size() > 64)
    return unsupported(fmt::format("a set readout over {} tokens", plan.tokens.size()), "name at most 64 output symbols in the task");
  return plan;
}

}  // namespace assay::circuits
