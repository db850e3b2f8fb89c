// Counts and names of EAP-IG/MIB graphs, selection, pruning and the map between grouped and ungrouped names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "circuits/circuit.h"
#include "circuits/graph/graph_index.h"
#include "circuits/graph/groups.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<bool> marks(const CircuitGraph& graph, const std::vector<std::string>& names) {
  std::vector<bool> kept(graph.edges.size(), false);
  for (const std::string& name : names) kept[*graph.find_edge(name)] = true;
  return kept;
}

std::set<std::string> names_of(const CircuitGraph& graph, const std::vector<bool>& kept) {
  std::set<std::string> names;
  for (std::size_t edge = 0; edge < kept.size(); ++edge)
    if (kept[edge]) names.insert(graph.edge_name(edge));
  return names;
}

TEST(Graph, gpt2_small_has_158_nodes_and_32491_edges) {
  const CircuitGraph graph = build_graph({12, 12, 768});
  EXPECT_EQ(graph.nodes.size(), 158u);
  EXPECT_EQ(graph.edges.size(), 32491u);
}

TEST(Graph, edge_counts_of_known_models_are_the_published_ones) {
  struct Case {
    const char* model;
    GraphShape shape;
    std::uint64_t edges;
  };
  const Case cases[] = {{"GPT-2 medium", {24, 16, 1024}, 231877},
                        {"GPT-2 XL", {48, 25, 1600}, 2235025},
                        {"Qwen2.5-0.5B", {24, 14, 896}, 179749},
                        {"Gemma-2-2B", {26, 8, 2304}, 74218},
                        {"Llama-3.1-8B", {32, 32, 4096}, 1592881},
                        {"CodeLlama-13B", {40, 40, 5120}, 3877661},
                        {"Pythia-70m", {6, 8, 512, true, true}, 3580},
                        {"attn-only-4L-8H", {4, 8, 512, false}, 1281},
                        {"4L4H", {4, 4, 16}, 479},
                        {"1L1H", {1, 1, 8}, 8}};
  for (const Case& c : cases) {
    EXPECT_EQ(build_graph(c.shape).edges.size(), c.edges) << c.model;
    EXPECT_EQ(GraphIndex(c.shape).edges(), c.edges) << c.model;
  }
}

TEST(Graph, index_arithmetic_agrees_with_the_edge_list_and_names_are_found_again) {
  for (const GraphShape& shape : {GraphShape{2, 3, 8}, GraphShape{3, 2, 8, false}, GraphShape{2, 2, 8, true, true}, GraphShape{1, 1, 4}}) {
    const CircuitGraph graph = build_graph(shape);
    const GraphIndex index(shape);
    for (std::uint32_t edge = 0; edge < graph.edges.size(); ++edge) {
      const int slot = index.slot_of_edge(edge);
      EXPECT_EQ(index.edge(slot, index.source_of_edge(edge)), edge);
      EXPECT_EQ(static_cast<std::uint32_t>(index.source_of_edge(edge)), graph.edges[edge].source);
      const auto found = graph.find_edge(graph.edge_name(edge));
      ASSERT_TRUE(found.has_value()) << graph.edge_name(edge);
      EXPECT_EQ(*found, edge);
    }
  }
}

TEST(Graph, sequential_mlp_reads_the_heads_of_its_layer_and_a_parallel_one_does_not) {
  EXPECT_TRUE(build_graph({1, 1, 4}).find_edge("a0.h0->m0").has_value());
  EXPECT_FALSE(build_graph({1, 1, 4, true, true}).find_edge("a0.h0->m0").has_value());
}

TEST(Graph, wrong_edge_name_names_what_is_wrong_and_the_nearest_right_one) {
  const CircuitGraph graph = build_graph({2, 2, 8});
  EXPECT_THAT(graph.find_edge("input->a0.h7<q>").error().to_string(), HasSubstr("a0.h"));
  EXPECT_THAT(graph.find_edge("imput->m0").error().to_string(), HasSubstr("'input'"));
  EXPECT_THAT(graph.find_edge("input->a0.h0").error().to_string(), HasSubstr("input->a0.h0<q>"));
  EXPECT_THAT(graph.find_edge("m1->a0.h0<q>").error().to_string(), HasSubstr("backwards"));
  EXPECT_THAT(graph.find_edge("input->m0<q>").error().to_string(), HasSubstr("only heads"));
  for (const char* name : {"", "->", "input", "input->", "->m0", "input->a00.h0<q>", "input->a-1.h0<q>", "input->a0.h<q>", "input->a.h0<q>",
                           "logits->m0", "input->input", "input->a0.h99999999999<q>", "input->m", "input->a0.h0<>"})
    EXPECT_FALSE(graph.find_edge(name).has_value()) << name;
}

TEST(Selection, prune_drops_whatever_is_not_on_a_path_from_input_to_logits) {
  const CircuitGraph graph = build_graph({2, 1, 4});
  const auto kept = marks(graph, {"input->a0.h0<q>", "a0.h0->m1", "m1->logits", "input->m0", "a1.h0->logits", "m0->a1.h0<v>", "a0.h0->a1.h0<k>"});
  EXPECT_EQ(names_of(graph, prune(graph, kept)),
            (std::set<std::string>{"input->a0.h0<q>", "a0.h0->m1", "m1->logits", "input->m0", "a1.h0->logits", "m0->a1.h0<v>", "a0.h0->a1.h0<k>"}));
  auto without_exit = kept;
  without_exit[*graph.find_edge("a1.h0->logits")] = false;
  EXPECT_EQ(names_of(graph, prune(graph, without_exit)), (std::set<std::string>{"input->a0.h0<q>", "a0.h0->m1", "m1->logits"}));
  EXPECT_TRUE(names_of(graph, prune(graph, marks(graph, {"input->m0", "m1->logits"}))).empty());
}

/// The definition, word by word: repeat until nothing changes.
std::vector<bool> prune_by_definition(const CircuitGraph& graph, std::vector<bool> kept) {
  const std::size_t nodes = graph.nodes.size();
  for (bool changed = true; changed;) {
    std::vector<bool> in(nodes, false), out(nodes, false);
    in.front() = out.back() = true;
    for (std::size_t e = 0; e < kept.size(); ++e)
      if (kept[e]) out[graph.edges[e].source] = in[graph.edges[e].destination] = true;
    changed = false;
    for (std::size_t e = 0; e < kept.size(); ++e) {
      const CircuitEdge& edge = graph.edges[e];
      if (!kept[e] || (in[edge.source] && out[edge.destination])) continue;
      kept[e] = false;
      changed = true;
    }
  }
  return kept;
}

TEST(Selection, prune_by_reachability_equals_repeated_removal_on_random_circuits) {
  const CircuitGraph graph = build_graph({3, 2, 8});
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<bool> kept(graph.edges.size());
    for (std::size_t e = 0; e < kept.size(); ++e) kept[e] = random() % 100 < static_cast<unsigned>(1 + round % 30);
    EXPECT_EQ(prune(graph, kept), prune_by_definition(graph, kept));
  }
}

TEST(Selection, top_takes_the_largest_scores_and_breaks_ties_by_edge_index) {
  const CircuitGraph graph = build_graph({1, 1, 4});
  std::vector<double> scores(graph.edges.size(), 0.0);
  for (const char* name : {"input->logits", "input->m0", "m0->logits"}) scores[*graph.find_edge(name)] = 1.0;
  scores[*graph.find_edge("a0.h0->logits")] = -5.0;
  scores[*graph.find_edge("input->a0.h0<v>")] = kNaN;
  EXPECT_EQ(names_of(graph, select_top(graph, scores, 3, false)), (std::set<std::string>{"input->logits", "input->m0", "m0->logits"}));
  // Two of three equal scores: input->m0 and input->logits come first; input->m0 then feeds nothing.
  EXPECT_EQ(names_of(graph, select_top(graph, scores, 2, false)), (std::set<std::string>{"input->logits"}));
  // By absolute value a0.h0->logits comes first, but nothing feeds a0.h0: its scored inputs are not among the first four.
  EXPECT_EQ(names_of(graph, select_top(graph, scores, 4, true)), (std::set<std::string>{"input->logits", "input->m0", "m0->logits"}));
  EXPECT_EQ(names_of(graph, select_top(graph, scores, 999, true)).count("input->a0.h0<v>"), 0u);
}

TEST(Selection, greedy_grows_from_the_logits) {
  const CircuitGraph graph = build_graph({1, 1, 4});
  std::vector<double> scores(graph.edges.size(), 0.0);
  scores[*graph.find_edge("input->m0")] = 9;  // the best edge, but m0 is not connected before m0->logits is
  scores[*graph.find_edge("m0->logits")] = 2;
  scores[*graph.find_edge("a0.h0->logits")] = 3;
  scores[*graph.find_edge("input->a0.h0<v>")] = 1;
  EXPECT_TRUE(names_of(graph, select_greedy(graph, scores, 1, false)).empty());
  EXPECT_EQ(names_of(graph, select_greedy(graph, scores, 3, false)), (std::set<std::string>{"m0->logits", "input->m0"}));
  EXPECT_EQ(names_of(graph, select_greedy(graph, scores, 4, false)),
            (std::set<std::string>{"m0->logits", "input->m0", "a0.h0->logits", "input->a0.h0<v>"}));
}

TEST(Groups, map_to_ungrouped_names_is_lossless) {
  const CircuitGraph graph = build_graph({2, 4, 16});
  const auto map = GroupMap::make(graph, 2);
  ASSERT_TRUE(map.has_value());
  // Per layer 4 q + 2 k + 2 v inputs instead of 12: with 1 and 6 visible sources, 4 * 1 + 4 * 6 edges fewer.
  EXPECT_EQ(map->grouped_edges(), graph.edges.size() - 28);
  std::size_t members = 0;
  std::set<std::string> names;
  for (std::uint32_t grouped = 0; grouped < map->grouped_edges(); ++grouped) {
    members += map->members(grouped).size();
    names.insert(map->name(grouped));
  }
  EXPECT_EQ(members, graph.edges.size());
  EXPECT_EQ(names.size(), map->grouped_edges());
  EXPECT_EQ(map->grouped_of(*graph.find_edge("m0->a1.h2<k>")), map->grouped_of(*graph.find_edge("m0->a1.h3<k>")));
  EXPECT_NE(map->grouped_of(*graph.find_edge("m0->a1.h1<k>")), map->grouped_of(*graph.find_edge("m0->a1.h2<k>")));
  EXPECT_EQ(map->name(map->grouped_of(*graph.find_edge("m0->a1.h3<v>"))), "m0->a1.g1<v>");
  std::mt19937 random(3);
  std::vector<bool> grouped(map->grouped_edges());
  for (std::size_t i = 0; i < grouped.size(); ++i) grouped[i] = random() % 2;
  const auto back = map->collapse(map->expand(grouped));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(*back, grouped);
}

TEST(Groups, circuit_that_splits_a_group_cannot_be_grouped) {
  const CircuitGraph graph = build_graph({1, 4, 16});
  const auto map = GroupMap::make(graph, 2);
  const auto split = map->collapse(marks(graph, {"input->a0.h0<k>"}));
  ASSERT_FALSE(split.has_value());
  EXPECT_THAT(split.error().to_string(), HasSubstr("input->a0.g0<k>"));
  EXPECT_FALSE(GroupMap::make(graph, 3).has_value());
}

TEST(Selection, random_circuits_are_connected_seeded_and_just_large_enough) {
  const CircuitGraph graph = build_graph({2, 3, 12});
  for (const std::size_t size : {1u, 5u, 20u}) {
    std::set<std::vector<bool>> different;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto kept = select_random(graph, size, seed);
      EXPECT_EQ(kept, prune(graph, kept));
      EXPECT_EQ(kept, select_random(graph, size, seed));
      const auto count = static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true));
      EXPECT_GE(count, size);
      EXPECT_LE(count, size + 12);
      different.insert(kept);
    }
    EXPECT_GT(different.size(), size == 1 ? 5u : 15u);
  }
  EXPECT_EQ(select_random(graph, graph.edges.size() + 1, 1), std::vector<bool>(graph.edges.size(), true));
}

}  // namespace
}  // namespace assay::circuits
