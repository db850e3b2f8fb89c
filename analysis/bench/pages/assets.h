// Style and script of the bench's pages, embedded by CMakeLists.txt from page/*.css and page/*.js.
#pragma once

namespace assay::analysis::bench {

const char* bench_style();
const char* bench_script();
/// Of bench_script(), in hex.
const char* bench_script_sha256();

}  // namespace assay::analysis::bench
