#include "circuits/model/residual_stream.h"

#include <algorithm>
#include <map>

#include "circuits/model/shards.h"
#include "circuits/model/sites.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

constexpr std::size_t kSequencesPerShard = 4;

/// Indices of sequences of one length, few enough for one shard.
using Shard = std::vector<std::size_t>;

template <class Length>
std::vector<Shard> shards_of(std::size_t count, const Length& length_of) {
  std::map<std::size_t, Shard> by_length;
  for (std::size_t i = 0; i < count; ++i) by_length[length_of(i)].push_back(i);
  std::vector<Shard> shards;
  for (const auto& [length, members] : by_length)
    for (std::size_t begin = 0; begin < members.size(); begin += kSequencesPerShard)
      shards.emplace_back(members.begin() + static_cast<std::ptrdiff_t>(begin),
                          members.begin() + static_cast<std::ptrdiff_t>(std::min(members.size(), begin + kSequencesPerShard)));
  return shards;
}

at::Tensor index_tensor(const std::vector<std::int64_t>& values, const at::Device& device) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), out.data_ptr<std::int64_t>());
  return out.to(device);
}

/// Row and token of every place of a shard.
struct Places {
  at::Tensor rows, tokens;
};

template <class Positions>
Places places_of(const Shard& shard, const Positions& positions_of, const at::Device& device) {
  std::vector<std::int64_t> rows, tokens;
  for (std::size_t i = 0; i < shard.size(); ++i)
    for (const std::int32_t position : positions_of(shard[i])) rows.push_back(static_cast<std::int64_t>(i)), tokens.push_back(position);
  return {index_tensor(rows, device), index_tensor(tokens, device)};
}

bool is_stream(SiteKind kind) { return kind == SiteKind::kResidPre || kind == SiteKind::kResidMid || kind == SiteKind::kResidFinal; }

/// Keeps what the stream holds at some places, site after site in forward order.
class PlaceReader : public Observer {
 public:
  explicit PlaceReader(Places places) : places_(std::move(places)) {}
  bool wants(SiteKind kind, int) const override { return is_stream(kind); }
  at::Tensor at_site(SiteKind, int, const at::Tensor& value) override {
    read.push_back(value.index({places_.rows, places_.tokens}));
    return value;
  }
  std::vector<at::Tensor> read;  ///< per site [places, d_model]

 private:
  Places places_;
};

/// Keeps the whole stream before every layer.
class LayerReader : public Observer {
 public:
  bool wants(SiteKind kind, int) const override { return kind == SiteKind::kResidPre; }
  at::Tensor at_site(SiteKind, int, const at::Tensor& value) override {
    read.push_back(value);
    return value;
  }
  std::vector<at::Tensor> read;  ///< per layer [B, T, d_model]
};

class Runner {
 public:
  Runner(const Transformer& transformer, const Tokens& tokens) : model_(transformer), device_(transformer.options().device()) {
    columns_ = index_tensor({tokens.begin(), tokens.end()}, device_);
  }

  at::Tensor embedded(const Shard& shard, const std::function<const Tokens&(std::size_t)>& tokens_of) const {
    std::vector<std::int64_t> flat;
    for (const std::size_t i : shard) flat.insert(flat.end(), tokens_of(i).begin(), tokens_of(i).end());
    return model_.embed(index_tensor(flat, device_).view({static_cast<std::int64_t>(shard.size()), -1}));
  }

  /// Of the tokens asked for, behind the last token of each row: [B, tokens].
  at::Tensor last_logits(const at::Tensor& residual) const {
    return model_.logits(residual.select(1, residual.size(1) - 1)).index_select(1, columns_);
  }

  const at::Device& device() const { return device_; }

 private:
  const Transformer& model_;
  const at::Device device_;
  at::Tensor columns_;
};

std::vector<float> floats_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.to(at::kCPU, at::kFloat).contiguous();
  return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

Status check_tokens(const Tokens& tokens, const ModelConfig& config) {
  if (tokens.empty()) return input_error("no token whose logit is asked for", "name at least one");
  for (const TokenId token : tokens)
    if (Status checked = check_sequence(std::span(&token, 1), {}, config); !checked) return checked;
  return {};
}

tl::unexpected<Error> interrupted() {
  return fail({ErrorKind::kCancelled, "interrupted while the residual stream was read", "run the command again", {}});
}

}  // namespace

Result<StreamReading> read_stream(const Transformer& transformer, std::span<const StreamInput> inputs, const Tokens& tokens, Session& session) {
  const ModelConfig& config = transformer.config();
  if (Status checked = check_tokens(tokens, config); !checked) return fail(checked.error());
  StreamReading reading;
  for (int layer = 0; layer < config.layers; ++layer)
    for (const char* site : {"resid_pre", "resid_mid"}) reading.sites.push_back(fmt::format("{}.{}", site, layer));
  reading.sites.emplace_back("resid_final");
  std::vector<std::size_t> first;  // place at which each input's begin
  std::size_t places = 0;
  for (const StreamInput& input : inputs) {
    if (Status checked = check_sequence(input.tokens, input.positions, config); !checked) return fail(checked.error());
    first.push_back(places);
    places += input.positions.size();
  }
  const auto width = static_cast<std::size_t>(config.d_model);
  reading.values.assign(reading.sites.size(), std::vector<float>(places * width));
  reading.logits.resize(inputs.size());
  const Runner runner(transformer, tokens);
  const std::vector<Shard> shards = shards_of(inputs.size(), [&](std::size_t i) { return inputs[i].tokens.size(); });
  for_each_shard(shards.size(), session.threads, [&](std::size_t s) {
    if (session.cancelled()) return;
    const Shard& shard = shards[s];
    PlaceReader reader(places_of(shard, [&](std::size_t i) -> const auto& { return inputs[i].positions; }, runner.device()));
    const at::Tensor residual =
        transformer.blocks(runner.embedded(shard, [&](std::size_t i) -> const Tokens& { return inputs[i].tokens; }), 0, &reader);
    reader.at_site(SiteKind::kResidFinal, 0, residual);
    const std::vector<float> logits = floats_of(runner.last_logits(residual));
    for (std::size_t i = 0; i < shard.size(); ++i)
      reading.logits[shard[i]].assign(logits.begin() + static_cast<std::ptrdiff_t>(i * tokens.size()),
                                      logits.begin() + static_cast<std::ptrdiff_t>((i + 1) * tokens.size()));
    for (std::size_t site = 0; site < reader.read.size(); ++site) {
      const std::vector<float> values = floats_of(reader.read[site]);
      auto from = values.begin();
      for (const std::size_t i : shard) {
        const auto count = static_cast<std::ptrdiff_t>(inputs[i].positions.size() * width);
        std::copy(from, from + count, reading.values[site].begin() + static_cast<std::ptrdiff_t>(first[i] * width));
        from += count;
      }
    }
  });
  if (session.cancelled()) return interrupted();
  return reading;
}

Result<std::vector<std::vector<std::vector<float>>>> patch_stream(const Transformer& transformer, std::span<const StreamPatch> patches,
                                                                  std::span<const int> layers, const Tokens& tokens, Session& session) {
  const ModelConfig& config = transformer.config();
  if (Status checked = check_tokens(tokens, config); !checked) return fail(checked.error());
  for (const int layer : layers)
    if (layer < 0 || layer >= config.layers)
      return input_error(fmt::format("layer {} of a network with {}", layer, config.layers), "layers count from 0");
  for (const StreamPatch& patch : patches) {
    if (patch.base.size() != patch.source.size())
      return input_error(fmt::format("a base of {} tokens and a source of {}", patch.base.size(), patch.source.size()),
                         "pair sequences of one length");
    for (const Tokens* sequence : {&patch.base, &patch.source})
      if (Status checked = check_sequence(*sequence, patch.positions, config); !checked) return fail(checked.error());
  }
  const Runner runner(transformer, tokens);
  std::vector<std::vector<std::vector<float>>> all(patches.size(), std::vector<std::vector<float>>(layers.size()));
  const std::vector<Shard> shards = shards_of(patches.size(), [&](std::size_t i) { return patches[i].base.size(); });
  for_each_shard(shards.size(), session.threads, [&](std::size_t s) {
    if (session.cancelled()) return;
    const Shard& shard = shards[s];
    LayerReader base;
    transformer.blocks(runner.embedded(shard, [&](std::size_t i) -> const Tokens& { return patches[i].base; }), 0, &base);
    LayerReader source;
    transformer.blocks(runner.embedded(shard, [&](std::size_t i) -> const Tokens& { return patches[i].source; }), 0, &source);
    const Places places = places_of(shard, [&](std::size_t i) -> const auto& { return patches[i].positions; }, runner.device());
    for (std::size_t k = 0; k < layers.size(); ++k) {
      const auto l = static_cast<std::size_t>(layers[k]);
      at::Tensor mixed = base.read[l].clone();
      mixed.index_put_({places.rows, places.tokens}, source.read[l].index({places.rows, places.tokens}));
      const std::vector<float> logits = floats_of(runner.last_logits(transformer.blocks(mixed, layers[k])));
      for (std::size_t i = 0; i < shard.size(); ++i)
        all[shard[i]][k].assign(logits.begin() + static_cast<std::ptrdiff_t>(i * tokens.size()),
                                logits.begin() + static_cast<std::ptrdiff_t>((i + 1) * tokens.size()));
    }
  });
  if (session.cancelled()) return interrupted();
  return all;
}

}  // namespace assay::circuits
