#include "circuits/model/interchange.h"

#include <algorithm>
#include <map>

#include "circuits/model/random.h"
#include "circuits/model/readout.h"
#include "circuits/model/shards.h"
#include "circuits/model/sites.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

struct Swap {
  SiteRef site;
  at::Tensor basis;   // [dimension, rank], undefined: the whole site
  at::Tensor values;  // [sources, width]
};

/// resid_pre.0 is what the embedding hands over, resid_final is read after the last block.
int first_layer_of(const SiteRef& site, const ModelConfig& config) {
  if (site.kind == SiteKind::kEmbed) return 0;
  return site.kind == SiteKind::kResidFinal ? config.layers : site.layer;
}

/// Writes source values into a batch of base runs.
class Patcher : public Observer {
 public:
  Patcher(const std::vector<Swap>& swaps, const ModelConfig& config, bool keep) : swaps_(swaps), config_(config), keep_(keep) {}

  bool wants(SiteKind kind, int layer) const override {
    return std::any_of(swaps_.begin(), swaps_.end(), [&](const Swap& swap) { return swap.site.kind == kind && swap.site.layer == layer; });
  }
  at::Tensor at_site(SiteKind kind, int layer, const at::Tensor& observed) override {
    at::Tensor value = observed;
    for (std::size_t s = 0; s < swaps_.size(); ++s)
      if (swaps_[s].site.kind == kind && swaps_[s].site.layer == layer) value = patched(s, value);
    return value;
  }

  at::Tensor rows, sources;           // [n]
  std::vector<at::Tensor> positions;  // per swap [n]

 private:
  at::Tensor patched(std::size_t s, const at::Tensor& observed) const {
    const Swap& swap = swaps_[s];
    at::Tensor own = gather_site(swap.site, config_, observed, rows, positions[s]);
    at::Tensor incoming = keep_ ? own : swap.values.index_select(0, sources).slice(1, 0, own.size(1));
    if (incoming.size(1) < own.size(1)) incoming = at::constant_pad_nd(incoming, {0, own.size(1) - incoming.size(1)});  // a pattern's later positions
    // Inside the subspace the source's coordinates, outside it the base's: own + (incoming - own) B B^T.
    if (swap.basis.defined()) incoming = own + at::matmul(at::matmul(incoming - own, swap.basis), swap.basis.t());
    return replace_site(swap.site, config_, observed, rows, positions[s], incoming);
  }

  const std::vector<Swap>& swaps_;
  const ModelConfig& config_;
  const bool keep_;  // control: every site keeps its own value
};

class Interchange {
 public:
  Interchange(const Transformer& transformer, KeptRuns& kept, const InterchangeRequest& request, ReadoutPlan plan)
      : model_(transformer),
        config_(transformer.config()),
        kept_(kept),
        request_(request),
        plan_(std::move(plan)),
        device_(transformer.options().device()) {
    columns_ = at::empty({static_cast<std::int64_t>(plan_.tokens.size())}, at::kLong);
    for (std::size_t i = 0; i < plan_.tokens.size(); ++i) columns_.data_ptr<std::int64_t>()[i] = plan_.tokens[i];
    columns_ = columns_.to(device_);
    whole_vocabulary_ = static_cast<int>(plan_.tokens.size()) == config_.vocabulary;
    for (int i = 0; whole_vocabulary_ && i < config_.vocabulary; ++i) whole_vocabulary_ = plan_.tokens[static_cast<std::size_t>(i)] == i;
  }

  Status prepare(Session& session) {
    for (std::size_t s = 0; s < request_.swaps.size(); ++s) {
      Result<Swap> swap = read_swap(s);
      if (!swap) return fail(swap.error());
      swaps_.push_back(std::move(*swap));
    }
    if (swaps_.empty()) return input_error("an interchange without a site", "name at least one site to swap");
    for (const std::vector<InterchangeInput>* inputs : {&request_.bases, &request_.sources})
      for (const InterchangeInput& input : *inputs)
        if (Status checked = check_input(input, inputs == &request_.bases); !checked) return checked;
    if (Status checked = check_pairs(); !checked) return checked;
    first_layer_ = config_.layers;
    for (const Swap& swap : swaps_) first_layer_ = std::min(first_layer_, first_layer_of(swap.site, config_));
    if (keeps_runs()) return keep_runs(session);
    read_sources();
    return {};
  }

  std::size_t pairs() const { return request_.pairs.empty() ? request_.bases.size() * request_.sources.size() : request_.pairs.size(); }

  std::size_t window() const {
    constexpr std::size_t kValuesPerWindow = std::size_t{1} << 20;
    std::size_t length = 1, computed = 1;
    for (const InterchangeInput& base : request_.bases) {
      length = std::max(length, length_of(base));
      computed = std::max(computed, length_of(base) - static_cast<std::size_t>(start_of(base)));
    }
    const std::size_t window =
        std::clamp<std::size_t>(kValuesPerWindow / (values_per_token(config_, static_cast<std::int64_t>(length)) * computed), 8, 2048);
    constexpr std::size_t kWindows = 4;  // of a short list of pairs, so that several threads have work
    return base_runs_.empty() ? window : std::min(window, std::max<std::size_t>(8, (pairs() + kWindows - 1) / kWindows));
  }

  /// Answers of pairs [begin, end).
  void run(std::size_t begin, std::size_t end, std::vector<std::vector<Answer>>& answers) const {
    answers.assign(end - begin, {});
    std::map<Extent, std::vector<std::size_t>> alike;
    for (std::size_t i = begin; i < end; ++i) {
      const InterchangeInput& base = request_.bases[pair(i).base];
      alike[{start_of(base), static_cast<std::int64_t>(length_of(base))}].push_back(i);
    }
    for (const auto& [extent, members] : alike) run_equal(extent, members, begin, answers);
  }

 private:
  /// The positions of a base that a patched run computes.
  struct Extent {
    std::int64_t start = 0, length = 0;  ///< up to `length`
    auto operator<=>(const Extent&) const = default;
  };

  InterchangePair pair(std::size_t i) const {
    if (!request_.pairs.empty()) return request_.pairs[i];
    return {static_cast<std::uint32_t>(i / request_.sources.size()), static_cast<std::uint32_t>(i % request_.sources.size())};
  }

  /// Tokens after the last scored position change nothing.
  static std::size_t length_of(const InterchangeInput& base) {
    return static_cast<std::size_t>(*std::max_element(base.scored_positions.begin(), base.scored_positions.end())) + 1;
  }

  /// Nothing before the first swapped position changes; where runs are kept it is not computed again.
  std::int64_t start_of(const InterchangeInput& base) const {
    return base_runs_.empty() ? 0 : *std::min_element(base.site_positions.begin(), base.site_positions.end());
  }

  /// Whether all inputs are worth keeping. A swapped attention pattern has as many entries as its position, so it is run from the start.
  bool keeps_runs() const {
    constexpr std::size_t kLong = 16;  // tokens
    std::size_t tokens = 0;
    for (const std::vector<InterchangeInput>* inputs : {&request_.bases, &request_.sources})
      for (const InterchangeInput& input : *inputs) {
        if (input.tokens.size() < kLong) return false;
        tokens += input.tokens.size();
      }
    return kept_.has_room_for(model_, tokens) &&
           std::none_of(swaps_.begin(), swaps_.end(), [](const Swap& swap) { return swap.site.kind == SiteKind::kPattern; });
  }

  Status keep_runs(Session& session) {
    std::vector<Tokens> bases, sources;
    for (const InterchangeInput& base : request_.bases)
      bases.emplace_back(base.tokens.begin(), base.tokens.begin() + static_cast<std::ptrdiff_t>(length_of(base)));
    for (const InterchangeInput& source : request_.sources) sources.push_back(source.tokens);
    for (auto [sequences, runs] : {std::pair(&bases, &base_runs_), std::pair(&sources, &source_runs_)}) {
      auto found = kept_.of(model_, *sequences, session);
      if (!found) return fail(found.error());
      *runs = std::move(*found);
    }
    for (std::size_t s = 0; s < swaps_.size(); ++s) {
      std::vector<std::int32_t> positions;
      for (const InterchangeInput& source : request_.sources) positions.push_back(source.site_positions[s]);
      swaps_[s].values = read_site(model_, source_runs_, positions, swaps_[s].site);
    }
    return {};
  }

  Result<Swap> read_swap(std::size_t s) const {
    const Site& stated = request_.swaps[s].site;
    Result<SiteRef> site = parse_site(stated.name, config_);
    if (!site) return fail(site.error());
    Swap swap{*site, {}, {}};
    Subspace subspace = stated.subspace;
    if (subspace.rank == 0) return swap;
    const std::size_t expected = static_cast<std::size_t>(std::max(subspace.dimension, 0)) * static_cast<std::size_t>(std::max(subspace.rank, 0));
    if (subspace.dimension != site->width || subspace.rank < 0 || subspace.rank > subspace.dimension || subspace.columns.size() != expected)
      return input_error(fmt::format("a subspace of {} x {} with {} numbers at site '{}' of width {}", subspace.dimension, subspace.rank,
                                     subspace.columns.size(), stated.name, site->width),
                         "give [width, rank] numbers, row by row, with rank at most the width");
    if (request_.mode == InterchangeRequest::Mode::kRandomSubspace) subspace = random_subspace(subspace.dimension, subspace.rank, request_.seed + s);
    if (double error = orthonormality_error(subspace); !(error < 1e-3))
      return input_error(fmt::format("the subspace at site '{}' is not orthonormal (deviation {:.3g})", stated.name, error),
                         "orthonormalise its columns");
    swap.basis = at::empty({subspace.dimension, subspace.rank}, at::kFloat);
    std::copy(subspace.columns.begin(), subspace.columns.end(), swap.basis.data_ptr<float>());
    swap.basis = swap.basis.to(model_.options());
    return swap;
  }

  Status check_input(const InterchangeInput& input, bool base) const {
    if (input.site_positions.size() != swaps_.size())
      return input_error(fmt::format("an input with {} site positions for {} swaps", input.site_positions.size(), swaps_.size()),
                         "give one position per swap");
    if (Status checked = check_sequence(input.tokens, input.site_positions, config_); !checked) return checked;
    if (!base) return {};
    if (input.scored_positions.empty()) return input_error("a base without a scored position", "name where its answer is read");
    if (Status checked = check_sequence(input.tokens, input.scored_positions, config_); !checked) return checked;
    const std::int32_t first = *std::min_element(input.site_positions.begin(), input.site_positions.end());
    for (std::int32_t scored : input.scored_positions)
      if (scored < first)
        return input_error(fmt::format("an answer is read at position {}, before the first swapped position {}", scored, first),
                           "a swap cannot change an earlier answer: score a later position");
    return {};
  }

  Status check_pairs() const {
    for (const InterchangePair& listed : request_.pairs)
      if (listed.base >= request_.bases.size() || listed.source >= request_.sources.size())
        return input_error(
            fmt::format("pair ({}, {}) of {} bases and {} sources", listed.base, listed.source, request_.bases.size(), request_.sources.size()),
            "list pairs by index");
    for (std::size_t s = 0; s < swaps_.size(); ++s) {
      if (swaps_[s].site.kind != SiteKind::kPattern) continue;
      for (std::size_t i = 0; i < pairs(); ++i)
        if (request_.bases[pair(i).base].site_positions[s] != request_.sources[pair(i).source].site_positions[s])
          return input_error("attention patterns of prefixes of different lengths cannot be swapped",
                             "pair inputs whose pattern site lies at the same position");
    }
    return {};
  }

  void read_sources() {
    std::vector<Tokens> sequences;
    std::vector<std::vector<std::int32_t>> positions;
    for (const InterchangeInput& source : request_.sources) sequences.push_back(source.tokens), positions.push_back(source.site_positions);
    std::vector<SiteRef> sites;
    for (const Swap& swap : swaps_) sites.push_back(swap.site);
    std::vector<at::Tensor> values = read_sites(model_, sequences, positions, sites);
    for (std::size_t s = 0; s < swaps_.size(); ++s) swaps_[s].values = values[s];
  }

  at::Tensor indices(std::size_t count, const std::function<std::int64_t(std::size_t)>& value) const {
    at::Tensor out = at::empty({static_cast<std::int64_t>(count)}, at::kLong);
    for (std::size_t i = 0; i < count; ++i) out.data_ptr<std::int64_t>()[i] = value(i);
    return out.to(device_);
  }

  /// The residual that enters the first swapped layer, one row per distinct base.
  at::Tensor base_residuals(std::int64_t length, const std::vector<std::uint32_t>& bases) const {
    at::Tensor tokens = at::empty({static_cast<std::int64_t>(bases.size()), length}, at::kLong);
    std::int64_t* out = tokens.data_ptr<std::int64_t>();
    for (std::uint32_t base : bases) out = std::copy_n(request_.bases[base].tokens.begin(), length, out);
    return model_.blocks(model_.embed(tokens.to(device_)), 0, nullptr, first_layer_);
  }

  /// The residual that enters the first swapped layer, one row per pair.
  at::Tensor residuals(const Extent& extent, const std::vector<std::size_t>& members) const {
    if (!base_runs_.empty()) return stacked(runs_of(members), [&](const KeptRun& run) { return run.residual[first_layer_].slice(0, extent.start); });
    std::vector<std::uint32_t> bases;
    for (std::size_t i : members) bases.push_back(pair(i).base);
    std::sort(bases.begin(), bases.end());
    bases.erase(std::unique(bases.begin(), bases.end()), bases.end());
    at::Tensor base_rows =
        indices(members.size(), [&](std::size_t i) { return std::lower_bound(bases.begin(), bases.end(), pair(members[i]).base) - bases.begin(); });
    return base_residuals(extent.length, bases).index_select(0, base_rows);
  }

  std::vector<std::shared_ptr<const KeptRun>> runs_of(const std::vector<std::size_t>& members) const {
    std::vector<std::shared_ptr<const KeptRun>> runs;
    for (const std::size_t i : members) runs.push_back(base_runs_[pair(i).base]);
    return runs;
  }

  void run_equal(const Extent& extent, const std::vector<std::size_t>& members, std::size_t begin, std::vector<std::vector<Answer>>& answers) const {
    at::Tensor residual = residuals(extent, members);
    PastOfLayer past;
    if (extent.start > 0) past = past_of(runs_of(members), extent.start);
    Patcher patcher(swaps_, config_, request_.mode == InterchangeRequest::Mode::kNoSwap);
    patcher.rows = at::arange(residual.size(0), at::TensorOptions(at::kLong).device(device_));
    patcher.sources = indices(members.size(), [&](std::size_t i) { return pair(members[i]).source; });
    for (std::size_t s = 0; s < swaps_.size(); ++s)
      patcher.positions.push_back(
          indices(members.size(), [&](std::size_t i) { return request_.bases[pair(members[i]).base].site_positions[s] - extent.start; }));
    if (patcher.wants(SiteKind::kEmbed, 0)) residual = patcher.at_site(SiteKind::kEmbed, 0, residual);
    residual = model_.blocks(residual, first_layer_, &patcher, -1, past);
    if (patcher.wants(SiteKind::kResidFinal, 0)) residual = patcher.at_site(SiteKind::kResidFinal, 0, residual);
    read_answers(residual, extent.start, members, begin, answers);
  }

  void read_answers(const at::Tensor& residual, std::int64_t start, const std::vector<std::size_t>& members, std::size_t begin,
                    std::vector<std::vector<Answer>>& answers) const {
    std::vector<std::int64_t> rows, places;
    for (std::size_t i = 0; i < members.size(); ++i)
      for (std::int32_t scored : request_.bases[pair(members[i]).base].scored_positions)
        rows.push_back(static_cast<std::int64_t>(i)), places.push_back(scored - start);
    at::Tensor row = indices(rows.size(), [&](std::size_t i) { return rows[i]; }),
               place = indices(rows.size(), [&](std::size_t i) { return places[i]; });
    at::Tensor logits = model_.logits(residual.index({row, place}));
    if (!whole_vocabulary_) logits = logits.index_select(1, columns_);
    logits = logits.to(at::kCPU, at::kFloat).contiguous();
    const float* data = logits.data_ptr<float>();
    for (std::size_t i = 0; i < rows.size(); ++i)
      answers[members[static_cast<std::size_t>(rows[i])] - begin].push_back(plan_.answer_of(data + i * plan_.tokens.size(), path_kernels<float>()));
  }

  const Transformer& model_;
  const ModelConfig& config_;
  KeptRuns& kept_;
  const InterchangeRequest& request_;
  const ReadoutPlan plan_;
  const at::Device device_;
  at::Tensor columns_;
  bool whole_vocabulary_ = true;
  std::vector<Swap> swaps_;
  std::vector<std::shared_ptr<const KeptRun>> base_runs_, source_runs_;  // empty: runs are not kept
  int first_layer_ = 0;
};

at::Tensor orthonormalised(const at::Tensor& columns) { return std::get<0>(at::linalg_qr(columns)); }

}  // namespace

Subspace random_subspace(int dimension, int rank, std::uint64_t seed) {
  NormalNumbers numbers(seed);
  at::Tensor drawn = at::empty({dimension, rank}, at::kDouble);
  double* data = drawn.data_ptr<double>();
  for (std::int64_t i = 0; i < drawn.numel(); ++i) data[i] = numbers.next();
  at::Tensor basis = orthonormalised(drawn).to(at::kFloat).contiguous();
  return {dimension, rank, {basis.data_ptr<float>(), basis.data_ptr<float>() + basis.numel()}};
}

double orthonormality_error(const Subspace& subspace) {
  at::Tensor columns = at::empty({subspace.dimension, subspace.rank}, at::kFloat);
  std::copy(subspace.columns.begin(), subspace.columns.end(), columns.data_ptr<float>());
  columns = columns.to(at::kDouble);
  return (at::matmul(columns.t(), columns) - at::eye(subspace.rank, columns.options())).abs().max().item<double>();
}

Status run_interchange(const Transformer& transformer, KeptRuns& kept, const InterchangeRequest& request, const InterchangeVisitor& visit,
                       Session& session) {
  Result<ReadoutPlan> plan = plan_readout(request.readout, transformer.config().vocabulary);
  if (!plan) return fail(plan.error());
  Interchange interchange(transformer, kept, request, std::move(*plan));
  if (Status prepared = interchange.prepare(session); !prepared) return prepared;
  const std::size_t window = interchange.window(), pairs = interchange.pairs();
  const std::size_t at_once = 2 * static_cast<std::size_t>(std::max(1, session.threads));  // windows in flight; their order of visits is fixed
  std::vector<std::vector<std::vector<Answer>>> answers(at_once);
  for (std::size_t begin = 0; begin < pairs; begin += window * at_once) {
    if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted during interchange", "run the command again", {}});
    const std::size_t shards = std::min(at_once, (pairs - begin + window - 1) / window);
    const auto bounds = [&](std::size_t shard) { return std::pair(begin + shard * window, std::min(pairs, begin + (shard + 1) * window)); };
    for_each_shard(shards, session.threads, [&](std::size_t shard) { interchange.run(bounds(shard).first, bounds(shard).second, answers[shard]); });
    for (std::size_t shard = 0; shard < shards; ++shard)
      if (!visit(bounds(shard).first, answers[shard])) return {};
  }
  return {};
}

}  // namespace assay::circuits
