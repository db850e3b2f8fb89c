#include "frontend/lowering/isolated.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "base/sanitizers.h"
#include "frontend/lowering/source_facts.h"
#include "frontend/lowering/source_facts_json.h"
#include "frontend/program/text.h"

namespace assay::lowering {
namespace {

using Json = nlohmann::json;

constexpr const char* kChild = "assay-lower";
constexpr std::size_t kMostAnswer = 64u << 20;

Json to_json(const SourceRange& range) { return {range.file, range.begin.line, range.begin.column, range.end.line, range.end.column}; }

SourceRange range_from(const Json& json) {
  return {json.at(0).get<std::string>(), {json.at(1).get<int>(), json.at(2).get<int>()}, {json.at(3).get<int>(), json.at(4).get<int>()}};
}

Json to_json(const Error& error) {
  return {
      {"kind", name_of(error.kind)}, {"message", error.message}, {"remedy", error.remedy}, {"where", error.where ? to_json(*error.where) : Json()}};
}

Error error_from(const Json& json) {
  Error error{ErrorKind::kInternal, json.at("message").get<std::string>(), json.at("remedy").get<std::string>(), {}};
  for (const ErrorKind kind : {ErrorKind::kInput, ErrorKind::kUnsupported, ErrorKind::kBudget, ErrorKind::kUsage})
    if (json.at("kind").get<std::string>() == name_of(kind)) error.kind = kind;
  if (!json.at("where").is_null()) error.where = range_from(json.at("where"));
  return error;
}

Result<Lowered> read_answer(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  try {
    if (json.contains("error")) return fail(error_from(json.at("error")));
    Lowered lowered;
    Result<program::Program> program = program::read_text(json.at("program").get<std::string>(), kChild);
    if (!program) return internal_error(fmt::format("{} wrote a program that cannot be read: {}", kChild, program.error().to_string()));
    lowered.program = std::move(*program);
    for (const Json& warning : json.at("warnings")) lowered.warnings.push_back({false, range_from(warning.at(0)), warning.at(1).get<std::string>()});
    lowered.unsupported = json.at("unsupported").get<std::vector<std::string>>();
    lowered.flags = json.at("flags").get<std::vector<std::string>>();
    return lowered;
  } catch (const Json::exception&) { return internal_error(fmt::format("{} answered nothing readable", kChild)); }
}

constexpr std::uint64_t kLargestChild = std::uint64_t{1} << 30;  ///< bytes; with debug information it is ten times as large as without

/// Read once: the child goes into each sandbox as a file.
const Result<std::string>& child_binary() {
  static const Result<std::string> kBinary = []() -> Result<std::string> {
    const std::string path = companion_program(kChild);
    if (path.empty())
      return input_error(fmt::format("program '{}' was found neither beside the running binary nor in PATH", kChild),
                         "build or install it with the command");
    return read_file(path, kLargestChild);
  }();
  return kBinary;
}

Error after_death(const ProcessResult& process, const std::string& file_name, const IsolationLimits& limits) {
  if (process.cancelled) return {ErrorKind::kCancelled, "interrupted", "run the command again", {}};
  const SourceRange where{file_name, {1, 1}, {1, 1}};
  if (process.timed_out)
    return {ErrorKind::kBudget, fmt::format("the source was not parsed within {} seconds", limits.wall_seconds), "give shorter source", where};
  return {ErrorKind::kBudget,
          fmt::format("the parser ended with {} {} within {} MB of memory", process.signal != 0 ? "signal" : "exit code",
                      process.signal != 0 ? process.signal : process.exit_code, limits.memory_mb),
          "give simpler source", where};
}

/// The answer is untrusted: its places are used as indices into the text.
bool lie_within(const program::SourceFacts& facts, std::size_t size) {
  std::size_t last = 0;
  for (const program::SourceToken& token : facts.tokens) {
    if (token.begin < last || token.end <= token.begin || token.end > size) return false;
    last = token.end;
  }
  for (const program::SourceVariable& variable : facts.variables)
    if (variable.declared >= size) return false;
  if (!facts.function) return true;
  const program::FunctionText& f = *facts.function;
  return f.begin <= f.name && f.name <= f.name_end && f.name_end <= f.parameters && f.parameters <= f.parameters_end && f.parameters_end < f.body &&
         f.body < size;
}

Json facts_answer(const Json& request, const SourceOptions& options) {
  const Result<program::SourceFacts> facts =
      source_facts(request.at("text").get<std::string>(), request.at("file").get<std::string>(), request.at("facts_of").get<std::string>(), options);
  return facts ? Json{{"facts", lowering::to_json(*facts)}} : Json{{"error", to_json(facts.error())}};
}

Json request_of(const std::string& text, const std::string& file_name, const SourceOptions& options) {
  return {{"text", text}, {"file", file_name}, {"standard", options.standard}, {"target", options.target}, {"definitions", options.definitions}};
}

/// What the child answers in the sandbox.
Result<std::string> ask_child(const Json& request, const std::string& file_name, const SourceOptions& options, const IsolationLimits& limits,
                              const Session* session) {
  if (!options.include_dirs.empty() || !options.compilation_database.empty())
    return input_error("hostile source is parsed without folders of the host", "leave out -I and -p");
  const Result<std::string>& binary = child_binary();
  if (!binary) return fail(binary.error());
  SandboxSpec job;
  job.command = {std::string("/work/") + kChild};
  job.files_in = {{kChild, *binary}};
  job.input = request.dump(-1, ' ', false, Json::error_handler_t::replace);
  job.wall_seconds = limits.wall_seconds;
  job.memory_mb = limits.memory_mb;
  job.sanitized = kAddressSanitizer;
  job.tmpfs_mb += binary->size() >> 20;  // with debug information it is larger than all the rest
  job.output_limit = kMostAnswer;
  Result<SandboxResult> ran = run_sandboxed(job, session);
  if (!ran) return fail(ran.error());
  const ProcessResult& process = ran->process;
  if (process.exit_code != 0 || process.signal != 0 || process.timed_out || process.cancelled || process.output_truncated)
    return fail(after_death(process, file_name, limits));
  return process.output;
}

}  // namespace

std::string answer_lowering_request(const std::string& request) {
  const auto as_text = [](const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); };
  const Json json = Json::parse(request, nullptr, false);
  try {
    SourceOptions options;
    options.standard = json.at("standard").get<std::string>();
    options.target = json.at("target").get<std::string>();
    options.definitions = json.at("definitions").get<std::vector<std::string>>();
    if (json.contains("facts_of")) return as_text(facts_answer(json, options));
    Result<Lowered> lowered = lower_source(json.at("text").get<std::string>(), json.at("file").get<std::string>(), options);
    if (!lowered) return as_text({{"error", to_json(lowered.error())}});
    Json warnings = Json::array();
    for (const Diagnostic& warning : lowered->warnings) warnings.push_back({to_json(warning.where), warning.message});
    return as_text({{"program", program::write_text(lowered->program)},
                    {"warnings", warnings},
                    {"unsupported", lowered->unsupported},
                    {"flags", lowered->flags}});
  } catch (const Json::exception& error) {
    return as_text(
        {{"error",
          to_json(Error{ErrorKind::kInput, fmt::format("the request cannot be read: {}", error.what()), "let assay start this program", {}})}});
  }
}

Result<Lowered> lower_isolated(const std::string& text, const std::string& file_name, const SourceOptions& options, const IsolationLimits& limits,
                               const Session* session) {
  Result<std::string> answer = ask_child(request_of(text, file_name, options), file_name, options, limits, session);
  return answer ? read_answer(*answer) : fail(answer.error());
}

Result<program::SourceFacts> source_facts_isolated(const std::string& text, const std::string& file_name, const std::string& function,
                                                   const SourceOptions& options, const IsolationLimits& limits, const Session* session) {
  Json request = request_of(text, file_name, options);
  request["facts_of"] = function;
  Result<std::string> answer = ask_child(request, file_name, options, limits, session);
  if (!answer) return fail(answer.error());
  const Json json = Json::parse(*answer, nullptr, false);
  try {
    if (json.contains("error")) return fail(error_from(json.at("error")));
    program::SourceFacts facts = source_facts_from_json(json.at("facts"));
    if (!lie_within(facts, text.size())) return internal_error(fmt::format("{} named places outside of the text", kChild));
    return facts;
  } catch (const std::exception&) { return internal_error(fmt::format("{} answered nothing readable", kChild)); }
}

}  // namespace assay::lowering
