// `assay explain [RULE]`: a row of the table of checks, or all of them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/toml.h"
#include "cli/command.h"
#include "frontend/program/checks.h"

namespace assay::cli {
namespace {

std::vector<std::string_view> messages(const program::CheckInfo& check) {
  std::vector<std::string_view> list;
  for (std::string_view words : check.messages)
    if (!words.empty()) list.push_back(words);
  return list;
}

nlohmann::ordered_json row(const program::CheckInfo& check) {
  return {{"id", check.id},   {"title", check.title},         {"clause", check.clause},
          {"cwe", check.cwe}, {"sanitizer", messages(check)}, {"explanation", check.explanation}};
}

void print(const program::CheckInfo& check) {
  fmt::print("{}: {}\n", check.id, check.title);
  if (!check.clause.empty()) fmt::print("  standard   {}\n", check.clause);
  if (check.cwe != 0) fmt::print("  CWE        CWE-{0} (https://cwe.mitre.org/data/definitions/{0}.html)\n", check.cwe);
  const std::vector<std::string_view> seen_as = messages(check);
  fmt::print("  sanitizer  {}\n\n{}\n",
             seen_as.empty() ? "none sees it" : fmt::format("{}{}", fmt::join(seen_as, ", "), check.surely_seen ? "" : " (not always)"),
             check.explanation);
}

class ExplainCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("explain", "What a check means, its clause of the C standard and its CWE");
    verb->add_option("RULE", rule_, "id of a check; without it all are listed");
    verb->footer("Examples:\n  assay explain signed-overflow\n  assay explain --format json");
    return verb;
  }

  int run(const Common& common, Session&) override {
    if (rule_.empty()) return list(common);
    const program::CheckInfo* check = program::find_check(rule_);
    if (check == nullptr) return unknown();
    if (common.json()) fmt::print("{}\n", row(*check).dump(2));
    else print(*check);
    return 0;
  }

 private:
  static int list(const Common& common) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const program::CheckInfo& check : program::all_checks()) {
      rows.push_back(row(check));
      if (!common.json())
        fmt::print("{:22} {:18} {:8} {}\n", check.id, check.clause, check.cwe == 0 ? "" : fmt::format("CWE-{}", check.cwe), check.title);
    }
    if (common.json()) fmt::print("{}\n", rows.dump(2));
    return 0;
  }

  int unknown() const {
    std::vector<std::string> ids;
    for (const program::CheckInfo& check : program::all_checks()) ids.emplace_back(check.id);
    std::string near = nearest(rule_, ids);
    return report({ErrorKind::kUsage,
                   fmt::format("there is no check '{}'", rule_),
                   (near.empty() ? "" : fmt::format("did you mean '{}'? ", near)) + "`assay explain` lists all",
                   {}});
  }

  std::string rule_;
};

}  // namespace

std::unique_ptr<Command> explain_command() { return std::make_unique<ExplainCommand>(); }

}  // namespace assay::cli
