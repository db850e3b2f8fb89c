#include "analysis/bench/pages/pages.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/bench/pages/document_check.h"
#include "analysis/bench/pages/html.h"
#include "analysis/bench/pages/request_page.h"
#include "analysis/bench/pages/summary_page.h"
#include "base/files.h"

namespace assay::analysis::bench {

Result<std::vector<PageFile>> bench_pages(const nlohmann::json& document) {
  if (Status status = check_document(document); !status) return fail(status.error());
  try {
    std::vector<PageFile> pages = {{"index.html", summary_page(document)}};
    for (std::size_t task = 0; task < document.at("tasks").size(); ++task) pages.push_back({request_page_name(task), request_page(document, task)});
    return pages;
  } catch (const nlohmann::json::exception& error) {  // whatever the check does not know of
    return input_error(fmt::format("bench.json cannot be shown: {}", error.what()), "write it again with `assay bench`");
  }
}

Status write_bench_pages(const nlohmann::json& document, const std::string& folder) {
  Result<std::vector<PageFile>> pages = bench_pages(document);
  if (!pages) return fail(pages.error());
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return input_error(fmt::format("cannot create {}: {}", folder, error.message()), "name a folder that can be written");
  for (const PageFile& page : *pages)
    if (Status status = write_file(folder + "/" + page.name, page.text); !status) return status;
  return {};
}

}  // namespace assay::analysis::bench
