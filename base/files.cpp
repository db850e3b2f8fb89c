// Files: sizes before allocation, writes that are all or nothing.
#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/descriptor.h"

namespace assay {
namespace {

tl::unexpected<Error> system_error(std::string_view doing, const std::string& path, int code, std::string remedy) {
  return input_error(fmt::format("{} {}: {}", doing, path, std::strerror(code)), std::move(remedy), SourceRange{path, {}, {}});
}

tl::unexpected<Error> open_error(const std::string& path, int code) {
  std::string remedy = code == ENOENT   ? "check the path's spelling and the working folder"
                       : code == EACCES ? "check the file's permissions"
                                        : "check that the path names a readable file";
  return system_error("cannot open", path, code, std::move(remedy));
}

tl::unexpected<Error> too_large(const std::string& path, std::uint64_t size, std::uint64_t limit) {
  return input_error(fmt::format("found at least {} bytes in {}, expected at most {}", size, path, limit), "check that this is the file you meant",
                     SourceRange{path, {}, {}});
}

// Reads to the end, or to one byte more than `limit`; the stated size of a pipe or of a file in /proc is 0, so it is only a hint.
Result<std::string> read_to_end(int descriptor, const std::string& path, std::uint64_t hint, std::uint64_t limit) {
  std::string content;
  content.reserve(hint + 1);
  char buffer[1 << 16];
  for (;;) {
    ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("cannot read", path, errno, "check the disk and the file");
    if (count == 0) return content;
    if (content.size() + static_cast<std::size_t>(count) > limit) return too_large(path, content.size() + static_cast<std::size_t>(count), limit);
    content.append(buffer, static_cast<std::size_t>(count));
  }
}

Status write_all(int descriptor, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t count = ::write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return system_error("cannot write", path, errno, errno == ENOSPC ? "free some disk space and run the command again" : "choose another place");
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// A device or a pipe has no old content to protect, and a rename would replace the device itself.
Status write_in_place(const std::string& path, std::string_view content) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return open_error(path, errno);
  return write_all(file.get(), content, path);
}

mode_t usual_mode() {
  mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

Status replace_file(const std::string& path, std::string_view content) {
  std::string temporary = path + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return system_error("cannot create a file beside", path, errno, "check that the folder exists and can be written");
  Status written = write_all(file.get(), content, path);
  struct stat old{};
  mode_t mode = ::stat(path.c_str(), &old) == 0 ? old.st_mode & 07777 : usual_mode();
  if (written && (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0))
    written = system_error("cannot write", path, errno, errno == ENOSPC ? "free some disk space and run the command again" : "check the disk");
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0)
    written = system_error("cannot replace", path, errno, "check the folder's permissions");
  if (!written) ::unlink(temporary.c_str());
  return written;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t limit) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return open_error(path, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return open_error(path, errno);
  if (S_ISDIR(status.st_mode)) return input_error(path + " is a folder, expected a file", "name a file inside it", SourceRange{path, {}, {}});
  auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit) return too_large(path, size, limit);
  return read_to_end(file.get(), path, size, limit);
}

Status write_file(const std::string& path, std::string_view content) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return replace_file(path, content);
  if (S_ISDIR(status.st_mode)) return input_error(path + " is a folder, expected a file name", "name a file inside it", SourceRange{path, {}, {}});
  if (!S_ISREG(status.st_mode)) return write_in_place(path, content);
  // A link keeps pointing where it did: its target is what is replaced.
  std::unique_ptr<char, decltype(&std::free)> target(::realpath(path.c_str(), nullptr), &std::free);
  return replace_file(target ? target.get() : path, content);
}

Result<MappedFile> MappedFile::open(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return open_error(path, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return open_error(path, errno);
  if (!S_ISREG(status.st_mode)) return input_error(path + " is not a regular file", "name a file on disk", SourceRange{path, {}, {}});
  MappedFile mapped;
  if (status.st_size == 0) return mapped;
  auto size = static_cast<std::size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) return system_error("cannot map", path, errno, "check the file and the limits on address space");
  mapped.bytes_ = {static_cast<const std::byte*>(address), size};
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Result<TemporaryFolder> TemporaryFolder::create(std::string_view prefix) {
  const char* parent = std::getenv("TMPDIR");
  TemporaryFolder folder;
  std::string path = fmt::format("{}/{}-XXXXXX", parent != nullptr && *parent != 0 ? parent : "/tmp", prefix);
  if (::mkdtemp(path.data()) == nullptr) return system_error("cannot create the folder", path, errno, "set TMPDIR to a folder that can be written");
  folder.path_ = std::move(path);
  return folder;
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryFolder::~TemporaryFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace assay
