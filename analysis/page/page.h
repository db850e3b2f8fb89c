// What every HTML page is made of: escaped text, a JSON island, and the frame around the content.
//
//   frame(report_assets(), "Assay report", "<header>...</header><main>...</main>")
//
// A page is one file without network. Text of documents is escaped here, and scripts make text nodes of what lies in an island; the content security
// policy names the digest of the one script that may run. Styles and scripts that pages share lie in assets/: base.css, dom.js, theme.js
// (cmake/AssayPage.cmake puts a page's together). Tests: tests/analysis/report_test.cpp, tests/analysis/bench_pages_test.cpp
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace assay::analysis {

/// Style and script of a kind of page, embedded at configure time.
struct PageAssets {
  const char* style;
  const char* script;
  const char* script_sha256;  ///< in hex
};

/// For text and for attribute values in either kind of quotes.
std::string escape_html(std::string_view text);
/// JSON that can stand inside <script type="application/json">: no `<` or `>` anywhere.
std::string escape_island(const nlohmann::json& json);
/// `title` is text; `body` is HTML, all between the tags of <body> but the script.
std::string frame(const PageAssets& assets, std::string_view title, const std::string& body);

}  // namespace assay::analysis
