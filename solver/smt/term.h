// Formulas as values: hash-consed terms over Booleans, bit-vectors and unbounded integers.
//
// Idea. A Term is a pointer into a TermStore. Equal terms are one node, so comparing is comparing pointers, and every constructor
// folds constants and applies rewrites that only ever shrink the graph. The graph belongs to no solver: a query is translated into a fresh Z3
// context or printed as SMT-LIB 2, and a model is a map from variables to numbers under which any term is evaluated here.
//
//   TermStore store;
//   Term x = store.variable("x", Sort::bit_vector(32));
//   Term claim = (x + store.bits(1, 32)).equals(x);          // folds to nothing, but is false for the solver
//
// Bit-vectors and integers share the arithmetic constructors: `a + b` means addition in the sort of a and b.
// Cost: one hash look-up per construction; about 80 bytes per node. Walks are iterative, so depth is no limit.
// Source: SMT-LIB 2.7, theories FixedSizeBitVectors and Ints. Test: tests/solver/term_test.cpp
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace assay::solver::smt {

__extension__ typedef __int128 Wide;            // NOLINT: the widest number that folding needs
__extension__ typedef unsigned __int128 UWide;  // NOLINT

enum class SortKind : std::uint8_t { kBool, kBitVector, kInteger };

struct Sort {
  SortKind kind = SortKind::kBool;
  int width = 0;  ///< of a bit-vector, 1 .. 128
  static Sort boolean() { return {SortKind::kBool, 0}; }
  static Sort bit_vector(int width) { return {SortKind::kBitVector, width}; }
  static Sort integer() { return {SortKind::kInteger, 0}; }
  bool operator==(const Sort&) const = default;
};

enum class Op : std::uint8_t {
  kConstant,
  kVariable,
  kNot,
  kAnd,
  kOr,
  kIte,
  kEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kNegate,  // bit-vectors and integers
  kLess,
  kLessEqual,  // integers, and signed bit-vectors
  kUnsignedLess,
  kUnsignedLessEqual,
  kUnsignedDivide,
  kUnsignedRemainder,
  kSignedDivide,
  kSignedRemainder,
  kFloorDivide,
  kFloorModulo,  // integers: SMT-LIB div and mod
  kShiftLeft,
  kLogicalShiftRight,
  kArithmeticShiftRight,
  kBitAnd,
  kBitOr,
  kBitXor,
  kBitNot,
  kTruncate,
  kZeroExtend,
  kSignExtend,         // to the width of the result
  kMultiplyOverflows,  // signed: SMT-LIB 2.7 bvsmulo
};

class TermStore;
struct Node;

class Term {
 public:
  Term() = default;
  explicit Term(const Node* node) : node_(node) {}
  const Node* node() const { return node_; }
  const Node* operator->() const { return node_; }
  bool valid() const { return node_ != nullptr; }
  bool same(Term other) const { return node_ == other.node_; }

  Sort sort() const;
  bool is_constant() const;
  bool is_true() const;
  bool is_false() const;
  /// Of a constant: Booleans 0 or 1, bit-vectors unsigned, integers as they are.
  Wide value() const;
  /// Of a constant bit-vector, as two's complement; of other constants, value().
  Wide signed_value() const;

  Term equals(Term other) const;
  Term differs(Term other) const;
  Term operator&&(Term other) const;
  Term operator||(Term other) const;
  Term operator!() const;
  Term operator+(Term other) const;
  Term operator-(Term other) const;
  Term operator*(Term other) const;
  Term operator-() const;
  /// Signed order for bit-vectors.
  Term operator<(Term other) const;
  Term operator<=(Term other) const;
  Term unsigned_less(Term other) const;
  Term unsigned_less_equal(Term other) const;

 private:
  const Node* node_ = nullptr;
};

struct Node {
  Op op = Op::kConstant;
  Sort sort;
  std::uint32_t id = 0;  ///< in order of creation
  TermStore* store = nullptr;
  Term a, b, c;
  Wide value = 0;  // kConstant; kVariable: index of its name
};

/// Owns terms; everything built from one store dies with it. Not thread-safe: one store per task.
class TermStore {
 public:
  TermStore();
  TermStore(const TermStore&) = delete;
  TermStore& operator=(const TermStore&) = delete;

  Term yes() const { return true_; }
  Term no() const { return false_; }
  Term boolean(bool value) const { return value ? true_ : false_; }
  Term bits(Wide value, int width);  ///< value modulo 2^width
  Term integer(Wide value);
  Term constant(Wide value, Sort sort);
  /// The same name and sort give the same variable; a name is used with one sort only.
  Term variable(const std::string& name, Sort sort);
  const std::string& name(Term variable) const;

  Term negation(Term a);
  Term conjunction(Term a, Term b);
  Term disjunction(Term a, Term b);
  Term ite(Term condition, Term then, Term otherwise);
  Term equal(Term a, Term b);
  /// Every other operator; operands must have the sorts that it needs.
  Term apply(Op op, Term a, Term b = {});
  Term resize(Op op, Term a, int width);  ///< kTruncate, kZeroExtend, kSignExtend; a of that width already is returned as it is

  std::size_t size() const { return nodes_.size(); }

 private:
  struct Key {
    std::size_t operator()(const Node* node) const;
  };
  struct Same {
    bool operator()(const Node* x, const Node* y) const;
  };
  Term intern(Node node);
  Term comparison(Op op, Term a, Term b);
  Term fold_or_intern(Op op, Sort sort, Term a, Term b);

  std::deque<Node> nodes_;
  std::unordered_set<const Node*, Key, Same> index_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> name_index_;
  Term true_, false_;
};

/// Balanced conjunction and disjunction: flat depth keeps solvers quick.
Term all_of(TermStore& store, const std::vector<Term>& terms);
Term any_of(TermStore& store, const std::vector<Term>& terms);

/// Nodes that `roots` reach, operands before users, in a deterministic order.
std::vector<const Node*> in_order(const std::vector<Term>& roots);

/// Two's complement reading of the low `width` bits.
Wide as_signed(Wide bits, int width);

/// What a satisfiable query assigns to its variables, by name; a variable that is absent may have any value and is read as 0.
class Model {
 public:
  void set(const std::string& variable, Wide value) {
    values_[variable] = value;
    computed_.clear();
  }
  /// Value of any term of the store that the variables belong to.
  Wide evaluate(Term term);
  bool holds(Term term) { return evaluate(term) != 0; }

 private:
  std::unordered_map<std::string, Wide> values_;
  std::unordered_map<const Node*, Wide> computed_;
};

}  // namespace assay::solver::smt
