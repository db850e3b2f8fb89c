#include "solver/semantics/inputs.h"

#include <fmt/format.h>

namespace assay::solver {

using program::Argument;
using program::Type;
using program::TypeId;
using program::TypeKind;

namespace {

bool holds_pointer(const program::Program& program, TypeId id) {
  const Type& type = program.type(id);
  if (type.is_pointer()) return true;
  if (type.kind == TypeKind::kArray) return holds_pointer(program, type.element);
  for (const program::Field& field : type.fields)
    if (holds_pointer(program, field.type)) return true;
  return false;
}

}  // namespace

Status check_parameter_types(const program::Program& program, program::FunctionId id) {
  const program::Function& function = program.function(id);
  for (std::uint32_t i = 0; i < function.parameter_count; ++i) {
    const program::Variable& parameter = function.locals[i];
    const Type& type = program.type(parameter.type);
    const SourceRange where = program.range(parameter.origin);
    auto refuse = [&](const std::string& what) -> Status {
      return unsupported(fmt::format("parameter '{}' of '{}' {}", parameter.name, function.name, what), "pass integers, structs of integers, or pointers to them", where);
    };
    if (type.is_pointer() && program.type(type.element).kind == TypeKind::kVoid) return refuse("is a pointer to void");
    if (type.is_pointer() && holds_pointer(program, type.element)) return refuse("points to pointers");
    if (!type.is_scalar() && holds_pointer(program, parameter.type)) return refuse("is a struct that holds pointers");
  }
  return {};
}

Inputs::Inputs(Executor& executor, State& state, Encoding& encoding, const program::Program& program, program::FunctionId id, const PointerPlans& plans)
    : executor_(executor), encoding_(encoding), program_(program) {
  const program::Function& function = program.function(id);
  for (std::uint32_t i = 0; i < function.parameter_count; ++i) {
    const program::Variable& parameter = function.locals[i];
    parameters_.push_back({.type = parameter.type});
    if (!program.type(parameter.type).is_pointer()) add_value(i, parameter);
    else if (plans[i]->alias_of) add_alias(i, parameter, *plans[i], state);
    else add_pointer(i, parameter, *plans[i], state);
  }
  // Parameters that may alias are tried in every pattern by the caller; of the others it is an assumption.
  std::string names;
  int apart = 0;
  for (const ParameterObject& object : objects_) {
    if (plans[object.parameter]->may_be_null) continue;
    names += (apart++ == 0 ? "'" : ", '") + function.locals[object.parameter].name + "'";
  }
  if (apart > 1) assumptions_.push_back(fmt::format("{} point to distinct objects", names));
}

std::string Inputs::name_of(std::size_t index, const program::Variable& parameter) const {
  return parameter.name.empty() || parameter.name[0] == '$' ? fmt::format("argument{}", index) : fmt::format("{}@{}", parameter.name, index);
}

Term Inputs::integer_variable(TypeId type, const std::string& name) {
  const Term variable = encoding_.variable(program_.type(type), name);
  facts_.push_back(encoding_.in_range(program_.type(type), variable));
  variables_.push_back({variable, type});
  return variable;
}

void Inputs::add_value(std::size_t index, const program::Variable& parameter) {
  std::vector<TypeId> types;
  executor_.memory().append_cells(parameter.type, types);
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const std::string name = types.size() == 1 ? name_of(index, parameter) : fmt::format("{}.{}", name_of(index, parameter), i);
    const Term variable = integer_variable(types[i], name);
    parameters_.back().cells.push_back(variable);
    cells.push_back(executor_.memory().integer_cell(variable));
  }
  arguments_.push_back(std::move(cells));
}

void Inputs::add_pointer(std::size_t index, const program::Variable& parameter, const PointerPlan& plan, State& state) {
  Memory& memory = executor_.memory();
  const TypeId element = program_.type(parameter.type).element;
  const std::string name = name_of(index, parameter);
  const ObjectId object = memory.create(state, element, plan.capacity, parameter.name, false);
  const std::uint64_t stride = memory.cell_count(element);
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < memory.info(object).cells.size(); ++i) {
    const std::string leaf = stride == 1 ? "" : fmt::format(".{}", i % stride);
    const Term variable = integer_variable(memory.info(object).cells[i], fmt::format("{}[{}]{}", name, i / stride, leaf));
    parameters_.back().cells.push_back(variable);
    cells.push_back(memory.integer_cell(variable));
  }
  memory.set_cells(state, object, std::move(cells));
  smt::TermStore& store = encoding_.store();
  Term length = encoding_.index(static_cast<std::int64_t>(plan.capacity)), null = store.no();
  if (!plan.exact) {
    length = encoding_.variable(Encoding::index_type(), "length(" + name + ")");
    facts_.push_back(encoding_.index(0) <= length && length <= encoding_.index(static_cast<std::int64_t>(plan.capacity)));
  }
  if (plan.may_be_null) null = store.variable("null(" + name + ")", smt::Sort::boolean());
  if (plan.capped) bound_reason_ = fmt::format("length of '{}' up to {} elements", parameter.name, plan.capacity);
  if (parameter.declared_length && plan.exact && *parameter.declared_length == plan.capacity)
    assumptions_.push_back(fmt::format("'{}' points to {} elements, as declared", parameter.name, plan.capacity));
  PointerValue value{null, {{.guard = !null, .base = {object, 0, {}}, .element = element, .stride = stride, .capacity = plan.capacity,
                             .count = length, .index = encoding_.index(0), .generation = 1}}};
  parameters_.back().object = objects_.size();
  parameters_.back().null = null;
  objects_.push_back({static_cast<std::uint32_t>(index), object, stride, length, null});
  arguments_.push_back({memory.pointer_cell(std::move(value))});
}

/// Points into the object of an earlier parameter, at a symbolic element.
void Inputs::add_alias(std::size_t index, const program::Variable& parameter, const PointerPlan& plan, const State& state) {
  const std::string name = name_of(index, parameter);
  const Term offset = encoding_.variable(Encoding::index_type(), "offset(" + name + ")");
  const Cell& original = arguments_[*plan.alias_of][0];
  PointerValue value = *original.pointer;
  for (PointerTarget& target : value.targets) {
    target.index = offset;
    target.generation = state.objects[target.base.object.value].generation;
    facts_.push_back(encoding_.index(0) <= offset && offset <= target.count);
  }
  facts_.push_back(!value.null);
  parameters_.back().alias_of = *plan.alias_of;
  parameters_.back().offset = offset;
  arguments_.push_back({executor_.memory().pointer_cell(std::move(value))});
}

bool Inputs::write(const std::vector<Argument>& arguments, smt::Model& model) const {
  const smt::TermStore& store = encoding_.store();
  auto set = [&](Term variable, smt::Wide value) { model.set(store.name(variable), value); };
  for (std::size_t i = 0; i < parameters_.size() && i < arguments.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    const Argument& argument = arguments[i];
    std::vector<TypeId> types;
    executor_.memory().append_cells(parameter.object ? program_.type(parameter.type).element : parameter.type, types);
    if (parameter.alias_of || argument.kind == Argument::Kind::kAlias || argument.cells.size() > parameter.cells.size()) return false;
    if (parameter.object) {
      const ParameterObject& object = objects_[*parameter.object];
      const auto elements = static_cast<std::int64_t>(argument.cells.size() / object.stride);
      if (object.length.is_constant() && object.length.signed_value() != elements) return false;
      if (!object.length.is_constant()) set(object.length, elements);
      if (object.null.is_constant() && argument.kind == Argument::Kind::kNull) return false;
      if (!object.null.is_constant()) set(object.null, argument.kind == Argument::Kind::kNull);
    }
    for (std::size_t cell = 0; cell < argument.cells.size(); ++cell)
      set(parameter.cells[cell], encoding_.constant(program_.type(types[cell % types.size()]), argument.cells[cell].integer).value());
  }
  return arguments.size() == parameters_.size();
}

std::vector<Term> Inputs::lengths() const {
  std::vector<Term> lengths;
  for (const ParameterObject& object : objects_)
    if (!object.length.is_constant()) lengths.push_back(object.length);
  return lengths;
}

std::vector<Argument> Inputs::read(smt::Model& model) const {
  std::vector<Argument> arguments;
  for (const Parameter& parameter : parameters_) {
    Argument argument;
    const Type& type = program_.type(parameter.type);
    std::size_t cells = parameter.cells.size();
    if (parameter.alias_of) {
      argument.kind = Argument::Kind::kAlias;
      argument.shared_with = *parameter.alias_of;
      argument.offset = static_cast<std::uint64_t>(model.evaluate(parameter.offset));
    } else if (parameter.object) {
      const ParameterObject& object = objects_[*parameter.object];
      const bool null = model.holds(object.null);
      argument.kind = null ? Argument::Kind::kNull : Argument::Kind::kArray;
      cells = null ? 0 : static_cast<std::size_t>(model.evaluate(object.length)) * object.stride;
    } else if (!type.is_scalar()) {
      argument.kind = Argument::Kind::kStruct;
    }
    std::vector<TypeId> types;
    if (parameter.object) executor_.memory().append_cells(type.element, types);
    else executor_.memory().append_cells(parameter.type, types);
    for (std::size_t i = 0; i < cells && i < parameter.cells.size(); ++i) {
      program::Scalar scalar;
      scalar.integer = encoding_.read(program_.type(types[i % types.size()]), model.evaluate(parameter.cells[i]));
      argument.cells.push_back(scalar);
    }
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

}  // namespace assay::solver
