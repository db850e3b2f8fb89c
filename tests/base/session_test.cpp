#include "base/session.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Session, sees_that_it_was_stopped) {
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};
  EXPECT_FALSE(session.cancelled());
  stop = true;
  EXPECT_TRUE(session.cancelled());
}

TEST(Session, a_quiet_one_shares_the_stop_flag_and_shows_no_progress) {
  struct Counting : Progress {
    void stage(std::string_view, std::uint64_t) override { ++stages; }
    int stages = 0;
  } shown;
  std::atomic<bool> stop{false};
  const Session session{shown, stop, {.unroll = 7}, 4, "cache.sqlite"};
  QuietSession quiet(session, 1);
  Session& inner = quiet;
  inner.progress.stage("part", 3);
  EXPECT_EQ(shown.stages, 0);
  EXPECT_EQ(inner.budget.unroll, 7);
  EXPECT_EQ(inner.threads, 1);
  EXPECT_EQ(inner.cache_path, "cache.sqlite");
  stop = true;
  EXPECT_TRUE(inner.cancelled());
}

}  // namespace
}  // namespace assay
