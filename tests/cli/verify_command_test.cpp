// `assay verify` as a whole, on a trained network: what it prints and writes, how it ends, and what it does with broken input.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/cli/addition.h"

namespace assay {
namespace {

using testing::AdditionFolder;
using ::testing::AllOf;
using testing::assay;
using testing::copied_model;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::kEqualsProgram;
using ::testing::Not;
using testing::replaced;
using ::testing::StartsWith;

const std::string kAlignCarry = "[[align]]\nvariable = \"digit.added.carry[0]\"\nsite = \"resid_pre.1\"\nposition = \"b_units\"\n";

nlohmann::json without_timing(const std::string& text) {
  nlohmann::json json = nlohmann::json::parse(text);
  json.erase("timing");
  return json;
}

TEST(VerifyCommand, stdout_is_the_result_alone_and_result_json_is_the_same_bytes_on_every_run) {
  AdditionFolder folder;
  folder.task();
  folder.hypothesis("right.hypothesis.toml", "digit",
                    kAlignCarry + kEqualsProgram + "expect = \"proved\"\n[[claim]]\nkind = \"iia\"\nthreshold = 0.5\n");
  folder.hypothesis("deeper/mutant.hypothesis.toml", "without_carry", std::string(kEqualsProgram) + "expect = \"refuted\"\n",
                    "../addition.task.toml");
  folder.write("deeper/schoolbook.c", testing::kSchoolbook);
  folder.write("deeper/notes.toml", "this is no hypothesis");
  const ProcessResult first = assay({"verify", folder.folder(), "--no-cache", "--format", "json", "--threads", "1", "--out", folder.path("one")});
  const ProcessResult second = assay({"verify", folder.folder(), "--no-cache", "--format", "json", "--threads", "2", "--out", folder.path("two")});
  EXPECT_EQ(first.exit_code, 0) << first.error_output << first.output;
  EXPECT_EQ(first.output, *read_file(folder.path("one/result.json"))) << "stdout carries the result and nothing else";
  const nlohmann::json result = without_timing(first.output);
  EXPECT_EQ(result.dump(), without_timing(second.output).dump());
  ASSERT_EQ(result["hypotheses"].size(), 2u) << "both folders were searched";
  EXPECT_THAT(result["hypotheses"][0]["file"].get<std::string>(), EndsWith("deeper/mutant.hypothesis.toml"));
  EXPECT_EQ(result["counts"]["as_expected"], 2);
  EXPECT_EQ(result["headline"]["grade"], "refuted") << "the weakest link, however expected";
  const nlohmann::json& controls = result["hypotheses"][1]["claims"][1]["details"]["alignments"]["carry"]["controls"];
  for (const char* name : {"no_swap", "previous_position", "other_site", "random_network"}) EXPECT_TRUE(controls[name].contains("changing")) << name;
}

TEST(VerifyCommand, the_cache_changes_no_byte_of_the_result) {
  AdditionFolder folder;
  folder.task();
  const std::string file = folder.hypothesis("right.hypothesis.toml", "digit", kEqualsProgram);
  const std::vector<std::string> command = {"verify", file, "--cache", folder.path("cache.sqlite"), "--format", "json"};
  const ProcessResult first = assay(command), second = assay(command);
  EXPECT_EQ(without_timing(first.output).dump(), without_timing(second.output).dump());
  EXPECT_EQ(nlohmann::json::parse(second.output)["timing"]["claims"][file]["network_equals_program"]["from_cache"], true);
}

TEST(VerifyCommand, without_expectations_a_refuted_claim_is_exit_1_with_its_witness) {
  AdditionFolder folder;
  folder.task();
  const ProcessResult result = assay({"verify", folder.hypothesis("mutant.hypothesis.toml", "without_carry", kEqualsProgram), "--no-cache"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("first at 22+82=: network 1, program 0"));
}

TEST(VerifyCommand, a_broken_hypothesis_is_exit_2_and_the_others_are_checked) {
  AdditionFolder folder;
  folder.task();
  folder.hypothesis("good.hypothesis.toml", "digit", kEqualsProgram);
  folder.hypothesis("wrong_key.hypothesis.toml", "digit", "[[claim]]\nkind = \"network_equals_program\"\nexpekt = \"proved\"\n");
  folder.write("not_toml.hypothesis.toml", "task = = 3\n");
  const ProcessResult result = assay({"verify", folder.folder(), "--no-cache"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("wrong_key.hypothesis.toml:5:1: unknown key 'claim[0].expekt'; did you mean 'expect'?"));
  EXPECT_THAT(result.output, HasSubstr("not_toml.hypothesis.toml:1:"));
  EXPECT_THAT(result.output, HasSubstr("proved: weakest link is link 2"));
  EXPECT_THAT(result.output, HasSubstr("3 hypotheses (0 skipped, 2 with errors)"));
}

TEST(VerifyCommand, a_misspelt_key_of_a_task_names_the_nearest) {
  AdditionFolder folder;
  const std::string task = folder.task();
  folder.write("addition.task.toml", replaced(*read_file(task), "answer =", "anwser ="));
  const ProcessResult result = assay({"verify", folder.hypothesis("h.hypothesis.toml", "digit", kEqualsProgram), "--no-cache"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, AllOf(HasSubstr("addition.task.toml:7:1"), HasSubstr("did you mean 'answer'?")));
}

TEST(VerifyCommand, c_that_does_not_parse_is_exit_2_with_clangs_message) {
  AdditionFolder folder;
  folder.task();
  folder.write("schoolbook.c", "int digit(const int *a, const int *b, int n, int step) {\n  return a[0] + ;\n}\n");
  const ProcessResult result = assay({"verify", folder.hypothesis("h.hypothesis.toml", "digit", kEqualsProgram), "--no-cache"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, AllOf(HasSubstr("schoolbook.c:2:17"), HasSubstr("expected expression")));
}

TEST(VerifyCommand, an_unsupported_construct_is_exit_4_with_its_place) {
  AdditionFolder folder;
  folder.task();
  folder.write("schoolbook.c", "int digit(const int *a, const int *b, int n, int step) {\n  goto end;\nend:\n  return a[0];\n}\n");
  const ProcessResult result = assay({"verify", folder.hypothesis("h.hypothesis.toml", "digit", kEqualsProgram), "--no-cache"});
  EXPECT_EQ(result.exit_code, 4) << result.output;
  EXPECT_THAT(result.output, HasSubstr("schoolbook.c:2:3"));
}

TEST(VerifyCommand, an_endless_loop_ends_with_a_verdict_and_its_place) {
  AdditionFolder folder;
  folder.task();
  const ProcessResult result = assay({"verify", folder.hypothesis("h.hypothesis.toml", "endless", kEqualsProgram), "--no-cache"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("does not end within 10000000 statements: an endless loop at"), HasSubstr("schoolbook.c:18:")));
}

TEST(VerifyCommand, a_configuration_that_contradicts_the_weights_names_both_files) {
  AdditionFolder folder;
  folder.task("addition.task.toml", copied_model(folder));
  const std::string file = folder.hypothesis("h.hypothesis.toml", "digit", kEqualsProgram), config = *read_file(folder.path("model/config.json"));
  const auto with = [&](const std::string& from, const std::string& to) {
    folder.write("model/config.json", replaced(config, from, to));
    const ProcessResult result = assay({"verify", file, "--no-cache"});
    EXPECT_EQ(result.exit_code, 2) << result.output;
    return result.output;
  };
  EXPECT_THAT(with("\"n_embd\": 48", "\"n_embd\": 64"), AllOf(HasSubstr("config.json"), HasSubstr("model.safetensors")));
  EXPECT_THAT(with("\"n_layer\": 2", "\"n_layer\": 3"), AllOf(HasSubstr("config.json"), HasSubstr("model.safetensors")));
  EXPECT_THAT(with("\"n_embd\": 48", "\"n_embd\": -48"), HasSubstr("n_embd"));
  EXPECT_THAT(with("\"vocab_size\": 12", "\"vocab_size\": \"many\""), HasSubstr("vocab_size"));
}

TEST(VerifyCommand, hostile_weights_are_exit_2_and_name_the_file) {
  AdditionFolder folder;
  folder.task("addition.task.toml", copied_model(folder));
  const std::string file = folder.hypothesis("h.hypothesis.toml", "digit", kEqualsProgram),
                    weights = *read_file(folder.path("model/model.safetensors"));
  const auto with = [&](const std::string& bytes) {
    folder.write("model/model.safetensors", bytes);
    const ProcessResult result = assay({"verify", file, "--no-cache"});
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_THAT(result.output, HasSubstr("model.safetensors"));
    EXPECT_EQ(result.signal, 0);
  };
  with("");
  with(weights.substr(0, weights.size() - 100));
  with(std::string("\xff\xff\xff\xff\xff\xff\xff\x7f", 8) + weights.substr(8));  // a header of 9 exabytes
  with(replaced(weights, "\"data_offsets\":[0,", "\"data_offsets\":[4,"));       // a hole, and an overlap behind it
}

TEST(VerifyCommand, a_model_that_is_not_there_is_skipped_only_where_it_may_be) {
  AdditionFolder folder;
  folder.task("addition.task.toml", "${models}/addition");
  folder.task("here.task.toml", "nowhere");
  const std::string outside = folder.hypothesis("outside.hypothesis.toml", "digit", kEqualsProgram);
  const std::string inside = folder.hypothesis("inside.hypothesis.toml", "digit", kEqualsProgram, "here.task.toml");
  const ProcessResult skipped = assay({"verify", outside, "--no-cache", "--models", folder.path("none")});
  EXPECT_EQ(skipped.exit_code, 0);
  EXPECT_THAT(skipped.output, AllOf(HasSubstr("skipped: "), HasSubstr("1 hypotheses (1 skipped"), HasSubstr("--models")));
  const ProcessResult missing = assay({"verify", inside, "--no-cache"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.output, HasSubstr("nowhere"));
}

TEST(VerifyCommand, nothing_to_check_is_an_error_with_a_remedy) {
  AdditionFolder folder;
  const ProcessResult empty = assay({"verify", folder.folder()}), missing = assay({"verify", folder.path("none")});
  EXPECT_EQ(empty.exit_code, 2);
  EXPECT_EQ(empty.output, "");
  EXPECT_THAT(empty.error_output, AllOf(StartsWith("assay: "), HasSubstr("holds no *.hypothesis.toml")));
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.error_output, HasSubstr("does not exist"));
}

TEST(VerifyCommand, a_full_disk_is_an_error_and_the_old_result_stays) {
  if (find_program("bwrap").empty()) GTEST_SKIP() << "bubblewrap is not installed";
  AdditionFolder folder;
  folder.task();
  const std::string file = folder.hypothesis("h.hypothesis.toml", "digit", kEqualsProgram);
  const std::string script = "mkdir /mnt/out && echo old > /mnt/out/result.json && head -c 200000 /dev/zero > /mnt/filler 2> /dev/null; " +
                             testing::kAssay + " verify " + file +
                             " --no-cache -q --out /mnt/out; echo \"exit $?\"; cat /mnt/out/result.json; ls -A /mnt/out";
  ProcessSpec spec;
  spec.command = {"bwrap", "--bind", "/", "/", "--dev", "/dev", "--size", "65536", "--tmpfs", "/mnt", "--", "sh", "-c", script};
  spec.wall_seconds = 400;
  const Result<ProcessResult> result = run_process(spec);
  ASSERT_TRUE(result);
  if (result->error_output.starts_with("bwrap:")) GTEST_SKIP() << "no user namespaces here: " << result->error_output;
  EXPECT_EQ(result->output, "exit 2\nold\nresult.json\n") << "no half-written file is left";
  EXPECT_THAT(result->error_output, AllOf(HasSubstr("No space left"), HasSubstr("/mnt/out/result.json")));
}

TEST(VerifyCommand, a_folder_that_cannot_be_made_is_an_error) {
  AdditionFolder folder;
  folder.task();
  const std::string file = folder.hypothesis("h.hypothesis.toml", "digit", kEqualsProgram);
  const ProcessResult result = assay({"verify", file, "--no-cache", "--out", file + "/out"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error_output, HasSubstr("cannot create"));
  EXPECT_EQ(result.output, "");
}

}  // namespace
}  // namespace assay
