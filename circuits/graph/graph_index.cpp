#include "circuits/graph/graph_index.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::circuits {

GraphIndex::GraphIndex(const GraphShape& shape) : shape_(shape) {
  const int mlp = shape.has_mlp ? 1 : 0;
  sources_per_layer_ = shape.heads + mlp;
  slots_per_layer_ = 3 * shape.heads + mlp;
  sources_ = 1 + shape.layers * sources_per_layer_;
  offsets_.push_back(0);
  const auto append = [this](int visible) { offsets_.push_back(offsets_.back() + static_cast<std::uint64_t>(visible)); };
  for (int layer = 0; layer < shape.layers; ++layer) {
    for (int slot = 0; slot < 3 * shape.heads; ++slot) append(visible_to_attention(layer));
    if (shape.has_mlp) append(visible_to_mlp(layer));
  }
  append(sources_);
}

int GraphIndex::slot_of_edge(std::uint64_t edge) const {
  const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), edge);
  return static_cast<int>(after - offsets_.begin()) - 1;
}

Status check_shape(const GraphShape& shape) {
  constexpr int kMaximum = 100'000;
  if (shape.layers < 1 || shape.heads < 1 || shape.layers > kMaximum || shape.heads > kMaximum)
    return input_error(fmt::format("a graph of {} layers and {} heads; expected 1 to {} of each", shape.layers, shape.heads, kMaximum),
                       "correct n_layers and n_heads");
  if (shape.d_model < 0) return input_error(fmt::format("d_model is {}; expected 0 or more", shape.d_model), "correct d_model");
  const double sources = 1.0 + shape.layers * (shape.heads + 1.0);
  const double edges = sources * (3.0 * shape.heads + 1.0) * shape.layers;  // an upper bound, within a factor of about two
  if (edges > 2.0 * static_cast<double>(kMaximumEdges))
    return input_error(fmt::format("a graph of {} layers and {} heads has more than {} edges", shape.layers, shape.heads, kMaximumEdges),
                       "graphs of this size are not supported; correct n_layers and n_heads if they are wrong");
  return {};
}

}  // namespace assay::circuits
