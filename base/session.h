// What every long-running call carries by reference: log, progress, budget, cancellation. No globals.
//
//   Session session{progress, stop};
//   session.progress.stage("enumerate", total);
//   if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished work is cached"});
//
// Test: tests/base/session_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

/// Progress goes to stderr: a bar on a terminal, a line every ten seconds elsewhere. This default is silent.
class Progress {
 public:
  virtual ~Progress() = default;
  /// A new stage of `total` steps (0: unknown) begins.
  virtual void stage(std::string_view /*name*/, std::uint64_t /*total*/) {}
  /// `done` of the stage's total are finished. Cheap enough to call per batch, not per input.
  virtual void step(std::uint64_t /*done*/) {}
  virtual void finish() {}
  /// A remark for people, for example that work is skipped or repeated in float64.
  virtual void note(std::string_view /*text*/) {}
};

/// Limits that a caller sets; 0 means the default of the part that uses it.
struct Budget {
  std::uint64_t solver_rlimit = 0;     ///< Z3 resource units for one query
  std::uint64_t solver_memory_mb = 0;  ///< address space of a solver child
  double wall_seconds = 0;             ///< backstop for one query or one enumeration
  int unroll = 0;                      ///< loop iterations where the bound is not constant
};

struct Session {
  Progress& progress;
  const std::atomic<bool>& stop;  ///< set by SIGINT; checked between batches and queries
  Budget budget = {};
  int threads = 2;
  std::string cache_path = {};  ///< SQLite file; empty: no cache

  bool cancelled() const { return stop.load(std::memory_order_relaxed); }
};

/// Another session's limits and stop flag without its progress: for work that is a part of a stage, or that runs beside other such work.
class QuietSession {
 public:
  QuietSession(const Session& from, int threads) : session_{silent_, from.stop, from.budget, threads, from.cache_path} {}
  QuietSession(const QuietSession&) = delete;
  QuietSession& operator=(const QuietSession&) = delete;
  operator Session&() { return session_; }

 private:
  Progress silent_;
  Session session_;
};

}  // namespace assay
