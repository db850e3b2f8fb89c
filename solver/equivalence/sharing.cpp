#include "solver/equivalence/sharing.h"

#include <fmt/format.h>

#include <algorithm>

#include "solver/equivalence/pointer_use.h"

namespace assay::solver {

using program::Type;
using program::TypeId;
using program::TypeKind;

namespace {

using Group = std::vector<std::uint32_t>;
using Division = std::vector<Group>;

/// An object of the one type may be accessed as the other, cell by cell.
bool same_but_for_sign(const program::Program& program, TypeId x, TypeId y) {
  const Type &a = program.type(x), &b = program.type(y);
  return x == y || (a.is_integer() && b.is_integer() && a.width == b.width && a.is_bool == b.is_bool);
}

bool is_character(const Type& type) { return type.is_integer() && type.width == 8; }

class Divisions {
 public:
  explicit Divisions(std::vector<std::vector<bool>> may_share) : may_share_(std::move(may_share)) {}

  /// All of them, those with fewer shared objects first; false: there are more than kMostDivisions.
  bool run(const Group& parameters, std::vector<Division>& out) {
    divide(parameters, 0, {});
    for (std::size_t objects = parameters.size(); objects > 0; --objects)
      for (const Division& division : found_)
        if (division.size() == objects) out.push_back(shared_groups(division));
    return complete_;
  }

 private:
  void divide(const Group& parameters, std::size_t next, const Division& so_far) {
    if (next == parameters.size()) {
      if (found_.size() < kMostDivisions) found_.push_back(so_far);
      else complete_ = false;
      return;
    }
    const std::uint32_t parameter = parameters[next];
    Division alone = so_far;  // first, so that what is cut is the sharing of many
    alone.push_back({parameter});
    divide(parameters, next + 1, alone);
    for (std::size_t group = 0; group < so_far.size() && complete_; ++group) {
      if (!may_join(so_far[group], parameter)) continue;
      Division joined = so_far;
      joined[group].push_back(parameter);
      divide(parameters, next + 1, joined);
    }
  }
  static Division shared_groups(const Division& division) {
    Division groups;
    for (const Group& group : division)
      if (group.size() > 1) groups.push_back(group);
    return groups;
  }
  bool may_join(const Group& group, std::uint32_t parameter) const {
    return std::all_of(group.begin(), group.end(), [&](std::uint32_t member) { return may_share_[member][parameter]; });
  }

  std::vector<std::vector<bool>> may_share_;
  std::vector<Division> found_;
  bool complete_ = true;
};

class SharingSearch {
 public:
  SharingSearch(const ContractSource& reference, const ContractSource& implementation)
      : program_(reference.program),
        function_(reference.program.function(reference.function)),
        other_(implementation.program.function(implementation.function)) {
    for (std::uint32_t i = 0; i < function_.parameter_count; ++i)
      if (program_.type(function_.locals[i].type).is_pointer()) pointers_.push_back(i);
    for (const ContractSource* source : {&reference, &implementation}) {
      const PointerUse use = pointer_use(source->program, source->function);
      use_.writes = use_.writes || use.writes;
      use_.compares = use_.compares || use.compares;
    }
  }

  Sharing run() {
    result_.matters = !pointers_.empty() && use_.sees_sharing();
    if (pointers_.size() < 2 || !result_.matters) {
      result_.divisions.emplace_back();
      return std::move(result_);
    }
    std::vector<std::vector<bool>> may_share(function_.parameter_count, std::vector<bool>(function_.parameter_count));
    for (std::size_t j = 1; j < pointers_.size(); ++j)
      for (std::size_t i = 0; i < j; ++i) may_share[pointers_[i]][pointers_[j]] = examine(pointers_[i], pointers_[j]);
    if (!Divisions(std::move(may_share)).run(pointers_, result_.divisions))
      result_.uncovered.push_back(
          fmt::format("of the ways in which {} pointer parameters can share objects the first {} are tried", pointers_.size(), kMostDivisions));
    return std::move(result_);
  }

 private:
  const std::string& name(std::uint32_t i) const { return function_.locals[i].name; }
  TypeId element(std::uint32_t i) const { return program_.type(function_.locals[i].type).element; }
  static void note(std::vector<std::string>& list, std::string line) {
    if (std::find(list.begin(), list.end(), line) == list.end()) list.push_back(std::move(line));
  }

  /// Whether the two may point into one object as far as this is modelled; notes what is left out.
  bool examine(std::uint32_t i, std::uint32_t j) {
    for (std::uint32_t parameter : {i, j}) {
      if (!function_.locals[parameter].is_restrict) continue;
      note(result_.contract, fmt::format("'{}' is restrict: no other parameter points into its object", name(parameter)));
      return false;
    }
    for (std::uint32_t parameter : {i, j})
      if (other_.locals[parameter].is_restrict)
        note(result_.uncovered,
             fmt::format("'{}' is restrict in the implementation alone: what that forbids is not checked", other_.locals[parameter].name));
    if (same_but_for_sign(program_, element(i), element(j))) return true;
    if (use_.writes && (is_character(program_.type(element(i))) || is_character(program_.type(element(j))))) {
      const std::uint32_t characters = is_character(program_.type(element(i))) ? i : j;
      result_.unsupported =
          fmt::format("{}: '{}' may point to the bytes of what '{}' points to (C17 6.5p7), which is not modelled; declare one of them restrict",
                      program_.range(function_.locals[characters].origin).to_string(), name(characters), name(characters == i ? j : i));
      return false;
    }
    note(result_.uncovered, fmt::format("'{}' and '{}' point to different types and share no object or part of one", name(i), name(j)));
    return false;
  }

  const program::Program& program_;
  const program::Function& function_;
  const program::Function& other_;
  Group pointers_;
  PointerUse use_;
  Sharing result_;
};

}  // namespace

Sharing sharing_of(const ContractSource& reference, const ContractSource& implementation) { return SharingSearch(reference, implementation).run(); }

}  // namespace assay::solver
