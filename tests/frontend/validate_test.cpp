// Each rule of validate() is broken once in a program that is valid otherwise.
#include <gtest/gtest.h>

#include <functional>

#include "frontend/program/text.h"

namespace assay::program {
namespace {

ExprPtr constant(TypeId type, std::int64_t value) {
  auto expr = std::make_unique<Expr>();
  expr->type = type;
  expr->value = value;
  return expr;
}

/// int f(int x) { x = 1; while (1) { break; } return 1; }
Program small() {
  Program program;
  Type integer;
  integer.kind = TypeKind::kInteger;
  integer.size = integer.alignment = 4;
  integer.width = 32;
  integer.is_signed = true;
  integer.name = "int";
  const TypeId id = program.intern(integer);
  Function f;
  f.name = "f";
  f.return_type = id;
  f.parameter_count = 1;
  f.locals.push_back({"x", id, {}});
  Stmt assign;
  assign.kind = StmtKind::kAssign;
  assign.place = std::make_unique<Place>();
  assign.place->type = id;
  assign.value = constant(id, 1);
  f.body.push_back(std::move(assign));
  Stmt loop;
  loop.kind = StmtKind::kLoop;
  loop.loop = std::make_unique<Loop>();
  loop.loop->condition = constant(id, 1);
  loop.body.emplace_back().kind = StmtKind::kBreak;
  f.body.push_back(std::move(loop));
  Stmt leave;
  leave.kind = StmtKind::kReturn;
  leave.value = constant(id, 1);
  f.body.push_back(std::move(leave));
  program.functions.push_back(std::move(f));
  number_statements(program);
  return program;
}

struct Damage {
  const char* name;
  std::function<void(Program&)> apply;
};

class Validate : public testing::TestWithParam<Damage> {};

TEST_P(Validate, rejects) {
  Program program = small();
  ASSERT_TRUE(validate(program)) << validate(program).error().to_string();
  GetParam().apply(program);
  EXPECT_FALSE(validate(program));
}

Block& body(Program& p) { return p.functions[0].body; }

const Damage kDamages[] = {
    {"an_unknown_type", [](Program& p) { p.functions[0].return_type = {9}; }},
    {"more_parameters_than_locals", [](Program& p) { p.functions[0].parameter_count = 2; }},
    {"an_unknown_variable", [](Program& p) { body(p)[0].place->variable.index = 7; }},
    {"an_assignment_without_value", [](Program& p) { body(p)[0].value = nullptr; }},
    {"a_constant_that_does_not_fit", [](Program& p) { body(p)[0].value->value = std::int64_t{1} << 40; }},
    {"a_break_outside_of_a_loop", [](Program& p) { body(p).emplace_back().kind = StmtKind::kBreak; }},
    {"a_continue_outside_of_a_loop", [](Program& p) { body(p).emplace_back().kind = StmtKind::kContinue; }},
    {"a_loop_without_description", [](Program& p) { body(p)[1].loop = nullptr; }},
    {"a_call_of_an_unknown_function",
     [](Program& p) {
       Stmt& call = body(p).emplace_back();
       call.kind = StmtKind::kCall;
       call.callee = FunctionId{3};
     }},
    {"a_call_with_too_few_arguments",
     [](Program& p) {
       Stmt& call = body(p).emplace_back();
       call.kind = StmtKind::kCall;
       call.callee = FunctionId{0};
     }},
    {"an_operator_without_operand", [](Program& p) { body(p)[0].value->kind = ExprKind::kUnary; }},
    {"a_load_of_nothing", [](Program& p) { body(p)[0].value->kind = ExprKind::kLoad; }},
    {"an_impossible_width", [](Program& p) { p.types[0].width = 65; }},
    {"a_struct_that_contains_itself",
     [](Program& p) {
       Type type;
       type.kind = TypeKind::kStruct;
       type.fields.push_back({"x", {1}, 0});
       p.types.push_back(type);
     }},
    {"an_array_of_impossible_size",
     [](Program& p) {
       Type type;
       type.kind = TypeKind::kArray;
       type.element = {0};
       type.count = ~std::uint64_t{0};
       p.types.push_back(type);
     }},
    {"a_file_that_does_not_exist", [](Program& p) { body(p)[0].origin.file = 4; }},
    {"an_unknown_kind_of_statement", [](Program& p) { body(p)[0].kind = static_cast<StmtKind>(77); }},
    {"a_switch_that_starts_past_its_end",
     [](Program& p) {
       Stmt& s = body(p).emplace_back();
       s.kind = StmtKind::kSwitch;
       s.value = constant({0}, 1);
       s.cases.push_back({{1}, false, 5});
     }},
};

INSTANTIATE_TEST_SUITE_P(Program, Validate, testing::ValuesIn(kDamages), [](const auto& of) { return std::string(of.param.name); });

TEST(Program, clone_is_deep_and_complete) {
  const Program original = small();
  Program copy = clone(original);
  EXPECT_EQ(write_text(copy), write_text(original));
  copy.functions[0].body[0].value->value = 2;
  EXPECT_EQ(original.functions[0].body[0].value->value, 1);
}

TEST(Program, equal_types_share_one_row) {
  Program program = small();
  const Type copy = program.types[0];
  EXPECT_EQ(program.intern(copy).value, 0u);
  EXPECT_EQ(program.types.size(), 1u);
}

}  // namespace
}  // namespace assay::program
