#include "analysis/decision/documents.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "analysis/bench/pages/report_reader.h"
#include "analysis/bench/predictions_file.h"
#include "analysis/report/island.h"
#include "base/files.h"
#include "base/toml.h"

namespace assay::analysis {
namespace {

constexpr std::uint64_t kLargestFile = 512u << 20;

std::string text_of(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
}

/// Which program a hypothesis states: file and function.
std::pair<std::string, std::string> program_of(const Json& hypothesis) {
  const Json program = hypothesis.value("program", Json());
  return {text_of(program, "source"), text_of(program, "function")};
}

bool has(const Json& hypothesis, const char* name) { return hypothesis.contains(name) && !hypothesis[name].is_null() && !hypothesis[name].empty(); }

/// The one to begin with: with a circuit, else with aligned variables, else the first.
std::size_t main_of(const Json& hypotheses, const std::vector<std::size_t>& members) {
  for (const char* name : {"circuit", "alignments"})
    for (const std::size_t i : members)
      if (has(hypotheses[i], name)) return i;
  return members.front();
}

/// Rows of several hypotheses about the same prompts: those of `more` that are not there yet.
void add_rows(Json& rows, const Json& more) {
  if (rows.is_null()) {
    rows = more;
    return;
  }
  std::set<std::string> known;
  for (const Json& row : rows["rows"]) known.insert(row["node"].get<std::string>());
  std::map<std::string, std::size_t> prompts;
  for (std::size_t p = 0; p < more["prompts"].size(); ++p) prompts.emplace(more["prompts"][p]["text"].get<std::string>(), p);
  for (std::size_t r = 0; r < more["rows"].size(); ++r) {
    if (!known.insert(more["rows"][r]["node"].get<std::string>()).second) continue;
    rows["rows"].push_back(more["rows"][r]);
    for (Json& prompt : rows["prompts"]) {
      const auto at = prompts.find(prompt["text"].get<std::string>());
      prompt["rows"].push_back(at == prompts.end() ? Json() : more["prompts"][at->second]["rows"][r]);
    }
  }
}

SiteDocument joined(const ResultFile& result, const std::vector<std::size_t>& members, std::size_t first) {
  const Json& all = result.json["hypotheses"];
  SiteDocument site{.task = text_of(all[first].value("task", Json()), "name"), .hypothesis = {}, .hypotheses = {}};
  Json& hypothesis = site.hypothesis = {{"name", all[first]["name"]}, {"file", all[first]["file"]}, {"inputs", Json::array()}};
  for (const char* name : {"task", "network", "program", "reference", "circuit"}) hypothesis[name] = all[first].value(name, Json());
  hypothesis["alignments"] = Json::object();
  hypothesis["attention_rows"] = all[first].value("attention_rows", Json());
  for (const std::size_t i : members) {
    const bool same_program = program_of(all[i]) == program_of(all[first]);             // else a mutant or a rival
    const bool brings_circuit = !has(hypothesis, "circuit") && has(all[i], "circuit");  // which is about the task, whatever the program
    if (brings_circuit) hypothesis["circuit"] = all[i]["circuit"];
    if (i != first && (same_program || brings_circuit) && has(all[i], "attention_rows"))
      add_rows(hypothesis["attention_rows"], all[i]["attention_rows"]);
    if (!same_program) continue;
    site.hypotheses.push_back(&result.verification.hypotheses[i]);
    if (has(all[i], "alignments")) hypothesis["alignments"].update(all[i]["alignments"]);
  }
  add_links(hypothesis);
  return site;
}

}  // namespace

Result<BenchDocument> read_bench_document(const std::string& path) {
  const Result<std::string> text = read_file(path, kLargestFile);
  if (!text) return fail(text.error());
  BenchDocument document{.file = path, .json = Json::parse(*text, nullptr, false), .predictions = {}};
  if (!bench::is_bench_result(document.json))
    return input_error(fmt::format("{}: found no result of `assay bench`", path), "name a bench.json that `assay bench ... --out DIR` wrote");
  if (const Result<bench::BenchReport> report = bench::read_report(document.json); !report) {
    Error error = report.error();
    error.message = fmt::format("{}: {}", path, error.message);
    return fail(error);
  }
  if (!document.json.contains("predictions")) return document;
  const std::string beside = (std::filesystem::path(path).parent_path() / "predictions.jsonl").string();
  const Result<std::string> lines = read_file(beside, kLargestFile);
  if (!lines) return fail(lines.error());
  Result<std::vector<bench::Prediction>> predictions = bench::parse_predictions(*lines, beside, text_of(document.json["predictions"], "sha256"));
  if (!predictions) return fail(predictions.error());
  document.predictions = std::move(*predictions);
  return document;
}

Result<SiteDocument> read_site_document(const ResultFile& result, const std::string& wanted) {
  const Json& all = result.json["hypotheses"];
  std::vector<std::string> tasks, names;
  std::vector<std::size_t> members;
  std::string task;
  for (const Json& hypothesis : all) {
    names.push_back(hypothesis["name"].get<std::string>());
    names.push_back(hypothesis["file"].get<std::string>());
    const std::string own = text_of(hypothesis.value("task", Json()), "name");
    if (!has(hypothesis, "program") || own.empty()) continue;  // skipped or broken
    if (std::find(tasks.begin(), tasks.end(), own) == tasks.end()) tasks.push_back(own);
    if (!wanted.empty() && (hypothesis["name"] == wanted || hypothesis["file"] == wanted)) task = own;
  }
  if (tasks.empty()) return input_error("the result holds no hypothesis that was checked", "see why in the report: `assay report RESULT`");
  if (!wanted.empty() && task.empty()) {
    const std::string near = nearest(wanted, names);
    return input_error(fmt::format("the result holds no checked hypothesis '{}'", wanted),
                       near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }
  if (wanted.empty() && tasks.size() > 1)
    return input_error(fmt::format("the result speaks about {} tasks: {}; a page is about the decision of one", tasks.size(), fmt::join(tasks, ", ")),
                       "name a hypothesis about it with --hypothesis");
  if (task.empty()) task = tasks.front();
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!has(all[i], "program") || text_of(all[i].value("task", Json()), "name") != task) continue;
    members.push_back(i);
    if (!wanted.empty() && (all[i]["name"] == wanted || all[i]["file"] == wanted)) first = i;
  }
  return joined(result, members, first ? *first : main_of(all, members));
}

}  // namespace assay::analysis
