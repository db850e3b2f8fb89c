#include "analysis/page/page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analysis/page/base64.h"

namespace assay::analysis {

std::string escape_html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      case '\0': escaped += "\xEF\xBF\xBD"; break;
      default: escaped += c;
    }
  return escaped;
}

std::string escape_island(const nlohmann::json& json) {
  std::string escaped;
  for (const char c : json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) {
    if (c == '<') escaped += "\\u003c";
    else if (c == '>') escaped += "\\u003e";
    else escaped += c;
  }
  return escaped;
}

std::string frame(const PageAssets& assets, std::string_view title, const std::string& body) {
  const std::string policy =
      fmt::format("default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
                  base64_of_hex(assets.script_sha256));
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", policy);
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n";
  html += fmt::format("<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n{}<script>", escape_html(title), assets.style, body);
  html += assets.script;
  return html + "</script>\n</body>\n</html>\n";
}

}  // namespace assay::analysis
