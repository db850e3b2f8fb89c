// The inputs of a function as symbols, and back: a model becomes the arguments that the interpreter takes.
//
// Pointer parameters point where their plan says (plans.h). Those that share an object keep their order of parameters, not of addresses:
// the object has cells around the first of them, and the others stand at a symbolic distance from it. Every assumption made here is
// written down for the verdict.
//
//   void f(int *a, int *b), sharing:    ... a[-1] a[0] a[1] ...    begin(a) <= 0 and distance(b) <= length(a)
//
// Test: tests/solver/inputs_test.cpp, check_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/program/interpreter.h"
#include "solver/semantics/executor.h"
#include "solver/semantics/plans.h"

namespace assay::solver {

/// Unsupported: the parameter types that no plan covers. Place: the parameter's.
Status check_parameter_types(const program::Program& program, program::FunctionId function);

class Inputs {
 public:
  /// Creates the objects in `state`. Variables are named after the parameters of this function or, so that two executors over one store
  /// share them, as in `same`: parameters correspond by position.
  Inputs(Executor& executor, State& state, Encoding& encoding, const program::Program& program, program::FunctionId function,
         const PointerPlans& plans, const Inputs* same = nullptr);

  const std::vector<std::vector<Cell>>& arguments() const { return arguments_; }
  const std::vector<Term>& facts() const { return facts_; }  ///< ranges of the variables
  const std::vector<std::string>& assumptions() const { return assumptions_; }
  /// Absent unless a length was capped: what the bound is.
  const std::string& bound_reason() const { return bound_reason_; }

  std::vector<program::Argument> read(smt::Model& model) const;
  /// The other way: sets the variables to these arguments. False: they do not fit the plans (another length, other pointers share).
  bool write(const std::vector<program::Argument>& arguments, smt::Model& model) const;
  /// Lengths of the objects, smallest first to try when a witness is made small.
  std::vector<Term> lengths() const;
  /// Integer variables with their types, for the same purpose.
  struct Variable {
    Term term;
    program::TypeId type;
  };
  const std::vector<Variable>& variables() const { return variables_; }
  const program::Type& type(const Variable& variable) const { return program_.type(variable.type); }
  /// Objects behind pointer parameters, by parameter; their final cells are part of the result.
  struct ParameterObject {
    std::uint32_t parameter = 0;  ///< the first that points into it
    ObjectId object;
    std::uint64_t stride = 1;  ///< cells per element
    std::uint64_t before = 0;  ///< index of the element that the parameter points to
    Term front, behind;        ///< elements in front of it, and from it on
    Term begin, end;           ///< so that elements with an index in [begin, end) exist
    Term null;
  };
  const std::vector<ParameterObject>& objects() const { return objects_; }

 private:
  struct Parameter {
    program::TypeId type;
    std::vector<Term> cells;
    std::optional<std::size_t> object;  ///< index into objects_, of the parameter that comes first in it
    std::optional<std::uint32_t> shares_with;
    Term distance;  ///< then: elements from that one to this one
    Term index;     ///< of the element that it points to
  };
  void add_value(std::size_t index, const program::Variable& parameter);
  void add_pointer(std::size_t index, const program::Variable& parameter, const PointerPlan& plan, State& state);
  void add_sharer(std::size_t index, const PointerPlan& plan, const State& state);
  std::vector<Term> element_variables(const ObjectInfo& info, const std::string& name, const PointerPlan& plan, std::uint64_t stride);
  Term symbolic_index(const std::string& name, std::int64_t low, std::int64_t high);
  Term integer_variable(program::TypeId type, const std::string& name);
  bool write_pointer(std::size_t index, const std::vector<program::Argument>& arguments, smt::Model& model) const;
  void write_cells(const Parameter& parameter, program::TypeId type, const program::Argument& argument, std::size_t first, smt::Model& model) const;
  program::Argument read_pointer(const Parameter& parameter, smt::Model& model) const;
  std::vector<program::Scalar> read_cells(const Parameter& parameter, program::TypeId type, std::size_t first, std::size_t count,
                                          smt::Model& model) const;

  Executor& executor_;
  Encoding& encoding_;
  const program::Program& program_;
  std::vector<std::string> names_;  ///< by parameter
  std::vector<std::vector<Cell>> arguments_;
  std::vector<Parameter> parameters_;
  std::vector<ParameterObject> objects_;
  std::vector<Term> facts_;
  std::vector<Variable> variables_;
  std::vector<std::string> assumptions_;
  std::string bound_reason_;
};

}  // namespace assay::solver
