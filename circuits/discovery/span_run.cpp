#include "circuits/discovery/span_run.h"

#include <algorithm>

namespace assay::circuits {

using Stretch = ExampleBatch::Stretch;

SpanCircuit::SpanCircuit(const GraphIndex& index, const std::vector<bool>& kept)
    : whole_(std::all_of(kept.begin(), kept.end(), [](bool edge) { return edge; })),
      spans_(index.spans()),
      needed_(static_cast<std::size_t>(index.sources() * index.spans()), false) {
  for (int slot = 0; slot < index.slots(); ++slot) {
    first_.push_back(readings_.size());
    const int visible = index.visible(slot);
    for (int cell = 0; cell < index.cells(slot); ++cell) {
      const auto from = kept.begin() + static_cast<std::ptrdiff_t>(index.edge(slot, 0, cell));
      Reading reading;
      reading.most = 2 * std::count(from, from + visible, true) > visible;
      for (int source = 0; source < visible; ++source)
        if (from[source] != reading.most) reading.sources.push_back(source);
      readings_.push_back(std::move(reading));
    }
  }
  const auto reader_needs = [&](int slot) {
    for (int cell = 0; cell < index.cells(slot); ++cell)
      if (slot == index.logits_slot() || needs(index.reader_of_slot(slot), index.cell(slot, cell).target_span)) need(index, slot, cell);
  };
  for (int slot = index.slots(); slot-- > 0;) reader_needs(slot);  // readers behind their sources
}

void SpanCircuit::need(const GraphIndex& index, int slot, int cell) {
  const int span = index.cell(slot, cell).source_span;
  const auto mark = [&](int source) { needed_[static_cast<std::size_t>(source * spans_ + span)] = true; };
  const Reading& what = reading(slot, cell);
  if (what.most)
    for (int source = 0; source < index.visible(slot); ++source) mark(source);
  for (const int source : what.sources) mark(source);
}

namespace {

/// Heads of q, k or v from the normed residual [n, d_model]: [heads, n, d_head].
at::Tensor heads_of(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b, std::int64_t d_head) {
  return at::linear(x, w.t(), b).view({x.size(0), -1, d_head}).transpose(0, 1).contiguous();
}

struct Projection {
  const at::Tensor &w, &b;
};

Projection projection(const LayerWeights& w, int input) {
  if (input == 0) return {w.w_q, w.b_q};
  return input == 1 ? Projection{w.w_k, w.b_k} : Projection{w.w_v, w.b_v};
}

std::vector<at::Tensor> all_heads(const Transformer& network, int layer, const at::Tensor& residual) {
  const LayerWeights& w = network.weights().layers[static_cast<std::size_t>(layer)];
  const at::Tensor x = network.norm(residual, w.attention_norm);
  std::vector<at::Tensor> heads;
  for (int input = 0; input < 3; ++input) heads.push_back(heads_of(x, projection(w, input).w, projection(w, input).b, network.config().d_head));
  return heads;
}

}  // namespace

SpanRun::SpanRun(const Transformer& network, const GraphIndex& index, const Activations& ablated, const ExampleBatch& batch)
    : network_(network), index_(index), ablated_(ablated), batch_(batch), embed_(network.embed(batch.clean)[0]), last_(ablated.embed) {
  const ModelConfig& c = network.config();
  for (int layer = 0; layer < c.layers; ++layer) {
    const auto l = static_cast<std::size_t>(layer);
    const LayerWeights& w = network.weights().layers[l];
    before_.push_back(last_);
    ablated_heads_.push_back(all_heads(network, layer, last_));
    const at::Tensor z = ablated.z[l].transpose(0, 1).reshape({batch.length(), c.heads * c.d_head});
    last_ = last_ + at::linear(z, w.w_o.t(), w.b_o);
    middle_.push_back(last_);
    if (c.has_mlp) last_ = last_ + ablated.mlp[l];
  }
}

/// The run of one circuit.
class SpanRunner {
 public:
  SpanRunner(const SpanRun& run, const SpanCircuit& circuit) : run_(run), circuit_(circuit), index_(run.index_), config_(run.network_.config()) {
    const auto options = run.network_.options();
    change_ = at::zeros({index_.sources(), run.batch_.length(), config_.d_model}, options);
    for (int span = 0; span < index_.spans(); ++span)
      if (circuit.needs(0, span)) wrote(0, span, rows(run.embed_, span), rows(run.ablated_.embed, span));
    total_ = change_[0].clone();
  }

  at::Tensor last_rows() {
    for (int layer = 0; layer < config_.layers; ++layer) {
      attention(layer);
      if (config_.has_mlp) mlp(layer);
    }
    at::Tensor all = run_.last_.clone();
    for (int cell = 0; cell < index_.cells(index_.logits_slot()); ++cell)
      rows(all, index_.cell(index_.logits_slot(), cell).source_span).copy_(reading(index_.logits_slot(), cell, run_.last_));
    return all.index_select(0, run_.batch_.scored);
  }

 private:
  struct Writer {
    int head, span;
  };

  at::Tensor rows(const at::Tensor& tokens, int span) const {
    const Stretch at = run_.batch_.stretch(span);
    return tokens.slice(-2, at.first, at.last);
  }

  void wrote(int source, int span, const at::Tensor& current, const at::Tensor& ablated) { rows(change_[source], span).copy_(current - ablated); }

  /// What a cell reads, at the tokens of its source span, from the ablated residual: [n, d_model].
  at::Tensor reading(int slot, int cell, const at::Tensor& residual) const {
    const SpanCircuit::Reading& what = circuit_.reading(slot, cell);
    const int span = index_.cell(slot, cell).source_span;
    at::Tensor read = rows(residual, span);
    if (what.most) read = read + rows(total_, span);
    if (what.sources.empty()) return read;
    const at::Tensor listed = rows(change_, span).index_select(0, at::tensor(what.sources, at::kLong)).sum(0);
    return what.most ? read - listed : read + listed;
  }

  std::vector<Writer> writers(int layer) const {
    std::vector<Writer> found;
    for (int head = 0; head < config_.heads; ++head)
      for (int span = 0; span < index_.spans(); ++span)
        if (circuit_.needs(index_.head_source(layer, head), span) && run_.batch_.stretch(span).size() > 0) found.push_back({head, span});
    return found;
  }

  /// Fills the rows of the cell's source span in q, k or v [T, d_head] of a head.
  void fill(at::Tensor to, int layer, int input, int head, int cell, std::vector<at::Tensor>& current) const {
    const auto l = static_cast<std::size_t>(layer);
    const int slot = index_.head_slot(layer, input, head), span = index_.cell(slot, cell).source_span;
    if (run_.batch_.stretch(span).size() == 0) return;
    const int stored = input == 0 ? head : config_.group(head);
    const SpanCircuit::Reading& what = circuit_.reading(slot, cell);
    if (what.current() && current.empty()) current = all_heads(run_.network_, layer, run_.before_[l] + total_);
    if (what.current() || what.ablated()) {
      const at::Tensor& heads = (what.current() ? current : run_.ablated_heads_[l])[static_cast<std::size_t>(input)];
      rows(to, span).copy_(rows(heads[stored], span));
      return;
    }
    const LayerWeights& w = run_.network_.weights().layers[l];
    const Projection all = projection(w, input);
    const std::int64_t from = static_cast<std::int64_t>(stored) * config_.d_head, to_column = from + config_.d_head;
    const at::Tensor x = run_.network_.norm(reading(slot, cell, run_.before_[l]), w.attention_norm);
    rows(to, span).copy_(at::linear(x, all.w.slice(1, from, to_column).t(), all.b.defined() ? all.b.slice(0, from, to_column) : at::Tensor()));
  }

  void attention(int layer) {
    const std::vector<Writer> all = writers(layer);
    if (all.empty()) return;
    const auto l = static_cast<std::size_t>(layer);
    const auto count = static_cast<std::int64_t>(all.size());
    const at::Tensor inputs = at::zeros({3, count, run_.batch_.length(), config_.d_head}, change_.options());
    std::vector<at::Tensor> current;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto [head, span] = all[static_cast<std::size_t>(i)];
      for (int input = 0; input < 3; ++input)
        for (int read = input == 0 ? span : 0; read <= span; ++read)
          fill(inputs[input][i], layer, input, head, index_.cell_number(index_.head_slot(layer, input, head), {read, span}), current);
    }
    const at::Tensor z = run_.network_.attend(layer, inputs[0].unsqueeze(0), inputs[1].unsqueeze(0), inputs[2].unsqueeze(0))[0];
    const at::Tensor w_o = run_.network_.weights().layers[l].w_o.view({config_.heads, config_.d_head, config_.d_model});
    for (std::int64_t i = 0; i < count; ++i) {
      const auto [head, span] = all[static_cast<std::size_t>(i)];
      const at::Tensor change = rows(z[i], span) - rows(run_.ablated_.z[l][head], span);
      at::Tensor to = change_[index_.head_source(layer, head)];
      rows(to, span).copy_(at::matmul(change, w_o[head]));
    }
    total_ += change_.narrow(0, index_.head_source(layer, 0), config_.heads).sum(0);
  }

  void mlp(int layer) {
    const auto l = static_cast<std::size_t>(layer);
    const int source = index_.mlp_source(layer), slot = index_.mlp_slot(layer);
    for (int span = 0; span < index_.spans(); ++span) {
      if (!circuit_.needs(source, span) || run_.batch_.stretch(span).size() == 0) continue;
      const at::Tensor read = reading(slot, index_.cell_number(slot, {span, span}), run_.middle_[l]);
      wrote(source, span, run_.network_.mlp(layer, read), rows(run_.ablated_.mlp[l], span));
    }
    total_ += change_[source];
  }

  const SpanRun& run_;
  const SpanCircuit& circuit_;
  const GraphIndex& index_;
  const ModelConfig& config_;
  at::Tensor change_;  ///< [sources, T, d_model]: current minus ablated, row by row as sources write; zero where nobody needs it
  at::Tensor total_;   ///< their sum so far, [T, d_model]
};

at::Tensor SpanRun::logits(const SpanCircuit& circuit, const at::Tensor& columns) const {
  const at::Tensor logits = network_.logits(SpanRunner(*this, circuit).last_rows());
  return columns.defined() ? logits.index_select(-1, columns) : logits;
}

}  // namespace assay::circuits
