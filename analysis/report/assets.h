// Style and script of the page, embedded by CMakeLists.txt from page/*.css and page/*.js.
#pragma once

#include "analysis/page/page.h"

namespace assay::analysis {

const PageAssets& report_assets();

}  // namespace assay::analysis
