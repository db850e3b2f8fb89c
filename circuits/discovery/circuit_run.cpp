#include "circuits/discovery/circuit_run.h"

#include <algorithm>

namespace assay::circuits {
namespace {

/// Edges first .. first + slots * visible - 1 of each circuit, 1 where removed; undefined where none is. Marks the sources concerned.
at::Tensor removed_part(std::span<const std::vector<bool>> kept, std::uint64_t first, int slots, int visible, const at::TensorOptions& options,
                        std::vector<bool>& lacks) {
  const auto count = static_cast<std::size_t>(slots) * static_cast<std::size_t>(visible);
  std::vector<float> values(kept.size() * count, 0.0F);
  bool any = false;
  for (std::size_t circuit = 0; circuit < kept.size(); ++circuit)
    for (std::size_t i = 0; i < count; ++i)
      if (!kept[circuit][first + i]) {
        values[circuit * count + i] = 1.0F;
        lacks[i % static_cast<std::size_t>(visible)] = true;
        any = true;
      }
  if (!any) return {};
  return at::tensor(values, at::kFloat).to(options).view({static_cast<std::int64_t>(kept.size()), slots, visible});
}

}  // namespace

RemovedEdges::RemovedEdges(const GraphIndex& index, std::span<const std::vector<bool>> kept, at::TensorOptions options)
    : circuits_(static_cast<std::int64_t>(kept.size())), lacks_(static_cast<std::size_t>(index.sources()), false) {
  const GraphShape& shape = index.shape();
  const auto part = [&](int slot, int slots) { return removed_part(kept, index.first_edge(slot), slots, index.visible(slot), options, lacks_); };
  for (int layer = 0; layer < shape.layers; ++layer) {
    for (int input = 0; input < 3; ++input) masks_.push_back(part(index.head_slot(layer, input, 0), shape.heads));
    masks_.push_back(shape.has_mlp ? part(index.mlp_slot(layer), 1) : at::Tensor());
  }
  masks_.push_back(part(index.logits_slot(), 1));
}

CircuitObserver::CircuitObserver(const Transformer& network, const GraphIndex& index, const RemovedEdges& removed, const Activations& ablated,
                                 std::int64_t batch, std::int64_t length)
    : network_(network), index_(index), removed_(removed), ablated_(ablated), batch_(batch), length_(length) {
  shift_ = at::zeros({removed.circuits() * batch, index.sources(), length, network.config().d_model}, network.options());
}

bool CircuitObserver::wants(SiteKind kind, int layer) const {
  if (kind == SiteKind::kEmbed) return removed_.lacks_edges_of(0);
  if (kind == SiteKind::kMlpOut) return removed_.lacks_edges_of(index_.mlp_source(layer));
  if (kind != SiteKind::kZ) return false;
  for (int head = 0; head < index_.shape().heads; ++head)
    if (removed_.lacks_edges_of(index_.head_source(layer, head))) return true;
  return false;
}

at::Tensor CircuitObserver::at_site(SiteKind kind, int layer, const at::Tensor& value) {
  const ModelConfig& c = network_.config();
  const std::int64_t circuits = removed_.circuits();
  const at::Tensor by_circuit = shift_.view({circuits, batch_, index_.sources(), length_, c.d_model});
  if (kind == SiteKind::kZ) {
    // value: [circuits * B, H, T, d_head]; the difference is taken before the projection, which is linear
    const at::Tensor ablated = ablated_.z[static_cast<std::size_t>(layer)].view({c.heads, batch_, length_, c.d_head}).transpose(0, 1);
    const at::Tensor difference = ablated - value.view({circuits, batch_, c.heads, length_, c.d_head});
    const at::Tensor w_o = network_.weights().layers[static_cast<std::size_t>(layer)].w_o.view({c.heads, c.d_head, c.d_model});
    by_circuit.narrow(2, index_.head_source(layer, 0), c.heads).copy_(at::matmul(difference, w_o));
    return value;
  }
  const int source = kind == SiteKind::kEmbed ? 0 : index_.mlp_source(layer);
  const at::Tensor& ablated = kind == SiteKind::kEmbed ? ablated_.embed : ablated_.mlp[static_cast<std::size_t>(layer)];
  by_circuit.select(2, source).copy_(ablated.view({batch_, length_, c.d_model}) - value.view({circuits, batch_, length_, c.d_model}));
  return value;
}

at::Tensor CircuitObserver::input(InputKind kind, int layer, const at::Tensor& residual) {
  const at::Tensor& mask = removed_.mask(kind, layer);  // [W, S, V]
  const std::int64_t circuits = removed_.circuits(), slots = mask.size(1), visible = mask.size(2), width = network_.config().d_model;
  const at::Tensor sources = shift_.narrow(1, 0, visible).view({circuits, batch_, visible, length_ * width});
  const at::Tensor shift = at::matmul(mask.unsqueeze(1), sources).view({circuits * batch_, slots, length_, width});
  return slots == 1 && (kind == InputKind::kMlp || kind == InputKind::kLogits) ? residual + shift.squeeze(1) : residual.unsqueeze(1) + shift;
}

void CircuitObserver::set_earlier_sources(const at::Tensor& written) {
  const std::int64_t visible = written.size(0), width = network_.config().d_model;
  const at::Tensor ablated = circuits::written(network_, index_, ablated_, static_cast<int>(visible), 0, batch_ * length_);
  const at::Tensor difference = (ablated - written).view({visible, batch_, length_, width}).transpose(0, 1);
  shift_.view({removed_.circuits(), batch_, index_.sources(), length_, width}).narrow(2, 0, visible).copy_(difference);
}

at::Tensor readout_logits(const Transformer& network, const at::Tensor& scored, const at::Tensor& columns) {
  const at::Tensor logits = network.logits(scored);
  return columns.defined() ? logits.index_select(-1, columns) : logits;
}

at::Tensor scored_logits(const Transformer& network, const at::Tensor& residual, const ExampleBatch& batch, const at::Tensor& columns,
                         Observer* observer) {
  const std::int64_t tokens = batch.size() * batch.length(), width = residual.size(-1);
  at::Tensor last = residual;
  if (observer != nullptr && observer->rewrites(InputKind::kLogits, 0)) last = observer->input(InputKind::kLogits, 0, residual);
  return readout_logits(network, last.reshape({-1, tokens, width}).index_select(1, batch.scored), columns);
}

at::Tensor circuit_logits(const Transformer& network, const GraphIndex& index, const RemovedEdges& removed, const Activations& ablated,
                          const ExampleBatch& batch, const at::Tensor& columns) {
  CircuitObserver observer(network, index, removed, ablated, batch.size(), batch.length());
  const at::Tensor rows = batch.clean.repeat({removed.circuits(), 1});
  return scored_logits(network, network.blocks(network.embed(rows, &observer), 0, &observer), batch, columns, &observer);
}

at::Tensor full_logits(const Transformer& network, const ExampleBatch& batch, const at::Tensor& columns) {
  return scored_logits(network, network.blocks(network.embed(batch.clean), 0), batch, columns).squeeze(0);
}

}  // namespace assay::circuits
