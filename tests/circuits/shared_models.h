// Where the third-party test models lie: ../shared beside the source tree, or ASSAY_SHARED.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace assay::circuits {

inline std::string shared_folder() {
  const char* named = std::getenv("ASSAY_SHARED");
  return named != nullptr ? named : std::string(ASSAY_SOURCE_DIR) + "/../shared";
}
inline std::string shared_models() { return shared_folder() + "/models"; }
inline bool shared_models_present() { return std::filesystem::exists(shared_models() + "/golden_logits.jsonl"); }

}  // namespace assay::circuits
