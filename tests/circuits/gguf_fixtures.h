// Writes GGUF files for tests, honest ones and, with raw(), ones that lie.
//
//   GgufWriter file;  file.key("general.architecture", "llama");  file.tensor("a", {2, 3}, values);
//   parse_gguf(std::as_bytes(std::span(file.bytes())), "model.gguf");
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace assay::circuits {

template <class Number>
std::string raw(Number value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}
inline std::string raw_text(std::string_view text) { return raw<std::uint64_t>(text.size()) + std::string(text); }

class GgufWriter {
 public:
  std::uint32_t version = 3;
  std::uint64_t alignment = 32;

  void key(std::string_view name, std::uint32_t type, const std::string& value) { keys_.push_back(raw_text(name) + raw(type) + value); }
  void key(std::string_view name, std::string_view text) { key(name, 8, raw_text(text)); }
  void key(std::string_view name, const char* text) { key(name, std::string_view(text)); }
  void key(std::string_view name, int value) { key(name, 4, raw(static_cast<std::uint32_t>(value))); }
  void key(std::string_view name, double value) { key(name, 6, raw(static_cast<float>(value))); }
  void key(std::string_view name, bool value) { key(name, 7, raw(static_cast<std::uint8_t>(value))); }
  void key(std::string_view name, const std::vector<std::string>& texts) {
    std::string value = raw(std::uint32_t{8}) + raw<std::uint64_t>(texts.size());
    for (const std::string& text : texts) value += raw_text(text);
    key(name, 9, value);
  }
  void key(std::string_view name, const std::vector<std::int32_t>& numbers) {
    std::string value = raw(std::uint32_t{5}) + raw<std::uint64_t>(numbers.size());
    for (std::int32_t number : numbers) value += raw(number);
    key(name, 9, value);
  }
  /// `shape` row-major; `type` and the bytes as given.
  void tensor(std::string_view name, const std::vector<std::int64_t>& shape, std::uint32_t type, const std::string& data) {
    std::string info = raw_text(name) + raw(static_cast<std::uint32_t>(shape.size()));
    for (auto size = shape.rbegin(); size != shape.rend(); ++size) info += raw(static_cast<std::uint64_t>(*size));
    tensors_.push_back(info + raw(type) + raw<std::uint64_t>(data_.size()));
    data_ += data;
    data_.resize((data_.size() + alignment - 1) / alignment * alignment);
  }
  void tensor(std::string_view name, const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
    tensor(name, shape, 0, std::string(reinterpret_cast<const char*>(values.data()), values.size() * 4));
  }
  /// A table entry alone, as it is.
  void entry(const std::string& info) { tensors_.push_back(info); }

  std::string bytes() const {
    std::string file = "GGUF" + raw(version) + raw<std::uint64_t>(tensors_.size()) + raw<std::uint64_t>(keys_.size());
    for (const std::string& each : keys_) file += each;
    for (const std::string& each : tensors_) file += each;
    file.resize((file.size() + alignment - 1) / alignment * alignment);
    return file + data_;
  }

 private:
  std::vector<std::string> keys_, tensors_;
  std::string data_;
};

/// A table entry that may contradict everything.
inline std::string tensor_entry(std::string_view name, const std::vector<std::uint64_t>& sizes, std::uint32_t type, std::uint64_t offset) {
  std::string info = raw_text(name) + raw(static_cast<std::uint32_t>(sizes.size()));
  for (std::uint64_t size : sizes) info += raw(size);
  return info + raw(type) + raw(offset);
}

}  // namespace assay::circuits
