// `assay discover` and `assay evaluate` on a network of the zoo with a tiny budget: what they print, what they write, how bad input ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/process.h"

namespace assay {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

const std::string kZoo = ASSAY_SOURCE_DIR "/zoo/";
const std::string kParity = kZoo + "running_parity/running_parity.task.toml";
const std::string kMaximum = kZoo + "max_of_four/max_of_four.task.toml";

class CircuitCommands : public ::testing::Test {
 protected:
  TemporaryFolder folder = *TemporaryFolder::create("assay-circuits");

  std::string path(const std::string& name) const { return folder.path() + "/" + name; }

  ProcessResult assay(std::vector<std::string> arguments) const {
    ProcessSpec spec;
    spec.command = {ASSAY_BINARY_DIR "/bin/assay", "--no-cache"};
    spec.command.insert(spec.command.end(), arguments.begin(), arguments.end());
    spec.wall_seconds = 300;
    Result<ProcessResult> result = run_process(spec);
    EXPECT_TRUE(result) << result.error().to_string();
    return result ? *result : ProcessResult{};
  }

  /// A circuit file of the parity network, made once per test that needs one.
  json discovered(const std::string& name, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"discover", kParity, "--examples", "24", "--out", path(name), "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = assay(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.error_output;
    return json::parse(result.output, nullptr, false);
  }

  json evaluated(std::vector<std::string> more) const {
    std::vector<std::string> arguments{"evaluate", path("circuit.json"), "--task", kParity,    "--examples", "24", "--subsets",
                                       "2",        "--random",           "3",      "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = assay(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.error_output;
    return json::parse(result.output, nullptr, false);
  }

  void expect_input_error(const std::vector<std::string>& arguments, const testing::Matcher<const std::string&>& message) const {
    const ProcessResult result = assay(arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.output, "");
    EXPECT_THAT(result.error_output, message);
  }

  /// The circuit file with one edge's name replaced.
  void rename_edge(const std::string& from, const std::string& to) const {
    std::string text = *read_file(path("circuit.json"));
    const std::size_t at = text.find("\"" + from + "\"");
    ASSERT_NE(at, std::string::npos);
    text.replace(at, from.size() + 2, "\"" + to + "\"");
    ASSERT_TRUE(write_file(path("circuit.json"), text));
  }
};

TEST_F(CircuitCommands, discover_writes_a_circuit_with_its_provenance_and_prints_it) {
  const json found = discovered("circuit.json", {"--edges", "20"});
  EXPECT_EQ(found["method"], "eap-ig");
  EXPECT_GT(found["examples"], 8);
  EXPECT_LE(found["examples"], 24) << "an input without a partner has no example";
  EXPECT_FALSE(found["whole_domain"].get<bool>());
  EXPECT_LE(found["edges"].size(), 20u);
  EXPECT_GT(found["edges"].size(), 4u);
  for (std::size_t i = 0; i + 1 < found["edges"].size(); ++i)
    EXPECT_GE(std::abs(found["edges"][i]["score"].get<double>()), std::abs(found["edges"][i + 1]["score"].get<double>()));
  const json file = json::parse(*read_file(path("circuit.json")));
  EXPECT_EQ(file["edges"].size(), found["graph_edges"]);
  EXPECT_EQ(file["assay"]["method"], "eap-ig");
  EXPECT_EQ(file["assay"]["options"]["selection"], "top 20");
  EXPECT_EQ(file["assay"]["ablation"], "resample");
}

TEST_F(CircuitCommands, discover_raises_the_steps_until_the_residual_is_within_five_percent_or_scores_exactly) {
  const json found = discovered("circuit.json", {"--edges", "20", "--steps", "1"});
  const json& integration = found["integration"];
  ASSERT_GT(integration["tries"].size(), 1u) << "one step at the ablated end integrates nothing here";
  EXPECT_EQ(integration["tries"][0]["steps"], 1);
  EXPECT_EQ(integration["tries"][0]["rule"], "left");
  EXPECT_GT(integration["tries"][0]["residual"].get<double>(), 0.05);
  EXPECT_EQ(integration["tries"].back()["rule"], "midpoint");
  EXPECT_NE(integration["tries"].back()["residual"].get<double>() <= 0.05, integration["rescored_exactly"].get<bool>());
}

TEST_F(CircuitCommands, discover_in_text_names_method_residual_and_file) {
  const ProcessResult result = assay({"discover", kParity, "--examples", "16", "--edges", "12", "--out", path("circuit.json")});
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  EXPECT_THAT(result.output, AllOf(HasSubstr("edges by eap-ig, resample ablation, logit-difference, "), HasSubstr("integration residual"),
                                   HasSubstr("with 5 steps (left)"), HasSubstr("written: " + path("circuit.json"))));
}

TEST_F(CircuitCommands, every_method_runs_and_exact_scores_are_those_of_removal) {
  for (const char* method : {"exact", "eap", "acdc"}) {
    const json found = discovered(std::string(method) + ".json", {"--method", method, "--edges", "20"});
    EXPECT_GT(found["edges"].size(), 0u) << method;
    EXPECT_TRUE(found["integration"].is_null()) << method;
  }
}

TEST_F(CircuitCommands, patch_gives_every_node_at_every_position_what_it_is_worth) {
  const std::string task = kZoo + "addition/addition.task.toml";
  for (const bool restore : {false, true}) {
    std::vector<std::string> arguments{"patch", task, "--spans", "--examples", "40", "--format", "json"};
    if (restore) arguments.push_back("--restore");
    const ProcessResult result = assay(arguments);
    ASSERT_EQ(result.exit_code, 0) << result.error_output;
    const json found = json::parse(result.output);
    EXPECT_EQ(found["direction"], restore ? "restore" : "remove");
    EXPECT_EQ(found["nodes"].size(), 11u) << "input, four heads and an MLP in each of two layers";
    double last_layer_early = 0, last_mlp = 0;
    for (const json& node : found["nodes"])
      for (const auto& [span, effect] : node["effects"].items()) {
        if (node["node"] == "m1") (span.starts_with("a_") ? last_layer_early : last_mlp) += std::abs(effect.get<double>());
      }
    EXPECT_LT(last_layer_early, 1e-3) << "nothing is read from the last layer before the sum";
    EXPECT_GT(last_mlp, 0.1 * found["total_effect"].get<double>());
  }
}

TEST_F(CircuitCommands, patch_in_text_says_what_was_done_and_refuses_what_cannot_be) {
  const ProcessResult result = assay({"patch", kParity, "--examples", "16", "--top", "3"});
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  EXPECT_THAT(result.output, AllOf(HasSubstr("every node patched, resample ablation, logit-difference, "), HasSubstr("total effect"),
                                   HasSubstr("more nodes with smaller effects (--top)")));
  const ProcessResult refused = assay({"patch", kParity, "--examples", "16", "--restore", "--ablation", "zero"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.error_output, HasSubstr("use resample ablation"));
}

TEST_F(CircuitCommands, pruned_circuit_is_smaller_and_still_faithful) {
  const json found = discovered("circuit.json", {"--edges", "60", "--prune", "0.003"});
  EXPECT_LT(found["edges"].size(), found["selected_edges"].get<std::size_t>());
  const json result = evaluated({});
  EXPECT_GT(result["faithfulness"]["normalised"]["value"].get<double>(), 0.8);
  for (const json& edge : result["minimality"]) EXPECT_GT(std::abs(edge["effect"]["value"].get<double>()), 0.003) << edge.dump();
}

TEST_F(CircuitCommands, positions_told_apart_are_in_every_name_and_evaluate_reads_them_back) {
  const std::string task = kZoo + "variable_lookup/variable_lookup.task.toml";
  const ProcessResult found = assay({"discover", task, "--spans", "--signed", "--examples", "24", "--edges", "60", "--rule", "midpoint",
                                     "--kept-only", "--out", path("circuit.json"), "--format", "json"});
  ASSERT_EQ(found.exit_code, 0) << found.error_output;
  const json edges = json::parse(found.output)["edges"];
  ASSERT_GT(edges.size(), 10u);
  for (const json& edge : edges) {
    EXPECT_GT(edge["score"], 0) << "ranked by sign";
    EXPECT_THAT(edge["edge"].get<std::string>(), HasSubstr("@"));
  }
  const json file = json::parse(*read_file(path("circuit.json")));
  EXPECT_EQ(file["cfg"]["spans"].back(), json({{"name", "query"}, {"scored", true}}));
  EXPECT_EQ(file["edges"].size(), edges.size());
  const ProcessResult judged = assay({"evaluate", path("circuit.json"), "--task", task, "--examples", "24", "--subsets", "2", "--random", "3"});
  ASSERT_EQ(judged.exit_code, 0) << judged.error_output;
  EXPECT_THAT(judged.output, AllOf(HasSubstr("faithfulness"), HasSubstr("minimality"), HasSubstr("completeness")));
  // The methods that cannot, and the task that names nothing.
  const ProcessResult exact = assay({"discover", task, "--spans", "--method", "exact", "--examples", "4", "--out", path("other.json")});
  EXPECT_EQ(exact.exit_code, 4);
  EXPECT_THAT(exact.error_output, HasSubstr("use eap or eap-ig"));
}

TEST_F(CircuitCommands, evaluate_reports_every_number_with_its_interval) {
  discovered("circuit.json", {"--edges", "24"});
  const json result = evaluated({});
  EXPECT_EQ(result["against"], "logit difference to the partner's answer");
  const json& f = result["faithfulness"];
  EXPECT_LE(f["normalised"]["interval95"][0], f["normalised"]["value"]);
  EXPECT_GE(f["normalised"]["interval95"][1], f["normalised"]["value"]);
  EXPECT_EQ(f["random_circuits"]["circuits"], 3);
  EXPECT_EQ(result["minimality"].size(), result["edges"]);
  EXPECT_EQ(result["node_minimality"].size(), result["nodes"]);
  EXPECT_FALSE(f["insensitive"].get<bool>());
  EXPECT_GT(result["completeness"].size(), 2u);
  ASSERT_EQ(result["curve"]["points"].size(), 10u);
  EXPECT_NEAR(result["curve"]["points"][9]["by_score"].get<double>(), 1, 1e-5) << "all edges are the network";
  double cmd = 0;  // the integral again, from the points
  for (std::size_t i = 0; i + 1 < 10; ++i) {
    const auto at = [&](std::size_t k, const char* key) { return result["curve"]["points"][k][key].get<double>(); };
    cmd += (at(i + 1, "fraction") - at(i, "fraction")) * (std::abs(1 - at(i, "by_size")) + std::abs(1 - at(i + 1, "by_size"))) / 2;
  }
  EXPECT_NEAR(result["curve"]["cmd"]["value"].get<double>(), cmd, 1e-9);
}

TEST_F(CircuitCommands, evaluate_under_zero_ablation_needs_no_partner) {
  discovered("circuit.json", {"--edges", "24"});
  const json result = evaluated({"--ablation", "zero"});
  EXPECT_EQ(result["against"], "logit difference to the best other answer");
  EXPECT_EQ(result["ablation"], "zero");
}

TEST_F(CircuitCommands, evaluate_takes_ablation_and_metric_from_the_circuit) {
  discovered("circuit.json", {"--edges", "24", "--ablation", "zero", "--metric", "kl"});
  EXPECT_EQ(evaluated({})["ablation"], "zero");
  EXPECT_EQ(evaluated({})["metric"], "kl");
  EXPECT_EQ(evaluated({"--ablation", "mean"})["ablation"], "mean");
}

TEST_F(CircuitCommands, evaluate_refuses_a_circuit_of_another_network) {
  discovered("circuit.json", {"--edges", "24"});
  std::string text = *read_file(path("circuit.json"));
  const std::size_t at = text.find("\"model_hash\"");
  ASSERT_NE(at, std::string::npos);
  const std::size_t digit = text.find('"', text.find(':', at)) + 1;
  text[digit] = text[digit] == '0' ? '1' : '0';
  ASSERT_TRUE(write_file(path("circuit.json"), text));
  const ProcessResult result = assay({"evaluate", path("circuit.json"), "--task", kParity, "--examples", "16"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error_output, HasSubstr("the circuit was found in a network with hash"));
}

TEST_F(CircuitCommands, evaluate_against_a_reference_counts_shared_edges) {
  discovered("circuit.json", {"--edges", "24"});
  discovered("other.json", {"--edges", "12"});
  const json itself = evaluated({"--reference", path("circuit.json")})["reference"];
  EXPECT_EQ(itself["jaccard"], 1);
  EXPECT_EQ(itself["hamming"], 0);
  EXPECT_GT(itself["roc_area"].get<double>(), 0.9) << "the reference keeps the edges with the largest scores, but for pruned ones";
  const json other = evaluated({"--reference", path("other.json")})["reference"];
  EXPECT_EQ(other["recall"], 1) << "the twelve best are among the twenty-four best";
  EXPECT_LT(other["precision"].get<double>(), 1);
}

TEST_F(CircuitCommands, evaluate_in_text_is_one_line_per_question) {
  discovered("circuit.json", {"--edges", "24"});
  const ProcessResult result =
      assay({"evaluate", path("circuit.json"), "--task", kParity, "--examples", "16", "--subsets", "1", "--reference", path("circuit.json")});
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("\nfaithfulness  "), HasSubstr("\ncompleteness  "), HasSubstr("\nminimality    "), HasSubstr("\nscores        CPR "),
                    HasSubstr("precision 1.000, recall 1.000, Jaccard 1.000"), HasSubstr("of 20 random circuits")));
}

TEST_F(CircuitCommands, missing_task_file_is_named) {
  expect_input_error({"discover", path("nothing.task.toml"), "--out", path("circuit.json")}, HasSubstr("nothing.task.toml"));
  discovered("circuit.json", {"--edges", "8"});
  expect_input_error({"evaluate", path("circuit.json"), "--task", path("nothing.task.toml")}, HasSubstr("nothing.task.toml"));
}

TEST_F(CircuitCommands, missing_or_broken_circuit_file_is_named) {
  expect_input_error({"evaluate", path("none.json"), "--task", kParity}, HasSubstr("none.json"));
  ASSERT_TRUE(write_file(path("broken.json"), "{\"cfg\": "));
  expect_input_error({"evaluate", path("broken.json"), "--task", kParity}, AllOf(HasSubstr("broken.json"), HasSubstr("not a circuit")));
}

TEST_F(CircuitCommands, circuit_of_another_graph_is_refused_with_both_sizes) {
  discovered("circuit.json", {"--edges", "8"});
  expect_input_error({"evaluate", path("circuit.json"), "--task", kMaximum, "--examples", "4"},
                     AllOf(HasSubstr("the network has"), HasSubstr("use a circuit of this task's network")));
}

TEST_F(CircuitCommands, unknown_node_in_an_edge_name_gets_the_nearest_one) {
  discovered("circuit.json", {"--edges", "8"});
  rename_edge("input->m1", "input->n1");
  expect_input_error({"evaluate", path("circuit.json"), "--task", kParity}, AllOf(HasSubstr("'n1'"), HasSubstr("did you mean 'm1'?")));
}

TEST_F(CircuitCommands, unknown_method_gets_the_nearest_one) {
  expect_input_error({"discover", kParity, "--examples", "4", "--method", "eap-gi", "--out", path("circuit.json")},
                     AllOf(HasSubstr("'eap-gi'"), HasSubstr("did you mean 'eap-ig'?")));
}

TEST_F(CircuitCommands, metric_without_a_gradient_says_which_methods_need_none) {
  expect_input_error({"discover", kParity, "--examples", "4", "--metric", "accuracy", "--out", path("circuit.json")}, HasSubstr("exact or acdc"));
}

TEST_F(CircuitCommands, without_a_number_of_edges_a_small_network_has_a_circuit_too) { EXPECT_GT(discovered("circuit.json")["edges"].size(), 4u); }

TEST_F(CircuitCommands, a_search_that_keeps_no_edge_says_which_limit_to_change_and_writes_nothing) {
  const std::vector<std::string> command = {"discover", kParity, "--examples", "8", "--out", path("circuit.json")};
  const auto with = [&](std::initializer_list<std::string> more) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), more);
    return arguments;
  };
  expect_input_error(with({"--method", "acdc", "--threshold", "1e9"}), AllOf(HasSubstr("acdc keeps no edge"), HasSubstr("lower --threshold")));
  expect_input_error(with({"--edges", "20", "--prune", "1"}), AllOf(HasSubstr("selected edges is left after pruning"), HasSubstr("lower --prune")));
  expect_input_error(with({"--edges", "1"}), AllOf(HasSubstr("of the best 1 edges none lies on a path"), HasSubstr("raise --edges")));
  EXPECT_FALSE(read_file(path("circuit.json")));
}

TEST_F(CircuitCommands, a_circuit_is_as_large_as_it_takes_on_a_part_of_the_domain) {
  ASSERT_TRUE(write_file(path("part.c"), "int short_ones(const int *s, int n) { return n < 7; }\n"));
  const json found = discovered("circuit.json", {"--where", path("part.c") + ":short_ones", "--sizes", "20,30,40,46"});
  const json& last = found["sizes"].back();
  EXPECT_GE(last["faithfulness"], 0.9);
  EXPECT_LE(last["faithfulness"], 1.1);
  EXPECT_EQ(last["edges"], found["edges"].size());
  EXPECT_EQ(evaluated({"--where", path("part.c") + ":short_ones"})["faithfulness"]["normalised"]["value"], last["faithfulness"]);
  expect_input_error({"discover", kParity, "--sizes", "40,20"}, HasSubstr("list the smallest first"));
  expect_input_error({"discover", kParity, "--where", path("part.c")}, HasSubstr("write FILE:FUNCTION"));
}

TEST_F(CircuitCommands, unknown_choices_are_usage_errors) {
  expect_input_error({"discover", kParity, "--ablation", "means"}, HasSubstr("means"));
  expect_input_error({"discover", kParity, "--rule", "right"}, HasSubstr("right"));
}

}  // namespace
}  // namespace assay
