// One step of text generation: a few tokens, each the next one of its own sequence (or several of one prompt), to logits.
//
//   Decoder decoder(weights, readout, team);
//   decoder.step({{&store, 7, token, true}});        const float* logits = decoder.logits(0);
//
// Tree enumeration has many rows and gives each thread rows of its own; here there may be one row, so the threads share every matrix by
// columns and meet after each. The loops are those of path_kernels.h, so a row's numbers depend on neither the other rows nor the threads.
// Cost of a step: every weight is read once, whatever the number of rows: 4 bytes x parameters of memory traffic is the floor for one row.
// Test: tests/circuits/generation_test.cpp (against full forward passes)
#pragma once

#include <span>
#include <vector>

#include "circuits/generation.h"
#include "circuits/generation/key_value_store.h"
#include "circuits/generation/team.h"
#include "circuits/model/path_weights.h"
#include "circuits/training.h"

namespace assay::circuits {

/// Where a part of a head is written to when a row has computed it, before it is changed.
struct HeadReading {
  Intervention::Part part = Intervention::Part::kOutput;
  int layer = 0, head = 0;
  float* to = nullptr;  ///< d_head numbers
};

struct DecoderRow {
  KeyValueStore* store = nullptr;  ///< grown beyond `position`
  int position = 0;                ///< rows of one store come in order of position, without gaps
  TokenId token = 0;
  bool wants_logits = false;
  const std::vector<Intervention::Head>* heads = nullptr;   ///< changed at this row; null: none
  const std::vector<HeadReading>* readings = nullptr;       ///< made at this row; null: none
  int beside = -1;                                          ///< the row of this step that it takes from
  const std::vector<Intervention::Taken>* taken = nullptr;  ///< what it takes; null: nothing
};

class Decoder {
 public:
  /// Rows of one step.
  static constexpr int kMostRows = 96;

  Decoder(const PathWeights<float>& weights, const PackedMatrix<float>& readout, Team& team);
  ~Decoder();
  void step(std::span<const DecoderRow> rows);
  /// Of the i-th row of the last step that wanted them: [vocabulary]; the caller's to change.
  std::span<float> logits(std::size_t i);

 private:
  struct Private;  // scratch of one member
  struct Share;    // what one member does
  void make_room(std::span<const DecoderRow> rows);

  const PathWeights<float>& w_;
  const PackedMatrix<float>& readout_;
  const PathKernels<float>& k_;
  Team& team_;
  std::span<const DecoderRow> rows_;
  std::vector<int> readers_;  // rows that want logits
  bool shares_a_store_ = false;
  Aligned<float> residual_, qkv_, z_, inner_, logits_;             // [rows, ...]
  std::vector<std::pair<Aligned<float>, Aligned<float>>> rotary_;  // by position
  std::vector<Private> private_;
};

}  // namespace assay::circuits
