#include "analysis/bench/random_runs.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/bench/native_tests.h"
#include "analysis/bench/random_harness.h"
#include "base/hash.h"
#include "base/sandbox.h"

namespace assay::analysis::bench {
namespace {

constexpr int kCpuSeconds = 10;      // then the program ends by itself
constexpr double kWallSeconds = 30;  // for a single call that takes too long, on a busy machine
constexpr std::uint64_t kMemoryMb = 1024;

std::uint64_t most_drawn(std::uint64_t wanted) { return std::max<std::uint64_t>(100'000, 100 * wanted); }

/// What stands behind `begin` in the text, to the end of the line; empty if it is not there.
std::string behind(const std::string& text, const std::string& begin) {
  const std::size_t at = text.find(begin);
  if (at == std::string::npos) return {};
  return text.substr(at + begin.size(), text.find('\n', at) - at - begin.size());
}

/// "heap-buffer-overflow on address 0x..." or "signed integer overflow: ...": the sanitizer's own words.
std::string report_in(const ProcessResult& process) {
  if (const std::string words = behind(process.error_output, "runtime error: "); !words.empty()) return words;
  if (const std::string words = behind(process.error_output, "AddressSanitizer: "); !words.empty()) return words.substr(0, words.find(" on "));
  if (process.signal != 0) return fmt::format("signal {}", process.signal);
  return fmt::format("exit code {}", process.exit_code);
}

/// The program's own lines, in order.
class Report {
 public:
  Report(const std::string& output, const std::string& mark) {
    const std::string begin = "\n" + mark + " ";
    for (std::size_t at = output.find(begin); at != std::string::npos; at = output.find(begin, at + 1)) {
      const std::size_t line = at + begin.size(), end = std::min(output.find('\n', line), output.size());
      if (line >= output.size()) break;
      take(output[line], output.substr(std::min(line + 2, end), end - std::min(line + 2, end)));
    }
  }

  RandomRuns runs;
  std::optional<int> stage;  ///< in which it ended early: 1 reference, 2 answer
  bool to_the_end = false;

 private:
  void take(char kind, const std::string& text) {
    switch (kind) {
      case 'i': runs.input.push_back(text); break;
      case 'g': runs.answer = text; break;
      case 'e': runs.reference_answer = text; break;
      case 'x': stage = std::atoi(text.c_str()); break;
      case 'd': to_the_end = true; break;
      case 'c': {
        unsigned long long done = 0, drawn = 0, differences = 0;
        if (std::sscanf(text.c_str(), "%llu %llu %llu", &done, &drawn, &differences) == 3)
          runs.runs = done, runs.drawn = drawn, runs.differences = differences;
        break;
      }
      default: break;
    }
  }
};

RandomRuns runs_of(const NativeRunResult& ran, const std::string& mark, std::uint64_t wanted) {
  if (!ran.compiled)
    return {.wanted = wanted, .ended = "contract, reference and answer do not compile together: " + behind(ran.compiler_output, "error: ")};
  const Report report(ran.process.output, mark);
  RandomRuns runs = report.runs;
  runs.wanted = wanted;
  constexpr int kInReference = 1, kInAnswer = 2;
  if (report.to_the_end) {
    if (runs.complete()) return runs;
    runs.out_of_time = runs.drawn < most_drawn(wanted);
    runs.ended = runs.out_of_time ? fmt::format("{} s of computing were over", kCpuSeconds)
                                  : fmt::format("only {} of {} inputs drawn meet the contract", runs.runs, runs.drawn);
  } else if (ran.process.timed_out) {
    runs.out_of_time = true;
    runs.ended = fmt::format("it did not end within {:g} s", kWallSeconds);
  } else if (report.stage == kInAnswer) {
    ++runs.differences;
    if (runs.answer.empty()) runs.answer = "ends with " + report_in(ran.process);
    runs.ended = "the answer " + runs.answer;
  } else if (report.stage == kInReference) {
    runs.ended = "the reference ends with " + report_in(ran.process);  // nothing is claimed where the reference has no result
  } else if (ran.process.output_truncated) {
    runs.ended = "it wrote too much";
  } else {
    runs.ended = "the program ended with " + report_in(ran.process);
  }
  return runs;
}

}  // namespace

Result<RandomRuns> run_at_random(const TaskJudge& judge, const std::string& text, std::uint64_t wanted, const Session& session) {
  const CodeTask& task = judge.task();
  if (judge.reference() == nullptr) return RandomRuns{.wanted = wanted, .ended = "there is no reference to compare with"};
  HarnessOptions options{.mark = "assay" + Hasher().add(text).add(hash_of(task)).add("random").hex(), .runs = wanted, .seed = kRandomSeed};
  options.most_drawn = most_drawn(wanted);
  options.cpu_seconds = kCpuSeconds;
  Result<std::map<std::string, std::string>> sources = random_harness(task, *judge.reference(), text, options);
  if (!sources) return RandomRuns{.wanted = wanted, .ended = sources.error().message};
  NativeRunSpec spec;
  spec.sources = std::move(*sources);
  spec.flags = compile_flags(task);
  spec.flags.push_back("-O0");  // an optimiser takes out reads that no result depends on, and with them what a sanitizer would report
  spec.wall_seconds = kWallSeconds;
  spec.memory_mb = kMemoryMb;
  Result<NativeRunResult> ran = compile_and_run(spec, &session);
  if (!ran) return fail(ran.error());
  if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished answers are cached", {}});
  return runs_of(*ran, options.mark, wanted);
}

Json to_json(const RandomRuns& runs) {
  Json json = {{"wanted", runs.wanted}, {"runs", runs.runs}, {"drawn", runs.drawn}, {"differences", runs.differences}};
  if (!runs.ended.empty()) json["ended"] = runs.ended;
  if (runs.differences > 0) {
    json["input"] = runs.input;
    json["answer"] = runs.answer;
    json["reference_answer"] = runs.reference_answer;
  }
  return json;
}

std::optional<RandomRuns> random_runs_from_json(const Json& json) {
  try {
    RandomRuns runs{.wanted = json.at("wanted").get<std::uint64_t>(),
                    .runs = json.at("runs").get<std::uint64_t>(),
                    .drawn = json.at("drawn").get<std::uint64_t>(),
                    .differences = json.at("differences").get<std::uint64_t>(),
                    .ended = json.value("ended", "")};
    if (runs.differences == 0) return runs;
    runs.input = json.at("input").get<std::vector<std::string>>();
    runs.answer = json.at("answer").get<std::string>();
    runs.reference_answer = json.at("reference_answer").get<std::string>();
    return runs;
  } catch (const Json::exception&) { return std::nullopt; }
}

}  // namespace assay::analysis::bench
