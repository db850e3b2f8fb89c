// The inputs of a function as symbols, and back: a model becomes the arguments that the interpreter takes.
//
// A pointer parameter needs a size. `//@ requires length(a) == n;` gives it one: the object then has as many elements as the precondition
// allows (asked from the solver), up to a cap. `T a[N]` says N. Without either, `check` says which contract to write, and `equiv` may
// ask for an object of stated size that may also be null or shared. Every assumption made here is written down for the verdict.
//
// Cost: a handful of small queries per pointer. Test: tests/solver/inputs_test.cpp, check_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/program/interpreter.h"
#include "solver/semantics/executor.h"

namespace assay::solver {

/// What one pointer parameter points to.
struct PointerPlan {
  std::uint64_t capacity = 0;             ///< elements that are modelled
  bool exact = false;                     ///< the length is `capacity` on every input
  bool capped = false;                    ///< the precondition allows more: results are bounded
  bool may_be_null = false;
  std::optional<std::uint32_t> alias_of;  ///< points into the object of that earlier parameter
};

using PointerPlans = std::vector<std::optional<PointerPlan>>;  ///< by parameter; absent for parameters that are no pointers

struct PlanOptions {
  std::uint64_t cap = 8;                  ///< elements where the precondition gives no bound
  std::optional<std::uint64_t> shared;    ///< elements of an object without a length contract; absent: that is unsupported
};

/// Sizes of all pointer parameters of `function`. `also` is a second function whose contracts speak of the same parameters (equivalence).
struct ContractSource {
  const program::Program& program;
  program::FunctionId function;
};
Result<PointerPlans> plan_pointers(const ContractSource& source, const std::optional<ContractSource>& also, const PlanOptions& options);

/// Unsupported: the parameter types that no plan covers. Place: the parameter's.
Status check_parameter_types(const program::Program& program, program::FunctionId function);

class Inputs {
 public:
  /// Creates the objects in `state`. Variables are named after parameters, so two executors over one store share them.
  Inputs(Executor& executor, State& state, Encoding& encoding, const program::Program& program, program::FunctionId function, const PointerPlans& plans);

  const std::vector<std::vector<Cell>>& arguments() const { return arguments_; }
  const std::vector<Term>& facts() const { return facts_; }              ///< ranges of the variables
  const std::vector<std::string>& assumptions() const { return assumptions_; }
  /// Absent unless a length was capped: what the bound is.
  const std::string& bound_reason() const { return bound_reason_; }

  std::vector<program::Argument> read(smt::Model& model) const;
  /// The other way: sets the variables to these arguments. False: they do not fit (another length, an alias).
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
    std::uint32_t parameter = 0;
    ObjectId object;
    std::uint64_t stride = 1;
    Term length;                 ///< elements
    Term null;
  };
  const std::vector<ParameterObject>& objects() const { return objects_; }

 private:
  struct Parameter {
    program::TypeId type;
    std::vector<Term> cells;
    std::optional<std::size_t> object;     ///< index into objects_
    std::optional<std::uint32_t> alias_of;
    Term offset, null;
  };
  void add_value(std::size_t index, const program::Variable& parameter);
  void add_pointer(std::size_t index, const program::Variable& parameter, const PointerPlan& plan, State& state);
  void add_alias(std::size_t index, const program::Variable& parameter, const PointerPlan& plan, const State& state);
  Term integer_variable(program::TypeId type, const std::string& name);
  std::string name_of(std::size_t index, const program::Variable& parameter) const;

  Executor& executor_;
  Encoding& encoding_;
  const program::Program& program_;
  std::vector<std::vector<Cell>> arguments_;
  std::vector<Parameter> parameters_;
  std::vector<ParameterObject> objects_;
  std::vector<Term> facts_;
  std::vector<Variable> variables_;
  std::vector<std::string> assumptions_;
  std::string bound_reason_;
};

}  // namespace assay::solver
