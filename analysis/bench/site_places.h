// Where an answer could have gone on otherwise, with the text that would stand there instead; what the model thought of it is in sites.h.
//
//   std::vector<SitePlace> places = site_places(task, code, text, judgement);
//   places[4]: {kind "comparison", written "<=", ast "BinaryOperator", alternatives "==", "!=", "<", ">", ">="}
//
// Operators, constants and names are the holes of the hole grammar (solver/completions/hole_grammar.h). A place of kind "statement" is where a
// statement begins or a block ends: the alternatives are `if`, `return`, `for`, `while`, an assignment to each variable in scope that may be written,
// and the block's end where the statement stands in braces; the one that was written is left out. Declarations, calls, `break` and other statements
// are written ones only. The node is the smallest one of the program (frontend/program) around the place, by Clang's class; for a statement it is the
// one that begins there. Cost: linear in the text times the nodes. Test: tests/analysis/bench_sites_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/bench/judgement.h"
#include "analysis/bench/lowered_code.h"

namespace assay::analysis::bench {

/// Bytes `from` .. SitePlace::end of the answer would be `text`.
struct OtherText {
  std::string value;     ///< in short: "<", "if", "s =", "}"
  std::size_t from = 0;  ///< before SitePlace::begin where the white space would be other, too
  std::string text;
  bool goes_on = true;  ///< what is written behind the place may follow; else nothing is said about what follows
};

struct SitePlace {
  std::string kind;                ///< "comparison", "arithmetic", "logical", "constant", "name", "statement"
  std::size_t begin = 0, end = 0;  ///< bytes of the answer, without the prompt: a token of C
  std::string written;
  std::string ast;                             ///< Clang's class: "BinaryOperator"
  std::optional<std::size_t> concept_id = {};  ///< the smallest concept around it, into Judgement::concepts
  std::string concept_kind = {};               ///< "loop-bound"
  std::vector<OtherText> alternatives = {};
};

/// Of the answer within `text`, answer_text(); `code` is lowered from with_preconditions(task, text). In the order of the text.
std::vector<SitePlace> site_places(const CodeTask& task, const LoweredCode& code, const std::string& text, const Judgement& judgement);

/// A place where a statement of a function's body begins, or a block ends.
struct StatementStart {
  std::size_t begin = 0;
  std::size_t block = 0;  ///< into the list of statement_starts(): the first start in the same block
  bool in_braces = true;  ///< the block may end here; false: behind `if (...)`, `else`, `do` or a label
  bool ends = false;      ///< the block's `}`
  std::string indent;     ///< the line's on which the block begins
};
/// By the words and brackets of the text alone; `body` is behind the function's `{`. What a macro hides is not seen.
std::vector<StatementStart> statement_starts(const std::string& text, std::size_t body);

}  // namespace assay::analysis::bench
