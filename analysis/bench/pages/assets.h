// Style and script of the pages, embedded by CMakeLists.txt from page/*.css and page/*.js.
#pragma once

#include "analysis/page/page.h"

namespace assay::analysis::bench {

const PageAssets& bench_assets();

}  // namespace assay::analysis::bench
