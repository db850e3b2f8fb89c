#include "circuits/model/ggml_blocks.h"

#include <cstdint>
#include <cstring>

#include "circuits/model/safetensors.h"

namespace assay::circuits {
namespace {

using Bytes = const std::uint8_t*;

float half_at(Bytes bytes) {
  std::uint16_t bits;
  std::memcpy(&bits, bytes, 2);
  return widen_f16(bits);
}

int low(std::uint8_t byte) { return byte & 15; }
int high(std::uint8_t byte) { return byte >> 4; }

void widen_f32(Bytes in, float* out) { std::memcpy(out, in, 4); }
void widen_half(Bytes in, float* out) { *out = half_at(in); }
void widen_brain(Bytes in, float* out) {
  std::uint16_t bits;
  std::memcpy(&bits, in, 2);
  *out = widen_bf16(bits);
}

// {half scale, 16 bytes}: the low nibbles are values 0 to 15, the high ones 16 to 31, each 8 too large.
void widen_q4_0(Bytes in, float* out) {
  const float scale = half_at(in);
  for (int i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(low(in[2 + i]) - 8) * scale;
    out[i + 16] = static_cast<float>(high(in[2 + i]) - 8) * scale;
  }
}

// {half scale, half minimum, 16 bytes}
void widen_q4_1(Bytes in, float* out) {
  const float scale = half_at(in), minimum = half_at(in + 2);
  for (int i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(low(in[4 + i])) * scale + minimum;
    out[i + 16] = static_cast<float>(high(in[4 + i])) * scale + minimum;
  }
}

// {half scale, 32 signed bytes}
void widen_q8_0(Bytes in, float* out) {
  const float scale = half_at(in);
  for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(static_cast<std::int8_t>(in[2 + i])) * scale;
}

/// Six-bit scale and minimum of sub-block `j` out of the 12 bytes that hold eight of each.
struct SubScale {
  float scale, minimum;
  SubScale(Bytes packed, int j, float d, float d_minimum) {
    const int s = j < 4 ? packed[j] & 63 : (packed[j + 4] & 15) | (packed[j - 4] >> 6) << 4;
    const int m = j < 4 ? packed[j + 4] & 63 : packed[j + 4] >> 4 | (packed[j] >> 6) << 4;
    scale = d * static_cast<float>(s);
    minimum = d_minimum * static_cast<float>(m);
  }
};

// {half d, half d_minimum, 12 bytes of scales, 128 bytes}: eight sub-blocks of 32; each 32 bytes hold two of them.
void widen_q4_k(Bytes in, float* out) {
  const float d = half_at(in), d_minimum = half_at(in + 2);
  Bytes quants = in + 16;
  for (int j = 0; j < 8; j += 2, quants += 32, out += 64) {
    const SubScale first(in + 4, j, d, d_minimum), second(in + 4, j + 1, d, d_minimum);
    for (int i = 0; i < 32; ++i) {
      out[i] = first.scale * static_cast<float>(low(quants[i])) - first.minimum;
      out[i + 32] = second.scale * static_cast<float>(high(quants[i])) - second.minimum;
    }
  }
}

// As Q4_K, with the fifth bit of sub-block j in bit j of 32 bytes between scales and nibbles.
void widen_q5_k(Bytes in, float* out) {
  const float d = half_at(in), d_minimum = half_at(in + 2);
  Bytes fifth = in + 16, quants = in + 48;
  for (int j = 0; j < 8; j += 2, quants += 32, out += 64) {
    const SubScale first(in + 4, j, d, d_minimum), second(in + 4, j + 1, d, d_minimum);
    for (int i = 0; i < 32; ++i) {
      out[i] = first.scale * static_cast<float>(low(quants[i]) + (fifth[i] >> j & 1) * 16) - first.minimum;
      out[i + 32] = second.scale * static_cast<float>(high(quants[i]) + (fifth[i] >> (j + 1) & 1) * 16) - second.minimum;
    }
  }
}

// {128 bytes of low nibbles, 64 of upper bit pairs, 16 signed scales, half d}: two halves of 128 values, scales per 16 values.
void widen_q6_k(Bytes in, float* out) {
  const float d = half_at(in + 208);
  for (int half = 0; half < 2; ++half) {
    Bytes nibbles = in + 64 * half, pairs = in + 128 + 32 * half, scales = in + 192 + 8 * half;
    for (int i = 0; i < 128; ++i) {
      const int column = i % 32, quarter = i / 32;
      const std::uint8_t byte = nibbles[column + 32 * (quarter % 2)];
      const int quant = ((quarter < 2 ? low(byte) : high(byte)) | (pairs[column] >> 2 * quarter & 3) << 4) - 32;
      const float scale = d * static_cast<float>(static_cast<std::int8_t>(scales[i / 16]));
      out[128 * half + i] = scale * static_cast<float>(quant);
    }
  }
}

using Widen = void (*)(Bytes, float*);

Widen widener(GgmlType type) {
  switch (type) {
    case GgmlType::kF32: return widen_f32;
    case GgmlType::kF16: return widen_half;
    case GgmlType::kBF16: return widen_brain;
    case GgmlType::kQ4_0: return widen_q4_0;
    case GgmlType::kQ4_1: return widen_q4_1;
    case GgmlType::kQ8_0: return widen_q8_0;
    case GgmlType::kQ4_K: return widen_q4_k;
    case GgmlType::kQ5_K: return widen_q5_k;
    case GgmlType::kQ6_K: return widen_q6_k;
  }
  return nullptr;
}

}  // namespace

void widen_blocks(GgmlType type, std::span<const std::byte> data, std::span<float> out) {
  const GgmlLayout layout = layout_of(type);
  const Widen widen = widener(type);
  const auto* in = reinterpret_cast<Bytes>(data.data());
  for (std::size_t i = 0; i < out.size(); i += layout.elements, in += layout.bytes) widen(in, out.data() + i);
}

}  // namespace assay::circuits
