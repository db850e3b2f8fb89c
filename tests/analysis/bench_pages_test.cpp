// The bench's pages: every label is told, every link leads somewhere, and nothing in a document can run or fail to close.
#include "analysis/bench/pages/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/bench/pages/report_reader.h"
#include "tests/analysis/bench_document.h"

namespace assay::analysis::bench {
namespace {

using namespace bench_document;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;
using Pages = std::map<std::string, std::string>;

const std::string kHostile = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'\"&\x1b\xE2\x80\xAE";
/// The same with a third request: the first one in other words, answered otherwise, and the second one compared with the first as if it were
/// another attribute.
Json with_variations() {
  Json json = document();
  json["tasks"].push_back(task("first.wording", "sum", "inclusive"));
  json["tasks"][2]["variation"] = "wording";
  Json& model = json["models"][0];
  model["tasks"].push_back(run_of({"unsafe"}));
  model["variations"] = Json::array({{{"base", 0},
                                      {"task", 2},
                                      {"kind", "wording"},
                                      {"detail", ""},
                                      {"must_change", false},
                                      {"comparable", true},
                                      {"meaning", "different"},
                                      {"input", Json::array({"int n = 17"})},
                                      {"first_answer", "returns 18"},
                                      {"second_answer", "signed overflow"}},
                                     {{"base", 0},
                                      {"task", 1},
                                      {"kind", "attribute"},
                                      {"detail", "end: inclusive -> exclusive"},
                                      {"must_change", true},
                                      {"comparable", true},
                                      {"meaning", "same"}}});
  model["variation_counts"] = Json::array();
  for (const bool must_change : {false, true})
    model["variation_counts"].push_back({{"kind", must_change ? "attribute" : "wording"},
                                         {"must_change", must_change},
                                         {"pairs", 1},
                                         {"as_it_must", 0},
                                         {"against", 1},
                                         {"undecided", 0},
                                         {"without_meaning", 0}});
  return json;
}

Pages pages_of(const Json& json) {
  Result<std::vector<PageFile>> pages = bench_pages(json);
  EXPECT_TRUE(pages) << (pages ? "" : pages.error().to_string());
  Pages named;
  if (pages)
    for (const PageFile& page : *pages) named[page.name] = page.text;
  return named;
}

/// The message for a document that `spoil` has changed.
std::string refusal(const std::function<void(Json&)>& spoil) {
  Json json = document();
  spoil(json);
  Result<std::vector<PageFile>> pages = bench_pages(json);
  if (pages) return "accepted";
  EXPECT_EQ(pages.error().kind, ErrorKind::kInput);
  return pages.error().message;
}

/// Puts `text` in place of every text that a checked document may choose freely.
void poison(Json& json, const std::string& text) {
  static const std::set<std::string> kWords = {"kind", "label", "grade", "interpreter_replay", "native_replay", "skipped", "meaning"};
  if (json.is_array())
    for (Json& element : json) {
      if (element.is_string()) element = text;
      else poison(element, text);
    }
  if (!json.is_object()) return;
  for (auto& [key, value] : json.items())
    if (value.is_structured()) poison(value, text);
    else if (value.is_string() && !value.get_ref<const std::string&>().empty() && !kWords.contains(key))
      value = text;  // an empty one says that nothing is wrong
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

/// Every element of the body that is opened is closed in order; what is left open, or closed without being open.
std::string unbalanced(const std::string& page) {
  static const std::set<std::string> kVoid = {"meta", "input", "br"};
  std::vector<std::string> open;
  const std::size_t end = page.find("<script>");
  for (std::size_t at = page.find("<body>"); at < end; at = page.find('<', at + 1)) {
    const bool closes = page[at + 1] == '/';
    const std::size_t from = at + (closes ? 2 : 1), to = page.find_first_of(" >\n", from);
    const std::string name = page.substr(from, to - from);
    if (!closes && !kVoid.contains(name)) open.push_back(name);
    if (!closes) continue;
    if (open.empty() || open.back() != name) return "closed: " + name + " near " + page.substr(at > 60 ? at - 60 : 0, 90);
    open.pop_back();
  }
  return open.size() == 1 && open[0] == "body" ? "" : "open: " + (open.empty() ? "nothing" : open.back());
}

TEST(BenchPages, index_comes_first_and_every_request_has_a_page) {
  Result<std::vector<PageFile>> pages = bench_pages(document());
  ASSERT_TRUE(pages) << pages.error().to_string();
  ASSERT_EQ(pages->size(), 3u);
  EXPECT_EQ((*pages)[0].name, "index.html");
  EXPECT_EQ((*pages)[1].name, "r0001.html");
  EXPECT_EQ((*pages)[2].name, "r0002.html");
}

TEST(BenchPages, each_label_is_shown_on_both_kinds_of_page) {
  const Pages pages = pages_of(document());
  for (const std::string& label : kLabels) {
    EXPECT_THAT(pages.at("index.html"), HasSubstr("<span class=\"badge " + label + "\">" + label + "</span>"));
    EXPECT_THAT(pages.at("r0001.html"), HasSubstr("<span class=\"badge " + label + "\">" + label + "</span>"));
  }
}

TEST(BenchPages, what_passes_the_tests_and_is_wrong_or_unsafe_is_told_apart) {
  const std::string index = pages_of(document()).at("index.html");
  EXPECT_THAT(index, HasSubstr("<strong>1</strong> sample passes the tests but is <em class=\"wrong\">wrong</em>"));
  EXPECT_THAT(index, HasSubstr("<strong>1</strong> sample passes the tests but is <em class=\"unsafe\">unsafe</em>"));
  EXPECT_THAT(index, HasSubstr("<strong>50.0 %</strong> proved"));
  EXPECT_THAT(index, HasSubstr("10.0 to 90.0 %"));
  EXPECT_THAT(pages_of(document()).at("r0001.html"), HasSubstr("Passes all tests, and is unsafe."));
}

TEST(BenchPages, what_passes_only_the_visible_tests_and_is_wrong_is_told_apart) {
  Json json = document();
  EXPECT_THAT(pages_of(json).at("index.html"),
              HasSubstr("<strong>0</strong> samples pass only the visible tests but are <em class=\"wrong\">wrong</em>"));
  for (Json& answer : json["models"][0]["tasks"][0]["answers"])
    if (answer["judgement"]["label"] == "wrong") answer["judgement"]["hidden_tests"] = {{"passed", 0}, {"total", 1}, {"first_failure", "f(3)"}};
  EXPECT_THAT(pages_of(json).at("index.html"),
              HasSubstr("<strong>1</strong> sample passes only the visible tests but is <em class=\"wrong\">wrong</em>"));
}

TEST(BenchPages, cell_of_the_map_lists_its_requests_worst_first) {
  Json json = document();
  json["tasks"][1]["family"] = "sum";
  json["tasks"][1]["attributes"] = json["tasks"][0]["attributes"];
  std::swap(json["models"][0]["tasks"][0], json["models"][0]["tasks"][1]);
  const std::string index = pages_of(json).at("index.html");
  const std::size_t cell = index.find("<span class=\"value\">inclusive</span>");
  ASSERT_NE(cell, std::string::npos);
  EXPECT_LT(index.find("r0002.html#m0", cell), index.find("r0001.html#m0", cell));
}

TEST(BenchPages, code_carries_tokens_concepts_and_line_numbers) {
  const std::string page = pages_of(document()).at("r0001.html");
  EXPECT_THAT(page, HasSubstr("title=\"written: 30.1 % · &quot;return&quot;\n31.0 % · &quot; return&quot;\n20.0 % · &quot;\\n&quot;\""));
  EXPECT_THAT(page, HasSubstr("token doubtful"));
  EXPECT_THAT(page, HasSubstr("token rare"));
  EXPECT_THAT(page, HasSubstr("data-concepts=\"1\""));
  EXPECT_THAT(page, HasSubstr("<sup class=\"mark\">1</sup>"));
  EXPECT_THAT(page, HasSubstr("<tr class=\"given\"><th scope=\"row\">2</th>"));
  EXPECT_THAT(page, HasSubstr("<tr class=\"written fails\"><th scope=\"row\">3</th>"));
}

TEST(BenchPages, counterexample_is_plain_html) {
  const std::string page = pages_of(document()).at("r0001.html");
  for (const char* part : {"int n = 2147483647;", "returns 7", "returns 8", "confirms it", "was not run", "cc repro.c",
                           "int main(void) { return 0; }", "<code>signed-overflow</code> at line 3, column 12", "int n = 41", "returns 43"})
    EXPECT_THAT(page.substr(0, page.find("<script>")), HasSubstr(part));
}

TEST(BenchPages, first_wrong_decision_is_told_and_marked_in_the_code) {
  Json json = document();
  Json& answer = json["models"][0]["tasks"][0]["answers"][0];
  const std::size_t at = answer["text"].get<std::string>().find("return");
  answer["wrong_decision"] = {{"state", "found"},
                              {"tokens", {{{"kind", "name"}, {"begin", at}, {"end", at + 6}, {"written", "return"}, {"instead", "<b>"}}}},
                              {"holes", 3},
                              {"changes", 2},
                              {"completions", 40},
                              {"tried", 9},
                              {"unending", 0},
                              {"queries", 1},
                              {"reason", ""},
                              {"shown_by", "own rest"},
                              {"until", at + 6},
                              {"prefixes", 0},
                              {"undecided_prefixes", 0},
                              {"partial_completions", 0},
                              {"largest_grammar", 0},
                              {"smallest_grammar", 0}};
  std::string page = pages_of(json).at("r0001.html");
  for (const char* part : {"<code>&lt;b&gt;</code> instead of <code>return</code> at 3:", " misstep", "40 completions", "at most 2 of 3 operators"})
    EXPECT_THAT(page, HasSubstr(part));
  EXPECT_EQ(unbalanced(page), "");
  answer["wrong_decision"]["tokens"][0]["end"] = at + 3;  // until: at + 6
  answer["wrong_decision"]["prefixes"] = 7;
  answer["wrong_decision"]["reason"] = "the budget of runs is used up";
  page = pages_of(json).at("r0001.html");
  for (const char* part : {"The wrong decision is there or behind it", "the budget of runs is used up", "behind 7 prefixes"})
    EXPECT_THAT(page, HasSubstr(part));
  answer["wrong_decision"]["until"] = 1'000'000;
  EXPECT_FALSE(bench_pages(json)) << "outside of the text";
  answer["wrong_decision"]["tokens"][0]["end"] = 1'000'000;
  EXPECT_FALSE(bench_pages(json)) << "outside of the text";
  answer["wrong_decision"]["state"] = "undecided";
  EXPECT_FALSE(bench_pages(json)) << "an undecided one names no token";
  answer["wrong_decision"]["tokens"] = Json::array();
  answer["wrong_decision"]["until"] = 0;
  EXPECT_THAT(pages_of(json).at("r0001.html"), HasSubstr("<p>Undecided: "));
}

TEST(BenchPages, a_decision_site_says_what_else_is_valid_there) {
  Json json = document();
  Json& sample = json["models"][0]["tasks"][0]["samples"][0];
  const Json likely = {{"value", "<i>"}, {"token", " <i>"}, {"at", 1}, {"probability", 0.4}, {"shared", true}};
  const Json unknown = {{"value", "m"}, {"token", nullptr}, {"probability", nullptr}, {"why", "no_token_boundary"}};
  sample["sites"] = {{{"kind", "statement"},
                      {"begin", 5},
                      {"end", 11},
                      {"written", "return"},
                      {"ast", "ReturnStmt"},
                      {"concept", "constant"},
                      {"concept_id", 0},
                      {"tokens", {1, 1}},
                      {"probability", 0.3},
                      {"alternatives", {unknown, likely}}}};
  const std::string page = pages_of(json).at("r0001.html");
  for (const char* part : {"site overtaken", "written: 30.0 %", "statement · ReturnStmt · constant", "40.0 % · &quot;&lt;i&gt;&quot; and others",
                           "not compared (no_token_boundary)", "a decision site"})
    EXPECT_THAT(page, HasSubstr(part));
  EXPECT_EQ(unbalanced(page), "");
  sample["sites"][0]["concept_id"] = 7;
  EXPECT_FALSE(bench_pages(json)) << "there is no such concept";
  sample["sites"][0]["concept_id"] = nullptr;
  sample["sites"][0]["alternatives"][1]["at"] = 99;
  EXPECT_FALSE(bench_pages(json)) << "nor such a token";
}

TEST(BenchPages, variations_are_shown_with_an_input_where_the_meaning_changed) {
  const Pages pages = pages_of(with_variations());
  for (const char* name : {"r0001.html", "r0003.html"})
    for (const char* part : {"changed, and must not", "int n = 17", "returns 18", "signed overflow", "<a href=\"r0003.html#m0\">first.wording</a>"})
      EXPECT_THAT(pages.at(name), HasSubstr(part)) << name;
  EXPECT_THAT(pages.at("r0002.html"), HasSubstr("the same, and must change"));
  EXPECT_THAT(pages.at("r0002.html"), HasSubstr("end: inclusive -&gt; exclusive"));
  EXPECT_THAT(pages.at("index.html"), HasSubstr("What a change of the request does to the meaning of the code"));
}

TEST(BenchPages, predicted_failures_stand_beside_their_rivals) {
  Json json = document();
  const auto predictor = [](const std::string& name, int hits, int false_alarms, int misses) {
    return Json{{"name", name}, {"hits", hits}, {"false_alarms", false_alarms}, {"misses", misses}};
  };
  json["models"][0]["prediction"] = {{"samples", 9},
                                     {"reached", 8},
                                     {"decided_as_ruled", 7},
                                     {"left_out", 1},
                                     {"failed", 5},
                                     {"failed_elsewhere", 2},
                                     {"predictors", {predictor("the rule", 3, 1, 2), predictor("nobody", 0, 0, 5)}}};
  const std::string index = pages_of(json).at("index.html");
  EXPECT_THAT(index, HasSubstr("8 of 9 samples reach the decision, 7 decide as the rule says; 5 failed, 2 of them with the demanded token"));
  EXPECT_THAT(index, HasSubstr("the rule</th><td class=\"number\">3 of 4</td><td class=\"number\">3 of 5</td>"));
  EXPECT_THAT(index, HasSubstr("nobody</th><td class=\"number\">–</td><td class=\"number\">0 of 5</td>"));
  EXPECT_THAT(refusal([](Json& spoilt) { spoilt["models"][0]["prediction"] = {{"samples", "many"}}; }), HasSubstr("prediction"));
}

TEST(BenchPages, a_variation_counts_in_no_figure_of_requests) {
  const std::string index = pages_of(with_variations()).at("index.html");
  EXPECT_THAT(index, HasSubstr("2 requests and 1 variation"));
  EXPECT_THAT(index, HasSubstr("<strong>1</strong> sample passes the tests but is <em class=\"unsafe\">unsafe</em>"));
  EXPECT_THAT(index, HasSubstr("<span class=\"value\">2 requests</span>"));
}

TEST(BenchPages, what_running_the_code_says_is_on_both_pages) {
  Json json = document();
  json["models"][0]["tasks"][0]["answers"][0]["random_runs"] = {{"wanted", 10'000}, {"runs", 10'000}, {"drawn", 12'000}, {"differences", 0}};
  const Pages good = pages_of(json);
  EXPECT_THAT(good.at("index.html"), HasSubstr("2 of 3 replayed, no disagreement"));
  EXPECT_THAT(good.at("index.html"), HasSubstr("15000 runs of 2 proved answers beside the reference, no difference; 1 of them on fewer inputs"));
  EXPECT_THAT(good.at("index.html"), Not(HasSubstr("Internal disagreement")));
  EXPECT_THAT(good.at("r0001.html"), HasSubstr("10000 runs, no difference"));
  json["disagreements"] = Json::array({"small, request 'first', answer 1: it is proved, and ..."});
  json["models"][0]["tasks"][0]["answers"][0]["random_runs"] = {{"wanted", 10'000},
                                                                {"runs", 10'000},
                                                                {"drawn", 12'000},
                                                                {"differences", 7},
                                                                {"input", Json::array({"int n = -3"})},
                                                                {"answer", "returns 5"},
                                                                {"reference_answer", "returns 6"}};
  const Pages bad = pages_of(json);
  EXPECT_THAT(bad.at("index.html"), HasSubstr("Internal disagreement"));
  EXPECT_THAT(bad.at("index.html"), HasSubstr("it is proved, and ..."));
  for (const char* part : {"7 DIFFER", "int n = -3", "returns 5", "returns 6"}) EXPECT_THAT(bad.at("r0001.html"), HasSubstr(part));
}

TEST(BenchPages, a_document_is_read_back_as_the_report_that_wrote_it) {
  const Result<BenchReport> once = read_report(with_variations());
  ASSERT_TRUE(once) << once.error().to_string();
  const Json written = to_json(*once);
  EXPECT_EQ(written["models"][0]["tasks"], with_variations()["models"][0]["tasks"]);
  EXPECT_EQ(written["models"][0]["variations"], with_variations()["models"][0]["variations"]);
  const Result<BenchReport> again = read_report(written);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(to_json(*again), written);
  EXPECT_EQ(to_table(*again), to_table(*once));
  EXPECT_FALSE(is_bench_result(Json{{"kind", "assay-result"}}));
  EXPECT_FALSE(is_bench_result(Json::array()));
}

TEST(BenchPages, every_link_leads_somewhere) {
  const Pages pages = pages_of(with_variations());
  for (const auto& [name, page] : pages)
    for (std::size_t at = page.find("href=\""); at != std::string::npos; at = page.find("href=\"", at + 1)) {
      const std::string link = page.substr(at + 6, page.find('"', at + 6) - at - 6);
      const std::string file = link.substr(0, link.find('#')), anchor = link.find('#') == std::string::npos ? "" : link.substr(link.find('#') + 1);
      ASSERT_TRUE(file.empty() || pages.contains(file)) << name << " links to " << link;
      if (!anchor.empty()) { EXPECT_THAT(file.empty() ? page : pages.at(file), HasSubstr("id=\"" + anchor + "\"")) << name << " links to " << link; }
    }
}

TEST(BenchPages, pages_are_well_formed_load_nothing_and_are_the_same_bytes_every_time) {
  const Pages pages = pages_of(with_variations());
  EXPECT_EQ(pages, pages_of(with_variations()));
  for (const auto& [name, page] : pages) {
    EXPECT_EQ(unbalanced(page), "") << name;
    EXPECT_THAT(page, HasSubstr("default-src 'none'"));
    for (const char* outside : {" src=", "@import", "url(", "<link", "fetch(", "innerHTML", "insertAdjacentHTML", "eval("})
      EXPECT_THAT(page, Not(HasSubstr(outside))) << name;
  }
}

TEST(BenchPages, hostile_texts_are_escaped_and_made_visible_wherever_they_stand) {
  Json json = with_variations();
  json["disagreements"] = Json::array({"something"});
  json["models"][0]["tasks"][0]["answers"][0]["random_runs"] = {{"wanted", 9},
                                                                {"runs", 9},
                                                                {"drawn", 9},
                                                                {"differences", 1},
                                                                {"input", Json::array({"int n = 1"})},
                                                                {"answer", "a"},
                                                                {"reference_answer", "b"}};
  poison(json, kHostile);
  for (const auto& [name, page] : pages_of(json)) {
    EXPECT_EQ(count_of(page, "<script"), 1u) << name;
    EXPECT_EQ(count_of(page, "</script"), 1u) << name;
    EXPECT_EQ(unbalanced(page), "") << name;
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("\x1b")));
    EXPECT_THAT(page, Not(HasSubstr("\xE2\x80\xAE")));  // turns the text behind it around
    EXPECT_THAT(page, HasSubstr("␛⟨U+202E⟩"));
  }
}

TEST(BenchPages, marks_within_a_character_do_not_cut_it) {
  Json json = document();
  Json& run = json["models"][0]["tasks"][1];
  const std::string answer = "\n  //\xC3\xA9\xE6\xBC\xA2\n}";
  run["answers"][0]["text"] = kPrompt + answer + "\n";
  run["samples"][0]["answer"] = answer;
  run["samples"][0]["tokens"] = Json::array({token(0, 6, -1), token(6, 8, -2), token(8, answer.size(), -3)});
  run["answers"][0]["judgement"]["concepts"][0]["begin"] = Json::array({3, 6});
  run["answers"][0]["judgement"]["concepts"][0]["end"] = Json::array({3, 9});
  const std::string page = pages_of(json).at("r0002.html");
  EXPECT_THAT(page, Not(HasSubstr("\xEF\xBF\xBD")));
  EXPECT_THAT(page, HasSubstr("\xC3\xA9"));
  EXPECT_THAT(page, HasSubstr("\xE6\xBC\xA2"));
}

TEST(BenchPages, places_outside_of_the_text_do_no_harm) {
  Json json = document();
  Json& run = json["models"][0]["tasks"][1];
  run["samples"][0]["tokens"] = Json::array({token(5, 4, -1), token(900, 1000, -1), token(0, 1000, -1)});
  run["answers"][0]["judgement"]["concepts"][0]["begin"] = {99, 99};
  run["answers"][0]["judgement"]["concepts"][0]["end"] = Json::array({0, 0});
  EXPECT_EQ(unbalanced(pages_of(json).at("r0002.html")), "");
}

TEST(BenchPages, completions_have_no_families_and_no_reference) {
  Json json = document();
  json["models"][0]["name"] = json["models"][0]["hash"] = "";
  for (Json& entry : json["tasks"]) entry["family"] = entry["split"] = entry["reference_body"] = "", entry["attributes"] = Json::array();
  for (Json& run : json["models"][0]["tasks"])
    for (Json& answer : run["answers"]) {
      Json& judgement = answer["judgement"];
      judgement["has_reference"] = false;
      judgement["label"] = name_of(label_of(*judgement_from_json(judgement)));
    }
  const Pages pages = pages_of(json);
  EXPECT_THAT(pages.at("index.html"), Not(HasSubstr("<table class=\"map\">")));
  EXPECT_THAT(pages.at("index.html"), HasSubstr("<li>fence taken off: 3 completions</li>"));
  EXPECT_THAT(pages.at("r0001.html"), HasSubstr("the request has no reference"));
}

TEST(BenchPages, a_skipped_model_says_why) {
  Json json = document();
  json["models"].push_back(Json{{"name", "absent"}, {"path", "x"}, {"skipped", "no such file"}});
  for (const auto& [name, page] : pages_of(json)) EXPECT_THAT(page, HasSubstr("skipped")) << name;
}

TEST(BenchPages, refuses_another_document) {
  EXPECT_THAT(refusal([](Json& json) { json["kind"] = "assay-result"; }), HasSubstr("kind: "));
  EXPECT_THAT(refusal([](Json& json) { json.erase("version"); }), HasSubstr("version: "));
  EXPECT_THAT(refusal([](Json& json) { json = Json::array(); }), HasSubstr("expected an object"));
}

TEST(BenchPages, names_the_member_that_is_missing_or_wrong) {
  EXPECT_EQ(refusal([](Json& json) { json.erase("tasks"); }), "tasks: missing, expected a list");
  EXPECT_THAT(refusal([](Json& json) { json["tasks"][1].erase("prompt"); }), HasSubstr("tasks[1].prompt: missing"));
  EXPECT_THAT(refusal([](Json& json) { json["models"][0]["tasks"][0]["answers"][2]["judgement"]["meaning"].erase("grade"); }),
              HasSubstr("models[0].tasks[0].answers[2].judgement.meaning.grade: missing"));
  EXPECT_THAT(refusal([](Json& json) { json["models"][0]["tasks"][0]["samples"][1]["tokens"][0]["begin"] = -3; }),
              HasSubstr("models[0].tasks[0].samples[1].tokens[0].begin: "));
  EXPECT_THAT(refusal([](Json& json) { json["models"][0]["tasks"][0]["samples"][1]["answer_id"] = 99; }),
              HasSubstr("models[0].tasks[0].samples[1].answer_id"));
  EXPECT_THAT(refusal([](Json& json) { json["models"][0]["tasks"].erase(0); }), HasSubstr("models[0].tasks: found 1"));
  EXPECT_THAT(refusal([](Json& json) { json["models"][0]["tasks"][0]["answers"][0]["judgement"]["label"] = "fine"; }), HasSubstr(".label"));
  EXPECT_THAT(refusal([](Json& json) { json["models"][0]["tasks"][0]["answers"][0]["judgement"]["safety"]["grade"] = "refuted"; }),
              HasSubstr("which is what its proofs earn"));
  EXPECT_THAT(refusal([](Json& json) {
                json = with_variations();
                json["models"][0]["variations"][0].erase("input");
              }),
              HasSubstr("models[0].variations[0].input: missing"));
  EXPECT_THAT(refusal([](Json& json) {
                json = with_variations();
                json["models"][0]["variations"][0]["task"] = 3;
              }),
              HasSubstr("models[0].variations[0]: found no such request"));
  EXPECT_THAT(refusal([](Json& json) { json["models"][0]["summary"]["broken"] = {{"do_not_parse", 1}}; }),
              HasSubstr("models[0].summary.broken.do_not_compile: missing"));
  EXPECT_THAT(refusal([](Json& json) { json["tasks"][0]["attributes"][0] = Json::array({"end"}); }), HasSubstr("tasks[0].attributes[0][1]: missing"));
}

}  // namespace
}  // namespace assay::analysis::bench
