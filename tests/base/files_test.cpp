#include "base/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/process.h"

namespace assay {
namespace {

using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_->path() + "/" + name; }
  std::size_t entries() const {
    std::filesystem::directory_iterator all(folder_->path());
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  Result<TemporaryFolder> folder_ = TemporaryFolder::create("assay-test");
};

TEST_F(Files, what_is_written_is_read_back) {
  std::string content("a\0b\n", 4);
  ASSERT_TRUE(write_file(path("f"), content));
  EXPECT_EQ(read_file(path("f")).value(), content);
  ASSERT_TRUE(write_file(path("f"), ""));
  EXPECT_EQ(read_file(path("f")).value(), "");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, a_missing_file_is_an_error_with_its_name) {
  Result<std::string> text = read_file(path("none"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::kInput);
  EXPECT_THAT(text.error().to_string(), HasSubstr(path("none")));
}

TEST_F(Files, a_folder_is_not_a_file) {
  EXPECT_FALSE(read_file(folder_->path()));
  EXPECT_FALSE(write_file(folder_->path(), "x"));
  EXPECT_FALSE(MappedFile::open(folder_->path()));
}

TEST_F(Files, a_huge_file_is_refused_before_memory_is_taken) {
  ASSERT_TRUE(write_file(path("sparse"), ""));
  ASSERT_EQ(::truncate(path("sparse").c_str(), off_t{1} << 40), 0);
  Result<std::string> text = read_file(path("sparse"));
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().to_string(), HasSubstr("1099511627776"));
}

TEST_F(Files, a_pipe_without_a_size_is_held_to_the_limit_too) {
  Result<std::string> text = read_file("/dev/zero", 1000);
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().to_string(), HasSubstr("at most 1000"));
}

TEST_F(Files, a_device_is_written_to_and_not_replaced) {
  ASSERT_TRUE(write_file("/dev/null", "gone"));
  struct stat status{};
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST_F(Files, a_full_device_is_an_error) {
  Status status = write_file("/dev/full", "x");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().to_string(), HasSubstr("No space left"));
}

TEST_F(Files, a_link_keeps_its_place_and_its_target_changes) {
  ASSERT_TRUE(write_file(path("target"), "old"));
  std::filesystem::create_symlink("target", path("link"));
  ASSERT_TRUE(write_file(path("link"), "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(read_file(path("target")).value(), "new");
}

TEST_F(Files, rights_of_a_replaced_file_stay) {
  ASSERT_TRUE(write_file(path("script"), "old"));
  ASSERT_EQ(::chmod(path("script").c_str(), 0750), 0);
  ASSERT_TRUE(write_file(path("script"), "new"));
  struct stat status{};
  ASSERT_EQ(::stat(path("script").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0750u);
}

// Run inside a file system of 256 kB by the test below.
TEST(FullDisk, DISABLED_inner) {
  ASSERT_TRUE(write_file("/mnt/result", "old"));
  Status status = write_file("/mnt/result", std::string(1 << 20, 'x'));
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().to_string(), HasSubstr("No space left"));
  EXPECT_EQ(read_file("/mnt/result").value(), "old");
  std::filesystem::directory_iterator all("/mnt");
  EXPECT_EQ(std::distance(begin(all), end(all)), 1) << "a temporary file was left";
}

TEST(FullDisk, leaves_the_old_file_as_it_was) {
  ProcessSpec spec;
  spec.command = {"bwrap",
                  "--bind",
                  "/",
                  "/",
                  "--dev",
                  "/dev",
                  "--size",
                  "262144",
                  "--tmpfs",
                  "/mnt",
                  "--",
                  std::filesystem::read_symlink("/proc/self/exe"),
                  "--gtest_filter=FullDisk.DISABLED_inner",
                  "--gtest_also_run_disabled_tests"};
  if (find_program("bwrap").empty()) GTEST_SKIP() << "bubblewrap is not installed";
  Result<ProcessResult> result = run_process(spec);
  ASSERT_TRUE(result) << result.error().to_string();
  if (result->error_output.starts_with("bwrap:")) GTEST_SKIP() << "no user namespaces here: " << result->error_output;
  EXPECT_EQ(result->exit_code, 0) << result->output;
  EXPECT_THAT(result->output, HasSubstr("[  PASSED  ] 1 test"));
}

TEST_F(Files, a_map_shows_the_bytes_and_an_empty_file_maps_to_nothing) {
  ASSERT_TRUE(write_file(path("f"), "abc"));
  Result<MappedFile> file = MappedFile::open(path("f"));
  ASSERT_TRUE(file);
  MappedFile moved = std::move(*file);
  ASSERT_EQ(moved.bytes().size(), 3u);
  EXPECT_EQ(static_cast<char>(moved.bytes()[2]), 'c');
  ASSERT_TRUE(write_file(path("empty"), ""));
  EXPECT_TRUE(MappedFile::open(path("empty"))->bytes().empty());
}

TEST(TemporaryFolder, is_removed_with_everything_in_it) {
  std::string path;
  {
    Result<TemporaryFolder> folder = TemporaryFolder::create("assay-test");
    ASSERT_TRUE(folder);
    path = folder->path();
    ASSERT_TRUE(write_file(path + "/f", "x"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace assay
