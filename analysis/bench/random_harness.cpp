#include "analysis/bench/random_harness.h"

#include <fmt/format.h>

#include <optional>
#include <regex>

#include "frontend/program/printer.h"
#include "solver/witness/literals.h"

namespace assay::analysis::bench {
namespace {

using program::Function;
using program::Program;
using program::Type;
using program::TypeId;

constexpr const char* kPrelude = R"(
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned long long assay_word;
enum { assay_longest = 256 };
static assay_word assay_state = ASSAY_SEED, assay_runs, assay_drawn, assay_differences;
static long long assay_reach;
static int assay_stage, assay_finished;

/* splitmix64 (Steele, Lea and Flood 2014) */
static assay_word assay_next(void) {
  assay_word z = assay_state += 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}
static assay_word assay_below(assay_word count) { return count == 0 ? assay_next() : assay_next() % count; }

/* How far from 0 values go where the contract sets no limit. */
static void assay_new_reach(void) {
  const bool early = 4 * assay_runs < 3 * ASSAY_RUNS;
  assay_reach = early ? 1000 >> assay_below(10) : LLONG_MAX >> (assay_below(4) == 0 ? 0 : assay_below(63));
}

static assay_word assay_draw(long long low, long long high, int low_given, int high_given) {
  const bool near_zero = assay_reach < LLONG_MAX;
  if (near_zero && !low_given && low < -assay_reach) low = -assay_reach;
  if (near_zero && !high_given && high > assay_reach) high = assay_reach;
  if (high < low && low_given) high = low;
  if (high < low) low = high;
  const assay_word span = (assay_word)high - (assay_word)low, near_end = assay_below(span < 2 ? span + 1 : 3);
  const assay_word choice = assay_below(32);
  if (choice == 0) return assay_next();
  if (choice < 4) return (assay_word)low + near_end;
  if (choice < 7) return (assay_word)high - near_end;
  const long long small = (long long)assay_below(17) - 8;
  if (choice < 16 && small >= low && small <= high) return (assay_word)small;
  return (assay_word)low + assay_below(span + 1);
}

static void assay_line(char kind) { printf("\n" ASSAY_MARK " %c ", kind); }
static void assay_count(void) {
  assay_line('c');
  printf("%llu %llu %llu\n", assay_runs, assay_drawn, assay_differences);
  fflush(stdout);
}
static void *assay_copy(const void *cells, size_t bytes) {
  void *copy = malloc(bytes);
  if (copy != NULL && bytes > 0) memcpy(copy, cells, bytes);
  return copy;
}
)";

constexpr const char* kMain = R"(
static void assay_died(void) {
  if (assay_finished) return;
  assay_finished = 1;
  assay_line('x');
  printf("%d", assay_stage);
  if (assay_stage == 2 && assay_differences == 0) {
    assay_print_input();
    assay_line('e');
    assay_print_expected();
  }
  assay_count();
}
static void assay_aborted(int number) {
  (void)number;
  assay_died();
  _Exit(1);
}

int main(void) {
  __sanitizer_set_death_callback(assay_died);
  signal(SIGABRT, assay_aborted);
  atexit(assay_died);
  for (; assay_runs < ASSAY_RUNS && assay_drawn < ASSAY_MOST_DRAWN; ++assay_drawn) {
    if (assay_drawn % 16 == 0 && clock() / CLOCKS_PER_SEC >= ASSAY_SECONDS) break;
    if (!assay_input()) continue;
    assay_one();
    if (++assay_runs % (ASSAY_RUNS / 1000 + 1) == 0) assay_count();
  }
  assay_count();
  assay_line('d');
  fflush(stdout);
  assay_finished = 1;
  return 0;
}
)";

bool is_identifier(const std::string& name) { return std::regex_match(name, std::regex("[A-Za-z_][A-Za-z_0-9]*")) && name != "main"; }

/// What the contract says of a parameter's values, as far as it is plain; only for drawing.
struct Limits {
  std::optional<std::int64_t> low, high;
};

class Harness {
 public:
  Harness(const CodeTask& task, const LoweredCode& reference, const HarnessOptions& options)
      : task_(task),
        program_(reference.program),
        function_(reference.program.function(*reference.function)),
        options_(options),
        conditions_(preconditions_of(task)) {}

  Status supported() const {
    const Type& result = program_.type(function_.return_type);
    if (!result.is_integer() && result.kind != program::TypeKind::kVoid) return unsupported("a result of another type than an integer", "");
    for (std::size_t i = 0; i < function_.parameter_count; ++i)
      if (!program_.type(cell_type(i)).is_integer())
        return unsupported(fmt::format("parameter '{}': only integers and arrays of integers are drawn", name(i)), "");
    return {};
  }

  std::string reference_source() const {
    std::string text;
    const auto rename = [&](const std::string& name) {
      if (is_identifier(name)) text += fmt::format("#define {0} __assay_reference_{0}\n", name);
    };
    for (const Function& function : program_.functions)
      if (function.has_body || !function.refusal.empty()) rename(function.name);
    for (const program::Variable& global : program_.globals) rename(global.name);
    return text + *task_.reference + entry("__assay_reference");
  }

  std::string answer_source(const std::string& answer) const { return answer + entry("__assay_answer"); }

  std::string harness_source() const {
    std::string code = fmt::format(
        "#define ASSAY_MARK \"{}\"\n#define ASSAY_RUNS {}ull\n#define ASSAY_MOST_DRAWN {}ull\n#define ASSAY_SEED {}ull\n#define ASSAY_SECONDS {}\n",
        options_.mark, options_.runs, options_.most_drawn, options_.seed, options_.cpu_seconds);
    code += kPrelude;
    code +=
        linkage(prototype("__assay_reference") + ";\n" + prototype("__assay_answer") + ";\nvoid __sanitizer_set_death_callback(void (*)(void));\n");
    return code + storage() + input() + print_input() + print_expected() + one() + kMain;
  }

 private:
  std::string name(std::size_t i) const { return solver::parameter_name(function_, i); }
  TypeId type(std::size_t i) const { return function_.locals[i].type; }
  bool is_array(std::size_t i) const { return program_.type(type(i)).is_pointer(); }
  TypeId cell_type(std::size_t i) const { return is_array(i) ? program_.type(type(i)).element : type(i); }
  std::string declaration(TypeId id, const std::string& of) const { return program::print_declaration(program_, id, of); }
  bool returns() const { return program_.type(function_.return_type).is_integer(); }

  std::string linkage(const std::string& code) const { return task_.is_cxx() ? "extern \"C\" {\n" + code + "}\n" : code; }

  std::string prototype(const std::string& entry) const {
    std::string parameters;
    for (std::size_t i = 0; i < function_.parameter_count; ++i) parameters += (i ? ", " : "") + declaration(type(i), fmt::format("p{}", i));
    return declaration(function_.return_type, fmt::format("{}({})", entry, parameters.empty() ? "void" : parameters));
  }

  /// A function of a name that is known, whatever the linkage and the exact type of the one that it calls.
  std::string entry(const std::string& entry) const {
    std::string arguments;
    for (std::size_t i = 0; i < function_.parameter_count; ++i) arguments += fmt::format("{}p{}", i ? ", " : "", i);
    return "\n" + linkage(fmt::format("{} {{\n  {}{}({});\n}}\n", prototype(entry), returns() ? "return " : "", task_.function, arguments));
  }

  std::string storage() const {
    std::string code;
    for (std::size_t i = 0; i < function_.parameter_count; ++i) {
      if (!is_array(i)) code += fmt::format("static {};\n", declaration(type(i), "assay_in_" + name(i)));
      else
        code += fmt::format("static {};\nstatic long long assay_length_{};\n",
                            declaration(cell_type(i), fmt::format("assay_in_{}[assay_longest]", name(i))), name(i)) +
                print_cells(i);
    }
    if (returns())
      code += fmt::format("static {};\nstatic {};\n", declaration(function_.return_type, "assay_expected"),
                          declaration(function_.return_type, "assay_got"));
    return code;
  }

  /// `assay_print_a(cells)`: "a[2] = {1, 2}" without its beginning.
  std::string print_cells(std::size_t i) const {
    return fmt::format(
        "static void assay_print_{0}({1}) {{\n  printf(\"{{\");\n  for (long long i = 0; i < assay_length_{0}; ++i) printf(\"%s{2}\", i ? \", \" : "
        "\"\", {3}cells[i]);\n  printf(\"}}\");\n}}\n",
        name(i), declaration(type(i), "cells"), number_format(cell_type(i)), cast(cell_type(i)));
  }

  bool is_wide_unsigned(TypeId id) const { return !program_.type(id).is_signed && program_.type(id).width == 64; }
  const char* number_format(TypeId id) const { return is_wide_unsigned(id) ? "%llu" : "%lld"; }
  const char* cast(TypeId id) const { return is_wide_unsigned(id) ? "(assay_word)" : "(long long)"; }

  // ---- drawing -----------------------------------------------------------------------------------------------------
  Limits limits_of(std::size_t i) const {
    static const std::regex kComparison("([A-Za-z_]\\w*)(\\[\\d+\\])?\\s*(>=|<=|>|<)\\s*(-?\\d{1,18})\\b");
    Limits limits;
    for (const std::string& condition : conditions_) {
      if (!is_array(i) && condition.find("||") != std::string::npos) continue;  // no limit by itself
      for (std::sregex_iterator match(condition.begin(), condition.end(), kComparison), end; match != end; ++match) {
        if ((*match)[1] != name(i) || (*match)[2].matched != is_array(i)) continue;
        const std::int64_t bound = std::stoll((*match)[4]);
        const std::string sense = (*match)[3];
        if (sense[0] == '>') limits.low = sense == ">" ? bound + 1 : bound;
        else limits.high = sense == "<" ? bound - 1 : bound;
      }
    }
    return limits;
  }

  std::string draw(std::size_t i) const {
    const Type& cell = program_.type(cell_type(i));
    const Limits limits = limits_of(i);
    const int value_bits = cell.is_signed ? cell.width - 1 : std::min(cell.width, 63);
    const std::string high = value_bits == 63 ? "LLONG_MAX" : fmt::format("{}ll", (std::int64_t{1} << value_bits) - 1);
    const std::string low = !cell.is_signed ? "0" : fmt::format("(-{} - 1)", high);
    return fmt::format("({})assay_draw({}, {}, {:d}, {:d})", declaration(cell_type(i), ""), limits.low ? fmt::format("{}ll", *limits.low) : low,
                       limits.high ? fmt::format("{}ll", *limits.high) : high, limits.low.has_value(), limits.high.has_value());
  }

  /// C of an array's length where a clause states it, or of a small random one.
  std::string length_of(std::size_t i) const {
    static const std::regex kStated("\\s*length\\(\\s*(\\w+)\\s*\\)\\s*(==|>=)\\s*([^=&|?<>]+)");
    for (const std::string& condition : conditions_)
      if (std::smatch match; std::regex_match(condition, match, kStated) && match[1] == name(i) && match[3].str().find("length") == std::string::npos)
        return fmt::format("(long long)({}){}", match[3].str(), match[2] == ">=" ? " + (long long)assay_below(3)" : "");
    return "(long long)assay_below(9)";
  }

  /// Draws an input and says if the contract admits it. Clauses read what they please: the program under test is not run here.
  std::string input() const {
    std::string code =
        "#define length(p) assay_length_##p\n__attribute__((no_sanitize(\"address\", \"undefined\"))) static int assay_input(void) {\n";
    for (std::size_t i = 0; i < function_.parameter_count; ++i)
      if (!is_array(i)) code += fmt::format("  assay_new_reach();\n  {} = assay_in_{} = {};\n", declaration(type(i), name(i)), name(i), draw(i));
    for (std::size_t i = 0; i < function_.parameter_count; ++i)
      if (is_array(i))
        code += fmt::format(
            "  assay_length_{0} = {1};\n  if (assay_length_{0} < 0 || assay_length_{0} > assay_longest) return 0;\n  assay_new_reach();\n"
            "  for (long long assay_i = 0; assay_i < assay_length_{0}; ++assay_i) assay_in_{0}[assay_i] = {2};\n  {3} = assay_in_{0};\n",
            name(i), length_of(i), draw(i), declaration(type(i), name(i)));
    for (const std::string& condition : conditions_) code += fmt::format("  if (!({})) return 0;\n", condition);
    return code + "  return 1;\n}\n#undef length\n";
  }

  // ---- running -----------------------------------------------------------------------------------------------------
  std::string print_input() const {
    std::string code = "static void assay_print_input(void) {\n";
    for (std::size_t i = 0; i < function_.parameter_count; ++i) {
      const std::string shown = declaration(cell_type(i), name(i));
      if (is_array(i))
        code += fmt::format("  assay_line('i');\n  printf(\"{0}[%lld] = \", assay_length_{1});\n  assay_print_{1}(assay_in_{1});\n", shown, name(i));
      else code += fmt::format("  assay_line('i');\n  printf(\"{} = {}\", {}assay_in_{});\n", shown, number_format(type(i)), cast(type(i)), name(i));
    }
    return code + "}\n";
  }

  std::string print_result(const std::string& value) const {
    if (!returns()) return "printf(\"returns nothing\");";
    return fmt::format("printf(\"returns {}\", {}{});", number_format(function_.return_type), cast(function_.return_type), value);
  }

  std::string print_expected() const { return "static void assay_print_expected(void) { " + print_result("assay_expected") + " }\n"; }

  std::string call(const std::string& entry, const std::string& copy) const {
    std::string arguments;
    for (std::size_t i = 0; i < function_.parameter_count; ++i) arguments += (i ? ", " : "") + (is_array(i) ? copy : "assay_in_") + name(i);
    return fmt::format("{}({})", entry, arguments);
  }

  /// Runs both on copies of the input and compares results and arrays.
  std::string one() const {
    std::string copies, same = returns() ? "  int same = assay_expected == assay_got;\n" : "  int same = 1;\n", frees, expected, got;
    for (std::size_t i = 0; i < function_.parameter_count; ++i) {
      if (!is_array(i)) continue;
      const std::string bytes = fmt::format("(size_t)assay_length_{0} * sizeof *assay_in_{0}", name(i));
      for (const char* copy : {"first_", "second_"}) {
        copies +=
            fmt::format("  {} = ({})assay_copy(assay_in_{}, {});\n", declaration(type(i), copy + name(i)), declaration(type(i), ""), name(i), bytes);
        frees += fmt::format("  free({}{});\n", copy, name(i));
      }
      same += fmt::format("  const int same_{0} = assay_length_{0} == 0 || memcmp(first_{0}, second_{0}, {1}) == 0;\n  same = same && same_{0};\n",
                          name(i), bytes);
      const std::string print = "    if (!same_{0}) printf(\", {0} = \"), assay_print_{0}({1}{0});\n";
      expected += fmt::format(fmt::runtime(print), name(i), "first_");
      got += fmt::format(fmt::runtime(print), name(i), "second_");
    }
    std::string code = "static void assay_one(void) {\n" + copies;
    code += fmt::format("  assay_stage = 1;\n  {}{};\n", returns() ? "assay_expected = " : "", call("__assay_reference", "first_"));
    code += fmt::format("  assay_stage = 2;\n  {}{};\n  assay_stage = 0;\n", returns() ? "assay_got = " : "", call("__assay_answer", "second_"));
    code +=
        same + "  if (!same && ++assay_differences == 1) {\n    assay_print_input();\n    assay_line('e');\n    assay_print_expected();\n" + expected;
    return code + "    assay_line('g');\n    " + print_result("assay_got") + "\n" + got + "  }\n" + frees + "}\n";
  }

  const CodeTask& task_;
  const Program& program_;
  const Function& function_;
  const HarnessOptions& options_;
  std::vector<std::string> conditions_;
};

}  // namespace

Result<std::map<std::string, std::string>> random_harness(const CodeTask& task, const LoweredCode& reference, const std::string& answer,
                                                          const HarnessOptions& options) {
  const Harness harness(task, reference, options);
  if (Status status = harness.supported(); !status) return fail(status.error());
  return std::map<std::string, std::string>{
      {"reference.c", harness.reference_source()}, {"answer.c", harness.answer_source(answer)}, {"harness.c", harness.harness_source()}};
}

}  // namespace assay::analysis::bench
