// What a contract clause is between overlay and IR: the overlay numbers the clauses, Clang sees calls with these numbers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::lowering {

enum class ClauseKind { kRequires, kEnsures, kInvariant, kAssert, kAssume, kLabel, kUnsupported };

struct ContractClause {
  ClauseKind kind = ClauseKind::kAssert;
  std::string text;       ///< the condition as written; the name of a label
  std::size_t begin = 0;  ///< where the comment or the __CPROVER_ name stands in the original
  std::size_t end = 0;
};

// Names that the overlay writes and the virtual header declares; no C program may use them.
inline constexpr std::string_view kClauseCall = "__assay_clause";
inline constexpr std::string_view kLengthCall = "__assay_length";
inline constexpr std::string_view kOldMark = "__assay_old";
inline constexpr std::string_view kResultName = "__assay_result";

}  // namespace assay::lowering
