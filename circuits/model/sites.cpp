#include "circuits/model/sites.h"

#include <algorithm>
#include <map>

#include "base/toml.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

enum class Shape { kModel, kHead, kPattern, kMlp };

struct SiteFamily {
  const char* name;
  SiteKind kind;
  Shape shape;
  bool per_layer, per_head;
};

/// In forward order within a layer.
constexpr SiteFamily kFamilies[] = {{"resid_pre", SiteKind::kResidPre, Shape::kModel, true, false},
                                    {"q", SiteKind::kQ, Shape::kHead, true, true},
                                    {"k", SiteKind::kK, Shape::kHead, true, true},
                                    {"v", SiteKind::kV, Shape::kHead, true, true},
                                    {"pattern", SiteKind::kPattern, Shape::kPattern, true, true},
                                    {"attn_out", SiteKind::kAttnOut, Shape::kModel, true, true},
                                    {"resid_mid", SiteKind::kResidMid, Shape::kModel, true, false},
                                    {"mlp_act", SiteKind::kMlpAct, Shape::kMlp, true, false},
                                    {"mlp_out", SiteKind::kMlpOut, Shape::kModel, true, false}};

int width_of(Shape shape, const ModelConfig& c) {
  switch (shape) {
    case Shape::kModel: return c.d_model;
    case Shape::kHead: return c.d_head;
    case Shape::kMlp: return c.d_mlp;
    case Shape::kPattern: return 0;
  }
  return 0;
}

std::vector<std::pair<std::string, SiteRef>> site_table(const ModelConfig& c) {
  std::vector<std::pair<std::string, SiteRef>> table;
  table.push_back({"embed", {SiteKind::kEmbed, 0, -1, c.d_model}});
  for (int layer = 0; layer < c.layers; ++layer)
    for (const SiteFamily& family : kFamilies) {
      if (!c.has_mlp && (family.kind == SiteKind::kMlpAct || family.kind == SiteKind::kMlpOut)) continue;
      for (int head = 0; head < (family.per_head ? c.heads : 1); ++head) {
        std::string name = family.per_head ? fmt::format("{}.{}.{}", family.name, layer, head) : fmt::format("{}.{}", family.name, layer);
        table.emplace_back(std::move(name), SiteRef{family.kind, layer, family.per_head ? head : -1, width_of(family.shape, c)});
      }
    }
  table.push_back({"resid_final", {SiteKind::kResidFinal, 0, -1, c.d_model}});
  return table;
}

/// The index of the site's head in an observed tensor: keys and values have one entry per group.
std::int64_t head_index(const SiteRef& site, const ModelConfig& config, const at::Tensor& observed) {
  return observed.size(1) == config.heads ? site.head : config.group(site.head);
}

/// Reads sites into rows of preallocated results while a batch runs.
class Reader : public Observer {
 public:
  Reader(std::span<const SiteRef> sites, const ModelConfig& config) : sites_(sites), config_(config) {}
  bool wants(SiteKind kind, int layer) const override {
    return std::any_of(sites_.begin(), sites_.end(), [&](const SiteRef& site) { return site.kind == kind && site.layer == layer; });
  }
  at::Tensor at_site(SiteKind kind, int layer, const at::Tensor& value) override {
    for (std::size_t s = 0; s < sites_.size(); ++s)
      if (sites_[s].kind == kind && sites_[s].layer == layer) read[s] = gather_site(sites_[s], config_, value, rows, positions[s]);
    return value;
  }
  at::Tensor rows;                    // [n]
  std::vector<at::Tensor> positions;  // per site [n]
  std::vector<at::Tensor> read;       // per site [n, width]

 private:
  std::span<const SiteRef> sites_;
  const ModelConfig& config_;
};

/// Layers that must run before every site has been passed.
int layers_needed(std::span<const SiteRef> sites, const ModelConfig& config) {
  int needed = 0;
  for (const SiteRef& site : sites) {
    if (site.kind == SiteKind::kEmbed) continue;
    needed = std::max(needed, site.kind == SiteKind::kResidFinal ? config.layers : site.layer + 1);
  }
  return needed;
}

at::Tensor column(std::span<const std::vector<std::int32_t>> positions, const std::vector<std::size_t>& rows, std::size_t site,
                  const at::Device& device) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(rows.size())}, at::kLong);
  for (std::size_t i = 0; i < rows.size(); ++i) out.data_ptr<std::int64_t>()[i] = positions[rows[i]][site];
  return out.to(device);
}

}  // namespace

std::vector<std::pair<std::string, int>> all_sites(const ModelConfig& config) {
  std::vector<std::pair<std::string, int>> sites;
  for (const auto& [name, site] : site_table(config)) sites.emplace_back(name, site.width);
  return sites;
}

Result<SiteRef> parse_site(const std::string& name, const ModelConfig& config) {
  std::vector<std::string> names;
  for (auto& [known, site] : site_table(config)) {
    if (known == name) return site;
    names.push_back(known);
  }
  return input_error(fmt::format("no site '{}' in a network of {} layers and {} heads{}", name.substr(0, 60), config.layers, config.heads,
                                 config.has_mlp ? "" : " without MLP"),
                     fmt::format("did you mean '{}'?", nearest(name, names)));
}

at::Tensor gather_site(const SiteRef& site, const ModelConfig& config, const at::Tensor& observed, const at::Tensor& rows,
                       const at::Tensor& positions) {
  if (site.head < 0) return observed.index({rows, positions});
  return observed.select(1, head_index(site, config, observed)).index({rows, positions});
}

at::Tensor replace_site(const SiteRef& site, const ModelConfig& config, const at::Tensor& observed, const at::Tensor& rows,
                        const at::Tensor& positions, const at::Tensor& values) {
  at::Tensor replaced = observed.clone();
  at::Tensor part = site.head < 0 ? replaced : replaced.select(1, head_index(site, config, replaced));
  part.index_put_({rows, positions}, values);
  return replaced;
}

Status check_sequence(std::span<const TokenId> tokens, std::span<const std::int32_t> positions, const ModelConfig& config) {
  if (tokens.empty()) return input_error("an empty token sequence", "give at least one token");
  if (tokens.size() > static_cast<std::size_t>(config.positions))
    return unsupported(fmt::format("a sequence of {} tokens: the network has {} positions", tokens.size(), config.positions), "use shorter inputs");
  for (TokenId token : tokens)
    if (token < 0 || token >= config.vocabulary)
      return input_error(fmt::format("token {} is outside the vocabulary (0 to {})", token, config.vocabulary - 1), "correct the task's vocabulary");
  for (std::int32_t position : positions)
    if (position < 0 || static_cast<std::size_t>(position) >= tokens.size())
      return input_error(fmt::format("position {} is outside a sequence of {} tokens", position, tokens.size()),
                         "positions count from 0 at the first token");
  return {};
}

std::size_t values_per_token(const ModelConfig& c, std::int64_t length) {
  const std::int64_t heads = std::int64_t{c.heads} * std::max<std::int64_t>(length, c.d_head);
  return static_cast<std::size_t>(std::max<std::int64_t>({4 * std::int64_t{c.d_model}, 2 * std::int64_t{c.d_mlp}, heads}));
}

void for_each_batch(std::span<const Tokens> sequences, std::span<const std::int32_t> lengths, std::size_t per_token, const at::Device& device,
                    const std::function<void(const at::Tensor&, const std::vector<std::size_t>&)>& work) {
  constexpr std::size_t kValuesPerBatch = std::size_t{2} << 20;
  std::map<std::int32_t, std::vector<std::size_t>> by_length;
  for (std::size_t i = 0; i < sequences.size(); ++i) by_length[lengths[i]].push_back(i);
  for (const auto& [length, members] : by_length) {
    const std::size_t batch = std::clamp<std::size_t>(kValuesPerBatch / (per_token * static_cast<std::size_t>(length)), 1, 4096);
    for (std::size_t begin = 0; begin < members.size(); begin += batch) {
      const std::vector<std::size_t> rows(members.begin() + static_cast<std::ptrdiff_t>(begin),
                                          members.begin() + static_cast<std::ptrdiff_t>(std::min(members.size(), begin + batch)));
      at::Tensor tokens = at::empty({static_cast<std::int64_t>(rows.size()), length}, at::kLong);
      std::int64_t* out = tokens.data_ptr<std::int64_t>();
      for (std::size_t row : rows) out = std::copy_n(sequences[row].begin(), length, out);
      work(tokens.to(device), rows);
    }
  }
}

std::vector<at::Tensor> read_sites(const Transformer& transformer, std::span<const Tokens> sequences,
                                   std::span<const std::vector<std::int32_t>> positions, std::span<const SiteRef> sites) {
  const ModelConfig& config = transformer.config();
  std::int32_t longest = 1;
  std::vector<std::int32_t> lengths;
  for (const std::vector<std::int32_t>& row : positions) {
    lengths.push_back(1 + (row.empty() ? 0 : *std::max_element(row.begin(), row.end())));
    longest = std::max(longest, lengths.back());
  }
  const at::Device device = transformer.options().device();
  std::vector<at::Tensor> results;
  for (const SiteRef& site : sites)
    results.push_back(at::zeros({static_cast<std::int64_t>(sequences.size()), site.width > 0 ? site.width : longest}, transformer.options()));
  Reader reader(sites, config);
  reader.read.resize(sites.size());
  const int layers = layers_needed(sites, config);
  for_each_batch(sequences, lengths, values_per_token(config, longest), device, [&](const at::Tensor& tokens, const std::vector<std::size_t>& rows) {
    at::Tensor places = at::empty({static_cast<std::int64_t>(rows.size())}, at::kLong);
    for (std::size_t i = 0; i < rows.size(); ++i) places.data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(rows[i]);
    reader.rows = at::arange(tokens.size(0), tokens.options());
    reader.positions.clear();
    for (std::size_t s = 0; s < sites.size(); ++s) reader.positions.push_back(column(positions, rows, s, device));
    at::Tensor residual = transformer.blocks(transformer.embed(tokens, &reader), 0, &reader, layers);
    if (layers == config.layers && reader.wants(SiteKind::kResidFinal, 0)) reader.at_site(SiteKind::kResidFinal, 0, residual);
    places = places.to(device);
    for (std::size_t s = 0; s < sites.size(); ++s) results[s].slice(1, 0, reader.read[s].size(1)).index_put_({places}, reader.read[s]);
  });
  return results;
}

}  // namespace assay::circuits
