#define XXH_INLINE_ALL
#include "base/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace assay {
namespace {

// Lengths below this mark pieces; the mark itself announces a number, so that 7 and a piece of eight bytes never collide.
constexpr std::uint64_t kNumberMark = ~std::uint64_t{0};

std::string hex_of(XXH128_hash_t hash) { return fmt::format("{:016x}{:016x}", hash.high64, hash.low64); }

}  // namespace

struct Hasher::State {
  XXH3_state_t xxh;
  void add(const void* bytes, std::size_t size) { XXH3_128bits_update(&xxh, bytes, size); }
  void add_word(std::uint64_t word) {
    unsigned char little_endian[8];
    for (unsigned char& byte : little_endian) byte = static_cast<unsigned char>(word), word >>= 8;
    add(little_endian, sizeof little_endian);
  }
};

std::string hash_of(std::string_view bytes) { return hex_of(XXH3_128bits(bytes.data(), bytes.size())); }
std::string hash_of(std::span<const std::byte> bytes) { return hex_of(XXH3_128bits(bytes.data(), bytes.size())); }

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
Hasher::~Hasher() = default;

Hasher& Hasher::add(std::string_view piece) {
  state_->add_word(piece.size());
  state_->add(piece.data(), piece.size());
  return *this;
}

Hasher& Hasher::add(std::span<const std::byte> piece) { return add(std::string_view(reinterpret_cast<const char*>(piece.data()), piece.size())); }

Hasher& Hasher::add(std::int64_t number) {
  state_->add_word(kNumberMark);
  state_->add_word(static_cast<std::uint64_t>(number));
  return *this;
}

std::string Hasher::hex() const { return hex_of(XXH3_128bits_digest(&state_->xxh)); }

}  // namespace assay
