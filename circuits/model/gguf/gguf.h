// Reader of GGUF files, versions 2 and 3: typed metadata, a table of tensors, then the tensors' data at aligned offsets.
//
//   Result<Gguf> file = Gguf::open("model.gguf");
//   file->metadata().text("general.architecture");              // "llama"
//   file->tensors().at("blk.0.attn_q.weight").shape;            // {576, 576}, row-major
//
// The file is memory-mapped and untrusted. Every count, length, size and offset is compared with the bytes that are left before anything
// is allocated by it; tensors must be aligned, lie inside the file and not overlap; duplicate names are refused, unknown types named.
// Cost: one pass over the header; strings and arrays are views into the file. The data is not touched.
// Source: the GGUF page of ggml's documentation (ggml-org/ggml, docs/gguf.md). Test: tests/circuits/gguf_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace assay::circuits {

/// How a tensor's elements are stored. The numbers are the format's.
enum class GgmlType : std::uint32_t { kF32 = 0, kF16 = 1, kQ4_0 = 2, kQ4_1 = 3, kQ8_0 = 8, kQ4_K = 12, kQ5_K = 13, kQ6_K = 14, kBF16 = 30 };

/// `elements` values are stored together in `bytes` bytes.
struct GgmlLayout {
  std::string_view name;
  std::uint32_t elements = 1, bytes = 4;
};
GgmlLayout layout_of(GgmlType type);

struct GgufTensor {
  GgmlType type = GgmlType::kF32;
  std::vector<std::int64_t> shape;   ///< row-major: the last dimension is contiguous (the file lists it first)
  std::uint64_t begin = 0, end = 0;  ///< bytes, counted from the start of the file
  std::uint64_t elements() const;
};

/// An array of the metadata; strings are views into the file, numbers are read on demand.
struct GgufArray {
  std::uint32_t type = 0;  ///< the format's value type of the elements
  std::uint64_t count = 0;
  std::vector<std::string_view> texts;  ///< arrays of strings
  std::span<const std::byte> raw;       ///< arrays of numbers
  /// Element `index` of an array of integers or booleans.
  std::int64_t integer(std::uint64_t index) const;
  bool holds_integers() const;
};

using GgufValue = std::variant<std::uint64_t, std::int64_t, double, bool, std::string_view, GgufArray>;

/// Metadata by key. The typed readers give nothing where the key is absent, and an input error where it holds something else.
class GgufMetadata {
 public:
  std::map<std::string, GgufValue, std::less<>> values;
  std::string origin;  ///< the file's name in errors

  bool has(std::string_view key) const { return values.contains(key); }
  Result<std::optional<std::string_view>> text(std::string_view key) const;
  Result<std::optional<std::int64_t>> integer(std::string_view key) const;  ///< above 2^62 is an error
  Result<std::optional<double>> number(std::string_view key) const;
  Result<std::optional<bool>> flag(std::string_view key) const;
  /// Null where absent; `texts`: an array of strings, otherwise one of integers.
  Result<const GgufArray*> array(std::string_view key, bool texts) const;
};

struct GgufHeader {
  std::uint32_t version = 0;
  GgufMetadata metadata;
  std::map<std::string, GgufTensor> tensors;
};

/// What the header says, checked against the whole file. Exposed for the fuzzer and the tests.
Result<GgufHeader> parse_gguf(std::span<const std::byte> file, const std::string& origin);

class Gguf {
 public:
  static Result<Gguf> open(const std::string& path);

  const std::string& path() const { return header_.metadata.origin; }
  std::uint32_t version() const { return header_.version; }
  const GgufMetadata& metadata() const { return header_.metadata; }
  const std::map<std::string, GgufTensor>& tensors() const { return header_.tensors; }
  std::span<const std::byte> bytes() const { return file_.bytes(); }

 private:
  Gguf(MappedFile file, GgufHeader header) : file_(std::move(file)), header_(std::move(header)) {}
  MappedFile file_;
  GgufHeader header_;
};

/// Does this path name a GGUF file (by its ending)?
inline bool is_gguf_path(std::string_view path) { return path.ends_with(".gguf"); }

}  // namespace assay::circuits
