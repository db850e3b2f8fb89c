// What a request for a function can ask for: attributes, their values, and a combination of them for one family.
//
//   sum of the even elements of a from index 1 to n inclusive
//   family sum, type int, filter even, transform value, first 1, end inclusive        -> "sum:end=inclusive,first=1,type=int,..."
//
// Each attribute is an enumeration of its own, so that `combination.get<End>()` cannot be compared with a value of another one. A family
// lists the attributes that change its meaning and the values that make sense there; names are not attributes.
// Test: tests/analysis/code_tasks_families_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace assay::analysis::code_tasks {

enum class Attribute : std::uint8_t {
  kEnd,
  kBegin,
  kFirst,
  kStep,
  kDirection,
  kSense,
  kStrict,
  kOperator,
  kInitial,
  kType,
  kGuard,
  kFilter,
  kTransform,
  kFallback,
  kBase,
  kRounding,
  kFraction,
  kAnswer,
  kSide,
  kQuantifier,
  kMove,
};
inline constexpr std::size_t kAttributeCount = 21;

enum class End : std::uint8_t { kExclusive, kInclusive };     ///< does the bound itself belong to the range?
enum class Begin : std::uint8_t { kInclusive, kExclusive };   ///< does the lower limit itself belong to the interval?
enum class First : std::uint8_t { k0, k1, k2, k3 };           ///< first index or first integer
enum class Step : std::uint8_t { k1, k2, k3 };                ///< distance from one index, integer or value to the next
enum class Direction : std::uint8_t { kForward, kBackward };  ///< first or last, ascending or descending, leading or trailing
enum class Sense : std::uint8_t { kBelow, kAbove, kEqual, kUnequal };
enum class Strict : std::uint8_t { kStrict, kOrEqual };
enum class Operator : std::uint8_t { kAdd, kSubtract, kMultiply, kXor, kAnd, kOr, kDivide, kRemainder };
enum class Initial : std::uint8_t { k0, k1, k2, k10 };        ///< value that an accumulation or a sequence starts from
enum class Type : std::uint8_t { kInt, kUnsigned, kLong };    ///< of elements or of the accumulator
enum class Guard : std::uint8_t { kNone, kZero, kMinusOne };  ///< what the exceptional case returns; kNone: the contract excludes it
enum class Filter : std::uint8_t { kAll, kEven, kOdd, kPositive, kNegative };
enum class Transform : std::uint8_t { kValue, kSquare, kTwice };
enum class Fallback : std::uint8_t { kMinusOne, kBound, kZero, kOperand };
enum class Base : std::uint8_t { k10, k8, k5 };  ///< of the digits
enum class Rounding : std::uint8_t { kDown, kUp };
enum class Fraction : std::uint8_t { kHalf, kThird, kQuarter };
enum class Answer : std::uint8_t { kFlag, kCount, kIndex, kSum, kLargest, kAbsolute, kPositivePart, kInside, kOutside, kNothing };
enum class Side : std::uint8_t { kBoth, kLower, kUpper };
enum class Quantifier : std::uint8_t { kAll, kAny, kNone };
enum class Move : std::uint8_t { kReverse, kRotateLeft, kRotateRight, kShiftLeft, kShiftRight };

template <class E>
inline constexpr Attribute kAttributeOf = Attribute::kEnd;
template <>
inline constexpr Attribute kAttributeOf<Begin> = Attribute::kBegin;
template <>
inline constexpr Attribute kAttributeOf<First> = Attribute::kFirst;
template <>
inline constexpr Attribute kAttributeOf<Step> = Attribute::kStep;
template <>
inline constexpr Attribute kAttributeOf<Direction> = Attribute::kDirection;
template <>
inline constexpr Attribute kAttributeOf<Sense> = Attribute::kSense;
template <>
inline constexpr Attribute kAttributeOf<Strict> = Attribute::kStrict;
template <>
inline constexpr Attribute kAttributeOf<Operator> = Attribute::kOperator;
template <>
inline constexpr Attribute kAttributeOf<Initial> = Attribute::kInitial;
template <>
inline constexpr Attribute kAttributeOf<Type> = Attribute::kType;
template <>
inline constexpr Attribute kAttributeOf<Guard> = Attribute::kGuard;
template <>
inline constexpr Attribute kAttributeOf<Filter> = Attribute::kFilter;
template <>
inline constexpr Attribute kAttributeOf<Transform> = Attribute::kTransform;
template <>
inline constexpr Attribute kAttributeOf<Fallback> = Attribute::kFallback;
template <>
inline constexpr Attribute kAttributeOf<Base> = Attribute::kBase;
template <>
inline constexpr Attribute kAttributeOf<Rounding> = Attribute::kRounding;
template <>
inline constexpr Attribute kAttributeOf<Fraction> = Attribute::kFraction;
template <>
inline constexpr Attribute kAttributeOf<Answer> = Attribute::kAnswer;
template <>
inline constexpr Attribute kAttributeOf<Side> = Attribute::kSide;
template <>
inline constexpr Attribute kAttributeOf<Quantifier> = Attribute::kQuantifier;
template <>
inline constexpr Attribute kAttributeOf<Move> = Attribute::kMove;

/// "end", "first", ...
std::string_view name_of(Attribute attribute);
/// "inclusive", "1", ...; every value of every enumeration above has one.
std::string_view value_name(Attribute attribute, std::uint8_t value);

/// The values of one attribute that make sense for a family.
struct AttributeDomain {
  Attribute attribute;
  std::vector<std::uint8_t> values;
};

template <class E>
AttributeDomain domain_of(std::initializer_list<E> values) {
  AttributeDomain domain{kAttributeOf<E>, {}};
  for (const E value : values) domain.values.push_back(static_cast<std::uint8_t>(value));
  return domain;
}

struct Combination {
  static constexpr std::uint8_t kAbsent = 0xff;  ///< the family does not have this attribute
  std::uint16_t family = 0;                      ///< index into families()
  std::array<std::uint8_t, kAttributeCount> values;

  Combination() { values.fill(kAbsent); }
  std::uint8_t at(Attribute attribute) const { return values[static_cast<std::size_t>(attribute)]; }
  void set(Attribute attribute, std::uint8_t value) { values[static_cast<std::size_t>(attribute)] = value; }
  /// The value; where the family does not list the attribute, its first enumerator, which is the ordinary case of each.
  template <class E>
  E get() const {
    const std::uint8_t value = at(kAttributeOf<E>);
    return value == kAbsent ? E{} : static_cast<E>(value);
  }
  template <class E>
  bool is(E value) const {
    return get<E>() == value;
  }
  bool operator==(const Combination&) const = default;
};

/// In how many attributes two combinations of one family differ.
int distance(const Combination& one, const Combination& other);

}  // namespace assay::analysis::code_tasks
