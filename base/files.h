// Reading and writing files: sizes are checked before allocation, writes are atomic (temporary file, fsync, rename).
// Test: tests/base/files_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace assay {

/// Whole file as text; a file above `limit` bytes is an input error that names both sizes.
Result<std::string> read_file(const std::string& path, std::uint64_t limit = 64u << 20);
/// All or nothing: on any failure (full disk included) the old file stays as it was.
Status write_file(const std::string& path, std::string_view content);

/// Read-only memory map of a regular file.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  MappedFile(MappedFile&&) noexcept;
  MappedFile& operator=(MappedFile&&) noexcept;
  ~MappedFile();
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  MappedFile() = default;
  std::span<const std::byte> bytes_;
};

/// A folder under TMPDIR that is removed with everything in it.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> create(std::string_view prefix);
  TemporaryFolder(TemporaryFolder&&) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) noexcept;
  ~TemporaryFolder();
  const std::string& path() const { return path_; }

 private:
  TemporaryFolder() = default;
  std::string path_;
};

}  // namespace assay
