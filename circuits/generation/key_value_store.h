// Keys and values of one token sequence, grown page by page; several continuations share the pages of their prompt.
//
//   auto prompt = std::make_shared<KeyValueStore>(layers, width);           prompt->grow_to(10);
//   KeyValueStore sample(layers, width, prompt, 10);                         sample.grow_to(11);   // position 10 is its own
//
// A row holds the keys and then the values of one position in one layer. Memory: 2 x layers x key width floats per position, in pages of
// 16 positions (SmolLM2-135M: 46 kB per position). Test: tests/circuits/generation_test.cpp
#pragma once

#include <memory>
#include <vector>

#include "circuits/model/path_weights.h"

namespace assay::circuits {

class KeyValueStore {
 public:
  KeyValueStore(int layers, int keys_width, std::shared_ptr<const KeyValueStore> prefix = nullptr, int prefix_length = 0)
      : layers_(layers), row_(2 * keys_width), prefix_length_(prefix_length), prefix_(std::move(prefix)) {}

  void grow_to(int length) {
    const int own = length - prefix_length_;
    while (static_cast<int>(pages_.size()) * kPage < own)
      pages_.emplace_back(static_cast<std::size_t>(layers_) * kPage * static_cast<std::size_t>(row_));
  }
  float* row(int layer, int position) { return const_cast<float*>(std::as_const(*this).row(layer, position)); }
  const float* row(int layer, int position) const {
    if (position < prefix_length_) return prefix_->row(layer, position);
    const int own = position - prefix_length_;
    return pages_[static_cast<std::size_t>(own / kPage)].data() + static_cast<std::ptrdiff_t>(layer * kPage + own % kPage) * row_;
  }

 private:
  static constexpr int kPage = 16;
  int layers_, row_, prefix_length_;
  std::shared_ptr<const KeyValueStore> prefix_;
  std::vector<Aligned<float>> pages_;
};

}  // namespace assay::circuits
