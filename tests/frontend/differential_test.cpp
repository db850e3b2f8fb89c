// The main safety net of the front end: C text -> lowering -> interpreter against the same C text compiled with sanitizers.
// Values, final arrays, printed output and the kind of undefined behaviour must agree on every run.
//
// ASSAY_DIFFERENTIAL_PROGRAMS=1000 runs that many programs (default 100); ASSAY_DIFFERENTIAL_SEED moves the first seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>

#include "frontend/lowering/lowering.h"
#include "frontend/program/interpreter.h"
#include "frontend/program/interpreter_code.h"
#include "frontend/program/printer.h"
#include "frontend/program/text.h"
#include "tests/frontend/generator/generator.h"
#include "tests/frontend/generator/native.h"

namespace assay::generator {
namespace {

using program::Interpreter;
using program::RunResult;

constexpr std::string_view kHeader = "#include <assert.h>\n#include <stdio.h>\n";

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value ? std::strtoull(value, nullptr, 10) : otherwise;
}

std::vector<GeneratedProgram> programs(std::uint64_t count) {
  std::vector<GeneratedProgram> list;
  for_each_generated_program(setting("ASSAY_DIFFERENTIAL_SEED", 1), count, [&](const GeneratedProgram& p) { list.push_back(p); });
  return list;
}

program::Program lower(const std::string& source) {
  auto lowered = lowering::lower_source(std::string(kHeader) + source, "generated.c");
  EXPECT_TRUE(lowered) << (lowered ? "" : lowered.error().to_string()) << "\n" << source;
  if (!lowered) return {};
  EXPECT_TRUE(lowered->unsupported.empty()) << (lowered->unsupported.empty() ? "" : lowered->unsupported.front()) << "\n" << source;
  return std::move(lowered->program);
}

TEST(Differential, interpreter_and_sanitized_native_code_agree) {
  const auto generated = programs(setting("ASSAY_DIFFERENTIAL_PROGRAMS", 100));
  const auto native = run_natively(generated);
  ASSERT_TRUE(native) << native.error().to_string();
  std::map<std::string, int> undefined, unseen;
  int runs = 0, values = 0, outside = 0, disagreements = 0;
  for (std::size_t p = 0; p < generated.size(); ++p) {
    const program::Program lowered = lower(generated[p].source);
    const auto entry = lowered.find(generated[p].entry);
    ASSERT_TRUE(entry);
    const Interpreter interpreter(lowered);
    for (std::size_t i = 0; i < generated[p].inputs.size(); ++i, ++runs) {
      const RunResult run = interpreter.run(*entry, generated[p].inputs[i]);
      const Comparison result = compare(generated[p], run, (*native)[p][i]);
      if (!result.disagreement.empty() && ++disagreements <= 5) ADD_FAILURE() << result.disagreement;
      const std::string kind = run.failure ? std::string(program::info(run.failure->kind).id) : "";
      values += result.disagreement.empty() && result.what == Comparison::Class::kValue;
      outside += result.what == Comparison::Class::kOutside;
      if (result.what == Comparison::Class::kUndefined) ++undefined[kind];
      if (result.what == Comparison::Class::kUnseen) ++unseen[kind];
    }
  }
  std::cout << generated.size() << " programs, " << runs << " runs: " << values << " equal results, " << outside << " outside the precondition, "
            << disagreements << " disagreements\n";
  for (const auto& [kind, count] : undefined) std::cout << "  same undefined behaviour, " << kind << ": " << count << "\n";
  for (const auto& [kind, count] : unseen) std::cout << "  seen by the interpreter alone, " << kind << ": " << count << "\n";
  EXPECT_EQ(disagreements, 0);
}

// ---- seeded faults -------------------------------------------------------------------------------------------------------
struct Fault {
  const char* name;
  void (*apply)(program::Instruction&);
};

void replace(program::Instruction& i, program::Op from, program::Op to) {
  if (i.op == from) i.op = to;
}

using program::Instruction;
using program::Op;
constexpr Fault kFaults[] = {
    {"< is <=", [](Instruction& i) { replace(i, Op::kLt, Op::kLe), replace(i, Op::kJumpLt, Op::kJumpLe); }},
    {"right shift of negative values brings in zeros", [](Instruction& i) { replace(i, Op::kShr, Op::kShrU); }},
    {"signed addition is not checked", [](Instruction& i) { replace(i, Op::kAddS, Op::kAddU); }},
    {"conversion to a signed type keeps 16 bits at least",
     [](Instruction& i) {
       if (i.op == Op::kConvertSigned && i.width < 16) i.width = 16;
     }},
    {"conversion to an unsigned type is forgotten", [](Instruction& i) { replace(i, Op::kConvertUnsigned, Op::kMove); }},
    {"unsigned division is signed", [](Instruction& i) { replace(i, Op::kDivU, Op::kDivS), replace(i, Op::kRemU, Op::kRemS); }},
    {"unsigned 64-bit comparison is signed",
     [](Instruction& i) {
       replace(i, Op::kLtU, Op::kLt), replace(i, Op::kLeU, Op::kLe), replace(i, Op::kJumpLtU, Op::kJumpLt), replace(i, Op::kJumpLeU, Op::kJumpLe);
     }},
    {"arrays have one element more",
     [](Instruction& i) {
       if (i.op == Op::kLoadFrameElement || i.op == Op::kStoreFrameElement || i.op == Op::kLoadGlobalElement || i.op == Op::kElementAddress) ++i.imm;
     }},
    {"conversion to _Bool keeps the lowest bit",
     [](Instruction& i) {
       if (i.op != Op::kToBool) return;
       i.op = Op::kConvertUnsigned;
       i.width = 1;
     }},
    {"copies of structs miss the last word",
     [](Instruction& i) {
       if (i.op == Op::kCopyWords && i.imm > 1) --i.imm;
     }},
    {"unsigned multiplication does not wrap",
     [](Instruction& i) {
       if (i.op == Op::kMulU) i.width = 64;
     }},
    {"a left shift into the sign bit is allowed",
     [](Instruction& i) {
       if (i.op == Op::kShlS) i.flag = 1;
     }},
};

TEST(Differential, finds_each_of_twelve_faults_seeded_in_the_interpreter) {
  const auto generated = programs(setting("ASSAY_DIFFERENTIAL_PROGRAMS", 150));
  const auto native = run_natively(generated);
  ASSERT_TRUE(native) << native.error().to_string();
  std::vector<program::Program> lowered;
  for (const GeneratedProgram& p : generated) lowered.push_back(lower(p.source));
  for (const Fault& fault : kFaults) {
    int caught = 0;
    for (std::size_t p = 0; p < generated.size(); ++p) {
      const Interpreter faulty(lowered[p], [&](program::FunctionCode& code) {
        for (Instruction& instruction : code.code) fault.apply(instruction);
      });
      program::RunOptions options;
      options.step_limit = 100'000;
      for (std::size_t i = 0; i < generated[p].inputs.size(); ++i)
        caught += !compare(generated[p], faulty.run(*lowered[p].find(generated[p].entry), generated[p].inputs[i], options), (*native)[p][i])
                       .disagreement.empty();
    }
    std::cout << "  " << fault.name << ": " << caught << " runs disagree\n";
    EXPECT_GT(caught, 0) << fault.name;
  }
}

// ---- round trips ---------------------------------------------------------------------------------------------------------
std::string behaviour(const RunResult& run) {
  return run.end == program::RunEnd::kCheckFailed ? std::string(program::info(run.failure->kind).id)
                                                  : std::to_string(static_cast<int>(run.end)) + expected_text(run);
}

TEST(Differential, printed_programs_behave_as_the_programs_they_print) {
  int runs = 0;
  for (const GeneratedProgram& p : programs(setting("ASSAY_DIFFERENTIAL_PROGRAMS", 100))) {
    const program::Program original = lower(p.source);
    const std::string text = program::print_c(original, *original.find(p.entry));
    const program::Program printed = lower(text);
    const auto entry = printed.find(p.entry);
    ASSERT_TRUE(entry) << text;
    const Interpreter first(original), second(printed);
    for (const auto& input : p.inputs) {
      ++runs;
      ASSERT_EQ(behaviour(first.run(*original.find(p.entry), input)), behaviour(second.run(*entry, input))) << p.source << "\n---- printed\n" << text;
    }
  }
  std::cout << runs << " runs agree\n";
}

TEST(Differential, the_text_form_of_a_program_reads_back_as_the_same_program) {
  for (const GeneratedProgram& p : programs(setting("ASSAY_DIFFERENTIAL_PROGRAMS", 100))) {
    const program::Program original = lower(p.source);
    const std::string text = program::write_text(original);
    const auto again = program::read_text(text);
    ASSERT_TRUE(again) << again.error().to_string() << "\n" << text;
    ASSERT_EQ(program::write_text(*again), text);
    const Interpreter first(original), second(*again);
    for (const auto& input : p.inputs) {
      const auto entry = original.find(p.entry);
      const RunResult a = first.run(*entry, input), b = second.run(*entry, input);
      ASSERT_EQ(behaviour(a), behaviour(b));
      ASSERT_EQ(a.steps, b.steps);
    }
  }
}

}  // namespace
}  // namespace assay::generator
