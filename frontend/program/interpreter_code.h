// The flat code that the interpreter runs: internal to interpreter*.cpp.
//
// Idea. A register machine. A frame is a row of 64-bit words: the variables of the function, its constants, temporaries; an operand
// is the index of a word in the frame. Integers are kept as int64, sign- or zero-extended from their width (unsigned 64-bit: bit pattern).
// A pointer takes three words. Arrays and structs lie flat in words, one word per integer leaf. Each word has an `initialised` byte.
//
//   for (i = 1; i < 4; ++i) if (a[i] > m) ...      r5 = a[i] is one instruction: bounds, lifetime, null, type and initialised state included
//
// Whether a local scalar is set on every path is decided here, so that most reads need no check of the initialised byte.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "frontend/program/interpreter.h"

namespace assay::program {

/// A pointer value: the `index`-th of `count` elements of type `element` that start `origin` words into an object.
struct Pointer {
  std::uint32_t object = 0;      ///< index into Machine::objects; 0: null
  std::uint32_t generation = 0;  ///< which birth of that object is meant
  std::uint32_t origin = 0;
  std::uint32_t count = 0;
  std::uint32_t index = 0;
  std::uint32_t element = 0;
};
inline constexpr std::uint32_t kPointerWords = 3;
static_assert(sizeof(Pointer) == kPointerWords * sizeof(std::int64_t));

/// Where each type puts its leaves.
struct TypeLayout {
  std::uint64_t words = 0;
  std::vector<std::uint64_t> fields;  ///< kStruct: word offset of each field
};

/// One scalar within an aggregate, in declaration order.
struct Leaf {
  std::uint64_t word = 0;
  std::uint64_t byte = 0;
  TypeId type;
};

class Layouts {
 public:
  explicit Layouts(const Program& program);
  std::uint64_t words(TypeId type) const { return layouts_[type.value].words; }
  std::uint64_t field(TypeId type, std::uint32_t field) const { return layouts_[type.value].fields[field]; }
  /// Calls visit(Leaf) for each scalar of `type`.
  template <class Visit>
  void for_each_leaf(TypeId type, Visit&& visit, Leaf at = {}) const {
    const Type& t = program_->type(type);
    if (t.is_scalar()) {
      at.type = type;
      visit(at);
    } else if (t.kind == TypeKind::kArray) {
      for (std::uint64_t i = 0; i < t.count; ++i)
        for_each_leaf(t.element, visit, {at.word + i * words(t.element), at.byte + i * program_->type(t.element).size, {}});
    } else if (t.kind == TypeKind::kStruct) {
      for (std::uint32_t f = 0; f < t.fields.size(); ++f)
        for_each_leaf(t.fields[f].type, visit, {at.word + field(type, f), at.byte + t.fields[f].offset, {}});
    }
  }

 private:
  void place(const Program& program, std::uint32_t index);
  const Program* program_;
  std::vector<TypeLayout> layouts_;
  std::vector<char> done_;
};

enum class Op : std::uint16_t {
  // Integers: d = a op b. `width` is the width of the operation; S: signed and checked, U: modulo 2^width.
  kMove,
  kConvertSigned,
  kConvertUnsigned,
  kToBool,
  kAddS,
  kAddU,
  kSubS,
  kSubU,
  kMulS,
  kMulU,
  kDivS,
  kDivU,
  kRemS,
  kRemU,
  kShlS,
  kShlU,
  kShr,
  kShrU,
  kAnd,
  kOr,
  kXor,
  kNegS,
  kNegU,
  kNotS,
  kNotU,
  kLogicalNot,
  kEq,
  kNe,
  kLt,
  kLe,
  kLtU,
  kLeU,
  // Control: c is the target.
  kJump,
  kJumpIfZero,
  kJumpIfNotZero,
  kJumpEq,
  kJumpNe,
  kJumpLt,
  kJumpLe,
  kJumpLtU,
  kJumpLeU,
  kSwitch,
  kStep,
  // Initialised state of words of the frame.
  kCheckInitialised,
  kSetInitialised,
  kClearInitialised,
  // Memory. Address = absolute word index in a temporary + immediate.
  kFrameAddress,    // d = frame + a
  kElementAddress,  // d = b's address + index a * stride c, checked against imm elements; width 0: b is a temporary, 1: b is a frame slot, 2: b is
                    // absolute
  kLoadFrame,
  kStoreFrame,  // checked state: d = frame[a] / frame[d] = a
  kLoadAt,
  kStoreAt,  // d = word[temporary b + imm]; word[b + imm] = a
  kLoadFrameElement,
  kStoreFrameElement,  // frame[b + a], a < imm; store: value in d
  kLoadGlobalElement,
  kStoreGlobalElement,  // word[b + a]
  kLoadPointerElement,
  kStorePointerElement,  // pointer b, index a, element type c; store: value in d
  kDeref,
  kDerefWrite,             // d = absolute address of *pointer b as type c
  kAddressOfDereferenced,  // d = pointer b after the checks of a dereference as type c
  kCopyWords,              // imm words from temporary a to temporary d, with their state
  // Pointers (three words each).
  kMovePointer,
  kNullPointer,
  kLoadPointerAt,
  kStorePointerAt,
  kPointerToFrame,
  kPointerToGlobal,  // d = pointer to object a of the frame / of the program, type c
  kPointerField,
  kPointerElement,  // d = pointer into b: field at imm words with type c / element index a of imm elements of type c
  kPointerAdd,
  kPointerSubtract,
  kPointerEq,
  kPointerNe,
  kPointerLt,
  kPointerLe,
  kPointerIsNull,
  kPointerConvert,
  kPointerLength,
  // Lifetimes.
  kBirth,
  kDeath,  // object a of the frame; kBirth: c const, words at b, imm words
  // Calls.
  kCall,
  kReturn,
  kReturnValue,
  kReturnPointer,
  kReturnAggregate,
  kFallOff,
  kFetchResult,
  kFetchPointer,
  kFetchAggregate,
  kBuiltin,
  // Checks and contracts.
  kAssert,
  kAssume,
  kAbort,
  kUnsupported,
  kClauseBegin,
  kClauseEnd,
  kRequire,
  kSkipUnlessContracts,
  kTrace,
  kLabel,
};

struct Instruction {
  Op op = Op::kMove;
  std::uint8_t width = 64;
  std::uint8_t flag = 0;
  std::uint32_t d = 0, a = 0, b = 0, c = 0;
  std::uint32_t site = 0;  ///< index into FunctionCode::sites
  std::int64_t imm = 0;
};

/// What an instruction was made from, for messages.
struct Site {
  const Origin* origin = nullptr;
  TypeId type;
  const Clause* clause = nullptr;
  const Stmt* stmt = nullptr;
};

struct SwitchTable {
  std::unordered_map<std::int64_t, std::uint32_t> targets;
  std::vector<std::uint32_t> dense;  ///< targets of low .. low + size - 1, when the labels are close together
  std::int64_t low = 0;
  std::uint32_t otherwise = 0;
};

enum class Builtin : std::uint8_t;

struct BuiltinCall {
  Builtin builtin;
  std::vector<std::uint32_t> slots;
  std::vector<TypeId> types;
  const Stmt* stmt = nullptr;
};

struct CallSite {
  std::uint32_t function = 0;
  struct Copy {
    std::uint32_t from, to, words;
    bool with_state;
  };
  std::vector<Copy> copies;
};

struct LabelSite {
  std::string name;
  std::vector<std::uint32_t> watches;  ///< indices into the watched points
};

struct FunctionCode {
  std::vector<Instruction> code;
  std::vector<std::int64_t> constants;   ///< copied into each frame at constants_begin
  std::vector<std::uint32_t> variables;  ///< frame word of each local
  std::vector<std::uint32_t> objects;    ///< object number of each local within the frame; kNoObject if its address is never taken
  std::uint32_t object_count = 0;
  std::uint32_t constants_begin = 0;
  std::uint32_t variables_end = 0;
  std::uint32_t frame_words = 0;
  bool clear_states = false;  ///< some local's state is read: all start as not initialised
  std::vector<Site> sites;
  std::vector<SwitchTable> switches;
  std::vector<BuiltinCall> builtins;
  std::vector<CallSite> calls;
  std::vector<LabelSite> labels;
};
inline constexpr std::uint32_t kNoObject = ~std::uint32_t{0};

struct GlobalLayout {
  std::vector<std::uint64_t> words;  ///< first word of each global; the mutable ones come first
  std::uint64_t mutable_words = 0;
  std::uint64_t total_words = 0;
};

/// Sign- or zero-extends the low `width` bits.
constexpr std::int64_t fit(std::int64_t value, int width, bool is_signed) {
  if (width >= 64) return value;
  const int shift = 64 - width;
  const auto high = static_cast<std::uint64_t>(value) << shift;
  return is_signed ? static_cast<std::int64_t>(high) >> shift : static_cast<std::int64_t>(high >> shift);
}
inline std::int64_t fit(std::int64_t value, const Type& type) { return type.is_bool ? value != 0 : fit(value, type.width, type.is_signed); }

/// Code with or without the instructions that tracing and watching need.
FunctionCode compile(const Program& program, const Layouts& layouts, const GlobalLayout& globals, const Function& function, bool observable);
/// Program::initialise as a function of its own.
FunctionCode compile_initialisation(const Program& program, const Layouts& layouts, const GlobalLayout& globals);

/// Largest object the interpreter lays out, in words.
inline constexpr std::uint64_t kLargestObjectWords = std::uint64_t{1} << 26;

}  // namespace assay::program
