// Where an answer went wrong: the token, in the answer's own bytes, and what would have to stand there.
#include "analysis/bench/wrong_decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/bench/meaning.h"
#include "tests/analysis/bench_support.h"

namespace assay::analysis::bench {
namespace {

using State = WrongDecision::State;

class BenchWrongDecision : public InSandbox {
 protected:
  WrongDecision decision(const std::string& answer, const std::vector<std::string>& right = {}, const CodeTask& task = sum_task()) {
    text_ = answer_text(task, answer);
    Result<TaskJudge> judge = TaskJudge::create(task, {}, session_);
    EXPECT_TRUE(judge) << (judge ? "" : judge.error().to_string());
    if (!judge) return {};
    Result<Judgement> judgement = judge->run(text_, session_);
    EXPECT_TRUE(judgement && went_wrong(*judgement));
    if (!judgement) return {};
    std::vector<std::string> texts;
    for (const std::string& each : right) texts.push_back(answer_text(task, each));
    Result<WrongDecision> found = find_wrong_decision(*judge, text_, *judgement, texts, session_);
    EXPECT_TRUE(found) << (found ? "" : found.error().to_string());
    return found ? *found : WrongDecision{};
  }

  /// What stands where the decision was taken.
  std::string at(const OtherToken& token) const { return text_.substr(token.begin, token.end - token.begin); }

  std::string text_;
};

TEST_F(BenchWrongDecision, is_the_token_after_which_nothing_helps) {
  const WrongDecision found = decision("\n    unsigned s = 0;\n    for (int i = 1; i < n; i++) {\n        s += a[i];\n    }\n    return s;\n}");
  ASSERT_EQ(found.state, State::kFound) << found.reason;
  // After `i = 1; i <` the loop could still run to n and read a[i - 1]; after `i < n` it could still become `i < n + 1`.
  EXPECT_GE(found.others[0].begin, text_.find("n; i++"));
  EXPECT_GE(found.until, found.others[0].end);
  EXPECT_GT(found.completions, found.tried) << "what stands before it need not be tried";
  EXPECT_GT(found.prefixes, 0u);
}

TEST_F(BenchWrongDecision, is_where_a_right_text_that_begins_alike_goes_on_otherwise) {
  const std::string wrong = "\n    if (n == 2) {\n        return 3;\n    }\n    return 0;\n}";
  const std::string right = "\n\n    if(n == 0) {\n        return 0;\n    }\n    unsigned s = 0;\n    while (n > 0) s += a[--n];\n    return s;\n}";
  const WrongDecision alone = decision(wrong);
  ASSERT_EQ(alone.state, State::kFound) << alone.reason;
  EXPECT_EQ(alone.others, (std::vector<OtherToken>{{"other token", text_.find("if"), text_.find("if") + 2, "if", "unsigned"}}))
      << "as in the reference";
  EXPECT_EQ(alone.tried, alone.completions) << "each was refuted";
  EXPECT_EQ(alone.shown_by, "right text");
  const WrongDecision beside = decision(wrong, {right});
  ASSERT_EQ(beside.state, State::kFound);
  EXPECT_EQ(beside.others, (std::vector<OtherToken>{{"constant", text_.find("2)"), text_.find("2)") + 1, "2", "0"}}));
}

TEST_F(BenchWrongDecision, names_and_layout_of_the_right_text_do_not_matter) {
  const WrongDecision found = decision("unsigned total=0; for (int k = 0; k < n; k++) { total -= a[k]; total = 3; } return total;\n}");
  ASSERT_EQ(found.state, State::kFound) << found.reason;
  EXPECT_GE(found.others[0].begin, text_.find("-=")) << "all before it is the reference's";
}

TEST_F(BenchWrongDecision, of_broken_text_is_not_behind_what_clang_refuses) {
  const WrongDecision found = decision("\n    unsigned s = 0;\n    for (int i = 0; i < n; i++) {\n        s += a[i) ;\n    }\n    return s;\n}");
  ASSERT_EQ(found.state, State::kFound) << found.reason;
  EXPECT_EQ(found.others[0].kind, "not code");
  EXPECT_EQ(found.others[0].begin, text_.find(") ;"));
  EXPECT_EQ(found.others[0].instead, "]");
  EXPECT_FALSE(found.is_range());
  EXPECT_EQ(found.holes, 0u) << "it has no own rest";
}

/// Of `*a[i` some completions are no C: the compiler refutes them.
TEST_F(BenchWrongDecision, completions_that_are_no_c_are_refuted) {
  const WrongDecision found = decision("\n    unsigned s = 0;\n    for (int i = 0; i < n; i++) {\n        s += *a[i];\n    }\n    return s;\n}");
  ASSERT_EQ(found.state, State::kFound) << found.reason;
  EXPECT_EQ(found.undecided_prefixes, 0u) << found.reason;
  EXPECT_THAT(text_.substr(0, found.others[0].begin), testing::EndsWith("*a")) << "`*a` and a statement behind it could still do";
}

/// The prompt ends within the function; what stands before it uses the variable's name as well.
TEST_F(BenchWrongDecision, of_a_prompt_within_the_function_is_found_beside_the_reference) {
  CodeTask task = sum_task();
  task.prompt = "int twice(int d) { return d + d; }\n" + task.prompt + "\n    unsigned t = 0;\n    for (int d = 0; d";
  const WrongDecision found = decision(" < n; d++) {\n        t *= n;\n        t = 3;\n    }\n    return 4;\n}", {}, task);
  ASSERT_EQ(found.state, State::kFound) << found.reason;
  EXPECT_GE(found.others[0].begin, text_.find("t *=")) << "all before it is the reference's";
}

TEST_F(BenchWrongDecision, of_a_function_that_calls_itself) {
  const WrongDecision found = decision("\n    if (n == 0) return 0;\n    return a[n] + " + sum_task().function + "(a, n - 1);\n}");
  ASSERT_EQ(found.state, State::kFound) << found.reason;
  EXPECT_GT(found.prefixes, found.undecided_prefixes);
  EXPECT_GT(found.smallest_grammar, 0u);
}

TEST_F(BenchWrongDecision, text_that_ends_early_may_still_be_open) {
  const WrongDecision open = decision("\n    unsigned s = 0;\n    for (int i = 0; i < n; i++) {\n        s += ");
  EXPECT_EQ(open.state, State::kStillOpen) << open.reason;
  EXPECT_THAT(open.others, testing::IsEmpty());
}

TEST_F(BenchWrongDecision, survives_its_text_form) {
  const WrongDecision found = decision("\n    unsigned s = 0;\n    for (int i = 0; i <= n; i++) s += a[i];\n    return s;\n}");
  EXPECT_EQ(wrong_decision_from_json(to_json(found)), found);
  Json broken = to_json(found);
  broken["state"] = "guessed";
  EXPECT_FALSE(wrong_decision_from_json(broken));
  broken = to_json(found);
  broken["tokens"] = Json::array();
  EXPECT_FALSE(wrong_decision_from_json(broken)) << "found, and nothing is named";
}

}  // namespace
}  // namespace assay::analysis::bench
