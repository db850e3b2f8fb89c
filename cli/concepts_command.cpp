// `assay concepts FILE`: the program concepts of each function, as a table or as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/source_options.h"
#include "frontend/concepts/concepts.h"

namespace assay::cli {
namespace {

nlohmann::ordered_json to_json(const concepts::Concept& found) {
  auto point = [](const SourcePoint& at) { return nlohmann::ordered_json{{"line", at.line}, {"column", at.column}}; };
  return {{"kind", found.kind},          {"function", found.function},        {"subject", found.subject},
          {"detail", found.detail},      {"explanation", found.explanation},  {"ast_kind", found.ast_kind},
          {"file", found.range.file},    {"begin", point(found.range.begin)}, {"end", point(found.range.end)},
          {"statement", found.statement}};
}

class ConceptsCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("concepts", "The program concepts found in a C file");
    verb->add_option("FILE", file_, "C source");
    verb->add_option("--function", function_, "only this function");
    verb->add_flag("--list", list_, "list the kinds of concepts instead");
    options_.declare(*verb);
    verb->footer("Examples:\n  assay concepts search.c\n  assay concepts search.c --function find --format json");
    return verb;
  }

  int run(const Common& common, Session&) override {
    if (list_) return list_kinds(common);
    if (file_.empty()) return report({ErrorKind::kUsage, "no file", "name a C file, or pass --list", {}});
    Result<lowering::Lowered> source = read_source(file_, options_);
    if (!source) return report(source.error());
    if (!function_.empty())
      if (auto id = pick_function(source->program, file_, function_); !id) return report(id.error());
    std::vector<concepts::Concept> found = concepts::find_concepts(source->program);
    if (!function_.empty()) std::erase_if(found, [&](const concepts::Concept& one) { return one.function != function_; });
    if (common.json()) print_json(found, source->unsupported);
    else print_table(found);
    for (const std::string& refused : source->unsupported) fmt::print(stderr, "{}: unsupported\n", refused);
    return source->unsupported.empty() ? 0 : assay::exit_code(ErrorKind::kUnsupported);
  }

 private:
  void print_json(const std::vector<concepts::Concept>& found, const std::vector<std::string>& unsupported) const {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const concepts::Concept& one : found) rows.push_back(to_json(one));
    fmt::print("{}\n", nlohmann::ordered_json{{"file", file_}, {"concepts", rows}, {"unsupported", unsupported}}.dump(2));
  }

  static void print_table(const std::vector<concepts::Concept>& found) {
    std::size_t place = 5, function = 8, kind = 4, node = 4;
    auto place_of = [](const concepts::Concept& one) { return fmt::format("{}:{}", one.range.begin.line, one.range.begin.column); };
    for (const concepts::Concept& one : found) {
      place = std::max(place, place_of(one).size());
      function = std::max(function, one.function.size());
      kind = std::max(kind, one.kind.size());
      node = std::max(node, one.ast_kind.size());
    }
    fmt::print("{:{}}  {:{}}  {:{}}  {:{}}  {}\n", "PLACE", place, "FUNCTION", function, "KIND", kind, "NODE", node, "EXPLANATION");
    for (const concepts::Concept& one : found)
      fmt::print("{:{}}  {:{}}  {:{}}  {:{}}  {}\n", place_of(one), place, one.function, function, one.kind, kind, one.ast_kind, node,
                 one.explanation);
  }

  static int list_kinds(const Common& common) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const auto& [kind, sentence] : concepts::concept_kinds()) {
      rows.push_back({{"kind", kind}, {"explanation", sentence}});
      if (!common.json()) fmt::print("{:20} {}\n", kind, sentence);
    }
    if (common.json()) fmt::print("{}\n", rows.dump(2));
    return 0;
  }

  std::string file_, function_;
  bool list_ = false;
  SourceFlags options_;
};

}  // namespace

std::unique_ptr<Command> concepts_command() { return std::make_unique<ConceptsCommand>(); }

}  // namespace assay::cli
