// Which Clang is really loaded; `assay doctor` prints it.
#pragma once

#include <string>

namespace assay::lowering {

std::string clang_version();

}  // namespace assay::lowering
