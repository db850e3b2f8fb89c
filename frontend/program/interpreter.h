// Runs a program with every check of checks.h switched on, and lets the caller read or set variables at program points.
//
// Idea. Objects have typed scalar cells, each with its `initialised` state; a pointer is (object, array within it, index), so every
// access is checked against the array it was derived from. The first violated check ends the run and is reported with its place.
// The constructor translates the trees into flat code once; run() may be called many millions of times and from several threads.
//
//   Interpreter interpreter(program);
//   RunResult run = interpreter.run(*program.find("max4"), {{Argument::array({3, 1, 4, 1})}});
//   run.end == RunEnd::kReturned, run.value->integer == 4
//
// Interchange (DESIGN section 2): a Setting writes a variable when its program point is reached for the k-th time.
// Cost: about 10 ns per node. Tests: tests/frontend/interpreter_test.cpp, and differentially against native code.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/program/checks.h"
#include "frontend/program/program.h"

namespace assay::program {

/// One scalar, as it is passed in and out. Unsigned 64-bit integers keep their bit pattern in `integer`.
struct Scalar {
  bool initialised = true;
  std::int64_t integer = 0;
  bool is_pointer = false;  ///< then integer is 0 for null; otherwise the pointer is opaque to the caller
  auto operator<=>(const Scalar&) const = default;
};

/// An argument of a run: an integer, a null pointer, or a pointer to element `offset` of a fresh array that holds `cells`
/// (for structs: all scalar leaves in declaration order). `shared_with` makes two pointer parameters alias.
struct Argument {
  enum class Kind { kScalar, kArray, kNull, kStruct, kAlias };
  Kind kind = Kind::kScalar;
  std::vector<Scalar> cells;      // kScalar: one; kArray: all leaves of all elements; kStruct: leaves
  std::uint32_t shared_with = 0;  // kAlias: index of an earlier kArray argument
  std::uint64_t offset = 0;       // kArray, kAlias: elements from the start of the array
  static Argument scalar(std::int64_t value);
  static Argument array(const std::vector<std::int64_t>& values);
  static Argument null();
};

enum class RunEnd {
  kReturned,
  kCheckFailed,        ///< see RunResult::failure
  kPreconditionUnmet,  ///< a requires clause of the entry function does not hold, or an assume: the input is outside the domain
  kAborted,            ///< abort or exit
  kStepLimit,          ///< more than RunOptions::step_limit statements: an endless loop, or the limit is too low
  kRecursionLimit,
  kUnsupported,  ///< a function that lowering refused, or an unknown builtin, was reached
};

struct CheckFailure {
  CheckKind kind = CheckKind::kAssertion;
  SourceRange where;
  std::string message;  ///< with the values: "2147483647 + 1 does not fit int"
};

/// A variable at a program point: `function.label.variable`, and inside loops which visit of the point (from 0) is meant.
struct ProgramPoint {
  std::string function;
  std::string label;
  std::string variable;
  std::optional<std::uint32_t> visit;  ///< absent: the last visit when read; every visit when set
  /// Parses "add.after_units.carry" or "prefix_max.step.best[3]".
  static Result<ProgramPoint> parse(std::string_view text);
  std::string to_string() const;
};

/// When the point names a visit itself, that visit is meant and `visit` here is ignored.
struct Setting {
  static constexpr std::uint32_t kEveryVisit = ~std::uint32_t{0};
  std::size_t point = 0;  ///< index into the points given to Interpreter::watch
  std::uint32_t visit = kEveryVisit;
  std::int64_t value = 0;
};

struct Observation {
  std::size_t point = 0;
  std::uint32_t visit = 0;
  Scalar value;
};

struct RunOptions {
  std::uint64_t step_limit = 10'000'000;
  std::uint32_t recursion_limit = 1'000;
  bool wrap_signed = false;                ///< semantics mode `wrap`: signed + - * << and negation wrap instead of failing their check;
                                           ///< INT_MIN / -1 and abs(INT_MIN) still fail, as the first traps and the second is the library's
  bool check_contracts = true;             ///< requires of the entry function, ensures, invariants
  bool trace = false;                      ///< fill RunResult::trace
  bool observe = false;                    ///< fill RunResult::observations for the watched points
  std::span<const Setting> settings = {};  ///< interchange interventions
  std::size_t output_limit = 1 << 20;      ///< bytes of printed output kept
};

struct RunResult {
  RunEnd end = RunEnd::kReturned;
  std::optional<Scalar> value;              ///< scalar result; absent for void and structs
  std::vector<Scalar> struct_value;         ///< leaves of a struct result
  std::vector<std::vector<Scalar>> arrays;  ///< final cells of each kArray argument, by argument index (empty for others)
  std::vector<Scalar> globals;              ///< final leaves of all non-const globals, in order; filled with RunOptions::trace only
  std::string output;                       ///< what printf, puts and putchar wrote
  int exit_status = 0;                      ///< of exit(n), when end is kAborted
  std::optional<CheckFailure> failure;
  std::string unsupported;    ///< construct and place
  std::vector<Origin> trace;  ///< statements executed, in order; at most 10,000
  std::vector<Observation> observations;
  std::uint64_t steps = 0;  ///< statements, charged when their block is entered
};

struct FunctionCode;

class Interpreter {
 public:
  /// `program` must outlive the interpreter and pass validate().
  explicit Interpreter(const Program& program);
  /// For tests that seed faults: `rewrite` may change the flat code (interpreter_code.h) of each function after its translation.
  Interpreter(const Program& program, const std::function<void(FunctionCode&)>& rewrite);
  ~Interpreter();
  Interpreter(Interpreter&&) noexcept;
  Interpreter& operator=(Interpreter&&) noexcept;

  /// Declares the program points that runs observe or set; indices follow the order here. Unknown function, label or variable:
  /// an error that names the nearest existing one. Scalars only.
  Status watch(std::span<const ProgramPoint> points);

  /// Arguments must match the parameters in number and kind; a mismatch is kUnsupported with a message. Thread-safe.
  RunResult run(FunctionId function, std::span<const Argument> arguments, const RunOptions& options = {}) const;

  /// The fast path for whole domains: integer parameters and one level of integer arrays, no observation, no trace.
  /// `scalars` are the integer arguments in order; each pointer parameter takes the next of `arrays`.
  /// Returns false (and leaves `value`) when the run does not end with a plain return.
  bool run_integers(FunctionId function, std::span<const std::int64_t> scalars, std::span<const std::span<const std::int64_t>> arrays,
                    std::int64_t& value) const;

 private:
  struct Code;
  std::unique_ptr<Code> code_;
};

}  // namespace assay::program
