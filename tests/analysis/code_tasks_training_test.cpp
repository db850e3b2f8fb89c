// Training specs with a generated corpus: what they are read as, what the periodic check counts, and a run of a few steps.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "analysis/code_tasks/code_training.h"
#include "tests/analysis/code_tasks_support.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis::code_tasks {
namespace {

using ::testing::HasSubstr;
using testing::network_that_knows;
using testing::shared_generator;
using testing::shared_vocabulary;

const char* const kSpec = R"(
output = "model"
[corpus]
generator = "code"
window = 160
check = 4
[network]
layout = "llama"
layers = 1
heads = 2
kv_heads = 1
d_model = 16
d_mlp = 32
tied_embeddings = true
[training]
seed = 3
steps = 2
batch = 2
check_every = 2
dtype = "bfloat16"
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string error_of(const analysis::testing::Workspace& work, const std::string& spec) {
  const auto run = read_code_training(work.write("code.train.toml", spec));
  EXPECT_FALSE(run);
  return run ? "" : run.error().to_string();
}

TEST(CodeTasksTraining, a_spec_of_a_task_is_left_to_others) {
  analysis::testing::Workspace work;
  const auto run = read_code_training(work.write("task.train.toml", "task = \"x.task.toml\"\n"));
  ASSERT_TRUE(run) << run.error().to_string();
  EXPECT_FALSE(*run);
}

TEST(CodeTasksTraining, reads_corpus_network_and_training) {
  analysis::testing::Workspace work;
  const auto run = read_code_training(work.write("code.train.toml", kSpec));
  ASSERT_TRUE(run) << run.error().to_string();
  ASSERT_TRUE(*run);
  EXPECT_EQ((*run)->corpus.window, 160);
  EXPECT_EQ((*run)->spec.positions, 160);
  EXPECT_EQ((*run)->spec.vocabulary, static_cast<int>(shared_vocabulary().words().size()));
  EXPECT_EQ((*run)->spec.dtype, "bfloat16");
  EXPECT_EQ((*run)->output, work.path("model"));
}

TEST(CodeTasksTraining, the_shipped_spec_is_read) {
  const auto run = read_code_training(std::string(ASSAY_SOURCE_DIR) + "/zoo/code/code.train.toml");
  ASSERT_TRUE(run) << run.error().to_string();
  EXPECT_EQ((*run)->spec.layout, "llama");
}

TEST(CodeTasksTraining, wrong_values_are_named) {
  analysis::testing::Workspace work;
  EXPECT_THAT(error_of(work, replaced(kSpec, "window = 160", "window = 3")), HasSubstr("window"));
  EXPECT_THAT(error_of(work, replaced(kSpec, "window = 160", "examples = 2.0")), HasSubstr("examples"));
  EXPECT_THAT(error_of(work, replaced(kSpec, "window = 160", "widow = 160")), HasSubstr("widow"));
  EXPECT_THAT(error_of(work, replaced(kSpec, "\"code\"", "\"prose\"")), HasSubstr("generator"));
  EXPECT_THAT(error_of(work, replaced(kSpec, "d_mlp = 32", "positions = 100")), HasSubstr("window has 160 tokens"));
  EXPECT_THAT(error_of(work, replaced(kSpec, "window = 160", "plan = \"absent.json\"")), HasSubstr("absent.json"));
}

TEST(CodeTasksTraining, the_check_counts_requests_of_which_every_token_is_right) {
  const CodeExamples examples(shared_generator(), shared_vocabulary(), {.window = 512});
  std::vector<circuits::TrainingExample> sequences;
  Draw draw(7);
  for (int i = 0; i < 10; ++i) sequences.push_back(examples.single(shared_generator()->draft(draw.next(), {})));
  auto whole = network_that_knows(sequences);
  const auto all = count_written(whole, examples, {}, 10, 7);
  ASSERT_TRUE(all) << all.error().to_string();
  EXPECT_EQ(all->correct, 10u);
  EXPECT_EQ(all->smallest_margin, 2.5);
  EXPECT_TRUE(all->exact());
  sequences[4].tokens.pop_back();  // the end of one is not known
  auto partial = network_that_knows(sequences);
  EXPECT_EQ(count_written(partial, examples, {}, 10, 7)->correct, 9u);
}

TEST(CodeTasksTraining, a_run_writes_the_model_its_tokenizer_and_what_was_counted) {
  analysis::testing::Workspace work;
  const auto run = read_code_training(work.write("code.train.toml", kSpec));
  ASSERT_TRUE(run) << run.error().to_string();
  const auto engine = circuits::open_engine();
  ASSERT_TRUE(engine) << engine.error().to_string();
  const auto report = train(**run, **engine, work.session);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->steps, 2);
  EXPECT_EQ(report->accuracy.inputs, 4u);
  EXPECT_EQ(*read_file(work.path("model/tokenizer.json")), shared_vocabulary().to_json());
  const auto facts = nlohmann::json::parse(*read_file(work.path("model/assay_training.json")));
  EXPECT_EQ(facts["checked"], 4);
  EXPECT_EQ(facts["held_out_checked"], 1);
  const auto network = (*engine)->load(work.path("model"), {});
  ASSERT_TRUE(network) << network.error().to_string();
  EXPECT_EQ((*network)->info().vocabulary, static_cast<int>(shared_vocabulary().words().size()));
}

}  // namespace
}  // namespace assay::analysis::code_tasks
