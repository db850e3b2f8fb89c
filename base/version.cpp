#include "base/version.h"

namespace assay {

std::string_view assay_version() { return ASSAY_VERSION; }

}  // namespace assay
