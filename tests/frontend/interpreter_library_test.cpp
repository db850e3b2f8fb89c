// The library functions the interpreter models: exact results, and the checks they share with ordinary accesses. Calls are built by hand,
// so that each function is reached whether or not lowering lets it through.
#include <gtest/gtest.h>

#include "frontend/program/interpreter.h"
#include "frontend/program/text.h"

namespace assay::program {
namespace {

/// A function `f(char *p, char *q, int n)` that returns the result of one library call on them.
class Call {
 public:
  Call(const char* name, int pointers, bool with_number, bool gives_pointer = false) {
    Type type;
    type.kind = TypeKind::kInteger;
    type.size = type.alignment = 1;
    type.width = 8;
    type.is_signed = true;
    type.name = "char";
    const TypeId character = program_.intern(type);
    type.size = type.alignment = 4;
    type.width = 32;
    type.name = "int";
    const TypeId integer = program_.intern(type);
    type = {};
    type.kind = TypeKind::kPointer;
    type.size = type.alignment = 8;
    type.element = character;
    const TypeId pointer = program_.intern(type);
    Function f;
    f.name = "f";
    f.return_type = integer;
    f.parameter_count = 3;
    f.locals = {{"p", pointer, {}}, {"q", pointer, {}}, {"n", integer, {}}, {"r", gives_pointer ? pointer : integer, {}}};
    Stmt call;
    call.kind = StmtKind::kCall;
    call.name = name;
    call.place = place(3, f.locals[3].type);
    for (int i = 0; i < pointers; ++i) call.arguments.push_back(load(static_cast<std::uint32_t>(i), pointer));
    if (with_number) call.arguments.push_back(load(2, integer));
    f.body.push_back(std::move(call));
    Stmt leave;
    leave.kind = StmtKind::kReturn;
    if (gives_pointer) {  // its offset from p
      auto difference = std::make_unique<Expr>();
      difference->kind = ExprKind::kPointerDifference;
      difference->type = integer;
      difference->a = load(3, pointer);
      difference->b = load(0, pointer);
      leave.value = std::move(difference);
    } else {
      leave.value = load(3, integer);
    }
    f.body.push_back(std::move(leave));
    program_.functions.push_back(std::move(f));
    EXPECT_TRUE(validate(program_));
  }

  RunResult operator()(const std::string& p, const std::string& q, int n) {
    const std::vector<Argument> arguments = {text(p), text(q), Argument::scalar(n)};
    return Interpreter(program_).run({0}, arguments);
  }

 private:
  static Argument text(const std::string& s) { return Argument::array(std::vector<std::int64_t>(s.begin(), s.end())); }
  static PlacePtr place(std::uint32_t local, TypeId type) {
    auto p = std::make_unique<Place>();
    p->variable.index = local;
    p->type = type;
    return p;
  }
  static ExprPtr load(std::uint32_t local, TypeId type) {
    auto e = std::make_unique<Expr>();
    e->kind = ExprKind::kLoad;
    e->type = type;
    e->place = place(local, type);
    return e;
  }
  Program program_;
};

const std::string kEnd(1, '\0');

std::int64_t value(const RunResult& run) {
  EXPECT_EQ(run.end, RunEnd::kReturned) << run.unsupported << (run.failure ? run.failure->message : "");
  return run.value ? run.value->integer : INT64_MIN;
}
std::string cells(const RunResult& run, std::size_t argument = 0) {
  std::string text;
  for (const Scalar& cell : run.arrays[argument]) text.push_back(static_cast<char>(cell.integer));
  return text;
}
std::string failure(const RunResult& run) { return run.failure ? std::string(info(run.failure->kind).id) : run.unsupported; }

TEST(InterpreterLibrary, measures_compares_and_searches_strings) {
  EXPECT_EQ(value(Call("strlen", 1, false)("abc" + kEnd, "", 0)), 3);
  EXPECT_EQ(value(Call("strcmp", 2, false)("abc" + kEnd, "abd" + kEnd, 0)), -1);
  EXPECT_EQ(value(Call("strcmp", 2, false)("\xff" + kEnd, "a" + kEnd, 0)), 1);
  EXPECT_EQ(value(Call("strncmp", 2, true)("abc" + kEnd, "abd" + kEnd, 2)), 0);
  EXPECT_EQ(value(Call("memcmp", 2, true)("abc", "abc", 3)), 0);
  EXPECT_EQ(value(Call("strchr", 1, true, true)("abcabc" + kEnd, "", 'b')), 1);
  EXPECT_EQ(value(Call("strrchr", 1, true, true)("abcabc" + kEnd, "", 'b')), 4);
}

TEST(InterpreterLibrary, copies_and_fills_typed_cells) {
  EXPECT_EQ(cells(Call("strcpy", 2, false, true)("........", "abc" + kEnd, 0)), "abc" + kEnd + "....");
  EXPECT_EQ(cells(Call("strcat", 2, false, true)("ab" + kEnd + "....", "c" + kEnd, 0)), "abc" + kEnd + "...");
  EXPECT_EQ(cells(Call("strncpy", 2, true, true)("......", "ab" + kEnd, 4)), "ab" + kEnd + kEnd + "..");
  EXPECT_EQ(cells(Call("memcpy", 2, true, true)("......", "abcdef", 3)), "abc...");
}

TEST(InterpreterLibrary, leaving_an_array_is_a_pointer_bounds_failure) {
  EXPECT_EQ(failure(Call("strlen", 1, false)("abc", "", 0)), "pointer-bounds");
  EXPECT_EQ(failure(Call("strcpy", 2, false, true)("..", "abc" + kEnd, 0)), "pointer-bounds");
  EXPECT_EQ(failure(Call("memcpy", 2, true, true)("....", "abc", 4)), "pointer-bounds");
}

TEST(InterpreterLibrary, an_unknown_function_or_count_of_arguments_is_unsupported_by_name) {
  EXPECT_NE(failure(Call("qsort", 2, true)("a", "b", 1)).find("'qsort'"), std::string::npos);
  EXPECT_NE(failure(Call("strlen", 2, false)("a", "b", 1)).find("2 arguments"), std::string::npos);
}

}  // namespace
}  // namespace assay::program
