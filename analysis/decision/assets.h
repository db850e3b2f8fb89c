// Style and script of the page, embedded by CMakeLists.txt.
#pragma once

#include "analysis/page/page.h"

namespace assay::analysis {

const PageAssets& decision_assets();

}  // namespace assay::analysis
