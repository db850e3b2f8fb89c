#include "frontend/lowering/version.h"

#include <clang/Basic/Version.h>

namespace assay::lowering {

std::string clang_version() { return clang::getClangFullVersion(); }

}  // namespace assay::lowering
