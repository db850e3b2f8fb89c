#include "circuits/model/gguf/gguf.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "circuits/model/gguf/cursor.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are read as stored, little-endian");

constexpr std::uint64_t kLongestKey = 65535;  // the format's own limit
constexpr std::uint64_t kLongestText = std::uint64_t{64} << 20;
constexpr std::uint32_t kMostDimensions = 4;
constexpr std::uint64_t kStandardAlignment = 32, kLargestAlignment = 1 << 20;

enum ValueType : std::uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kFloat32, kBool, kText, kArray, kU64, kI64, kFloat64 };

std::string excerpt(std::string_view text) { return std::string(text.size() <= 60 ? text : text.substr(0, 60)); }

/// Every type that ggml has given a number; layouts of those that are read.
struct KnownType {
  std::uint32_t number;
  const char* name;
  std::uint32_t elements, bytes;  // bytes 0: not read
};
constexpr KnownType kTypes[] = {
    {0, "F32", 1, 4},       {1, "F16", 1, 2},      {2, "Q4_0", 32, 18},     {3, "Q4_1", 32, 20},    {6, "Q5_0", 32, 0},      {7, "Q5_1", 32, 0},
    {8, "Q8_0", 32, 34},    {9, "Q8_1", 32, 0},    {10, "Q2_K", 256, 0},    {11, "Q3_K", 256, 0},   {12, "Q4_K", 256, 144},  {13, "Q5_K", 256, 176},
    {14, "Q6_K", 256, 210}, {15, "Q8_K", 256, 0},  {16, "IQ2_XXS", 256, 0}, {17, "IQ2_XS", 256, 0}, {18, "IQ3_XXS", 256, 0}, {19, "IQ1_S", 256, 0},
    {20, "IQ4_NL", 32, 0},  {21, "IQ3_S", 256, 0}, {22, "IQ2_S", 256, 0},   {23, "IQ4_XS", 256, 0}, {24, "I8", 1, 0},        {25, "I16", 1, 0},
    {26, "I32", 1, 0},      {27, "I64", 1, 0},     {28, "F64", 1, 0},       {29, "IQ1_M", 256, 0},  {30, "BF16", 1, 2},      {34, "TQ1_0", 256, 0},
    {35, "TQ2_0", 256, 0},  {39, "MXFP4", 32, 0}};

const KnownType* known_type(std::uint32_t number) {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const KnownType& type) { return type.number == number; });
  return found == std::end(kTypes) ? nullptr : found;
}

std::uint64_t width_of(std::uint32_t type) {
  switch (type) {
    case kU8:
    case kI8:
    case kBool: return 1;
    case kU16:
    case kI16: return 2;
    case kU32:
    case kI32:
    case kFloat32: return 4;
    case kU64:
    case kI64:
    case kFloat64: return 8;
    default: return 0;
  }
}

std::uint64_t product_of(const std::vector<std::int64_t>& shape) {
  std::uint64_t product = 1;
  for (std::int64_t size : shape) product *= static_cast<std::uint64_t>(size);
  return product;
}

class HeaderReader {
 public:
  HeaderReader(std::span<const std::byte> file, const std::string& origin) : file_(file), cursor_(file, origin) { header_.metadata.origin = origin; }

  Result<GgufHeader> read() {
    const auto [tensors, keys] = read_counts();
    for (std::uint64_t i = 0; i < keys && !cursor_.error(); ++i) read_key();
    const std::uint64_t alignment = read_alignment();
    for (std::uint64_t i = 0; i < tensors && !cursor_.error(); ++i) read_tensor();
    if (!cursor_.error()) place(alignment);
    if (cursor_.error()) return fail(*cursor_.error());
    return std::move(header_);
  }

 private:
  void damaged(std::string message) { cursor_.reject(ErrorKind::kInput, std::move(message), "the file is damaged: download or convert it again"); }

  std::pair<std::uint64_t, std::uint64_t> read_counts() {
    const std::span<const std::byte> magic = cursor_.take(4, "the magic number 'GGUF'");
    if (!cursor_.error() && std::memcmp(magic.data(), "GGUF", 4) != 0) damaged("no GGUF file (it does not begin with 'GGUF')");
    header_.version = cursor_.number<std::uint32_t>("the version");
    if (!cursor_.error() && header_.version != 2 && header_.version != 3)
      cursor_.reject(ErrorKind::kUnsupported,
                     fmt::format("GGUF version {}{}", header_.version, (header_.version & 0xffff) == 0 ? " (a big-endian file?)" : ""),
                     "versions 2 and 3, little-endian, are read: convert the file with a recent converter");
    const auto tensors = cursor_.number<std::uint64_t>("the number of tensors"), keys = cursor_.number<std::uint64_t>("the number of metadata keys");
    // A key takes a length, a type and a value, a tensor a length, a dimension count, a size, a type and an offset.
    cursor_.has_room(keys, 13, "the number of metadata keys");
    cursor_.has_room(tensors, 32, "the number of tensors");
    return {tensors, keys};
  }

  void read_key() {
    const std::string_view key = cursor_.text("a metadata key", kLongestKey);
    const auto type = cursor_.number<std::uint32_t>("a value's type");
    if (cursor_.error()) return;
    GgufValue value = read_value(type, key);
    if (cursor_.error()) return;
    if (!header_.metadata.values.emplace(key, std::move(value)).second) damaged(fmt::format("the key '{}' stands twice", excerpt(key)));
  }

  GgufValue read_value(std::uint32_t type, std::string_view key) {
    switch (type) {
      case kU8: return std::uint64_t{cursor_.number<std::uint8_t>(key)};
      case kI8: return std::int64_t{cursor_.number<std::int8_t>(key)};
      case kU16: return std::uint64_t{cursor_.number<std::uint16_t>(key)};
      case kI16: return std::int64_t{cursor_.number<std::int16_t>(key)};
      case kU32: return std::uint64_t{cursor_.number<std::uint32_t>(key)};
      case kI32: return std::int64_t{cursor_.number<std::int32_t>(key)};
      case kFloat32: return double{cursor_.number<float>(key)};
      case kBool: return cursor_.number<std::uint8_t>(key) != 0;
      case kText: return cursor_.text(key, kLongestText);
      case kArray: return read_array(key);
      case kU64: return cursor_.number<std::uint64_t>(key);
      case kI64: return cursor_.number<std::int64_t>(key);
      case kFloat64: return cursor_.number<double>(key);
      default: damaged(fmt::format("the key '{}' has the value type {}, expected 0 to 12", excerpt(key), type)); return false;
    }
  }

  GgufArray read_array(std::string_view key) {
    GgufArray array;
    array.type = cursor_.number<std::uint32_t>(key);
    array.count = cursor_.number<std::uint64_t>(key);
    if (cursor_.error()) return array;
    if (array.type == kText) {
      if (!cursor_.has_room(array.count, 8, fmt::format("the length of the array '{}'", excerpt(key)))) return array;
      array.texts.reserve(array.count);
      for (std::uint64_t i = 0; i < array.count && !cursor_.error(); ++i) array.texts.push_back(cursor_.text(key, kLongestText));
      return array;
    }
    const std::uint64_t width = width_of(array.type);
    if (width == 0) {
      damaged(fmt::format("the array '{}' has elements of type {}, expected numbers or strings", excerpt(key), array.type));
    } else if (cursor_.has_room(array.count, width, fmt::format("the length of the array '{}'", excerpt(key)))) {
      array.raw = cursor_.take(array.count * width, key);
    }
    return array;
  }

  std::uint64_t read_alignment() {
    if (cursor_.error()) return kStandardAlignment;
    Result<std::optional<std::int64_t>> alignment = header_.metadata.integer("general.alignment");
    if (!alignment || (*alignment && (**alignment < 8 || **alignment > std::int64_t{kLargestAlignment} ||
                                      !std::has_single_bit(static_cast<std::uint64_t>(**alignment))))) {
      damaged(alignment ? fmt::format("'general.alignment' is {}, expected a power of two from 8 to {}", **alignment, kLargestAlignment)
                        : alignment.error().message);
      return kStandardAlignment;
    }
    return *alignment ? static_cast<std::uint64_t>(**alignment) : kStandardAlignment;
  }

  void read_tensor() {
    const std::string name(cursor_.text("a tensor's name", kLongestKey));
    const auto dimensions = cursor_.number<std::uint32_t>("a tensor's number of dimensions");
    if (!cursor_.error() && (dimensions == 0 || dimensions > kMostDimensions))
      damaged(fmt::format("tensor '{}' has {} dimensions, expected 1 to {}", excerpt(name), dimensions, kMostDimensions));
    if (cursor_.error()) return;
    GgufTensor tensor;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      const auto size = cursor_.number<std::uint64_t>("a tensor's size");
      if (!cursor_.error() && (size == 0 || size > std::uint64_t{1} << 40))
        damaged(fmt::format("tensor '{}' has a dimension of {}", excerpt(name), size));
      tensor.shape.insert(tensor.shape.begin(), static_cast<std::int64_t>(size));
    }
    const auto type = cursor_.number<std::uint32_t>("a tensor's type");
    tensor.begin = cursor_.number<std::uint64_t>("a tensor's offset");
    if (!cursor_.error() && set_size(tensor, type, name) && !header_.tensors.emplace(name, std::move(tensor)).second)
      damaged(fmt::format("the tensor '{}' stands twice", excerpt(name)));
  }

  /// `end` becomes begin plus the bytes that shape and type take.
  bool set_size(GgufTensor& tensor, std::uint32_t type, const std::string& name) {
    const KnownType* known = known_type(type);
    if (known == nullptr || known->bytes == 0) {
      cursor_.reject(ErrorKind::kUnsupported,
                     fmt::format("tensor '{}' is of type {}{}", excerpt(name), type, known != nullptr ? fmt::format(" ({})", known->name) : ""),
                     "F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K, Q5_K and Q6_K are read: convert the model to one of these");
      return false;
    }
    tensor.type = static_cast<GgmlType>(type);
    std::uint64_t elements = 1;
    for (std::int64_t size : tensor.shape)
      if (__builtin_mul_overflow(elements, static_cast<std::uint64_t>(size), &elements)) elements = std::numeric_limits<std::uint64_t>::max();
    if (tensor.shape.back() % known->elements != 0) {
      damaged(fmt::format("tensor '{}' has rows of {} elements, which {} stores in blocks of {}", excerpt(name), tensor.shape.back(), known->name,
                          known->elements));
      return false;
    }
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(elements / known->elements, std::uint64_t{known->bytes}, &bytes) ||
        __builtin_add_overflow(tensor.begin, bytes, &tensor.end)) {
      damaged(fmt::format("tensor '{}' has a size that overflows", excerpt(name)));
      return false;
    }
    return true;
  }

  /// Offsets become file positions: aligned, inside the file, without overlap.
  void place(std::uint64_t alignment) {
    const std::uint64_t data = (cursor_.position() + alignment - 1) / alignment * alignment;
    std::vector<std::pair<const std::string*, GgufTensor*>> order;
    for (auto& [name, tensor] : header_.tensors) order.emplace_back(&name, &tensor);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second->begin < b.second->begin; });
    std::uint64_t end = 0;
    for (auto [name, tensor] : order) {
      if (tensor->begin % alignment != 0)
        return damaged(fmt::format("tensor '{}' begins at data byte {}, which is no multiple of {}", excerpt(*name), tensor->begin, alignment));
      if (tensor->begin < end)
        return damaged(
            fmt::format("tensor '{}' begins at data byte {}, inside the one before, which ends at {}", excerpt(*name), tensor->begin, end));
      if (data > file_.size() || tensor->end > file_.size() - data)
        return damaged(fmt::format("tensor '{}' ends at data byte {}, but the file has {} bytes of data", excerpt(*name), tensor->end,
                                   data > file_.size() ? 0 : file_.size() - data));
      end = tensor->end;
      tensor->begin += data;
      tensor->end += data;
    }
  }

  std::span<const std::byte> file_;
  Cursor cursor_;
  GgufHeader header_;
};

}  // namespace

GgmlLayout layout_of(GgmlType type) {
  const KnownType* known = known_type(static_cast<std::uint32_t>(type));
  return {known->name, known->elements, known->bytes};
}

std::uint64_t GgufTensor::elements() const { return product_of(shape); }

Result<GgufHeader> parse_gguf(std::span<const std::byte> file, const std::string& origin) { return HeaderReader(file, origin).read(); }

Result<Gguf> Gguf::open(const std::string& path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file) return fail(file.error());
  Result<GgufHeader> header = parse_gguf(file->bytes(), path);
  if (!header) return fail(header.error());
  return Gguf(std::move(*file), std::move(*header));
}

}  // namespace assay::circuits
