// Reader and writer of safetensors files: 8 bytes little-endian header length, JSON header, raw row-major data.
//
//   Result<Safetensors> file = Safetensors::open("model.safetensors");
//   Result<std::vector<float>> weights = file->values("transformer.wte.weight");
//
// The file is memory-mapped and untrusted. Everything is checked before anything is allocated from it: header length against file size
// and a limit, JSON by a streaming parser (no tree is built), shape x dtype against offsets, offsets against the data, overlaps, holes
// and duplicate names. F32 is read as stored; F16 and BF16 are widened exactly. NaN and infinity are allowed and can be counted.
// Format: https://github.com/huggingface/safetensors (README, "Format"). Test: tests/circuits/safetensors_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace assay::circuits {

enum class StoredType { kF32, kF16, kBF16 };
std::string_view name_of(StoredType type);  ///< "float32", "float16", "bfloat16"

struct StoredTensor {
  StoredType type = StoredType::kF32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< bytes, counted from the start of the file
  std::uint64_t elements() const;
};

/// What the header says, checked against a file of `file_size` bytes. Exposed for the fuzzer and the tests.
Result<std::map<std::string, StoredTensor>> parse_safetensors_header(std::span<const std::byte> file, const std::string& origin);

class Safetensors {
 public:
  static Result<Safetensors> open(const std::string& path);

  const std::string& path() const { return path_; }
  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }
  /// Widened to float. Error names the tensor when it is missing.
  Result<std::vector<float>> values(const std::string& name) const;
  std::span<const std::byte> bytes() const { return file_.bytes(); }

 private:
  Safetensors(std::string path, MappedFile file, std::map<std::string, StoredTensor> tensors)
      : path_(std::move(path)), file_(std::move(file)), tensors_(std::move(tensors)) {}
  std::string path_;
  MappedFile file_;
  std::map<std::string, StoredTensor> tensors_;
};

struct NamedValues {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// One file with the tensors in the given order; rounds to nearest even for 16-bit types. All or nothing.
Status write_safetensors(const std::string& path, std::span<const NamedValues> tensors, StoredType type);

float widen_f16(std::uint16_t bits);
float widen_bf16(std::uint16_t bits);
std::uint16_t round_to_f16(float value);
std::uint16_t round_to_bf16(float value);

}  // namespace assay::circuits
