// Widths, signs, layout and refusals of types; all from Clang's description of the target.
#include "tests/frontend/lowering_support.h"

namespace assay::lowering {
namespace {

using namespace testing;
using program::Type;
using program::TypeKind;

/// The type of the only parameter of `f`.
Type parameter_type(const std::string& type, const SourceOptions& options = {}) {
  const Lowered program = lowered("void f(" + type + " p) {}", options);
  return program.program.type(program.program.function(*program.program.find("f")).locals[0].type);
}

TEST(LoweringTypes, each_integer_type_has_its_width_and_sign) {
  const std::tuple<const char*, int, bool> cases[] = {{"signed char", 8, true}, {"unsigned short", 16, false},
                                                      {"int", 32, true},        {"unsigned", 32, false},
                                                      {"long", 64, true},       {"unsigned long long", 64, false}};
  for (const auto& [name, width, is_signed] : cases) {
    const Type type = parameter_type(name);
    EXPECT_EQ(type.width, width) << name;
    EXPECT_EQ(type.is_signed, is_signed) << name;
  }
  EXPECT_TRUE(parameter_type("_Bool").is_bool);
  EXPECT_EQ(parameter_type("_Bool").width, 1);
}

TEST(LoweringTypes, the_target_decides) {
  const SourceOptions windows{.target = "x86_64-pc-windows-gnu"}, arm{.target = "aarch64-unknown-linux-gnu"};
  EXPECT_EQ(parameter_type("long", windows).width, 32);
  EXPECT_FALSE(parameter_type("char", arm).is_signed);
  EXPECT_TRUE(parameter_type("char").is_signed);
}

TEST(LoweringTypes, an_enumeration_is_the_integer_that_clang_chooses) {
  const Lowered program = lowered("enum small { A, B }; enum negative { C = -1 };\nvoid f(enum small s, enum negative n) {}");
  const program::Function& f = program.program.function(*program.program.find("f"));
  EXPECT_FALSE(program.program.type(f.locals[0].type).is_signed);
  EXPECT_TRUE(program.program.type(f.locals[1].type).is_signed);
}

TEST(LoweringTypes, fields_have_the_offsets_of_the_target) {
  const Lowered program = lowered("struct s { char c; int i; short t[3]; };\nvoid f(struct s p) {}");
  const Type& type = program.program.type(program.program.function(*program.program.find("f")).locals[0].type);
  ASSERT_EQ(type.kind, TypeKind::kStruct);
  ASSERT_EQ(type.fields.size(), 3u);
  EXPECT_EQ(type.fields[1].offset, 4u);
  EXPECT_EQ(type.fields[2].offset, 8u);
  EXPECT_EQ(type.size, 16u);
  EXPECT_EQ(program.program.type(type.fields[2].type).count, 3u);
}

TEST(LoweringTypes, equal_types_share_a_row_whatever_their_qualifiers) {
  const Lowered program = lowered("typedef int number;\nvoid f(const int *a, number *const b, int *restrict c, int d[4]) {}");
  const program::Function& f = program.program.function(*program.program.find("f"));
  for (int i = 1; i < 4; ++i) EXPECT_EQ(f.locals[0].type, f.locals[static_cast<std::size_t>(i)].type) << i;
  EXPECT_FALSE(f.locals[0].is_restrict);
  EXPECT_TRUE(f.locals[2].is_restrict);
  EXPECT_EQ(f.locals[3].declared_length, 4u);
}

TEST(LoweringTypes, what_is_not_modelled_is_refused_with_its_name) {
  EXPECT_NE(refusal_of("int f(double x) { return 0; }").find("double"), std::string::npos) << refusal_of("int f(double x) { return 0; }");
  EXPECT_NE(refusal_of("union u { int a; char b; };\nint f(void) { union u x; x.a = 1; return x.a; }"), "");
  EXPECT_NE(refusal_of("int f(int (*g)(int)) { return 0; }"), "");
  EXPECT_NE(refusal_of("int f(void) { static int huge[100000000]; return huge[0]; }"), "");
}

}  // namespace
}  // namespace assay::lowering
