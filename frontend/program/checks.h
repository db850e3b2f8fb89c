// What can go wrong when a program runs, with its clause of the C standard, its CWE and the UBSan or ASan check that sees it.
//
// Interpreter (raises), solver (one obligation each), native replay (compares), `assay explain` (prints) and SARIF (rule ids) all read this
// table, so they cannot disagree about which checks exist. Adding a check is one row here and one case in interpreter and semantics.
// Source: ISO/IEC 9899:2018 (C17), annex J.2; CWE 4.15. Test: tests/frontend/checks_test.cpp
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace assay::program {

enum class CheckKind {
  kSignedOverflow,     ///< + - * on a signed type
  kNegationOverflow,   ///< -INT_MIN
  kDivisionByZero,     ///< / and %
  kDivisionOverflow,   ///< INT_MIN / -1, INT_MIN % -1
  kShiftCount,         ///< negative or >= width of the promoted left operand
  kShiftOverflow,      ///< left shift of a negative value, or into or past the sign bit (C; defined in C++20)
  kIndexBounds,        ///< element access outside its array
  kPointerBounds,      ///< dereference outside the object, including one past the end
  kPointerArithmetic,  ///< pointer arithmetic that leaves the array
  kPointerRelation,    ///< < <= > >= or - between pointers into different arrays
  kNullDereference,
  kDanglingPointer,  ///< object whose lifetime has ended
  kUninitialisedRead,
  kMissingReturn,      ///< the value of a call that returned none is used
  kUnsequenced,        ///< unsequenced conflicting side effects
  kConstWrite,         ///< write to a const object
  kAssertion,          ///< assert(e), __CPROVER_assert, //@ assert
  kPrecondition,       ///< a call that violates the callee's requires
  kPostcondition,      ///< //@ ensures
  kLoopInvariant,      ///< //@ invariant
  kUnreachable,        ///< __builtin_unreachable reached
  kContractUndefined,  ///< undefined behaviour inside a contract: the contract's fault
};
inline constexpr int kCheckKindCount = static_cast<int>(CheckKind::kContractUndefined) + 1;

struct CheckInfo {
  CheckKind kind;
  std::string_view id;      ///< stable rule id: "signed-overflow"
  std::string_view title;   ///< one line for people
  std::string_view clause;  ///< "C17 6.5p5"; empty for contracts
  int cwe;                  ///< 0: none
  /// Words of which a sanitizer's report shows one when this check is violated natively; the rest is empty. None: no sanitizer sees it.
  std::array<std::string_view, 7> messages;
  bool surely_seen;              ///< every violation is reported: a native run that says nothing contradicts one
  std::string_view explanation;  ///< what the check means and how such code is usually repaired
};

const CheckInfo& info(CheckKind kind);
std::span<const CheckInfo> all_checks();
/// What a native run wrote shows a violation of this check.
bool reported(const CheckInfo& check, std::string_view output);
/// Null if there is no such id.
const CheckInfo* find_check(std::string_view id);

}  // namespace assay::program
