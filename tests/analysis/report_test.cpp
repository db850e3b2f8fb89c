// The page and the reader of result.json. data/report_sample.json is a result with a zoo entry, a rival, two mutants and a skipped hypothesis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <functional>

#include "analysis/page/base64.h"
#include "analysis/page/page.h"
#include "analysis/report/circuit_layout.h"
#include "analysis/report/island.h"
#include "analysis/report/page_writer.h"
#include "base/files.h"
#include "base/process.h"

namespace assay::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSamplePath = std::string(ASSAY_SOURCE_DIR) + "/tests/analysis/data/report_sample.json";
const std::string kHostile = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'\"&";

Json sample_json() {
  Result<std::string> text = read_file(kSamplePath);
  EXPECT_TRUE(text) << kSamplePath;
  return Json::parse(text.value_or("{}"));
}

Result<ResultFile> parsed(const Json& json) { return parse_result(json.dump(), "result.json"); }

/// The message for a sample that `spoil` has changed.
std::string refusal(const std::function<void(Json&)>& spoil) {
  Json json = sample_json();
  spoil(json);
  Result<ResultFile> result = parsed(json);
  return result ? std::string("accepted") : result.error().to_string();
}

std::string page_of(const Json& json) {
  Result<ResultFile> result = parsed(json);
  EXPECT_TRUE(result) << result.error().to_string();
  return result ? to_html(*result) : std::string();
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

/// The JSON island, parsed back.
Json island_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"result\">";
  const std::size_t at = page.find(begin) + begin.size();
  return Json::parse(page.substr(at, page.find("</script>", at) - at));
}

/// Puts `text` in place of every text of the document that a checked result may choose freely.
void poison(Json& json, const std::string& text) {
  if (json.is_array())
    for (Json& element : json) poison(element, text);
  if (!json.is_object()) return;
  for (auto& [key, value] : json.items()) {
    if (value.is_structured()) poison(value, text);
    else if (value.is_string() && key != "format" && key != "grade" && key != "outcome" && key != "evidence" && key != "replay" && key != "from" &&
             key != "to")
      value = text;
  }
}

TEST(Report, page_contains_every_hypothesis_and_every_claim) {
  const Json json = sample_json();
  const std::string page = page_of(json);
  for (const Json& hypothesis : json["hypotheses"]) {
    EXPECT_THAT(page, HasSubstr("<span class=\"name\">" + escape_html(hypothesis["name"].get<std::string>()) + "</span>"));
    EXPECT_THAT(page, HasSubstr("<code>" + escape_html(hypothesis["file"].get<std::string>()) + "</code>"));
    for (const Json& claim : hypothesis["claims"]) {
      EXPECT_THAT(page, HasSubstr("<th scope=\"row\">" + escape_html(claim["id"].get<std::string>()) + "</th><td><span class=\"badge " +
                                  claim["grade"].get<std::string>()));
      EXPECT_THAT(page, HasSubstr(escape_html(claim["summary"].get<std::string>())));
    }
  }
  EXPECT_EQ(island_of(page)["hypotheses"].size(), json["hypotheses"].size());
}

TEST(Report, weakest_claim_is_the_first_row_of_its_table_and_named_on_top) {
  const std::string page = page_of(sample_json());
  const std::size_t table = page.find("<table class=\"claims\">");
  EXPECT_LT(page.find("<th scope=\"row\">faithfulness</th>", table), page.find("<th scope=\"row\">network_equals_program</th>", table));
  EXPECT_LT(page.find("Weakest link of what is claimed to hold"), table);
  EXPECT_LT(page.find("refuted as it should be"), table);
}

TEST(Report, an_unexpected_grade_is_the_verdict_of_the_page_and_its_section_is_open) {
  Json json = sample_json();
  json["hypotheses"][2]["claims"][0]["expect"] = "proved";
  const std::string page = page_of(json);
  EXPECT_THAT(page, HasSubstr("<p class=\"verdict bad\">1 not as expected</p>"));
  EXPECT_THAT(page, HasSubstr("expected proved</td>"));
  EXPECT_THAT(page, HasSubstr("data-h=\"2\" data-grade=\"refuted\" data-unexpected=\"1\" open>"));
}

TEST(Report, same_result_gives_the_same_bytes) {
  const Json json = sample_json();
  EXPECT_EQ(page_of(json), page_of(json));
}

TEST(Report, page_loads_nothing_from_elsewhere) {
  const std::string page = page_of(sample_json());
  for (const char* outside : {"src=", "@import", "url(", "<link", "fetch(", "XMLHttpRequest", "import("}) EXPECT_THAT(page, Not(HasSubstr(outside)));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(Report, script_makes_text_nodes_only) {
  const std::string page = page_of(sample_json());
  for (const char* parser : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"})
    EXPECT_THAT(page, Not(HasSubstr(parser)));
}

TEST(Report, hostile_texts_are_escaped_wherever_they_stand) {
  Json json = sample_json();
  poison(json, kHostile);
  const std::string page = page_of(json);
  EXPECT_EQ(count_of(page, "<script"), 2u);  // the island and the page's own
  EXPECT_EQ(count_of(page, "</script"), 2u);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_EQ(island_of(page)["hypotheses"][0]["name"], kHostile);  // shown as it is
}

/// The document's body before its scripts, after they ran; nothing without Chromium.
std::optional<std::string> document_in_browser(const std::string& page) {
  const std::string browser = find_program("chromium");
  Result<TemporaryFolder> folder = TemporaryFolder::create("assay-report");
  if (browser.empty() || !folder || !write_file(folder->path() + "/page.html", page)) return {};
  ProcessSpec spec;
  spec.command = {browser,
                  "--headless",
                  "--no-sandbox",
                  "--disable-gpu",
                  "--disable-quic",
                  "--no-first-run",
                  "--disable-background-networking",
                  "--disable-component-update",
                  "--disable-sync",
                  "--user-data-dir=" + folder->path() + "/profile",
                  "--virtual-time-budget=2000",
                  "--dump-dom",
                  "file://" + folder->path() + "/page.html#h0"};
  spec.output_limit = 64u << 20;
  spec.wall_seconds = 120;
  Result<ProcessResult> result = run_process(spec);
  if (!result || result->exit_code != 0 || result->output.find("<body") == std::string::npos) return {};
  return result->output.substr(0, result->output.find("<script"));
}

TEST(Report, section_is_built_in_a_browser) {
  const std::optional<std::string> document = document_in_browser(page_of(sample_json()));
  if (!document) GTEST_SKIP() << "no working chromium";
  EXPECT_THAT(*document, HasSubstr("class=\"panel source\""));
  EXPECT_THAT(*document, HasSubstr("aria-label=\"node a0.h1\""));
  EXPECT_THAT(*document, HasSubstr("class=\"panel attention\""));
  EXPECT_THAT(*document, Not(HasSubstr("cannot be shown")));
}

TEST(Report, hostile_texts_run_no_script_in_a_browser) {
  Json json = sample_json();
  poison(json, kHostile);
  json["hypotheses"][2]["circuit"] = json["hypotheses"][0]["circuit"];
  json["hypotheses"][2]["circuit"]["edges"][0]["from"] = kHostile;
  std::swap(json["hypotheses"][0], json["hypotheses"][2]);  // with witnesses, and opened by the link
  const std::optional<std::string> document = document_in_browser(page_of(json));
  if (!document) GTEST_SKIP() << "no working chromium";
  EXPECT_THAT(*document, HasSubstr("<title>Assay report</title>"));  // the script that every text carries would have set another
  EXPECT_THAT(*document, HasSubstr("class=\"witness\""));
  EXPECT_THAT(*document, Not(HasSubstr("<img")));
}

TEST(Report, refuses_what_is_no_result) {
  EXPECT_THAT(refusal([](Json& json) { json.erase("format"); }), HasSubstr("expected \"format\": \"assay-result\""));
  EXPECT_THAT(refusal([](Json& json) { json["version"] = 2; }), HasSubstr("found version 2, expected 1"));
  EXPECT_THAT(refusal([](Json& json) { json.erase("version"); }), HasSubstr("found version null, expected 1"));
}

TEST(Report, names_the_member_that_is_wrong) {
  EXPECT_THAT(refusal([](Json& json) { json["hypotheses"] = 3; }), HasSubstr("hypotheses: found 3, expected a list"));
  EXPECT_THAT(refusal([](Json& json) { json["hypotheses"][1]["claims"][0]["link"] = 7; }),
              HasSubstr("hypotheses[1].claims[0].link: found 7, expected 1, 2 or 3"));
  EXPECT_THAT(refusal([](Json& json) { json["hypotheses"][0].erase("name"); }),
              HasSubstr("hypotheses[0]: found an object, expected a member \"name\""));
  EXPECT_THAT(refusal([](Json& json) { json["hypotheses"][0]["claims"][1]["outcome"] = "splendid"; }), HasSubstr("hypotheses[0].claims[1]"));
  EXPECT_THAT(refusal([](Json& json) { json["hypotheses"][0]["inputs"][2]["symbols"] = "2"; }), HasSubstr("inputs[2].symbols"));
  EXPECT_THAT(refusal([](Json& json) { json["hypotheses"][0]["circuit"]["nodes"] = Json::object(); }), HasSubstr("circuit.nodes"));
}

TEST(Report, does_not_show_a_grade_that_the_evidence_does_not_earn) {
  EXPECT_THAT(refusal([](Json& json) { json["hypotheses"][0]["claims"][0]["grade"] = "proved"; }), HasSubstr("expected the grade \"measured\""));
}

TEST(Report, truncated_json_is_an_input_error_at_every_cut) {
  const std::string text = sample_json().dump();
  for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, text.size() / 3, text.size() / 2, text.size() - 1}) {
    Result<ResultFile> result = parse_result(text.substr(0, cut), "result.json");
    ASSERT_FALSE(result) << cut;
    EXPECT_EQ(result.error().kind, ErrorKind::kInput);
    EXPECT_THAT(result.error().message, HasSubstr("not valid JSON, or cut off"));
    EXPECT_FALSE(result.error().remedy.empty());
  }
}

TEST(Report, bottomless_nesting_is_refused) {
  Result<ResultFile> result = parse_result(std::string(1'000'000, '['), "result.json");
  ASSERT_FALSE(result);
  const std::string deep =
      "{\"format\": \"assay-result\", \"version\": 1, \"hypotheses\": [], \"x\": " + std::string(200, '[') + std::string(200, ']') + "}";
  result = parse_result(deep, "result.json");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("nested deeper"));
}

TEST(Report, one_hypothesis_can_be_chosen_by_name_or_file) {
  Result<ResultFile> all = parsed(sample_json());
  ASSERT_TRUE(all);
  Result<ResultFile> one = only_hypothesis(*all, "zoo/addition/mutant_off_by_one.hypothesis.toml");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->verification.hypotheses.size(), 1u);
  const std::string page = to_html(*one);
  EXPECT_THAT(page, Not(HasSubstr("mutant_carry_dropped")));
  Result<ResultFile> none = only_hypothesis(*all, "additoin");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().to_string(), HasSubstr("did you mean 'addition'?"));
}

TEST(Report, junit_has_a_case_for_each_claim) {
  Result<ResultFile> result = parsed(sample_json());
  ASSERT_TRUE(result);
  std::size_t claims = 1;  // the skipped hypothesis is a case of its own
  for (const HypothesisResult& hypothesis : result->verification.hypotheses) claims += hypothesis.claims.size();
  EXPECT_EQ(count_of(to_junit(result->verification), "<testcase "), claims);
}

TEST(Report, circuit_is_laid_out_in_the_layers_of_the_network) {
  const Json circuit = sample_json()["hypotheses"][0]["circuit"];
  Result<Json> layout = lay_out_circuit(circuit, {});
  ASSERT_TRUE(layout);
  std::map<std::string, double> y;
  for (const Json& node : (*layout)["nodes"]) y[node["name"]] = node["y"];
  EXPECT_EQ(y.size(), circuit["nodes"].size());
  EXPECT_EQ(y["a0.h1"], y["a0.h0"]);  // in the circuit or not
  for (const auto& [above, below] :
       std::vector<std::pair<std::string, std::string>>{{"logits", "m1"}, {"m1", "a1.h0"}, {"a1.h0", "m0"}, {"m0", "a0.h1"}, {"a0.h1", "input"}})
    EXPECT_LT(y[above], y[below]) << above;
  for (const Json& edge : (*layout)["edges"]) EXPECT_EQ(edge["path"].get<std::string>()[0], 'M');
  EXPECT_EQ((*layout)["edges_total"], circuit["edges"].size());
}

TEST(Report, positions_told_apart_are_columns_in_the_order_of_the_text) {
  const auto edge = [](const char* from, const char* to) { return Json{{"from", from}, {"to", to}, {"input", "k"}, {"score", 1.0}}; };
  const Json circuit = {{"nodes", Json::array()},
                        {"spans", {"before", "name", "unused", "site"}},
                        {"edges",
                         {edge("input@name", "a0.h1@name"), edge("input@before", "a0.h1@name"), edge("a0.h1@name", "a1.h0@site"),
                          edge("a0.h1@name", "a1.h1@site"), edge("a1.h0@site", "logits"), edge("a1.h1@site", "logits")}}};
  Result<Json> layout = lay_out_circuit(circuit, {});
  ASSERT_TRUE(layout) << layout.error().to_string();
  std::map<std::string, double> x, y;
  for (const Json& node : (*layout)["nodes"]) x[node["name"]] = node["x"], y[node["name"]] = node["y"];
  std::vector<std::string> columns;
  for (const Json& column : (*layout)["columns"]) columns.push_back(column["span"]);
  EXPECT_THAT(columns, ElementsAre("before", "name", "site"));
  EXPECT_EQ(x["input@name"], x["a0.h1@name"]);
  EXPECT_LT(x["input@before"], x["input@name"]);
  EXPECT_LT(x["a0.h1@name"], std::min(x["a1.h0@site"], x["a1.h1@site"]));
  EXPECT_EQ(y["a1.h0@site"], y["a1.h1@site"]);
  EXPECT_NE(x["a1.h0@site"], x["a1.h1@site"]) << "side by side";
  EXPECT_EQ(y["input@before"], y["input@name"]);
  EXPECT_LT(y["logits"], y["a1.h0@site"]);
  EXPECT_LT(y["a1.h0@site"], y["a0.h1@name"]);
  for (const Json& line : (*layout)["edges"]) EXPECT_EQ(line["path"].get<std::string>()[0], 'M');
}

TEST(Report, large_circuits_show_their_strongest_edges_and_say_how_many_are_left_out) {
  Json circuit = {{"nodes", Json::array()}, {"edges", Json::array()}};
  for (int i = 0; i < 500; ++i)
    circuit["edges"].push_back({{"from", "input"},
                                {"to", "a" + std::to_string(i % 25) + ".h" + std::to_string(i / 25)},
                                {"input", "q"},
                                {"score", i % 7 == 0 ? -1000.0 - i : 1.0 * i}});
  Result<Json> layout = lay_out_circuit(circuit, {});
  ASSERT_TRUE(layout);
  EXPECT_EQ((*layout)["edges"].size(), kMostLines);
  EXPECT_EQ((*layout)["edges_left_out"], 500 - kMostLines);
  EXPECT_EQ((*layout)["edges"][0]["score"], -1497.0);
}

TEST(Report, attention_is_kept_once_per_network_and_input) {
  const Json json = sample_json();
  Result<ResultFile> result = parsed(json);
  ASSERT_TRUE(result);
  const Json island = make_island(*result);
  EXPECT_EQ(island["patterns"].size(), json["hypotheses"][0]["inputs"].size());
  EXPECT_EQ(island["hypotheses"][0]["attention"], island["hypotheses"][2]["attention"]);
  const Json& first = json["hypotheses"][0]["attention"][0];
  const std::size_t size = first["size"];
  const Json& rows = island["patterns"][0][0][0];
  ASSERT_EQ(rows.size(), size);
  for (std::size_t r = 0; r < size; ++r)
    for (std::size_t c = 0; c < rows[r].size(); ++c)
      EXPECT_NEAR(rows[r][c].get<double>() / 1000, first["pattern"][r * size + c].get<double>(), 5.1e-4);
}

TEST(Report, base64_of_a_digest) {
  EXPECT_EQ(base64_of_hex(""), "");
  EXPECT_EQ(base64_of_hex("66"), "Zg==");  // RFC 4648, section 10
  EXPECT_EQ(base64_of_hex("666f"), "Zm8=");
  EXPECT_EQ(base64_of_hex("666f6f626172"), "Zm9vYmFy");
}

}  // namespace
}  // namespace assay::analysis
