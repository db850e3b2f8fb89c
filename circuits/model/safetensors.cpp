#include "circuits/model/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "fmt/format.h"

namespace assay::circuits {
namespace {

/// The largest published headers are a few megabytes; the reference reader stops at 100.
constexpr std::uint64_t kLongestHeader = 32u << 20;
constexpr std::size_t kMostDimensions = 8;
constexpr std::uint64_t kPrefix = 8;

std::uint64_t width_of(StoredType type) { return type == StoredType::kF32 ? 4 : 2; }

std::string excerpt(const std::string& text) { return text.size() <= 60 ? text : text.substr(0, 60) + "..."; }

/// Streams the header: `{name: {"dtype": .., "shape": [..], "data_offsets": [a, b]}, "__metadata__": {..}}`.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::map<std::string, StoredTensor> tensors;
  std::string message;  ///< why reading stopped

  bool null() override { return scalar(); }
  bool boolean(bool) override { return scalar(); }
  bool number_float(number_float_t, const string_t&) override { return scalar(); }
  bool binary(binary_t&) override { return scalar(); }
  bool number_integer(number_integer_t value) override { return value >= 0 ? integer(static_cast<std::uint64_t>(value)) : stop("a negative number"); }
  bool number_unsigned(number_unsigned_t value) override { return integer(value); }

  bool string(string_t& value) override {
    if (depth_ == 2 && metadata_) return true;
    if (depth_ != 2 || field_ != "dtype") return stop("an unexpected string");
    if (value == "F32") type_ = StoredType::kF32;
    else if (value == "F16") type_ = StoredType::kF16;
    else if (value == "BF16") type_ = StoredType::kBF16;
    else return stop(fmt::format("dtype '{}', expected F32, F16 or BF16", excerpt(value)));
    return true;
  }

  bool start_object(std::size_t) override {
    if (depth_ == 1) {
      type_.reset();
      shape_.reset();
      offsets_.reset();
    }
    return ++depth_ <= 2 || stop("an object inside a tensor's entry");
  }

  bool key(string_t& name) override {
    if (depth_ == 1) {
      name_ = name;
      metadata_ = name == "__metadata__";
      return metadata_ || !tensors.contains(name) || stop("a duplicate name");
    }
    field_ = name;
    if (metadata_) return true;
    const bool again = (name == "dtype" && type_) || (name == "shape" && shape_) || (name == "data_offsets" && offsets_);
    if (again) return stop(fmt::format("'{}' twice", name));
    return name == "dtype" || name == "shape" || name == "data_offsets" || stop(fmt::format("the unknown field '{}'", excerpt(name)));
  }

  bool end_object() override {
    if (--depth_ != 1 || metadata_) return true;
    if (!type_ || !shape_ || !offsets_) return stop("no dtype, shape or data_offsets");
    if (offsets_->size() != 2 || (*offsets_)[0] > (*offsets_)[1]) return stop("data_offsets that are not [begin, end]");
    StoredTensor tensor{*type_, {}, (*offsets_)[0], (*offsets_)[1]};
    for (std::uint64_t size : *shape_) tensor.shape.push_back(static_cast<std::int64_t>(size));
    return fits(tensor) && tensors.emplace(name_, std::move(tensor)).second;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || metadata_ || in_array_) return stop("an unexpected array");
    in_array_ = true;
    if (field_ == "shape") shape_.emplace();
    else if (field_ == "data_offsets") offsets_.emplace();
    else return stop("an unexpected array");
    return true;
  }
  bool end_array() override { return !(in_array_ = false); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    if (message.empty()) message = fmt::format("JSON that ends or breaks at byte {}", kPrefix + position);
    return false;
  }

 private:
  bool scalar() { return metadata_ && depth_ == 2 ? true : stop("an unexpected value"); }
  bool integer(std::uint64_t value) {
    if (!in_array_) return scalar();
    std::vector<std::uint64_t>& list = field_ == "shape" ? *shape_ : *offsets_;
    if (list.size() == kMostDimensions) return stop("a list that is too long");
    if (value > (std::uint64_t{1} << 48)) return stop(fmt::format("the size {}", value));
    list.push_back(value);
    return true;
  }
  /// shape x dtype == end - begin, without overflow
  bool fits(const StoredTensor& tensor) {
    std::uint64_t bytes = width_of(tensor.type);
    for (std::int64_t size : tensor.shape)
      if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) return stop("a shape whose size overflows");
    if (bytes == tensor.end - tensor.begin) return true;
    return stop(fmt::format("data_offsets that span {} bytes where shape and dtype need {}", tensor.end - tensor.begin, bytes));
  }
  bool stop(std::string what) {
    if (message.empty()) message = name_.empty() ? std::move(what) : fmt::format("{} (tensor '{}')", what, excerpt(name_));
    return false;
  }

  int depth_ = 0;
  bool metadata_ = false, in_array_ = false;
  std::string name_, field_;
  std::optional<StoredType> type_;
  std::optional<std::vector<std::uint64_t>> shape_, offsets_;
};

/// Offsets become file positions; tensors must tile the data area.
Status place(std::map<std::string, StoredTensor>& tensors, std::uint64_t data_begin, std::uint64_t file_size, const std::string& origin) {
  std::vector<std::pair<const std::string*, StoredTensor*>> order;
  for (auto& [name, tensor] : tensors) order.emplace_back(&name, &tensor);
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return std::pair(a.second->begin, a.second->end) < std::pair(b.second->begin, b.second->end); });
  std::uint64_t expected = 0;
  for (auto [name, tensor] : order) {
    if (tensor->begin != expected)
      return input_error(fmt::format("{}: tensor '{}' begins at data byte {}, expected {} ({})", origin, excerpt(*name), tensor->begin, expected,
                                     tensor->begin < expected ? "it overlaps the one before" : "a hole lies before it"),
                         "the file is damaged or was not written by a safetensors library: convert the model again");
    expected = tensor->end;
    if (tensor->end > file_size - data_begin)
      return input_error(
          fmt::format("{}: tensor '{}' ends at file byte {}, but the file has {} bytes", origin, excerpt(*name), data_begin + tensor->end, file_size),
          "the file is truncated: download or write it again");
    tensor->begin += data_begin;
    tensor->end += data_begin;
  }
  if (expected != file_size - data_begin)
    return input_error(fmt::format("{}: {} bytes follow the last tensor, which ends at file byte {}", origin, file_size - data_begin - expected,
                                   data_begin + expected),
                       "the file is damaged: download or write it again");
  return {};
}

std::uint64_t read_length(std::span<const std::byte> file) {
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<std::uint64_t>(file[static_cast<std::size_t>(i)]);
  return length;
}

}  // namespace

std::string_view name_of(StoredType type) {
  switch (type) {
    case StoredType::kF32: return "float32";
    case StoredType::kF16: return "float16";
    case StoredType::kBF16: return "bfloat16";
  }
  return "unknown";
}

std::uint64_t StoredTensor::elements() const { return (end - begin) / width_of(type); }

Result<std::map<std::string, StoredTensor>> parse_safetensors_header(std::span<const std::byte> file, const std::string& origin) {
  if (file.size() < kPrefix)
    return input_error(fmt::format("{}: {} bytes, expected at least the 8 of a safetensors header length", origin, file.size()),
                       "the file is truncated: download it again");
  const std::uint64_t length = read_length(file);
  if (length > kLongestHeader)
    return input_error(fmt::format("{}: byte 0 declares a header of {} bytes, expected at most {}", origin, length, kLongestHeader),
                       "the file is not a safetensors file, or damaged");
  if (length > file.size() - kPrefix)
    return input_error(fmt::format("{}: byte 0 declares a header of {} bytes, but only {} follow", origin, length, file.size() - kPrefix),
                       "the file is truncated: download it again");
  HeaderReader reader;
  const char* begin = reinterpret_cast<const char*>(file.data()) + kPrefix;
  // Only white space may follow the object, which is what the strict mode checks.
  if (!nlohmann::json::sax_parse(begin, begin + length, &reader) || length == 0 || *begin != '{')
    return input_error(fmt::format("{}: the header (file bytes 8 to {}) has {}", origin, kPrefix + length,
                                   reader.message.empty() ? "no JSON object" : reader.message),
                       "the file is damaged or not a safetensors file: download or convert it again");
  if (Status placed = place(reader.tensors, kPrefix + length, file.size(), origin); !placed) return fail(placed.error());
  return std::move(reader.tensors);
}

Result<Safetensors> Safetensors::open(const std::string& path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file) return fail(file.error());
  Result<std::map<std::string, StoredTensor>> tensors = parse_safetensors_header(file->bytes(), path);
  if (!tensors) return fail(tensors.error());
  return Safetensors(path, std::move(*file), std::move(*tensors));
}

Result<std::vector<float>> Safetensors::values(const std::string& name) const {
  auto found = tensors_.find(name);
  if (found == tensors_.end())
    return input_error(fmt::format("{}: tensor '{}' is missing", path_, name), "the weights do not belong to this configuration");
  const StoredTensor& tensor = found->second;
  std::vector<float> values(tensor.elements());
  const std::byte* data = file_.bytes().data() + tensor.begin;
  if (tensor.type == StoredType::kF32) {
    if (!values.empty()) std::memcpy(values.data(), data, values.size() * sizeof(float));
    return values;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, data + 2 * i, 2);
    values[i] = tensor.type == StoredType::kF16 ? widen_f16(bits) : widen_bf16(bits);
  }
  return values;
}

Status write_safetensors(const std::string& path, std::span<const NamedValues> tensors, StoredType type) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};
  std::uint64_t offset = 0;
  for (const NamedValues& tensor : tensors) {
    std::uint64_t end = offset + tensor.values.size() * width_of(type);
    header[tensor.name] = {{"dtype", type == StoredType::kF32   ? "F32"
                                     : type == StoredType::kF16 ? "F16"
                                                                : "BF16"},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string json = header.dump();
  json.resize((json.size() + 7) / 8 * 8, ' ');  // data begins at a multiple of 8
  std::string content;
  content.reserve(kPrefix + json.size() + offset);
  for (int i = 0; i < 8; ++i) content.push_back(static_cast<char>(json.size() >> (8 * i) & 0xff));
  content += json;
  for (const NamedValues& tensor : tensors) {
    for (float value : tensor.values) {
      if (type == StoredType::kF32) {
        content.append(reinterpret_cast<const char*>(&value), sizeof value);
        continue;
      }
      std::uint16_t bits = type == StoredType::kF16 ? round_to_f16(value) : round_to_bf16(value);
      content.append(reinterpret_cast<const char*>(&bits), sizeof bits);
    }
  }
  return write_file(path, content);
}

float widen_bf16(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

float widen_f16(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16, exponent = bits >> 10 & 0x1fu, fraction = bits & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;  // subnormal or zero
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

std::uint16_t round_to_bf16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>(bits >> 16 | 0x40u);  // NaN stays NaN
  return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

std::uint16_t round_to_f16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value), sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // rounds to infinity
  if (magnitude < 0x38800000u) {  // below the smallest normal number 2^-14: adding .5 aligns the last kept bit to 2^-24
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
  }
  return static_cast<std::uint16_t>(sign | (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1u)) >> 13);
}

}  // namespace assay::circuits
