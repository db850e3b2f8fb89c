#include "circuits/model/path_weights.h"

#include <cmath>

namespace assay::circuits {
namespace {

/// Where an index of a row of `groups` x `width` lies once each group is padded to `to`.
struct Spread {
  int width, to;
  std::size_t operator()(std::int64_t index) const { return static_cast<std::size_t>(index / width * to + index % width); }
};

template <class Real>
at::Tensor plain(const at::Tensor& tensor) {
  return tensor.detach().to(at::kCPU, c10::CppTypeToScalarType<Real>::value).contiguous();
}

template <class Real>
Aligned<Real> spread_vector(const at::Tensor& tensor, Spread spread, std::size_t size) {
  Aligned<Real> out;
  if (!tensor.defined()) return out;
  out.assign(size, Real(0));
  const at::Tensor values = plain<Real>(tensor);
  const Real* data = values.data_ptr<Real>();
  for (std::int64_t i = 0; i < values.numel(); ++i) out[spread(i)] = data[i];
  return out;
}

/// w: [in, out] -> panels, with rows and columns spread out.
template <class Real>
PackedMatrix<Real> pack_matrix(const at::Tensor& w, const at::Tensor& bias, int inner, Spread rows, int columns, Spread columns_spread) {
  PackedMatrix<Real> packed;
  if (!w.defined()) return packed;
  packed.inner = inner;
  packed.panels = columns / kLanes;
  packed.data.assign(static_cast<std::size_t>(inner) * static_cast<std::size_t>(columns), Real(0));
  const at::Tensor values = plain<Real>(w);
  const Real* data = values.data_ptr<Real>();
  const std::int64_t width = values.size(1);
  std::vector<std::size_t> place;  // of row 0
  for (std::int64_t c = 0; c < width; ++c) {
    const std::size_t column = columns_spread(c);
    place.push_back(column / kLanes * static_cast<std::size_t>(inner) * kLanes + column % kLanes);
  }
  for (std::int64_t r = 0; r < values.size(0); ++r) {
    Real* row = packed.data.data() + rows(r) * kLanes;
    for (std::int64_t c = 0; c < width; ++c) row[place[static_cast<std::size_t>(c)]] = data[r * width + c];
  }
  packed.bias = spread_vector<Real>(bias, columns_spread, static_cast<std::size_t>(columns));
  return packed;
}

template <class Real>
PackedNorm<Real> pack_norm(const NormWeights& norm, int width) {
  const Spread same{1 << 30, 0};
  return {spread_vector<Real>(norm.weight, same, static_cast<std::size_t>(width)),
          spread_vector<Real>(norm.bias, same, static_cast<std::size_t>(width))};
}

template <class Real>
PathLayer<Real> pack_layer(const LayerWeights& w, const ModelConfig& c, const PathWeights<Real>& sizes, int index) {
  const Spread same{1 << 30, 0}, heads{c.d_head, sizes.head};
  PathLayer<Real> layer;
  layer.attention_norm = pack_norm<Real>(w.attention_norm, sizes.model);
  layer.mlp_norm = pack_norm<Real>(w.mlp_norm, sizes.model);
  layer.q = pack_matrix<Real>(w.w_q, w.b_q, c.d_model, same, sizes.queries_width(), heads);
  layer.k = pack_matrix<Real>(w.w_k, w.b_k, c.d_model, same, sizes.keys_width(), heads);
  layer.v = pack_matrix<Real>(w.w_v, w.b_v, c.d_model, same, sizes.keys_width(), heads);
  layer.o = pack_matrix<Real>(w.w_o, w.b_o, sizes.queries_width(), heads, sizes.model, same);
  layer.in = pack_matrix<Real>(w.w_in, w.b_in, c.d_model, same, sizes.mlp, same);
  layer.gate = pack_matrix<Real>(w.w_gate, {}, c.d_model, same, sizes.mlp, same);
  layer.out = pack_matrix<Real>(w.w_out, w.b_out, c.d_mlp, same, sizes.model, same);
  double scale = c.scale_attention ? 1 / std::sqrt(static_cast<double>(c.d_head)) : 1.0;
  if (c.scale_by_layer) scale /= index + 1;
  layer.scale = static_cast<Real>(scale);
  return layer;
}

/// [rows, width] -> [rows, to]
template <class Real>
Aligned<Real> pad_rows(const at::Tensor& table, int to) {
  if (!table.defined()) return {};
  return spread_vector<Real>(table.reshape({-1}), {static_cast<int>(table.size(1)), to},
                             static_cast<std::size_t>(table.size(0)) * static_cast<std::size_t>(to));
}

}  // namespace

PathActivation path_activation(Activation activation) {
  switch (activation) {
    case Activation::kGeluTanh: return PathActivation::kGeluTanh;
    case Activation::kGelu: return PathActivation::kGelu;
    case Activation::kRelu: return PathActivation::kRelu;
    case Activation::kSilu: return PathActivation::kSilu;
  }
  return PathActivation::kRelu;
}

template <class Real>
PathWeights<Real> pack(const Transformer& transformer) {
  const ModelConfig& c = transformer.config();
  const Weights& w = transformer.weights();
  PathWeights<Real> packed;
  packed.config = c;
  packed.model = padded(c.d_model);
  packed.head = padded(c.d_head);
  packed.mlp = padded(c.d_mlp);
  packed.token_embedding = pad_rows<Real>(w.token_embedding, packed.model);
  packed.position_embedding = pad_rows<Real>(w.position_embedding, packed.model);
  for (int i = 0; i < c.layers; ++i) packed.layers.push_back(pack_layer<Real>(w.layers[static_cast<std::size_t>(i)], c, packed, i));
  packed.final_norm = pack_norm<Real>(w.final_norm, packed.model);
  packed.norm_mask.assign(static_cast<std::size_t>(packed.model), Real(0));
  std::fill_n(packed.norm_mask.begin(), c.d_model, Real(1));
  packed.unembedding = pad_rows<Real>(w.unembedding, packed.model);
  return packed;
}

template <class Real>
PackedMatrix<Real> pack_readout(const PathWeights<Real>& weights, const std::vector<int>& tokens) {
  PackedMatrix<Real> packed;
  const std::size_t d = static_cast<std::size_t>(weights.config.d_model), stride = static_cast<std::size_t>(weights.model);
  const Aligned<Real>& rows = weights.unembedding.empty() ? weights.token_embedding : weights.unembedding;
  packed.inner = weights.config.d_model;
  packed.panels = padded(static_cast<int>(tokens.size())) / kLanes;
  packed.data.assign(d * static_cast<std::size_t>(packed.columns()), Real(0));
  for (std::size_t column = 0; column < tokens.size(); ++column)
    for (std::size_t row = 0; row < d; ++row)
      packed.data[(column / kLanes * d + row) * kLanes + column % kLanes] = rows[static_cast<std::size_t>(tokens[column]) * stride + row];
  return packed;
}

template <class Real>
std::pair<Aligned<Real>, Aligned<Real>> rotary_at(const ModelConfig& config, int position) {
  std::pair<Aligned<Real>, Aligned<Real>> table;
  if (config.layout != Layout::kLlama) return table;
  for (int i = 0; i < config.d_head / 2; ++i) {
    const double angle = position * std::pow(config.rope_theta, -2.0 * i / config.d_head);
    table.first.push_back(static_cast<Real>(std::cos(angle)));
    table.second.push_back(static_cast<Real>(std::sin(angle)));
  }
  return table;
}

template PathWeights<float> pack<float>(const Transformer&);
template PathWeights<double> pack<double>(const Transformer&);
template PackedMatrix<float> pack_readout<float>(const PathWeights<float>&, const std::vector<int>&);
template PackedMatrix<double> pack_readout<double>(const PathWeights<double>&, const std::vector<int>&);
template std::pair<Aligned<float>, Aligned<float>> rotary_at<float>(const ModelConfig&, int);
template std::pair<Aligned<double>, Aligned<double>> rotary_at<double>(const ModelConfig&, int);

}  // namespace assay::circuits
