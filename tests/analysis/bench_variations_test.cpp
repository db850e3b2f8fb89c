// A change that must not matter and one that must, decided by what the code does and not by how it looks.
#include "analysis/bench/variations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/analysis/bench_support.h"

namespace assay::analysis::bench {
namespace {

CodeTask limit_task(const std::string& function, const std::string& value, const std::string& limit, const std::string& reference) {
  CodeTask task{.id = function, .family = "clamp"};
  task.declaration = "int " + function + "(int " + value + ", int " + limit + ") {";
  task.prompt = task.declaration;
  task.function = function;
  task.reference = task.declaration + reference + "\n";
  return task;
}

class BenchVariations : public InSandbox {
 protected:
  VariationResult compared(const std::string& kind, const CodeTask& base, const std::string& base_answer, const CodeTask& other,
                           const std::string& other_answer) {
    Result<TaskJudge> first = TaskJudge::create(base, {}, session_), second = TaskJudge::create(other, {}, session_);
    EXPECT_TRUE(first && second);
    const auto judged = [&](const TaskJudge& judge, const std::string& answer) {
      const std::string text = answer_text(judge.task(), answer);
      return JudgedAnswer{text, *judge.run(text, session_)};
    };
    Result<VariationResult> result =
        compare_variation({0, 1, kind, ""}, *first, judged(*first, base_answer), *second, judged(*second, other_answer), session_);
    EXPECT_TRUE(result) << (result ? "" : result.error().to_string());
    return result ? *result : VariationResult{};
  }

  const CodeTask base_ = limit_task("limit", "x", "hi", " return x > hi ? hi : x; }");
};

TEST_F(BenchVariations, other_names_and_another_form_are_the_same_meaning) {
  const CodeTask renamed = limit_task("cap", "v", "most", " return v > most ? most : v; }");
  const VariationResult found = compared("names", base_, " return x > hi ? hi : x; }", renamed, " if (v >= most) return most; return v; }");
  EXPECT_TRUE(found.comparable);
  EXPECT_EQ(found.found.same, SameMeaning::kYes);
  EXPECT_EQ(count_variations({found})[0].as_it_must, 1u);
}

TEST_F(BenchVariations, a_meaning_that_changed_though_it_must_not_comes_with_an_input) {
  const CodeTask renamed = limit_task("cap", "v", "most", " return v > most ? most : v; }");
  const VariationResult found = compared("names", base_, " return x > hi ? hi : x; }", renamed, " return most; }");
  EXPECT_EQ(found.found.same, SameMeaning::kNo);
  EXPECT_EQ(found.found.input.size(), 2u);
  EXPECT_EQ(count_variations({found})[0].against, 1u);
}

TEST_F(BenchVariations, a_meaning_that_stayed_though_it_must_change_counts_against) {
  const CodeTask lower = limit_task("limit", "x", "hi", " return x < hi ? hi : x; }");
  const VariationResult found = compared("attribute", base_, " return x > hi ? hi : x; }", lower, " return x > hi ? hi : x; }");
  EXPECT_EQ(found.found.same, SameMeaning::kYes);
  EXPECT_EQ(count_variations({found})[0].against, 1u);
}

TEST_F(BenchVariations, a_broken_answer_has_no_meaning_to_compare) {
  const VariationResult found = compared("names", base_, " return x > hi ? hi : x; }", base_, " return y; }");
  EXPECT_FALSE(found.comparable);
  EXPECT_EQ(count_variations({found})[0].without_meaning, 1u);
}

TEST_F(BenchVariations, functions_of_other_types_are_not_compared_and_the_run_goes_on) {
  CodeTask wide = limit_task("limit", "x", "hi", " return x > hi ? hi : x; }");
  wide.declaration = wide.prompt = "long limit(long x, long hi) {";
  wide.reference = wide.declaration + " return x > hi ? hi : x; }\n";
  const VariationResult found = compared("attribute", base_, " return x > hi ? hi : x; }", wide, " return x > hi ? hi : x; }");
  EXPECT_EQ(found.found.same, SameMeaning::kUnknown);
  EXPECT_THAT(found.found.reason, testing::HasSubstr("parameter 1 is 'int' in 'limit' and 'long' in 'limit'"));
  EXPECT_EQ(count_variations({found})[0].undecided, 1u);
}

}  // namespace
}  // namespace assay::analysis::bench
