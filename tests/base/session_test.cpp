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

}  // namespace
}  // namespace assay
