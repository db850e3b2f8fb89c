// Draws requests: combination, names, wording, earlier functions, an example call, and for suites the tests.
//
//   Generator generator = *Generator::create({.split_seed = 1});
//   Draft draft = generator.draft(seed, {});                    // prompt and reference, in microseconds: what training needs
//   Request request = *generator.request(seed, {}, "r1");       // with contract, example tests and hidden tests
//
// Pure functions of the seed, thread-safe. The loop variable is `i`, or that of the earlier functions if one of them has a loop.
// Test: tests/analysis/code_tasks_generator_test.cpp
#pragma once

#include "analysis/code_tasks/references.h"

namespace assay::analysis::code_tasks {

enum class Draws : std::uint8_t { kSeen, kHeldOut, kAll };

struct DraftOptions {
  Draws combinations = Draws::kSeen;
  std::optional<std::size_t> combination;  ///< this one instead of a drawn one
  NameSplit names = NameSplit::kSeen;
  double example_share = 0.25;       ///< of requests that show an example call
  double earlier_share = 0.2;        ///< of requests with an earlier function; a third of them has two
  std::optional<std::size_t> shape;  ///< this sentence shape
};

struct Draft {
  std::size_t combination = 0;
  Names names;
  std::size_t shape = 0;
  FunctionText function;
  std::uint64_t wording = 0;      ///< seed of the phrases and of the comment's form
  std::string comment;            ///< comment lines, with a new line after each
  std::vector<Draft> earlier;     ///< finished functions before it; their own `earlier` is empty
  std::optional<TestCase> shown;  ///< the example call in the comment

  std::string prompt() const;
  std::string body() const { return body_of(function); }
  /// No two functions of the file have one name. Drafts are drawn without a look at that: training does not need files that compile.
  bool is_valid_file() const;
  const Combination& values() const { return all_combinations()[combination]; }
  const Family& family() const { return *families()[values().family]; }
};

/// One thing about a request that is changed.
enum class Change : std::uint8_t {
  kWording,    ///< another sentence and other phrases for the same thing
  kNames,      ///< other names for function and parameters, throughout
  kFormat,     ///< the comment on one line or on several, with or without its last full stop
  kAttribute,  ///< another value of one attribute, in the same words otherwise: the only change of meaning
  kMention,    ///< a sentence that mentions the parameters in another order
};
inline constexpr std::array kChanges = {Change::kWording, Change::kNames, Change::kFormat, Change::kMention, Change::kAttribute};
std::string_view name_of(Change change);

struct GeneratorOptions {
  std::uint64_t split_seed = 1;
};

class Generator {
 public:
  static Result<Generator> create(const GeneratorOptions& options);
  Draft draft(std::uint64_t seed, const DraftOptions& options) const;
  /// With 2 to 3 example tests and at least 8 hidden ones; error: the contract admits too few inputs, which is the family's fault.
  Result<Request> request(std::uint64_t seed, const DraftOptions& options, const std::string& id) const;
  /// The request that a draft stands for.
  Result<Request> request_of(const Draft& draft, std::uint64_t seed, const std::string& id) const;
  /// The same wording and names for another combination of the family: what the other attribute value would have been written as.
  Draft rewritten(const Draft& draft, std::size_t combination) const;

  /// The same request with one thing changed, its example call run again; nothing where the family has no other value, or the request no other form.
  std::optional<Draft> changed(const Draft& draft, Change change, std::uint64_t seed) const;

  /// Function and comment written again from combination, names, shape and wording, which the caller may have changed; an example call is run again.
  Draft again(Draft draft) const;

  const Split& split() const { return split_; }
  const References& references() const { return references_; }

 private:
  Generator(References references, std::uint64_t split_seed);
  Draft draw_function(const DraftOptions& options, const std::string& loop, Draw& draw) const;
  std::size_t draw_combination(const DraftOptions& options, Draw& draw) const;
  std::string comment_of(const Draft& draft) const;
  std::optional<Draft> reordered(const Draft& draft) const;

  References references_;
  Split split_;
  std::array<std::vector<std::vector<std::size_t>>, 3> by_family_;  ///< by Draws, then by family
};

/// "sum(a, 3) == 6 for a = {1, 2, 3}", "turn(a, 2) turns a = {1, 2} into {2, 1}"
std::string example_text(const FunctionText& function, const TestCase& test);

}  // namespace assay::analysis::code_tasks
