// Lines of prose, told from C by what no C has outside of a comment: words in a row, a line that ends like a sentence, a heading.
// Test: tests/analysis/bench_completions_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace assay::analysis::bench {

/// What stands before a function, at the outermost level, without its lines of prose; all else stays as it is.
std::string without_prose(std::string_view code);
/// Bytes of the prose before a bare body: whole lines, each of them prose, up to a blank one or to one that ends with ':'.
std::size_t leading_prose(std::string_view code);

}  // namespace assay::analysis::bench
