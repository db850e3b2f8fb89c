// XXH3-128 content hashes as 32 hex digits: cache keys and identities, no cryptographic claim.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace assay {

std::string hash_of(std::string_view bytes);
std::string hash_of(std::span<const std::byte> bytes);

/// Feeds several pieces; each piece's length is hashed with it, so ("ab","c") differs from ("a","bc").
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher& add(std::string_view piece);
  Hasher& add(std::span<const std::byte> piece);
  Hasher& add(std::int64_t number);
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay
