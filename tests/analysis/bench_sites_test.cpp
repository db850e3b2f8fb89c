// The map of decision sites: places in the text, tokens around them, and what the model thought of what else could stand there.
#include "analysis/bench/sites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "analysis/bench/find_sites.h"
#include "base/files.h"
#include "frontend/lowering/lowering.h"
#include "solver/completions/hole_grammar.h"
#include "tests/analysis/bench_support.h"
#include "tests/analysis/fake_network.h"
#include "tests/circuits/tokenizer_fixtures.h"
#include "tests/frontend/generator/generator.h"

namespace assay::analysis::bench {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kSum = "\n    unsigned s = 0;\n    for (int i = 0; i < n; i++) {\n        s += a[i];\n    }\n    return s;\n}";

LoweredCode lower(const CodeTask& task, const std::string& text) {
  Result<lowering::Lowered> lowered = lowering::lower_source(with_preconditions(task, text), "answer.c");
  EXPECT_TRUE(lowered) << lowered.error().to_string() << "\n" << text;
  if (!lowered) return {};
  LoweredCode code{std::move(lowered->program), {}};
  code.function = code.program.find(task.function);
  return code;
}

std::vector<SitePlace> places_of(const CodeTask& task, const std::string& answer, const Judgement& judgement = {}) {
  const std::string text = answer_text(task, answer);
  return site_places(task, lower(task, text), text, judgement);
}

/// The place that begins at these words of the answer.
const SitePlace& place_at(const std::vector<SitePlace>& places, const std::string& answer, const std::string& words, const std::string& kind) {
  static const SitePlace kNone;
  for (const SitePlace& place : places)
    if (place.begin == answer.find(words) && place.kind == kind) return place;
  ADD_FAILURE() << "no " << kind << " at '" << words << "'";
  return kNone;
}

std::vector<std::string> values(const SitePlace& place) {
  std::vector<std::string> all;
  for (const OtherText& other : place.alternatives) all.push_back(other.value);
  return all;
}

/// "comparison < BinaryOperator"
std::vector<std::string> described(const std::vector<SitePlace>& places) {
  std::vector<std::string> all;
  for (const SitePlace& place : places) all.push_back(place.kind + " " + place.written + " " + place.ast);
  return all;
}

using Merges = std::vector<std::pair<std::string, std::string>>;

/// What it gives behind a token depends on that token and the one before.
class TokenNetwork : public analysis::testing::FakeNetwork {
 public:
  explicit TokenNetwork(const Merges& merges) : FakeNetwork({}, {}), words(circuits::tokenizer_of(circuits::byte_level_json(merges))) {
    info_.vocabulary = words.info().vocabulary;
  }
  Result<const circuits::Tokenizer*> tokenizer() override { return &words; }

  static float logit(TokenId before, TokenId last, std::size_t token) {
    return static_cast<float>((static_cast<std::size_t>(before) * 7 + static_cast<std::size_t>(last) * 31 + token * 13) % 17) / 4;
  }
  Result<std::vector<float>> logits(std::span<const TokenId> tokens, bool) override {
    ++passes;
    std::vector<float> all;
    for (std::size_t at = 0; at < tokens.size(); ++at)
      for (std::size_t token = 0; token < static_cast<std::size_t>(info_.vocabulary); ++token)
        all.push_back(logit(at == 0 ? 0 : tokens[at - 1], tokens[at], token));
    return all;
  }
  /// softmax by hand
  double probability(std::span<const TokenId> text, TokenId token) const {
    const TokenId last = text.back(), before = text.size() > 1 ? text[text.size() - 2] : 0;
    double sum = 0;
    for (std::size_t t = 0; t < static_cast<std::size_t>(info_.vocabulary); ++t) sum += std::exp(static_cast<double>(logit(before, last, t)));
    return std::exp(static_cast<double>(logit(before, last, static_cast<std::size_t>(token)))) / sum;
  }

  circuits::Tokenizer words;
  int passes = 0;
};

/// An answer in the tokens that the model wrote, or in the tokenizer's own.
class Written {
 public:
  Written(TokenNetwork& network, const CodeTask& task, std::vector<std::string> tokens) : network_(network), prompt(ids(task.prompt)) {
    std::vector<TokenId> text = prompt;
    for (const std::string& token : tokens) {
      const TokenId id = network.words.token_of(token).value_or(-1);
      EXPECT_GE(id, 0) << "no token '" << token << "'";
      const std::size_t begin = sample.answer.size();
      sample.answer += token;
      sample.tokens.push_back({begin, sample.answer.size(), std::log(network.probability(text, id)), {}});
      text.push_back(id);
    }
  }
  static std::vector<std::string> cut(const TokenNetwork& network, const std::string& answer) {
    std::vector<std::string> tokens;
    const Result<circuits::Encoding> encoding = network.words.encode(answer);
    for (const TokenId id : encoding->tokens) tokens.emplace_back(network.words.bytes_of(id));
    return tokens;
  }

  /// Of `token` in the place of token `at`.
  double by_hand(std::size_t at, const std::string& token) const {
    std::vector<TokenId> text = prompt;
    for (std::size_t t = 0; t < at; ++t)
      text.push_back(*network_.words.token_of(sample.answer.substr(sample.tokens[t].begin, sample.tokens[t].end - sample.tokens[t].begin)));
    return network_.probability(text, *network_.words.token_of(token));
  }

 private:
  Tokens ids(const std::string& text) const { return network_.words.encode(text)->tokens; }
  TokenNetwork& network_;

 public:
  Tokens prompt;
  Sample sample;
};

const Site& site_at(const std::vector<Site>& sites, const Sample& sample, const std::string& words, const std::string& kind) {
  static const Site kNone;
  for (const Site& site : sites)
    if (site.place.begin == sample.answer.find(words) && site.place.kind == kind) return site;
  ADD_FAILURE() << "no " << kind << " at '" << words << "'";
  return kNone;
}

const SiteAlternative& alternative(const Site& site, const std::string& value) {
  static const SiteAlternative kNone;
  for (const SiteAlternative& each : site.alternatives)
    if (each.value == value) return each;
  ADD_FAILURE() << "'" << value << "' is no alternative to '" << site.place.written << "'";
  return kNone;
}

void expect_exact(const std::vector<Site>& sites, const Written& written) {
  for (const Site& site : sites) {
    EXPECT_EQ(written.sample.answer.substr(site.place.begin, site.place.end - site.place.begin), site.place.written);
    ASSERT_TRUE(site.tokens) << site.place.written;
    for (std::size_t byte = site.place.begin; byte < site.place.end; ++byte) {
      EXPECT_LE(written.sample.tokens[site.tokens->first].begin, byte);
      EXPECT_LT(byte, written.sample.tokens[site.tokens->second].end);
    }
    for (const SiteAlternative& other : site.alternatives) {
      if (!other.why.empty()) continue;
      EXPECT_NEAR(other.probability, written.by_hand(other.at, other.token), 1e-9) << other.value;
    }
  }
}

std::vector<Site> read(const std::vector<SitePlace>& places, const Written& written, TokenNetwork& network) {
  Result<std::vector<Site>> sites = read_sites(places, written.sample, network, written.prompt);
  EXPECT_TRUE(sites) << (sites ? "" : sites.error().to_string());
  if (!sites) return {};
  expect_exact(*sites, written);
  return std::move(*sites);
}

TEST(BenchSites, every_decision_of_a_function_has_its_node) {
  EXPECT_THAT(described(places_of(sum_task(), kSum)),
              ElementsAre("statement unsigned DeclStmt", "constant 0 IntegerLiteral", "statement for ForStmt", "constant 0 IntegerLiteral",
                          "name i DeclRefExpr", "comparison < BinaryOperator", "name n DeclRefExpr", "arithmetic ++ UnaryOperator",
                          "statement s CompoundAssignOperator", "arithmetic += CompoundAssignOperator", "name i DeclRefExpr",
                          "statement } CompoundStmt", "statement return ReturnStmt", "name s DeclRefExpr", "statement } CompoundStmt"));
}

TEST(BenchSites, at_a_statement_stand_guard_and_body_and_the_names_in_scope) {
  const std::string answer = "\n    int k = 1;\n    if (n > 3)\n        return 1u;\n    { int m = 2; m++; }\n    unsigned t[2];\n    return 0u;\n}";
  const std::vector<SitePlace> places = places_of(sum_task(), answer);
  EXPECT_THAT(values(place_at(places, answer, "int k", "statement")), ElementsAre("if", "return", "for", "while", "a =", "n =", "}"));
  EXPECT_THAT(values(place_at(places, answer, "if (", "statement")), ElementsAre("return", "for", "while", "a =", "n =", "k =", "}"));
  EXPECT_THAT(values(place_at(places, answer, "return 1u", "statement")), Not(Contains("}"))) << "an if without braces";
  EXPECT_THAT(values(place_at(places, answer, "m++", "statement")), ElementsAre("if", "return", "for", "while", "a =", "n =", "k =", "}"))
      << "m itself was written";
  EXPECT_THAT(values(place_at(places, answer, "unsigned t", "statement")), Not(Contains("m ="))) << "its block has ended";
  EXPECT_THAT(values(place_at(places, answer, "return 0u", "statement")), Contains("t["));
}

TEST(BenchSites, a_block_ends_where_its_brace_would_stand_and_goes_on_where_a_statement_would) {
  const std::vector<SitePlace> places = places_of(sum_task(), kSum);
  const SitePlace& body = place_at(places, kSum, "s += a", "statement");
  EXPECT_EQ(body.alternatives.back().text, "\n    }\n");
  EXPECT_EQ(body.alternatives.back().from, kSum.find("\n        s +="));
  const SitePlace& end = place_at(places, kSum, "}\n    return", "statement");
  EXPECT_EQ(end.alternatives.front().text, "\n        if (") << "as far to the right as the statement before";
  EXPECT_THAT(values(end), Contains("i ="));
  EXPECT_EQ(place_at(places, kSum, "return s", "statement").alternatives.back().text, "\n}\n");
}

TEST(BenchSites, what_looks_like_a_statement_in_a_comment_or_a_header_is_none) {
  std::string body =
      "{ /* ; x = 1; } */ for (i = 0; i < 2; i++) x = \"; }\"[i] + '}'; do { x++; } while (x < 3); // }\n switch (x) { case 1: x = 2; default: ; } }";
  std::vector<std::string> found;
  for (const StatementStart& start : statement_starts(body, 1)) found.push_back(body.substr(start.begin, 5));
  EXPECT_THAT(found, ElementsAre("for (", "x = \"", "do { ", "x++; ", "} whi", "while", "switc", "x = 2", "} }", "}"));
}

TEST(BenchSites, the_smallest_concept_around_a_site_is_its_concept) {
  Judgement judgement;  // of the text: line 1 is the comment, line 2 the declaration
  judgement.concepts = {
      {.kind = "loop", .subject = {}, .detail = {}, .explanation = {}, .ast_kind = "ForStmt", .begin = {4, 5}, .end = {6, 6}},
      {.kind = "bound", .subject = {}, .detail = {}, .explanation = {}, .ast_kind = "BinaryOperator", .begin = {4, 21}, .end = {4, 26}}};
  const std::vector<SitePlace> places = places_of(sum_task(), kSum, judgement);
  EXPECT_EQ(place_at(places, kSum, "< n", "comparison").concept_kind, "bound");
  EXPECT_EQ(place_at(places, kSum, "< n", "comparison").concept_id, 1u);
  EXPECT_EQ(place_at(places, kSum, "for (", "statement").concept_kind, "loop");
  EXPECT_FALSE(place_at(places, kSum, "return", "statement").concept_id);
}

TEST(BenchSites, probabilities_are_the_softmax_behind_the_tokens_before) {
  TokenNetwork network(Merges{{" ", "<"}, {" <", "="}, {" ", "n"}, {"r", "e"}});
  const Written written(network, sum_task(), Written::cut(network, kSum));
  const std::vector<Site> sites = read(places_of(sum_task(), kSum), written, network);
  EXPECT_EQ(network.passes, 1) << "one pass for all of them";
  const Site& comparison = site_at(sites, written.sample, "< n", "comparison");
  const std::size_t at = comparison.tokens->first;
  EXPECT_EQ(comparison.tokens->second, at);
  EXPECT_NEAR(*comparison.probability, written.by_hand(at, " <"), 1e-9);
  EXPECT_EQ(alternative(comparison, "<=").token, " <=");
  EXPECT_EQ(alternative(comparison, "<=").at, at);
  EXPECT_FALSE(alternative(comparison, "<=").shared);
  for (const char* value : {"==", "!=", ">", ">="}) EXPECT_EQ(alternative(comparison, value).token, " ") << "no token ' " << value << "'";
  EXPECT_TRUE(alternative(comparison, "==").shared) << "all begin with a blank of its own";
  const Site& name = site_at(sites, written.sample, "n; i", "name");
  EXPECT_EQ(alternative(name, "n + 1").at, name.tokens->second + 1) << "n itself was written: it differs behind it";
  EXPECT_EQ(alternative(name, "n + 1").token, " ");
  EXPECT_TRUE(alternative(name, "n + 1").shared);
}

TEST(BenchSites, a_name_of_several_tokens_is_decided_where_it_differs) {
  const CodeTask task = task_of("int f(int count, int cost) {", "f", {}, "");
  TokenNetwork network(Merges{{"c", "o"}, {" ", "co"}, {"u", "n"}, {"un", "t"}, {"s", "t"}});
  const Written written(network, task, {" ", "r", "e", "t", "u", "r", "n", " co", "unt", ";", " ", "}"});
  const std::vector<Site> sites = read(places_of(task, written.sample.answer), written, network);
  const Site& name = site_at(sites, written.sample, "count", "name");
  EXPECT_EQ(name.tokens, std::pair(std::size_t{7}, std::size_t{8}));
  EXPECT_NEAR(*name.probability, written.by_hand(7, " co") * written.by_hand(8, "unt"), 1e-12);
  EXPECT_EQ(alternative(name, "cost").at, 8u);
  EXPECT_EQ(alternative(name, "cost").token, "st");
  EXPECT_FALSE(alternative(name, "count + 1").shared && alternative(name, "count + 1").token != " ");
  EXPECT_TRUE(alternative(name, "cost + 1").shared) << "begins as cost does";
}

TEST(BenchSites, a_site_within_a_token_is_compared_from_that_token_on) {
  const CodeTask task = task_of("int f(int i, int n) {", "f", {}, "");
  TokenNetwork network(Merges{{"(", "i"}, {" ", "(i"}, {"(", "n"}, {"<", "n"}});
  const Written written(network, task, {" ", "i", "f", " (i", "<n", ")", " ", "r", "e", "t", "u", "r", "n", " ", "1", ";", " ", "}"});
  EXPECT_THAT(written.sample.answer, HasSubstr(" if (i<n) return 1; }"));
  const std::vector<Site> sites = read(places_of(task, written.sample.answer), written, network);
  const Site& name = site_at(sites, written.sample, "i<n", "name");
  EXPECT_EQ(name.tokens, std::pair(std::size_t{3}, std::size_t{3}));
  EXPECT_EQ(alternative(name, "n").token, " ") << "' (n' is no token: a blank is written first";
  const Site& comparison = site_at(sites, written.sample, "<n", "comparison");
  EXPECT_EQ(comparison.tokens->first, 4u);
  EXPECT_EQ(alternative(comparison, "<=").token, "<") << "'<=' and 'n' part '<n'";
  EXPECT_EQ(alternative(comparison, ">").token, ">");
  EXPECT_EQ(alternative(site_at(sites, written.sample, "n) return", "name"), "i").token, "<");
}

TEST(BenchSites, what_the_tokenizer_joins_with_the_blank_before_is_decided_at_the_blank) {
  const CodeTask task = task_of("int f(int i, int n) {", "f", {}, "");
  TokenNetwork network(Merges{{" ", "-"}, {" ", "i"}});
  const Written written(network, task, {" ", "r", "e", "t", "u", "r", "n", " ", "1", ";", " ", "}"});
  const std::vector<Site> sites = read(places_of(task, written.sample.answer), written, network);
  const Site& constant = site_at(sites, written.sample, "1", "constant");
  EXPECT_EQ(constant.tokens->first, 8u);
  EXPECT_EQ(alternative(constant, "-1").token, " -");
  EXPECT_EQ(alternative(constant, "-1").at, 7u);
  EXPECT_EQ(alternative(constant, "0").at, 8u);
  const Site& end = site_at(sites, written.sample, "}", "statement");
  EXPECT_EQ(alternative(end, "i =").token, " i");
  EXPECT_EQ(alternative(end, "i =").at, 10u);
}

TEST(BenchSites, characters_of_several_bytes_before_a_site_move_nothing) {
  const std::string answer = "\n    // größer als 0 → ≤ n\n    return n > 3 ? 1u : 0u;\n}";
  TokenNetwork network(Merges{{" ", ">"}, {" >", "="}});
  const Written written(network, sum_task(), Written::cut(network, answer));
  const std::vector<Site> sites = read(places_of(sum_task(), answer), written, network);
  EXPECT_EQ(alternative(site_at(sites, written.sample, "> 3", "comparison"), ">=").token, " >=");
  EXPECT_EQ(sites.front().place.written, "return") << "nothing in the comment is a site";
}

TEST(BenchSites, tokens_that_the_tokenizer_would_have_cut_otherwise_are_shared_with_what_was_written) {
  const CodeTask task = task_of("char f(char co, char cost, char i) {", "f", {}, "");  // char: no `cost + 1`
  TokenNetwork network(Merges{{"c", "o"}});
  const Written written(network, task, {" ", "r", "e", "t", "u", "r", "n", " ", "c", "o", ";", " ", "}"});
  const std::vector<Site> sites = read(places_of(task, written.sample.answer), written, network);
  const Site& name = site_at(sites, written.sample, "co;", "name");
  EXPECT_EQ(name.tokens, std::pair(std::size_t{8}, std::size_t{9}));
  EXPECT_EQ(alternative(name, "cost").token, "co");
  EXPECT_TRUE(alternative(name, "cost").shared) << "co itself would begin so";
  EXPECT_EQ(alternative(name, "i").token, "i");
  EXPECT_FALSE(alternative(name, "i").shared);
}

TEST(BenchSites, what_is_not_reproduced_has_no_probability) {
  TokenNetwork network(Merges{});
  Written written(network, sum_task(), Written::cut(network, kSum));
  written.sample.tokens[3].log_probability -= 0.1;
  const std::vector<SitePlace> places = places_of(sum_task(), kSum);
  const Result<std::vector<Site>> sites = read_sites(places, written.sample, network, written.prompt);
  ASSERT_TRUE(sites);
  for (const Site& site : *sites) {
    EXPECT_FALSE(site.probability);
    EXPECT_TRUE(site.tokens);
    for (const SiteAlternative& other : site.alternatives) EXPECT_EQ(other.why, kWhyNotReproduced);
  }
}

TEST(BenchSites, a_last_token_that_was_cut_off_ends_the_comparison) {
  TokenNetwork network(Merges{{"}", "\n"}});
  Written written(network, sum_task(), Written::cut(network, kSum));
  written.sample.tokens.back().log_probability -= 1;  // what was written is "}\n", of which "}" is left
  const std::vector<Site> sites = *read_sites(places_of(sum_task(), kSum), written.sample, network, written.prompt);
  EXPECT_TRUE(site_at(sites, written.sample, "< n", "comparison").probability);
  const Site& end = sites.back();
  EXPECT_EQ(end.place.written, "}");
  EXPECT_FALSE(end.probability);
  EXPECT_EQ(alternative(end, "return").why, kWhyNoTokenBoundary) << "a blank instead of what was written, which is not known";
}

TEST(BenchSites, json_comes_back_and_a_token_outside_of_the_sample_is_refused) {
  TokenNetwork network(Merges{{" ", "<"}});
  const Written written(network, sum_task(), Written::cut(network, kSum));
  for (const Site& site : read(places_of(sum_task(), kSum), written, network)) {
    Json json = to_json(site);
    const std::optional<Site> back = site_from_json(json, written.sample);
    ASSERT_TRUE(back) << json.dump();
    EXPECT_EQ(to_json(*back), json);
    json["tokens"] = {0, written.sample.tokens.size()};
    EXPECT_FALSE(site_from_json(json, written.sample));
  }
}

TEST(BenchSites, counts_tell_right_from_wrong_answers) {
  Written written = [] {
    static TokenNetwork network(Merges{});
    return Written(network, sum_task(), Written::cut(network, kSum));
  }();
  Site site{.place = {.kind = "comparison", .begin = 1, .end = 2, .written = "<", .ast = "BinaryOperator"}};
  site.probability = 0.25;
  site.alternatives = {{.value = "<=", .token = "=", .at = 4, .probability = 2 * std::exp(written.sample.tokens[4].log_probability), .why = {}}};
  written.sample.sites = {site, site};
  (*written.sample.sites)[1].alternatives[0].probability /= 4;
  SiteTally tally;
  tally.add(Label::kProved, written.sample);
  tally.add(Label::kUnsafe, written.sample);
  tally.add(Label::kWrong, written.sample);
  const Json json = tally.to_json();
  EXPECT_EQ(json["by_answer"]["right"]["comparison"]["sites"], 2);
  EXPECT_EQ(json["by_answer"]["wrong"]["all"]["samples"], 2);
  EXPECT_EQ(json["by_answer"]["wrong"]["all"]["overtaken"], 2);
  EXPECT_DOUBLE_EQ(json["by_answer"]["right"]["all"]["overtaken_share"].get<double>(), 0.5);
  EXPECT_DOUBLE_EQ(json["by_answer"]["right"]["all"]["mean_probability"].get<double>(), 0.25);
  EXPECT_THAT(tally.to_text(), HasSubstr("not compared: none"));
  EXPECT_THAT(SiteTally().to_text(), IsEmpty());
}

/// The entry function of a generated program as an answer to a request that ends with its declaration.
std::pair<CodeTask, std::string> request_of(const generator::GeneratedProgram& program) {
  const std::string source = "#include <assert.h>\n#include <stdio.h>\n" + program.source;
  const std::size_t at = source.rfind(program.entry + "("), brace = source.find('{', at);
  CodeTask task{.id = "g", .prompt = source.substr(0, brace + 1), .function = program.entry, .reference = {}};
  const std::size_t line = source.rfind('\n', at);
  task.declaration = task.prompt.substr(line == std::string::npos ? 0 : line + 1);
  return {task, source.substr(brace + 1)};
}

TEST(BenchSitesProperty, every_hole_of_a_generated_program_is_a_site_with_its_node) {
  std::size_t holes = 0, statements = 0;
  generator::for_each_generated_program(20261, 25, [&](const generator::GeneratedProgram& program) {
    const auto [task, answer] = request_of(program);
    const std::string text = answer_text(task, answer);
    const LoweredCode code = lower(task, text);
    ASSERT_TRUE(code.function);
    const std::vector<SitePlace> places = site_places(task, code, text, {});
    const std::string read = with_preconditions(task, text);
    const solver::HoleGrammar grammar = solver::HoleGrammar::of(code.program, *code.function, read, task.prompt.size());
    for (const solver::Hole& hole : grammar.holes()) {
      const auto found = std::find_if(places.begin(), places.end(), [&](const SitePlace& place) {
        return place.kind != "statement" && place.begin + task.prompt.size() == hole.begin && place.end + task.prompt.size() == hole.end;
      });
      ASSERT_NE(found, places.end()) << hole.written << " in\n" << text;
      EXPECT_EQ(values(*found), hole.others);
      ++holes;
    }
    for (const SitePlace& place : places) {
      EXPECT_EQ(text.substr(task.prompt.size() + place.begin, place.end - place.begin), place.written);
      EXPECT_FALSE(place.ast.empty()) << place.written;
      statements += place.kind == "statement" ? 1 : 0;
    }
  });
  EXPECT_GT(holes, 500u);
  EXPECT_GT(statements, 200u);
}

TEST(BenchSitesProperty, statements_may_stand_where_the_map_says_so) {
  std::size_t inserted = 0;
  generator::for_each_generated_program(777, 30, [&](const generator::GeneratedProgram& program) {
    const auto [task, answer] = request_of(program);
    std::string changed = answer_text(task, answer);
    const std::vector<SitePlace> places = places_of(task, answer);
    for (auto place = places.rbegin(); place != places.rend(); ++place) {  // from the end, so that places stay where they are
      if (place->kind != "statement") continue;
      std::string guard = "if (0) {";
      for (const OtherText& other : place->alternatives)
        if (other.value.ends_with(" =")) guard += " " + other.value + " " + other.value.substr(0, other.value.size() - 2) + ";";
      const std::size_t before = answer.find_last_not_of(" \n", place->begin - 1);
      const bool behind_label = before != std::string::npos && answer[before] == ':';
      const bool in_braces = place->written == "}" || place->alternatives.back().value == "}" || behind_label;
      changed.insert(task.prompt.size() + place->begin, guard + (in_braces ? " } " : " } else "));
      ++inserted;
    }
    const Result<lowering::Lowered> lowered = lowering::lower_source(changed, "changed.c");
    EXPECT_TRUE(lowered) << lowered.error().to_string() << "\n" << changed;
  });
  EXPECT_GT(inserted, 300u);
}

TEST(BenchSitesProperty, tokens_and_probabilities_fit_whatever_was_written) {
  TokenNetwork network(
      Merges{{" ", " "}, {"  ", "  "}, {" ", "="}, {"i", "n"}, {"in", "t"}, {" ", "("}, {")", ";"}, {"\n", "    "}, {"p", "0"}, {"p0", "_"}});
  std::size_t compared = 0, all = 0;
  generator::for_each_generated_program(31, 6, [&](const generator::GeneratedProgram& program) {
    const auto [task, answer] = request_of(program);
    const Written written(network, task, Written::cut(network, answer));
    for (const Site& site : read(places_of(task, answer), written, network))
      for (const SiteAlternative& other : site.alternatives) {
        ++all;
        compared += other.why.empty() ? 1 : 0;
      }
  });
  EXPECT_GT(all, 300u);
  EXPECT_GT(compared, all * 95 / 100) << "byte-level tokens can nearly always be told apart";
}

class BenchSitesRun : public InSandbox {
 protected:
  TemporaryFolder folder_ = std::move(*TemporaryFolder::create("assay-sites-"));
};

TEST_F(BenchSitesRun, completions_have_sites_without_probabilities) {
  Sample sample{.answer = kSum};
  Sample broken{.answer = "\n    return ;;; }}"};
  VerificationBudget budget;
  budget.sites = true;
  Cache cache = *Cache::open("");
  Result<BenchRun> run = judge_completions({sum_task()}, {{sample, broken}}, budget, cache, session_);
  ASSERT_TRUE(run) << run.error().to_string();
  const std::vector<Sample>& samples = run->models[0].tasks[0].samples;
  ASSERT_TRUE(samples[0].sites);
  EXPECT_EQ(samples[0].sites->size(), 15u);
  EXPECT_EQ(samples[0].sites->front().alternatives.front().why, kWhyNoModel);
  EXPECT_EQ(to_json(samples[0])["sites"].size(), 15u);
  EXPECT_FALSE(samples[1].sites) << "it is no function";
}

TEST_F(BenchSitesRun, a_model_s_own_text_is_reproduced_and_its_sites_are_kept) {
  Suite suite = *read_suite(ASSAY_SOURCE_DIR "/zoo/code/suite.toml", {.limit = 2});
  suite.models.resize(1);
  suite.budget.sites = true;
  Cache cache = *Cache::open(folder_.path() + "/cache.sqlite");
  Result<BenchRun> run = run_suite(suite, cache, session_);
  ASSERT_TRUE(run) << run.error().to_string();
  std::size_t sites = 0;
  for (const TaskRun& task : run->models[0].tasks)
    for (const Sample& sample : task.samples) {
      ASSERT_TRUE(sample.sites);
      for (const Site& site : *sample.sites) {
        ++sites;
        EXPECT_TRUE(site.probability) << site.place.written;
        for (const SiteAlternative& other : site.alternatives) EXPECT_EQ(other.why, "") << site.place.written << " -> " << other.value;
      }
    }
  EXPECT_GT(sites, 10u);
  suite.models[0].path = "gone";  // the second time nothing is loaded for them
  ModelRun again = run->models[0];
  for (TaskRun& task : again.tasks)
    for (Sample& sample : task.samples) sample.sites.reset();
  Networks networks;
  const Status kept = find_sites(suite.tasks, suite.sampling, &suite.models[0], networks, again, cache, session_);
  ASSERT_TRUE(kept) << kept.error().to_string();
  EXPECT_EQ(to_json(again.tasks[0].samples[0]), to_json(run->models[0].tasks[0].samples[0]));
}

TEST_F(BenchSitesRun, a_repaired_model_has_places_only) {
  SuiteModel model{.name = "m", .path = "gone", .missing = {}, .repair = Repair{.name = "r"}};
  ModelRun run;
  run.tasks.emplace_back();
  run.tasks[0].samples = {{.answer = kSum}};
  run.tasks[0].answers = {{answer_text(sum_task(), kSum), {}, {}, {}}};
  run.tasks[0].answers[0].judgement.parses = run.tasks[0].answers[0].judgement.compiles = true;
  Networks networks;
  Cache cache = *Cache::open("");
  const Status found = find_sites({sum_task()}, {}, &model, networks, run, cache, session_);
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(run.tasks[0].samples[0].sites->front().alternatives.front().why, kWhyRepaired);
  stop_ = true;
  EXPECT_EQ(find_sites({sum_task()}, {}, &model, networks, run, cache, session_).error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace assay::analysis::bench
