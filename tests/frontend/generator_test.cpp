// The generator itself: what it covers, that its programs are valid C within the covered subset, and that seeds fix the bytes.
#include "tests/frontend/generator/generator.h"

#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "frontend/lowering/lowering.h"
#include "frontend/program/interpreter.h"
#include "frontend/program/text.h"

namespace assay::generator {
namespace {

constexpr std::string_view kHeader = "#include <assert.h>\n#include <stdio.h>\n";

TEST(Generator, every_construct_occurs_in_at_least_one_program_of_twenty) {
  constexpr int kPrograms = 1000;
  std::map<std::string, int> counts;
  for_each_generated_program(1, kPrograms, [&](const GeneratedProgram& p) {
    for (const std::string& construct : p.constructs) ++counts[construct];
  });
  for (const std::string_view construct : construct_names()) {
    std::cout << "  " << construct << ": " << counts[std::string(construct)] * 100.0 / kPrograms << " %\n";
    EXPECT_GE(counts[std::string(construct)], kPrograms / 20) << construct;
  }
  EXPECT_EQ(counts.size(), construct_names().size());
}

TEST(Generator, a_seed_gives_the_same_program_each_time) {
  EXPECT_EQ(generate(7, "p_").source, generate(7, "p_").source);
  EXPECT_NE(generate(7, "p_").source, generate(8, "p_").source);
}

TEST(Generator, programs_are_within_the_covered_subset_and_guarded_ones_are_defined) {
  int runs = 0, wild_runs = 0, wild_failures = 0;
  for_each_generated_program(1, 60, [&](const GeneratedProgram& p) {
    const auto lowered = lowering::lower_source(std::string(kHeader) + p.source, "p.c");
    ASSERT_TRUE(lowered) << lowered.error().to_string() << "\n" << p.source;
    ASSERT_TRUE(lowered->unsupported.empty()) << lowered->unsupported.front() << "\n" << p.source;
    const program::Interpreter interpreter(lowered->program);
    for (const auto& input : p.inputs) {
      const program::RunResult run = interpreter.run(*lowered->program.find(p.entry), input);
      ASSERT_NE(run.end, program::RunEnd::kUnsupported) << run.unsupported << "\n" << p.source;
      ++runs;
      wild_runs += p.wild;
      wild_failures += p.wild && run.end == program::RunEnd::kCheckFailed;
      if (!p.wild) {
        EXPECT_EQ(run.end, program::RunEnd::kReturned) << (run.failure ? run.failure->where.to_string() + " " + run.failure->message : "") << "\n"
                                                       << p.source;
      }
    }
  });
  std::cout << runs << " runs, " << wild_runs << " of wild programs, " << wild_failures << " undefined\n";
  EXPECT_GT(wild_failures, 0);
}

}  // namespace
}  // namespace assay::generator
