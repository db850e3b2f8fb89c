// The file around generated functions: globals, helpers, the entry function with its contract, and its inputs.
#include "tests/frontend/generator/writer.h"

namespace assay::generator {

namespace {

constexpr std::string_view kConstructs[] = {"_Bool",
                                            "char",
                                            "signed char",
                                            "unsigned char",
                                            "short",
                                            "unsigned short",
                                            "int",
                                            "unsigned int",
                                            "long",
                                            "unsigned long",
                                            "long long",
                                            "unsigned long long",
                                            "enum",
                                            "local array",
                                            "two-dimensional array",
                                            "static const table",
                                            "struct",
                                            "struct by value",
                                            "struct assignment",
                                            "global variable",
                                            "static local",
                                            "pointer parameter",
                                            "pointer arithmetic",
                                            "pointer difference",
                                            "pointer comparison",
                                            "address of local",
                                            "subscript",
                                            "+",
                                            "-",
                                            "*",
                                            "/",
                                            "%",
                                            "<<",
                                            ">>",
                                            "&",
                                            "|",
                                            "^",
                                            "~",
                                            "!",
                                            "unary -",
                                            "<",
                                            "<=",
                                            ">",
                                            ">=",
                                            "==",
                                            "!=",
                                            "&&",
                                            "||",
                                            "?:",
                                            "comma",
                                            "++",
                                            "--",
                                            "compound assignment",
                                            "cast",
                                            "sizeof",
                                            "if",
                                            "else",
                                            "for",
                                            "while",
                                            "do",
                                            "switch",
                                            "fall-through",
                                            "break",
                                            "continue",
                                            "early return",
                                            "call",
                                            "static inline",
                                            "recursion",
                                            "assert",
                                            "printf",
                                            "requires",
                                            "ensures",
                                            "invariant",
                                            "label"};

}  // namespace

Writer::Writer(std::uint64_t seed, const std::string& prefix) : state_(seed * 0x9e3779b97f4a7c15u + 0x1234567), prefix_(prefix) {
  program_.seed = seed;
  program_.wild = chance(20);
}

GeneratedProgram Writer::write() {
  file_scope();
  const std::uint64_t helpers = 1 + below(3);
  for (std::uint64_t i = 0; i < helpers; ++i) helper(i);
  if (chance(30)) recursive_helper();
  if (has_struct_ && chance(70)) struct_helper();
  entry();
  program_.source = std::move(out_);
  for (int i = 0; i < 3; ++i) program_.inputs.push_back(input());
  return std::move(program_);
}

void Writer::file_scope() {
  if (chance(45)) {
    mark("static const table");
    const int type = any_type();
    const std::uint64_t count = 3 + below(5);
    std::string values;
    for (std::uint64_t i = 0; i < count; ++i) values += (i ? ", " : "") + std::to_string(type == kBool ? below(2) : below(100));
    line(fmt::format("static const {} {}table[{}] = {{{}}};", info(type).name, prefix_, count, values));
    global_arrays_.push_back({prefix_ + "table", type, 0, count, false, false});
  }
  if (chance(30)) {
    mark("global variable");
    const int type = any_type();
    line(fmt::format("static {} {}global = {};", info(type).name, prefix_, below(2)));
    globals_.push_back({prefix_ + "global", type, true, info(type).low(), info(type).high()});
  }
  if (chance(25)) {
    mark("enum");
    line(fmt::format("enum {0}E {{ {0}red, {0}green = 5, {0}blue }};", prefix_));
    globals_.push_back({prefix_ + "green", kInt, false, 5, 5});
    has_enum_ = true;
  }
  if (chance(40)) {
    has_struct_ = true;
    for (int& type : struct_types_) type = any_type();
    line(fmt::format("struct {}S {{ {} a; {} b; {} c[2]; }};", prefix_, info(struct_types_[0]).name, info(struct_types_[1]).name,
                     info(struct_types_[2]).name));
  }
}

void Writer::begin_function() {
  variables_ = globals_;
  arrays_ = global_arrays_;
  fields_.clear();
  loops_ = 0;
}

void Writer::helper(std::uint64_t number) {
  begin_function();
  in_helper_ = true;
  Callee callee{fmt::format("{}h{}", prefix_, number), any_type(), {}, chance(60)};
  helper_is_pure_ = callee.is_pure;
  if (callee.is_pure)
    for (Variable& global : variables_) global.assignable = false;
  std::string parameters;
  for (std::uint64_t i = 0; i < 1 + below(2); ++i) {
    const int type = any_type();
    const std::string name = fresh("x");
    parameters += (i ? ", " : "") + fmt::format("{} {}", info(type).name, name);
    callee.parameters.push_back(type);
    variables_.push_back({name, type, true, info(type).low(), info(type).high()});
  }
  const bool is_inline = chance(40);
  if (is_inline) mark("static inline");
  line(fmt::format("static {}{} {}({}) {{", is_inline ? "inline " : "", info(callee.result).name, callee.name, parameters));
  ++indent_;
  if (!callee.is_pure && chance(50)) {
    mark("static local");
    line("static int count = 0;");
    line("count = (count + 1) & 15;");
    variables_.push_back({"count", kInt, false, 0, 15});
  }
  return_type_ = callee.result;
  for (std::uint64_t i = 0; i < 1 + below(3); ++i) statement(1);
  line(fmt::format("return {};", expression(2).text));
  --indent_;
  line("}");
  in_helper_ = false;
  callees_.push_back(std::move(callee));
}

void Writer::recursive_helper() {
  mark("recursion");
  const std::string name = prefix_ + "r";
  line(fmt::format("static unsigned int {}(unsigned int n) {{ return n % 8u == 0u ? 1u : n + {}(n % 8u - 1u) * {}u; }}", name, name, 2 + below(5)));
  callees_.push_back({name, 7, {7}, true});
}

void Writer::struct_helper() {
  struct_callee_ = prefix_ + "t";
  mark("struct by value");
  line(fmt::format("static struct {0}S {0}t(struct {0}S s, int k) {{", prefix_));
  ++indent_;
  line(fmt::format("s.a = ({})((s.b & 63) + k);", info(struct_types_[0]).name));
  line("s.c[k & 1] = s.a;");
  line("return s;");
  --indent_;
  line("}");
}

void Writer::entry() {
  begin_function();
  program_.entry = prefix_ + "entry";
  const int result = any_type();
  program_.return_type = info(result).name;
  std::string parameters;
  std::vector<std::string> lengths;
  const std::uint64_t scalars = 1 + below(3), pointers = below(3);
  for (std::uint64_t i = 0; i < scalars; ++i) {
    const int type = any_type();
    const std::string name = fresh("x");
    parameters += fmt::format("{}{} {}", i ? ", " : "", info(type).name, name);
    variables_.push_back({name, type, true, info(type).low(), info(type).high()});
    program_.parameters.push_back({info(type).name, 0});
    types_.push_back(type);
  }
  for (std::uint64_t i = 0; i < pointers; ++i) {
    mark("pointer parameter");
    const int type = any_type();
    const std::string name = fresh("p");
    const std::uint64_t count = 2 + below(5);
    parameters += fmt::format(", {} *{}", info(type).name, name);
    arrays_.push_back({name, type, 0, count, true, true});
    program_.parameters.push_back({info(type).name, count});
    types_.push_back(type);
    lengths.push_back(fmt::format("length({}) == {}", name, count));
  }
  line(fmt::format("{} {}({}) {{", info(result).name, program_.entry, parameters));
  ++indent_;
  for (const std::string& length : lengths)
    if (chance(40)) {
      mark("requires");
      line("//@ requires " + length + ";");
    }
  if (chance(20)) {
    mark("ensures");
    line(fmt::format("//@ ensures result <= {};", info(result).is_signed && result == 10 ? "9223372036854775807LL"
                                                  : info(result).width >= 63             ? "18446744073709551615uLL"
                                                                             : fmt::format("{}L", static_cast<std::int64_t>(info(result).high()))));
  }
  return_type_ = result;
  if (has_enum_) {
    line(fmt::format("enum {0}E {1} = {2} ? {0}red : {0}blue;", prefix_, fresh("c"), expression(1).text));
    const std::string name = fmt::format("c{}", names_ - 1);
    variables_.push_back({name, 7, false, 0, 6});
  }
  const std::uint64_t statements = 4 + below(6);
  for (std::uint64_t i = 0; i < statements; ++i) statement(3);
  line(fmt::format("return {};", expression(3).text));
  --indent_;
  line("}");
}

std::int64_t Writer::number(int type) {
  const Type& t = info(type);
  static constexpr std::int64_t kEdges[] = {0, 1, -1, 2, 7, 100, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
  const std::int64_t value = chance(40) ? pick(kEdges) : chance(50) ? static_cast<std::int64_t>(below(40)) - 10 : static_cast<std::int64_t>(next());
  const Wide span = t.high() - t.low() + 1;
  Wide fitted = (static_cast<Wide>(value) - t.low()) % span;
  if (fitted < 0) fitted += span;
  return static_cast<std::int64_t>(fitted + t.low());
}

std::vector<program::Argument> Writer::input() {
  std::vector<program::Argument> arguments;
  for (std::size_t i = 0; i < program_.parameters.size(); ++i) {
    if (program_.parameters[i].length == 0) {
      arguments.push_back(program::Argument::scalar(number(types_[i])));
      continue;
    }
    std::vector<std::int64_t> cells;
    for (std::uint64_t c = 0; c < program_.parameters[i].length; ++c) cells.push_back(number(types_[i]));
    arguments.push_back(program_.wild && chance(10) ? program::Argument::null() : program::Argument::array(std::move(cells)));
  }
  return arguments;
}

std::span<const std::string_view> construct_names() { return kConstructs; }

GeneratedProgram generate(std::uint64_t seed, const std::string& prefix) { return Writer(seed, prefix).write(); }

void for_each_generated_program(std::uint64_t seed, std::uint64_t count, const std::function<void(const GeneratedProgram&)>& f) {
  for (std::uint64_t i = 0; i < count; ++i) f(generate(seed + i, fmt::format("p{}_", i)));
}

}  // namespace assay::generator
