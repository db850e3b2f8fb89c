// Circuit files: round trip, files as EAP-IG writes them, and hostile ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "circuits/circuit.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

class CircuitJson : public ::testing::Test {
 protected:
  TemporaryFolder folder = *TemporaryFolder::create("circuit_json");
  std::string path = folder.path() + "/circuit.json";

  Result<Circuit> read(const std::string& text) {
    EXPECT_TRUE(write_file(path, text).has_value());
    return read_circuit(path);
  }
  std::string error_of(const std::string& text) {
    const auto circuit = read(text);
    return circuit ? "no error" : circuit.error().to_string();
  }
};

Circuit sample() {
  Circuit circuit;
  circuit.graph = build_graph({2, 2, 8});
  for (std::size_t edge = 0; edge < circuit.graph.edges.size(); ++edge) {
    circuit.scores.push_back(edge % 7 == 3 ? std::numeric_limits<double>::quiet_NaN() : std::sin(static_cast<double>(edge)) * 1e-3);
    circuit.kept.push_back(edge % 3 == 0);
  }
  circuit.provenance = {
      "abc", "def", "exact", "resample", "logit_difference", "0.1.0", {{"steps", "5"}, {"quote", "a \"b\""}}, 18446744073709551615u};
  return circuit;
}

TEST_F(CircuitJson, of_the_kept_edges_alone_is_read_back_as_the_same_circuit) {
  const Circuit circuit = sample();
  ASSERT_TRUE(write_circuit(path, circuit, WrittenEdges::kKept).has_value());
  const auto json = nlohmann::json::parse(*read_file(path));
  EXPECT_EQ(json["edges"].size(), circuit.size());
  const auto back = read_circuit(path);
  ASSERT_TRUE(back.has_value()) << back.error().to_string();
  EXPECT_EQ(back->kept, circuit.kept);
  EXPECT_TRUE(std::isnan(back->scores[1])) << "left out, so not scored";
}

TEST_F(CircuitJson, positions_told_apart_are_read_back_and_broken_ones_refused) {
  Circuit circuit = sample();
  GraphShape shape = circuit.graph.shape;
  shape.spans = {{"before", false}, {"site", true}};
  circuit.graph = build_graph(shape);
  circuit.scores.assign(circuit.graph.edges.size(), 0.5);
  circuit.kept.assign(circuit.graph.edges.size(), false);
  circuit.kept[7] = circuit.kept.back() = true;
  ASSERT_TRUE(write_circuit(path, circuit, WrittenEdges::kKept).has_value());
  const auto back = read_circuit(path);
  ASSERT_TRUE(back.has_value()) << back.error().to_string();
  EXPECT_EQ(back->graph.shape.spans, shape.spans);
  EXPECT_EQ(back->graph.nodes, circuit.graph.nodes);
  EXPECT_EQ(back->kept, circuit.kept);
  const std::string text = *read_file(path);
  for (const auto& [from, to] : {std::pair{R"([{"name": "before", "scored": false}, )", "[1, "}, std::pair{R"("name": "before")", R"("name": "a b")"},
                                 std::pair{R"("scored": true)", R"("scored": false)"}, std::pair{R"("name": "before")", R"("name": "site")"}}) {
    std::string broken = text;
    ASSERT_NE(broken.find(from), std::string::npos) << from;
    EXPECT_THAT(error_of(broken.replace(broken.find(from), std::string(from).size(), to)), HasSubstr("span")) << to;
  }
}

TEST_F(CircuitJson, what_is_written_is_read_back_bit_by_bit) {
  const Circuit circuit = sample();
  ASSERT_TRUE(write_circuit(path, circuit).has_value());
  const auto back = read_circuit(path);
  ASSERT_TRUE(back.has_value()) << back.error().to_string();
  EXPECT_EQ(back->kept, circuit.kept);
  ASSERT_EQ(back->scores.size(), circuit.scores.size());
  for (std::size_t edge = 0; edge < circuit.scores.size(); ++edge) {
    if (std::isnan(circuit.scores[edge])) EXPECT_TRUE(std::isnan(back->scores[edge])) << edge;
    else EXPECT_EQ(back->scores[edge], circuit.scores[edge]) << edge;
  }
  EXPECT_EQ(back->provenance.method, "exact");
  EXPECT_EQ(back->provenance.seed, circuit.provenance.seed);
  EXPECT_EQ(back->provenance.options, circuit.provenance.options);
  const auto text = *read_file(path);
  ASSERT_TRUE(write_circuit(path, *back).has_value());
  EXPECT_EQ(*read_file(path), text);
}

TEST_F(CircuitJson, written_file_is_strict_json_in_the_field_s_layout) {
  ASSERT_TRUE(write_circuit(path, sample()).has_value());
  const auto root = nlohmann::json::parse(*read_file(path));
  EXPECT_EQ(root["cfg"]["n_layers"], 2);
  EXPECT_EQ(root["cfg"]["d_model"], 8);
  EXPECT_EQ(root["nodes"].size(), 8u);
  EXPECT_EQ(root["edges"].size(), build_graph({2, 2, 8}).edges.size());
  EXPECT_TRUE(root["edges"]["input->a0.h0<q>"]["in_graph"].get<bool>());
}

constexpr const char* kFromPython = R"({"cfg": {"n_layers": 1, "n_heads": 1, "parallel_attn_mlp": false, "d_model": 2},
 "nodes": {"input": {"in_graph": true, "score": NaN}, "a0.h0": {"in_graph": false, "neurons": [true, true]}, "m0": {"in_graph": true, "neurons_scores": [NaN, -Infinity]},
           "logits": {"in_graph": false}},
 "edges": {"input->a0.h0<q>": {"score": 0.5, "in_graph": true}, "input->m0": {"score": -2e-3, "in_graph": true}, "m0->logits": {"score": NaN, "in_graph": true}}})";

TEST_F(CircuitJson, python_s_nan_is_unscored_and_a_missing_node_takes_its_edges_with_it) {
  const auto circuit = read(kFromPython);
  ASSERT_TRUE(circuit.has_value()) << circuit.error().to_string();
  const CircuitGraph& graph = circuit->graph;
  EXPECT_EQ(circuit->scores[*graph.find_edge("input->m0")], -2e-3);
  EXPECT_TRUE(std::isnan(circuit->scores[*graph.find_edge("m0->logits")]));
  EXPECT_TRUE(circuit->kept[*graph.find_edge("m0->logits")]);
  EXPECT_FALSE(circuit->kept[*graph.find_edge("input->a0.h0<q>")]);
  EXPECT_FALSE(circuit->kept[*graph.find_edge("input->logits")]);
}

TEST_F(CircuitJson, file_without_mlp_nodes_is_a_network_without_mlps) {
  const auto circuit = read(R"({"cfg": {"n_layers": 4, "n_heads": 8}, "nodes": {}, "edges": {}})");
  ASSERT_TRUE(circuit.has_value());
  EXPECT_EQ(circuit->graph.edges.size(), 1281u);
}

TEST_F(CircuitJson, hostile_files_are_refused_with_their_place) {
  EXPECT_THAT(error_of(""), HasSubstr("circuit.json"));
  EXPECT_THAT(error_of("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error_of("{}"), HasSubstr("'cfg'"));
  EXPECT_THAT(error_of(R"({"cfg": {"n_layers": 1e9, "n_heads": 1}, "nodes": {}, "edges": {}})"), HasSubstr("n_layers"));
  EXPECT_THAT(error_of(R"({"cfg": {"n_layers": 2000000000, "n_heads": 1}, "nodes": {}, "edges": {}})"), HasSubstr("layers"));
  EXPECT_THAT(error_of(R"({"cfg": {"n_layers": 90000, "n_heads": 90000}, "nodes": {}, "edges": {}})"), HasSubstr("edges"));
  EXPECT_THAT(error_of(R"({"cfg": {"n_layers": -1, "n_heads": 1}, "nodes": {}, "edges": {}})"), HasSubstr("n_layers"));
  EXPECT_THAT(error_of(R"({"cfg": {"n_layers": 1, "n_heads": 1}, "nodes": {"m1": {}}, "edges": {}})"), HasSubstr("'m1'"));
  EXPECT_THAT(error_of(R"({"cfg": {"n_layers": 1, "n_heads": 1}, "nodes": {}, "edges": {"input->a0.h1<q>": {}}})"), HasSubstr("a0.h1"));
  EXPECT_THAT(error_of(R"({"cfg": {"n_layers": 1, "n_heads": 1}, "nodes": {}, "edges": {"input->a0.h0<q>": {"score": "x", "in_graph": true}}})"),
              HasSubstr("score"));
  EXPECT_THAT(error_of(R"({"cfg": {"n_layers": 1, "n_heads": 1}, "nodes": {}, "edges": {"input->a0.h0<q>": {"score": 1}}})"), HasSubstr("in_graph"));
  EXPECT_THAT(error_of(R"({"cfg": {"n_layers": 1, "n_heads": 1}, "nodes": {"input": {"neurons": [true, false]}}, "edges": {}})"),
              HasSubstr("neurons"));
  EXPECT_THAT(error_of(R"({"cfg": {"n_layers": 1, "n_heads": 1}, "nodes": {}, "edges": {}, "assay": {"unscored": [[0, 99999999999]]}})"),
              HasSubstr("unscored"));
  EXPECT_THAT(error_of(std::string(200000, '[')), HasSubstr("not a circuit"));
  EXPECT_THAT(error_of("{\"cfg"), HasSubstr("not a circuit"));
  EXPECT_THAT(error_of("\"\\"), HasSubstr("not a circuit"));
}

TEST_F(CircuitJson, every_truncation_of_a_file_is_an_error_and_no_crash) {
  const std::string text = kFromPython;
  for (std::size_t length = 0; length < text.size(); ++length) EXPECT_FALSE(read(text.substr(0, length)).has_value()) << length;
}

TEST_F(CircuitJson, missing_file_is_an_input_error) {
  const auto circuit = read_circuit(folder.path() + "/none.json");
  ASSERT_FALSE(circuit.has_value());
  EXPECT_EQ(circuit.error().kind, ErrorKind::kInput);
}

}  // namespace
}  // namespace assay::circuits
