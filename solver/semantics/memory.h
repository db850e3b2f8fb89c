// Symbolic memory: objects of typed scalar cells, pointers as guarded choices, states that fork cheaply and merge cell by cell.
//
// A pointer is a list of (guard, array, index): exactly one guard holds, or the pointer is null. An access through a symbolic index is a
// choice over the cells of that array, built from nested comparisons of single indices, so constant indices cost nothing.
//
//   int a[4]; a[i] = 7;      every cell k becomes ite(i == k, 7, old)
//
// Cost: a store through a symbolic index costs one term per cell of the array; a state copies one pointer per object.
// Source: typed regions with guarded points-to sets, as in CBMC and ESBMC. Test: tests/solver/executor_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "frontend/program/program.h"
#include "solver/semantics/encoding.h"

namespace assay::solver {

struct ObjectId {
  std::uint32_t value = 0;
  auto operator<=>(const ObjectId&) const = default;
};

/// A symbolic index on the way to a cell; it lies in [0, count) wherever the access was checked.
struct Step {
  Term index;
  std::uint64_t stride = 1;  ///< cells per element
  std::uint64_t count = 0;
};

/// `offset` cells into the object, plus the steps.
struct Address {
  ObjectId object;
  std::uint64_t offset = 0;
  std::vector<Step> steps;
};

struct PointerTarget {
  Term guard;
  Address base;  ///< start of the array that the pointer may move in
  program::TypeId element;
  std::uint64_t stride = 1;    ///< cells per element
  std::uint64_t capacity = 1;  ///< elements that have cells
  Term begin, count;           ///< the array has the elements [begin, count); begin is 0 but behind some parameters, count at most `capacity`
  Term index;
  std::uint32_t generation = 1;  ///< which birth of the object is meant
};

struct PointerValue {
  Term null;
  std::vector<PointerTarget> targets;
};

/// One scalar: an integer or a pointer, and whether it was ever written.
struct Cell {
  Term integer;
  std::shared_ptr<const PointerValue> pointer;
  Term initialised;
};

struct ObjectInfo {
  program::TypeId type;                ///< of one element
  std::vector<program::TypeId> cells;  ///< type of each cell
  bool is_const = false;
  std::string name;
};

struct ObjectState {
  std::shared_ptr<const std::vector<Cell>> cells;
  std::uint32_t generation = 1;  ///< 0: its lifetime has ended
};

/// A point of the execution: the condition under which it is reached, and the memory there.
struct State {
  Term path;
  std::vector<ObjectState> objects;
  bool dead() const { return path.is_false(); }
};

/// A guarded place: where a load or a store goes when `guard` holds.
struct Target {
  Term guard;
  Address address;
};

class Memory {
 public:
  Memory(const program::Program& program, Encoding& encoding) : program_(program), encoding_(encoding), store_(encoding.store()) {}

  /// Scalar leaves of one value of the type, in declaration order.
  std::uint64_t cell_count(program::TypeId type) const;
  std::uint64_t field_offset(program::TypeId struct_type, std::uint32_t field) const;
  void append_cells(program::TypeId type, std::vector<program::TypeId>& cells) const;

  /// `elements` values of the type; every cell indeterminate.
  ObjectId create(State& state, program::TypeId type, std::uint64_t elements, const std::string& name, bool is_const);
  const ObjectInfo& info(ObjectId object) const { return objects_[object.value]; }
  std::size_t object_count() const { return objects_.size(); }

  /// The `cells` scalars that start at each target; their guards must exclude each other. No target: indeterminate.
  std::vector<Cell> load(const State& state, const std::vector<Target>& targets, std::uint64_t cells, program::TypeId type) const;
  void store(State& state, const std::vector<Target>& targets, const std::vector<Cell>& values);
  void set_cells(State& state, ObjectId object, std::vector<Cell> cells);
  void kill(State& state, ObjectId object) const;
  void rebirth(State& state, ObjectId object);  ///< indeterminate cells, a generation of its own

  /// Where both states end up: `selector` tells them apart (it holds in a and not in b). Memory of a dead state does not matter.
  State merge(const State& a, const State& b, Term selector) const;
  State merge(const std::vector<State>& states) const;
  Cell choose(Term condition, const Cell& a, const Cell& b) const;

  Cell integer_cell(Term value) const { return {value, nullptr, store_.yes()}; }
  Cell pointer_cell(PointerValue value) const;
  Cell indeterminate(program::TypeId type) const;
  PointerValue null_pointer() const { return {store_.yes(), {}}; }

 private:
  Cell load_cell(const std::vector<Cell>& cells, const Address& address, std::size_t step, std::uint64_t offset) const;
  void store_cells(std::vector<Cell>& cells, const Address& address, std::size_t step, std::uint64_t offset, Term guard,
                   const std::vector<Cell>& values) const;

  const program::Program& program_;
  Encoding& encoding_;
  smt::TermStore& store_;
  std::vector<ObjectInfo> objects_;
  std::uint32_t next_generation_ = 2;
};

/// The index lies in the array or one past its last element.
inline Term within(const PointerTarget& target) { return target.begin <= target.index && target.index <= target.count; }

/// Guard of the target's address among all addresses of the same object: index * stride + offset, as an index term.
Term flat_index(Encoding& encoding, const PointerTarget& target);

}  // namespace assay::solver
