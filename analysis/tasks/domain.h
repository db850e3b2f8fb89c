// The declared domain of a task: a finite tree of token sequences that the engine can walk.
//
// Three shapes. A product of slots with fixed symbols between them:  <bos> a a + b b = answer answer answer
// or all (legal) strings over an alphabet, each prefix scored:       <bos> ( [ ] )
// optionally followed by fixed tokens (`end`), after which the network's own answers are fed back;
// or the prompts of a template, scored at their ends:                for (int k = 0; k
//
// A *prefix* is what follows start(). Its first part is the input, the rest are answers that were fed back; step() counts them.
// Order: children() lists symbols as the task does, and shorter prefixes come first; "smallest failing input" means first in this order.
// Cost: a few nanoseconds per prefix; a legal function costs one run of the interpreter per prefix.
// Test: tests/analysis/domain_test.cpp
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "analysis/tasks/c_function.h"
#include "analysis/tasks/prompts.h"
#include "analysis/tasks/vocabulary.h"
#include "circuits/engine.h"

namespace assay::analysis {

inline constexpr int kLongestDeclared = 4096;  ///< tokens of an input that a file may declare
/// A length read from a file as an int that still lies outside 0 to kLongestDeclared if the number did.
inline int length_of(std::int64_t number) { return static_cast<int>(std::clamp<std::int64_t>(number, -1, kLongestDeclared + 1)); }

/// A named group of input tokens. Parts of a sequence with the same slot name are one array.
struct Slot {
  std::string name;
  int length = 0;  ///< elements in all
  Tokens symbols;
  std::vector<std::int64_t> values;  ///< of each symbol; default: its index in `symbols`
  bool distinct = false;             ///< no symbol occurs twice in the slot
};

/// One token of a product: an element of a slot, or a fixed symbol.
struct Element {
  int slot = -1;  ///< index into slots, or -1
  int index = 0;  ///< within the slot
  TokenId literal = 0;
};

enum class Scored { kLast, kEvery, kAnswer };

struct DomainSpec {
  Tokens start;
  // a product ...
  std::vector<Slot> slots;
  std::vector<Element> elements;
  // ... or a tree (alphabet not empty)
  Tokens alphabet;
  std::vector<std::int64_t> alphabet_values;
  int min_length = 0, max_length = 0;
  std::optional<CFunction> legal;  ///< (const int *s, int n) -> bit mask over the alphabet of what may follow
  Tokens end;                      ///< fixed tokens after the string
  // ... or the prompts of a template, whose slots have the length 1 and no symbols
  std::shared_ptr<const Prompts> prompts;
  // all
  Scored scored = Scored::kLast;
  int answers = 1;               ///< answer tokens read; all but the last are fed back
  std::optional<TokenId> until;  ///< no answer is read after this one
  std::string described;         ///< in words, for reports: the sizes and symbols

  bool is_tree() const { return !alphabet.empty(); }
  /// Tokens of an input of a product, or of the longest of the others, `end` included.
  int input_length() const;
};

/// Decides membership of an input beyond the shape: set by the task from `where` (a C function bound like the program).
/// An error says why the predicate gives no answer on this input.
using Membership = std::function<Result<bool>(std::span<const TokenId> prefix)>;
/// The same predicate for another shape: extended() asks for it.
using MembershipMaker = std::function<Result<Membership>(const DomainSpec& spec)>;

class Domain : public circuits::TokenTree {
 public:
  Domain() = default;
  explicit Domain(DomainSpec spec) : spec_(std::move(spec)) {}
  Domain(const Domain& other)
      : circuits::TokenTree(),
        spec_(other.spec_),
        membership_(other.membership_),
        membership_text_(other.membership_text_),
        membership_identity_(other.membership_identity_),
        membership_maker_(other.membership_maker_) {}
  Domain& operator=(const Domain& other) {
    spec_ = other.spec_;
    membership_ = other.membership_;
    membership_text_ = other.membership_text_;
    membership_identity_ = other.membership_identity_;
    membership_maker_ = other.membership_maker_;
    return *this;
  }

  const DomainSpec& spec() const { return spec_; }
  /// `text` is what reports print; it and `identity` (what else the predicate depends on) are part of fingerprint().
  void set_membership(Membership membership, std::string text, MembershipMaker maker = {}, std::string identity = {}) {
    membership_ = std::move(membership);
    membership_maker_ = std::move(maker);
    membership_text_ = std::move(text);
    membership_identity_ = std::move(identity);
  }
  const std::string& membership_text() const { return membership_text_; }
  /// In words, with the predicate.
  std::string described() const;
  /// Identity of the tree: equal fingerprints walk the same prefixes. Cache keys use it.
  std::string fingerprint() const;

  Tokens start() const override { return spec_.start; }
  int depth() const override;
  bool scored(std::span<const TokenId> prefix) const override;
  void children(std::span<const TokenId> prefix, const circuits::Answer* answer, Tokens& next) const override;

  /// Tokens of the string part of a tree's prefix, or of the input part of another's: without `end` and answers.
  std::size_t input_part(std::span<const TokenId> prefix) const;
  /// Index of the answer that is read at the end of this scored prefix.
  int step(std::span<const TokenId> prefix) const;
  /// Number of inputs without membership and legality taken into account: an upper bound; infinite when it exceeds 1e18.
  double size_bound() const;
  /// A pseudo-random complete input (no answers): slots uniform; a tree's length uniform, then each next symbol. Deterministic in `seed`.
  Tokens random_input(std::uint64_t seed) const;
  /// Set when the legal function or the predicate gave no answer on a prefix: the reason. Such prefixes look illegal, so whoever walks
  /// the tree must ask afterwards. The first failure is the last: later prefixes are not tried, as one run may cost millions of statements.
  std::optional<Error> failure() const;

  /// The same domain with inputs longer by `by`: strings, or the named slot (empty: every slot longer than one), answers too if `answers`.
  /// The predicate, if there is one, holds for the longer inputs too. `only_new`: of a tree the strings of the largest length alone.
  Result<Domain> extended(int by, const std::string& slot, bool answers, bool only_new = false) const;

 private:
  std::uint64_t legal_mask(std::span<const TokenId> prefix) const;
  bool is_member(std::span<const TokenId> prefix) const;
  void record_failure(std::string message, std::string remedy) const;
  void product_children(std::span<const TokenId> prefix, Tokens& next) const;
  void tree_children(std::span<const TokenId> prefix, Tokens& next) const;
  bool complete(std::span<const TokenId> prefix) const;

  DomainSpec spec_;
  Membership membership_;
  std::string membership_text_, membership_identity_;
  MembershipMaker membership_maker_;
  mutable std::mutex mutex_;
  mutable std::atomic<bool> failed_{false};
  mutable std::optional<Error> failure_;
};

}  // namespace assay::analysis
