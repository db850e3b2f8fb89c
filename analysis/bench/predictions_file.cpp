#include "analysis/bench/predictions_file.h"

#include <fmt/format.h>

#include "analysis/code_tasks/sha256.h"

namespace assay::analysis::bench {
namespace {

constexpr const char* kRemedy = "take both files from the same run of `assay bench --out`";

bool has_text(const Json& json, const char* name) { return json.contains(name) && json[name].is_string(); }

}  // namespace

Result<std::vector<Prediction>> parse_predictions(const std::string& text, const std::string& file, const std::string& sha256) {
  if (const std::string found = code_tasks::sha256(text); found != sha256)
    return input_error(fmt::format("{}: found the SHA-256 {}, expected {}, as bench.json has it", file, found, sha256), kRemedy);
  std::vector<Prediction> entries;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const Json json = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    at = end + 1;
    if (!json.is_object() || (number == 0 && json.value("kind", Json()) != "assay-predictions"))
      return input_error(fmt::format("{}:{}: found something else, expected {}", file, number + 1,
                                     number == 0 ? "a head with \"kind\": \"assay-predictions\"" : "a prediction"),
                         kRemedy);
    if (number == 0) continue;
    if (!has_text(json, "request") || !has_text(json, "token") || !has_text(json, "demanded"))
      return input_error(fmt::format("{}:{}: found no prediction, expected the texts request, token and demanded", file, number + 1), kRemedy);
    entries.push_back({json["request"].get<std::string>(), json["token"].get<std::string>(), json["demanded"].get<std::string>()});
  }
  return entries;
}

}  // namespace assay::analysis::bench
