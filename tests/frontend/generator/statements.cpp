// Statements of generated programs: every loop is counted, every trap on purpose.
#include "tests/frontend/generator/writer.h"

namespace assay::generator {

const Variable* Writer::assignable() {
  std::vector<const Variable*> found;
  for (const Variable& v : variables_)
    if (v.assignable) found.push_back(&v);
  return found.empty() ? nullptr : found[below(found.size())];
}

void Writer::declare(bool wanted_assignable) {
  const int type = any_type();
  const std::string name = fresh("v");
  line(fmt::format("{} {} = {};", info(type).name, name, expression(2).text));
  variables_.push_back({name, type, wanted_assignable, info(type).low(), info(type).high()});
}

void Writer::assignment() {
  const Variable* v = assignable();
  if (!v || (chance(25) && !arrays_.empty())) return element_assignment();
  const bool narrow_or_unsigned = info(v->type).rank < 3 || !info(v->type).is_signed;
  switch (below(5)) {
    case 0:
      if (v->type != kBool && (narrow_or_unsigned || daring())) {
        const bool up = chance(50), before = chance(50);
        mark(up ? "++" : "--");
        const std::string op = up ? "++" : "--";
        return line(before ? op + v->name + ";" : v->name + op + ";");
      }
      break;
    case 1:
      if (narrow_or_unsigned || daring()) {
        mark("compound assignment");
        static constexpr const char* kOperators[] = {"+=", "-=", "^=", "|=", "&="};
        return line(fmt::format("{} {} {};", v->name, pick(kOperators),
                                info(v->type).width < 16 ? small(expression(1)).text : masked(expression(1), 1023).text));
      }
      break;
    case 2:
      if (narrow_or_unsigned && v->type != kBool && variables_.size() > 1) {
        const Variable* other = assignable();
        if (other->name == v->name || other->type == kBool) break;
        mark("++");
        return line(fmt::format("{} = (unsigned char){}++ ^ {};", other->name, v->name, below(50)));
      }
      break;
    default: break;
  }
  line(fmt::format("{} = {};", v->name, expression(3).text));
}

void Writer::call_statement() {
  const Variable* v = assignable();
  if (!v || in_helper_ || callees_.empty()) return declare();
  line(fmt::format("{} = {};", v->name, call(pick(callees_), 2).text));
}

void Writer::element_assignment() {
  std::vector<const Array*> found;
  for (const Array& a : arrays_)
    if (a.assignable) found.push_back(&a);
  if (found.empty()) return declare();
  const std::string place = element_place(*found[below(found.size())]);
  line(fmt::format("{} = {};", place, expression(2).text));
}

void Writer::nested(int depth, std::uint64_t count) {
  const auto variables = variables_.size();
  const auto arrays = arrays_.size();
  const auto fields = fields_.size();
  ++indent_;
  for (std::uint64_t i = 0; i < count; ++i) statement(depth - 1);
  --indent_;
  variables_.resize(variables);
  arrays_.resize(arrays);
  fields_.resize(fields);
}

void Writer::if_statement(int depth) {
  mark("if");
  line("if (" + expression(2).text + ") {");
  nested(depth, 1 + below(2));
  if (chance(50)) {
    mark("else");
    line("} else {");
    nested(depth, 1 + below(2));
  }
  line("}");
}

void Writer::loop(int depth) {
  const std::string i = fresh("i");
  const std::uint64_t bound = 1 + below(6);
  const auto form = below(4);
  if (form >= 2) {
    mark("for");
    line(chance(70) ? fmt::format("for (int {0} = 0; {0} < {1}; {0}++) {{", i, bound)
                    : fmt::format("for (int {0} = {1}; {0} > 0; --{0}) {{", i, bound));
  } else {
    line(fmt::format("int {} = 0;", i));
    mark(form == 0 ? "while" : "do");
    line(form == 0 ? fmt::format("while ({} < {}) {{", i, bound) : "do {");
  }
  ++indent_;
  if (chance(25)) {
    mark("invariant");
    line(fmt::format("//@ invariant {0} >= 0 && {0} <= {1};", i, bound));
  }
  --indent_;
  const auto before = variables_.size();
  if (form < 2) {  // counted first, so that `continue` cannot skip it
    ++indent_;
    line(fmt::format("{}++;", i));
    --indent_;
  }
  variables_.push_back({i, kInt, false, 0, static_cast<Wide>(bound)});
  ++loops_;
  nested(depth, 1 + below(3));
  --loops_;
  variables_.resize(before);
  line(form == 1 ? fmt::format("}} while ({} < {});", i, bound) : "}");
}

void Writer::switch_statement(int depth) {
  mark("switch");
  line(fmt::format("switch ({}) {{", masked(expression(2), 7).text));
  const std::uint64_t cases = 2 + below(3);
  for (std::uint64_t c = 0; c < cases; ++c) {
    line(fmt::format("case {}:", c * 2 + below(2)));
    nested(depth - 1, 1);
    if (chance(60)) line("  break;");
    else mark("fall-through");
  }
  line("default:");
  nested(depth - 1, 1);
  line("}");
}

void Writer::jump() {
  const auto what = below(loops_ > 0 ? 3 : 1);
  const std::string condition = expression(2).text;
  if (what == 0) {
    mark("early return");
    line(fmt::format("if ({}) return {};", condition, expression(1).text));
  } else {
    mark(what == 1 ? "break" : "continue");
    line(fmt::format("if ({}) {};", condition, what == 1 ? "break" : "continue"));
  }
}

void Writer::array_statement() {
  const int type = any_type();
  const std::string name = fresh("a");
  const bool square = chance(35);
  const std::uint64_t rows = square ? 2 + below(2) : 0, count = 2 + below(4);
  mark(square ? "two-dimensional array" : "local array");
  std::string values;
  for (std::uint64_t i = 0; i < std::max<std::uint64_t>(rows, 1) * count; ++i) values += (i ? ", " : "") + std::to_string(below(100));
  if (!square) line(fmt::format("{} {}[{}] = {{{}}};", info(type).name, name, count, chance(70) ? values : "0"));
  else line(fmt::format("{} {}[{}][{}] = {{{{{}}}}};", info(type).name, name, rows, count, below(100)));
  arrays_.push_back({name, type, rows, count, true, false});
}

void Writer::pointer_statement() {
  if (const Variable* v = assignable(); v && chance(50)) {
    mark("address of local");
    const std::string name = fresh("q");
    line(fmt::format("{} *{} = &{};", info(v->type).name, name, v->name));
    line(fmt::format("*{} = {};", name, expression(2).text));
    return;
  }
  for (const Array& a : arrays_) {
    if (a.rows || !a.assignable || chance(30)) continue;
    const std::string p = fresh("q"), e = fresh("e"), v = fresh("v");
    mark("pointer comparison");
    mark("pointer arithmetic");
    mark("pointer difference");
    line(fmt::format("{0} *{1} = {2}, *{3} = {2} + {4};", info(a.type).name, p, a.name, e, a.count));
    line(fmt::format("while ({} {} {}) {{", p, chance(50) ? "<" : "!=", e));
    line(fmt::format("  if (*{0} == {1}) break;", p, below(100)));
    line(fmt::format("  {}++;", p));
    line("}");
    line(fmt::format("long {} = {} - {};", v, p, a.name));
    variables_.push_back({v, 8, true, info(8).low(), info(8).high()});
    return;
  }
  assignment();
}

void Writer::struct_statement() {
  if (!has_struct_) return assignment();
  const std::string s = fresh("s");
  mark("struct");
  line(fmt::format("struct {}S {} = {{{}, {}, {{{}, {}}}}};", prefix_, s, below(100), below(100), below(100), below(100)));
  if (!struct_callee_.empty() && chance(70)) {
    mark("struct by value");
    line(fmt::format("{0} = {1}({0}, {2});", s, struct_callee_, masked(expression(1), 63).text));
  }
  if (chance(50)) {
    mark("struct assignment");
    const std::string t = fresh("s");
    line(fmt::format("struct {}S {} = {};", prefix_, t, s));
    line(fmt::format("{}.b = {};", t, expression(1).text));
    line(fmt::format("{} = {};", s, t));
  }
  if (const Variable* v = assignable()) line(fmt::format("{} = ({}.c[0] & 31) + ({}.c[1] & 63);", v->name, s, s));
  fields_.push_back({s + ".a", struct_types_[0], true, info(struct_types_[0]).low(), info(struct_types_[0]).high()});
  fields_.push_back({s + ".b", struct_types_[1], true, info(struct_types_[1]).low(), info(struct_types_[1]).high()});
  fields_.push_back({fmt::format("{}.c[{}]", s, below(2)), struct_types_[2], true, info(struct_types_[2]).low(), info(struct_types_[2]).high()});
}

void Writer::checked_statement() {
  switch (in_helper_ && helper_is_pure_ ? 2 : below(3)) {
    case 0: {
      const Value v = expression(2);
      mark("assert");
      return line(program_.wild && chance(30) ? fmt::format("assert({} != {});", v.text, below(4))
                                              : fmt::format("assert(({0}) == ({0}) || 0);", v.text));
    }
    case 1:
      mark("printf");
      return line(fmt::format("printf(\"%d %ld\\n\", {}, (long){});", masked(expression(1), 127).text.insert(0, "(int)"), expression(1).text));
    default: mark("label"); return line("//@ label " + fresh("here"));
  }
}

/// Undefined for some inputs, on purpose.
void Writer::trap() {
  const Variable* v = assignable();
  if (!v) return;
  const std::string e = masked(expression(1), 127).text, x = leaf().text, pointer = fresh("d"), object = fresh("z");
  switch (below(8)) {
    case 0: return line(fmt::format("{} = ({} - 2147483600) - (int)({});", v->name, e, e));
    case 1: return line(fmt::format("{} = 2147483600 + (int){};", v->name, e));
    case 2: return line(fmt::format("{} = -(int)({});", v->name, x));
    case 3: return line(fmt::format("{} = (-2147483647 - 1) {} (int)(({} & 3) - 1);", v->name, chance(50) ? "/" : "%", e));
    case 4: return line(fmt::format("{} = (long)({}) * 4000000000000L;", v->name, x));
    case 5:
      line(fmt::format("int {0} = 1, *{1} = &{0};", object, pointer));
      line(fmt::format("if ({} > 60) {{ int {}inner = 2; {} = &{}inner; }}", e, object, pointer, object));
      return line(fmt::format("{} = *{} & 1;", v->name, pointer));
    case 6: return line(fmt::format("if ({} > 100) __builtin_unreachable();", e));
    default: return line(fmt::format("{} = 1 << ({} & 31);", v->name, e));
  }
}

void Writer::statement(int depth) {
  if (program_.wild && chance(8)) return trap();
  if (loops_ > 0 && chance(12)) return jump();
  if (depth <= 0) return chance(70) ? assignment() : declare();
  switch (below(15)) {
    case 14: return call_statement();
    case 0: return if_statement(depth);
    case 1:
    case 2: return loops_ < 2 ? loop(depth) : assignment();
    case 3: return switch_statement(depth);
    case 4: return jump();
    case 5: return array_statement();
    case 6: return pointer_statement();
    case 7: return struct_statement();
    case 8: return checked_statement();
    case 9:
    case 10: return declare();
    default: return assignment();
  }
}

}  // namespace assay::generator
