// A request as it is put to a code model: its tokens with the reference's body behind them, and the sites at which an attribute decides.
//
//   Probe probe = *prober.probe(draft);                // "Count the items of a from index 0 to n inclusive ..." and its body
//   probe.sites[0]                                     // end = inclusive: " <=" where exclusive would have " <", at token 61
//   probe.situations                                   // name n, word Count, word items, ..., before find
//
// A site is the first token at which the reference and that of the same request with another value of one attribute differ; for requests that show an
// example, also the first token at which code that special-cases it would. One forward pass over the tokens (teacher forcing) decides all sites
// at once: the model's choice at a site is what greedy generation would write there, as long as everything before it is the reference's.
// Cost: some hundred microseconds. Test: tests/analysis/localisation_test.cpp
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "analysis/code_tasks/code_examples.h"
#include "circuits/engine.h"

namespace assay::analysis::localisation {

using circuits::TokenId;
using code_tasks::Attribute;
using code_tasks::CodeExamples;
using code_tasks::Draft;

/// What a model may get wrong: one value of an attribute written as another, or the example of a request special-cased.
struct Misreading {
  bool games_example = false;
  Attribute attribute = Attribute::kEnd;
  std::uint8_t demanded = 0, written = 0;
  auto operator<=>(const Misreading&) const = default;
  /// "end: inclusive written as exclusive", "special-cases the example"
  std::string described() const;
};

/// What may bring it about.
struct Situation {
  enum class Kind : std::uint8_t { kName, kFamilyBefore, kWord, kFamily } kind = Kind::kName;
  std::string text;
  auto operator<=>(const Situation&) const = default;
  /// "a parameter is named last", "the function before is of family count", "the comment says indices", "the function is of family find"
  std::string described() const;
};
std::string_view name_of(Situation::Kind kind);  ///< "name", "family_before", "word", "family"

struct Site {
  Misreading misreading;
  circuits::TokenChoice choice;
};

struct Probe {
  Draft draft;
  circuits::TrainingExample sequence;  ///< prompt and body; scored are the body's tokens
  std::vector<Site> sites;             ///< by misreading
  std::vector<Situation> situations;   ///< sorted
};

class Prober {
 public:
  Prober(const CodeExamples& examples, const code_tasks::Vocabulary& vocabulary) : examples_(examples), vocabulary_(vocabulary) {}
  /// Nothing where the request does not fit the window.
  std::optional<Probe> probe(const Draft& draft) const;
  const code_tasks::Generator& generator() const { return examples_.generator(); }
  const code_tasks::Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  std::optional<Site> site_of(const Misreading& misreading, const Draft& other, const Probe& probe) const;

  const CodeExamples& examples_;
  const code_tasks::Vocabulary& vocabulary_;
};

/// Words of the comment's sentences that are no parameter, no function and no number; the example call does not belong to them.
std::vector<std::string> comment_words(const Draft& draft);

}  // namespace assay::analysis::localisation
