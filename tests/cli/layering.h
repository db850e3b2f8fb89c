// Who may include whom (DESIGN section 4), checked on the include lines themselves; and which tests the comments name.
#pragma once

#include <string>
#include <vector>

namespace assay {

/// One sentence for each forbidden include line in `text`, the file `path` (relative to the source folder).
std::vector<std::string> forbidden_edges(const std::string& path, const std::string& text);
/// As above, for what public headers must not show: Clang, LLVM, Z3, torch.
std::vector<std::string> exposed_libraries(const std::string& path, const std::string& text);

/// The test files that comments of `text` name: "tests/base/x_test.cpp", or each of "tests/base/{x,y}_test.cpp".
std::vector<std::string> tests_named_in(const std::string& text);

}  // namespace assay
