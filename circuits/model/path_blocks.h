// The network on one level of a token tree at a time: a row is a node, its keys and values stay in the level, and it attends to its ancestors.
//
//   PathBlocks<float> blocks(weights, plan, positions);
//   PathLevel<float>& level = blocks.level(p);         // fill tokens, parents, scored
//   blocks.compute(p, threads);                        // reads levels 0..p-1, fills keys, values and answers of level p
//
// What depends on token and position only (layer 0: embedding, norm, rotated q, k, v) is tabulated per position, and where it costs less
// also each head's value already multiplied by W_O; in a network of one attention layer without norm and MLP these tables hold logits.
// Rows are computed in blocks of 96 that fit the second-level cache, each by one thread. Cost per row: layers x (12 d^2 + 2 d x depth)
// multiply-adds at most; memory: rows x depth x layers x 2 d values, tables at most 256 MiB. Test: tests/circuits/enumeration_test.cpp
#pragma once

#include <cstdint>
#include <vector>

#include "circuits/model/path_weights.h"
#include "circuits/model/readout.h"

namespace assay::circuits {

/// Everything about one position that only the token decides, one row per token.
template <class Real>
struct PositionTable {
  Aligned<Real> residual;     ///< [vocabulary, model]; with `projected` it includes the attention bias
  Aligned<Real> q;            ///< [vocabulary, queries]
  Aligned<Real> keys_values;  ///< [vocabulary, 2, keys]
  Aligned<Real> projected;    ///< [vocabulary, heads, target]
};

template <class Real>
struct PathLevel {
  std::vector<TokenId> tokens;
  std::vector<std::uint32_t> parents;  ///< rows of the level before
  std::vector<std::uint8_t> scored;
  std::vector<Answer> answers;  ///< valid where scored
  Aligned<Real> cache;          ///< [layer][row][2, keys], layers that are not tabulated
  PositionTable<Real> table;
  Aligned<Real> cosine, sine;
  bool prepared = false;
  std::size_t rows() const { return tokens.size(); }
  void clear() { tokens.clear(), parents.clear(), scored.clear(), answers.clear(); }
};

template <class Real>
class PathBlocks {
 public:
  PathBlocks(const PathWeights<Real>& weights, ReadoutPlan plan, int positions);
  PathLevel<Real>& level(int position) { return levels_[static_cast<std::size_t>(position)]; }
  void compute(int position, int threads);

 private:
  struct Scratch;
  void choose_tables();
  void prepare(int position);
  void fill_table(int position);
  void project_values(PositionTable<Real>& table);
  void embed(int position, const TokenId* tokens, int rows, Real* out) const;
  void keys_and_values(int position, const PathLayer<Real>& layer, int rows, const Real* normal, Real* out) const;
  void queries(int position, const PathLayer<Real>& layer, int rows, const Real* normal, Real* out) const;
  void normalise(const PackedNorm<Real>& norm, int rows, const Real* x, Real* out) const;
  void matmul(const PackedMatrix<Real>& m, int rows, const Real* a, int stride, Real* c, bool accumulate) const;

  void compute_block(int position, std::size_t begin, std::size_t end, Scratch& scratch);
  void find_ancestors(int position, std::size_t begin, int rows, Scratch& scratch) const;
  void point_at_sources(int position, int layer, int row, Scratch& scratch) const;
  void attend(int position, int layer, std::size_t begin, int rows, Scratch& scratch) const;
  void attend_tabulated(int position, std::size_t begin, int rows, Scratch& scratch) const;
  void mlp(const PathLayer<Real>& layer, int rows, Scratch& scratch) const;
  void answer(int position, std::size_t begin, int rows, Scratch& scratch);
  Real* cached(int position, int layer, std::size_t row);

  const PathWeights<Real>& w_;
  const PathKernels<Real>& k_;
  ReadoutPlan plan_;
  PackedMatrix<Real> readout_;
  std::vector<PathLevel<Real>> levels_;
  bool tabulated_ = false;  ///< layer 0 by token and position
  bool projected_ = false;  ///< values times W_O too
  bool to_logits_ = false;  ///< and times the unembedding: the tables hold the whole network
  int target_ = 0;          ///< width of a projected value
};

}  // namespace assay::circuits
