// Program concepts: what a person names when they explain code, each with its source range and AST node.
//
// A recogniser is one class in one file, registered by one line in registry.cpp; it reads the IR only, so it works on parsed
// and on inferred programs alike. Test: tests/frontend/concepts_test.cpp and tests/golden/concepts/*.c
#pragma once

#include <string>
#include <vector>

#include "frontend/program/program.h"

namespace assay::concepts {

struct Concept {
  std::string kind;  ///< stable id: "loop-bound", "accumulator", "running-maximum", ...
  std::string function;
  std::string subject;      ///< the variable or expression it is about: "i", "a[i]"
  std::string detail;       ///< operator, constant, direction: "i < n", "+", "up by 1"
  std::string explanation;  ///< one line for people
  std::string ast_kind;
  SourceRange range;
  std::uint32_t statement = 0;  ///< Stmt::id within the function
};

/// All concepts of all functions with a body, in source order; ties by kind. Adds each concept's kind to Stmt::tags.
std::vector<Concept> find_concepts(program::Program& program);
/// The kinds that the registered recognisers can report, with a sentence each.
std::vector<std::pair<std::string, std::string>> concept_kinds();

}  // namespace assay::concepts
