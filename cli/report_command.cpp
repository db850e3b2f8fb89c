// `assay report RESULT`: writes a result.json again as HTML or JUnit, or a bench.json as its pages, or prints the table.
// Tests: tests/analysis/report_test.cpp, tests/cli/bench_command_test.cpp
#include <fmt/format.h>

#include "analysis/bench/pages/pages.h"
#include "analysis/bench/pages/report_reader.h"
#include "analysis/report/page_writer.h"
#include "base/files.h"
#include "cli/command.h"

namespace assay::cli {
namespace {

namespace bench = analysis::bench;

constexpr std::uint64_t kLargestFile = 512u << 20;

class ReportCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("report", "Write a result as HTML or as JUnit XML");
    verb->add_option("result", path_, "a result.json of `assay verify --out DIR`, or a bench.json of `assay bench --out DIR`")->required();
    verb->add_option("--html", html_, "write one self-contained HTML page to this file; of a bench.json its pages to this folder");
    verb->add_option("--junit", junit_, "write JUnit XML to this file; not of a bench.json");
    verb->add_option("--hypothesis", hypothesis_, "only the hypothesis of this name or file");
    verb->footer(
        "Without --html and --junit the table is printed. The exit code says if the report could be written, not what it says.\n"
        "Examples:\n  assay report build/demo/result.json --html build/demo/report.html\n  assay report build/bench/bench.json --html build/bench");
    return verb;
  }

  int run(const Common& common, Session&) override {
    Result<std::string> text = read_file(path_, kLargestFile);
    if (!text) return report(text.error());
    if (const nlohmann::json json = nlohmann::json::parse(*text, nullptr, false); bench::is_bench_result(json)) return report_bench(json, common);
    Result<analysis::ResultFile> result = analysis::parse_result(*text, path_);
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
  int report_bench(const nlohmann::json& json, const Common& common) const {
    if (!junit_.empty() || !hypothesis_.empty())
      return report({ErrorKind::kUsage, fmt::format("{} is a result of `assay bench`: it has neither claims for JUnit nor hypotheses", path_),
                     "use --html FOLDER, or no option for the table"});
    Result<bench::BenchReport> read = bench::read_report(json);
    if (!read) return report(of_file(read.error()));
    if (!html_.empty()) {
      const Status status = bench::write_bench_pages(json, html_);
      return status ? 0 : report(of_file(status.error()));
    }
    if (common.json()) fmt::print("{}\n", json.dump(1));
    else fmt::print("{}", bench::to_table(*read));
    return 0;
  }

  Error of_file(Error error) const {
    error.message = fmt::format("{}: {}", path_, error.message);
    return error;
  }

  std::string path_, html_, junit_, hypothesis_;
};

}  // namespace

std::unique_ptr<Command> report_command() { return std::make_unique<ReportCommand>(); }

}  // namespace assay::cli
