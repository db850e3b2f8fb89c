// What is open where a function's text is cut: blocks and brackets, the place in the syntax, and the variables in scope.
//
//   std::vector<PartialState> states = partial_states(text, facts);     // one per token of the body, cut behind it
//   "int f(int n) { int s = 0; for (int i = 0; i <"     place kOperand, part kForCondition, open {block, for}, in scope n, s, i
//
// The tokens are Clang's, and so are the variables with their types. Labels, calls that are not closed, members, initialiser lists, array bounds
// and `do` are read, and a cut within them is kOther.
// Cost: one pass, and a copy of what is open per token. Test: tests/solver/partial_function_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/program/source_facts.h"

namespace assay::solver {

struct PartialState {
  enum class Place : std::uint8_t {
    kStatement,  ///< a statement begins, or the block ends
    kOperand,    ///< within an expression, a value is missing
    kOperator,   ///< behind a value
    kDeclared,   ///< behind the name of a variable that is declared
    kForced,     ///< what follows is no choice here: `(` behind `for`, `while` behind the statement of a `do`, the name that a declaration gives, `;`
                 ///< behind `break`
    kOther,      ///< `reason`
  };
  /// What is cut.
  enum class Part : std::uint8_t { kNone, kExpression, kReturn, kInitialiser, kCondition, kForInit, kForCondition, kForStep };
  enum class Construct : std::uint8_t { kBlock, kIf, kElse, kFor, kWhile, kDo, kSwitch };
  struct Open {
    Construct construct = Construct::kBlock;
    std::vector<std::size_t> variables;  ///< that it declares, so far
  };

  Place place = Place::kOther;
  std::string reason;   ///< kOther: the construct
  std::size_t cut = 0;  ///< byte behind the token
  Part part = Part::kNone;
  std::size_t part_begin = 0;           ///< its first byte
  std::optional<std::size_t> part_end;  ///< byte of the token that ends it, `;`, `,` or `)`, where the text has one
  std::string brackets;                 ///< open in the part, innermost last: ( [ ?
  bool assigns = false;                 ///< the part has an assignment, ++ or -- already
  bool required = false;                ///< kStatement: no block can end here
  std::optional<std::size_t> variable;  ///< kDeclared, kInitialiser: that which is declared
  std::vector<Open> open;               ///< outermost first: the function's block
  /// Variables that can be named at open[level], the last first; shadowed ones are left out.
  std::vector<std::size_t> in_scope(const program::SourceFacts& facts, std::size_t level) const;
};

std::string_view name_of(PartialState::Place place);  ///< "operand"

/// By token from the body's `{` on, to its `}` or the text's end. Empty without a function.
std::vector<PartialState> partial_states(std::string_view text, const program::SourceFacts& facts);

}  // namespace assay::solver
