// Style and script of the page, embedded by CMakeLists.txt from page/*.css and page/*.js.
#pragma once

namespace assay::analysis {

const char* page_style();
const char* page_script();
/// Of page_script(), in hex.
const char* page_script_sha256();

}  // namespace assay::analysis
