// Whatever the text: read_text gives an error or a valid program that writes, reads back, prints and translates without a crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "frontend/program/interpreter.h"
#include "frontend/program/printer.h"
#include "frontend/program/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto program = assay::program::read_text(text);
  if (!program) return 0;
  const std::string written = assay::program::write_text(*program);
  const auto again = assay::program::read_text(written);
  if (!again || assay::program::write_text(*again) != written) std::abort();
  static_cast<void>(assay::program::print_c(*program));
  const assay::program::Interpreter interpreter(*program);
  assay::program::RunOptions options;
  options.step_limit = 1000;
  for (std::uint32_t f = 0; f < program->functions.size(); ++f)
    if (program->functions[f].parameter_count == 0) static_cast<void>(interpreter.run({f}, {}, options));
  return 0;
}
