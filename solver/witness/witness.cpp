#include "solver/witness/witness.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <sstream>

#include "base/files.h"
#include "base/sandbox.h"
#include "frontend/program/printer.h"
#include "solver/witness/literals.h"
#include "solver/witness/minimise.h"
#include "solver/witness/repro.h"

namespace assay::solver {
namespace {

using program::Argument;
using program::CheckKind;
using program::Function;
using program::FunctionId;
using program::Interpreter;
using program::Program;
using program::RunEnd;
using program::RunOptions;
using program::RunResult;

// ---- in the interpreter ----------------------------------------------------------------------------------------------

bool same_answer(const RunResult& a, const RunResult& b) {
  return a.value == b.value && a.struct_value == b.struct_value && a.arrays == b.arrays && a.output == b.output;
}

/// The leaves of each non-const global, by its name.
std::map<std::string, std::vector<program::Scalar>> globals_by_name(const Program& program, const RunResult& run) {
  std::map<std::string, std::vector<program::Scalar>> found;
  std::size_t next = 0;
  for (const program::Variable& global : program.globals) {
    if (global.is_const) continue;
    const std::size_t leaves = leaf_count(program, global.type);
    if (next + leaves > run.globals.size()) break;
    const auto first = run.globals.begin() + static_cast<std::ptrdiff_t>(next);
    found[global.name].assign(first, first + static_cast<std::ptrdiff_t>(leaves));
    next += leaves;
  }
  return found;
}

/// Globals that only one program has are its own affair.
bool same_globals(const Program& p, const RunResult& a, const Program& q, const RunResult& b) {
  const auto first = globals_by_name(p, a), second = globals_by_name(q, b);
  for (const auto& [name, leaves] : first)
    if (auto other = second.find(name); other != second.end() && other->second != leaves) return false;
  return true;
}

void append_leaf_types(const Program& program, program::TypeId id, std::vector<program::TypeId>& leaves) {
  const program::Type& type = program.type(id);
  if (type.kind == program::TypeKind::kStruct)
    for (const program::Field& field : type.fields) append_leaf_types(program, field.type, leaves);
  else if (type.kind == program::TypeKind::kArray)
    for (std::uint64_t i = 0; i < type.count; ++i) append_leaf_types(program, type.element, leaves);
  else if (type.is_scalar()) leaves.push_back(id);
}

bool fits(const program::Type& type, std::int64_t value) {
  if (!type.is_integer()) return true;
  if (type.is_bool) return value == 0 || value == 1;
  if (type.width >= 64) return true;
  const std::int64_t lowest = type.is_signed ? -(std::int64_t{1} << (type.width - 1)) : 0;
  return value >= lowest && value < lowest + (std::int64_t{1} << type.width);
}

/// Whether each value can be held by the parameter (or the element behind it) that it is meant for.
bool fit_their_types(const Program& program, const Function& function, const std::vector<Argument>& arguments) {
  for (std::size_t i = 0; i < arguments.size() && i < function.parameter_count; ++i) {
    const program::TypeId id = function.locals[i].type;
    std::vector<program::TypeId> leaves;
    append_leaf_types(program, arguments[i].kind == Argument::Kind::kArray ? program.type(id).element : id, leaves);
    for (std::size_t cell = 0; cell < arguments[i].cells.size() && !leaves.empty(); ++cell)
      if (!fits(program.type(leaves[cell % leaves.size()]), arguments[i].cells[cell].integer)) return false;
  }
  return true;
}

/// Does the input show the failure that the request is about?
class FailureOracle {
 public:
  FailureOracle(const WitnessRequest& request, SemanticsMode mode) : request_(request), code_(*request.program) {
    if (request.reference) reference_.emplace(*request.reference);
    options_.step_limit = 200'000;
    options_.wrap_signed = mode == SemanticsMode::kWrap;
    options_.trace = request.compare_globals;  // only then are the final globals kept
  }

  bool fails(const std::vector<Argument>& arguments) const {
    if (!fit_their_types(*request_.program, request_.program->function(request_.function), arguments)) return false;
    const RunResult run = code_.run(request_.function, arguments, options_);
    if (request_.check)
      return run.end == RunEnd::kCheckFailed && run.failure && run.failure->kind == *request_.check &&
             (!request_.where.known() || run.failure->where == request_.where);
    const RunResult expected = reference_->run(request_.reference_function, arguments, options_);
    if (expected.end != RunEnd::kReturned && expected.end != RunEnd::kAborted) return false;  // outside the reference's domain
    if (run.end == RunEnd::kUnsupported || run.end == RunEnd::kPreconditionUnmet) return false;
    if (run.end != expected.end || !same_answer(run, expected)) return true;
    return request_.compare_globals && !same_globals(*request_.reference, expected, *request_.program, run);
  }

  RunResult traced(const std::vector<Argument>& arguments) const {
    RunOptions options = options_;
    options.trace = true;
    return code_.run(request_.function, arguments, options);
  }
  RunResult reference_run(const std::vector<Argument>& arguments) const { return reference_->run(request_.reference_function, arguments, options_); }

 private:
  const WitnessRequest& request_;
  Interpreter code_;
  std::optional<Interpreter> reference_;
  RunOptions options_;
};

std::string cells_text(const std::vector<program::Scalar>& cells) {
  std::string text;
  for (const program::Scalar& cell : cells) text += (text.empty() ? "" : ", ") + (cell.initialised ? std::to_string(cell.integer) : std::string("?"));
  return "{" + text + "}";
}

/// "returns 4; a = {0, 1}", "signed overflow at f.c:3:10: 2147483647 + 1 does not fit int", ...
std::string answer_text(const Function& function, const RunResult& run) {
  switch (run.end) {
    case RunEnd::kReturned: break;
    case RunEnd::kCheckFailed:
      return fmt::format("{} at {}: {}", program::info(run.failure->kind).title, run.failure->where.to_string(), run.failure->message);
    case RunEnd::kPreconditionUnmet: return "precondition not met";
    case RunEnd::kAborted: return fmt::format("ends the program (exit status {})", run.exit_status);
    case RunEnd::kStepLimit: return fmt::format("does not return within {} steps", run.steps);
    case RunEnd::kRecursionLimit: return "exceeds the recursion limit";
    case RunEnd::kUnsupported: return "unsupported: " + run.unsupported;
  }
  std::string text = run.value ? fmt::format("returns {}", run.value->initialised ? std::to_string(run.value->integer) : "an indeterminate value")
                     : run.struct_value.empty() ? "returns"
                                                : "returns " + cells_text(run.struct_value);
  for (std::size_t i = 0; i < run.arrays.size() && i < function.parameter_count; ++i)
    if (!run.arrays[i].empty()) text += fmt::format("; {} = {}", parameter_name(function, i), cells_text(run.arrays[i]));
  if (!run.output.empty()) text += fmt::format("; prints \"{}\"", run.output);
  return text;
}

/// The executed source lines, each once per visit in a row, at most 200.
std::vector<std::string> path_text(const Program& program, const std::vector<program::Origin>& trace) {
  std::vector<std::vector<std::string>> lines(program.files.size());
  for (std::size_t i = 0; i < program.files.size(); ++i) {
    Result<std::string> text = read_file(program.files[i]);
    if (!text) continue;
    std::istringstream stream(*text);
    for (std::string line; std::getline(stream, line);) lines[i].push_back(line);
  }
  std::vector<std::string> path;
  int last_line = 0;
  for (const program::Origin& origin : trace) {
    if (origin.begin.line == last_line || origin.begin.line == 0 || origin.file >= lines.size()) continue;
    last_line = origin.begin.line;
    const auto& file = lines[origin.file];
    std::string text = static_cast<std::size_t>(last_line) <= file.size() ? file[static_cast<std::size_t>(last_line) - 1] : "";
    text.erase(0, text.find_first_not_of(" \t"));
    path.push_back(fmt::format("{}:{}: {}", program.files[origin.file], last_line, text));
    if (path.size() == 200) {
      path.push_back("...");
      break;
    }
  }
  return path;
}

// ---- natively --------------------------------------------------------------------------------------------------------

struct NativeVerdict {
  Replay replay = Replay::kNotRun;
  std::string output;
};

NativeVerdict judge_check(CheckKind check, const ProcessResult& process) {
  // The printed program asserts its postconditions.
  const program::CheckInfo& shown = program::info(check == CheckKind::kPostcondition ? CheckKind::kAssertion : check);
  const std::string text = process.error_output.substr(0, 600);
  if (program::reported(shown, process.error_output)) return {Replay::kAgreed, text};
  if (shown.surely_seen) return {Replay::kDisagreed, text};
  return {Replay::kNotApplicable, shown.messages[0].empty() ? "no sanitizer reports this kind of undefined behaviour"
                                                            : "no sanitizer saw it here, which proves nothing for this kind"};
}

NativeVerdict judge_equivalence(const ProcessResult& process) {
  const std::string& out = process.output;
  const std::size_t first = out.find(kReferenceMark), second = out.find(kImplementationMark);
  const std::string complaint = process.error_output.substr(0, 600);
  if (first == std::string::npos || second == std::string::npos) return {Replay::kDisagreed, "the reference does not return: " + complaint};
  const std::string reference = out.substr(first + kReferenceMark.size(), second - first - kReferenceMark.size());
  const std::string implementation = out.substr(second + kImplementationMark.size());
  const bool differs = process.exit_code != 0 || process.signal != 0 || process.timed_out || reference != implementation;
  return {differs ? Replay::kAgreed : Replay::kDisagreed, out.substr(0, 600) + complaint};
}

Result<NativeVerdict> replay_natively(const WitnessRequest& request, const Repro& repro, Session& session) {
  NativeRunSpec spec;
  spec.sources = {{"repro.c", repro.source}};
  spec.flags = repro.flags;
  spec.sanitizers = repro.sanitizers;
  Result<NativeRunResult> run = compile_and_run(spec, &session);
  if (!run) return fail(run.error());
  if (!run->compiled) return NativeVerdict{Replay::kNotRun, run->compiler_output.substr(0, 600)};
  if (run->process.timed_out && request.check) return NativeVerdict{Replay::kNotRun, "the compiled program does not end in time"};
  return request.check ? judge_check(*request.check, run->process) : judge_equivalence(run->process);
}

Status fill_native_replay(const WitnessRequest& request, const SolverOptions& options, Session& session, Witness& witness) {
  std::vector<Repro> candidates;
  if (std::optional<Repro> original = repro_from_source(request)) candidates.push_back(std::move(*original));
  Result<Repro> printed = repro_from_ir(request);
  if (!printed) return fail(printed.error());
  candidates.push_back(std::move(*printed));

  for (const Repro& repro : candidates) {
    witness.repro_c = repro.source;
    witness.repro_command = repro.command;
    if (!options.replay_natively) return {};
    if (const program::Target& target = request.program->target; !runs_here(target)) {
      witness.native_replay = Replay::kNotApplicable;
      witness.native_output = fmt::format("the code is for {}, and this machine runs another kind", target.triple);
      return {};
    }
    if (Status available = sandbox_available(); !available) {
      witness.native_output = available.error().to_string();
      return {};
    }
    Result<NativeVerdict> verdict = replay_natively(request, repro, session);
    if (!verdict) return fail(verdict.error());
    witness.native_replay = verdict->replay;
    witness.native_output = verdict->output;
    if (verdict->replay != Replay::kNotRun) return {};  // otherwise the next way of writing it may compile
  }
  return {};
}

std::vector<std::size_t> cells_per_element(const Program& program, const Function& function) {
  std::vector<std::size_t> strides;
  for (std::uint32_t i = 0; i < function.parameter_count; ++i) {
    const program::Type& type = program.type(function.locals[i].type);
    strides.push_back(type.is_pointer() ? leaf_count(program, type.element) : 0);
  }
  return strides;
}

}  // namespace

Result<Witness> build_witness(const WitnessRequest& original, const SolverOptions& options, Session& session) {
  Witness witness;
  WitnessRequest request = original;
  request.mode = options.mode;
  const Function& function = request.program->function(request.function);
  if (options.mode == SemanticsMode::kMath) {  // no machine runs unbounded integers
    witness.arguments = request.arguments;
    witness.literals = argument_literals(*request.program, function, request.arguments);
    witness.interpreter_replay = witness.native_replay = Replay::kNotApplicable;
    return witness;
  }

  const FailureOracle oracle(request, options.mode);
  const bool agreed = oracle.fails(request.arguments);
  witness.interpreter_replay = agreed ? Replay::kAgreed : Replay::kDisagreed;
  if (agreed)
    request.arguments = minimise(request.arguments, cells_per_element(*request.program, function),
                                 [&](const std::vector<Argument>& candidate) { return !session.cancelled() && oracle.fails(candidate); });
  witness.arguments = request.arguments;
  witness.literals = argument_literals(*request.program, function, request.arguments);
  const RunResult run = oracle.traced(request.arguments);
  witness.program_answer = answer_text(function, run);
  if (request.reference) {
    const RunResult expected = oracle.reference_run(request.arguments);
    witness.reference_answer = answer_text(request.reference->function(request.reference_function), expected);
    witness.reference_defined = expected.end == RunEnd::kReturned || expected.end == RunEnd::kAborted;
  }
  witness.path = path_text(*request.program, run.trace);
  if (Status status = fill_native_replay(request, options, session, witness); !status) return fail(status.error());
  return witness;
}

}  // namespace assay::solver
