// The typed program IR: the one meaning of a C function that interpreter, printer, checks and equivalence share.
//
// Idea. Control flow stays structured (if, loop, switch, block), so that loops keep their source form for unrolling, induction
// and printing, and path conditions merge where branches join. Expressions have no side effects: lowering turns `i++`, assignments
// inside expressions and calls into statements that write temporaries. Every implicit conversion is an explicit kConvert.
//
//   int last(const int *a, int n) { return a[n - 1]; }
//
//   return (load (deref (pointer_add (load a) (convert long (sub int (load n) (constant 1))))))
//
// What can go wrong in an expression or statement (overflow, bounds, ...) is not written in the IR: it follows from operator and
// type, and checks.h lists the rules that interpreter and solver both apply.
//
// Cost: a node is about 150 bytes; a program is a tree that owns its nodes and can be moved, or copied through its text form.
// Text form: text.h (round trip). Validity: validate.h. Tests: tests/frontend/
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_range.h"
#include "frontend/program/type.h"

namespace assay::program {

struct FunctionId {
  std::uint32_t value = 0;
  auto operator<=>(const FunctionId&) const = default;
};

/// A global (index into Program::globals) or a local of the function at hand (index into Function::locals).
struct VariableId {
  bool global = false;
  std::uint32_t index = 0;
  auto operator<=>(const VariableId&) const = default;
};

/// Where a node comes from. `ast_kind` is Clang's node class, for example "BinaryOperator"; index into Program::ast_kinds.
struct Origin {
  std::uint32_t file = 0;  ///< index into Program::files
  SourcePoint begin;
  SourcePoint end;
  std::uint32_t ast_kind = 0;
  auto operator<=>(const Origin&) const = default;
};

struct Expr;
struct Place;
struct Stmt;
using ExprPtr = std::unique_ptr<Expr>;
using PlacePtr = std::unique_ptr<Place>;
using Block = std::vector<Stmt>;

// ---- places: what can be read, written or pointed to -----------------------------------------------------------------
enum class PlaceKind {
  kVariable,  ///< variable
  kDeref,     ///< *pointer
  kElement,   ///< base[index], base is a place of array type; the index is checked against that array
  kField,     ///< base.field
};

struct Place {
  PlaceKind kind = PlaceKind::kVariable;
  TypeId type;  ///< type of what is stored there
  Origin origin;
  VariableId variable;      // kVariable
  ExprPtr pointer;          // kDeref
  PlacePtr base;            // kElement, kField
  ExprPtr index;            // kElement; any integer type
  std::uint32_t field = 0;  // kField
};

// ---- expressions: no side effects ------------------------------------------------------------------------------------
enum class ExprKind {
  kConstant,           ///< `value`, of integer type
  kNull,               ///< null pointer
  kLoad,               ///< value of `place`: a scalar or a whole struct
  kAddressOf,          ///< &place. Array decay is kAddressOf of kElement(array, 0): pointer arithmetic then stays in that array
  kUnary,              ///< unary_op a
  kBinary,             ///< a binary_op b on integers of one type (shifts: b has its own type); comparisons give int 0 or 1
  kLogicalAnd,         ///< int 0 or 1; b is evaluated, and checked, only if a != 0
  kLogicalOr,          ///< int 0 or 1; b is evaluated, and checked, only if a == 0
  kConditional,        ///< a ? b : c, only the chosen one is evaluated
  kConvert,            ///< integer a to integer `type`: modulo 2^width; to _Bool: a != 0. Also pointer to pointer (no change of address)
  kPointerAdd,         ///< pointer a plus integer b elements; b is signed; the result must stay within the array or one past it
  kPointerDifference,  ///< a - b in elements, ptrdiff_t; both in one array
  kPointerCompare,     ///< binary_op in {==, !=, <, <=, >, >=} on pointers
  kLength,             ///< contracts only: number of elements from pointer a to the end of its array
};

enum class UnaryOp { kNegate, kBitNot, kLogicalNot };
enum class BinaryOp {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kShiftLeft,
  kShiftRight,
  kBitAnd,
  kBitOr,
  kBitXor,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
};

struct Expr {
  ExprKind kind = ExprKind::kConstant;
  TypeId type;
  Origin origin;
  std::int64_t value = 0;  // kConstant: the value; unsigned 64-bit values keep their bit pattern
  UnaryOp unary_op = UnaryOp::kNegate;
  BinaryOp binary_op = BinaryOp::kAdd;
  PlacePtr place;  // kLoad, kAddressOf
  ExprPtr a, b, c;
};

// ---- statements ------------------------------------------------------------------------------------------------------
enum class StmtKind {
  kDeclare,   ///< the lifetime of local `variable` begins here, with indeterminate value
  kAssign,    ///< place = value; a scalar, a struct or a whole array (copied as one)
  kCall,      ///< [place =] callee(arguments) or a builtin
  kBlock,     ///< { body }
  kIf,        ///< if (value) body else else_body
  kLoop,      ///< see Loop
  kSwitch,    ///< switch (value) with the cases of `cases`; body falls through
  kBreak,     ///< leaves the innermost kLoop or kSwitch
  kContinue,  ///< next iteration of the innermost kLoop: its step, then its condition
  kReturn,    ///< return [value]
  kLabel,     ///< program point `name`: a comment //@ label NAME; no effect
  kAssert,    ///< value must be non-zero: assert, __CPROVER_assert, //@ assert
  kAssume,    ///< paths on which value is zero are not considered: __CPROVER_assume
  kAbort,     ///< abort, exit, __builtin_unreachable (then `name` says which): the program ends here
};

/// A clause of a contract or loop. `prelude` computes the temporaries that `condition` reads; it has no other effect.
struct Clause {
  Block prelude;
  ExprPtr condition;
  std::string text;  ///< as written
  Origin origin;
};

enum class LoopForm { kFor, kWhile, kDo };

/// for/while: test, body, step, test, ...   do: body, step, test, body, ...
struct Loop {
  LoopForm form = LoopForm::kWhile;
  Block condition_prelude;  ///< runs before each evaluation of `condition`
  ExprPtr condition;        ///< null: always true
  Block step;               ///< the for-step; empty otherwise
  std::vector<Clause> invariants;
  std::uint32_t id = 0;  ///< number of the loop within its function, in source order from 0
};

/// Labels of a switch: control enters the body at statement `start`.
struct SwitchCase {
  std::vector<std::int64_t> values;  ///< converted to the type of the switch value
  bool is_default = false;
  std::uint32_t start = 0;  ///< index into Stmt::body
};

struct Stmt {
  StmtKind kind = StmtKind::kBlock;
  Origin origin;
  std::uint32_t id = 0;              ///< unique within the function, in source order; set by number_statements
  VariableId variable;               // kDeclare
  PlacePtr place;                    // kAssign, kCall (may be null: result dropped)
  ExprPtr value;                     // kAssign, kIf, kSwitch, kReturn (may be null), kAssert, kAssume
  std::optional<FunctionId> callee;  // kCall; absent: the builtin `name`
  std::vector<ExprPtr> arguments;    // kCall
  Block body;                        // kBlock, kIf, kLoop, kSwitch
  Block else_body;                   // kIf
  std::unique_ptr<Loop> loop;        // kLoop
  std::vector<SwitchCase> cases;     // kSwitch
  std::string name;                  // kLabel, kCall of a builtin, kAbort, kAssert (its message)
  std::vector<std::string> tags;     ///< concept tags, set by frontend/concepts
};

// ---- programs --------------------------------------------------------------------------------------------------------
struct Variable {
  std::string name;  ///< source name; temporaries of lowering are named `$1`, `$2`, ...
  TypeId type;
  Origin origin;
  bool is_const = false;  ///< a const object: never written after its initialisation
  bool is_temporary = false;
  bool is_ghost = false;                         ///< written by a contract only (old values); invisible to the program
  bool is_restrict = false;                      ///< parameter declared `T *restrict`: what it points to is reached through no other parameter
  std::optional<std::uint64_t> declared_length;  ///< parameter written as `T a[N]`: N; the pointer has at least N elements
};

struct Function {
  std::string name;
  TypeId return_type;
  std::uint32_t parameter_count = 0;  ///< the first locals are the parameters
  std::vector<Variable> locals;
  Block body;
  bool has_body = true;           ///< false: declared only, or a body that lowering refuses (then `refusal` says why)
  std::string refusal;            ///< `file:line:column: construct` of the first unsupported construct; calls to it are unsupported
  std::vector<Clause> requires_;  ///< //@ requires, __CPROVER_requires
  /// //@ ensures; may read the local `result`. As in ACSL and CBMC a parameter denotes its value at entry, memory its state at exit:
  /// interpreter, semantics and printer evaluate these clauses with the parameters reset to their entry values.
  std::vector<Clause> ensures;
  Block ghost_entry;                    ///< saves old(...) values at entry
  std::optional<std::uint32_t> result;  ///< local that stands for `result` in `ensures`
  Origin origin;
};

/// What the code was compiled for.
struct Target {
  std::string triple;
  std::string standard;  ///< "c17", "c++20", ...
  bool char_is_signed = true;
  int pointer_width = 64;
  int int_width = 32;
};

struct Program {
  Target target;
  std::vector<Type> types;
  std::vector<Variable> globals;  ///< also static locals (`function.name`) and string literals (`$string1`, const)
  Block initialise;               ///< runs once before any function, on zeroed globals; assigns constants and addresses only
  std::vector<Function> functions;
  std::vector<std::string> files;
  std::vector<std::string> ast_kinds;

  const Type& type(TypeId id) const { return types[id.value]; }
  const Function& function(FunctionId id) const { return functions[id.value]; }
  TypeId intern(Type type);
  std::uint32_t intern_ast_kind(std::string_view kind);
  std::optional<FunctionId> find(std::string_view function_name) const;
  const Variable& variable(const Function& function, VariableId id) const { return id.global ? globals[id.index] : function.locals[id.index]; }
  SourceRange range(const Origin& origin) const;
};

/// Numbers Stmt::id and Loop::id of every function in source order. Lowering, the text reader and inference call it last.
void number_statements(Program& program);

// Deep copies.
ExprPtr clone(const Expr& expr);
PlacePtr clone(const Place& place);
Stmt clone(const Stmt& stmt);
Block clone(const Block& block);
Clause clone(const Clause& clause);
Function clone(const Function& function);
Program clone(const Program& program);

}  // namespace assay::program
