#include "frontend/program/checks.h"

#include <gtest/gtest.h>

#include <set>

namespace assay::program {
namespace {

TEST(Checks, each_kind_has_its_own_row_in_the_order_of_the_enumeration) {
  ASSERT_EQ(all_checks().size(), static_cast<std::size_t>(kCheckKindCount));
  std::set<std::string_view> ids;
  for (int i = 0; i < kCheckKindCount; ++i) {
    const CheckInfo& check = info(static_cast<CheckKind>(i));
    EXPECT_EQ(static_cast<int>(check.kind), i) << check.id;
    EXPECT_TRUE(ids.insert(check.id).second) << check.id;
    EXPECT_EQ(find_check(check.id), &check);
    EXPECT_FALSE(check.title.empty()) << check.id;
    EXPECT_GT(check.explanation.size(), 40u) << check.id;
  }
}

TEST(Checks, every_undefined_behaviour_of_the_language_names_its_clause_and_cwe) {
  for (int i = 0; i <= static_cast<int>(CheckKind::kAssertion); ++i) {
    const CheckInfo& check = info(static_cast<CheckKind>(i));
    EXPECT_TRUE(check.clause.starts_with("C17 ")) << check.id;
    EXPECT_GT(check.cwe, 0) << check.id;
  }
}

TEST(Checks, an_unknown_id_is_not_found) { EXPECT_EQ(find_check("signed_overflow"), nullptr); }

}  // namespace
}  // namespace assay::program
