// `assay report RESULT`: writes a result.json again as HTML or JUnit, or a bench.json as its pages, or both as the page of a decision, or prints the
// table.
// Tests: tests/analysis/report_test.cpp, tests/cli/bench_command_test.cpp
#include <fmt/format.h>

#include "analysis/bench/pages/pages.h"
#include "analysis/bench/pages/report_reader.h"
#include "analysis/decision/decision_page.h"
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
    verb->add_option("--hypothesis", hypothesis_, "only the hypothesis of this name or file; with --decision those about its task");
    verb->add_option("--decision", decision_, "write the page of one decision to this file: what was written, the circuit, the rule, the repairs");
    verb->add_option("--bench", benches_, "with --decision: a bench.json of the same prompts, with its predictions.jsonl beside it; may be repeated");
    verb->footer(
        "Without --html and --junit the table is printed. The exit code says if the report could be written, not what it says.\n"
        "Examples:\n  assay report build/demo/result.json --html build/demo/report.html\n  assay report build/bench/bench.json --html build/bench\n"
        "  assay report build/held_out/result.json --bench build/repair/bench.json --decision build/decision.html");
    return verb;
  }

  int run(const Common& common, Session&) override {
    if (!benches_.empty() && decision_.empty())
      return report({ErrorKind::kUsage, "found --bench without --decision", "say with --decision FILE where the page of the decision goes", {}});
    Result<std::string> text = read_file(path_, kLargestFile);
    if (!text) return report(text.error());
    if (const nlohmann::json json = nlohmann::json::parse(*text, nullptr, false); bench::is_bench_result(json))
      return decision_.empty() ? report_bench(json, common) : report_decision({}, path_);
    Result<analysis::ResultFile> result = analysis::parse_result(*text, path_);
    if (result && !decision_.empty()) return report_decision(*result, {});
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
  /// `bench`: the first argument, where that is a result of `assay bench`.
  int report_decision(const std::optional<analysis::ResultFile>& result, const std::string& bench) const {
    if (!html_.empty() || !junit_.empty())
      return report({ErrorKind::kUsage, "found --decision beside --html or --junit", "write one kind of report at a time", {}});
    std::optional<analysis::SiteDocument> site;
    if (result) {
      Result<analysis::SiteDocument> found = analysis::read_site_document(*result, hypothesis_);
      if (!found) return report(of_file(found.error()));
      site = std::move(*found);
    }
    std::vector<std::string> files = benches_;
    if (!bench.empty()) files.insert(files.begin(), bench);
    if (files.empty())
      return report({ErrorKind::kUsage, "found no code that was written at this decision", "name a bench.json of the same prompts with --bench", {}});
    std::vector<analysis::BenchDocument> documents;
    for (const std::string& file : files) {
      Result<analysis::BenchDocument> document = analysis::read_bench_document(file);
      if (!document) return report(document.error());
      documents.push_back(std::move(*document));
    }
    const Result<std::string> page = analysis::decision_page(site, documents);
    if (!page) return report(page.error());
    const Status status = write_file(decision_, *page);
    return status ? 0 : report(status.error());
  }

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

  std::string path_, html_, junit_, hypothesis_, decision_;
  std::vector<std::string> benches_;
};

}  // namespace

std::unique_ptr<Command> report_command() { return std::make_unique<ReportCommand>(); }

}  // namespace assay::cli
