// The version of Assay itself, from the build system.
#pragma once

#include <string_view>

namespace assay {

std::string_view assay_version();

}  // namespace assay
