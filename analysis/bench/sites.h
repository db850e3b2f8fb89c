// Decision sites of an answer: token <-> source range <-> AST node <-> concept, and what else could have been written there with the probability
// that the model gave it.
//
//   Result<std::vector<Site>> sites = read_sites(places, sample, network, prompt);
//   sites[4]: {written "<=", tokens [17, 17], ast "BinaryOperator", concept "loop-bound", probability .71, alternatives {"<", " <", at 17, .22}, ...}
//
// One forward pass over prompt and answer (teacher forcing) gives the distribution at every token. An alternative is written by the tokenizer in the
// place of what was written, with the blanks and brackets before it, which it may join (" 1" is a blank and a digit, " -1" begins with " -"); `at` is
// the first token that is then another one, and its probability is read there: it is the probability of everything that begins so, not of the
// alternative alone, and where another alternative (or the written value, which the model cut otherwise than the tokenizer would) begins with the
// same token it is marked as shared. Probabilities are the network's own, before temperature and top_p. Each must be reproduced: where the pass does
// not give the written tokens the probabilities recorded while writing, or nothing can be compared, there is none and `why` says so (kWhy...). Cost:
// one pass a sample, and one encoding of the answer's rest an alternative. Test: tests/analysis/bench_sites_test.cpp
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/bench/site_places.h"
#include "circuits/engine.h"

namespace assay::analysis::bench {

struct Sample;

inline constexpr std::string_view kWhyNoModel = "no_model";              ///< a completion: no model was run
inline constexpr std::string_view kWhyRepaired = "repaired";             ///< written with a repair made inside the network
inline constexpr std::string_view kWhyNotReproduced = "not_reproduced";  ///< the pass gives what was written other probabilities
inline constexpr std::string_view kWhyNoTokenBoundary = "no_token_boundary";

struct SiteAlternative {
  std::string value;
  std::string token;   ///< the first one that is not the written one
  std::size_t at = 0;  ///< into Sample::tokens: in whose place it would stand
  double probability = 0;
  bool shared = false;
  std::string why;  ///< there is neither token nor probability
};

struct Site {
  SitePlace place;                                                 ///< without its alternatives
  std::optional<std::pair<std::size_t, std::size_t>> tokens = {};  ///< first and last that cover it, into Sample::tokens
  std::optional<double> probability = {};                          ///< of all of these tokens, each given what stands before it
  std::vector<SiteAlternative> alternatives = {};
};

/// `prompt`: all that the network read before the first token of the answer.
Result<std::vector<Site>> read_sites(const std::vector<SitePlace>& places, const Sample& sample, circuits::Network& network,
                                     const circuits::Tokens& prompt);
/// The same without probabilities.
std::vector<Site> unread_sites(const std::vector<SitePlace>& places, const Sample& sample, std::string_view why);

Json to_json(const Site& site);
/// Nothing if the text is not one of ours, or names tokens that the sample has not.
std::optional<Site> site_from_json(const Json& json, const Sample& sample);

/// Over the sites of some answers.
struct SiteCounts {
  std::uint64_t samples = 0, sites = 0;
  std::uint64_t compared = 0;   ///< sites with a probability and at least one alternative's
  double probability = 0;       ///< summed over those
  std::uint64_t overtaken = 0;  ///< of those: at which an alternative's token is more probable than the written one in its place
  double mean_probability() const { return compared == 0 ? 0 : probability / static_cast<double>(compared); }
  double overtaken_share() const { return compared == 0 ? 0 : static_cast<double>(overtaken) / static_cast<double>(compared); }
};

/// Right: proved or bounded answers; wrong: wrong or unsafe ones.
class SiteTally {
 public:
  void add(Label label, const Sample& sample);
  Json to_json() const;
  /// Lines for the terminal; empty where no sample has sites.
  std::string to_text() const;

 private:
  std::map<std::string, std::map<std::string, SiteCounts>> groups_;  ///< "right", "wrong", "other" by kind, "all" of them
  std::uint64_t alternatives_ = 0;
  std::map<std::string, std::uint64_t> not_compared_;  ///< alternatives by why
};

}  // namespace assay::analysis::bench
