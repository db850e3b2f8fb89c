// Shared by the tests of the code request generator: one generator for all tests, and which combinations a test looks at.
//
// By default a seeded sample, so that the suite stays quick; with ASSAY_CODE_TASKS=all every combination.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analysis/code_tasks/code_examples.h"
#include "tests/analysis/fake_network.h"

namespace assay::analysis::code_tasks::testing {

inline std::shared_ptr<const Generator> shared_generator() {
  static const std::shared_ptr<const Generator> kGenerator = [] {
    Result<Generator> made = Generator::create({});
    EXPECT_TRUE(made) << made.error().to_string();
    return std::make_shared<Generator>(std::move(*made));
  }();
  return kGenerator;
}

inline const Vocabulary& shared_vocabulary() {
  static const Vocabulary kVocabulary = [] {
    Result<Vocabulary> made = Vocabulary::create();
    EXPECT_TRUE(made) << made.error().to_string();
    return *made;
  }();
  return kVocabulary;
}

inline bool whole() {
  const char* wanted = std::getenv("ASSAY_CODE_TASKS");
  return wanted != nullptr && std::string(wanted) == "all";
}

/// Indices below `size`: all of them, or `count` that a seed draws, every family of combinations among them if it is large enough.
inline std::vector<std::size_t> looked_at(std::size_t size, std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> all(size);
  for (std::size_t i = 0; i < size; ++i) all[i] = i;
  if (whole() || size <= count) return all;
  std::sort(all.begin(), all.end(), [seed](std::size_t a, std::size_t b) { return mixed(a * 2 + seed) < mixed(b * 2 + seed); });
  all.resize(count);
  return all;
}

/// One combination of each family, drawn by a seed; with ASSAY_CODE_TASKS=all every combination.
inline std::vector<std::size_t> one_of_each_family(std::uint64_t seed) {
  std::vector<std::size_t> chosen;
  std::vector<bool> have(families().size());
  for (const std::size_t c : looked_at(all_combinations().size(), all_combinations().size() - 1, seed)) {
    if (have[all_combinations()[c].family] && !whole()) continue;
    have[all_combinations()[c].family] = true;
    chosen.push_back(c);
  }
  return chosen;
}

inline std::size_t family_named(const std::string& name) {
  for (std::size_t i = 0; i < families().size(); ++i)
    if (families()[i]->facts().name == name) return i;
  ADD_FAILURE() << "no family " << name;
  return 0;
}

/// The combination with this text.
inline std::size_t combination_named(const std::string& text) {
  for (std::size_t i = 0; i < all_combinations().size(); ++i)
    if (text_of(all_combinations()[i]) == text) return i;
  ADD_FAILURE() << "no combination " << text;
  return 0;
}

/// Answers with the token that follows in sequences it was told, or with token 1; each with margin 2.5.
inline analysis::testing::FakeNetwork network_that_knows(const std::vector<circuits::TrainingExample>& sequences) {
  auto known = std::make_shared<std::map<circuits::Tokens, circuits::TokenId>>();
  for (const circuits::TrainingExample& sequence : sequences)
    for (std::size_t i = 1; i < sequence.tokens.size(); ++i)
      (*known)[circuits::Tokens(sequence.tokens.begin(), sequence.tokens.begin() + static_cast<std::ptrdiff_t>(i))] = sequence.tokens[i];
  return analysis::testing::FakeNetwork([](auto) { return 0; },
                                        [known](std::span<const circuits::TokenId> prefix, auto) {
                                          const auto found = known->find(circuits::Tokens(prefix.begin(), prefix.end()));
                                          return circuits::Answer{.token = found == known->end() ? 1 : found->second, .margin = 2.5};
                                        },
                                        512);
}

}  // namespace assay::analysis::code_tasks::testing
