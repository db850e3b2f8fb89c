// The SMT semantics against the interpreter on generated programs: on each concrete input the terms must say what the run shows, value for
// value and violation for violation, in both encodings. No solver decides anything here: the terms are evaluated under the input.
#include "base/sanitizers.h"
#include "frontend/program/printer.h"
#include "solver/semantics/world.h"
#include "tests/frontend/generator/generator.h"
#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

using program::RunEnd;
using program::RunResult;

struct Tally {
  int programs = 0, runs = 0, returned = 0, violated = 0, outside = 0;
};

/// Explains the first disagreement between a run and the terms; empty if they agree.
std::string disagreement(const program::Program& program, program::FunctionId id, const World& world, smt::Model& model, const RunResult& run,
                         Tally& tally) {
  for (const Cut& cut : world.execution.cuts) {
    bool reached = true;
    for (Term condition : cut.condition) reached = reached && model.holds(condition);
    if (reached) {
      ++tally.outside;
      return "";
    }
  }
  const Obligation* violated = nullptr;
  for (const Obligation& obligation : world.execution.obligations)
    for (Term instance : obligation.violated)
      if (model.holds(instance)) {
        if (violated && violated != &obligation) return "two first violations";
        violated = &obligation;
      }
  if (run.end == RunEnd::kCheckFailed) {
    ++tally.violated;
    if (!violated) return "the interpreter fails " + run.failure->where.to_string() + ": " + run.failure->message + "; the terms do not";
    if (violated->kind != run.failure->kind || program.range(violated->origin) != run.failure->where)
      return "the interpreter fails " + run.failure->where.to_string() + " " + std::string(program::info(run.failure->kind).id) + "; the terms " +
             program.range(violated->origin).to_string() + " " + std::string(program::info(violated->kind).id);
    return "";
  }
  if (violated) return "the terms fail " + program.range(violated->origin).to_string() + " " + violated->subject + "; the interpreter does not";
  const bool returns = model.holds(world.execution.final.path);
  if (run.end == RunEnd::kAborted) return returns ? "the interpreter aborts; the terms return" : "";
  if (run.end != RunEnd::kReturned) {
    ++tally.outside;
    return "";
  }
  ++tally.returned;
  if (!returns) return "the interpreter returns; the terms do not";
  if (run.value && !run.value->is_pointer) {
    const program::Type& type = program.type(program.function(id).return_type);
    const std::int64_t value = world.ground.encoding->read(type, model.evaluate(world.execution.result[0].integer));
    if (value != run.value->integer) return "the interpreter returns " + std::to_string(run.value->integer) + ", the terms " + std::to_string(value);
  }
  for (const Inputs::ParameterObject& object : world.inputs.objects()) {
    const std::vector<Cell>& cells = *world.execution.final.objects[object.object.value].cells;
    const std::vector<program::Scalar>& seen = run.arrays[object.parameter];
    for (std::size_t i = 0; i < seen.size() && i < cells.size(); ++i) {
      const program::Type& type = program.type(world.executor.memory().info(object.object).cells[i]);
      const std::int64_t value = world.ground.encoding->read(type, model.evaluate(cells[i].integer));
      if (value != seen[i].integer)
        return "element " + std::to_string(i) + ": the interpreter has " + std::to_string(seen[i].integer) + ", the terms " + std::to_string(value);
    }
  }
  return "";
}

PointerPlans exact_plans(const std::vector<program::Argument>& input, const program::Program& program, program::FunctionId id) {
  PointerPlans plans(program.function(id).parameter_count);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const program::Type& type = program.type(program.function(id).locals[i].type);
    if (!type.is_pointer()) continue;
    plans[i] = PointerPlan{.capacity = input[i].cells.size(), .exact = true};
  }
  return plans;
}

void compare(const program::Program& program, const std::string& entry, const std::vector<std::vector<program::Argument>>& inputs, EncodingKind kind,
             SemanticsMode mode, Tally& tally, const std::string& label) {
  const program::FunctionId id = *program.find(entry);
  if (!program.function(id).has_body || inputs.empty()) return;
  Ground ground(kind, mode, {.bound = 12, .statements = 20'000, .queries = 0});
  const World world(ground, program, id, exact_plans(inputs[0], program, id));
  if (!ground.encoding->exact()) return;
  ++tally.programs;
  const program::Interpreter interpreter(program);
  program::RunOptions run_options;
  run_options.wrap_signed = mode == SemanticsMode::kWrap;
  for (const std::vector<program::Argument>& input : inputs) {
    smt::Model model;
    if (!world.inputs.write(input, model)) continue;
    ++tally.runs;
    const RunResult run = interpreter.run(id, input, run_options);
    const std::string found = disagreement(program, id, world, model, run, tally);
    ASSERT_EQ(found, "") << label << "\n" << program::print_c(program, id);
  }
}

void compare_generated(EncodingKind kind, SemanticsMode mode, std::uint64_t count) {
  Tally tally;
  generator::for_each_generated_program(1, count, [&](const generator::GeneratedProgram& generated) {
    if (testing::Test::HasFatalFailure()) return;
    Result<lowering::Lowered> lowered = lowering::lower_source("#include <assert.h>\n#include <stdio.h>\n" + generated.source, "generated.c");
    ASSERT_TRUE(lowered) << lowered.error().to_string();
    compare(lowered->program, generated.entry, generated.inputs, kind, mode, tally, "seed " + std::to_string(generated.seed));
  });
  testing::Test::RecordProperty("programs", tally.programs);
  std::printf("%d programs, %d runs: %d returned, %d violated, %d outside\n", tally.programs, tally.runs, tally.returned, tally.violated,
              tally.outside);
  EXPECT_GT(tally.runs, 0);
}

TEST(Differential, bit_vector_terms_say_what_the_interpreter_shows) {
  constexpr std::uint64_t kPrograms = kAddressSanitizer ? 300 : 1000;  // an instrumented build takes several times as long for each
  compare_generated(EncodingKind::kBitVectors, SemanticsMode::kUbIsError, kPrograms);
}
TEST(Differential, wrapping_terms_say_what_the_wrapping_interpreter_shows) {
  compare_generated(EncodingKind::kBitVectors, SemanticsMode::kWrap, 150);
}
TEST(Differential, integer_terms_say_what_the_interpreter_shows) { compare_generated(EncodingKind::kIntegers, SemanticsMode::kUbIsError, 300); }

}  // namespace
}  // namespace assay::solver
