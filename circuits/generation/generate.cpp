#include "circuits/generation/generate.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "circuits/generation/decoder.h"
#include "circuits/generation/patches.h"
#include "circuits/generation/sampler.h"

namespace assay::circuits {
namespace {

/// A prompt that was computed: its keys and values, and the logits after its last token.
struct Prepared {
  std::shared_ptr<KeyValueStore> store, beside;  ///< beside: of the prompt that is read beside it, or null
  std::vector<float> logits;
};

/// A sample under way.
struct Slot {
  Slot(Generation& target, KeyValueStore own, int prompt_length) : generation(&target), store(std::move(own)), length(prompt_length) {}
  Generation* generation;
  KeyValueStore store;
  int length;  ///< tokens so far, prompt included
  std::optional<KeyValueStore> beside = {};
  int beside_length = 0;
  bool done = false;
};

class Writer {
 public:
  Writer(const PathWeights<float>& weights, const PackedMatrix<float>& readout, const Tokenizer* tokenizer, const GenerationRequest& request,
         Session& session)
      : w_(weights),
        request_(request),
        tokenizer_(tokenizer),
        session_(session),
        team_(session.threads),
        decoder_(weights, readout, team_),
        samplers_(static_cast<std::size_t>(team_.size()), Sampler({request.temperature, request.top_p, request.alternatives})) {
    end_tokens_ = request.end_tokens;
    if (end_tokens_.empty() && tokenizer != nullptr) end_tokens_ = tokenizer->info().end_tokens;
    if (request.ignore_end_tokens) end_tokens_.clear();
  }

  std::vector<Generation> write() {
    for (std::size_t prompt = 0; prompt < request_.prompts.size(); ++prompt)
      for (int sample = 0; sample < request_.samples; ++sample) {
        Generation generation;
        generation.prompt = prompt, generation.sample = sample;
        generations_.push_back(std::move(generation));
      }
    session_.progress.stage("generate", generations_.size());
    while ((next_ < generations_.size() || !slots_.empty()) && !session_.cancelled()) {
      admit();
      advance();
    }
    for (Slot& slot : slots_) slot.generation->finish = Generation::Finish::kCancelled;
    for (std::size_t i = next_; i < generations_.size(); ++i) generations_[i].finish = Generation::Finish::kCancelled;
    return std::move(generations_);
  }

 private:
  int prompt_length(std::size_t prompt) const { return static_cast<int>(request_.prompts[prompt].size()); }

  /// Samples that wait take the places that are free; their first token comes from the prompt's logits.
  void admit() {
    while (next_ < generations_.size() && slots_.size() < static_cast<std::size_t>(request_.batch) && !session_.cancelled()) {
      Generation& generation = generations_[next_++];
      if (!prepared_ || prepared_prompt_ != generation.prompt) prepare(generation.prompt);
      const int length = prompt_length(generation.prompt);
      Slot slot(generation, KeyValueStore(w_.config.layers, w_.keys_width(), prepared_->store, length), length);
      if (prepared_->beside) {
        slot.beside_length = static_cast<int>(request_.beside[generation.prompt].size());
        slot.beside.emplace(w_.config.layers, w_.keys_width(), prepared_->beside, slot.beside_length);
      }
      take(slot, chosen(slot, prepared_->logits, samplers_.front()));
      if (!slot.done) slots_.push_back(std::move(slot));
    }
  }

  /// Computes a prompt, in blocks that fit the caches.
  void prepare(std::size_t prompt) {
    const Tokens& tokens = request_.prompts[prompt];
    prepared_.emplace();
    prepared_prompt_ = prompt;
    prepared_->store = std::make_shared<KeyValueStore>(w_.config.layers, w_.keys_width());
    prepared_->store->grow_to(static_cast<int>(tokens.size()));
    std::optional<PatchedRows> patched;
    if (!request_.intervention.patches.empty()) patched.emplace(decoder_, w_, request_.intervention, request_.patched[prompt]);
    std::vector<DecoderRow> rows;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const bool last = i + 1 == tokens.size(), changed = last || request_.intervention.where == Intervention::Where::kEverywhere;
      const std::vector<Intervention::Head>* heads = patched ? patched->at(static_cast<int>(i)) : changed ? changed_heads() : nullptr;
      if (last && takes()) {
        if (!rows.empty()) decoder_.step(rows);
        rows.assign(1, read_beside(request_.beside[prompt]));
      }
      rows.push_back({prepared_->store.get(), static_cast<int>(i), tokens[i], last, heads});
      if (last && takes()) take_from(0, rows.back());
      if (rows.size() < Decoder::kMostRows && i + 1 < tokens.size()) continue;
      decoder_.step(rows);
      rows.clear();
    }
    const std::span<const float> logits = decoder_.logits(0);
    prepared_->logits.assign(logits.begin(), logits.end());
    add_biases(request_.intervention, prepared_->logits);
  }

  const std::vector<Intervention::Head>* changed_heads() const {
    return request_.intervention.heads.empty() ? nullptr : &request_.intervention.heads;
  }
  bool takes() const { return !request_.intervention.taken.empty(); }
  void take_from(std::size_t beside, DecoderRow& row) const {
    row.beside = static_cast<int>(beside);
    row.taken = &request_.intervention.taken;
  }

  /// Computes all of the prompt that is read beside this one but its last token, whose row it returns: that one is computed together with this
  /// prompt's.
  DecoderRow read_beside(const Tokens& tokens) {
    prepared_->beside = std::make_shared<KeyValueStore>(w_.config.layers, w_.keys_width());
    prepared_->beside->grow_to(static_cast<int>(tokens.size()));
    std::vector<DecoderRow> rows;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (rows.size() == Decoder::kMostRows || (i + 1 == tokens.size() && !rows.empty())) {
        decoder_.step(rows);
        rows.clear();
      }
      rows.push_back({prepared_->beside.get(), static_cast<int>(i), tokens[i]});
    }
    return rows.back();
  }

  bool changes_answer() const { return request_.intervention.where != Intervention::Where::kSite; }

  /// One more token for every sample under way.
  void advance() {
    if (slots_.empty()) return;
    std::vector<DecoderRow> rows;
    for (Slot& slot : slots_) {
      const TokenId token = slot.generation->tokens.back().token;
      if (slot.beside && changes_answer()) {
        slot.beside->grow_to(slot.beside_length);
        rows.push_back({&*slot.beside, slot.beside_length - 1, token});
      }
      slot.store.grow_to(slot.length);
      rows.push_back({&slot.store, slot.length - 1, token, true, changes_answer() ? changed_heads() : nullptr});
      if (slot.beside && changes_answer()) take_from(rows.size() - 2, rows.back());
    }
    decoder_.step(rows);
    std::vector<GeneratedToken> tokens(slots_.size());
    team_.run([&](int member) {
      for (std::size_t i = static_cast<std::size_t>(member); i < slots_.size(); i += static_cast<std::size_t>(team_.size())) {
        if (changes_answer()) add_biases(request_.intervention, decoder_.logits(i));
        tokens[i] = chosen(slots_[i], decoder_.logits(i), samplers_[static_cast<std::size_t>(member)]);
      }
    });
    for (std::size_t i = 0; i < slots_.size(); ++i) take(slots_[i], std::move(tokens[i]));
    std::erase_if(slots_, [](const Slot& slot) { return slot.done; });
  }

  GeneratedToken chosen(const Slot& slot, std::span<const float> logits, Sampler& sampler) const {
    const Generation& generation = *slot.generation;
    return sampler.choose(logits, draw_of(request_.seed, static_cast<std::uint64_t>(generation.sample), generation.tokens.size()));
  }

  void finish(Slot& slot, Generation::Finish how, std::string stop = {}) {
    slot.done = true;
    slot.generation->finish = how;
    slot.generation->stop = std::move(stop);
    session_.progress.step(++finished_);
  }

  void take(Slot& slot, GeneratedToken token) {
    Generation& generation = *slot.generation;
    const std::string_view bytes = tokenizer_ != nullptr ? tokenizer_->bytes_of(token.token) : std::string_view();
    generation.log_probability += token.log_probability;
    if (std::find(end_tokens_.begin(), end_tokens_.end(), token.token) != end_tokens_.end())
      return finish(slot, Generation::Finish::kEndToken, std::string(bytes));
    token.begin = generation.text.size();
    generation.text += bytes;
    token.end = generation.text.size();
    const std::size_t fresh = token.begin;
    generation.tokens.push_back(std::move(token));
    ++slot.length;
    ++slot.beside_length;
    if (cut_at_stop(slot, fresh)) return;
    if (generation.tokens.size() >= static_cast<std::size_t>(request_.max_tokens)) return finish(slot, Generation::Finish::kTokenLimit);
    if (std::max(slot.length, slot.beside_length) >= w_.config.positions) return finish(slot, Generation::Finish::kPositions);
  }

  /// The earliest stop string that ends in the bytes from `fresh` on; of several at one place the first of the request.
  bool cut_at_stop(Slot& slot, std::size_t fresh) {
    std::string& text = slot.generation->text;
    std::size_t earliest = std::string::npos;
    const std::string* which = nullptr;
    for (const std::string& stop : request_.stop) {
      const std::size_t at = text.find(stop, fresh - std::min(fresh, stop.size() - 1));
      if (at < earliest) earliest = at, which = &stop;
    }
    if (which == nullptr) return false;
    text.resize(earliest);
    finish(slot, Generation::Finish::kStopString, *which);
    return true;
  }

  const PathWeights<float>& w_;
  const GenerationRequest& request_;
  const Tokenizer* tokenizer_;
  Session& session_;
  Team team_;
  Decoder decoder_;
  std::vector<Sampler> samplers_;  // one per member: they keep scratch
  Tokens end_tokens_;
  std::vector<Generation> generations_;
  std::vector<Slot> slots_;
  std::size_t next_ = 0, finished_ = 0;
  std::optional<Prepared> prepared_;
  std::size_t prepared_prompt_ = 0;
};

}  // namespace

void add_biases(const Intervention& intervention, std::span<float> logits) {
  for (const Intervention::Bias& bias : intervention.biases) logits[static_cast<std::size_t>(bias.token)] += bias.by;
}

Result<std::vector<Generation>> generate(const PathWeights<float>& weights, const PackedMatrix<float>& readout, const Tokenizer* tokenizer,
                                         const GenerationRequest& request, Session& session) {
  if (Status checked = check_request(request, weights.config, tokenizer != nullptr); !checked) return fail(checked.error());
  return Writer(weights, readout, tokenizer, request, session).write();
}

}  // namespace assay::circuits
