// Parts of the C printer: internal to printer*.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "frontend/program/printer.h"

namespace assay::program {

std::string integer_spelling(const Type& type);
std::string struct_spelling(const Program& program, TypeId id);
std::string constant_spelling(const Type& type, std::int64_t value);
/// A valid C identifier that resembles `name`; not yet unique.
std::string identifier(const std::string& name);

/// Names of globals and functions, unique in the printed file.
class Names {
 public:
  explicit Names(const Program& program);
  const std::string& global(std::uint32_t index) const { return globals_[index]; }
  const std::string& function(std::uint32_t index) const { return functions_[index]; }
  bool taken(const std::string& name) const { return taken_.contains(name); }

 private:
  std::string fresh(const std::string& wanted);
  std::set<std::string> taken_;
  std::vector<std::string> globals_;
  std::vector<std::string> functions_;
};

/// C expressions with minimal parentheses. `local_names` maps locals of the function at hand.
class ExpressionPrinter {
 public:
  ExpressionPrinter(const Program& program, const Names& names, const Function* function) : program_(program), names_(names), function_(function) {}

  /// In a context that binds as tightly as `precedence` (0: anything goes).
  std::string expression(const Expr& expr, int precedence = 0) const;
  /// Where C converts to the type of `expr` by itself: assignment, argument, return.
  std::string converted(const Expr& expr) const;
  std::string place(const Place& place, int precedence = 0) const;
  std::string condition(const Expr& expr) const { return expression(expr); }
  std::string local_name(std::uint32_t local) const;
  void set_local_name(std::uint32_t local, std::string name) { local_names_[local] = std::move(name); }
  std::string string_literal(std::uint32_t global) const;

 private:
  struct Text {
    std::string text;
    int precedence;
  };
  Text any(const Expr& expr) const;
  Text any_place(const Place& place) const;
  Text binary(const Expr& expr) const;
  Text address_of(const Place& place) const;
  std::string operand(const Expr& expr, int precedence) const;
  std::string arithmetic(const Expr& expr, int precedence) const;
  std::string index(const Expr& expr, int precedence) const;
  const Type& type(TypeId id) const { return program_.type(id); }

  const Program& program_;
  const Names& names_;
  const Function* function_;
  std::map<std::uint32_t, std::string> local_names_;
};

/// The type that C's integer promotions give; equal to `type` for those as wide as int.
bool promotes_to(const Type& from, const Type& to, int int_width);
/// Text of a string literal if the global is an array of characters that Program::initialise fills with text.
std::optional<std::string> literal_text(const Program& program, std::uint32_t global);
std::string quoted(const std::string& text);

}  // namespace assay::program
