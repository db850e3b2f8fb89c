// Random C programs within the covered subset, with inputs: material for the differential tests (interpreter against native code,
// interpreter against the SMT semantics, printer and text round trips).
//
// Idea. Each expression carries the interval of its values, so that guards ("& 15", "% 97", "| 1") are put exactly where an operation
// could be undefined. A stated share of programs is `wild`: there some guards are left out on purpose.
// The same seed gives the same bytes everywhere. Names start with a prefix, so that many programs fit into one translation unit.
//
//   for_each_generated_program(1, 1000, [](const GeneratedProgram& p) { ... lower p.source, run p.entry on each of p.inputs ... });
//
// Cost: about 50 us per program. Test: tests/frontend/generator_test.cpp counts that every construct occurs in 5 % of programs.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/program/interpreter.h"

namespace assay::generator {

struct Parameter {
  std::string type;          ///< C spelling of the integer, or of the elements
  std::uint64_t length = 0;  ///< elements behind a pointer parameter; 0: an integer
};

struct GeneratedProgram {
  std::uint64_t seed = 0;
  std::string source;
  std::string entry;
  std::string return_type;
  std::vector<Parameter> parameters;
  std::vector<std::vector<program::Argument>> inputs;
  std::set<std::string> constructs;  ///< names out of construct_names()
  bool wild = false;                 ///< some guards are missing: runs may be undefined
};

/// Everything the generator knows to write, in the order of the published table.
std::span<const std::string_view> construct_names();

GeneratedProgram generate(std::uint64_t seed, const std::string& prefix);
/// Seeds `seed`, `seed` + 1, ...; names start with p0_, p1_, ...
void for_each_generated_program(std::uint64_t seed, std::uint64_t count, const std::function<void(const GeneratedProgram&)>& f);

}  // namespace assay::generator
