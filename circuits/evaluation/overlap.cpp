#include <fmt/format.h>

#include "circuits/evaluation/evaluation.h"

namespace assay::circuits {
namespace {

double share(std::size_t part, std::size_t rest) { return part + rest == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(part + rest); }

}  // namespace

double Overlap::precision() const { return share(both, only_circuit); }
double Overlap::recall() const { return share(both, only_reference); }
double Overlap::jaccard() const { return share(both, only_circuit + only_reference); }

Result<Overlap> overlap(const std::vector<bool>& circuit, const std::vector<bool>& reference) {
  if (circuit.size() != reference.size())
    return input_error(fmt::format("circuits of graphs with {} and {} edges cannot be compared", circuit.size(), reference.size()),
                       "compare circuits of one network");
  Overlap counts;
  for (std::size_t edge = 0; edge < circuit.size(); ++edge) {
    counts.both += circuit[edge] && reference[edge];
    counts.only_circuit += circuit[edge] && !reference[edge];
    counts.only_reference += !circuit[edge] && reference[edge];
  }
  return counts;
}

}  // namespace assay::circuits
