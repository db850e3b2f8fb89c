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
  WrongDecision decision(const std::string& answer, const std::vector<std::string>& right = {}) {
    const CodeTask task = sum_task();
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
  // After `i = 1; i <` the loop could still run to n and read a[i - 1].
  ASSERT_EQ(found.others.size(), 2u);
  EXPECT_EQ(found.others[0].kind, "name");
  EXPECT_EQ(found.others[0].instead, "n + 1");
  EXPECT_EQ(found.others[0].begin, text_.find("n; i++"));
  EXPECT_EQ(at(found.others[0]), "n");
  EXPECT_EQ(found.others[1].instead, "i - 1");
  EXPECT_GT(found.completions, found.tried) << "what stands before it need not be tried";
}

TEST_F(BenchWrongDecision, is_where_a_right_text_that_begins_alike_goes_on_otherwise) {
  const std::string wrong = "\n    if (n == 2) {\n        return 3;\n    }\n    return 0;\n}";
  const std::string right = "\n    if (n == 0) {\n        return 0;\n    }\n    unsigned s = 0;\n    while (n > 0) s += a[--n];\n    return s;\n}";
  const WrongDecision alone = decision(wrong);
  ASSERT_EQ(alone.state, State::kFound);
  EXPECT_EQ(alone.others, (std::vector<OtherToken>{{"text", text_.find("if"), text_.find("if") + 2, "if", "unsigned"}})) << "as in the reference";
  EXPECT_EQ(alone.tried, alone.completions) << "each was refuted";
  const WrongDecision beside = decision(wrong, {right});
  ASSERT_EQ(beside.state, State::kFound);
  EXPECT_EQ(beside.others, (std::vector<OtherToken>{{"text", text_.find("2)"), text_.find("2)") + 1, "2", "0"}}));
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
