#include "circuits/generation/decoder.h"

#include <algorithm>

namespace assay::circuits {
namespace {

std::size_t size(int a) { return static_cast<std::size_t>(a); }
std::ptrdiff_t offset(int row, int width) { return static_cast<std::ptrdiff_t>(row) * width; }

/// Member m of n works on begin .. end-1 of `count` things.
struct Range {
  int begin, end;
  Range(int count, int member, int members)
      : begin(static_cast<int>(std::int64_t{count} * member / members)), end(static_cast<int>(std::int64_t{count} * (member + 1) / members)) {}
};

}  // namespace

struct Decoder::Private {
  Aligned<float> normal, gate, scores;
  std::vector<const float*> keys, values;
};

struct Decoder::Share {
  Decoder& d;
  Private& own;
  const int member, members, rows;

  void run();
  void embed();
  void normalise(const PackedNorm<float>& norm, int row, const float* x, float* out) const;
  void normalise_rows(const PackedNorm<float>& norm);
  void multiply(const PackedMatrix<float>& m, Range panels, const float* a, int stride, float* c, int c_stride, bool accumulate, int count) const;
  void project(const PathLayer<float>& layer);
  void attention(int layer);
  void store(int layer, int row, int group);
  void attend(int layer, int row, int group);
  float* part_of(Intervention::Part part, int row, int head) const;
  void intervene(int layer, int row, int group, bool outputs);
  void take(int layer, bool mlp);
  void mlp(int layer);
  void read_out();
};

Decoder::Decoder(const PathWeights<float>& weights, const PackedMatrix<float>& readout, Team& team)
    : w_(weights), readout_(readout), k_(path_kernels<float>()), team_(team), private_(size(team.size())) {}

Decoder::~Decoder() = default;

std::span<float> Decoder::logits(std::size_t i) { return std::span(logits_).subspan(i * size(readout_.columns()), size(w_.config.vocabulary)); }

/// All memory is taken here, because members must not throw.
void Decoder::make_room(std::span<const DecoderRow> rows) {
  rows_ = rows;
  readers_.clear();
  shares_a_store_ = false;
  int longest = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (rows[r].wants_logits) readers_.push_back(static_cast<int>(r));
    longest = std::max(longest, rows[r].position + 1);
    shares_a_store_ |= r > 0 && rows[r].store == rows[r - 1].store;
  }
  const auto grow = [](auto& values, std::size_t count) {
    if (values.size() < count) values.resize(count);
  };
  const std::size_t count = rows.size();
  grow(residual_, count * size(w_.model));
  grow(qkv_, count * size(w_.queries_width() + 2 * w_.keys_width()));
  grow(z_, count * size(w_.queries_width()));
  grow(inner_, count * size(w_.mlp));
  grow(logits_, readers_.size() * size(readout_.columns()));
  while (static_cast<int>(rotary_.size()) < longest) rotary_.push_back(rotary_at<float>(w_.config, static_cast<int>(rotary_.size())));
  for (Private& own : private_) {
    grow(own.normal, count * size(w_.model));
    grow(own.gate, count * size(w_.mlp));
    grow(own.scores, size(padded(longest)));
    grow(own.keys, size(longest));
    grow(own.values, size(longest));
  }
}

void Decoder::step(std::span<const DecoderRow> rows) {
  make_room(rows);
  team_.run([&](int member) { Share{*this, private_[size(member)], member, team_.size(), static_cast<int>(rows.size())}.run(); });
}

void Decoder::Share::run() {
  embed();
  d.team_.meet();
  for (int layer = 0; layer < d.w_.config.layers; ++layer) {
    const PathLayer<float>& weights = d.w_.layers[size(layer)];
    normalise_rows(weights.attention_norm);
    project(weights);
    d.team_.meet();
    attention(layer);
    d.team_.meet();
    take(layer, false);
    multiply(weights.o, Range(weights.o.panels, member, members), d.z_.data(), d.w_.queries_width(), d.residual_.data(), d.w_.model, true, rows);
    d.team_.meet();
    if (d.w_.config.has_mlp) mlp(layer);
  }
  read_out();
}

void Decoder::Share::embed() {
  const int width = d.w_.model;
  for (int r = member; r < rows; r += members) {
    const DecoderRow& row = d.rows_[size(r)];
    const float* token = d.w_.token_embedding.data() + offset(row.token, width);
    const float* place = d.w_.position_embedding.empty() ? nullptr : d.w_.position_embedding.data() + offset(row.position, width);
    for (int i = 0; i < width; ++i) d.residual_[size(r * width + i)] = place != nullptr ? token[i] + place[i] : token[i];
  }
}

void Decoder::Share::normalise(const PackedNorm<float>& norm, int count, const float* x, float* out) const {
  if (norm.weight.empty()) {
    std::copy_n(x, offset(count, d.w_.model), out);
    return;
  }
  d.k_.norm({count, d.w_.config.d_model, x, d.w_.model, norm.weight.data(), norm.bias.empty() ? nullptr : norm.bias.data(), d.w_.norm_mask.data(),
             static_cast<float>(d.w_.config.norm_epsilon), out});
}

/// Every member normalises all rows for itself: that costs less than a meeting.
void Decoder::Share::normalise_rows(const PackedNorm<float>& norm) { normalise(norm, rows, d.residual_.data(), own.normal.data()); }

/// Columns 16 begin .. 16 end - 1 of c (+)= a m.
void Decoder::Share::multiply(const PackedMatrix<float>& m, Range panels, const float* a, int stride, float* c, int c_stride, bool accumulate,
                              int count) const {
  if (panels.begin == panels.end) return;
  const int column = panels.begin * kLanes;
  d.k_.matmul({count, m.inner, panels.end - panels.begin, a, stride, m.data.data() + offset(column, m.inner),
               m.bias.empty() ? nullptr : m.bias.data() + column, c + column, c_stride, accumulate});
}

/// Queries, keys and values side by side; members share the panels of all three evenly.
void Decoder::Share::project(const PathLayer<float>& layer) {
  const int stride = d.w_.queries_width() + 2 * d.w_.keys_width();
  const Range all(layer.q.panels + layer.k.panels + layer.v.panels, member, members);
  int first = 0;
  for (const PackedMatrix<float>* m : {&layer.q, &layer.k, &layer.v}) {
    Range part = all;
    part.begin = std::clamp(all.begin - first, 0, m->panels);
    part.end = std::clamp(all.end - first, 0, m->panels);
    multiply(*m, part, own.normal.data(), d.w_.model, d.qkv_.data() + offset(first, kLanes), stride, false, rows);
    first += m->panels;
  }
}

/// Work is shared by (row, key-value head). Rows of one store read each other's keys, so all are stored first.
void Decoder::Share::attention(int layer) {
  const int groups = d.w_.config.kv_heads;
  const Range items(rows * groups, member, members);
  for (int i = items.begin; i < items.end; ++i) store(layer, i / groups, i % groups);
  if (d.shares_a_store_) d.team_.meet();
  for (int i = items.begin; i < items.end; ++i) attend(layer, i / groups, i % groups);
}

/// Rotates the queries and the key of one group; key and value go into the sequence's store.
void Decoder::Share::store(int layer, int row, int group) {
  const ModelConfig& c = d.w_.config;
  const DecoderRow& at = d.rows_[size(row)];
  const auto& [cosine, sine] = d.rotary_[size(at.position)];
  const float* cos = cosine.empty() ? nullptr : cosine.data();
  const float* sin = sine.empty() ? nullptr : sine.data();
  const int queries = d.w_.queries_width(), keys = d.w_.keys_width(), head = d.w_.head, shared = c.heads / c.kv_heads;
  intervene(layer, row, group, false);
  float* qkv = d.qkv_.data() + offset(row, queries + 2 * keys);
  float* key = qkv + queries + offset(group, head);
  d.k_.rotate(qkv + offset(group * shared, head), shared, head, c.d_head, cos, sin, d.w_.layers[size(layer)].scale);
  if (cos != nullptr) d.k_.rotate(key, 1, head, c.d_head, cos, sin, 1.0f);
  float* stored = at.store->row(layer, at.position);
  std::copy_n(key, head, stored + offset(group, head));
  std::copy_n(key + keys, head, stored + keys + offset(group, head));
}

void Decoder::Share::attend(int layer, int row, int group) {
  const DecoderRow& at = d.rows_[size(row)];
  const int queries = d.w_.queries_width(), keys = d.w_.keys_width(), head = d.w_.head, shared = d.w_.config.heads / d.w_.config.kv_heads;
  for (int p = 0; p <= at.position; ++p) {
    own.keys[size(p)] = std::as_const(*at.store).row(layer, p) + offset(group, head);
    own.values[size(p)] = own.keys[size(p)] + keys;
  }
  const float* q = d.qkv_.data() + offset(row, queries + 2 * keys) + offset(group * shared, head);
  d.k_.attend({shared, shared, head, at.position + 1, q, own.keys.data(), own.values.data(), own.scores.data(),
               d.z_.data() + offset(row, queries) + offset(group * shared, head)});
  intervene(layer, row, group, true);
}

float* Decoder::Share::part_of(Intervention::Part part, int row, int head) const {
  const int queries = d.w_.queries_width(), keys = d.w_.keys_width(), shared = d.w_.config.heads / d.w_.config.kv_heads;
  float* qkv = d.qkv_.data() + offset(row, queries + 2 * keys);
  switch (part) {
    case Intervention::Part::kOutput: return d.z_.data() + offset(row, queries) + offset(head, d.w_.head);
    case Intervention::Part::kQuery: return qkv + offset(head, d.w_.head);
    case Intervention::Part::kKey: return qkv + queries + offset(head / shared, d.w_.head);
    case Intervention::Part::kValue: return qkv + queries + keys + offset(head / shared, d.w_.head);
  }
  return nullptr;
}

/// Reads and changes what one group of heads has computed: outputs, or what goes into them.
void Decoder::Share::intervene(int layer, int row, int group, bool outputs) {
  const DecoderRow& at = d.rows_[size(row)];
  const int shared = d.w_.config.heads / d.w_.config.kv_heads;
  const auto is_here = [&](const auto& one) {
    return one.layer == layer && one.head / shared == group && (one.part == Intervention::Part::kOutput) == outputs;
  };
  if (at.readings != nullptr)
    for (const HeadReading& reading : *at.readings)
      if (is_here(reading)) std::copy_n(part_of(reading.part, row, reading.head), d.w_.config.d_head, reading.to);
  if (at.heads == nullptr) return;
  for (const Intervention::Head& change : *at.heads) {
    if (!is_here(change)) continue;
    float* part = part_of(change.part, row, change.head);
    for (int i = 0; i < d.w_.config.d_head; ++i) part[i] = change.scale * part[i] + (change.added.empty() ? 0 : change.added[size(i)]);
  }
}

/// Rows that take from another: outputs z of heads, or the activations inside the MLP, of which what it writes is a linear function.
void Decoder::Share::take(int layer, bool mlp) {
  const auto is_here = [&](const Intervention::Taken& one) { return one.layer == layer && (one.head == Intervention::Taken::kMlp) == mlp; };
  const int stride = mlp ? d.w_.mlp : d.w_.queries_width(), width = mlp ? d.w_.mlp : d.w_.head;
  float* values = mlp ? d.inner_.data() : d.z_.data();
  bool taken = false;  // the same for all members
  for (int r = 0; r < rows; ++r) {
    const DecoderRow& row = d.rows_[size(r)];
    if (row.taken == nullptr) continue;
    for (const Intervention::Taken& one : *row.taken) {
      if (!is_here(one)) continue;
      taken = true;
      if (r % members != member) continue;
      const int column = mlp ? 0 : one.head * width;
      float* taker = values + offset(r, stride) + column;
      const float* other = values + offset(row.beside, stride) + column;
      for (int i = 0; i < width; ++i) taker[i] = one.share == 1 ? other[i] : (1 - one.share) * taker[i] + one.share * other[i];
    }
  }
  if (taken) d.team_.meet();
}

void Decoder::Share::mlp(int number) {
  const PathLayer<float>& layer = d.w_.layers[size(number)];
  const int width = d.w_.mlp;
  const bool gated = layer.gate.panels > 0;
  const Range panels(layer.in.panels, member, members);
  const int column = panels.begin * kLanes, columns = (panels.end - panels.begin) * kLanes;
  const PathActivation activation = path_activation(d.w_.config.activation);
  normalise_rows(layer.mlp_norm);
  multiply(layer.in, panels, own.normal.data(), d.w_.model, d.inner_.data(), width, false, rows);
  if (gated) multiply(layer.gate, panels, own.normal.data(), d.w_.model, own.gate.data(), width, false, rows);
  for (int r = 0; r < rows; ++r) {
    float* inner = d.inner_.data() + offset(r, width) + column;
    float* gate = own.gate.data() + offset(r, width) + column;
    d.k_.activate(activation, gated ? gate : inner, gated ? inner : nullptr, size(columns));
    if (gated) std::copy_n(gate, columns, inner);
  }
  d.team_.meet();
  take(number, true);
  multiply(layer.out, Range(layer.out.panels, member, members), d.inner_.data(), width, d.residual_.data(), d.w_.model, true, rows);
  d.team_.meet();
}

void Decoder::Share::read_out() {
  if (d.readers_.empty()) return;
  const int count = static_cast<int>(d.readers_.size());
  for (int i = 0; i < count; ++i)
    normalise(d.w_.final_norm, 1, d.residual_.data() + offset(d.readers_[size(i)], d.w_.model), own.normal.data() + offset(i, d.w_.model));
  multiply(d.readout_, Range(d.readout_.panels, member, members), own.normal.data(), d.w_.model, d.logits_.data(), d.readout_.columns(), false,
           count);
}

}  // namespace assay::circuits
