// The names of DESIGN section 6 for the places where a network can be read and patched.
//
//   Result<SiteRef> site = parse_site("attn_out.1.0", config);
//   at::Tensor values = *read_site(transformer, sequences, positions, *site);      // [inputs, width]
//
// `k.L.H` and `v.L.H` name the key and value that query head H reads; with grouped queries heads of a group name the same place.
// q, k and v are taken before rotation; `resid_mid.L` exists without an MLP too. Test: tests/circuits/sites_test.cpp
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "circuits/engine.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

struct SiteRef {
  SiteKind kind = SiteKind::kEmbed;
  int layer = 0;
  int head = -1;  ///< -1 where the site has no heads
  int width = 0;  ///< 0 for pattern: as long as the prefix
  bool operator==(const SiteRef&) const = default;
};

/// Error names the nearest site.
Result<SiteRef> parse_site(const std::string& name, const ModelConfig& config);
/// In forward order, with widths.
std::vector<std::pair<std::string, int>> all_sites(const ModelConfig& config);

/// The part of an observed tensor that a site names, one row per (row, position): [n, width]. And the same replaced.
at::Tensor gather_site(const SiteRef& site, const ModelConfig& config, const at::Tensor& observed, const at::Tensor& rows,
                       const at::Tensor& positions);
at::Tensor replace_site(const SiteRef& site, const ModelConfig& config, const at::Tensor& observed, const at::Tensor& rows,
                        const at::Tensor& positions, const at::Tensor& values);

/// Tokens are in range, sequences not empty and within the position table, positions inside their sequences.
Status check_sequence(std::span<const TokenId> tokens, std::span<const std::int32_t> positions, const ModelConfig& config);

/// Rows of equal length that share one forward pass: calls `work(tokens [n, length], rows)` for batches of the given sequences cut to
/// `lengths`; batches are a function of the input alone.
void for_each_batch(std::span<const Tokens> sequences, std::span<const std::int32_t> lengths, std::size_t values_per_token, const at::Device& device,
                    const std::function<void(const at::Tensor& tokens, const std::vector<std::size_t>& rows)>& work);

/// Floats that one token costs in a forward pass at its widest, for batch sizes.
std::size_t values_per_token(const ModelConfig& config, std::int64_t length);

/// Values of several sites in one pass: result[s] is [sequences, width of s] (pattern: the longest prefix, zero behind a shorter one's end).
/// positions: per sequence, one per site.
std::vector<at::Tensor> read_sites(const Transformer& transformer, std::span<const Tokens> sequences,
                                   std::span<const std::vector<std::int32_t>> positions, std::span<const SiteRef> sites);

}  // namespace assay::circuits
