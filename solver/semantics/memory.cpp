#include "solver/semantics/memory.h"

namespace assay::solver {

using program::Type;
using program::TypeId;
using program::TypeKind;

std::uint64_t Memory::cell_count(TypeId id) const {
  const Type& type = program_.type(id);
  if (type.is_scalar()) return 1;
  if (type.kind == TypeKind::kArray) return type.count * cell_count(type.element);
  std::uint64_t cells = 0;
  for (const program::Field& field : type.fields) cells += cell_count(field.type);
  return cells;
}

std::uint64_t Memory::field_offset(TypeId struct_type, std::uint32_t field) const {
  std::uint64_t offset = 0;
  for (std::uint32_t i = 0; i < field; ++i) offset += cell_count(program_.type(struct_type).fields[i].type);
  return offset;
}

void Memory::append_cells(TypeId id, std::vector<TypeId>& cells) const {
  const Type& type = program_.type(id);
  if (type.is_scalar()) cells.push_back(id);
  if (type.kind == TypeKind::kArray)
    for (std::uint64_t i = 0; i < type.count; ++i) append_cells(type.element, cells);
  for (const program::Field& field : type.fields) append_cells(field.type, cells);
}

Cell Memory::indeterminate(TypeId id) const {
  const Type& type = program_.type(id);
  if (type.is_pointer()) return {Term(), std::make_shared<const PointerValue>(null_pointer()), store_.no()};
  return {encoding_.constant(type, 0), nullptr, store_.no()};
}

Cell Memory::pointer_cell(PointerValue value) const { return {Term(), std::make_shared<const PointerValue>(std::move(value)), store_.yes()}; }

ObjectId Memory::create(State& state, TypeId type, std::uint64_t elements, const std::string& name, bool is_const) {
  ObjectInfo info{type, {}, is_const, name};
  for (std::uint64_t i = 0; i < elements; ++i) append_cells(type, info.cells);
  std::vector<Cell> cells;
  for (TypeId cell : info.cells) cells.push_back(indeterminate(cell));
  const ObjectId id{static_cast<std::uint32_t>(objects_.size())};
  objects_.push_back(std::move(info));
  state.objects.resize(objects_.size());
  state.objects[id.value] = {std::make_shared<const std::vector<Cell>>(std::move(cells)), 1};
  return id;
}

void Memory::set_cells(State& state, ObjectId object, std::vector<Cell> cells) {
  state.objects[object.value].cells = std::make_shared<const std::vector<Cell>>(std::move(cells));
}

void Memory::kill(State& state, ObjectId object) const {
  if (object.value < state.objects.size()) state.objects[object.value].generation = 0;
}

void Memory::rebirth(State& state, ObjectId object) {
  std::vector<Cell> cells;
  for (TypeId cell : info(object).cells) cells.push_back(indeterminate(cell));
  set_cells(state, object, std::move(cells));
  state.objects[object.value].generation = next_generation_++;
}

// ---- choices --------------------------------------------------------------------------------------------------------
namespace {

bool same_array(const PointerTarget& a, const PointerTarget& b) {
  if (a.base.object != b.base.object || a.base.offset != b.base.offset || a.element != b.element || a.stride != b.stride ||
      a.generation != b.generation || !a.begin.same(b.begin) || !a.count.same(b.count) || a.base.steps.size() != b.base.steps.size())
    return false;
  for (std::size_t i = 0; i < a.base.steps.size(); ++i)
    if (!a.base.steps[i].index.same(b.base.steps[i].index)) return false;
  return true;
}

bool same_pointer(const PointerValue& a, const PointerValue& b) {
  if (!a.null.same(b.null) || a.targets.size() != b.targets.size()) return false;
  for (std::size_t i = 0; i < a.targets.size(); ++i)
    if (!same_array(a.targets[i], b.targets[i]) || !a.targets[i].guard.same(b.targets[i].guard) || !a.targets[i].index.same(b.targets[i].index))
      return false;
  return true;
}

PointerValue choose_pointer(smt::TermStore& store, Term condition, const PointerValue& a, const PointerValue& b) {
  PointerValue result{store.ite(condition, a.null, b.null), {}};
  for (PointerTarget target : a.targets) {
    target.guard = condition && target.guard;
    if (!target.guard.is_false()) result.targets.push_back(std::move(target));
  }
  for (PointerTarget target : b.targets) {
    target.guard = !condition && target.guard;
    if (target.guard.is_false()) continue;
    bool joined = false;
    for (PointerTarget& other : result.targets)
      if (!joined && same_array(other, target)) {
        other.index = store.ite(target.guard, target.index, other.index);
        other.guard = other.guard || target.guard;
        joined = true;
      }
    if (!joined) result.targets.push_back(std::move(target));
  }
  return result;
}

}  // namespace

Cell Memory::choose(Term condition, const Cell& a, const Cell& b) const {
  if (condition.is_true()) return a;
  if (condition.is_false()) return b;
  // An indeterminate value may be any value, so it takes the other one's: that keeps terms small.
  const Term initialised = store_.ite(condition, a.initialised, b.initialised);
  if (a.initialised.is_false()) return {b.integer, b.pointer, initialised};
  if (b.initialised.is_false()) return {a.integer, a.pointer, initialised};
  if (!a.pointer) return {store_.ite(condition, a.integer, b.integer), nullptr, initialised};
  if (a.pointer == b.pointer || same_pointer(*a.pointer, *b.pointer)) return {Term(), a.pointer, initialised};
  return {Term(), std::make_shared<const PointerValue>(choose_pointer(store_, condition, *a.pointer, *b.pointer)), initialised};
}

State Memory::merge(const State& a, const State& b, Term selector) const {
  if (a.dead()) return b;
  if (b.dead()) return a;
  State result{a.path || b.path, {}};
  result.objects.resize(std::max(a.objects.size(), b.objects.size()));
  for (std::size_t i = 0; i < result.objects.size(); ++i) {
    const bool in_a = i < a.objects.size() && a.objects[i].cells, in_b = i < b.objects.size() && b.objects[i].cells;
    if (!in_a || !in_b || a.objects[i].cells == b.objects[i].cells) {
      if (in_a || in_b) result.objects[i] = in_a ? a.objects[i] : b.objects[i];
    } else {
      const std::vector<Cell>&x = *a.objects[i].cells, &y = *b.objects[i].cells;
      std::vector<Cell> cells;
      cells.reserve(x.size());
      for (std::size_t cell = 0; cell < x.size(); ++cell) cells.push_back(choose(selector, x[cell], y[cell]));
      result.objects[i].cells = std::make_shared<const std::vector<Cell>>(std::move(cells));
    }
    if (in_a && in_b) result.objects[i].generation = a.objects[i].generation == b.objects[i].generation ? a.objects[i].generation : 0;
  }
  return result;
}

/// Where none of the paths holds the value does not matter: it is that of the first state, which of the exits of a loop has read least.
State Memory::merge(const std::vector<State>& states) const {
  State result{store_.no(), {}};
  for (const State& state : states) result = merge(state, result, state.path);
  return result;
}

// ---- loads and stores -----------------------------------------------------------------------------------------------
Cell Memory::load_cell(const std::vector<Cell>& cells, const Address& address, std::size_t step, std::uint64_t offset) const {
  if (step == address.steps.size()) return cells[offset];
  const Step& at = address.steps[step];
  Cell result = load_cell(cells, address, step + 1, offset + (at.count - 1) * at.stride);
  for (std::uint64_t i = at.count - 1; i-- > 0;)
    result =
        choose(at.index.equals(encoding_.index(static_cast<std::int64_t>(i))), load_cell(cells, address, step + 1, offset + i * at.stride), result);
  return result;
}

namespace {

bool has_cells(const Address& address) {
  for (const Step& step : address.steps)
    if (step.count == 0) return false;
  return true;
}

}  // namespace

std::vector<Cell> Memory::load(const State& state, const std::vector<Target>& targets, std::uint64_t cells, TypeId type) const {
  std::vector<TypeId> types;
  append_cells(type, types);
  std::vector<Cell> result;
  for (std::uint64_t cell = 0; cell < cells; ++cell) {
    Cell value = indeterminate(types[cell]);
    bool first = true;
    for (const Target& target : targets) {
      const std::vector<Cell>& of_object = *state.objects[target.address.object.value].cells;
      if (!has_cells(target.address) || target.address.offset + cell >= of_object.size()) continue;
      const Cell read = load_cell(of_object, target.address, 0, target.address.offset + cell);
      value = first ? read : choose(target.guard, read, value);
      first = false;
    }
    result.push_back(std::move(value));
  }
  return result;
}

void Memory::store_cells(std::vector<Cell>& cells, const Address& address, std::size_t step, std::uint64_t offset, Term guard,
                         const std::vector<Cell>& values) const {
  if (guard.is_false()) return;
  if (step == address.steps.size()) {
    for (std::size_t i = 0; i < values.size() && offset + i < cells.size(); ++i) cells[offset + i] = choose(guard, values[i], cells[offset + i]);
    return;
  }
  const Step& at = address.steps[step];
  for (std::uint64_t i = 0; i < at.count; ++i)
    store_cells(cells, address, step + 1, offset + i * at.stride, guard && at.index.equals(encoding_.index(static_cast<std::int64_t>(i))), values);
}

void Memory::store(State& state, const std::vector<Target>& targets, const std::vector<Cell>& values) {
  for (const Target& target : targets) {
    std::vector<Cell> cells = *state.objects[target.address.object.value].cells;
    store_cells(cells, target.address, 0, target.address.offset, target.guard, values);
    set_cells(state, target.address.object, std::move(cells));
  }
}

Term flat_index(Encoding& encoding, const PointerTarget& target) {
  Term flat = encoding.index(static_cast<std::int64_t>(target.base.offset)) + target.index * encoding.index(static_cast<std::int64_t>(target.stride));
  for (const Step& step : target.base.steps) flat = flat + step.index * encoding.index(static_cast<std::int64_t>(step.stride));
  return flat;
}

}  // namespace assay::solver
