// Words of the text form, shared by writer and reader: internal to text_*.cpp.
#pragma once

#include <array>
#include <string_view>

namespace assay::program {

inline constexpr std::string_view kTextVersion = "assay-ir 2";

inline constexpr std::array<std::string_view, 5> kTypeWords = {"void", "integer", "pointer", "array", "struct"};
inline constexpr std::array<std::string_view, 4> kPlaceWords = {"variable", "deref", "element", "field"};
inline constexpr std::array<std::string_view, 13> kExprWords = {
    "constant",           "null",           "load", "address", "unary", "binary", "and", "or", "conditional", "convert", "pointer_add",
    "pointer_difference", "pointer_compare"};
inline constexpr std::string_view kLengthWord = "length";
inline constexpr std::array<std::string_view, 3> kUnaryWords = {"negate", "bit_not", "not"};
inline constexpr std::array<std::string_view, 16> kBinaryWords = {"add",    "sub",     "mul", "div", "rem", "shl", "shr", "bit_and",
                                                                  "bit_or", "bit_xor", "eq",  "ne",  "lt",  "le",  "gt",  "ge"};
inline constexpr std::array<std::string_view, 14> kStmtWords = {"declare", "assign",   "call",   "block", "if",     "loop",   "switch",
                                                                "break",   "continue", "return", "label", "assert", "assume", "abort"};
inline constexpr std::array<std::string_view, 3> kLoopWords = {"for", "while", "do"};

}  // namespace assay::program
