// Models that write text: one that never stops, and one whose tokenizer is another's.
#include "analysis/bench/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "analysis/bench/bench_run.h"
#include "base/files.h"
#include "base/sandbox.h"
#include "tests/analysis/fake_network.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis::bench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Goes on with "+n" for as long as it may.
class EndlessWriter : public analysis::testing::FakeNetwork {
 public:
  EndlessWriter() : FakeNetwork({}, {}) {}
  int written = 0;  ///< texts

  Result<const circuits::Tokenizer*> tokenizer() override { return &words_; }
  Result<std::vector<circuits::Generation>> generate(const circuits::GenerationRequest& request, Session&) override {
    std::vector<circuits::Generation> all;
    for (std::size_t prompt = 0; prompt < request.prompts.size(); ++prompt) {
      circuits::Generation text{.prompt = prompt, .text = "return n", .finish = circuits::Generation::Finish::kTokenLimit};
      for (int i = 0; i < request.max_tokens; ++i) {
        const std::size_t begin = text.text.size();
        text.text += "+n";
        text.tokens.push_back({.token = 1, .log_probability = -0.5, .begin = begin, .end = begin + 2});
      }
      all.push_back(std::move(text));
      ++written;
    }
    return all;
  }

 private:
  circuits::Tokenizer words_ = circuits::tokenizer_of(circuits::byte_level_json({}));
};

Suite suite_of_one() {
  CodeTask task{.id = "r1", .family = "half"};
  task.declaration = task.prompt = "int half(int n) {";
  task.function = "half";
  task.contract = {"requires n >= 0;"};
  task.reference = "//@ requires n >= 0;\nint half(int n) { return n / 2; }\n";
  Suite suite;
  suite.tasks = {task};
  suite.sampling.max_tokens = 50;
  return suite;
}

class BenchAnswers : public ::testing::Test {
 protected:
  TemporaryFolder folder_ = std::move(*TemporaryFolder::create("assay-answers-"));
  std::atomic<bool> stop_ = false;
  Progress silent_;
  Session session_{silent_, stop_};
};

TEST_F(BenchAnswers, a_model_that_never_stops_ends_at_the_token_limit_and_its_answer_is_broken) {
  if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  EndlessWriter network;
  const Suite suite = suite_of_one();
  Result<Cache> cache = Cache::open(folder_.path() + "/cache.sqlite");
  Result<ModelAnswers> answers = answers_of(network, nullptr, suite, *cache, session_);
  ASSERT_TRUE(answers) << answers.error().to_string();
  EXPECT_EQ(answers->samples.at(0).at(0).finish, "token limit");
  EXPECT_EQ(answers->tokens, 50u);
  Result<BenchRun> run = judge_completions(suite.tasks, answers->samples, {}, *cache, session_);
  ASSERT_TRUE(run) << run.error().to_string();
  const Judgement& judgement = run->models[0].tasks[0].judgement(0);
  EXPECT_EQ(label_of(judgement), Label::kBroken);
  EXPECT_THAT(judgement.broken, HasSubstr("expected"));
}

TEST_F(BenchAnswers, what_was_written_is_not_written_again) {
  EndlessWriter network;
  const Suite suite = suite_of_one();
  Result<Cache> cache = Cache::open(folder_.path() + "/cache.sqlite");
  const Result<ModelAnswers> first = answers_of(network, nullptr, suite, *cache, session_),
                             second = answers_of(network, nullptr, suite, *cache, session_);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(network.written, 1);
  EXPECT_EQ(to_json(first->samples[0][0]), to_json(second->samples[0][0]));
}

TEST_F(BenchAnswers, chat_with_a_model_that_has_no_chat_template_is_unsupported_and_says_what_to_do) {
  EndlessWriter network;
  Suite suite = suite_of_one();
  suite.sampling.chat = "Write this C function.";
  Cache cache = *Cache::open("");
  const Result<ModelAnswers> answers = answers_of(network, nullptr, suite, cache, session_);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(answers.error().to_string(), AllOf(HasSubstr("chat template is missing"), HasSubstr("leave `chat` out")));
  EXPECT_EQ(network.written, 0);
}

TEST_F(BenchAnswers, a_tokenizer_of_another_model_is_an_error_that_names_both_files) {
  const std::string model = folder_.path() + "/model";
  std::filesystem::copy(ASSAY_SOURCE_DIR "/zoo/addition/model", model);
  ASSERT_TRUE(write_file(model + "/tokenizer.json", circuits::byte_level_json({}).dump()));
  const Result<circuits::Network*> answers = Networks().of(SuiteModel{"small", model, ""});
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().kind, ErrorKind::kInput);
  EXPECT_THAT(answers.error().message,
              AllOf(HasSubstr("weights in " + model), HasSubstr(model + "/tokenizer.json"), HasSubstr("ids up to 255"), HasSubstr("12 tokens")));
}

TEST_F(BenchAnswers, a_model_without_a_tokenizer_is_named) {
  const Result<circuits::Network*> answers = Networks().of(SuiteModel{"small", ASSAY_SOURCE_DIR "/zoo/addition/model", ""});
  ASSERT_FALSE(answers);
  EXPECT_THAT(answers.error().message, HasSubstr("model 'small'"));
}

}  // namespace
}  // namespace assay::analysis::bench
