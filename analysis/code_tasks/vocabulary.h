// The closed vocabulary of the code model, and text as its tokens.
//
//   Vocabulary vocabulary = *Vocabulary::create();
//   vocabulary.encode("for (int i = 0; i <= n; i++) {")    for| (|int| i| =| 0|;| i| <=| n|;| i|++|)| {
//
// A word carries the space before it, a new line carries its indentation, digits stand alone, operators are whole; the pieces joined are
// the text again. The words are collected from what the families can write (phrases, names, references), not from samples, so that no seed meets
// an unknown one. Written as a Hugging Face tokenizer.json: WordLevel behind a Split. Cost: about 10 microseconds per function.
// Test: tests/analysis/code_tasks_vocabulary_test.cpp
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "circuits/training.h"

namespace assay::analysis::code_tasks {

class Vocabulary {
 public:
  static constexpr circuits::TokenId kEndOfText = 0;
  static constexpr circuits::TokenId kUnknown = 1;

  static Result<Vocabulary> create();
  /// Error: names the first word that the vocabulary does not have.
  Result<circuits::Tokens> encode(std::string_view text) const;
  /// The pieces joined; the two special tokens are left out.
  std::string decode(const circuits::Tokens& tokens) const;
  /// Text by id.
  const std::vector<std::string>& words() const;
  /// tokenizer.json
  std::string to_json() const;

 private:
  struct State;
  Vocabulary() = default;
  std::shared_ptr<const State> state_;
};

}  // namespace assay::analysis::code_tasks
