// The page of a decision from small documents written by hand: what it joins, what it says is missing, and that no text of a document can run.
#include "analysis/decision/decision_page.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

#include "analysis/code_tasks/sha256.h"
#include "analysis/page/page.h"
#include "tests/analysis/bench_document.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using bench::bench_document::kPrompt;
using bench::bench_document::run_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Workspace;

const std::string kHostile = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'\"&\xE2\x80\xAE";

Json dose(const std::string& name, const std::string& kind, double value, const std::string& label) {
  Json model = bench::bench_document::document()["models"][0];
  const bool heads = kind == "heads";
  model["name"] = name + " " + std::to_string(value);
  model["tasks"] = Json::array({run_of({label}), run_of({"proved"})});
  const Json score = {{"samples", 2},
                      {"other_answers", 1},
                      {"proved_before", 1},
                      {"proved_after", label == "proved" ? 2 : 1},
                      {"became_proved", label == "proved" ? 1 : 0},
                      {"no_longer_proved", 0},
                      {"unsafe_before", 1},
                      {"unsafe_after", label == "unsafe" ? 1 : 0},
                      {"wrong_before", 0},
                      {"wrong_after", 0}};
  model["repair"] = {{"name", name},
                     {"of", "small"},
                     {"dose", value},
                     {"heads", heads ? Json({"a1.h0"}) : Json::array()},
                     {"tokens", heads ? Json::array() : Json({" <="})},
                     {"where", "at the site"},
                     {"description", "changed"},
                     {"score", score},
                     {"divergence", {{"positions", 4}, {"mean_kl", 0.25}, {"largest_kl", 1.0}, {"other_first_choice", 0}}}};
  return model;
}

/// Two requests; the first is unsafe as the model is, proved with its head switched off, and unsafe with half of it. Two biases change nothing.
Json bench_json() {
  Json json = bench::bench_document::document();
  json["models"][0]["tasks"] = Json::array({run_of({"unsafe"}), run_of({"proved"})});
  json["tasks"][1]["prompt"] = "// Other.\n" + kPrompt;
  for (Json& answer : json["models"][0]["tasks"][1]["answers"]) answer["text"] = "// Other.\n" + answer["text"].get<std::string>();
  for (const Json& model : {dose("heads", "heads", 0, "proved"), dose("heads", "heads", 0.5, "unsafe"), dose("bias", "tokens", -2, "unsafe"),
                            dose("bias", "tokens", -1, "unsafe")}) {
    json["models"].push_back(model);
    for (Json& answer : json["models"].back()["tasks"][1]["answers"]) answer["text"] = "// Other.\n" + answer["text"].get<std::string>();
  }
  return json;
}

Json claim() {
  return {{"id", "equal"},
          {"kind", "network_equals_program"},
          {"link", 2},
          {"subject", "s"},
          {"domain", "d"},
          {"semantics", "x"},
          {"assumptions", Json::array()},
          {"outcome", "holds"},
          {"evidence", "enumeration"},
          {"grade", "proved"},
          {"summary", "8 inputs"},
          {"details", Json::object()},
          {"witness", nullptr},
          {"replay", "not-applicable"}};
}

/// A hypothesis about the first request's prompt, with a circuit of two heads whose attention was recorded.
Json hypothesis_json() {
  const Json program = {{"file", "rule.c"},
                        {"function", "rule"},
                        {"source", "int rule(int n) {\n    return n;  // a1.h0: copies it\n}\n"},
                        {"range", {{"line", 1}, {"end_line", 3}}},
                        {"labels", Json::array()}};
  const Json row = {{"node", "a1.h0@site"}, {"head", "a1.h0"}, {"position", "site"}, {"score", 2.5}, {"aligned", false}};
  const std::size_t size = kPrompt.size();
  const Json prompt = {{"text", kPrompt},
                       {"tokens", Json::array({Json::array({0, 2}), Json::array({2, 12}), Json::array({12, size})})},
                       {"positions", {{"site", 2}}},
                       {"rows", Json::array({Json::array({Json::array({1, 0.75}), Json::array({0, 0.25})})})}};
  const Json edges =
      Json::array({{{"edge", "input@site->a1.h0@site<q>"}, {"from", "input@site"}, {"to", "a1.h0@site"}, {"input", "q"}, {"score", 1.0}},
                   {{"edge", "a1.h0@site->logits"}, {"from", "a1.h0@site"}, {"to", "logits"}, {"input", ""}, {"score", 2.5}}});
  return {{"name", "h"},
          {"file", "h.hypothesis.toml"},
          {"task", {{"name", "loops"}}},
          {"network", {{"hash", "abc"}, {"layers", 2}, {"heads", 1}, {"kv_heads", 1}, {"has_mlp", false}}},
          {"program", program},
          {"reference", nullptr},
          {"circuit", {{"nodes", {"input@site", "a1.h0@site", "logits"}}, {"edges", edges}, {"spans", {"site"}}, {"graph_edges", 9}}},
          {"alignments", nullptr},
          {"attention", nullptr},
          {"inputs", nullptr},
          {"claims", Json::array({claim()})},
          {"attention_rows", {{"rows", Json::array({row})}, {"rows_left_out", 3}, {"prompts", Json::array({prompt})}, {"prompts_left_out", 0}}}};
}

Json result_json(const std::vector<Json>& hypotheses = {hypothesis_json()}) {
  return {{"format", "assay-result"}, {"version", 1}, {"hypotheses", hypotheses}};
}

struct DecisionPage : ::testing::Test {
  Workspace workspace;

  Result<BenchDocument> bench(const Json& json) const {
    return read_bench_document(workspace.write("bench.json", json.dump(-1, ' ', false, Json::error_handler_t::replace)));
  }
  static Result<std::optional<SiteDocument>> site(const ResultFile& result, const std::string& name = "") {
    Result<SiteDocument> found = read_site_document(result, name);
    if (!found) return fail(found.error());
    return std::optional(std::move(*found));
  }
  /// Message, or the page.
  std::string page(const std::optional<Json>& result, const Json& bench_result) const {
    const Result<BenchDocument> document = bench(bench_result);
    if (!document) return document.error().to_string();
    std::optional<ResultFile> file;
    std::optional<SiteDocument> found;
    if (result) {
      Result<ResultFile> read = parse_result(result->dump(), "result.json");
      if (!read) return read.error().to_string();
      file = std::move(*read);
      Result<std::optional<SiteDocument>> own = site(*file);
      if (!own) return own.error().to_string();
      found = std::move(*own);
    }
    const Result<std::string> html = decision_page(found, {*document});
    return html ? *html : html.error().to_string();
  }
  static Json island(const std::string& page) {
    const std::string begin = "<script type=\"application/json\" id=\"result\">";
    const std::size_t at = page.find(begin);
    EXPECT_NE(at, std::string::npos) << page.substr(0, 400);
    if (at == std::string::npos) return Json::object();
    return Json::parse(page.substr(at + begin.size(), page.find("</script>", at) - at - begin.size()));
  }
  /// A bench.json with the predictions of a file beside it.
  Json with_predictions(const std::string& text, const std::string& sha256) const {
    workspace.write("predictions.jsonl", text);
    Json json = bench_json();
    json["predictions"] = {{"sha256", sha256}, {"count", 1}};
    return json;
  }
};

const std::string kPredictions =
    "{\"kind\":\"assay-predictions\",\"version\":1}\n{\"request\":\"first\",\"token\":\" <=\",\"demanded\":\" <\",\"fails\":true}\n";

TEST_F(DecisionPage, joins_what_was_written_with_the_circuit_and_the_rule) {
  const Json json = island(page(result_json(), with_predictions(kPredictions, code_tasks::sha256(kPredictions))));
  ASSERT_EQ(json["prompts"].size(), 2u);
  const Json &seen = json["prompts"][0], &unseen = json["prompts"][1];
  EXPECT_EQ(seen["pieces"], Json({"//", " Add one.\n", "int f(int n) {"})) << "the model's tokens";
  EXPECT_EQ(seen["attention"]["rows"][0][0], Json::array({1, 0.75}));
  EXPECT_EQ(seen["prediction"], Json({{"token", " <="}, {"demanded", " <"}, {"fails", true}}));
  EXPECT_TRUE(unseen["attention"].is_null());
  EXPECT_TRUE(unseen["prediction"].is_null());
  EXPECT_EQ(json["heads"][0]["node"], "a1.h0@site");
  EXPECT_EQ(json["hypothesis"]["program"]["links"],
            Json::array({{{"line", 2}, {"nodes", {"a1.h0@site"}}, {"alignments", Json::array()}, {"comment", true}}}));
  EXPECT_EQ(json["layouts"][0]["nodes"].size(), 3u);
  const Json& sample = seen["runs"][0]["samples"][0];
  EXPECT_EQ(sample["label"], "unsafe");
  EXPECT_EQ(sample["site"]["token"], "\n    ");
  EXPECT_NEAR(sample["site"]["probability"].get<double>(), std::exp(-0.1), 1e-9);
  EXPECT_EQ(sample["site"]["alternatives"][0], Json::array({" return", 0.31}));
  EXPECT_EQ(json["failing_lines"][sample["answer"].get<std::size_t>()], 3);
}

TEST_F(DecisionPage, slider_has_the_recorded_doses_from_none_to_the_strongest_with_the_figures_of_bench_json) {
  const Json bench_result = bench_json(), json = island(page({}, bench_result));
  ASSERT_EQ(json["repairs"].size(), 2u);
  const Json &heads = json["repairs"][0]["doses"], &bias = json["repairs"][1]["doses"];
  ASSERT_EQ(heads.size(), 3u);
  EXPECT_EQ(Json({heads[0]["dose"], heads[1]["dose"], heads[2]["dose"]}), Json({1.0, 0.5, 0.0}));
  EXPECT_EQ(Json({bias[0]["dose"], bias[1]["dose"], bias[2]["dose"]}), Json({0.0, -1.0, -2.0}));
  for (const Json& doses : {heads, bias})
    for (std::size_t d = 1; d < doses.size(); ++d) {
      const Json& repair = bench_result["models"][doses[d]["run"].get<std::size_t>()]["repair"];
      EXPECT_EQ(doses[d]["score"], repair["score"]);
      EXPECT_EQ(doses[d]["divergence"], repair["divergence"]);
      EXPECT_EQ(doses[d]["dose"], repair["dose"]);
    }
  EXPECT_EQ(heads[0]["counts"]["unsafe"], 1);
  EXPECT_EQ(heads[1]["counts"]["unsafe"], 1);
  EXPECT_EQ(heads[2]["counts"]["proved"], 2);
  EXPECT_EQ(heads[2]["counts"]["samples"], 2);
  EXPECT_EQ(json["prompts"][0]["runs"][heads[2]["run"].get<std::size_t>()]["samples"][0]["label"], "proved");
}

TEST_F(DecisionPage, verdicts_and_claims_are_plain_html) {
  const std::string html = page(result_json(), bench_json());
  EXPECT_THAT(html, AllOf(HasSubstr("the sum does not fit"), HasSubstr("int n = 2147483647"), HasSubstr("confirms it"), HasSubstr("8 inputs"),
                          HasSubstr("h.hypothesis.toml")));
  for (const char* loader : {" src=\"", "<link", "@import", "url(http"}) EXPECT_EQ(html.find(loader), std::string::npos) << loader;
  EXPECT_NE(html.find("id=\"v0\" hidden"), std::string::npos);
}

TEST_F(DecisionPage, works_without_a_result_and_without_repairs) {
  Json json = bench::bench_document::document();
  json["tasks"][1]["prompt"] = "int g(void) {";
  const Json found = island(page({}, json));
  EXPECT_TRUE(found["hypothesis"].is_null());
  EXPECT_TRUE(found["repairs"].empty());
  EXPECT_TRUE(found["heads"].empty());
  EXPECT_EQ(found["prompts"][0]["pieces"], Json({kPrompt})) << "no token is known";
  EXPECT_EQ(found["prompts"][1]["runs"][0]["samples"][0]["behind_prompt"], false) << "its answer begins otherwise";
}

TEST_F(DecisionPage, site_of_other_requests_is_their_first_wrong_decision) {
  Json json = bench_json();
  Json& answer = json["models"][0]["tasks"][0]["answers"][0];
  const std::size_t begin = kPrompt.size() + 5;
  answer["wrong_decision"] = {
      {"state", "found"},
      {"tokens", Json::array({{{"kind", "operator"}, {"begin", begin}, {"end", begin + 6}, {"written", "return"}, {"instead", "x"}}})},
      {"holes", 1},
      {"changes", 1},
      {"completions", 2},
      {"tried", 2},
      {"unending", 0},
      {"queries", 0},
      {"shown_by", "own rest"},
      {"until", begin + 6},
      {"prefixes", 0},
      {"undecided_prefixes", 0},
      {"partial_completions", 0},
      {"largest_grammar", 0},
      {"smallest_grammar", 0},
      {"reason", ""}};
  const std::string without = page({}, json), with = page(result_json(), json);
  ASSERT_THAT(without, HasSubstr("<!DOCTYPE html>"));
  EXPECT_EQ(island(without)["prompts"][0]["runs"][0]["samples"][0]["site"]["piece"], 1);
  EXPECT_EQ(island(with)["prompts"][0]["runs"][0]["samples"][0]["site"]["piece"], 0) << "a task of prompts says where it is decided";
}

TEST_F(DecisionPage, what_else_is_valid_is_told_at_the_tokens_of_its_site) {
  Json json = bench_json();
  Json& sample = json["models"][0]["tasks"][0]["samples"][0];
  sample["sites"] = {{{"kind", "statement"},
                      {"begin", 5},
                      {"end", 11},
                      {"written", "return"},
                      {"ast", "ReturnStmt"},
                      {"concept", nullptr},
                      {"concept_id", nullptr},
                      {"tokens", {1, 1}},
                      {"probability", 0.3},
                      {"alternatives", {{{"value", "if"}, {"token", " if"}, {"at", 1}, {"probability", 0.125}}}}}};
  const Json titles = island(page({}, json))["prompts"][0]["runs"][0]["samples"][0]["titles"];
  ASSERT_EQ(titles.size(), sample["tokens"].size());
  EXPECT_THAT(titles[1].get<std::string>(), AllOf(HasSubstr("statement · ReturnStmt"), HasSubstr("12.5 %")));
  EXPECT_EQ(titles[0], "");
}

TEST_F(DecisionPage, hostile_texts_run_nothing) {
  Json result = result_json(), json = bench_json();
  for (const char* name : {"name", "file"}) result["hypotheses"][0][name] = kHostile;
  result["hypotheses"][0]["task"]["name"] = kHostile;
  result["hypotheses"][0]["program"]["source"] = kHostile;
  result["hypotheses"][0]["attention_rows"]["rows"][0]["node"] = kHostile;
  result["hypotheses"][0]["attention_rows"]["prompts"][0]["text"] = kHostile;
  json["source"] = kHostile;
  json["tasks"][0]["prompt"] = json["tasks"][0]["function"] = json["tasks"][0]["id"] = json["tasks"][0]["declaration"] = kHostile;
  for (Json& model : json["models"])
    for (Json& answer : model["tasks"][0]["answers"]) answer["text"] = kHostile + kHostile;
  const std::string html = page(result, json);
  std::size_t scripts = 0;
  for (std::size_t at = html.find("<script"); at != std::string::npos; at = html.find("<script", at + 1)) ++scripts;
  EXPECT_EQ(scripts, 2u);
  EXPECT_THAT(html, AllOf(Not(HasSubstr("<img")), Not(HasSubstr("\xE2\x80\xAE"))));
  EXPECT_EQ(island(html)["title"], "Decision " + kHostile.substr(0, kHostile.size() - 3) + "⟨U+202E⟩");
}

TEST_F(DecisionPage, predictions_of_another_run_are_refused) {
  EXPECT_THAT(page({}, with_predictions(kPredictions, "00")), AllOf(HasSubstr("predictions.jsonl: found the SHA-256"), HasSubstr("expected 00")));
  const std::string broken = "{\"kind\":\"assay-predictions\"}\n{\"request\":1}\n";
  EXPECT_THAT(page({}, with_predictions(broken, code_tasks::sha256(broken))), HasSubstr("predictions.jsonl:2: found no prediction"));
  const std::string headless = "{\"request\":\"first\"}\n";
  EXPECT_THAT(page({}, with_predictions(headless, code_tasks::sha256(headless))), HasSubstr("expected a head"));
  std::filesystem::remove(workspace.path("predictions.jsonl"));
  Json json = bench_json();
  json["predictions"] = {{"sha256", "00"}, {"count", 1}};
  EXPECT_THAT(page({}, json), HasSubstr("predictions.jsonl"));
}

TEST_F(DecisionPage, broken_documents_are_named_with_the_member) {
  Json json = bench_json();
  json["models"][1]["repair"].erase("score");
  EXPECT_THAT(page({}, json), AllOf(HasSubstr("bench.json: "), HasSubstr("models[1].repair.score")));
  EXPECT_THAT(page({}, Json{{"kind", "other"}}), HasSubstr("found no result of `assay bench`"));
  const auto refusal = [&](const std::function<void(Json&)>& spoil) {
    Json result = result_json();
    spoil(result["hypotheses"][0]["attention_rows"]);
    return page(result, bench_json());
  };
  EXPECT_THAT(refusal([](Json& rows) { rows.erase("rows"); }), HasSubstr("attention_rows: found an object, expected a member \"rows\""));
  EXPECT_THAT(refusal([](Json& rows) { rows["rows"][0]["node"] = 3; }), HasSubstr("attention_rows.rows[0].node: found 3"));
  EXPECT_THAT(refusal([](Json& rows) { rows["prompts"][0]["tokens"][1] = {9, 3}; }), HasSubstr("prompts[0].tokens"));
  EXPECT_THAT(refusal([](Json& rows) { rows["prompts"][0]["rows"].push_back(nullptr); }), HasSubstr("expected 1 of them"));
  EXPECT_THAT(refusal([](Json& rows) { rows["prompts"][0]["rows"][0][0] = Json::array({"x", 1}); }), HasSubstr("prompts[0].rows"));
}

TEST_F(DecisionPage, code_of_another_network_is_refused) {
  Json result = result_json();
  result["hypotheses"][0]["network"]["hash"] = "other";
  EXPECT_THAT(page(result, bench_json()), AllOf(HasSubstr("none of its models is the network of the result"), HasSubstr("other")));
}

TEST_F(DecisionPage, one_task_is_shown_and_mutants_of_its_rule_are_not) {
  Json mutant = hypothesis_json(), other = hypothesis_json(), aligned = hypothesis_json();
  mutant["name"] = "mutant";
  mutant["program"]["source"] = "int rule(int n) { return -n; }";
  other["task"]["name"] = "chain";
  other["name"] = "chain";
  aligned["name"] = "aligned";
  aligned["circuit"] = nullptr;
  aligned["alignments"] = {{"n", {{"variable", "rule.read.n"}, {"site", "q.1.0"}, {"position", "site"}}}};
  const Result<ResultFile> result = parse_result(result_json({mutant, aligned, hypothesis_json(), other}).dump(), "result.json");
  ASSERT_TRUE(result) << result.error().to_string();
  const Result<SiteDocument> ambiguous = read_site_document(*result, "");
  ASSERT_FALSE(ambiguous);
  EXPECT_THAT(ambiguous.error().to_string(), AllOf(HasSubstr("2 tasks: loops, chain"), HasSubstr("--hypothesis")));
  EXPECT_THAT(read_site_document(*result, "alined").error().to_string(), HasSubstr("did you mean 'aligned'?"));
  const Result<SiteDocument> found = read_site_document(*result, "aligned");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->hypotheses.size(), 2u) << "the mutant states another program";
  EXPECT_TRUE(found->hypothesis["circuit"].is_object()) << "of the other hypothesis about the task";
  EXPECT_EQ(found->hypothesis["alignments"]["n"]["nodes"], Json({"a1.h0@site"}));
}

TEST(DecisionData, last_function_begins_with_its_comment) {
  const std::string prompt = "int f(void) { return 1; }\n\n// Second.\nint g(void) {\n    return";
  EXPECT_EQ(begin_of_last_function(prompt, "int g(void) {"), prompt.find("// Second"));
  EXPECT_EQ(begin_of_last_function(prompt, ""), 0u);
  EXPECT_EQ(begin_of_last_function(prompt, "int h(void) {"), 0u);
  EXPECT_EQ(begin_of_last_function("int g(void) {", "int g(void) {"), 0u);
}

}  // namespace
}  // namespace assay::analysis
