#include "analysis/report/result_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/toml.h"

namespace assay::analysis {
namespace {

constexpr std::uint64_t kLargestFile = 512u << 20;
constexpr int kDeepest = 64;  ///< nesting; what we write stays below 16
constexpr const char* kRemedy = "write the file again with `assay verify ... --out DIR`";

/// A place in the document with a name for messages. Every check that fails records the first error.
class Place {
 public:
  Place(const Json& json, std::string path, std::optional<Error>& error, const std::string& file)
      : json_(&json), path_(std::move(path)), error_(&error), file_(&file) {}

  const Json& json() const { return *json_; }
  bool failed() const { return error_->has_value(); }

  void expected(std::string_view what) const {
    if (failed()) return;
    std::string found =
        json_->is_structured() ? std::string("an ") + json_->type_name() : json_->dump(-1, ' ', false, Json::error_handler_t::replace);
    if (found.size() > 60) found = found.substr(0, 57) + "...";
    *error_ =
        Error{ErrorKind::kInput, fmt::format("{}: {}: found {}, expected {}", *file_, path_.empty() ? "the document" : path_, found, what), kRemedy};
  }

  std::optional<Place> member(const char* name) const {
    if (!json_->is_object() || !json_->contains(name)) return {};
    return Place((*json_)[name], path_.empty() ? name : path_ + "." + name, *error_, *file_);
  }
  Place element(std::size_t index) const { return Place((*json_)[index], fmt::format("{}[{}]", path_, index), *error_, *file_); }

  /// A member that must be there and satisfy `test`.
  void need(const char* name, bool (*test)(const Json&), std::string_view what) const {
    if (failed()) return;
    const std::optional<Place> at = member(name);
    if (!at) expected(fmt::format("a member \"{}\"", name));
    else if (!test(at->json())) at->expected(what);
  }
  /// A member that may be absent or null.
  void may(const char* name, bool (*test)(const Json&), std::string_view what) const {
    const std::optional<Place> at = member(name);
    if (at && !at->json().is_null() && !test(at->json())) at->expected(what);
  }

 private:
  const Json* json_;
  std::string path_;
  std::optional<Error>* error_;
  const std::string* file_;
};

bool is_string(const Json& json) { return json.is_string(); }
bool is_object(const Json& json) { return json.is_object(); }
bool is_array(const Json& json) { return json.is_array(); }
bool is_boolean(const Json& json) { return json.is_boolean(); }
bool is_link(const Json& json) { return json.is_number_integer() && json >= 1 && json <= 3; }
bool is_text_list(const Json& json) { return json.is_array() && std::all_of(json.begin(), json.end(), is_string); }

ClaimResult read_claim(const Place& at) {
  for (const char* name : {"id", "kind", "subject", "domain", "semantics", "summary"}) at.need(name, is_string, "a text");
  at.need("link", is_link, "1, 2 or 3");
  at.need("assumptions", is_text_list, "a list of texts");
  at.need("details", is_object, "an object");
  at.may("witness", is_object, "an object or null");
  at.may("expect", is_string, "a grade");
  if (at.failed()) return {};
  Json json = at.json();
  if (!json.contains("witness")) json["witness"] = nullptr;
  std::optional<ClaimResult> claim = claim_from_json(json);
  if (!claim) {
    at.expected("known names for outcome, evidence and replay (DESIGN section 3)");
    return {};
  }
  if (json.contains("expect") && json["expect"].is_string()) claim->expect = json["expect"].get<std::string>();
  if (!json.contains("grade") || json["grade"] != name_of(claim->grade()))
    at.expected(fmt::format("the grade \"{}\", which follows from outcome and evidence", name_of(claim->grade())));
  return std::move(*claim);
}

ErrorKind error_kind(const std::string& name) {
  for (const ErrorKind kind : {ErrorKind::kUsage, ErrorKind::kInput, ErrorKind::kUnsupported, ErrorKind::kBudget, ErrorKind::kCancelled})
    if (name_of(kind) == name) return kind;
  return ErrorKind::kInternal;
}

bool is_count(const Json& json) { return json.is_number_unsigned() || (json.is_number_integer() && json >= 0); }
bool is_range(const Json& json) { return json.is_array() && json.size() == 2 && is_count(json[0]) && is_count(json[1]) && json[0] <= json[1]; }
bool is_range_list(const Json& json) { return json.is_array() && std::all_of(json.begin(), json.end(), is_range); }
bool is_weight(const Json& json) { return json.is_array() && json.size() == 2 && is_count(json[0]) && json[1].is_number(); }
bool is_weight_list(const Json& json) { return json.is_null() || (json.is_array() && std::all_of(json.begin(), json.end(), is_weight)); }
bool is_weight_table(const Json& json) { return json.is_array() && std::all_of(json.begin(), json.end(), is_weight_list); }

void check_attention_rows(const Place& at) {
  at.need("rows", is_array, "a list");
  at.need("prompts", is_array, "a list");
  if (at.failed()) return;
  const Place rows = *at.member("rows"), prompts = *at.member("prompts");
  for (std::size_t i = 0; i < rows.json().size(); ++i)
    for (const char* name : {"node", "head", "position"}) rows.element(i).need(name, is_string, "a text");
  for (std::size_t i = 0; i < prompts.json().size() && !at.failed(); ++i) {
    const Place prompt = prompts.element(i);
    prompt.need("text", is_string, "a text");
    prompt.need("tokens", is_range_list, "a list of [begin, end]");
    prompt.need("positions", is_object, "an object");
    prompt.need("rows", is_weight_table, "for each row a list of [token, weight], or null");
    if (!at.failed() && prompt.json()["rows"].size() != rows.json().size())
      prompt.member("rows")->expected(fmt::format("{} of them, as the member rows lists", rows.json().size()));
  }
}

void check_shown_data(const Place& at) {
  for (const char* name : {"task", "network", "program", "reference", "circuit", "alignments"}) at.may(name, is_object, "an object or null");
  for (const char* name : {"inputs", "attention"}) at.may(name, is_array, "a list or null");
  if (const std::optional<Place> circuit = at.member("circuit"); circuit && circuit->json().is_object()) {
    circuit->need("nodes", is_text_list, "a list of names");
    circuit->need("edges", is_array, "a list");
  }
  at.may("attention_rows", is_object, "an object or null");
  if (const std::optional<Place> rows = at.member("attention_rows"); rows && rows->json().is_object()) check_attention_rows(*rows);
  if (const std::optional<Place> inputs = at.member("inputs"); inputs && inputs->json().is_array())
    for (std::size_t i = 0; i < inputs->json().size() && !at.failed(); ++i) {
      const Place input = inputs->element(i);
      for (const char* name : {"text", "network_answer", "program_answer"}) input.need(name, is_string, "a text");
      input.need("symbols", is_text_list, "a list of texts");
    }
}

HypothesisResult read_hypothesis_result(const Place& at) {
  HypothesisResult result;
  at.need("name", is_string, "a text");
  at.need("file", is_string, "a text");
  at.need("claims", is_array, "a list of claims");
  at.may("skipped", is_string, "a text");
  at.may("error", is_object, "an object");
  check_shown_data(at);
  if (at.failed()) return result;
  result.name = at.json()["name"].get<std::string>();
  result.file = at.json()["file"].get<std::string>();
  result.task = at.json().value("task", Json());
  result.network = at.json().value("network", Json());
  if (at.json().contains("skipped") && at.json()["skipped"].is_string()) result.skipped = at.json()["skipped"].get<std::string>();
  if (const std::optional<Place> error = at.member("error"); error && error->json().is_object()) {
    error->need("kind", is_string, "a text");
    error->need("message", is_string, "a text");
    if (at.failed()) return result;
    result.error = Error{error_kind(error->json()["kind"].get<std::string>()), error->json()["message"].get<std::string>(), ""};
  }
  const std::optional<Place> claims = at.member("claims");
  for (std::size_t i = 0; i < claims->json().size() && !at.failed(); ++i) {
    const Place claim = claims->element(i);
    if (!claim.json().is_object()) claim.expected("an object");
    else result.claims.push_back(read_claim(claim));
  }
  return result;
}

void read_timing(const Json& document, Verification& verification) {
  const Json timing = document.value("timing", Json::object());
  if (!timing.is_object()) return;
  if (timing.contains("seconds") && timing["seconds"].is_number()) verification.seconds = timing["seconds"].get<double>();
  if (!timing.contains("claims") || !timing["claims"].is_object()) return;
  for (HypothesisResult& hypothesis : verification.hypotheses) {
    const auto of_file = timing["claims"].find(hypothesis.file);
    if (of_file == timing["claims"].end() || !of_file->is_object()) continue;
    for (ClaimResult& claim : hypothesis.claims) {
      const auto entry = of_file->find(claim.id);
      if (entry == of_file->end() || !entry->is_object()) continue;
      if (entry->contains("seconds") && (*entry)["seconds"].is_number()) claim.seconds = (*entry)["seconds"].get<double>();
      if (entry->contains("from_cache") && (*entry)["from_cache"].is_boolean()) claim.from_cache = (*entry)["from_cache"].get<bool>();
    }
  }
}

Status check_version(const Json& document, const std::string& file) {
  if (!document.is_object() || !document.contains("format") || document["format"] != "assay-result")
    return input_error(file + ": this is no result of assay, expected \"format\": \"assay-result\"",
                       "name a result.json that `assay verify ... --out DIR` wrote");
  if (!document.contains("version") || document["version"] != kResultVersion)
    return input_error(
        fmt::format("{}: found version {}, expected {}", file,
                    document.value("version", Json()).dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 20), kResultVersion),
        "write the file again with this version of assay");
  return {};
}

Result<Json> parse_document(const std::string& text, const std::string& file) {
  bool too_deep = false;
  const Json::parser_callback_t watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep |= depth > kDeepest;
    return depth <= kDeepest;
  };
  try {
    Json document = Json::parse(text, watch);
    if (too_deep) return input_error(fmt::format("{}: nested deeper than {} levels", file, kDeepest), kRemedy);
    return document;
  } catch (const Json::exception& error) { return input_error(fmt::format("{}: not valid JSON, or cut off: {}", file, error.what()), kRemedy); }
}

}  // namespace

Result<ResultFile> parse_result(const std::string& text, const std::string& file) {
  Result<Json> document = parse_document(text, file);
  if (!document) return fail(document.error());
  if (Status status = check_version(*document, file); !status) return fail(status.error());
  ResultFile result;
  result.json = std::move(*document);
  std::optional<Error> error;
  const Place top(result.json, "", error, file);
  top.need("hypotheses", is_array, "a list of hypotheses");
  top.may("unexpected", is_text_list, "a list of texts");
  top.may("interrupted", is_boolean, "true or false");
  if (error) return fail(*error);
  const std::optional<Place> hypotheses = top.member("hypotheses");
  for (std::size_t i = 0; i < hypotheses->json().size() && !error; ++i) {
    const Place hypothesis = hypotheses->element(i);
    if (!hypothesis.json().is_object()) hypothesis.expected("an object");
    else result.verification.hypotheses.push_back(read_hypothesis_result(hypothesis));
  }
  if (error) return fail(*error);
  if (const std::optional<Place> lines = top.member("unexpected"); lines && lines->json().is_array())
    result.verification.unexpected = lines->json().get<std::vector<std::string>>();
  if (const std::optional<Place> flag = top.member("interrupted"); flag && flag->json().is_boolean())
    result.verification.interrupted = flag->json().get<bool>();
  read_timing(result.json, result.verification);
  return result;
}

Result<ResultFile> read_result(const std::string& path) {
  Result<std::string> text = read_file(path, kLargestFile);
  if (!text) return fail(text.error());
  return parse_result(*text, path);
}

Result<ResultFile> only_hypothesis(const ResultFile& result, const std::string& name) {
  ResultFile some;
  some.json = result.json;
  some.json["hypotheses"] = Json::array();
  some.verification = result.verification;
  some.verification.hypotheses.clear();
  some.verification.unexpected.clear();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < result.verification.hypotheses.size(); ++i) {
    const HypothesisResult& hypothesis = result.verification.hypotheses[i];
    names.push_back(hypothesis.name);
    names.push_back(hypothesis.file);
    if (hypothesis.name != name && hypothesis.file != name) continue;
    some.verification.hypotheses.push_back(hypothesis);
    some.json["hypotheses"].push_back(result.json["hypotheses"][i]);
  }
  if (!some.verification.hypotheses.empty()) return some;
  const std::string near = nearest(name, names);
  return input_error(fmt::format("the result holds no hypothesis '{}'", name),
                     near.empty() ? "`assay report RESULT --html FILE` shows all of them" : fmt::format("did you mean '{}'?", near));
}

}  // namespace assay::analysis
