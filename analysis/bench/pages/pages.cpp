#include "analysis/bench/pages/pages.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analysis/bench/pages/document_check.h"
#include "analysis/bench/pages/html.h"
#include "analysis/bench/pages/request_page.h"
#include "analysis/bench/pages/summary_page.h"

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

}  // namespace assay::analysis::bench
