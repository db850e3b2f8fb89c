#include "circuits/generation/team.h"

#include <algorithm>
#include <utility>

namespace assay::circuits {
namespace {

constexpr int kSpins = 4000;  // some microseconds

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

void wait_while(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    relax();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

Team::Team(int members) : size_(std::max(1, members)), failures_(static_cast<std::size_t>(size_)) {
  for (int member = 1; member < size_; ++member) others_.emplace_back([this, member] { follow(member); });
}

Team::~Team() {
  stop_ = true;
  ++started_;
  started_.notify_all();
}

void Team::run(const std::function<void(int)>& work) {
  work_ = &work;
  started_.fetch_add(1, std::memory_order_release);
  started_.notify_all();
  take_part(0);
  for (std::exception_ptr& failure : failures_)
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
}

void Team::take_part(int member) {
  try {
    (*work_)(member);
  } catch (...) { failures_[static_cast<std::size_t>(member)] = std::current_exception(); }
  meet();
}

void Team::follow(int member) {
  std::uint32_t seen = 0;
  for (;;) {
    wait_while(started_, seen++);
    if (stop_) return;
    take_part(member);
  }
}

void Team::meet() {
  const std::uint32_t meeting = meetings_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<std::uint32_t>(size_)) {
    arrived_.store(0, std::memory_order_relaxed);
    meetings_.fetch_add(1, std::memory_order_release);
    meetings_.notify_all();
  } else {
    wait_while(meetings_, meeting);
  }
}

}  // namespace assay::circuits
