// What Clang knows of one function's source text, whole or broken: its tokens, its variables with their places, and how far it can be C at all.
//
// For whoever completes or compares texts (solver/completions). Read by lowering::source_facts(). Places are bytes of the text. Comments are no
// tokens. Test: tests/frontend/source_facts_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::program {

struct SourceToken {
  enum class Kind : std::uint8_t {
    kIdentifier,
    kKeyword,
    kType,  ///< a keyword or name that a declaration or cast can begin with: `int`, `const`, `size_t`
    kLiteral,
    kPunctuation,
  };
  Kind kind = Kind::kPunctuation;
  std::size_t begin = 0, end = 0;
  bool in_directive = false;  ///< part of a # line
  bool operator==(const SourceToken&) const = default;
};

/// An integer type, or none: then `name` is empty.
struct ValueType {
  std::string name;      ///< canonical, unqualified: "unsigned int"
  std::string promoted;  ///< what an operand of it becomes: "int" of "char"
  bool is_const = false;
  bool is_integer() const { return !name.empty(); }
  bool operator==(const ValueType&) const = default;
};

struct SourceVariable {
  std::string name;
  std::size_t declared = 0;  ///< where its name stands in its declaration
  ValueType value;           ///< of an integer variable
  ValueType element;         ///< of a pointer to integers or an array of them
  bool operator==(const SourceVariable&) const = default;
};

/// A token that names a variable of the function; its declaration too.
struct SourceUse {
  std::size_t at = 0;
  std::size_t variable = 0;  ///< into SourceFacts::variables
  bool operator==(const SourceUse&) const = default;
};

/// Of the function's declaration.
struct FunctionText {
  std::size_t begin = 0, name = 0, name_end = 0;
  std::size_t parameters = 0, parameters_end = 0;  ///< between the parentheses
  std::size_t body = 0;                            ///< where its `{` stands
  bool has_parameters = false;
  bool is_void = false;
  ValueType result;
  bool operator==(const FunctionText&) const = default;
};

struct SourceFacts {
  std::vector<SourceToken> tokens;
  std::optional<FunctionText> function;   ///< none: no function of that name with a body
  std::vector<SourceVariable> variables;  ///< its parameters and locals, in the order of the text
  std::vector<SourceUse> uses;            ///< by place; those in statements that Clang gave up are missing
  /// The last byte up to which Clang had read when it reported its first error: whatever stands behind that token, the text is no C. The text's
  /// size: only its end is missing.
  std::optional<std::size_t> refused_at;
  std::string refusal;  ///< Clang's words
  bool operator==(const SourceFacts&) const = default;
};

}  // namespace assay::program
