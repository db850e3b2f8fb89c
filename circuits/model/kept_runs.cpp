#include "circuits/model/kept_runs.h"

#include <algorithm>
#include <set>

#include "circuits/model/shards.h"

namespace assay::circuits {
namespace {

/// Keeps what later positions and layers need, for a whole batch.
class RunRecorder : public Observer {
 public:
  explicit RunRecorder(const Transformer& transformer) : model_(transformer) {}
  bool wants(SiteKind kind, int) const override { return kind == SiteKind::kResidPre || kind == SiteKind::kK || kind == SiteKind::kV; }
  at::Tensor at_site(SiteKind kind, int, const at::Tensor& value) override {
    if (kind == SiteKind::kResidPre) residual.push_back(value);
    if (kind == SiteKind::kK) keys.push_back(model_.rotated(value));
    if (kind == SiteKind::kV) values.push_back(value);
    return value;
  }
  KeptRun run(std::int64_t row) const { return {of_row(residual, row), of_row(keys, row), of_row(values, row)}; }
  std::vector<at::Tensor> residual, keys, values;  // per layer [B, ...]

 private:
  static at::Tensor of_row(const std::vector<at::Tensor>& layers, std::int64_t row) {
    std::vector<at::Tensor> rows;
    for (const at::Tensor& layer : layers) rows.push_back(layer[row]);
    return at::stack(rows);
  }
  const Transformer& model_;
};

/// Shows one site of one layer.
class SiteObserver : public Observer {
 public:
  explicit SiteObserver(const SiteRef& site) : site_(site) {}
  bool wants(SiteKind kind, int layer) const override { return kind == site_.kind && layer == site_.layer; }
  at::Tensor at_site(SiteKind, int, const at::Tensor& value) override { return observed = value; }
  at::Tensor observed;

 private:
  const SiteRef& site_;
};

std::size_t bytes_per_token(const Transformer& transformer) {
  const ModelConfig& c = transformer.config();
  const std::size_t values = static_cast<std::size_t>(c.layers + 1) * static_cast<std::size_t>(c.d_model) +
                             2 * static_cast<std::size_t>(c.layers) * static_cast<std::size_t>(c.kv_heads) * static_cast<std::size_t>(c.d_head);
  return values * transformer.options().dtype().itemsize();
}

/// Equal lengths, few enough for one thread.
std::vector<std::vector<const Tokens*>> batches_of(const std::set<Tokens>& sequences) {
  constexpr std::size_t kSequencesPerBatch = 4;
  std::map<std::size_t, std::vector<const Tokens*>> by_length;
  for (const Tokens& sequence : sequences) by_length[sequence.size()].push_back(&sequence);
  std::vector<std::vector<const Tokens*>> batches;
  for (const auto& [length, members] : by_length)
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i % kSequencesPerBatch == 0) batches.emplace_back();
      batches.back().push_back(members[i]);
    }
  return batches;
}

std::vector<KeptRunRef> run_batch(const Transformer& transformer, const std::vector<const Tokens*>& batch) {
  const auto length = static_cast<std::int64_t>(batch[0]->size());
  at::Tensor tokens = at::empty({static_cast<std::int64_t>(batch.size()), length}, at::kLong);
  std::int64_t* out = tokens.data_ptr<std::int64_t>();
  for (const Tokens* sequence : batch) out = std::copy(sequence->begin(), sequence->end(), out);
  RunRecorder recorder(transformer);
  recorder.residual.push_back(transformer.blocks(transformer.embed(tokens.to(transformer.options().device())), 0, &recorder));
  std::vector<KeptRunRef> runs;
  for (std::size_t i = 0; i < batch.size(); ++i) runs.push_back(std::make_shared<const KeptRun>(recorder.run(static_cast<std::int64_t>(i))));
  return runs;
}

}  // namespace

bool KeptRuns::has_room_for(const Transformer& transformer, std::size_t tokens) const { return tokens <= most_bytes_ / bytes_per_token(transformer); }

Result<std::vector<KeptRunRef>> KeptRuns::of(const Transformer& transformer, std::span<const Tokens> sequences, Session& session) {
  const std::scoped_lock lock(mutex_);
  std::set<Tokens> missing;
  for (const Tokens& sequence : sequences)
    if (!entries_.contains(sequence)) missing.insert(sequence);
  const std::vector<std::vector<const Tokens*>> batches = batches_of(missing);
  std::vector<std::vector<KeptRunRef>> runs(batches.size());
  for_each_shard(batches.size(), session.threads, [&](std::size_t i) {
    if (!session.cancelled()) runs[i] = run_batch(transformer, batches[i]);
  });
  if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted during forward passes", "run the command again", {}});
  for (std::size_t i = 0; i < batches.size(); ++i)
    for (std::size_t row = 0; row < batches[i].size(); ++row) {
      entries_.emplace(*batches[i][row], Entry{runs[i][row]});
      tokens_ += batches[i][row]->size();
    }
  std::vector<KeptRunRef> all;
  ++clock_;
  for (const Tokens& sequence : sequences) {
    Entry& entry = entries_.at(sequence);
    entry.used = clock_;
    all.push_back(entry.run);
  }
  drop_oldest(transformer);
  return all;
}

void KeptRuns::drop_oldest(const Transformer& transformer) {
  while (!has_room_for(transformer, tokens_)) {
    const auto oldest =
        std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    tokens_ -= oldest->first.size();
    entries_.erase(oldest);
  }
}

PastOfLayer past_of(std::vector<KeptRunRef> runs, std::int64_t length) {
  return [runs = std::move(runs), length](int layer) {
    return Past{stacked(runs, [&](const KeptRun& run) { return run.keys[layer].slice(1, 0, length); }),
                stacked(runs, [&](const KeptRun& run) { return run.values[layer].slice(1, 0, length); })};
  };
}

at::Tensor read_site(const Transformer& transformer, std::span<const KeptRunRef> runs, std::span<const std::int32_t> positions, const SiteRef& site) {
  std::map<std::int32_t, std::vector<std::size_t>> by_position;
  for (std::size_t i = 0; i < positions.size(); ++i) by_position[positions[i]].push_back(i);
  const ModelConfig& config = transformer.config();
  at::Tensor values = at::empty({static_cast<std::int64_t>(runs.size()), site.width}, transformer.options());
  for (const auto& [position, members] : by_position) {
    std::vector<KeptRunRef> some;
    for (const std::size_t i : members) some.push_back(runs[i]);
    const int layer = site.kind == SiteKind::kResidFinal ? config.layers : site.layer;
    at::Tensor observed = stacked(some, [&](const KeptRun& run) { return run.residual[layer].slice(0, position, position + 1); });
    if (site.kind != SiteKind::kEmbed && site.kind != SiteKind::kResidPre && site.kind != SiteKind::kResidFinal) {
      SiteObserver observer(site);
      transformer.blocks(observed, layer, &observer, layer + 1, position > 0 ? past_of(some, position) : PastOfLayer());
      observed = observer.observed;
    }
    at::Tensor rows = at::arange(observed.size(0), at::TensorOptions(at::kLong).device(observed.device()));
    at::Tensor read = gather_site(site, config, observed, rows, at::zeros_like(rows));
    for (std::size_t i = 0; i < members.size(); ++i) values[static_cast<std::int64_t>(members[i])].copy_(read[static_cast<std::int64_t>(i)]);
  }
  return values;
}

}  // namespace assay::circuits
