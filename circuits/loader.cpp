// Opens the engine module at first use, so that a process which needs no network never loads libtorch.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>

#include "circuits/engine.h"

namespace assay::circuits {
namespace {

Result<std::string> module_path() {
  if (const char* named = std::getenv("ASSAY_ENGINE"); named != nullptr && *named != '\0') return std::string(named);
  std::error_code failure;
  const std::filesystem::path executable = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) return internal_error("cannot read /proc/self/exe: " + failure.message());
  return (executable.parent_path().parent_path() / "lib" / "libassay_engine.so").string();
}

Result<Engine*> load() {
  Result<std::string> path = module_path();
  if (!path) return fail(path.error());
  // The module stays loaded until exit: libtorch does not survive being unloaded.
  void* module = ::dlopen(path->c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    const char* reason = ::dlerror();
    return input_error("cannot load the network engine " + *path + ": " + (reason != nullptr ? reason : "unknown reason"),
                       "build the target assay_engine, or let ASSAY_ENGINE name a libassay_engine.so");
  }
  using EntryPoint = Engine* (*)();
  void* symbol = ::dlsym(module, "assay_engine_v1");
  if (symbol == nullptr) {
    ::dlclose(module);
    return input_error(*path + " has no entry point assay_engine_v1", "let ASSAY_ENGINE name a libassay_engine.so of this version");
  }
  return reinterpret_cast<EntryPoint>(symbol)();
}

}  // namespace

Result<Engine*> open_engine() {
  static std::mutex mutex;
  static std::optional<Engine*> opened;
  std::scoped_lock lock(mutex);
  if (opened) return *opened;
  Result<Engine*> engine = load();
  if (engine) opened = *engine;
  return engine;
}

}  // namespace assay::circuits
