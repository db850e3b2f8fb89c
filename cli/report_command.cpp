// `assay report RESULT`: writes a result.json again as HTML or JUnit, or prints its table. Test: tests/analysis/report_test.cpp
#include <fmt/format.h>

#include "analysis/report/page_writer.h"
#include "base/files.h"
#include "cli/command.h"

namespace assay::cli {
namespace {

class ReportCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("report", "Write a result as one HTML page or as JUnit XML");
    verb->add_option("result", path_, "a result.json that `assay verify ... --out DIR` wrote")->required();
    verb->add_option("--html", html_, "write one self-contained HTML page to this file");
    verb->add_option("--junit", junit_, "write JUnit XML to this file");
    verb->add_option("--hypothesis", hypothesis_, "only the hypothesis of this name or file");
    verb->footer(
        "Without --html and --junit the table is printed. The exit code says if the report could be written, not what it says.\n"
        "Examples:\n  assay report build/demo/result.json --html build/demo/report.html\n  assay report build/demo/result.json --hypothesis "
        "zoo/addition/addition.hypothesis.toml");
    return verb;
  }

  int run(const Common& common, Session&) override {
    Result<analysis::ResultFile> result = analysis::read_result(path_);
    if (result && !hypothesis_.empty()) result = analysis::only_hypothesis(*result, hypothesis_);
    if (!result) return report(result.error());
    if (!html_.empty())
      if (Status status = write_file(html_, analysis::to_html(*result)); !status) return report(status.error());
    if (!junit_.empty())
      if (Status status = write_file(junit_, analysis::to_junit(result->verification)); !status) return report(status.error());
    if (!html_.empty() || !junit_.empty()) return 0;
    if (common.json()) fmt::print("{}\n", result->json.dump(1));
    else fmt::print("{}", analysis::to_table(result->verification, common.colour));
    return 0;
  }

 private:
  std::string path_, html_, junit_, hypothesis_;
};

}  // namespace

std::unique_ptr<Command> report_command() { return std::make_unique<ReportCommand>(); }

}  // namespace assay::cli
