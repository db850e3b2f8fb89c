// A few threads that work in step on one forward pass: all run the same function, and meet at barriers inside it.
//
//   Team team(2);
//   team.run([&](int member) { half_of_q(member); team.meet(); attend(member); });
//
// One token of a 135 M network has 150 meetings in some tens of milliseconds, so waiting spins briefly before it sleeps. Work that meets must
// not throw (the others would wait for ever); what other work throws, run() throws again. Member 0 is the caller. Test:
// tests/circuits/generation_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace assay::circuits {

class Team {
 public:
  explicit Team(int members);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return size_; }
  /// Returns when every member has finished.
  void run(const std::function<void(int member)>& work);
  /// Inside run(): waits for all members; what any wrote before is seen by all after.
  void meet();

 private:
  void follow(int member);
  void take_part(int member);

  const int size_;
  const std::function<void(int)>* work_ = nullptr;
  std::atomic<std::uint32_t> started_{0}, arrived_{0}, meetings_{0};
  std::atomic<bool> stop_{false};
  std::vector<std::exception_ptr> failures_;  // one per member
  std::vector<std::jthread> others_;
};

}  // namespace assay::circuits
