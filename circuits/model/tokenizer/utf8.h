// Well-formed UTF-8 (RFC 3629), one character at a time, and the printable alphabet that byte-level tokenizers write bytes in.
//
//   leading_character("\xc3\xa9!") == 2        // bytes of the first character; 0 where it is not well-formed
//   bytes_of_printable("Ġint") == " int"       // GPT-2's map: printable Latin-1 stands for itself, the rest begins at U+0100
//
// Source: RFC 3629; Radford et al. 2019, the byte map of GPT-2's encoder. Test: tests/circuits/tokenizer_test.cpp
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace assay::circuits {

/// Bytes of the well-formed character that `text` begins with, or 0.
std::size_t leading_character(std::string_view text);

/// Nothing where a character is outside the alphabet.
std::optional<std::string> bytes_of_printable(std::string_view text);
std::string printable_of_bytes(std::string_view bytes);

}  // namespace assay::circuits
