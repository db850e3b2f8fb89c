// How C integers become terms: as bit-vectors of their width, or as unbounded integers with the range kept by arithmetic.
//
// The executor asks for C operations by IR type and never sees which sort it gets. Bit-vectors are exact for everything. Integers are
// exact too (results are reduced modulo 2^width where C says so), but bit operations on symbolic operands have no integer form: then
// `exact()` turns false and the caller discards the run. In `math` mode nothing is reduced and nothing overflows.
//
// Comparison and branch code is decided far faster over integers (reference: exchange sort against insertion sort, six cells: 27.9 s
// as bit-vectors, .15 s as integers), bit tricks only as bit-vectors: so callers try both. Test: tests/solver/encoding_test.cpp
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frontend/program/program.h"
#include "solver/smt/term.h"
#include "solver/verdict.h"

namespace assay::solver {

using smt::Term;

enum class EncodingKind { kBitVectors, kIntegers };

class Encoding {
 public:
  Encoding(smt::TermStore& store, SemanticsMode mode) : store_(store), mode_(mode) {}
  virtual ~Encoding() = default;
  Encoding(const Encoding&) = delete;
  Encoding& operator=(const Encoding&) = delete;

  smt::TermStore& store() { return store_; }
  SemanticsMode mode() const { return mode_; }

  /// `value` keeps the bit pattern of unsigned 64-bit numbers, as everywhere in the IR.
  virtual Term constant(const program::Type& type, std::int64_t value) = 0;
  virtual Term variable(const program::Type& type, const std::string& name) = 0;
  /// What is known of a variable of the type (its range); true where the sort says it all.
  virtual Term in_range(const program::Type& type, Term value) = 0;
  /// + - * / % << >> & | ^ with C's meaning wherever C defines one.
  virtual Term arithmetic(program::BinaryOp op, const program::Type& type, Term a, Term b, const program::Type& b_type) = 0;
  /// The exact result of + - * << does not fit the type; << also: a is negative.
  virtual Term overflows(program::BinaryOp op, const program::Type& type, Term a, Term b, const program::Type& b_type) = 0;
  virtual Term compare(program::BinaryOp op, const program::Type& type, Term a, Term b) = 0;
  virtual Term negate(const program::Type& type, Term a) = 0;
  virtual Term bit_not(const program::Type& type, Term a) = 0;
  virtual Term convert(const program::Type& from, const program::Type& to, Term a) = 0;
  /// The model's value of such a term as the IR keeps it.
  virtual std::int64_t read(const program::Type& type, smt::Wide value) const = 0;

  /// A cell is accessed as the other signedness of its type.
  virtual void reinterpret_bits() {}

  /// False once an operation had no form in this encoding.
  bool exact() const { return exact_; }

  Term is_lowest(const program::Type& type, Term a);  ///< a == INT_MIN of the type
  Term is_value(const program::Type& type, Term a, std::int64_t value) { return a.equals(constant(type, value)); }
  Term nonzero(const program::Type& type, Term a) { return !is_value(type, a, 0); }
  Term from_condition(const program::Type& type, Term condition) { return store_.ite(condition, constant(type, 1), constant(type, 0)); }

  // Indices and lengths: a signed 64-bit number in the same sort.
  Term index(std::int64_t value) { return constant(index_type(), value); }
  Term to_index(const program::Type& type, Term a) { return convert(type, index_type(), a); }
  static const program::Type& index_type();

 protected:
  smt::TermStore& store_;
  SemanticsMode mode_;
  bool exact_ = true;
};

std::unique_ptr<Encoding> make_encoding(EncodingKind kind, smt::TermStore& store, SemanticsMode mode);

/// Smallest and largest value of an integer type.
smt::Wide lowest(const program::Type& type);
smt::Wide highest(const program::Type& type);

}  // namespace assay::solver
