// Names of functions and parameters, drawn from pools by role, with names that training never sees in that role.
//
// A held-out name of one role is a seen name of another ("limit" never bounds an array in training but is the upper end of an interval there),
// so a model knows the word and yet has never copied it from that place. The loop's variable is `i`, unless an earlier function of
// the same file has a loop: then its name is kept, as people do. Test: tests/analysis/code_tasks_families_test.cpp
#pragma once

#include <array>
#include <string>
#include <vector>

#include "analysis/code_tasks/families/draw.h"

namespace assay::analysis::code_tasks {

enum class Role : std::uint8_t { kArray, kOther, kBound, kPivot, kValue, kLow, kHigh, kLeft, kRight };
inline constexpr std::size_t kRoleCount = 9;

std::string_view name_of(Role role);

struct Pool {
  std::vector<std::string> seen, held_out;
};
const Pool& pool_of(Role role);
const Pool& loop_pool();
/// Function names that say nothing; every family has some of its own beside them.
const std::vector<std::string>& general_function_names();
/// Names that bodies declare; no pool holds any of them.
const std::vector<std::string>& local_names();

struct Names {
  std::string function, loop = "i";
  std::array<std::string, kRoleCount> by_role;
  const std::string& operator[](Role role) const { return by_role[static_cast<std::size_t>(role)]; }
  bool operator==(const Names&) const = default;
};

enum class NameSplit : std::uint8_t { kSeen, kHeldOut };

/// The general function names that training uses for this family; the others are held out.
Pool function_pool(std::string_view family, const std::vector<std::string>& own);
/// All distinct. kHeldOut: every parameter has a held-out name of its role.
Names draw_names(const std::vector<Role>& roles, const Pool& functions, const std::string& loop, NameSplit split, Draw& draw);

}  // namespace assay::analysis::code_tasks
