#include "frontend/program/checks.h"

#include <algorithm>

namespace assay::program {

namespace {

using Messages = decltype(CheckInfo::messages);

/// Which words stand there depends on what lies beside the array: AddressSanitizer guards whole objects while they are alive in memory, so
/// that an access to another part of the same object, or beyond a local that was optimised away, passes it.
constexpr Messages kOutside = {"out of bounds", "-buffer-", "use-after-poison", "pointer index expression", "insufficient space",
                               "null pointer",  "SEGV"};

constexpr std::array<CheckInfo, kCheckKindCount> kChecks = {{
    {CheckKind::kSignedOverflow,
     "signed-overflow",
     "signed arithmetic overflows",
     "C17 6.5p5",
     190,
     {"signed integer overflow"},
     true,
     "The exact result of +, - or * does not fit the signed type of the operation. Test the operands before computing, compute in a wider type, or "
     "use an "
     "unsigned type where wrapping is meant."},
    {CheckKind::kNegationOverflow,
     "negation-overflow",
     "negating the smallest value overflows",
     "C17 6.5p5",
     190,
     {"negation of", "signed integer overflow"},
     true,
     "The smallest value of a signed type has no positive counterpart in it. Exclude that value before negating, or negate in a wider type."},
    {CheckKind::kDivisionByZero,
     "division-by-zero",
     "the divisor is zero",
     "C17 6.5.5p5",
     369,
     {"division by zero"},
     true,
     "/ and % have no value when the right operand is zero. Test the divisor before dividing."},
    {CheckKind::kDivisionOverflow,
     "division-overflow",
     "the quotient does not fit its type",
     "C17 6.5.5p6",
     190,
     {"division of", "FPE"},
     true,
     "The smallest value of a signed type divided by -1 does not fit; then / and % are both undefined. Exclude that pair of operands before "
     "dividing."},
    {CheckKind::kShiftCount,
     "shift-count",
     "the shift count is negative or too large",
     "C17 6.5.7p3",
     1335,
     {"shift exponent"},
     true,
     "The right operand of a shift must lie between 0 and the width of the promoted left operand less one. Test or mask the count."},
    {CheckKind::kShiftOverflow,
     "shift-overflow",
     "a left shift loses the sign or the value",
     "C17 6.5.7p4",
     1335,
     {"left shift of"},
     true,
     "A left shift of a negative value, or one whose result does not fit the signed type, is undefined in C (C++20 defines it). Shift an unsigned "
     "value."},
    {CheckKind::kIndexBounds, "index-bounds", "the index lies outside the array", "C17 6.5.6p8", 129, kOutside, true,
     "The element that is accessed lies outside the array that is subscripted, even if another object follows it. Check the index against the "
     "number of elements; off-by-one loop bounds (<= for <) are the usual cause."},
    {CheckKind::kPointerBounds, "pointer-bounds", "the pointer is dereferenced outside its object", "C17 6.5.3.2p4", 119, kOutside, false,
     "The pointer points one past the last element of its array, or too few elements follow it. Compare with the end before dereferencing, and pass "
     "the "
     "number of elements with the pointer."},
    {CheckKind::kPointerArithmetic, "pointer-arithmetic", "pointer arithmetic leaves the array", "C17 6.5.6p8", 823, kOutside, false,
     "Adding to a pointer must give an element of the same array or one past its last; computing any other address is undefined even without "
     "an access. Compare indices rather than pointers, before adding."},
    {CheckKind::kPointerRelation,
     "pointer-relation",
     "pointers into different arrays are ordered or subtracted",
     "C17 6.5.8p5",
     469,
     {},
     false,
     "<, <=, >, >= and - are defined only for pointers into one array (subtraction: C17 6.5.6p9). Compare indices, or use == and !=."},
    {CheckKind::kNullDereference,
     "null-dereference",
     "a null pointer is dereferenced",
     "C17 6.5.3.2p4",
     476,
     {"null pointer", "SEGV"},
     true,
     "The pointer is null where an object is needed. Test it first, or state in the contract that callers pass an object."},
    {CheckKind::kDanglingPointer,
     "dangling-pointer",
     "the object that the pointer points to has ended",
     "C17 6.2.4p2",
     825,
     {"use-after-"},
     false,
     "The pointer outlived its object: a local of a block that was left or of a function that returned. Return the value, or let the caller provide "
     "the object."},
    {CheckKind::kUninitialisedRead,
     "uninitialised-read",
     "a value is read before it is set",
     "C17 6.3.2.1p2",
     457,
     {"use-of-uninitialized-value"},
     false,
     "The object holds no value on this path. Initialise it where it is declared, or set it on every path that leads here."},
    {CheckKind::kMissingReturn,
     "missing-return",
     "the value of a call that returned none is used",
     "C17 6.9.1p12",
     758,
     {},
     false,
     "Control reaches the closing brace of a function that should return a value. Add a return statement to that path."},
    {CheckKind::kUnsequenced,
     "unsequenced",
     "unsequenced side effects conflict",
     "C17 6.5p2",
     758,
     {},
     false,
     "One expression changes an object and reads or changes it again with no order between the two. Split it into statements."},
    {CheckKind::kConstWrite,
     "const-write",
     "a const object is written",
     "C17 6.7.3p6",
     471,
     {},
     false,
     "An object defined as const, or a string literal, is changed through a pointer. Copy it into an object of its own, or drop the const."},
    {CheckKind::kAssertion,
     "assertion",
     "an assertion fails",
     "C17 7.2.1.1p2",
     617,
     {"Assertion"},
     true,
     "The condition that the author stated does not hold here. Either the code before it or the condition is wrong."},
    {CheckKind::kPrecondition,
     "precondition",
     "a call violates the precondition of the function",
     "",
     628,
     {},
     false,
     "The arguments break a 'requires' clause of the function that is called. Check them before the call, or weaken the clause if the function "
     "copes."},
    {CheckKind::kPostcondition,
     "postcondition",
     "the function breaks its promise",
     "",
     682,
     {},
     false,
     "The function returns in a state that violates its 'ensures' clause. Either the code or the clause is wrong."},
    {CheckKind::kLoopInvariant,
     "loop-invariant",
     "the loop invariant does not hold",
     "",
     682,
     {},
     false,
     "The stated invariant is false when the loop is entered or after an iteration. Either the loop body or the invariant is wrong."},
    {CheckKind::kUnreachable,
     "unreachable",
     "code that was declared unreachable is reached",
     "",
     758,
     {"unreachable program point"},
     true,
     "Control reaches __builtin_unreachable(). Handle the case, or correct the reasoning that excluded it."},
    {CheckKind::kContractUndefined,
     "contract-undefined",
     "a contract has undefined behaviour itself",
     "",
     0,
     {},
     false,
     "Evaluating the clause overflows, divides by zero or reads outside an object, so it says nothing. Guard it: write 'n > 0 && a[n - 1] > 0' "
     "rather "
     "than 'a[n - 1] > 0'."},
}};

}  // namespace

const CheckInfo& info(CheckKind kind) { return kChecks[static_cast<std::size_t>(kind)]; }

std::span<const CheckInfo> all_checks() { return kChecks; }

bool reported(const CheckInfo& check, std::string_view output) {
  return std::any_of(check.messages.begin(), check.messages.end(),
                     [&](std::string_view words) { return !words.empty() && output.find(words) != std::string_view::npos; });
}

const CheckInfo* find_check(std::string_view id) {
  for (const CheckInfo& check : kChecks)
    if (check.id == id) return &check;
  return nullptr;
}

}  // namespace assay::program
