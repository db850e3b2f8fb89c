#include "analysis/claims/first_choices.h"

#include <gmock/gmock.h>

#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis {
namespace {

using testing::FakeNetwork;
using ::testing::HasSubstr;
using testing::Workspace;

struct FirstChoicesOf : ::testing::Test {
  Workspace workspace;
  std::optional<Task> task;

  void SetUp() override {
    workspace.write("model/tokenizer.json", circuits::byte_level_json({{"<", "="}, {" ", "<"}, {" ", "<="}}).dump());
    Result<Task> read = read_task(workspace.write("loops.task.toml", R"(
name = "loops"
model = "model"
[domain]
template = "${a}${b}"
slots = [ { slot = "a", texts = ["i", "k", "q", "y"] }, { slot = "b", texts = ["n", "m"] } ]
[program]
arguments = ["a", "b"]
[output]
kind = "argmax"
symbols = [" <", " <="]
[positions]
site = { last = true }
)"));
    ASSERT_TRUE(read) << read.error().to_string();
    task = std::move(*read);
  }
  /// Writes ` <` behind the prompts that begin with one of these letters, and `x` behind the others.
  FakeNetwork writer(const std::string& reached) const {
    const TokenId less = task->output.symbols[0];
    const auto token = [this](char letter) { return *task->words.id(std::string(1, letter)); };
    std::set<TokenId> letters;
    for (const char letter : reached) letters.insert(token(letter));
    return {[](std::span<const TokenId>) { return 0; },
            [=, other = token('x')](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
              return circuits::Answer{letters.contains(prefix[0]) ? less : other, 0, 1};
            }};
  }
};

TEST_F(FirstChoicesOf, prompts_are_counted_with_what_is_written_instead) {
  FakeNetwork network = writer("ikq");
  const Result<FirstChoices> found = first_choices(*task, network);
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->prompts, 8u);
  EXPECT_EQ(found->reached, 6u);
  EXPECT_EQ(to_text(*task, *found), "reaches the site: 6 of 8 prompts (first choice ' <' or ' <='; most often otherwise 'x', on 2)");
  EXPECT_TRUE(must_reach(*task, *found));
}

TEST_F(FirstChoicesOf, below_a_half_it_warns_and_at_none_it_refuses) {
  FakeNetwork seldom = writer("i"), never = writer("");
  const FirstChoices some = *first_choices(*task, seldom), none = *first_choices(*task, never);
  EXPECT_THAT(to_text(*task, some), HasSubstr("reaches the site: 2 of 8 prompts"));
  EXPECT_THAT(to_text(*task, some), HasSubstr("warning: on most of them the model writes something else"));
  EXPECT_TRUE(must_reach(*task, some));
  ASSERT_FALSE(must_reach(*task, none));
  const Error error = must_reach(*task, none).error();
  EXPECT_THAT(error.message, HasSubstr("on none of 8 prompts is its first choice ' <' or ' <='; most often otherwise 'x', on 8"));
  EXPECT_THAT(error.remedy, HasSubstr("end the prompts right before the token that decides"));
}

TEST_F(FirstChoicesOf, a_sample_is_spread_over_the_prompts) {
  FakeNetwork network = writer("ik");
  const FirstChoices found = *first_choices(*task, network, 4);
  EXPECT_EQ(found.prompts, 4u);
  EXPECT_EQ(found.reached, 2u);
}

}  // namespace
}  // namespace assay::analysis
