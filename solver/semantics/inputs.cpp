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
      return unsupported(fmt::format("parameter '{}' of '{}' {}", parameter.name, function.name, what),
                         "pass integers, structs of integers, or pointers to them", where);
    };
    if (type.is_pointer() && program.type(type.element).kind == TypeKind::kVoid) return refuse("is a pointer to void");
    if (type.is_pointer() && holds_pointer(program, type.element)) return refuse("points to pointers");
    if (!type.is_scalar() && holds_pointer(program, parameter.type)) return refuse("is a struct that holds pointers");
  }
  return {};
}

namespace {

std::string name_of(std::size_t index, const program::Variable& parameter) {
  return parameter.name.empty() || parameter.name[0] == '$' ? fmt::format("argument{}", index) : fmt::format("{}@{}", parameter.name, index);
}

}  // namespace

Inputs::Inputs(Executor& executor, State& state, Encoding& encoding, const program::Program& program, program::FunctionId id,
               const PointerPlans& plans, const Inputs* same)
    : executor_(executor), encoding_(encoding), program_(program) {
  const program::Function& function = program.function(id);
  for (std::uint32_t i = 0; i < function.parameter_count; ++i) {
    const program::Variable& parameter = function.locals[i];
    names_.push_back(same ? same->names_[i] : name_of(i, parameter));
    parameters_.push_back({.type = parameter.type});
    if (!program.type(parameter.type).is_pointer()) add_value(i, parameter);
    else if (plans[i]->shares_with) add_sharer(i, *plans[i], state);
    else add_pointer(i, parameter, *plans[i], state);
  }
}

Term Inputs::integer_variable(TypeId type, const std::string& name) {
  const Term variable = encoding_.variable(program_.type(type), name);
  facts_.push_back(encoding_.in_range(program_.type(type), variable));
  variables_.push_back({variable, type});
  return variable;
}

Term Inputs::symbolic_index(const std::string& name, std::int64_t low, std::int64_t high) {
  if (low == high) return encoding_.index(low);
  const Term variable = encoding_.variable(Encoding::index_type(), name);
  facts_.push_back(encoding_.index(low) <= variable && variable <= encoding_.index(high));
  return variable;
}

void Inputs::add_value(std::size_t index, const program::Variable& parameter) {
  std::vector<TypeId> types;
  executor_.memory().append_cells(parameter.type, types);
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const Term variable = integer_variable(types[i], types.size() == 1 ? names_[index] : fmt::format("{}.{}", names_[index], i));
    parameters_.back().cells.push_back(variable);
    cells.push_back(executor_.memory().integer_cell(variable));
  }
  arguments_.push_back(std::move(cells));
}

std::vector<Term> Inputs::element_variables(const ObjectInfo& info, const std::string& name, const PointerPlan& plan, std::uint64_t stride) {
  std::vector<Term> variables;
  for (std::size_t i = 0; i < info.cells.size(); ++i) {
    const std::string leaf = stride == 1 ? "" : fmt::format(".{}", i % stride);
    const auto element = static_cast<std::int64_t>(i / stride) - static_cast<std::int64_t>(plan.before);
    variables.push_back(integer_variable(info.cells[i], fmt::format("{}[{}]{}", name, element, leaf)));
  }
  return variables;
}

void Inputs::add_pointer(std::size_t index, const program::Variable& parameter, const PointerPlan& plan, State& state) {
  Memory& memory = executor_.memory();
  const TypeId element = program_.type(parameter.type).element;
  const std::string& name = names_[index];
  const std::uint64_t elements = plan.before + plan.capacity, stride = memory.cell_count(element);
  const ObjectId object = memory.create(state, element, elements, parameter.name, false);
  parameters_.back().cells = element_variables(memory.info(object), name, plan, stride);
  std::vector<Cell> cells;
  for (Term variable : parameters_.back().cells) cells.push_back(memory.integer_cell(variable));
  memory.set_cells(state, object, std::move(cells));

  const auto before = static_cast<std::int64_t>(plan.before), after = static_cast<std::int64_t>(plan.capacity);
  const Term here = encoding_.index(before);
  const Term front = symbolic_index("before(" + name + ")", 0, before),
             behind = symbolic_index("length(" + name + ")", plan.exact ? after : 0, after);
  const Term begin = here - front, end = here + behind;
  if (plan.most > 0 && plan.most < elements) facts_.push_back(end - begin <= encoding_.index(static_cast<std::int64_t>(plan.most)));
  const Term null = plan.may_be_null ? encoding_.store().variable("null(" + name + ")", smt::Sort::boolean()) : encoding_.store().no();
  if (plan.size == PointerPlan::Size::kDeclared && plan.exact)
    assumptions_.push_back(fmt::format("'{}' points to {} elements, as declared", parameter.name, plan.capacity));
  if (plan.capped && bound_reason_.empty())
    bound_reason_ = plan.size == PointerPlan::Size::kFree ? fmt::format("object of '{}' up to {} elements", parameter.name, plan.most)
                                                          : fmt::format("length of '{}' up to {} elements", parameter.name, plan.capacity);
  PointerValue value{null,
                     {{.guard = !null,
                       .base = {object, 0, {}},
                       .element = element,
                       .stride = stride,
                       .capacity = elements,
                       .begin = begin,
                       .count = end,
                       .index = here,
                       .generation = 1}}};
  parameters_.back().object = objects_.size();
  parameters_.back().index = here;
  objects_.push_back({static_cast<std::uint32_t>(index), object, stride, plan.before, front, behind, begin, end, null});
  arguments_.push_back({memory.pointer_cell(std::move(value))});
}

/// Points into the object of an earlier parameter.
void Inputs::add_sharer(std::size_t index, const PointerPlan& plan, const State& state) {
  const Parameter& first = parameters_[*plan.shares_with];
  PointerValue value = *arguments_[*plan.shares_with][0].pointer;
  const Term distance = symbolic_index("distance(" + names_[index] + ")", plan.nearest, plan.farthest), here = first.index + distance;
  for (PointerTarget& target : value.targets) {
    target.index = here;
    target.generation = state.objects[target.base.object.value].generation;
    facts_.push_back(target.begin <= here && here <= target.count);
    const Term behind = target.count - here, planned = encoding_.index(static_cast<std::int64_t>(plan.capacity));
    if (plan.size == PointerPlan::Size::kDeclared) facts_.push_back(planned <= behind);
    if (plan.size == PointerPlan::Size::kContract && !plan.capped) facts_.push_back(plan.exact ? behind.equals(planned) : behind <= planned);
  }
  parameters_.back().shares_with = plan.shares_with;
  parameters_.back().distance = distance;
  parameters_.back().index = here;
  arguments_.push_back({executor_.memory().pointer_cell(std::move(value))});
}

// ---- arguments to models and back -------------------------------------------------------------------------------------
bool Inputs::write_pointer(std::size_t index, const std::vector<Argument>& arguments, smt::Model& model) const {
  const Parameter& parameter = parameters_[index];
  const Argument& argument = arguments[index];
  auto set = [&](Term term, std::int64_t value) {
    if (term.is_constant()) return term.signed_value() == value;
    model.set(encoding_.store().name(term), encoding_.constant(Encoding::index_type(), value).value());
    return true;
  };
  if (parameter.shares_with) {
    if (argument.kind != Argument::Kind::kAlias || argument.shared_with != *parameter.shares_with) return false;
    return set(parameter.distance, static_cast<std::int64_t>(argument.offset) - static_cast<std::int64_t>(arguments[argument.shared_with].offset));
  }
  const ParameterObject& object = objects_[*parameter.object];
  if (argument.kind == Argument::Kind::kAlias) return false;
  if (object.null.is_constant() && argument.kind == Argument::Kind::kNull) return false;
  if (!object.null.is_constant()) model.set(encoding_.store().name(object.null), argument.kind == Argument::Kind::kNull);
  const auto elements = static_cast<std::int64_t>(argument.cells.size() / object.stride), offset = static_cast<std::int64_t>(argument.offset);
  const std::size_t skipped = (object.before - argument.offset) * object.stride;
  if (argument.offset > object.before || argument.cells.size() + skipped > parameter.cells.size() || !set(object.front, offset) ||
      !set(object.behind, elements - offset))
    return false;
  write_cells(parameter, program_.type(parameter.type).element, argument, skipped, model);
  return true;
}

void Inputs::write_cells(const Parameter& parameter, TypeId type, const Argument& argument, std::size_t first, smt::Model& model) const {
  std::vector<TypeId> types;
  executor_.memory().append_cells(type, types);
  for (std::size_t cell = 0; cell < argument.cells.size(); ++cell)
    model.set(encoding_.store().name(parameter.cells[first + cell]),
              encoding_.constant(program_.type(types[cell % types.size()]), argument.cells[cell].integer).value());
}

bool Inputs::write(const std::vector<Argument>& arguments, smt::Model& model) const {
  if (arguments.size() != parameters_.size()) return false;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    if (program_.type(parameter.type).is_pointer()) {
      if (!write_pointer(i, arguments, model)) return false;
    } else {
      if (arguments[i].cells.size() != parameter.cells.size()) return false;
      write_cells(parameter, parameter.type, arguments[i], 0, model);
    }
  }
  smt::Model trial = model;
  for (Term fact : facts_)
    if (!trial.holds(fact)) return false;
  return true;
}

std::vector<Term> Inputs::lengths() const {
  std::vector<Term> lengths;
  for (const ParameterObject& object : objects_)
    if (const Term elements = object.end - object.begin; !elements.is_constant()) lengths.push_back(elements);
  return lengths;
}

std::vector<program::Scalar> Inputs::read_cells(const Parameter& parameter, TypeId type, std::size_t first, std::size_t count,
                                                smt::Model& model) const {
  std::vector<TypeId> types;
  executor_.memory().append_cells(type, types);
  std::vector<program::Scalar> cells;
  for (std::size_t i = 0; i < count && first + i < parameter.cells.size(); ++i) {
    program::Scalar scalar;
    scalar.integer = encoding_.read(program_.type(types[i % types.size()]), model.evaluate(parameter.cells[first + i]));
    cells.push_back(scalar);
  }
  return cells;
}

Argument Inputs::read_pointer(const Parameter& parameter, smt::Model& model) const {
  auto number = [&](Term term) { return encoding_.read(Encoding::index_type(), model.evaluate(term)); };
  Argument argument;
  const Parameter& first = parameter.shares_with ? parameters_[*parameter.shares_with] : parameter;
  const ParameterObject& object = objects_[*first.object];
  if (!parameter.shares_with && model.holds(object.null)) {
    argument.kind = Argument::Kind::kNull;
    return argument;
  }
  const std::int64_t begin = number(object.begin);
  argument.offset = static_cast<std::uint64_t>(number(parameter.index) - begin);
  if (parameter.shares_with) {
    argument.kind = Argument::Kind::kAlias;
    argument.shared_with = *parameter.shares_with;
    return argument;
  }
  argument.kind = Argument::Kind::kArray;
  const auto elements = static_cast<std::size_t>(number(object.end) - begin);
  argument.cells =
      read_cells(parameter, program_.type(parameter.type).element, static_cast<std::size_t>(begin) * object.stride, elements * object.stride, model);
  return argument;
}

std::vector<Argument> Inputs::read(smt::Model& model) const {
  std::vector<Argument> arguments;
  for (const Parameter& parameter : parameters_) {
    const Type& type = program_.type(parameter.type);
    if (type.is_pointer()) {
      arguments.push_back(read_pointer(parameter, model));
      continue;
    }
    Argument argument;
    argument.kind = type.is_scalar() ? Argument::Kind::kScalar : Argument::Kind::kStruct;
    argument.cells = read_cells(parameter, parameter.type, 0, parameter.cells.size(), model);
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

}  // namespace assay::solver
