#include "analysis/claims/other_heads.h"

#include <gmock/gmock.h>

#include <set>

#include "analysis/results/graph_names.h"

namespace assay::analysis {
namespace {

using ::testing::HasSubstr;

/// 9 query heads share 3 keys and values.
circuits::NetworkInfo info(int layers, int heads = 9, int kv_heads = 3) {
  circuits::NetworkInfo info;
  info.layers = layers, info.heads = heads, info.kv_heads = kv_heads;
  return info;
}

TEST(OtherHeads, are_as_many_of_the_same_kind_and_none_that_is_named_or_avoided) {
  const std::vector<std::string> named = {"v.21.0", "v.22.6", "q.23.5"}, avoided = {"v.21.3", "q.23.4", "resid_pre.0"};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto others = other_heads(named, avoided, info(30), seed);
    ASSERT_TRUE(others) << others.error().to_string();
    ASSERT_EQ(others->size(), 3u);
    EXPECT_EQ(std::set<std::string>(others->begin(), others->end()).size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
      const SiteName name = *read_site((*others)[i]);
      EXPECT_EQ(name.kind, i < 2 ? "v" : "q");
      EXPECT_TRUE(i < 2 ? name.layer == 21 || name.layer == 22 : name.layer == 23) << (*others)[i];
      EXPECT_TRUE(i == 2 || name.head % 3 == 0) << "a value is one place for the three heads that share it";
      for (const std::vector<std::string>* sites : {&named, &avoided})
        EXPECT_EQ(std::find(sites->begin(), sites->end(), (*others)[i]), sites->end()) << (*others)[i];
    }
  }
}

TEST(OtherHeads, a_key_named_by_another_head_of_its_group_is_the_same_place) {
  EXPECT_EQ(*other_heads({"k.0.7", "k.0.6"}, {"k.0.1"}, info(1), 1), (std::vector<std::string>{"k.0.3", "k.0.3"}));
}

TEST(OtherHeads, layers_beside_the_named_ones_join_where_these_have_too_few) {
  const std::vector<std::string> all = {"v.5.0", "v.5.3", "v.5.6"};
  const auto others = other_heads(all, {}, info(12), 4);
  ASSERT_TRUE(others) << others.error().to_string();
  for (const std::string& other : *others) EXPECT_TRUE(other.starts_with("v.4.") || other.starts_with("v.6.")) << other;
}

TEST(OtherHeads, are_the_same_for_one_seed_and_others_for_another) {
  std::set<std::string> drawn;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(*other_heads({"q.3.1"}, {}, info(9), seed), *other_heads({"q.3.1"}, {}, info(9), seed));
    drawn.insert(other_heads({"q.3.1"}, {}, info(9), seed)->front());
  }
  EXPECT_EQ(drawn.size(), 8u) << "every other head of the layer is drawn by some seed";
}

TEST(OtherHeads, a_network_with_too_few_heads_is_said_to_be_too_small) {
  EXPECT_THAT(other_heads({"q.0.0", "q.0.1"}, {}, info(1, 3, 3), 1).error().message,
              HasSubstr("beside the 2 heads of kind 'q' the network has only 1"));
  EXPECT_THAT(other_heads({"resid_pre.0"}, {}, info(1), 1).error().message, HasSubstr("in no head"));
  EXPECT_THAT(other_heads({"q.9.0"}, {}, info(1), 1).error().message, HasSubstr("in no head"));
}

}  // namespace
}  // namespace assay::analysis
