#include "base/cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <future>

#include "base/files.h"
#include "base/process.h"

namespace assay {
namespace {

class CacheFile : public testing::Test {
 protected:
  std::string path() const { return folder_->path() + "/deep/cache.sqlite"; }
  Result<TemporaryFolder> folder_ = TemporaryFolder::create("assay-test");
};

TEST_F(CacheFile, gives_back_what_was_put_even_after_it_was_closed) {
  std::string value("\0binary\xff", 8);
  {
    Result<Cache> cache = Cache::open(path());
    ASSERT_TRUE(cache) << cache.error().to_string();
    EXPECT_EQ(cache->get("k"), std::nullopt);
    ASSERT_TRUE(cache->put("k", value));
    ASSERT_TRUE(cache->put("k", value));
  }
  Result<Cache> cache = Cache::open(path());
  EXPECT_EQ(cache->get("k"), value);
  Cache::Statistics statistics = cache->statistics();
  EXPECT_EQ(statistics.entries, 1u);
  EXPECT_EQ(statistics.bytes, value.size());
  EXPECT_EQ(statistics.hits, 1u);
  ASSERT_TRUE(cache->clear());
  EXPECT_EQ(cache->get("k"), std::nullopt);
}

TEST_F(CacheFile, without_a_path_forgets) {
  Result<Cache> cache = Cache::open("");
  ASSERT_TRUE(cache->put("k", "v"));
  EXPECT_EQ(cache->get("k"), std::nullopt);
}

TEST_F(CacheFile, a_damaged_file_is_moved_aside) {
  std::filesystem::create_directories(std::filesystem::path(path()).parent_path());
  ASSERT_TRUE(write_file(path(), std::string(8192, 'x')));
  Result<Cache> cache = Cache::open(path());
  ASSERT_TRUE(cache) << cache.error().to_string();
  ASSERT_TRUE(cache->put("k", "v"));
  EXPECT_EQ(cache->get("k"), "v");
  int aside = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(path()).parent_path()))
    aside += entry.path().filename().string().find("damaged") != std::string::npos;
  EXPECT_EQ(aside, 1);
}

TEST_F(CacheFile, a_flipped_byte_in_a_value_is_never_returned) {
  std::string value(20'000, 'v');
  {
    Result<Cache> cache = Cache::open(path());
    ASSERT_TRUE(cache->put("k", value));
  }
  std::string bytes = read_file(path()).value();
  std::size_t place = bytes.find(std::string(1000, 'v'));
  ASSERT_NE(place, std::string::npos);
  bytes[place + 500] = 'w';
  ASSERT_TRUE(write_file(path(), bytes));
  EXPECT_EQ(Cache::open(path())->get("k"), std::nullopt);
}

TEST_F(CacheFile, a_file_of_garbage_after_the_header_is_survived) {
  {
    Result<Cache> cache = Cache::open(path());
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(cache->put("key" + std::to_string(i), std::string(1000, 'v')));
  }
  std::string bytes = read_file(path()).value();
  for (std::size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
  ASSERT_TRUE(write_file(path(), bytes));
  Result<Cache> cache = Cache::open(path());
  ASSERT_TRUE(cache) << cache.error().to_string();
  EXPECT_EQ(cache->get("key7"), std::nullopt);
  ASSERT_TRUE(cache->put("k", "v"));
  EXPECT_EQ(cache->get("k"), "v");
}

TEST_F(CacheFile, an_unusable_place_is_an_error_with_a_remedy) {
  Result<Cache> cache = Cache::open("/proc/no/such/cache.sqlite");
  ASSERT_FALSE(cache);
  EXPECT_THAT(cache.error().to_string(), testing::HasSubstr("--cache"));
}

constexpr int kEntriesEach = 200;

// Run as a second process by the test below.
TEST(CacheProcess, DISABLED_inner) {
  Result<Cache> cache = Cache::open(std::getenv("ASSAY_TEST_CACHE"));
  ASSERT_TRUE(cache);
  for (int i = 0; i < kEntriesEach; ++i) ASSERT_TRUE(cache->put("inner" + std::to_string(i), "v"));
}

TEST_F(CacheFile, several_processes_write_at_once) {
  Result<Cache> cache = Cache::open(path());
  ASSERT_TRUE(cache);
  ProcessSpec spec;
  spec.command = {std::filesystem::read_symlink("/proc/self/exe"), "--gtest_filter=CacheProcess.DISABLED_inner", "--gtest_also_run_disabled_tests"};
  ASSERT_EQ(::setenv("ASSAY_TEST_CACHE", path().c_str(), 1), 0);
  std::vector<std::future<Result<ProcessResult>>> others;
  for (int i = 0; i < 2; ++i) others.push_back(std::async(std::launch::async, [&] { return run_process(spec); }));
  for (int i = 0; i < kEntriesEach; ++i) ASSERT_TRUE(cache->put("outer" + std::to_string(i), "v"));
  for (auto& other : others) {
    Result<ProcessResult> result = other.get();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->exit_code, 0) << result->output;
  }
  EXPECT_EQ(cache->statistics().entries, 2u * kEntriesEach);
}

TEST(CacheKey, depends_on_kind_and_parts) {
  EXPECT_EQ(cache_key("a", {"b"}), cache_key("a", {"b"}));
  EXPECT_NE(cache_key("a", {"b"}), cache_key("ab", {""}));
}

}  // namespace
}  // namespace assay
