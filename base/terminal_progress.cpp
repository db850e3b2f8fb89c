#include "base/terminal_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace assay {
namespace {

constexpr auto kRedrawPeriod = std::chrono::milliseconds(100);
constexpr int kBarWidth = 24;

std::string with_separators(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > 3;) text.insert(place -= 3, 1, ',');
  return text;
}

std::string clock_text(double seconds) {
  auto whole = static_cast<std::uint64_t>(seconds);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string bar(std::uint64_t done, std::uint64_t total) {
  if (total == 0) return {};
  auto filled = static_cast<int>(kBarWidth * (static_cast<double>(std::min(done, total)) / static_cast<double>(total)));
  return fmt::format("[{:#<{}}{:.<{}}] ", "", filled, "", kBarWidth - filled);
}

}  // namespace

std::string progress_line(std::string_view stage, std::uint64_t done, std::uint64_t total, double elapsed_seconds) {
  std::string line = fmt::format("{}  {}", stage, with_separators(done));
  if (total == 0) return line + fmt::format("  {} elapsed", clock_text(elapsed_seconds));
  double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  line += fmt::format("/{}  {:3.0f} %  {} elapsed", with_separators(total), std::floor(100 * share), clock_text(elapsed_seconds));
  if (done > 0 && done < total) line += fmt::format(", {} left", clock_text(elapsed_seconds * (1 - share) / share));
  return line;
}

TerminalProgress::TerminalProgress(std::FILE* stream, bool interactive, double period_seconds)
    : stream_(stream),
      interactive_(interactive),
      period_(interactive ? Clock::duration(kRedrawPeriod)
                          : std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(period_seconds))) {}

TerminalProgress::~TerminalProgress() { finish(); }

void TerminalProgress::stage(std::string_view name, std::uint64_t total) {
  std::lock_guard lock(mutex_);
  erase();
  stage_ = name;
  total_ = total;
  start_ = Clock::now();
  // In a log a line is due every period, however short the stages are; work that ends within the first period leaves none.
  const auto due = next_draw_.load(std::memory_order_relaxed);
  if (interactive_ || due == 0) {
    next_draw_.store((start_ + period_).time_since_epoch().count(), std::memory_order_relaxed);
  } else if (start_.time_since_epoch().count() >= due) {
    next_draw_.store((start_ + period_).time_since_epoch().count(), std::memory_order_relaxed);
    fmt::print(stream_, "{}\n", progress_line(stage_, 0, total_, 0));
    std::fflush(stream_);
  }
}

void TerminalProgress::step(std::uint64_t done) {
  auto due = next_draw_.load(std::memory_order_relaxed);
  auto now = Clock::now();
  if (now.time_since_epoch().count() < due) return;
  // Of several threads that are due only one draws.
  if (next_draw_.compare_exchange_strong(due, (now + period_).time_since_epoch().count(), std::memory_order_relaxed)) draw(done);
}

void TerminalProgress::finish() {
  std::lock_guard lock(mutex_);
  erase();
}

void TerminalProgress::note(std::string_view text) {
  std::lock_guard lock(mutex_);
  erase();
  fmt::print(stream_, "{}\n", text);
  std::fflush(stream_);
}

void TerminalProgress::draw(std::uint64_t done) {
  std::lock_guard lock(mutex_);
  if (stage_.empty()) return;
  double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  std::string line = progress_line(stage_, done, total_, elapsed);
  if (interactive_) fmt::print(stream_, "\r\033[K{}{}", bar(done, total_), line);
  else fmt::print(stream_, "{}\n", line);
  drawn_ = interactive_;
  std::fflush(stream_);
}

void TerminalProgress::erase() {
  if (!drawn_) return;
  fmt::print(stream_, "\r\033[K");
  std::fflush(stream_);
  drawn_ = false;
}

}  // namespace assay
