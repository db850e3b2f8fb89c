#include "analysis/tasks/domain.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/analysis/scored_prefixes.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::scored_prefixes;

/// All strings over 0 .. symbols - 1 of one length, in the order of counting.
std::vector<Tokens> strings(int symbols, int length) {
  std::vector<Tokens> all = {{}};
  for (int i = 0; i < length; ++i) {
    std::vector<Tokens> longer;
    for (const Tokens& shorter : all)
      for (TokenId token = 0; token < symbols; ++token) {
        longer.push_back(shorter);
        longer.back().push_back(token);
      }
    all = std::move(longer);
  }
  return all;
}

/// a a + b b =  with two digits each; + is 7, = is 8.
DomainSpec sum_spec() {
  DomainSpec spec;
  spec.slots = {{"a", 2, {0, 1}, {0, 1}, false}, {"b", 2, {0, 1}, {0, 1}, false}};
  spec.elements = {{0, 0, 0}, {0, 1, 0}, {-1, 0, 7}, {1, 0, 0}, {1, 1, 0}, {-1, 0, 8}};
  spec.scored = Scored::kAnswer;
  spec.answers = 2;
  return spec;
}

DomainSpec string_spec(int min_length, int max_length) {
  DomainSpec spec;
  spec.start = {5};
  spec.alphabet = {0, 1};
  spec.alphabet_values = {0, 1};
  spec.min_length = min_length;
  spec.max_length = max_length;
  return spec;
}

CFunction code(const std::string& text, const std::string& name) { return *CFunction::from_text(text, "f.c", name); }

TEST(Domain, product_has_every_input_once_and_the_networks_own_answers_behind_it) {
  const Domain domain(sum_spec());
  std::vector<Tokens> expected;
  for (const Tokens& digits : strings(2, 4)) {
    const Tokens input = {digits[0], digits[1], 7, digits[2], digits[3], 8};
    expected.push_back(input);
    expected.push_back(input);
    expected.back().push_back(9);
  }
  EXPECT_EQ(scored_prefixes(domain), expected);
  EXPECT_EQ(domain.size_bound(), 16);
  EXPECT_EQ(domain.depth(), 7);
  EXPECT_EQ(domain.step(expected[0]), 0);
  EXPECT_EQ(domain.step(expected[1]), 1);
  EXPECT_EQ(domain.input_part(expected[1]), 6u);
}

TEST(Domain, no_answer_is_read_after_the_last_symbol) {
  DomainSpec spec = sum_spec();
  spec.answers = 3;
  spec.until = 9;
  EXPECT_EQ(scored_prefixes(Domain(spec), 9).size(), 16u);
  EXPECT_EQ(scored_prefixes(Domain(spec), 4).size(), 48u);
}

TEST(Domain, a_network_without_an_answer_is_fed_nothing) { EXPECT_EQ(scored_prefixes(Domain(sum_spec()), -1).size(), 16u); }

TEST(Domain, distinct_slot_has_the_inputs_without_a_repeated_symbol) {
  DomainSpec spec;
  spec.slots = {{"s", 3, {0, 1, 2, 3}, {0, 1, 2, 3}, true}};
  spec.elements = {{0, 0, 0}, {0, 1, 0}, {0, 2, 0}};
  const Domain domain(spec);
  std::vector<Tokens> expected;
  for (const Tokens& string : strings(4, 3))
    if (std::set<TokenId>(string.begin(), string.end()).size() == 3) expected.push_back(string);
  EXPECT_EQ(scored_prefixes(domain), expected);
  EXPECT_EQ(domain.size_bound(), 24);
}

TEST(Domain, every_prefix_of_a_product_is_scored_where_the_task_says_so) {
  DomainSpec spec = sum_spec();
  spec.scored = Scored::kEvery;
  spec.answers = 1;
  const std::vector<Tokens> scored = scored_prefixes(Domain(spec));
  EXPECT_EQ(scored.size(), 2u + 4 + 4 + 8 + 16 + 16);
  EXPECT_THAT(scored.front(), ElementsAre(0));
}

TEST(Domain, strings_are_all_lengths_between_the_two) {
  const Domain domain(string_spec(1, 3));
  std::set<Tokens> expected;
  for (int length = 1; length <= 3; ++length)
    for (const Tokens& string : strings(2, length)) expected.insert(string);
  const std::vector<Tokens> scored = scored_prefixes(domain);
  EXPECT_EQ(std::set<Tokens>(scored.begin(), scored.end()), expected);
  EXPECT_EQ(scored.size(), expected.size());
  EXPECT_EQ(domain.size_bound(), 14);
}

TEST(Domain, the_empty_string_is_scored_only_behind_a_start) {
  DomainSpec spec = string_spec(0, 1);
  EXPECT_EQ(scored_prefixes(Domain(spec)).size(), 3u);
  spec.start.clear();
  EXPECT_EQ(scored_prefixes(Domain(spec)).size(), 2u) << "there is no token at which an answer could be read";
}

TEST(Domain, strings_with_an_end_are_scored_behind_it_alone) {
  DomainSpec spec = string_spec(1, 2);
  spec.end = {6, 7};
  spec.scored = Scored::kAnswer;
  spec.answers = 2;
  const Domain domain(spec);
  const std::vector<Tokens> scored = scored_prefixes(domain, 1);
  ASSERT_EQ(scored.size(), 12u) << "6 strings, two answers each";
  for (const Tokens& prefix : scored) {
    const std::size_t length = domain.input_part(prefix);
    EXPECT_EQ(prefix[length], 6);
    EXPECT_EQ(domain.step(prefix), static_cast<int>(prefix.size() - length) - 2);
  }
}

TEST(Domain, legal_tree_is_what_brute_force_finds) {
  DomainSpec spec = string_spec(0, 6);
  spec.legal = code(
      "int legal(const int *s, int n) { int d = 0; for (int i = 0; i < n; i++) d += s[i] == 0 ? 1 : -1; return (d < 2 ? 1 : 0) | (d > 0 ? 2 : 0); }",
      "legal");
  std::set<Tokens> expected;
  for (int length = 0; length <= 6; ++length)
    for (const Tokens& string : strings(2, length)) {
      int depth = 0;
      bool legal = true;
      for (const TokenId token : string) {
        depth += token == 0 ? 1 : -1;
        legal &= depth >= 0 && depth <= 2;
      }
      if (legal) expected.insert(string);
    }
  const std::vector<Tokens> scored = scored_prefixes(Domain(spec));
  EXPECT_EQ(std::set<Tokens>(scored.begin(), scored.end()), expected);
  EXPECT_EQ(scored.size(), expected.size());
}

TEST(Domain, failing_legal_function_is_reported_not_swallowed) {
  DomainSpec spec = string_spec(0, 3);
  spec.legal = code("int legal(const int *s, int n) { return 1 / (n - 1); }", "legal");
  const Domain domain(spec);
  Tokens next;
  domain.children(Tokens{}, nullptr, next);
  EXPECT_FALSE(domain.failure()) << "1 / (0 - 1) is fine";
  domain.children(Tokens{0}, nullptr, next);
  ASSERT_TRUE(domain.failure());
  EXPECT_THAT(domain.failure()->message, HasSubstr("prefix of length 1: the divisor is zero"));
  EXPECT_EQ(domain.failure()->kind, ErrorKind::kInput);
}

TEST(Domain, legal_function_that_does_not_end_is_tried_once) {
  DomainSpec spec = string_spec(0, 10);
  spec.legal = code("int legal(const int *s, int n) {\n  int i = 0;\n  while (n >= 8) i = (i + 1) % 3;\n  return 3;\n}", "legal");
  const Domain domain(spec);
  EXPECT_LT(scored_prefixes(domain).size(), 511u) << "what comes behind the failure is not walked";
  EXPECT_THAT(domain.failure()->message, HasSubstr("endless loop at f.c:3"));
}

TEST(Domain, predicate_that_gives_no_answer_is_a_failure_not_a_smaller_domain) {
  Domain domain(string_spec(1, 3));
  domain.set_membership(
      [](std::span<const TokenId> prefix) -> Result<bool> {
        if (prefix.size() == 3) return input_error("the predicate knows no string of length 3");
        return prefix[0] == 1;
      },
      "begins with one");
  scored_prefixes(domain);
  ASSERT_TRUE(domain.failure());
  EXPECT_THAT(domain.failure()->message, HasSubstr("length 3"));
  EXPECT_FALSE(Domain(domain).failure()) << "a copy has walked nothing yet";
}

TEST(Domain, fingerprint_tells_apart_all_that_the_walk_depends_on) {
  std::set<std::string> seen;
  const auto add = [&](const Domain& domain, const char* what) {
    EXPECT_EQ(domain.fingerprint(), Domain(domain).fingerprint());
    EXPECT_TRUE(seen.insert(domain.fingerprint()).second) << what;
  };
  const auto with = [&](DomainSpec spec, const char* what, const std::function<void(DomainSpec&)>& change) {
    change(spec);
    add(Domain(spec), what);
  };
  add(Domain(sum_spec()), "product");
  with(sum_spec(), "symbols", [](DomainSpec& s) { s.slots[0].symbols = {0, 2}; });
  with(sum_spec(), "values", [](DomainSpec& s) { s.slots[0].values = {0, 2}; });
  with(sum_spec(), "distinct", [](DomainSpec& s) { s.slots[0].distinct = true; });
  with(sum_spec(), "literal", [](DomainSpec& s) { s.elements[2].literal = 6; });
  with(sum_spec(), "answers", [](DomainSpec& s) { s.answers = 3; });
  with(sum_spec(), "until", [](DomainSpec& s) { s.until = 3; });
  with(sum_spec(), "scored", [](DomainSpec& s) { s.scored = Scored::kLast; });
  add(Domain(string_spec(0, 3)), "tree");
  with(string_spec(0, 3), "start", [](DomainSpec& s) { s.start = {6}; });
  with(string_spec(0, 3), "alphabet values", [](DomainSpec& s) { s.alphabet_values = {1, 0}; });
  with(string_spec(0, 3), "lengths", [](DomainSpec& s) { s.min_length = 1; });
  with(string_spec(0, 3), "end", [](DomainSpec& s) { s.end = {6}; });
  with(string_spec(0, 3), "legal", [](DomainSpec& s) { s.legal = code("int f(const int *s, int n) { return 1; }", "f"); });
  with(string_spec(0, 3), "another legal", [](DomainSpec& s) { s.legal = code("int f(const int *s, int n) { return 2; }", "f"); });
  Domain narrowed(sum_spec());
  const Membership all = [](std::span<const TokenId>) { return true; };
  narrowed.set_membership(all, "p");
  add(narrowed, "predicate");
  narrowed.set_membership(all, "p", {}, "bound otherwise");
  add(narrowed, "what the predicate is bound to");
}

TEST(Domain, random_inputs_are_members_follow_the_seed_and_reach_every_input) {
  DomainSpec legal = string_spec(1, 4);
  legal.legal = code("int legal(const int *s, int n) { return n > 0 && s[n - 1] == 1 ? 1 : 3; }", "legal");
  DomainSpec ended = string_spec(0, 2);
  ended.end = {6};
  DomainSpec distinct = sum_spec();
  distinct.slots[0].distinct = true;
  for (const DomainSpec& spec : {sum_spec(), distinct, string_spec(1, 3), legal, ended}) {
    const Domain domain(spec);
    const std::vector<Tokens> scored = scored_prefixes(domain, -1);
    const std::set<Tokens> all(scored.begin(), scored.end());
    std::set<Tokens> drawn;
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
      const Tokens input = domain.random_input(seed);
      EXPECT_EQ(input, domain.random_input(seed));
      EXPECT_TRUE(all.contains(input)) << ::testing::PrintToString(input);
      drawn.insert(input);
    }
    EXPECT_EQ(drawn, all);
  }
}

TEST(Domain, extension_adds_digits_symbols_and_answers) {
  const Domain domain(sum_spec());
  const Domain wider = *domain.extended(1, "", true);
  EXPECT_EQ(wider.size_bound(), 64);
  EXPECT_EQ(wider.spec().answers, 3);
  EXPECT_EQ(scored_prefixes(wider, -1)[0], (Tokens{0, 0, 0, 7, 0, 0, 0, 8})) << "each slot grows where it ends";
  EXPECT_EQ(domain.extended(1, "a", false)->size_bound(), 32);
  EXPECT_EQ(domain.extended(2, "", false)->size_bound(), 256);
  EXPECT_THAT(domain.extended(1, "c", false).error().message, HasSubstr("no slot is named 'c'"));
  DomainSpec single;
  single.slots = {{"x", 1, {0, 1}, {0, 1}, false}};
  single.elements = {{0, 0, 0}};
  EXPECT_THAT(Domain(single).extended(1, "", false).error().message, HasSubstr("no slot is longer than one symbol"));
  EXPECT_EQ(Domain(single).extended(1, "x", false)->size_bound(), 4);
}

TEST(Domain, extension_of_strings_can_be_the_new_length_alone) {
  const Domain domain(string_spec(1, 3));
  EXPECT_EQ(domain.extended(2, "", false)->size_bound(), 62);
  const Domain added = *domain.extended(2, "", false, true);
  EXPECT_EQ(added.size_bound(), 32);
  for (const Tokens& prefix : scored_prefixes(added)) EXPECT_EQ(prefix.size(), 5u);
}

TEST(Domain, extension_asks_for_the_predicate_of_the_longer_inputs) {
  Domain domain(string_spec(1, 2));
  const MembershipMaker maker = [](const DomainSpec& spec) -> Result<Membership> {
    return Membership(
        [longest = spec.max_length](std::span<const TokenId> prefix) -> Result<bool> { return static_cast<int>(prefix.size()) == longest; });
  };
  domain.set_membership(*maker(domain.spec()), "longest", maker);
  EXPECT_EQ(scored_prefixes(domain).size(), 4u);
  EXPECT_EQ(scored_prefixes(*domain.extended(1, "", false)).size(), 8u);
  domain.set_membership(*maker(domain.spec()), "longest");
  EXPECT_EQ(domain.extended(1, "", false).error().kind, ErrorKind::kUnsupported) << "nobody knows the predicate there";
}

}  // namespace
}  // namespace assay::analysis
