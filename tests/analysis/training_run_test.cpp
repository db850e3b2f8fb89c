#include "analysis/tasks/training_run.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/analysis/adder.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using circuits::TrainingExample;
using ::testing::ElementsAre;
using testing::FakeNetwork;
using ::testing::HasSubstr;
using testing::kAdderProgram;
using testing::kAdderTask;
using testing::kMaximumProgram;
using testing::kMaximumTask;
using testing::Workspace;

const char* const kSpec = R"(
task = "maximum.task.toml"
labels = { file = "maximum.c", function = "maximum" }
extend = 2
share_longer = 0.5
[network]
layout = "gpt2"
layers = 2
heads = 2
d_model = 16
[training]
seed = 7
steps = 50
schedule = "linear"
)";

/// Stands in for the trainer: asks for examples as it would and writes nothing.
class CountingEngine : public circuits::Engine {
 public:
  Result<std::unique_ptr<circuits::Network>> load(const std::string&, const circuits::LoadOptions&) override {
    return unsupported("not part of this test");
  }
  Result<circuits::TrainingReport> train(const circuits::TrainingSpec& spec, const circuits::ExampleSource& examples, const circuits::DomainCheck&,
                                         Session&) override {
    std::filesystem::create_directories(spec.output);
    for (std::uint64_t index = 1000; index < 1000 + drawn; ++index) examples.example(index);
    ++runs;
    circuits::TrainingReport report;
    report.steps = 50;
    report.accuracy = {84, 84, 1.5};
    return report;
  }
  std::string torch_version() const override { return ""; }
  std::vector<std::string> devices() const override { return {}; }
  Status self_test() override { return {}; }
  std::uint64_t drawn = 0;
  int runs = 0;
};

struct TrainingRunTest : ::testing::Test {
  Workspace workspace;

  void SetUp() override {
    workspace.write("maximum.task.toml", kMaximumTask);
    workspace.write("maximum.c", kMaximumProgram);
  }
  Result<TrainingRun> read(const std::string& spec) { return read_training_run(workspace.write("m.train.toml", spec)); }
  TrainingRun run(const std::string& spec = kSpec) {
    Result<TrainingRun> found = read(spec);
    EXPECT_TRUE(found) << found.error().to_string();
    return found ? std::move(*found) : TrainingRun{};
  }
  std::string error(std::string spec, const std::string& from, const std::string& to) {
    spec.replace(spec.find(from), from.size(), to);
    const Result<TrainingRun> found = read(spec);
    return found ? "no error" : found.error().to_string();
  }
  static TokenId maximum(std::span<const TokenId> prefix) {
    TokenId best = 0;
    for (const TokenId token : prefix)
      if (token < 4) best = std::max(best, token);
    return best;
  }
};

TEST_F(TrainingRunTest, a_specification_says_network_training_and_domain) {
  const TrainingRun found = run();
  EXPECT_EQ(found.spec.layers, 2);
  EXPECT_EQ(found.spec.seed, 7u);
  EXPECT_EQ(found.spec.schedule, "linear");
  EXPECT_EQ(found.spec.vocabulary, 5);
  EXPECT_EQ(found.longest, 6) << "<bos> and five digits";
  EXPECT_EQ(found.spec.positions, 6) << "as long as the longest training sequence";
  EXPECT_EQ(found.task.domain.spec().max_length, 3);
  EXPECT_EQ(found.training_domain.spec().max_length, 5);
  EXPECT_EQ(found.output, workspace.path("model"));
}

TEST_F(TrainingRunTest, what_is_wrong_is_named_with_its_place_or_the_nearest_word) {
  EXPECT_THAT(error(kSpec, "d_model", "d_modle"), HasSubstr("did you mean 'd_model'?"));
  EXPECT_THAT(error(kSpec, "\"linear\"", "\"liner\""), HasSubstr("did you mean \"linear\"?"));
  EXPECT_THAT(error(kSpec, "layers = 2", "layers = 900"), HasSubstr("layers is 900; use 0 to 64"));
  EXPECT_THAT(error(kSpec, "layers = 2", "positions = 5"), HasSubstr("5 positions, but the longest training sequence has 6 tokens"));
  EXPECT_THAT(error(kSpec, "labels = { file = \"maximum.c\", function = \"maximum\" }", ""), HasSubstr("has no `labels`"));
  EXPECT_THAT(error(kSpec, "\"maximum\" }", "\"maximun\" }"), HasSubstr("did you mean 'maximum'?"));
  EXPECT_THAT(error(kSpec, "[network]", "[netwrok]"), HasSubstr("m.train.toml:6:2: unknown key 'netwrok'; did you mean 'network'?"));
  EXPECT_THAT(error(kSpec, "task =", "tsk ="), HasSubstr("m.train.toml:2:1: unknown key 'tsk'; did you mean 'task'?"));
  EXPECT_THAT(error(kSpec, "labels =", "labls ="), HasSubstr("m.train.toml:3:1: unknown key 'labls'; did you mean 'labels'?"));
  EXPECT_THAT(error(kSpec, "function = \"maximum\"", "functon = \"maximum\""), HasSubstr("did you mean 'function'?"));
  EXPECT_THAT(error(kSpec, "task = \"maximum.task.toml\"\n", ""), HasSubstr("m.train.toml:1:1: the training spec has neither `task` nor [corpus]"));
  EXPECT_THAT(read(std::string(kSpec).replace(0, std::string(kSpec).find("[network]"), "[corpsu]\n")).error().to_string(),
              HasSubstr("m.train.toml:1:2: unknown key 'corpsu'; did you mean 'corpus'?"));
  EXPECT_THAT(read(std::string(kSpec) + "[domain]\nalphabet = [\"0..3\"]\nmax_length = 4\n").error().to_string(),
              HasSubstr("both `extend` and [domain]"));
}

TEST_F(TrainingRunTest, examples_are_a_pure_function_of_their_number_with_right_labels_everywhere) {
  const TrainingRun spec = run();
  const std::unique_ptr<LabelledExamples> examples = *LabelledExamples::create(spec);
  std::set<std::size_t> lengths;
  for (std::uint64_t index = 0; index < 300; ++index) {
    const TrainingExample example = examples->example(index), again = examples->example(index);
    EXPECT_EQ(example.tokens, again.tokens);
    ASSERT_EQ(example.positions.size(), example.tokens.size() - 1) << "every prefix but <bos> alone is scored";
    ASSERT_EQ(example.targets.size(), example.positions.size());
    for (std::size_t i = 0; i < example.positions.size(); ++i)
      EXPECT_EQ(example.targets[i], maximum({example.tokens.data(), static_cast<std::size_t>(example.positions[i]) + 1}));
    lengths.insert(example.tokens.size() - 1);
  }
  EXPECT_THAT(lengths, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_FALSE(examples->failure());
}

TEST_F(TrainingRunTest, share_longer_says_how_many_examples_go_beyond_the_declared_domain) {
  std::string spec = kSpec;
  const auto longest_with = [&](const char* share) {
    std::string changed = spec;
    changed.replace(changed.find("share_longer = 0.5"), 18, std::string("share_longer = ") + share);
    const TrainingRun found = run(changed);
    const std::unique_ptr<LabelledExamples> examples = *LabelledExamples::create(found);
    std::size_t longest = 0;
    for (std::uint64_t index = 0; index < 300; ++index) longest = std::max(longest, examples->example(index).tokens.size() - 1);
    return longest;
  };
  EXPECT_EQ(longest_with("0"), 3u);
  EXPECT_EQ(longest_with("1"), 5u);
}

TEST_F(TrainingRunTest, answers_are_fed_back_as_the_labels_give_them) {
  workspace.write("adder.task.toml", kAdderTask);
  workspace.write("adder.c", kAdderProgram);
  const TrainingRun spec = run("task = \"adder.task.toml\"\nlabels = { file = \"adder.c\", function = \"add\" }\n[network]\nd_model = 16\n");
  const std::unique_ptr<LabelledExamples> examples = *LabelledExamples::create(spec);
  for (std::uint64_t index = 0; index < 64; ++index) {
    const TrainingExample example = examples->example(index);
    ASSERT_EQ(example.tokens.size(), 4u);
    const int sum = example.tokens[0] + example.tokens[1];
    EXPECT_EQ(example.tokens[3], sum / 4);
    EXPECT_THAT(example.positions, ElementsAre(2, 3));
    EXPECT_THAT(example.targets, ElementsAre(sum / 4, sum % 4));
  }
}

TEST_F(TrainingRunTest, sets_are_counted_by_token) {
  workspace.write("sets.task.toml",
                  "name = \"sets\"\nmodel = \"model\"\n[vocabulary]\nsymbols = [\"<bos>\", \"a\", \"b\"]\n[domain]\nstart = [\"<bos>\"]\nalphabet = "
                  "[\"a\", \"b\"]\nmin_length = 1\nmax_length = 2\n"
                  "[output]\nkind = \"set\"\nscored = \"every\"\nsymbols = [\"b\", \"a\"]\n[program]\narguments = [\"prefix\", \"length\"]\n");
  workspace.write("sets.c", "int next(const int *s, int n) { return s[n - 1] == 0 ? 1 : 2; }");
  const TrainingRun spec = run("task = \"sets.task.toml\"\nlabels = { file = \"sets.c\", function = \"next\" }\n[network]\nd_model = 16\n");
  const std::unique_ptr<LabelledExamples> examples = *LabelledExamples::create(spec);
  for (std::uint64_t index = 0; index < 32; ++index) {
    const TrainingExample example = examples->example(index);
    ASSERT_EQ(example.sets.size(), example.positions.size());
    for (std::size_t i = 0; i < example.sets.size(); ++i) {
      const bool after_a = example.tokens[static_cast<std::size_t>(example.positions[i])] == 1;
      EXPECT_EQ(example.sets[i], after_a ? 1u << 2 : 1u << 1) << "after a the set {b}, and b is token 2";
    }
  }
}

TEST_F(TrainingRunTest, labels_without_an_answer_end_the_run_with_the_input) {
  CountingEngine engine;
  workspace.write("maximum.c", "int maximum(const int *s, int n) { return s[0] == 2 ? 1 / (n - n) : s[0]; }");
  const Result<circuits::TrainingReport> report = train(run(), engine, workspace.session);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kInput);
  EXPECT_THAT(report.error().message, HasSubstr("the labels' program gives no answer on 2"));
  EXPECT_THAT(report.error().message, HasSubstr("divisor is zero"));
  EXPECT_EQ(engine.runs, 0);
}

TEST_F(TrainingRunTest, labels_without_a_symbol_end_the_run) {
  CountingEngine engine;
  workspace.write("maximum.c", "int maximum(const int *s, int n) { return 40 + s[0]; }");
  EXPECT_THAT(train(run(), engine, workspace.session).error().message, HasSubstr("returns 4"));
}

TEST_F(TrainingRunTest, labels_that_do_not_end_are_tried_once) {
  CountingEngine engine;
  workspace.write("maximum.c", "int maximum(const int *s, int n) {\n  while (n > 0) n = n * 1;\n  return 0;\n}");
  EXPECT_THAT(train(run(), engine, workspace.session).error().message, HasSubstr("endless loop at"));
}

TEST_F(TrainingRunTest, labels_that_fail_on_a_rare_example_are_found_after_training) {
  CountingEngine engine;
  engine.drawn = 20'000;
  std::string program =
      "int maximum(const int *s, int n) { return n == 5 && s[0] == 3 && s[1] == 3 && s[2] == 3 && s[3] == 3 ? 1 / (n - 5) : s[0]; }";
  workspace.write("maximum.c", program);
  const Result<circuits::TrainingReport> report = train(run(), engine, workspace.session);
  EXPECT_EQ(engine.runs, 1) << "none of the first examples shows it";
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("gives no answer on 3333"));
}

TEST_F(TrainingRunTest, what_was_trained_is_written_beside_the_weights) {
  CountingEngine engine;
  const TrainingRun spec = run();
  ASSERT_TRUE(train(spec, engine, workspace.session));
  const auto facts = nlohmann::json::parse(*read_file(workspace.path("model/assay_training.json")));
  EXPECT_EQ(facts["trained_positions"], 6);
  EXPECT_EQ(facts["task_hash"], spec.task.hash);
  EXPECT_EQ(facts["correct"], 84);
}

TEST_F(TrainingRunTest, the_check_counts_the_declared_domain_and_a_tie_is_wrong) {
  const TrainingRun spec = run();
  FakeNetwork network([](std::span<const TokenId>) { return 0; },
                      [](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
                        if (prefix.size() == 2 && prefix[1] == 1) return Answer{0, 0, 3};  // wrong
                        if (prefix.size() == 2 && prefix[1] == 2) return Answer{2, 0, 0};  // a tie
                        return Answer{maximum(prefix), 0, prefix.size() == 3 ? 0.25f : 2.f};
                      });
  const circuits::DomainAccuracy accuracy = *domain_check(spec, workspace.session)(network);
  EXPECT_EQ(accuracy.inputs, 84u);
  EXPECT_EQ(accuracy.correct, 82u);
  EXPECT_EQ(accuracy.smallest_margin, 0);
  EXPECT_FALSE(accuracy.exact());
}

TEST_F(TrainingRunTest, an_interrupted_check_is_no_count) {
  const TrainingRun spec = run();
  int asked = 0;
  FakeNetwork network([](std::span<const TokenId>) { return 0; },
                      [&](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
                        if (++asked == 10) workspace.stop = true;
                        return Answer{maximum(prefix), 0, 2};
                      });
  const Result<circuits::DomainAccuracy> accuracy = domain_check(spec, workspace.session)(network);
  ASSERT_FALSE(accuracy) << "exact on the first ten inputs is not exact";
  EXPECT_EQ(accuracy.error().kind, ErrorKind::kCancelled);
}

TEST_F(TrainingRunTest, examples_are_known_by_their_labels_and_domain) {
  std::set<std::string> seen = {run().spec.examples};
  EXPECT_EQ(run().spec.examples, *seen.begin());
  std::string shorter = kSpec, mixed = kSpec;
  shorter.replace(shorter.find("extend = 2"), 10, "extend = 1");
  mixed.replace(mixed.find("= 0.5"), 5, "= 0.6");
  EXPECT_TRUE(seen.insert(run(shorter).spec.examples).second);
  EXPECT_TRUE(seen.insert(run(mixed).spec.examples).second);
  workspace.write("maximum.c", std::string(kMaximumProgram) + "// changed\n");
  EXPECT_TRUE(seen.insert(run().spec.examples).second);
}

TEST_F(TrainingRunTest, a_run_that_starts_from_a_model_has_no_shapes_of_its_own) {
  const std::string shapes = "layout = \"gpt2\"\nlayers = 2\nheads = 2\nd_model = 16\n";
  std::string started = kSpec;
  started.replace(started.find(shapes), shapes.size(), "from = \"other\"\n");
  EXPECT_EQ(run(started).spec.from, workspace.path("other"));
  std::string longer = started;
  longer.replace(longer.find("extend = 2"), 10, "extend = 40");  // the default of positions is not the model's
  EXPECT_GT(run(longer).longest, circuits::TrainingSpec().positions);
  EXPECT_THAT(error(started, "from =", "layers = 2\nfrom ="), AllOf(HasSubstr("both `from` and `layers`"), HasSubstr("m.train.toml:")));
}

}  // namespace
}  // namespace assay::analysis
