#include "analysis/code_tasks/families/names.h"

#include <algorithm>

namespace assay::analysis::code_tasks {

std::string_view name_of(Role role) {
  constexpr std::array<std::string_view, kRoleCount> kNames = {"array", "other", "bound", "pivot", "value", "low", "high", "left", "right"};
  return kNames[static_cast<std::size_t>(role)];
}

const Pool& pool_of(Role role) {
  static const std::array<Pool, kRoleCount> kPools = {{
      {{"a", "v", "values", "data", "items", "nums", "list"}, {"w", "table"}},
      {{"b", "w", "out", "dst", "second", "table"}, {"list", "items"}},
      {{"n", "k", "m", "len", "size", "last", "stop"}, {"limit", "top"}},
      {{"x", "key", "target", "t", "pivot", "mark"}, {"goal", "low"}},
      {{"y", "c", "fill", "with", "goal", "delta"}, {"key", "mark"}},
      {{"lo", "low", "min", "bottom", "lower"}, {"floor", "c"}},
      {{"hi", "high", "max", "limit", "upper", "top"}, {"cap", "size"}},
      {{"x", "p", "u", "num", "amount", "floor"}, {"s", "target"}},
      {{"y", "q", "d", "s", "den", "cap"}, {"t", "delta"}},
  }};
  return kPools[static_cast<std::size_t>(role)];
}

const Pool& loop_pool() {
  static const Pool kLoop = {{"i", "j", "idx"}, {"pos"}};
  return kLoop;
}

const std::vector<std::string>& general_function_names() {
  static const std::vector<std::string> kNames = {"f", "g", "compute", "solve", "run", "calc", "work", "apply", "helper", "process", "task", "func"};
  return kNames;
}

const std::vector<std::string>& local_names() {
  static const std::vector<std::string> kNames = {"total", "product", "hits",  "best", "where",   "result",
                                                  "digit", "saved",   "value", "gap",  "element", "length"};
  return kNames;
}

Pool function_pool(std::string_view family, const std::vector<std::string>& own) {
  constexpr std::size_t kHeldOut = 3;
  Pool pool{own, {}};
  std::vector<std::string> general = general_function_names();
  std::sort(general.begin(), general.end(),
            [&](const std::string& a, const std::string& b) { return mixed(a, mixed(family, 0)) < mixed(b, mixed(family, 0)); });
  for (std::size_t i = 0; i < general.size(); ++i) (i < kHeldOut ? pool.held_out : pool.seen).push_back(general[i]);
  return pool;
}

Names draw_names(const std::vector<Role>& roles, const Pool& functions, const std::string& loop, NameSplit split, Draw& draw) {
  Names names;
  names.loop = loop;
  std::vector<std::string> taken = {loop};
  auto draw_from = [&](const Pool& pool) {
    const std::vector<std::string>& list = split == NameSplit::kSeen ? pool.seen : pool.held_out;
    std::vector<std::string> free;
    for (const std::string& name : list)
      if (std::find(taken.begin(), taken.end(), name) == taken.end()) free.push_back(name);
    taken.push_back(draw.pick(free.empty() ? pool.seen : free));
    return taken.back();
  };
  names.function = draw_from(functions);
  for (const Role role : roles) names.by_role[static_cast<std::size_t>(role)] = draw_from(pool_of(role));
  return names;
}

}  // namespace assay::analysis::code_tasks
