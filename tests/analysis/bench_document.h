// A bench.json written by hand: two requests, and one model that wrote an answer of each label to the first and a proved one to the second.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace assay::analysis::bench::bench_document {

using Json = nlohmann::json;

inline const std::vector<std::string> kLabels = {"proved", "bounded", "wrong", "unsafe", "undecided", "unsupported", "broken"};
inline const std::string kPrompt = "// Add one.\nint f(int n) {";

inline Json finding(const std::string& grade) { return {{"grade", grade}, {"reason", grade == "proved" ? "" : "because of " + grade}}; }

inline Json counterexample() {
  return {{"input", Json::array({"int n = 2147483647"})},
          {"arguments", Json::array()},
          {"answer", "returns 7"},
          {"reference_answer", "returns 8"},
          {"interpreter_replay", "agreed"},
          {"native_replay", "not-run"},
          {"repro_c", "int main(void) { return 0; }"},
          {"repro_command", "cc repro.c"}};
}

inline Json judgement(const std::string& label) {
  const std::map<std::string, std::string> grades = {{"bounded", "bounded"}, {"undecided", "unknown"}, {"unsupported", "unsupported"}};
  const std::string grade = grades.contains(label) ? grades.at(label) : "proved";
  const Json tests = {{"passed", 3}, {"total", label == "broken" ? 4 : 3}, {"first_failure", label == "broken" ? "f(1) gave 1" : ""}};
  Json json = {{"label", label},
               {"parses", true},
               {"compiles", label != "broken"},
               {"broken", label == "broken" ? "answer.c:3:1: error" : ""},
               {"unsupported", label == "unsupported" ? "answer.c:3:1: goto" : ""},
               {"visible_tests", tests},
               {"hidden_tests", tests},
               {"has_reference", true},
               {"safety", finding(grade)},
               {"meaning", finding(grade)},
               {"concepts", Json::array({{{"kind", "constant"},
                                          {"subject", "n"},
                                          {"detail", "1"},
                                          {"explanation", "adds 1"},
                                          {"ast_kind", "IntegerLiteral"},
                                          {"begin", {3, 14}},
                                          {"end", {3, 15}}}})}};
  if (label == "wrong") json["meaning"] = {{"grade", "refuted"}, {"reason", "return value"}, {"counterexample", counterexample()}};
  if (label == "unsafe")
    json["safety"] = {{"grade", "refuted"}, {"reason", "the sum does not fit"},  {"check", "signed-overflow"}, {"line", 3},
                      {"column", 12},       {"counterexample", counterexample()}};
  return json;
}

inline Json token(std::size_t begin, std::size_t end, double log_probability) {
  return {{"begin", begin},
          {"end", end},
          {"log_probability", log_probability},
          {"alternatives", Json::array({Json::array({" return", 0.31}), Json::array({"\n", 0.2})})}};
}

/// A request whose only model wrote one answer of each of these labels.
inline Json run_of(const std::vector<std::string>& labels) {
  Json run = {{"samples", Json::array()}, {"answers", Json::array()}};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string answer = "\n    return n + " + std::string(1, static_cast<char>('1' + i)) + ";\n}";
    run["answers"].push_back({{"text", kPrompt + answer + "\n"}, {"judgement", judgement(labels[i])}});
    run["samples"].push_back({{"answer", answer},
                              {"answer_id", i},
                              {"log_probability", -2.5},
                              {"finish", "stop string"},
                              {"tokens", Json::array({token(0, 5, -0.1), token(5, 11, -1.2), token(11, answer.size(), -4)})}});
  }
  Json classes = Json::array(), distinctions = Json::array();
  for (std::size_t i = 0; i < std::min<std::size_t>(2, labels.size()); ++i) classes.push_back(Json::array({i}));
  if (labels.size() > 1)
    distinctions.push_back(
        {{"first", 0}, {"second", 1}, {"input", Json::array({"int n = 41"})}, {"first_answer", "returns 42"}, {"second_answer", "returns 43"}});
  run["meanings"] = {
      {"classes", classes}, {"unsorted", Json::array()}, {"reference_class", 0}, {"distinctions", distinctions}, {"undecided_pairs", 0}};
  return run;
}

inline Json task(const std::string& id, const std::string& family, const std::string& end) {
  return {{"id", id},
          {"family", family},
          {"attributes", Json::array({Json::array({"end", end}), Json::array({"type", "int"})})},
          {"split", "seen"},
          {"standard", "c17"},
          {"prompt", kPrompt},
          {"declaration", "int f(int n) {"},
          {"function", "f"},
          {"contract", Json::array({"requires n < 10;"})},
          {"reference_body", "\n    return n + 1;\n}"}};
}

inline Json document() {
  const Json share = {{"value", 0.5}, {"low", 0.1}, {"high", 0.9}, {"requests", 2}};
  const Json choice = {{"rule", "first sample"}, {"requests", 2}, {"proved", 2}, {"wrong", 0}, {"unsafe", 0}};
  const Json checks = {{"replays_agreed", 2},  {"replays_disagreed", 0}, {"replays_not_run", 1},   {"random_answers", 2},
                       {"random_complete", 1}, {"random_runs", 15'000},  {"random_differences", 0}};
  Json model = {{"name", "small"},
                {"path", "m.gguf"},
                {"hash", "abc"},
                {"processing", "float32"},
                {"parameters", 12},
                {"tokens", 40},
                {"tokenizer", {{"kind", "bytes"}, {"hash", "def"}, {"adds_bos", false}, {"chat_template_applied", false}}},
                {"summary",
                 {{"cross_checks", checks},
                  {"pass_at_k", Json::array({{{"k", 1}, {"tests", share}, {"proof", share}}})},
                  {"choices", Json::array({choice})},
                  {"tokens_per_proved", 20.0}}},
                {"tasks", Json::array({run_of(kLabels), run_of({"proved"})})}};
  return {{"kind", "assay-bench"},
          {"version", 1},
          {"source", "small.suite.toml"},
          {"rules", Json::array({"fence taken off: 3 completions"})},
          {"sampling", {{"samples", 7}, {"temperature", 0.8}, {"top_p", 0.95}, {"seed", 1}, {"max_tokens", 200}, {"stop", Json::array({"\n}"})}}},
          {"verification", {{"rlimit", 1000}, {"bound", nullptr}, {"elements", 4}, {"random_runs", 10'000}, {"random_seed", 1}}},
          {"disagreements", Json::array()},
          {"tasks", Json::array({task("first", "sum", "inclusive"), task("second", "count", "exclusive")})},
          {"models", Json::array({model})}};
}

}  // namespace assay::analysis::bench::bench_document
