// Whatever the source: lowering gives an input error or a valid program, in which recognisers, printer and interpreter find no crash.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "frontend/concepts/concepts.h"
#include "frontend/lowering/lowering.h"
#include "frontend/program/interpreter.h"
#include "frontend/program/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string source(data, data + size);
  auto lowered = assay::lowering::lower_source(source, "fuzz.c");
  if (!lowered) {
    // An invalid program would be our own mistake, not the source's.
    bool ours = lowered.error().kind != assay::ErrorKind::kInput || lowered.error().message.starts_with("invalid program");
    if (ours) std::abort();
    return 0;
  }
  static_cast<void>(assay::concepts::find_concepts(lowered->program));
  static_cast<void>(assay::program::print_c(lowered->program));
  const assay::program::Interpreter interpreter(lowered->program);
  assay::program::RunOptions options;
  options.step_limit = 1000;
  for (std::uint32_t f = 0; f < lowered->program.functions.size(); ++f)
    if (lowered->program.functions[f].parameter_count == 0) static_cast<void>(interpreter.run({f}, {}, options));
  return 0;
}
