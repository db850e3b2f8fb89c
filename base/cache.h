// Content-addressed store in one SQLite file (write-ahead log), safe for several threads and processes; a damaged file is moved aside, not fatal.
// The key is a hash of everything the value depends on: content, options, IR and tool version (cache_key adds the last two).
// Test: tests/base/cache_test.cpp
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace assay {

class Cache {
 public:
  /// An empty path gives a cache that forgets everything.
  static Result<Cache> open(const std::string& path);
  Cache(Cache&&) noexcept;
  Cache& operator=(Cache&&) noexcept;
  ~Cache();

  std::optional<std::string> get(std::string_view key);
  Status put(std::string_view key, std::string_view value);
  Status clear();
  struct Statistics {
    std::uint64_t entries = 0, bytes = 0, hits = 0, misses = 0;
  };
  Statistics statistics() const;

 private:
  struct Store;
  explicit Cache(std::unique_ptr<Store> store);
  std::unique_ptr<Store> store_;
};

/// Key of `kind` of work on `parts` (hashes of content and options); adds what the running binary is, so that no build reads what
/// another has computed: a hash of the executable and of the engine module beside it.
std::string cache_key(std::string_view kind, std::initializer_list<std::string_view> parts);

}  // namespace assay
