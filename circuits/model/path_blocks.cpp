#include "circuits/model/path_blocks.h"

#include <algorithm>

#include "circuits/model/shards.h"

namespace assay::circuits {
namespace {

constexpr int kBlock = 96;  ///< a multiple of every kernel's tile height
constexpr std::size_t kTableBytes = std::size_t{256} << 20;
constexpr std::size_t kProjectedBytes = std::size_t{64} << 20;

std::size_t size(int a) { return static_cast<std::size_t>(a); }

/// The rows of W_O that one head feeds.
template <class Real>
PackedMatrix<Real> rows_of_head(const PackedMatrix<Real>& o, int head, int width) {
  PackedMatrix<Real> part;
  part.inner = width;
  part.panels = o.panels;
  for (int panel = 0; panel < o.panels; ++panel) {
    auto first = o.data.begin() + (static_cast<std::ptrdiff_t>(panel) * o.inner + head * width) * kLanes;
    part.data.insert(part.data.end(), first, first + static_cast<std::ptrdiff_t>(width) * kLanes);
  }
  return part;
}

}  // namespace

template <class Real>
struct PathBlocks<Real>::Scratch {
  Aligned<Real> residual, normal, q, z, inner, gate, logits, scores;
  std::vector<std::uint32_t> ancestors;   // [row][position + 1]
  std::vector<const Real*> keys, values;  // [position + 1]

  Scratch(const PathWeights<Real>& w, int readout, int positions)
      : residual(size(kBlock * w.model)),
        normal(size(kBlock * w.model)),
        q(size(kBlock * w.queries_width())),
        z(size(kBlock * w.queries_width())),
        inner(size(kBlock * w.mlp)),
        gate(size(kBlock * w.mlp)),
        logits(size(kBlock * readout)),
        scores(size(padded(positions))),
        ancestors(size(kBlock * positions)),
        keys(size(positions)),
        values(size(positions)) {}
};

template <class Real>
PathBlocks<Real>::PathBlocks(const PathWeights<Real>& weights, ReadoutPlan plan, int positions)
    : w_(weights), k_(path_kernels<Real>()), plan_(std::move(plan)), readout_(pack_readout(weights, plan_.tokens)), levels_(size(positions)) {
  choose_tables();
}

template <class Real>
void PathBlocks<Real>::choose_tables() {
  const std::size_t rows = size(w_.config.vocabulary) * levels_.size() * sizeof(Real), sources = levels_.size();
  tabulated_ = rows * size(w_.model + w_.queries_width() + 2 * w_.keys_width()) <= kTableBytes;
  to_logits_ = w_.config.layers == 1 && !w_.config.has_mlp && w_.final_norm.weight.empty();
  target_ = to_logits_ ? readout_.columns() : w_.model;
  // Multiply-adds of a row: through the tables, and through z = pattern v, W_O (and the unembedding).
  const std::size_t heads = size(w_.config.heads), by_table = sources * heads * size(target_);
  std::size_t by_matrix = heads * size(w_.head) * (sources + size(w_.model));
  if (to_logits_) by_matrix += size(w_.config.d_model) * size(target_);
  projected_ = tabulated_ && by_table < by_matrix && rows * heads * size(target_) <= kProjectedBytes;
  to_logits_ = to_logits_ && projected_;
}

template <class Real>
void PathBlocks<Real>::matmul(const PackedMatrix<Real>& m, int rows, const Real* a, int stride, Real* c, bool accumulate) const {
  k_.matmul({rows, m.inner, m.panels, a, stride, m.data.data(), m.bias.empty() ? nullptr : m.bias.data(), c, m.columns(), accumulate});
}

template <class Real>
void PathBlocks<Real>::normalise(const PackedNorm<Real>& norm, int rows, const Real* x, Real* out) const {
  if (norm.weight.empty()) {
    std::copy_n(x, size(rows * w_.model), out);
    return;
  }
  k_.norm({rows, w_.config.d_model, x, w_.model, norm.weight.data(), norm.bias.empty() ? nullptr : norm.bias.data(), w_.norm_mask.data(),
           static_cast<Real>(w_.config.norm_epsilon), out});
}

template <class Real>
void PathBlocks<Real>::embed(int position, const TokenId* tokens, int rows, Real* out) const {
  for (int r = 0; r < rows; ++r) {
    const Real* token = w_.token_embedding.data() + size(tokens[r]) * size(w_.model);
    const Real* place = w_.position_embedding.empty() ? nullptr : w_.position_embedding.data() + size(position) * size(w_.model);
    for (int i = 0; i < w_.model; ++i) out[r * w_.model + i] = place != nullptr ? token[i] + place[i] : token[i];
  }
}

template <class Real>
void PathBlocks<Real>::keys_and_values(int position, const PathLayer<Real>& layer, int rows, const Real* normal, Real* out) const {
  const PathLevel<Real>& level = levels_[size(position)];
  const int width = w_.keys_width();
  const auto into = [&](const PackedMatrix<Real>& m, Real* c) {
    k_.matmul({rows, m.inner, m.panels, normal, w_.model, m.data.data(), m.bias.empty() ? nullptr : m.bias.data(), c, 2 * width, false});
  };
  into(layer.k, out);
  into(layer.v, out + width);
  if (level.cosine.empty()) return;
  for (int r = 0; r < rows; ++r)
    k_.rotate(out + static_cast<std::ptrdiff_t>(r) * 2 * width, w_.config.kv_heads, w_.head, w_.config.d_head, level.cosine.data(), level.sine.data(),
              Real(1));
}

template <class Real>
void PathBlocks<Real>::queries(int position, const PathLayer<Real>& layer, int rows, const Real* normal, Real* out) const {
  const PathLevel<Real>& level = levels_[size(position)];
  matmul(layer.q, rows, normal, w_.model, out, false);
  const bool rotates = !level.cosine.empty();
  k_.rotate(out, rows * w_.config.heads, w_.head, w_.config.d_head, rotates ? level.cosine.data() : nullptr, rotates ? level.sine.data() : nullptr,
            layer.scale);
}

template <class Real>
void PathBlocks<Real>::fill_table(int position) {
  PositionTable<Real>& table = levels_[size(position)].table;
  const PathLayer<Real>& layer = w_.layers.front();
  const int count = w_.config.vocabulary;
  std::vector<TokenId> tokens(size(count));
  for (int token = 0; token < count; ++token) tokens[size(token)] = token;
  table.residual.resize(size(count) * size(w_.model));
  table.q.resize(size(count) * size(w_.queries_width()));
  table.keys_values.resize(size(count) * size(2 * w_.keys_width()));
  Aligned<Real> normal(table.residual.size());
  embed(position, tokens.data(), count, table.residual.data());
  normalise(layer.attention_norm, count, table.residual.data(), normal.data());
  keys_and_values(position, layer, count, normal.data(), table.keys_values.data());
  queries(position, layer, count, normal.data(), table.q.data());
  if (projected_) project_values(table);
}

template <class Real>
void PathBlocks<Real>::project_values(PositionTable<Real>& table) {
  const PathLayer<Real>& layer = w_.layers.front();
  const int count = w_.config.vocabulary, heads = w_.config.heads;
  Aligned<Real> written(size(count) * size(w_.model)), read(size(count) * size(target_));
  table.projected.resize(size(count) * size(heads * target_));
  for (int h = 0; h < heads; ++h) {
    const Real* values = table.keys_values.data() + w_.keys_width() + w_.config.group(h) * w_.head;
    matmul(rows_of_head(layer.o, h, w_.head), count, values, 2 * w_.keys_width(), written.data(), false);
    if (to_logits_) matmul(readout_, count, written.data(), w_.model, read.data(), false);
    const Real* from = to_logits_ ? read.data() : written.data();
    for (int token = 0; token < count; ++token)
      std::copy_n(from + size(token) * size(target_), target_, table.projected.data() + (size(token) * size(heads) + size(h)) * size(target_));
  }
  for (int token = 0; token < count && !layer.o.bias.empty(); ++token)
    for (int i = 0; i < w_.model; ++i) table.residual[size(token) * size(w_.model) + size(i)] += layer.o.bias[size(i)];
  if (!to_logits_) return;
  matmul(readout_, count, table.residual.data(), w_.model, read.data(), false);
  table.residual = std::move(read);
}

template <class Real>
void PathBlocks<Real>::prepare(int position) {
  PathLevel<Real>& level = levels_[size(position)];
  level.answers.resize(level.rows());
  const std::size_t cached_layers = size(w_.config.layers) - (tabulated_ ? 1 : 0);
  const std::size_t needed = cached_layers * level.rows() * size(2 * w_.keys_width());
  if (level.cache.size() < needed) level.cache.resize(needed);
  if (level.prepared) return;
  std::tie(level.cosine, level.sine) = rotary_at<Real>(w_.config, position);
  if (tabulated_) fill_table(position);
  level.prepared = true;
}

template <class Real>
Real* PathBlocks<Real>::cached(int position, int layer, std::size_t row) {
  PathLevel<Real>& level = levels_[size(position)];
  return level.cache.data() + (size(layer - (tabulated_ ? 1 : 0)) * level.rows() + row) * size(2 * w_.keys_width());
}

template <class Real>
void PathBlocks<Real>::find_ancestors(int position, std::size_t begin, int rows, Scratch& scratch) const {
  const std::size_t length = size(position) + 1;
  for (int r = 0; r < rows; ++r) {
    std::uint32_t* place = scratch.ancestors.data() + size(r) * length;
    std::uint32_t row = static_cast<std::uint32_t>(begin + size(r));
    for (std::size_t p = length; p-- > 0;) {
      place[p] = row;
      if (p > 0) row = levels_[p].parents[row];
    }
  }
}

template <class Real>
void PathBlocks<Real>::point_at_sources(int position, int layer, int row, Scratch& scratch) const {
  const std::uint32_t* ancestors = scratch.ancestors.data() + size(row) * (size(position) + 1);
  const std::size_t width = size(2 * w_.keys_width());
  for (std::size_t p = 0; p <= size(position); ++p) {
    const PathLevel<Real>& level = levels_[p];
    if (tabulated_ && layer == 0) {
      const std::size_t token = size(level.tokens[ancestors[p]]);
      scratch.keys[p] = level.table.keys_values.data() + token * width;
      scratch.values[p] = projected_ ? level.table.projected.data() + token * size(w_.config.heads * target_) : scratch.keys[p] + w_.keys_width();
    } else {
      scratch.keys[p] = level.cache.data() + (size(layer - (tabulated_ ? 1 : 0)) * level.rows() + ancestors[p]) * width;
      scratch.values[p] = scratch.keys[p] + w_.keys_width();
    }
  }
}

/// residual += attention(residual), from cached keys and values and scratch.q.
template <class Real>
void PathBlocks<Real>::attend(int position, int layer, std::size_t begin, int rows, Scratch& scratch) const {
  const int heads = w_.config.heads, width = w_.queries_width();
  const PathLevel<Real>& level = levels_[size(position)];
  for (int r = 0; r < rows; ++r) {
    point_at_sources(position, layer, r, scratch);
    const bool table = tabulated_ && layer == 0;
    const Real* q = table ? level.table.q.data() + size(level.tokens[begin + size(r)]) * size(width) : scratch.q.data() + size(r) * size(width);
    k_.attend({heads, heads / w_.config.kv_heads, w_.head, position + 1, q, scratch.keys.data(), scratch.values.data(), scratch.scores.data(),
               scratch.z.data() + size(r) * size(width)});
  }
  matmul(w_.layers[size(layer)].o, rows, scratch.z.data(), width, scratch.residual.data(), true);
}

/// Layer 0 from tables only: the target (residual or logits) starts from the token's own row, and every head adds projected values.
template <class Real>
void PathBlocks<Real>::attend_tabulated(int position, std::size_t begin, int rows, Scratch& scratch) const {
  const int heads = w_.config.heads;
  const PathLevel<Real>& level = levels_[size(position)];
  Real* target = to_logits_ ? scratch.logits.data() : scratch.residual.data();
  for (int r = 0; r < rows; ++r) {
    point_at_sources(position, 0, r, scratch);
    const std::size_t token = size(level.tokens[begin + size(r)]);
    Real* out = target + size(r) * size(target_);
    std::copy_n(level.table.residual.data() + token * size(target_), target_, out);
    k_.attend_projected({heads, heads / w_.config.kv_heads, w_.head, position + 1, target_, level.table.q.data() + token * size(w_.queries_width()),
                         scratch.keys.data(), scratch.values.data(), scratch.scores.data(), out});
  }
}

template <class Real>
void PathBlocks<Real>::mlp(const PathLayer<Real>& layer, int rows, Scratch& scratch) const {
  normalise(layer.mlp_norm, rows, scratch.residual.data(), scratch.normal.data());
  matmul(layer.in, rows, scratch.normal.data(), w_.model, scratch.inner.data(), false);
  const std::size_t count = size(rows) * size(w_.mlp);
  const PathActivation activation = path_activation(w_.config.activation);
  if (layer.gate.panels > 0) {
    matmul(layer.gate, rows, scratch.normal.data(), w_.model, scratch.gate.data(), false);
    k_.activate(activation, scratch.gate.data(), scratch.inner.data(), count);
    matmul(layer.out, rows, scratch.gate.data(), w_.mlp, scratch.residual.data(), true);
  } else {
    k_.activate(activation, scratch.inner.data(), nullptr, count);
    matmul(layer.out, rows, scratch.inner.data(), w_.mlp, scratch.residual.data(), true);
  }
}

template <class Real>
void PathBlocks<Real>::answer(int position, std::size_t begin, int rows, Scratch& scratch) {
  PathLevel<Real>& level = levels_[size(position)];
  if (!to_logits_) {
    normalise(w_.final_norm, rows, scratch.residual.data(), scratch.normal.data());
    matmul(readout_, rows, scratch.normal.data(), w_.model, scratch.logits.data(), false);
  }
  for (int r = 0; r < rows; ++r)
    if (level.scored[begin + size(r)])
      level.answers[begin + size(r)] = plan_.answer_of(scratch.logits.data() + size(r) * size(readout_.columns()), k_);
}

template <class Real>
void PathBlocks<Real>::compute_block(int position, std::size_t begin, std::size_t end, Scratch& scratch) {
  PathLevel<Real>& level = levels_[size(position)];
  const int rows = static_cast<int>(end - begin), layers = w_.config.layers;
  const bool answers = std::any_of(level.scored.begin() + static_cast<std::ptrdiff_t>(begin), level.scored.begin() + static_cast<std::ptrdiff_t>(end),
                                   [](std::uint8_t scored) { return scored != 0; });
  if (layers == 1 && tabulated_ && !answers) return;
  find_ancestors(position, begin, rows, scratch);
  for (int layer = 0; layer < layers; ++layer) {
    const PathLayer<Real>& weights = w_.layers[size(layer)];
    if (layer == 0 && projected_) {
      attend_tabulated(position, begin, rows, scratch);
      if (to_logits_) break;
    } else {
      if (layer == 0 && tabulated_) {
        for (int r = 0; r < rows; ++r)
          std::copy_n(level.table.residual.data() + size(level.tokens[begin + size(r)]) * size(w_.model), w_.model,
                      scratch.residual.data() + r * w_.model);
      } else {
        if (layer == 0) embed(position, level.tokens.data() + begin, rows, scratch.residual.data());
        normalise(weights.attention_norm, rows, scratch.residual.data(), scratch.normal.data());
        keys_and_values(position, weights, rows, scratch.normal.data(), cached(position, layer, begin));
        if (layer + 1 == layers && !answers) return;  // only descendants' attention reads this row
        queries(position, weights, rows, scratch.normal.data(), scratch.q.data());
      }
      attend(position, layer, begin, rows, scratch);
    }
    if (w_.config.has_mlp) mlp(weights, rows, scratch);
  }
  if (answers) answer(position, begin, rows, scratch);
}

template <class Real>
void PathBlocks<Real>::compute(int position, int threads) {
  prepare(position);
  const std::size_t rows = level(position).rows(), blocks = (rows + kBlock - 1) / kBlock;
  // A shard is a run of blocks, so that a thread allocates its scratch once.
  const std::size_t shards = std::min<std::size_t>(blocks, 2 * size(std::max(1, threads)));
  for_each_shard(shards, threads, [&](std::size_t shard) {
    Scratch scratch(w_, readout_.columns(), static_cast<int>(levels_.size()));
    for (std::size_t block = blocks * shard / shards; block < blocks * (shard + 1) / shards; ++block)
      compute_block(position, block * kBlock, std::min(rows, (block + 1) * kBlock), scratch);
  });
}

template class PathBlocks<float>;
template class PathBlocks<double>;

}  // namespace assay::circuits
