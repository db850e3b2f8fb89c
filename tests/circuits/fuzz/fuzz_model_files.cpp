// libFuzzer target for what a model folder holds: the first byte chooses between a safetensors file and a config.json.
//
//   build/fuzz/bin/fuzz_model_files CORPUS_FOLDER -max_total_time=600
//
// Must hold: no crash, no sanitizer report, no allocation beyond the input's own size; an accepted header's tensors lie inside the file,
// and an accepted configuration is written and read back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "circuits/model/config.h"
#include "circuits/model/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::circuits;
  if (size == 0) return 0;
  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  if (data[0] % 2 == 0) {
    auto tensors = parse_safetensors_header(std::as_bytes(rest), "fuzz");
    if (!tensors) return 0;
    for (const auto& [name, tensor] : *tensors)
      if (tensor.begin > tensor.end || tensor.end > rest.size()) std::abort();
    return 0;
  }
  auto config = parse_config(std::string(rest.begin(), rest.end()), "fuzz");
  if (!config) return 0;
  const std::string written = config_json(*config);
  auto again = parse_config(written, "fuzz");
  if (!again || config_json(*again) != written) std::abort();
  return 0;
}
