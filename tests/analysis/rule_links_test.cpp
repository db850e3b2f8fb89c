// From lines of a program to nodes of a graph: through aligned variables, and through comments behind a line.
#include "analysis/report/rule_links.h"

#include <gmock/gmock.h>

#include "analysis/results/graph_names.h"

namespace assay::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const char* const kRule =
    "// About a1.h0.\n"
    "int rule(int earlier, int name, int other) {  // a1.h1 of no line\n"
    "    //@ label read\n"
    "    int same = name == other;\n"
    "    if (same)\n"
    "        return earlier;  // a1.h0, a1.h3: what they read there. And m0@site, not a1h2.\n"
    "    return 0;\n"
    "}\n";

Json edge(const std::string& from, const std::string& to, const std::string& input) { return {{"from", from}, {"to", to}, {"input", input}}; }

/// Four heads in two groups, positions told apart.
Json hypothesis() {
  const Json program = {{"source", kRule}, {"function", "rule"}, {"range", {{"line", 2}, {"column", 1}, {"end_line", 8}, {"end_column", 2}}}};
  const Json edges = {edge("m0@earlier", "a1.h1@site", "k"), edge("m0@earlier", "a1.h0@later", "k"), edge("m0@site", "a1.h0@site", "k"),
                      edge("m0@earlier", "a1.h2@site", "k"), edge("m0@earlier", "a1.h1@site", "v")};
  return {{"program", program},
          {"network", {{"heads", 4}, {"kv_heads", 2}, {"layers", 2}}},
          {"circuit", {{"spans", {"earlier", "later", "site"}}, {"edges", edges}}},
          {"alignments",
           {{"key", {{"variable", "rule.read.name"}, {"site", "k.1.0"}, {"position", "earlier"}}},
            {"query", {{"variable", "rule.read.other[0]"}, {"site", "q.1.1"}, {"position", "site"}}}}}};
}

const Json* line(const Json& links, int number) {
  for (const Json& link : links)
    if (link["line"] == number) return &link;
  return nullptr;
}

TEST(GraphNames, nodes_and_sites_are_read_whole_or_not_at_all) {
  EXPECT_EQ(read_node("a18.h6@site"), (NodeName{'a', 18, 6, "site"}));
  EXPECT_EQ(read_node("m3"), (NodeName{'m', 3, -1, ""}));
  EXPECT_EQ(read_node("input@x")->kind, 'i');
  for (const char* text : {"", "a", "a1", "a.h1", "a1.h", "a1.h2x", "m", "m1.h2", "b1.h2", "a1.h2@", "a-1.h2", "a99999999999.h0"})
    EXPECT_FALSE(read_node(text)) << text;
  EXPECT_EQ(read_site("k.18.6"), (SiteName{"k", 18, 6}));
  EXPECT_EQ(read_site("resid_final"), (SiteName{"resid_final", -1, -1}));
  for (const char* text : {"", ".1", "q.", "q.x", "q.1.2.3", "q.1.-2"}) EXPECT_FALSE(read_site(text)) << text;
}

TEST(RuleLinks, line_is_linked_to_the_sites_of_the_variables_that_it_names) {
  const Json links = rule_links(hypothesis());
  ASSERT_NE(line(links, 4), nullptr);
  EXPECT_EQ((*line(links, 4))["alignments"], Json({"key", "query"}));
  // The key at `earlier` is read by heads 0 and 1 of the group, as far as the circuit has such an edge; head 2 is of another group.
  EXPECT_EQ((*line(links, 4))["nodes"], Json({"a1.h1@site", "a1.h0@later"}));
  EXPECT_EQ((*line(links, 4))["comment"], false);
}

TEST(RuleLinks, comment_behind_a_line_names_nodes_at_every_position_of_the_circuit) {
  const Json links = rule_links(hypothesis());
  ASSERT_NE(line(links, 6), nullptr);
  EXPECT_EQ((*line(links, 6))["nodes"], Json({"a1.h0@later", "a1.h0@site", "a1.h3", "m0@site"}));
  EXPECT_EQ((*line(links, 6))["comment"], true);
}

TEST(RuleLinks, declaration_labels_and_other_lines_are_linked_to_nothing) {
  EXPECT_EQ(rule_links(hypothesis()).size(), 2u);
  Json without = hypothesis();
  without["alignments"] = nullptr;
  EXPECT_EQ(rule_links(without).size(), 1u);
  without["program"] = nullptr;
  EXPECT_THAT(rule_links(without), IsEmpty());
}

TEST(RuleLinks, sites_are_their_heads_where_positions_are_not_told_apart) {
  Json json = hypothesis();
  json["circuit"] = nullptr;
  const auto nodes = [&](const char* site) { return nodes_of_alignment({{"site", site}, {"position", "site"}}, json["network"], json["circuit"]); };
  EXPECT_THAT(nodes("v.1.3"), ElementsAre("a1.h2", "a1.h3")) << "the value is that of the head's group";
  EXPECT_THAT(nodes("attn_out.0.3"), ElementsAre("a0.h3"));
  EXPECT_THAT(nodes("pattern.1"), ElementsAre("a1.h0", "a1.h1", "a1.h2", "a1.h3"));
  EXPECT_THAT(nodes("mlp_out.1"), ElementsAre("m1"));
  EXPECT_THAT(nodes("embed"), ElementsAre("input"));
  EXPECT_THAT(nodes("resid_mid.1"), IsEmpty()) << "a cut";
}

TEST(RuleLinks, whatever_a_document_holds_is_no_reason_to_fail) {
  for (const Json& odd : {Json(3), Json("text"), Json::array({1, nullptr}), Json::object()})
    for (const char* member : {"program", "alignments", "network", "circuit"}) {
      Json json = hypothesis();
      json[member] = odd;
      EXPECT_TRUE(rule_links(json).is_array()) << member << odd;
    }
  Json json = hypothesis();
  json["program"]["range"] = {{"line", 1'000'000}, {"end_line", -3}};
  json["circuit"]["edges"] = Json::array({7, {{"from", 1}}});
  EXPECT_TRUE(rule_links(json).is_array());
}

}  // namespace
}  // namespace assay::analysis
