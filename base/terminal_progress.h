// Progress for people, on stderr: a bar that is redrawn on a terminal, one line every ten seconds elsewhere.
//
//   enumerate  1,204,224/16,777,216   7 %  0:12 elapsed, 2:31 left
//
// Cost: a step is one atomic store and one clock read; lines are drawn at most ten times a second.
// Test: tests/base/terminal_progress_test.cpp
#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

#include "base/session.h"

namespace assay {

/// The line for a stage: `total` 0 means that it is not known, and then neither percentage nor time left is claimed.
std::string progress_line(std::string_view stage, std::uint64_t done, std::uint64_t total, double elapsed_seconds);

class TerminalProgress : public Progress {
 public:
  /// `stream` is borrowed. `interactive`: redraw one line; otherwise a line every `period_seconds`.
  TerminalProgress(std::FILE* stream, bool interactive, double period_seconds = 10);
  ~TerminalProgress() override;
  void stage(std::string_view name, std::uint64_t total) override;
  void step(std::uint64_t done) override;
  void finish() override;
  void note(std::string_view text) override;

 private:
  using Clock = std::chrono::steady_clock;
  void draw(std::uint64_t done);
  void erase();

  std::FILE* stream_;
  bool interactive_;
  Clock::duration period_;
  std::mutex mutex_;  ///< guards all below but `next_draw_`
  std::string stage_;
  std::uint64_t total_ = 0;
  Clock::time_point start_ = Clock::now();
  bool drawn_ = false;
  std::atomic<Clock::rep> next_draw_{0};
};

}  // namespace assay
