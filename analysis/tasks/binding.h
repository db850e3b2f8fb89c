// From a token prefix to the arguments of a C function, and from the C function's result to the answer it stands for.
//
//   Binding binding = *Binding::create(domain, {"a", "b", "step"}, program);
//   BoundArguments arguments(binding);
//   binding.bind(prefix, arguments);            // a[2], b[2], step
//   program.interpreter().run_integers(program.id(), arguments.scalars, arguments.arrays(), value);
//
// Argument names: a slot (an int, or an array where the parameter is a pointer), "prefix" (the values of the input so far), "length"
// (how many those are), "length.SLOT", "step" (index of the answer, from 0). Of a template of prompts: a slot (the value of its text), "length" (in
// tokens). Cost: one pass over the prefix.
// Test: tests/analysis/binding_test.cpp
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/tasks/domain.h"

namespace assay::analysis {

/// Reusable storage for the arguments of one call.
struct BoundArguments {
  std::vector<std::int64_t> scalars;
  std::vector<std::vector<std::int64_t>> cells;
  std::vector<std::span<const std::int64_t>> arrays;
};

class Binding {
 public:
  /// `names` empty: the parameters' own names. Errors name the parameter and the nearest argument that exists.
  static Result<Binding> create(const DomainSpec& domain, const std::vector<std::string>& names, const CFunction& function);

  void bind(std::span<const TokenId> prefix, int step, std::size_t input_part, BoundArguments& bound) const;
  /// The same as the interpreter's general arguments, in the order of the parameters.
  std::vector<program::Argument> arguments(const BoundArguments& bound) const;
  bool uses_length() const { return uses_length_; }

 private:
  enum class Kind { kSlotScalar, kSlotArray, kPrefix, kLength, kSlotLength, kStep };
  struct Item {
    Kind kind;
    int slot = -1;
  };
  std::int64_t value_at(std::span<const TokenId> prefix, std::size_t position) const;
  void bind_prompt(std::span<const TokenId> prefix, BoundArguments& bound) const;

  std::vector<Item> items_;
  bool is_tree_ = false, uses_length_ = false;
  std::shared_ptr<const Prompts> prompts_;
  std::vector<Element> elements_;
  std::vector<int> slot_lengths_;
  std::vector<std::vector<std::int64_t>> values_;  // per slot (tree: one row) by token id; other tokens stand for themselves
};

/// How the network's output is read and what a C function's result means.
struct OutputSpec {
  circuits::Readout readout;
  Tokens symbols;  ///< set: bit i <-> symbols[i]; argmax: the symbols that `values` belong to
  std::vector<std::int64_t> values;
  bool restricted = false;  ///< the readout sees `symbols` only; printed with every claim
  std::unordered_map<std::int64_t, TokenId> token_of_value;

  bool is_set() const { return readout.kind == circuits::Readout::Kind::kSet; }
  /// The answer that the result `value` stands for; token -1 if none does.
  circuits::Answer answer_of(std::int64_t value) const;
  /// "7", "{a, <eos>}"
  std::string text(const circuits::Answer& answer, const Vocabulary& words) const;
};

}  // namespace assay::analysis
