// The writer behind generator.h: one object per program, its methods in one file per kind of construct.
//
// A Value is an expression with the interval of its values; statements append lines; the file-level methods write globals, helpers and the
// entry function. Internal to the generator. Test: tests/frontend/generator_test.cpp
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/frontend/generator/generator.h"

namespace assay::generator {

__extension__ typedef __int128 Wide;

struct Type {
  const char* name;
  int width;
  bool is_signed;
  int rank;
  const char* suffix;
  Wide low() const { return is_signed ? -(Wide{1} << (width - 1)) : 0; }
  Wide high() const { return is_signed ? (Wide{1} << (width - 1)) - 1 : (Wide{1} << width) - 1; }
};
inline constexpr std::array<Type, 12> kTypes = {{{"_Bool", 1, false, 0, ""},
                                                 {"char", 8, true, 1, ""},
                                                 {"signed char", 8, true, 1, ""},
                                                 {"unsigned char", 8, false, 1, ""},
                                                 {"short", 16, true, 2, ""},
                                                 {"unsigned short", 16, false, 2, ""},
                                                 {"int", 32, true, 3, ""},
                                                 {"unsigned int", 32, false, 3, "u"},
                                                 {"long", 64, true, 4, "L"},
                                                 {"unsigned long", 64, false, 4, "uL"},
                                                 {"long long", 64, true, 5, "LL"},
                                                 {"unsigned long long", 64, false, 5, "uLL"}}};
inline constexpr int kBool = 0, kInt = 6;

struct Value {
  std::string text;
  int type = kInt;
  Wide low = 0, high = 0;
};

struct Variable {
  std::string name;
  int type;
  bool assignable;
  Wide low, high;
};
struct Array {
  std::string name;
  int type;
  std::uint64_t rows;  ///< 0: one dimension
  std::uint64_t count;
  bool assignable;
  bool is_pointer;
};
struct Callee {
  std::string name;
  int result;
  std::vector<int> parameters;
  bool is_pure;  ///< no effect besides its value
};

class Writer {
 public:
  Writer(std::uint64_t seed, const std::string& prefix);
  GeneratedProgram write();

 private:
  // randomness: splitmix64
  std::uint64_t next();
  std::uint64_t below(std::uint64_t limit);
  bool chance(int percent);
  template <class List>
  const auto& pick(const List& list) {
    return list[below(std::size(list))];
  }
  /// Leaves a guard out, on purpose.
  bool daring();
  void mark(std::string_view construct);
  int any_type();
  static const Type& info(int type);

  // text
  void line(const std::string& text);
  std::string fresh(const char* stem);

  // values
  static int promoted(int type);
  static int common(int a, int b);
  static Value as(Value value, int type);
  Value convert_to(Value value, int type);
  Value constant(int type);
  Value masked(Value value, std::int64_t mask);
  Value reduced(Value value, std::int64_t modulus);
  Value small(Value value);
  bool fits(const Value& value);
  Value leaf();
  std::string index(std::uint64_t count);
  std::string element_place(const Array& array);
  Value element(const Array& array);
  Value expression(int depth);
  Value arithmetic(int depth);
  Value bitwise(int depth);
  Value shift(int depth);
  Value divide(int depth);
  Value comparison(int depth);
  Value unary(int depth);
  Value conditional(int depth);
  Value cast(int depth);
  /// C leaves open when a call within an expression happens, so there it must have no effect, undefined behaviour included.
  Value call_in_expression(int depth);
  Value call(const Callee& callee, int depth);

  // statements
  const Variable* assignable();
  void declare(bool wanted_assignable = true);
  void assignment();
  void call_statement();
  void element_assignment();
  void nested(int depth, std::uint64_t count);
  void if_statement(int depth);
  void loop(int depth);
  void switch_statement(int depth);
  void jump();
  void array_statement();
  void pointer_statement();
  void struct_statement();
  void checked_statement();
  /// Undefined for some inputs, on purpose.
  void trap();
  void statement(int depth);

  // the file
  void file_scope();
  void begin_function();
  void helper(std::uint64_t number);
  void recursive_helper();
  void struct_helper();
  void entry();

  // inputs
  std::int64_t number(int type);
  std::vector<program::Argument> input();

  std::uint64_t state_;
  std::string prefix_;
  GeneratedProgram program_;
  std::string out_;
  std::size_t indent_ = 0;
  int names_ = 0;
  int loops_ = 0;
  int return_type_ = kInt;
  bool in_helper_ = false;
  bool helper_is_pure_ = false;
  bool has_struct_ = false;
  bool has_enum_ = false;
  int struct_types_[3] = {kInt, kInt, kInt};
  std::string struct_callee_;
  std::vector<int> types_;
  std::vector<Variable> globals_, variables_, fields_;
  std::vector<Array> global_arrays_, arrays_;
  std::vector<Callee> callees_;
};

}  // namespace assay::generator
