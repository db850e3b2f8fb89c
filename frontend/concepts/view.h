// A function as recognisers look at it: its statements in source order with what surrounds them, and temporaries seen through.
//
// Lowering writes `a[i++] = x` as `$1 = i; i = $1 + 1; a[$1] = x`; resolve() takes the load of $1 back to the load of i, so that patterns are
// matched as the person wrote them.
// Cost: linear in the size of the function. Test: tests/frontend/concepts_test.cpp
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontend/concepts/concepts.h"
#include "frontend/program/printer.h"
#include "frontend/program/program.h"

namespace assay::concepts {

using program::Block;
using program::Expr;
using program::Place;
using program::Stmt;
using program::symbol;
using program::VariableId;

/// A statement and where it stands.
struct Site {
  const Stmt* stmt = nullptr;
  const Block* block = nullptr;      ///< the block that holds it
  std::size_t index = 0;             ///< its place there
  std::vector<const Stmt*> parents;  ///< from the outermost to the innermost
  bool in_step = false;              ///< part of a for-step
  const Stmt* loop() const;          ///< the innermost loop around it, or null
};

/// x = x op operand
struct Update {
  VariableId variable;
  program::BinaryOp op = program::BinaryOp::kAdd;
  const Expr* operand = nullptr;
};

class FunctionView {
 public:
  FunctionView(const program::Program& program, const program::Function& function);

  const program::Program& program;
  const program::Function& function;
  std::vector<Site> sites;

  /// Without conversions between integers, and through temporaries that are written once.
  const Expr& resolve(const Expr& e) const;
  std::optional<std::int64_t> constant(const Expr& e) const;
  std::optional<VariableId> loaded(const Expr& e) const;  ///< the variable whose value `e` is
  bool same(const Expr& a, const Expr& b) const;          ///< structurally, conversions aside
  bool same(const Place& a, const Place& b) const;
  bool reads(const Expr& e, VariableId variable) const;
  std::optional<Update> update(const Stmt& stmt) const;
  static std::optional<VariableId> assigned(const Stmt& stmt);  ///< the variable that an assignment writes as a whole
  bool is_written_in(const Stmt& loop, VariableId variable) const;

  std::string text(const Expr& e) const;
  std::string text(const Place& place) const;
  std::string name(VariableId variable) const;
  bool is_temporary(VariableId variable) const;
  Concept make(std::string kind, std::string subject, std::string detail, std::string explanation, program::Origin origin, const Stmt& stmt) const;

 private:
  void collect(const Block& block, std::vector<const Stmt*>& parents, bool in_step);
  void name_call_results();
  std::map<std::uint32_t, const Expr*> temporaries_;
  std::string with_calls(std::string text) const;
  program::Function names_;                          ///< locals only: temporaries that hold the result of a call have a name of their own
  std::map<std::string, std::string> call_results_;  ///< that name -> the call
};

/// Every expression of the statement itself (not of statements inside it), and all their parts.
void each_expression(const Stmt& stmt, const std::function<void(const Expr&)>& visit);
void each_part(const Expr& e, const std::function<void(const Expr&)>& visit);
void each_part(const Place& place, const std::function<void(const Expr&)>& visit);
/// Every place that the statement itself reads, writes or takes the address of.
void each_place(const Stmt& stmt, const std::function<void(const Place&)>& visit);
/// The conjuncts of a && b && c.
std::vector<const Expr*> conjuncts(const Expr& e);
std::vector<const Expr*> disjuncts(const Expr& e);

bool is_comparison(const Expr& e);
program::BinaryOp flipped(program::BinaryOp comparison);  ///< a < b  ->  b > a
program::BinaryOp negated(program::BinaryOp comparison);  ///< a < b  ->  a >= b

}  // namespace assay::concepts
