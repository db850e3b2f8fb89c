// One call into each exported library.
#include <cstdio>

#include <base/hash.h>
#include <base/process.h>
#include <frontend/program/checks.h>

int main() {
  assay::ProcessSpec spec;
  spec.command = {"echo", std::string(assay::program::info(assay::program::CheckKind::kDivisionByZero).id)};
  assay::Result<assay::ProcessResult> result = assay::run_process(spec);
  if (!result || assay::hash_of(std::string_view("x")).size() != 32) return 1;
  std::printf("%s", result->output.c_str());
  return 0;
}
