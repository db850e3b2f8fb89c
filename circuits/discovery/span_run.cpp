#include "circuits/discovery/span_run.h"

#include "circuits/discovery/circuit_run.h"

namespace assay::circuits {
namespace {

using Stretch = ExampleBatch::Stretch;
using Node = SpanChange::Node;

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

/// Circuits that start from one state, in step.
class SpanRunner {
 public:
  SpanRunner(const SpanRun& run, const SpanState& from, std::span<const SpanTask> tasks)
      : run_(run), from_(from), index_(run.index_), config_(run.network_.config()) {
    for (const SpanTask& task : tasks) lanes_.push_back({*task.circuit, *task.change, from.changes, {}, {}});
    for (Lane& lane : lanes_) begin(lane);
  }

  void run(bool keep_totals) {
    for (int layer = 0; layer < config_.layers; ++layer) {
      for (Lane& lane : lanes_) enter(lane, layer, keep_totals);
      if (config_.has_mlp) mlp(layer, keep_totals);
    }
  }

  SpanState state() && {
    lanes_[0].totals.push_back(std::move(lanes_[0].total));
    return {std::move(lanes_[0].changes), std::move(lanes_[0].totals)};
  }

  /// The residual at the scored positions: [circuits, N, d_model].
  at::Tensor last_rows() const {
    std::vector<at::Tensor> rows_of_lanes;
    const int slot = index_.logits_slot();
    for (const Lane& lane : lanes_) {
      at::Tensor all = run_.last_.clone();
      for (int cell = 0; cell < index_.cells(slot); ++cell)
        rows(all, index_.cell(slot, cell).source_span).copy_(reading(lane, slot, cell, run_.last_));
      rows_of_lanes.push_back(all.index_select(0, run_.batch_.scored));
    }
    return at::stack(rows_of_lanes);
  }

 private:
  struct Lane {
    const SpanCircuit& circuit;
    const SpanChange& change;
    std::vector<at::Tensor> changes;  ///< as in SpanState, of this circuit
    at::Tensor total;                 ///< their sum so far, where somebody reads it or it is kept
    std::vector<at::Tensor> totals;   ///< kept
  };
  struct Writer {
    int head, span;
  };

  at::Tensor rows(const at::Tensor& tokens, int span) const {
    const Stretch at = run_.batch_.stretch(span);
    return tokens.slice(-2, at.first, at.last);
  }
  bool empty(int span) const { return run_.batch_.stretch(span).size() == 0; }
  std::size_t place(int source, int span) const { return static_cast<std::size_t>(source * index_.spans() + span); }

  void begin(Lane& lane) const {
    for (int span = 0; span < index_.spans(); ++span) {
      if (lane.change.at(0, span) == Node::kSilent) lane.changes[place(0, span)] = at::Tensor();
      if (lane.change.at(0, span) == Node::kComputed) lane.changes[place(0, span)] = rows(run_.embed_, span) - rows(run_.ablated_.embed, span);
    }
    const auto first = static_cast<std::size_t>(lane.change.first_layer());
    if (lane.change.input_differs()) {
      lane.total = at::zeros_like(run_.embed_);
      add_to_total(lane, 0, 1);
    } else {
      lane.total = from_.totals[2 * first].clone();
    }
  }

  void add_to_total(Lane& lane, int first_source, int count) const {
    for (int span = 0; span < index_.spans(); ++span)
      for (int source = first_source; source < first_source + count; ++source)
        if (const at::Tensor& change = lane.changes[place(source, span)]; change.defined()) rows(lane.total, span).add_(change);
  }

  void end_of_part(Lane& lane, int layer, int first_source, int count, bool keep_totals) const {
    if (keep_totals || lane.circuit.totals_end() > layer) add_to_total(lane, first_source, count);
  }

  /// Attention of one circuit.
  void enter(Lane& lane, int layer, bool keep_totals) const {
    if (keep_totals) lane.totals.push_back(lane.total.clone());
    if (layer >= lane.change.first_layer()) {
      attention(lane, layer);
      end_of_part(lane, layer, index_.head_source(layer, 0), config_.heads, keep_totals);
    }
    if (keep_totals) lane.totals.push_back(lane.total.clone());
  }

  /// What a cell reads, at the tokens of its source span, from the ablated residual: [n, d_model].
  at::Tensor reading(const Lane& lane, int slot, int cell, const at::Tensor& residual) const {
    const SpanCircuit::Reading& what = lane.circuit.reading(slot, cell);
    const int span = index_.cell(slot, cell).source_span;
    const at::Tensor ablated = rows(residual, span);
    if (what.ablated()) return ablated;
    at::Tensor read = what.most ? ablated + rows(lane.total, span) : ablated.clone();
    for (const int source : what.sources)
      if (const at::Tensor& change = lane.changes[place(source, span)]; change.defined()) read.add_(change, what.most ? -1 : 1);
    return read;
  }

  /// Fills the rows of the cell's source span in q, k or v [T, d_head] of a head.
  void fill(const Lane& lane, at::Tensor to, int layer, int input, int head, int cell, std::vector<at::Tensor>& current) const {
    const auto l = static_cast<std::size_t>(layer);
    const int slot = index_.head_slot(layer, input, head), span = index_.cell(slot, cell).source_span;
    if (empty(span)) return;
    const int stored = input == 0 ? head : config_.group(head);
    const SpanCircuit::Reading& what = lane.circuit.reading(slot, cell);
    if (what.current() || what.ablated()) {
      const at::Tensor& heads = (what.current() ? current_heads(lane, layer, current) : run_.ablated_heads_[l])[static_cast<std::size_t>(input)];
      rows(to, span).copy_(rows(heads[stored], span));
      return;
    }
    const LayerWeights& w = run_.network_.weights().layers[l];
    const Projection all = projection(w, input);
    const std::int64_t from = static_cast<std::int64_t>(stored) * config_.d_head, to_column = from + config_.d_head;
    const at::Tensor x = run_.network_.norm(reading(lane, slot, cell, run_.before_[l]), w.attention_norm);
    rows(to, span).copy_(at::linear(x, all.w.slice(1, from, to_column).t(), all.b.defined() ? all.b.slice(0, from, to_column) : at::Tensor()));
  }

  const std::vector<at::Tensor>& current_heads(const Lane& lane, int layer, std::vector<at::Tensor>& current) const {
    if (current.empty()) current = all_heads(run_.network_, layer, run_.before_[static_cast<std::size_t>(layer)] + lane.total);
    return current;
  }

  /// Does the head at this span read nothing but the current residual?
  bool reads_everything(const Lane& lane, int layer, Writer writer) const {
    for (int input = 0; input < 3; ++input) {
      const int slot = index_.head_slot(layer, input, writer.head);
      for (int read = input == 0 ? writer.span : 0; read <= writer.span; ++read)
        if (!empty(read) && !lane.circuit.reading(slot, index_.cell_number(slot, {read, writer.span})).current()) return false;
    }
    return true;
  }

  void attention(Lane& lane, int layer) const {
    std::vector<Writer> whole, mixed;
    for (int head = 0; head < config_.heads; ++head)
      for (int span = 0; span < index_.spans(); ++span) {
        const int source = index_.head_source(layer, head);
        if (lane.change.at(source, span) == Node::kSilent) lane.changes[place(source, span)] = at::Tensor();
        if (lane.change.at(source, span) != Node::kComputed || empty(span)) continue;
        (reads_everything(lane, layer, {head, span}) ? whole : mixed).push_back({head, span});
      }
    std::vector<at::Tensor> current;
    if (!whole.empty()) {
      const std::vector<at::Tensor>& heads = current_heads(lane, layer, current);
      const at::Tensor z = run_.network_.attend(layer, heads[0].unsqueeze(0), heads[1].unsqueeze(0), heads[2].unsqueeze(0))[0];
      for (const Writer writer : whole) write(lane, layer, writer, z[writer.head]);
    }
    if (mixed.empty()) return;
    const at::Tensor z = mixed_heads(lane, layer, mixed, current);
    for (std::size_t i = 0; i < mixed.size(); ++i) write(lane, layer, mixed[i], z[static_cast<std::int64_t>(i)]);
  }

  /// z [writers, T, d_head] of heads whose cells read different things.
  at::Tensor mixed_heads(const Lane& lane, int layer, const std::vector<Writer>& writers, std::vector<at::Tensor>& current) const {
    const auto count = static_cast<std::int64_t>(writers.size());
    const at::Tensor inputs = at::zeros({3, count, run_.batch_.length(), config_.d_head}, run_.embed_.options());
    for (std::int64_t i = 0; i < count; ++i) {
      const auto [head, span] = writers[static_cast<std::size_t>(i)];
      for (int input = 0; input < 3; ++input)
        for (int read = input == 0 ? span : 0; read <= span; ++read)
          fill(lane, inputs[input][i], layer, input, head, index_.cell_number(index_.head_slot(layer, input, head), {read, span}), current);
    }
    return run_.network_.attend(layer, inputs[0].unsqueeze(0), inputs[1].unsqueeze(0), inputs[2].unsqueeze(0))[0];
  }

  void write(Lane& lane, int layer, Writer writer, const at::Tensor& z) const {
    const auto l = static_cast<std::size_t>(layer);
    const at::Tensor w_o = run_.network_.weights().layers[l].w_o.view({config_.heads, config_.d_head, config_.d_model});
    const at::Tensor change = rows(z, writer.span) - rows(run_.ablated_.z[l][writer.head], writer.span);
    lane.changes[place(index_.head_source(layer, writer.head), writer.span)] = at::matmul(change, w_o[writer.head]);
  }

  /// Of all circuits at once.
  void mlp(int layer, bool keep_totals) {
    const auto l = static_cast<std::size_t>(layer);
    const int source = index_.mlp_source(layer), slot = index_.mlp_slot(layer);
    std::vector<at::Tensor> reads;
    std::vector<std::pair<Lane*, int>> writers;
    for (Lane& lane : lanes_)
      for (int span = 0; span < index_.spans(); ++span) {
        if (lane.change.at(source, span) == Node::kSilent) lane.changes[place(source, span)] = at::Tensor();
        if (lane.change.at(source, span) != Node::kComputed || empty(span)) continue;
        reads.push_back(reading(lane, slot, index_.cell_number(slot, {span, span}), run_.middle_[l]));
        writers.emplace_back(&lane, span);
      }
    if (!reads.empty()) {
      const at::Tensor written = run_.network_.mlp(layer, at::cat(reads));
      std::int64_t first = 0;
      for (const auto& [lane, span] : writers) {
        const std::int64_t count = run_.batch_.stretch(span).size();
        lane->changes[place(source, span)] = written.narrow(0, first, count) - rows(run_.ablated_.mlp[l], span);
        first += count;
      }
    }
    for (Lane& lane : lanes_)
      if (layer >= lane.change.first_layer()) end_of_part(lane, layer, source, 1, keep_totals);
  }

  const SpanRun& run_;
  const SpanState& from_;
  const GraphIndex& index_;
  const ModelConfig& config_;
  std::vector<Lane> lanes_;
};

SpanState SpanRun::nothing() const {
  SpanState state;
  state.changes.resize(static_cast<std::size_t>(index_.sources() * index_.spans()));
  state.totals.assign(2 * before_.size() + 1, at::zeros_like(embed_));
  return state;
}

SpanState SpanRun::state(const SpanTask& task) const {
  const SpanState from = nothing();
  SpanRunner runner(*this, from, std::span(&task, 1));
  runner.run(true);
  return std::move(runner).state();
}

at::Tensor SpanRun::logits(const SpanState& from, std::span<const SpanTask> tasks, const at::Tensor& columns) const {
  SpanRunner runner(*this, from, tasks);
  runner.run(false);
  return readout_logits(network_, runner.last_rows(), columns);
}

}  // namespace assay::circuits
