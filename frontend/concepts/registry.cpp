#include <algorithm>
#include <map>
#include <tuple>

#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

std::vector<std::unique_ptr<Recogniser>> all_recognisers() {
  std::vector<std::unique_ptr<Recogniser>> all;
  all.push_back(loop_bound());
  all.push_back(loop_step());
  all.push_back(initial_value());
  all.push_back(accumulator());
  all.push_back(running_extreme());
  all.push_back(index_expression());
  all.push_back(guard());
  all.push_back(early_exit());
  all.push_back(flag());
  all.push_back(swap());
  all.push_back(lookup_table());
  all.push_back(state_variable());
  all.push_back(recursion());
  all.push_back(return_value());
  return all;
}

std::vector<std::pair<std::string, std::string>> concept_kinds() {
  std::vector<std::pair<std::string, std::string>> kinds;
  for (const auto& recogniser : all_recognisers())
    for (auto& kind : recogniser->kinds()) kinds.push_back(std::move(kind));
  return kinds;
}

namespace {

void add_tags(Block& block, const std::map<std::uint32_t, std::vector<std::string>>& tags) {
  for (Stmt& stmt : block) {
    if (auto found = tags.find(stmt.id); found != tags.end()) stmt.tags = found->second;
    if (stmt.loop) {
      add_tags(stmt.loop->condition_prelude, tags);
      add_tags(stmt.loop->step, tags);
    }
    add_tags(stmt.body, tags);
    add_tags(stmt.else_body, tags);
  }
}

}  // namespace

std::vector<Concept> find_concepts(Program& program) {
  std::vector<Concept> all;
  auto recognisers = all_recognisers();
  for (Function& function : program.functions) {
    if (!function.has_body) continue;
    std::vector<Concept> found;
    {
      FunctionView view(program, function);
      for (const auto& recogniser : recognisers) recogniser->find(view, found);
    }
    auto key = [](const Concept& c) { return std::tie(c.range.begin, c.kind, c.subject, c.detail, c.statement); };
    std::stable_sort(found.begin(), found.end(), [&](const Concept& a, const Concept& b) { return key(a) < key(b); });
    found.erase(std::unique(found.begin(), found.end(), [&](const Concept& a, const Concept& b) { return key(a) == key(b); }), found.end());
    std::map<std::uint32_t, std::vector<std::string>> tags;
    for (const Concept& one : found) {
      std::vector<std::string>& of = tags[one.statement];
      if (std::find(of.begin(), of.end(), one.kind) == of.end()) of.push_back(one.kind);
    }
    add_tags(function.body, tags);
    all.insert(all.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  return all;
}

}  // namespace assay::concepts
