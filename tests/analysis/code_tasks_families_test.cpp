// What the families say of themselves: attributes, names, phrases, splits, and the style that all references share.
#include <gmock/gmock.h>

#include <set>

#include "analysis/code_tasks/families/phrase.h"
#include "tests/analysis/code_tasks_support.h"

namespace assay::analysis::code_tasks {
namespace {

using testing::combination_named;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CodeTasksFamilies, there_are_enough_families_attributes_and_combinations) {
  std::set<Attribute> attributes;
  for (const auto& family : families()) {
    EXPECT_GE(family->facts().shapes.size(), 4u) << family->facts().name;
    for (const AttributeDomain& domain : family->facts().attributes) attributes.insert(domain.attribute);
  }
  EXPECT_GE(families().size(), 16u);
  EXPECT_GE(attributes.size(), 10u);
  EXPECT_GE(all_combinations().size(), 600u);
  EXPECT_LE(all_combinations().size(), 3000u);
}

TEST(CodeTasksFamilies, every_listed_value_occurs_in_a_valid_combination) {
  for (std::size_t f = 0; f < families().size(); ++f)
    for (const AttributeDomain& domain : families()[f]->facts().attributes) {
      EXPECT_GE(domain.values.size(), 2u);
      for (const std::uint8_t value : domain.values)
        EXPECT_TRUE(std::any_of(all_combinations().begin(), all_combinations().end(),
                                [&](const Combination& c) { return c.family == f && c.at(domain.attribute) == value; }))
            << families()[f]->facts().name << " " << name_of(domain.attribute) << "=" << value_name(domain.attribute, value);
    }
}

TEST(CodeTasksFamilies, texts_of_combinations_are_unique) {
  std::set<std::string> texts;
  for (const Combination& combination : all_combinations()) texts.insert(text_of(combination));
  EXPECT_EQ(texts.size(), all_combinations().size());
}

TEST(CodeTasksFamilies, neighbours_differ_in_exactly_one_attribute_of_one_family) {
  const std::size_t count = combination_named("count:sense=below,strict=strict,step=1,first=0,end=exclusive");
  std::set<std::string> near;
  for (const std::size_t other : neighbours(count)) near.insert(text_of(all_combinations()[other]));
  EXPECT_TRUE(near.contains("count:sense=below,strict=strict,step=1,first=0,end=inclusive"));
  EXPECT_TRUE(near.contains("count:sense=equal,strict=strict,step=1,first=0,end=exclusive"));
  EXPECT_EQ(near.size(), 7u);  // three other senses, strictness, step, first index, end
}

TEST(CodeTasksFamilies, the_reference_follows_the_combination) {
  Draw draw(3);
  const Family& family = *families()[testing::family_named("count")];
  const Names names = draw_names(family.facts().roles, {{"count"}, {}}, "j", NameSplit::kSeen, draw);
  const std::string &a = names[Role::kArray], &n = names[Role::kBound], &x = names[Role::kPivot];
  const FunctionText function =
      family.write(all_combinations()[combination_named("count:sense=above,strict=or_equal,step=2,first=1,end=inclusive")], names);
  EXPECT_EQ(declaration_of(function), "int count(const int *" + a + ", int " + n + ", int " + x + ") {");
  EXPECT_EQ(body_of(function), "\n    int hits = 0;\n    for (int j = 1; j <= " + n + "; j += 2) {\n        if (" + a + "[j] >= " + x +
                                   ") {\n            hits++;\n        }\n    }\n    return hits;\n}");
  EXPECT_THAT(contract_of(function), ::testing::Contains("requires length(" + a + ") == " + n + " + 1;"));
}

TEST(CodeTasksFamilies, element_ranges_are_asked_of_existing_elements_only) {
  FunctionText function{.result = "int",
                        .name = "f",
                        .parameters = {{.role = Role::kArray, .name = "a", .array = true, .range = Range{-5, 5}, .bound = "n", .extra = 1},
                                       {.role = Role::kBound, .name = "n", .range = Range{0, 2}}}};
  EXPECT_THAT(contract_of(function),
              ::testing::ElementsAre("requires n >= 0 && n <= 2;", "requires length(a) == n + 1;", "requires a[0] >= -5 && a[0] <= 5;",
                                     "requires n <= 0 || (a[1] >= -5 && a[1] <= 5);", "requires n <= 1 || (a[2] >= -5 && a[2] <= 5);"));
}

TEST(CodeTasksFamilies, bodies_have_one_statement_a_line_and_closed_braces) {
  for (std::size_t c = 0; c < all_combinations().size(); ++c) {
    const FunctionText& function = testing::shared_generator()->references().function(c);
    std::size_t depth = 1;
    for (const std::string& line : function.body) {
      const std::size_t indent = line.find_first_not_of(' ');
      if (line[indent] == '}') --depth;
      EXPECT_EQ(indent, 4 * depth) << line;
      const bool opens = line.ends_with("{");
      depth += opens ? 1 : 0;
      EXPECT_TRUE(opens || line.ends_with(";") || line.ends_with("}")) << line;
      const std::ptrdiff_t statements = std::count(line.begin(), line.end(), ';');
      EXPECT_LE(statements, line.find("for (") == std::string::npos ? 1 : 2) << line;
    }
    EXPECT_EQ(depth, 1u);
  }
}

TEST(CodeTasksFamilies, phrases_draw_alternatives_fill_slots_and_leave_no_gaps) {
  const Slots slots = {{"kind", ""}, {"what", "[{kind} even|odd]"}};
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    Draw draw(seed);
    seen.insert(sentence("[Add|Sum] the {kind} {what} elements {kind}.", slots, draw));
  }
  EXPECT_THAT(seen,
              ::testing::UnorderedElementsAre("Add the even elements.", "Add the odd elements.", "Sum the even elements.", "Sum the odd elements."));
  EXPECT_EQ(words_of("[a|b] c {d} e"), " a b  c    e");
}

TEST(CodeTasksFamilies, names_of_one_function_are_distinct_and_no_local) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Draw draw(seed);
    const FamilyFacts& facts = families()[seed % families().size()]->facts();
    const Names names =
        draw_names(facts.roles, function_pool(facts.name, facts.function_names), "j", seed % 2 == 0 ? NameSplit::kSeen : NameSplit::kHeldOut, draw);
    std::set<std::string> all = {names.function, names.loop};
    for (const Role role : facts.roles) {
      all.insert(names[role]);
      EXPECT_THAT(local_names(), Each(Not(names[role])));
    }
    EXPECT_EQ(all.size(), facts.roles.size() + 2);
  }
}

TEST(CodeTasksFamilies, a_held_out_name_is_seen_in_another_role) {
  std::set<std::string> seen;
  for (std::size_t role = 0; role < kRoleCount; ++role)
    for (const std::string& name : pool_of(static_cast<Role>(role)).seen) seen.insert(name);
  for (std::size_t role = 0; role < kRoleCount; ++role) {
    const Pool& pool = pool_of(static_cast<Role>(role));
    EXPECT_GE(pool.held_out.size(), 2u);
    for (const std::string& name : pool.held_out) {
      EXPECT_TRUE(seen.contains(name)) << name << " has no trained embedding";
      EXPECT_THAT(pool.seen, Each(Not(name)));
    }
  }
}

TEST(CodeTasksFamilies, function_names_are_held_out_per_family_and_known_from_others) {
  const Pool sum = function_pool("sum", {"sum"});
  EXPECT_EQ(sum.held_out.size(), 3u);
  EXPECT_EQ(sum.seen.size(), 1 + general_function_names().size() - 3);
  for (const std::string& name : sum.held_out)
    EXPECT_TRUE(std::any_of(families().begin(), families().end(), [&](const auto& family) {
      const Pool pool = function_pool(family->facts().name, {});
      return std::find(pool.seen.begin(), pool.seen.end(), name) != pool.seen.end();
    }));
}

TEST(CodeTasksFamilies, the_split_holds_out_about_15_percent_and_no_value_or_pair_alone) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const Split split(seed);
    EXPECT_EQ(split.seen().size() + split.held().size(), all_combinations().size());
    EXPECT_NEAR(static_cast<double>(split.held().size()) / static_cast<double>(all_combinations().size()), 0.15, 0.02);
    EXPECT_EQ(split.pairs_seen(), 1.0);
    for (const std::size_t c : split.held()) EXPECT_TRUE(split.held_out(c));
  }
  EXPECT_NE(Split(1).held(), Split(2).held());
  EXPECT_EQ(Split(1).held(), Split(1).held());
}

TEST(CodeTasksFamilies, draws_are_the_same_on_every_machine) {
  Draw draw(42);
  EXPECT_EQ(draw.next(), mixed(mixed(42)));
  EXPECT_EQ(mixed(0), 0xe220a8397b1dcdafu);  // the first output of SplitMix64 from state 0
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(draw.below(3), 3u);
    const std::int64_t number = draw.between(-2, 2);
    EXPECT_TRUE(number >= -2 && number <= 2);
  }
}

}  // namespace
}  // namespace assay::analysis::code_tasks
