// The finite grammar of how a function goes on where its text is cut, its exact size, and all of its texts in one function.
//
//   RestGrammar grammar = *RestGrammar::of(text, facts, state, {}, RestGrammar::Tail::kStated);      // state: partial_function.h
//   grammar.size() == 12'480;   grammar.rest(choices) == " n; i++) { s += a[i]; } return s; }"
//
// What is cut is completed first: a value where one is missing, at most `operators` operators with a value each, open brackets closed, an assignment
// where a statement has none. Values: a variable in scope, 0, 1, 2 and constants of the text before, an element at a variable or 0. A loop that is
// begun compares its variable with a value and steps it by ++ or --; a `do` compares a variable or element with a value. Then either the text's own
// later statements follow (kOwn), or (kStated) a statement where one must stand, at most `statements` more at the ends of the open blocks, the
// braces, and `return` with a value where the function has not ended with one. Statements: a variable or element = += -= *= a value (an element =),
// ++, --, return, and the same but ++ and -- behind `if (a variable or element compared with a value)`, there with = only. Values in added statements
// have at most `inner_operators` operators of + - *. A declaration that is begun is that of the text up to its name.
//
// Calls of the function itself are calls of the completed one.
//
// code() is one C function that behaves as the completion that its extra parameter, an array of choices, says; choices of which only one can matter
// share a cell. A choice is read when the run needs it, so one run tells all completions that agree in the choices that it read
// (solver/completions/rest_search.h). Cost: linear in the function's text and the grammar's rules. Test: tests/solver/rest_grammar_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "solver/completions/partial_function.h"

namespace assay::solver {

struct RestLimits {
  int operators = 1;        ///< in what is cut; a second one is + or -
  int statements = 1;       ///< added where none must stand
  int inner_operators = 0;  ///< 0 or 1: in values of added statements
  bool conditions = true;   ///< added statements with `if`
  bool operator==(const RestLimits&) const = default;
};

struct RestNode;

/// By number of the choice; -1: open.
using RestChoices = std::vector<int>;

class RestGrammar {
 public:
  enum class Tail : std::uint8_t { kOwn, kStated };
  /// Errors: kUnsupported for a place without a grammar; says which.
  static Result<RestGrammar> of(std::string_view text, const program::SourceFacts& facts, const PartialState& state, const RestLimits& limits,
                                Tail tail);

  std::uint64_t size() const;                             ///< different texts; at most 2^62
  std::uint64_t count(const RestChoices& choices) const;  ///< of these, with such choices
  std::size_t choices() const { return arity_.size(); }
  int arity(std::size_t choice) const { return arity_[choice]; }
  std::size_t cells() const { return cells_; }  ///< of code()'s array
  std::size_t cell(std::size_t choice) const { return cell_of_[choice]; }
  /// What follows the cut; open choices take their first.
  std::string rest(const RestChoices& choices) const;
  /// A definition of `name`, with a last parameter `const int *__assay_choice`.
  std::string code(const std::string& name);
  /// The choice that the code's line (from 0) reads first; lines of code() only.
  std::optional<int> choice_at(int line) const;
  /// The way to complete what is cut that stands on the code's line; of the first of them, 0.
  std::optional<std::size_t> rest_at(int line) const;
  /// Takes ways to complete what is cut out of the grammar: the compiler refuses them. False if none is left. code() must be called anew.
  bool leave_out(const std::set<std::size_t>& rests);

 private:
  friend class RestBuilder;
  std::string head_;                                    ///< the function's text before what is cut, but for name and parameters
  std::string head_name_, head_parameters_;             ///< pieces of it
  std::vector<std::shared_ptr<const RestNode>> parts_;  ///< in the order of the text
  std::vector<std::vector<std::size_t>> placements_;    ///< slots that are filled, by value of the choice `placement_`
  int placement_ = -1;                                  ///< -1: there is one placement
  std::optional<std::size_t> cut_;                      ///< of parts_: the ways to complete what is cut
  std::vector<int> arity_;
  std::vector<std::size_t> cell_of_;  ///< by choice
  std::size_t cells_ = 0;
  std::map<int, int> lines_;
  std::map<int, std::size_t> rest_lines_;  ///< first line of each way to complete what is cut; where the last ends, one more
};

}  // namespace assay::solver
