#include "base/terminal_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace assay {
namespace {

/// A stream in memory; `text()` is all that was written.
class Recorder {
 public:
  Recorder() : stream_(::open_memstream(&text_, &size_)) {}
  ~Recorder() {
    std::fclose(stream_);
    std::free(text_);
  }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  std::FILE* stream() { return stream_; }
  std::string text() {
    std::fflush(stream_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_;
};

TEST(ProgressLine, has_stage_count_share_elapsed_and_left) {
  EXPECT_EQ(progress_line("enumerate", 1'204'224, 16'777'216, 12), "enumerate  1,204,224/16,777,216    7 %  0:12 elapsed, 2:35 left");
  EXPECT_EQ(progress_line("enumerate", 10, 10, 3700), "enumerate  10/10  100 %  1:01:40 elapsed");
}

TEST(ProgressLine, claims_no_share_of_an_unknown_total) { EXPECT_EQ(progress_line("solve", 3, 0, 5), "solve  3  0:05 elapsed"); }

TEST(TerminalProgress, writes_plain_lines_where_there_is_no_terminal) {
  Recorder recorder;
  TerminalProgress progress(recorder.stream(), false, 0);
  progress.stage("enumerate", 4);
  progress.step(1);
  progress.step(2);
  progress.finish();
  std::string text = recorder.text();
  EXPECT_THAT(text, testing::HasSubstr("enumerate  1/4   25 %"));
  EXPECT_THAT(text, testing::HasSubstr("enumerate  2/4   50 %"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("\r")));
}

TEST(TerminalProgress, short_work_leaves_no_line_in_a_log) {
  Recorder recorder;
  TerminalProgress progress(recorder.stream(), false, 1000);
  progress.stage("enumerate", 4);
  for (std::uint64_t i = 0; i < 4; ++i) progress.step(i);
  progress.finish();
  EXPECT_EQ(recorder.text(), "");
}

TEST(TerminalProgress, many_short_stages_still_leave_a_line_each_period) {
  Recorder recorder;
  TerminalProgress progress(recorder.stream(), false, 0);
  progress.stage("first", 0);
  progress.stage("second", 0);
  progress.finish();
  EXPECT_THAT(recorder.text(), testing::HasSubstr("second"));
}

TEST(TerminalProgress, notes_are_lines_of_their_own) {
  Recorder recorder;
  TerminalProgress progress(recorder.stream(), true);
  progress.note("run again in float64");
  EXPECT_EQ(recorder.text(), "run again in float64\n");
}

}  // namespace
}  // namespace assay
