// What could have been written otherwise in a function: its operators, constants and the variables that it reads, as holes in its text, each
// with the finite list of what else may stand there.
//
//   HoleGrammar grammar = HoleGrammar::of(program, function, source, behind_the_declaration);
//   grammar.holes()[0].written == "<=";   grammar.holes()[0].others == {"==", "!=", "<", ">", ">="}
//   Program other = grammar.filled({{0, 2}});      // with `<`
//
// In a hole may stand: another comparison; another of + - * / %, of & | ^, of << >>; `--` for `++`; `||` for `&&`; one of -1, 0, 1, 2, v - 1 and
// v + 1 for the constant v; another variable of the same type that is in scope, or one more or less than a variable of at least int's width.
// Statements stay as they are: nothing is added or removed. What a macro wrote is no hole.
// Cost: linear in the function, times the variables in scope. Test: tests/solver/hole_grammar_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/program/program.h"

namespace assay::solver {

struct Hole {
  enum class Kind : std::uint8_t { kComparison, kArithmetic, kLogical, kConstant, kName };
  Kind kind = Kind::kComparison;
  std::size_t begin = 0, end = 0;  ///< bytes of the source: the token
  std::string written;
  std::vector<std::string> others;
};

std::string_view name_of(Hole::Kind kind);  ///< "comparison"

/// `other`: into Hole::others of `hole`.
struct Filling {
  std::size_t hole = 0, other = 0;
};

class HoleGrammar {
 public:
  /// Holes at or behind byte `from` of `source`, the text of the file that defines the function. `program` must outlive the grammar.
  static HoleGrammar of(const program::Program& program, program::FunctionId function, std::string_view source, std::size_t from);

  const std::vector<Hole>& holes() const { return holes_; }  ///< in the order of the source
  program::FunctionId function() const { return function_; }
  /// How many texts differ from the written one in one to `changes` holes; at most 2^63.
  std::uint64_t size(int changes) const;
  /// The program with these holes filled otherwise.
  program::Program filled(const std::vector<Filling>& fillings) const;

 private:
  friend class HoleFinder;
  /// What a filling does to each expression that the token stands for.
  struct Change {
    std::optional<program::BinaryOp> operation;
    std::optional<program::ExprKind> logical;
    std::optional<std::int64_t> constant;
    std::optional<program::VariableId> variable;
    int plus = 0;
  };
  struct Target {
    std::vector<std::size_t> expressions;  ///< by number in the walk
    std::vector<Change> changes;           ///< by Hole::others
  };
  HoleGrammar(const program::Program& program, program::FunctionId function) : program_(&program), function_(function) {}
  static void apply(const Change& change, program::Expr& e);

  const program::Program* program_;
  program::FunctionId function_;
  std::vector<Hole> holes_;
  std::vector<Target> targets_;  ///< by hole
};

}  // namespace assay::solver
