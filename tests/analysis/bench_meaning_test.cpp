// Answers sorted by what they do: texts that differ in form share a class, texts that differ in meaning are told apart by an input.
#include "analysis/bench/meaning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sandbox.h"

namespace assay::analysis::bench {
namespace {

/// Larger of two numbers; the tests do not tell `>` from `>=` on equal numbers, which mean the same here.
CodeTask larger_task() {
  CodeTask task{.id = "r1", .family = "extreme"};
  task.declaration = "int larger(int a, int b) {";
  task.prompt = task.declaration;
  task.function = "larger";
  task.reference = task.declaration + " return a > b ? a : b; }\n";
  task.visible = {{{{false, {1}}, {false, {2}}}, 2, {}}};
  return task;
}

Meanings sorted(const std::vector<std::string>& answers) {
  std::atomic<bool> stop = false;
  Progress silent;
  Session session{silent, stop};
  const CodeTask task = larger_task();
  Result<TaskJudge> judge = TaskJudge::create(task, {}, session);
  EXPECT_TRUE(judge) << (judge ? "" : judge.error().to_string());
  std::vector<JudgedAnswer> judged;
  for (const std::string& answer : answers) {
    const std::string text = answer_text(task, answer);
    judged.push_back({text, *judge->run(text, session)});
  }
  Result<Meanings> meanings = sort_by_meaning(*judge, judged, session);
  EXPECT_TRUE(meanings) << (meanings ? "" : meanings.error().to_string());
  EXPECT_EQ(to_json(*meanings_from_json(to_json(*meanings))), to_json(*meanings));
  return *meanings;
}

TEST(BenchMeaning, equal_meanings_share_a_class_and_others_are_told_apart) {
  if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  const Meanings found = sorted({" return b; }", " if (a < b) return b; return a; }", " return a >= b ? a : b; }", " return nothing; }",
                                 " int c = b; return c; }", " return a * 0 + b; }"});
  ASSERT_EQ(found.classes.size(), 2u);
  EXPECT_EQ(found.classes[0], (std::vector<std::size_t>{0, 4, 5}));
  EXPECT_EQ(found.classes[1], (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(found.unsorted, std::vector<std::size_t>{3});
  EXPECT_EQ(found.reference_class, 1u);
  ASSERT_EQ(found.distinctions.size(), 1u);
  EXPECT_EQ(found.distinctions[0].input.size(), 2u);
  EXPECT_NE(found.distinctions[0].first_answer, found.distinctions[0].second_answer);
}

TEST(BenchMeaning, one_answer_is_a_class_of_its_own) {
  if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  const Meanings right = sorted({" return a > b ? a : b; }"}), wrong = sorted({" return a; }"}), broken = sorted({" return c; }"});
  EXPECT_EQ(right.classes.size(), 1u);
  EXPECT_EQ(right.reference_class, 0u);
  EXPECT_EQ(wrong.classes.size(), 1u);
  EXPECT_EQ(wrong.reference_class, std::nullopt);
  EXPECT_EQ(broken.unsorted, std::vector<std::size_t>{0});
}

TEST(BenchMeaning, undefined_behaviour_on_one_input_is_another_meaning) {
  if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  const Meanings found = sorted({" return a > b ? a : b; }", " return a - b > 0 ? a : b; }"});
  EXPECT_EQ(found.classes.size(), 2u);
  EXPECT_EQ(found.distinctions.size(), 1u);
  EXPECT_EQ(found.undecided_pairs, 0);
}

}  // namespace
}  // namespace assay::analysis::bench
