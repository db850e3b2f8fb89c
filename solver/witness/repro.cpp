#include "solver/witness/repro.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <type_traits>

#include "base/files.h"
#include "frontend/program/printer.h"
#include "solver/witness/literals.h"

namespace assay::solver {
namespace {

using program::Argument;
using program::CheckKind;
using program::Function;
using program::FunctionId;
using program::Program;
using program::Stmt;
using program::StmtKind;
using program::Type;
using program::TypeId;
using program::TypeKind;

// ---- the harness: main and what it needs -----------------------------------------------------------------------------

constexpr const char* kHarnessHead = R"(
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASSAY_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(ASSAY_ASAN)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes) ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)0)
#endif

/* An array whose surroundings may not be touched. */
static void *assay_guarded(unsigned long bytes) {
  unsigned long guard = 1ul << 16;
  char *block = (char *)malloc(bytes + 2 * guard);
  ASAN_POISON_MEMORY_REGION(block, bytes + 2 * guard);
  ASAN_UNPOISON_MEMORY_REGION(block + guard, bytes);
  return block + guard;
}
)";

/// The accesses (".x", "[0]", "") that reach each scalar of a value of the type.
void leaf_accesses(const Program& program, TypeId id, const std::string& prefix, std::vector<std::string>& out) {
  const Type& type = program.type(id);
  if (type.kind == TypeKind::kStruct)
    for (const program::Field& field : type.fields) leaf_accesses(program, field.type, prefix + "." + field.name, out);
  else if (type.kind == TypeKind::kArray)
    for (std::uint64_t i = 0; i < type.count; ++i) leaf_accesses(program, type.element, fmt::format("{}[{}]", prefix, i), out);
  else if (type.is_integer()) out.push_back(prefix);
}

struct Harness {
  const Program& program;
  const Function& function;
  const std::vector<Argument>& arguments;

  std::size_t elements(std::size_t i) const {
    const std::size_t leaves = leaf_count(program, program.type(function.locals[i].type).element);
    return leaves == 0 ? 0 : arguments[i].cells.size() / leaves;
  }

  /// Declares the arguments, with `suffix` behind each name.
  std::string declarations(const std::string& suffix) const {
    std::string text;
    for (std::size_t i = 0; i < arguments.size() && i < function.parameter_count; ++i) text += "  " + declaration(i, suffix) + "\n";
    return text;
  }

  std::string declaration(std::size_t i, const std::string& suffix) const {
    const TypeId id = function.locals[i].type;
    const std::string name = parameter_name(function, i) + suffix;
    const Argument& argument = arguments[i];
    std::string head = program::print_declaration(program, id, name);
    switch (argument.kind) {
      case Argument::Kind::kNull: return head + " = 0;";
      case Argument::Kind::kAlias:
        return fmt::format("{} = {};", head,
                           shared_pointer(program, function, arguments, i, parameter_name(function, argument.shared_with) + suffix));
      case Argument::Kind::kArray: break;
      case Argument::Kind::kScalar:
      case Argument::Kind::kStruct: {
        std::size_t next = 0;
        return fmt::format("{} = {};", head, initialiser(program, id, argument.cells, next));
      }
    }
    const TypeId element = program.type(id).element;
    const std::size_t count = elements(i);
    std::string text = fmt::format("{} = assay_guarded({}ul * sizeof *{});", head, count, name);
    if (count == 0) return text;
    std::string values;
    for (std::size_t k = 0, next = 0; k < count; ++k) values += (k ? ", " : "") + initialiser(program, element, argument.cells, next);
    text += fmt::format("\n  {{ {} = {{{}}}; memcpy((void *){}, assay_cells, sizeof assay_cells); }}",
                        program::print_declaration(program, element, fmt::format("assay_cells[{}]", count)), values, name);
    if (argument.offset > 0) text += fmt::format("\n  {} += {};", name, argument.offset);
    return text;
  }

  std::string call(const std::string& callee, const std::string& suffix) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < function.parameter_count; ++i) names.push_back(parameter_name(function, i) + suffix);
    return fmt::format("{}({})", callee, fmt::join(names, ", "));
  }

  bool returns_value() const { return program.type(function.return_type).kind != TypeKind::kVoid; }

  /// Statements that print the returned value and the memory behind the pointer parameters, a line each.
  std::string print_answer(const std::string& returned, const std::string& suffix) const {
    std::string text;
    std::vector<std::string> leaves;
    if (returns_value()) leaf_accesses(program, function.return_type, "", leaves);
    for (const std::string& leaf : leaves) text += fmt::format("  printf(\"result{0} = %lld\\n\", (long long){1}{0});\n", leaf, returned);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].kind != Argument::Kind::kArray || elements(i) == 0) continue;
      leaves.clear();
      leaf_accesses(program, program.type(function.locals[i].type).element, "", leaves);
      const std::string name = parameter_name(function, i);
      for (const std::string& leaf : leaves)
        text +=
            fmt::format("  for (int assay_k = -{}; assay_k < {}; ++assay_k) printf(\"{}[%d]{} = %lld\\n\", assay_k, (long long){}{}[assay_k]{});\n",
                        arguments[i].offset, elements(i) - arguments[i].offset, name, leaf, name, suffix, leaf);
    }
    return text;
  }
};

std::string main_of_check(const Harness& harness, const std::string& callee) {
  std::string call = harness.call(callee, "");
  std::string body =
      harness.returns_value()
          ? fmt::format("  {} = {};\n", program::print_declaration(harness.program, harness.function.return_type, "assay_result"), call) +
                harness.print_answer("assay_result", "")
          : fmt::format("  {};\n", call) + harness.print_answer("", "");
  return fmt::format("\nint main(void) {{\n{}{}  return 0;\n}}\n", harness.declarations(""), body);
}

std::vector<std::string> flags_for(const WitnessRequest& request) {
  const std::string& standard = request.program->target.standard;
  std::vector<std::string> flags = {"-std=" + (standard.empty() ? "c17" : standard), "-O1", "-g"};
  if (!runs_here(request.program->target)) flags.push_back("--target=" + request.program->target.triple);
  if (request.check == CheckKind::kUninitialisedRead) flags.push_back("-O0");
  return flags;
}

Repro finish(const WitnessRequest& request, std::string source) {
  Repro repro;
  repro.flags = flags_for(request);
  repro.sanitizers = request.check == CheckKind::kUninitialisedRead ? Sanitizers::kMemory
                     : request.mode == SemanticsMode::kWrap         ? Sanitizers::kWrapping
                                                                    : Sanitizers::kAddressAndUndefined;
  repro.command =
      fmt::format("clang-19 {} {} repro.c -o repro && ./repro", fmt::join(repro.flags, " "), fmt::join(compiler_flags(repro.sanitizers), " "));
  repro.source = fmt::format("/* {}\n   Build and run: {} */\n",
                             request.check ? std::string(program::info(*request.check).title) : "The two functions differ.", repro.command) +
                 std::move(source);
  return repro;
}

bool needs_ir(CheckKind check) {
  switch (check) {
    case CheckKind::kAssertion:
    case CheckKind::kPrecondition:
    case CheckKind::kPostcondition:
    case CheckKind::kLoopInvariant:
    case CheckKind::kContractUndefined: return true;
    default: return false;
  }
}

// ---- printing from the IR --------------------------------------------------------------------------------------------

/// length(p) inside a clause becomes the number that this witness has.
void fix_lengths(program::ExprPtr& expr, const Harness& harness) {
  if (!expr) return;
  if (expr->kind == program::ExprKind::kLength && expr->a && expr->a->kind == program::ExprKind::kLoad &&
      expr->a->place->kind == program::PlaceKind::kVariable && expr->a->place->variable.index < harness.arguments.size()) {
    expr->value = static_cast<std::int64_t>(harness.elements(expr->a->place->variable.index));
    expr->kind = program::ExprKind::kConstant;
    expr->a.reset();
    return;
  }
  for (program::ExprPtr* child : {&expr->a, &expr->b, &expr->c}) fix_lengths(*child, harness);
}

/// A function `name_checked` that calls `id` and then asserts its postconditions; parameters keep their entry values in it.
FunctionId add_checked_wrapper(Program& program, FunctionId id, const std::vector<Argument>& arguments) {
  const Harness harness{program, program.function(id), arguments};
  Function wrapper = program::clone(program.function(id));
  wrapper.name += "_checked";
  wrapper.requires_.clear();
  const bool returns = harness.returns_value();
  if (returns && !wrapper.result) {
    wrapper.result = static_cast<std::uint32_t>(wrapper.locals.size());
    wrapper.locals.push_back({.name = "result", .type = wrapper.return_type, .origin = wrapper.origin});
  }
  auto load = [&](std::uint32_t local) {
    auto place = std::make_unique<program::Place>();
    place->type = wrapper.locals[local].type;
    place->variable = {false, local};
    auto expr = std::make_unique<program::Expr>();
    expr->kind = program::ExprKind::kLoad;
    expr->type = place->type;
    expr->place = std::move(place);
    return expr;
  };
  program::Block body;
  for (std::uint32_t i = wrapper.parameter_count; i < wrapper.locals.size(); ++i) {
    Stmt declare;
    declare.kind = StmtKind::kDeclare;
    declare.variable = {false, i};
    body.push_back(std::move(declare));
  }
  for (Stmt& stmt : wrapper.ghost_entry) body.push_back(std::move(stmt));
  wrapper.ghost_entry.clear();
  Stmt call;
  call.kind = StmtKind::kCall;
  call.origin = wrapper.origin;
  call.callee = id;
  for (std::uint32_t i = 0; i < wrapper.parameter_count; ++i) call.arguments.push_back(load(i));
  if (returns) call.place = std::move(load(*wrapper.result)->place);
  body.push_back(std::move(call));
  for (program::Clause& clause : wrapper.ensures) {
    for (Stmt& stmt : clause.prelude) body.push_back(std::move(stmt));
    Stmt assertion;
    assertion.kind = StmtKind::kAssert;
    assertion.origin = clause.origin;
    assertion.value = std::move(clause.condition);
    fix_lengths(assertion.value, harness);
    assertion.name = "postcondition: " + clause.text;
    body.push_back(std::move(assertion));
  }
  wrapper.ensures.clear();
  Stmt end;
  end.kind = StmtKind::kReturn;
  if (returns) end.value = load(*wrapper.result);
  body.push_back(std::move(end));
  wrapper.body = std::move(body);
  program.functions.push_back(std::move(wrapper));
  program::number_statements(program);
  return {static_cast<std::uint32_t>(program.functions.size() - 1)};
}

/// Puts `prefix` before every name that the file defines, so that two programs fit one translation unit.
void rename_all(Program& program, const std::string& prefix) {
  for (Function& function : program.functions)
    if (function.has_body) function.name = prefix + function.name;
  for (program::Variable& global : program.globals)
    if (!global.name.empty() && global.name[0] != '$') global.name = prefix + global.name;
    else if (!global.name.empty()) global.name = "$" + prefix + global.name.substr(1);
  for (Type& type : program.types)
    if (type.kind == TypeKind::kStruct) type.name = prefix + type.name;
}

std::string equivalence_source(const WitnessRequest& request) {
  Program reference = program::clone(*request.reference);
  Program implementation = program::clone(*request.program);
  rename_all(reference, "reference_");
  rename_all(implementation, "implementation_");
  const Harness first{reference, reference.function(request.reference_function), request.arguments};
  const Harness second{implementation, implementation.function(request.function), request.arguments};

  auto run = [](const Harness& harness, std::string_view mark, const std::string& suffix) {
    const std::string returned = "returned" + suffix;
    const std::string call = harness.call(harness.function.name, suffix);
    const std::string statement =
        harness.returns_value() ? fmt::format("{} = {}", program::print_declaration(harness.program, harness.function.return_type, returned), call)
                                : call;
    return fmt::format("  puts(\"{}\");\n  fflush(stdout);\n  {};\n{}  fflush(stdout);\n", mark, statement, harness.print_answer(returned, suffix));
  };
  return program::print_c(reference, request.reference_function) + "\n" + program::print_c(implementation, request.function) + kHarnessHead +
         "\nint main(void) {\n" + first.declarations("_1") + second.declarations("_2") + run(first, kReferenceMark, "_1") +
         run(second, kImplementationMark, "_2") + "  return 0;\n}\n";
}

}  // namespace

bool runs_here(const program::Target& target) {
#if defined(__x86_64__)
  constexpr std::string_view kProcessor = "x86_64";
#elif defined(__aarch64__)
  constexpr std::string_view kProcessor = "aarch64";
#else
  constexpr std::string_view kProcessor = "";
#endif
  if (target.triple.empty()) return true;
  return !kProcessor.empty() && target.triple.starts_with(kProcessor) && target.triple.find("linux") != std::string::npos &&
         target.pointer_width == static_cast<int>(8 * sizeof(void*)) && target.char_is_signed == std::is_signed_v<char>;
}

std::optional<Repro> repro_from_source(const WitnessRequest& request) {
  if (!request.check || needs_ir(*request.check)) return std::nullopt;
  const Function& function = request.program->function(request.function);
  if (function.origin.file >= request.program->files.size()) return std::nullopt;
  Result<std::string> text = read_file(request.program->files[function.origin.file]);
  if (!text) return std::nullopt;
  const Harness harness{*request.program, function, request.arguments};
  return finish(request,
                "#define main assay_original_main\n#line 1\n" + *text + "\n#undef main\n" + kHarnessHead + main_of_check(harness, function.name));
}

Result<Repro> repro_from_ir(const WitnessRequest& request) {
  if (!request.check) return finish(request, equivalence_source(request));
  Program program = program::clone(*request.program);
  FunctionId entry = request.function;
  if (request.check == CheckKind::kPostcondition) entry = add_checked_wrapper(program, entry, request.arguments);
  const Harness harness{program, program.function(entry), request.arguments};
  return finish(request, program::print_c(program, entry) + kHarnessHead + main_of_check(harness, harness.function.name));
}

}  // namespace assay::solver
