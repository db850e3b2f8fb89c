#include "circuits/discovery/span_circuit.h"

#include <algorithm>

namespace assay::circuits {

SpanCircuit::SpanCircuit(const GraphIndex& index, const std::vector<bool>& kept)
    : spans_(index.spans()), needed_(static_cast<std::size_t>(index.sources() * index.spans()), false) {
  const auto edges = std::count(kept.begin(), kept.end(), true);
  whole_ = static_cast<std::uint64_t>(edges) == index.edges();
  usual_.most = 2 * static_cast<std::uint64_t>(edges) > index.edges();
  read(index, kept);
  need_from_the_logits_back(index);
  forget_silent_sources(index);
}

void SpanCircuit::read(const GraphIndex& index, const std::vector<bool>& kept) {
  std::size_t cells = 0;
  for (int slot = 0; slot < index.slots(); ++slot) {
    first_.push_back(cells);
    const int visible = index.visible(slot);
    for (int cell = 0; cell < index.cells(slot); ++cell, ++cells) {
      const auto from = kept.begin() + static_cast<std::ptrdiff_t>(index.edge(slot, 0, cell));
      Reading reading;
      reading.most = 2 * std::count(from, from + visible, true) > visible;
      for (int source = 0; source < visible; ++source)
        if (from[source] != reading.most) reading.sources.push_back(source);
      if (reading != usual_) others_.emplace(cells, std::move(reading));
    }
  }
}

void SpanCircuit::need_from_the_logits_back(const GraphIndex& index) {
  for (int slot = index.slots(); slot-- > 0;)  // readers behind their sources
    for (int cell = 0; cell < index.cells(slot); ++cell)
      if (slot == index.logits_slot() || needs(index.reader_of_slot(slot), index.cell(slot, cell).target_span)) need(index, slot, cell);
}

void SpanCircuit::need(const GraphIndex& index, int slot, int cell) {
  const int span = index.cell(slot, cell).source_span;
  const auto mark = [&](int source) { needed_[static_cast<std::size_t>(source * spans_ + span)] = true; };
  const Reading& what = reading(slot, cell);
  if (!what.most) {
    for (const int source : what.sources) mark(source);
    return;
  }
  totals_end_ = std::max(totals_end_, index.layer_of_slot(slot) + 1);
  auto lacks = what.sources.begin();
  for (int source = 0; source < index.visible(slot); ++source)
    if (lacks != what.sources.end() && *lacks == source) ++lacks;
    else mark(source);
}

void SpanCircuit::forget_silent_sources(const GraphIndex& index) {
  for (int slot = 0; slot < index.slots(); ++slot)
    for (int cell = 0; cell < index.cells(slot); ++cell) {
      const auto found = others_.find(place(slot, cell));
      if (found == others_.end() || !found->second.most) continue;
      const int span = index.cell(slot, cell).source_span;
      std::erase_if(found->second.sources, [&](int source) { return !needs(source, span); });
      if (found->second == usual_) others_.erase(found);
    }
}

SpanChange::SpanChange(const GraphIndex& index, const SpanCircuit& base, const SpanCircuit& circuit)
    : spans_(index.spans()),
      first_layer_(index.shape().layers),
      nodes_(static_cast<std::size_t>(index.sources() * index.spans()), Node::kSame),
      total_differs_(static_cast<std::size_t>(index.spans()), false) {
  for (int span = 0; span < spans_; ++span) {
    decide(base, circuit, 0, span, false);
    total_differs_[static_cast<std::size_t>(span)] = differs(0, span);
    input_differs_ = input_differs_ || differs(0, span);
  }
  for (int l = 0; l < index.shape().layers; ++l) layer(index, base, circuit, l);
  if (input_differs_) first_layer_ = 0;
}

void SpanChange::decide(const SpanCircuit& base, const SpanCircuit& circuit, int source, int span, bool reads_differently) {
  const bool before = base.needs(source, span), now = circuit.needs(source, span);
  if (before == now && !(now && reads_differently)) return;
  nodes_[static_cast<std::size_t>(source * spans_ + span)] = now ? Node::kComputed : Node::kSilent;
}

bool SpanChange::reads_differently(const GraphIndex& index, const SpanCircuit& base, const SpanCircuit& circuit, int slot, int cell) const {
  const SpanCircuit::Reading& what = circuit.reading(slot, cell);
  if (what != base.reading(slot, cell)) return true;
  const int span = index.cell(slot, cell).source_span;
  if (what.most && total_differs_[static_cast<std::size_t>(span)]) return true;
  return std::any_of(what.sources.begin(), what.sources.end(), [&](int source) { return differs(source, span); });
}

void SpanChange::layer(const GraphIndex& index, const SpanCircuit& base, const SpanCircuit& circuit, int layer) {
  const int heads = index.shape().heads;
  const auto head_reads_differently = [&](int head, int span) {
    for (int input = 0; input < 3; ++input) {
      const int slot = index.head_slot(layer, input, head);
      for (int read = input == 0 ? span : 0; read <= span; ++read)
        if (reads_differently(index, base, circuit, slot, index.cell_number(slot, {read, span}))) return true;
    }
    return false;
  };
  const auto end_of_part = [&](int first_source, int count) {
    for (int source = first_source; source < first_source + count; ++source)
      for (int span = 0; span < spans_; ++span)
        if (differs(source, span)) {
          total_differs_[static_cast<std::size_t>(span)] = true;
          first_layer_ = std::min(first_layer_, layer);
        }
  };
  for (int head = 0; head < heads; ++head)
    for (int span = 0; span < spans_; ++span) {
      const int source = index.head_source(layer, head);
      decide(base, circuit, source, span, circuit.needs(source, span) && head_reads_differently(head, span));
    }
  end_of_part(index.head_source(layer, 0), heads);
  if (!index.shape().has_mlp) return;
  const int slot = index.mlp_slot(layer), source = index.mlp_source(layer);
  for (int span = 0; span < spans_; ++span)
    decide(base, circuit, source, span,
           circuit.needs(source, span) && reads_differently(index, base, circuit, slot, index.cell_number(slot, {span, span})));
  end_of_part(source, 1);
}

}  // namespace assay::circuits
