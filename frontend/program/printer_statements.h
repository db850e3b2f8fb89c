// Statements of one function -> C: internal to printer*.cpp.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "frontend/program/printer_internal.h"

namespace assay::program {

class StatementPrinter {
 public:
  StatementPrinter(const Program& program, const Names& names, const Function& function);
  /// The lines between the braces of the function.
  std::string print();

 private:
  void open_scope() { scopes_.emplace_back(); }
  void close_scope() { scopes_.pop_back(); }
  void name_local(std::uint32_t local);
  void line(const std::string& text);
  void clauses(const std::vector<Clause>& clauses, const char* keyword);
  void block(const Block& block);
  void nested(const Block& block);
  void statement(const Stmt& stmt);
  void plain_block(const Stmt& stmt);
  void if_statement(const Stmt& stmt, const std::string& prefix);
  void loop(const Stmt& stmt, const std::string& initialisation);
  void loop_body(const Stmt& stmt);
  void general_loop(const Stmt& stmt);
  void switch_statement(const Stmt& stmt);
  std::uint32_t first_start(const Stmt& stmt) const;
  bool initialises(const Stmt& next, VariableId variable) const;
  void declaration_with_value(const Stmt& declare, const Stmt& value);
  bool is_for(const Stmt& stmt) const;
  bool simple_step(const Loop& loop) const;
  std::string call(const Stmt& stmt) const;
  std::string assignment(const Stmt& stmt) const;
  std::string simple(const Stmt& stmt) const;

  const Program& program_;
  const Names& names_;
  const Function& function_;
  ExpressionPrinter printer_;
  std::vector<std::set<std::string>> scopes_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace assay::program
