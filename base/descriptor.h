// An owned file descriptor: closed when it goes out of scope.
//
//   Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
//   if (!file) return open_error(path, errno);
//
// Test: tests/base/process_test.cpp, tests/base/files_test.cpp
#pragma once

#include <unistd.h>

#include <utility>

namespace assay {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

}  // namespace assay
