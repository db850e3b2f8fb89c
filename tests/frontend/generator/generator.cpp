#include "tests/frontend/generator/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace assay::generator {

namespace {

__extension__ typedef __int128 Wide;

struct Type {
  const char* name;
  int width;
  bool is_signed;
  int rank;
  const char* suffix;
  Wide low() const { return is_signed ? -(Wide{1} << (width - 1)) : 0; }
  Wide high() const { return is_signed ? (Wide{1} << (width - 1)) - 1 : (Wide{1} << width) - 1; }
};
constexpr std::array<Type, 12> kTypes = {{{"_Bool", 1, false, 0, ""}, {"char", 8, true, 1, ""}, {"signed char", 8, true, 1, ""}, {"unsigned char", 8, false, 1, ""},
                                          {"short", 16, true, 2, ""}, {"unsigned short", 16, false, 2, ""}, {"int", 32, true, 3, ""},
                                          {"unsigned int", 32, false, 3, "u"}, {"long", 64, true, 4, "L"}, {"unsigned long", 64, false, 4, "uL"},
                                          {"long long", 64, true, 5, "LL"}, {"unsigned long long", 64, false, 5, "uLL"}}};
constexpr int kBool = 0, kInt = 6;

constexpr std::string_view kConstructs[] = {
    "_Bool", "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "long", "unsigned long", "long long", "unsigned long long",
    "enum", "local array", "two-dimensional array", "static const table", "struct", "struct by value", "struct assignment", "global variable", "static local",
    "pointer parameter", "pointer arithmetic", "pointer difference", "pointer comparison", "address of local", "subscript",
    "+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "~", "!", "unary -", "<", "<=", ">", ">=", "==", "!=", "&&", "||", "?:", "comma", "++", "--",
    "compound assignment", "cast", "sizeof", "if", "else", "for", "while", "do", "switch", "fall-through", "break", "continue", "early return",
    "call", "static inline", "recursion", "assert", "printf", "requires", "ensures", "invariant", "label"};

struct Value {
  std::string text;
  int type = kInt;
  Wide low = 0, high = 0;
};

struct Variable {
  std::string name;
  int type;
  bool assignable;
  Wide low, high;
};
struct Array {
  std::string name;
  int type;
  std::uint64_t rows;     ///< 0: one dimension
  std::uint64_t count;
  bool assignable;
  bool is_pointer;
};
struct Callee {
  std::string name;
  int result;
  std::vector<int> parameters;
  bool is_pure;  ///< no effect besides its value
};

class Writer {
 public:
  Writer(std::uint64_t seed, const std::string& prefix) : state_(seed * 0x9e3779b97f4a7c15u + 0x1234567), prefix_(prefix) {
    program_.seed = seed;
    program_.wild = chance(20);
  }

  GeneratedProgram write() {
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

 private:
  // ---- randomness: splitmix64 ------------------------------------------------------------------------------------------
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  template <class List>
  const auto& pick(const List& list) {
    return list[below(std::size(list))];
  }
  /// Leaves a guard out, on purpose.
  bool daring() { return program_.wild && chance(25); }
  void mark(std::string_view construct) { program_.constructs.insert(std::string(construct)); }
  int any_type() {
    const int type = static_cast<int>(chance(35) ? kInt : below(kTypes.size()));
    mark(kTypes[static_cast<std::size_t>(type)].name);
    return type;
  }
  static const Type& info(int type) { return kTypes[static_cast<std::size_t>(type)]; }

  // ---- text ------------------------------------------------------------------------------------------------------------
  void line(const std::string& text) { out_ += std::string(2 * indent_, ' ') + text + "\n"; }
  std::string fresh(const char* stem) { return fmt::format("{}{}", stem, names_++); }

  // ---- values ----------------------------------------------------------------------------------------------------------
  static int promoted(int type) { return info(type).rank < 3 ? kInt : type; }
  static int common(int a, int b) {
    a = promoted(a);
    b = promoted(b);
    if (a == b) return a;
    if (info(a).rank < info(b).rank) std::swap(a, b);
    if (info(a).is_signed && !info(b).is_signed && info(a).width == info(b).width) return a + 1;  // the unsigned twin
    if (info(a).rank == info(b).rank) return info(a).is_signed ? b : a;
    return a;
  }
  static Value as(Value value, int type) {
    if (value.low < info(type).low() || value.high > info(type).high()) {
      value.low = info(type).low();
      value.high = info(type).high();
    }
    value.type = type;
    return value;
  }
  Value convert_to(Value value, int type) {
    if (type == kBool) {
      value.low = 0;
      value.high = 1;
      value.type = kBool;
      return value;
    }
    return as(std::move(value), type);
  }
  Value constant(int type) {
    static constexpr std::int64_t kInteresting[] = {0, 1, 2, 3, 5, 7, 8, 10, 16, 31, 64, 100, 127, 128, 255, 256, 1000, 32767, 65535, 65536, 2147483647};
    const int wide = promoted(type);
    const Wide value = pick(kInteresting);
    return {fmt::format("{}{}", static_cast<std::int64_t>(value), info(wide).suffix), wide, value, value};
  }
  Value masked(Value value, std::int64_t mask) {
    mark("&");
    value.text = fmt::format("({} & {})", value.text, mask);
    value.type = promoted(value.type);
    value.low = 0;
    value.high = std::min<Wide>(mask, info(value.type).high());
    return value;
  }
  Value reduced(Value value, std::int64_t modulus) {
    mark("%");
    const int type = common(value.type, kInt);
    value.text = fmt::format("({} % {})", value.text, modulus);
    value.low = value.low < 0 && info(type).is_signed ? -(modulus - 1) : 0;
    value.high = modulus - 1;
    value.type = type;
    return value;
  }
  Value small(Value value) { return chance(50) ? masked(std::move(value), static_cast<std::int64_t>((1u << (3 + below(5))) - 1)) : reduced(std::move(value), static_cast<std::int64_t>(11 + below(90))); }
  bool fits(const Value& value) { return value.low >= info(value.type).low() && value.high <= info(value.type).high(); }

  Value leaf() {
    for (int attempt = 0; attempt < 4; ++attempt) {
      switch (below(6)) {
        case 0: return constant(any_type());
        case 1:
        case 2:
        case 3:
          if (!variables_.empty()) {
            const Variable& v = pick(variables_);
            return {v.name, v.type, v.low, v.high};
          }
          break;
        case 4:
          if (!arrays_.empty()) return element(pick(arrays_));
          break;
        default:
          if (!fields_.empty()) {
            const Variable& v = pick(fields_);
            mark("struct");
            return {v.name, v.type, v.low, v.high};
          }
      }
    }
    return constant(kInt);
  }
  std::string index(std::uint64_t count) {
    Value i = variables_.empty() ? constant(kInt) : expression(1);
    if (daring()) return masked(i, 7).text;
    if (!info(promoted(i.type)).is_signed || i.low >= 0) {
      if (i.high < static_cast<Wide>(count)) return i.text;
      return reduced(i, static_cast<std::int64_t>(count)).text;
    }
    std::int64_t mask = 0;
    while (static_cast<std::uint64_t>(2 * mask + 1) < count) mask = 2 * mask + 1;
    return masked(i, mask).text;
  }
  std::string element_place(const Array& array) {
    mark("subscript");
    if (array.rows) {
      mark("two-dimensional array");
      return fmt::format("{}[{}][{}]", array.name, index(array.rows), index(array.count));
    }
    if (array.is_pointer && chance(40)) {
      mark("pointer arithmetic");
      return fmt::format("*({} + {})", array.name, index(array.count));
    }
    return fmt::format("{}[{}]", array.name, index(array.count));
  }
  Value element(const Array& array) { return {"(" + element_place(array) + ")", array.type, info(array.type).low(), info(array.type).high()}; }

  Value expression(int depth) {
    if (depth <= 0 || chance(15)) return leaf();
    switch (below(13)) {
      case 0:
      case 1:
      case 2:
      case 3: return arithmetic(depth);
      case 4: return bitwise(depth);
      case 5: return shift(depth);
      case 6: return divide(depth);
      case 7:
      case 8: return comparison(depth);
      case 9: return unary(depth);
      case 10: return conditional(depth);
      case 11: return cast(depth);
      default: return call_in_expression(depth);
    }
  }
  Value arithmetic(int depth) {
    Value a = expression(depth - 1), b = expression(depth - 1);
    const std::string op(1, "+-*"[below(3)]);
    mark(op);
    if (chance(25)) {  // where wrapping is defined, no guard is needed
      const int type = chance(60) ? 7 : 9;
      mark(info(type).name);
      a = convert_to({fmt::format("(({}){})", info(type).name, a.text), a.type, a.low, a.high}, type);
    }
    for (bool first = true;; first = false) {
      const int type = common(a.type, b.type);
      const Value x = as(a, type), y = as(b, type);
      Value result{fmt::format("({} {} {})", a.text, op, b.text), type, 0, 0};
      const Wide corners[] = {x.low, x.high};
      bool begun = false;
      for (const Wide p : corners)
        for (const Wide q : {y.low, y.high}) {
          Wide r = 0;
          if (op == "+") r = p + q;
          else if (op == "-") r = p - q;
          else if (__builtin_mul_overflow(p, q, &r)) r = (p < 0) != (q < 0) ? -(Wide{1} << 100) : Wide{1} << 100;
          result.low = begun ? std::min(result.low, r) : r;
          result.high = begun ? std::max(result.high, r) : r;
          begun = true;
        }
      if (fits(result)) return result;
      if (!info(type).is_signed || daring()) return as(result, type);
      (first ? a : b) = small(first ? a : b);
      if (first && chance(50)) b = small(b);
    }
  }
  Value bitwise(int depth) {
    const Value a = expression(depth - 1), b = expression(depth - 1);
    const std::string op(1, "&|^"[below(3)]);
    mark(op);
    const int type = common(a.type, b.type);
    return {fmt::format("({} {} {})", a.text, op, b.text), type, info(type).low(), info(type).high()};
  }
  Value shift(int depth) {
    Value a = expression(depth - 1), count = expression(depth - 1);
    const bool left = chance(50);
    mark(left ? "<<" : ">>");
    const int type = promoted(a.type);
    if (!daring()) count = masked(count, left && info(type).is_signed ? 7 : 31);
    if (left && info(type).is_signed && !daring()) a = masked(a, 0xffff);
    return {fmt::format("({} {} {})", a.text, left ? "<<" : ">>", count.text), type, info(type).low(), info(type).high()};
  }
  Value divide(int depth) {
    Value a = expression(depth - 1), b = expression(depth - 1);
    const bool quotient = chance(50);
    mark(quotient ? "/" : "%");
    if (!daring()) {
      b = masked(b, 15);
      b.text = fmt::format("({} + 1)", b.text);
      b.type = common(b.type, kInt);
    }
    const int type = common(a.type, b.type);
    return {fmt::format("({} {} {})", a.text, quotient ? "/" : "%", b.text), type, info(type).low(), info(type).high()};
  }
  Value comparison(int depth) {
    const Value a = expression(depth - 1), b = expression(depth - 1);
    static constexpr const char* kOperators[] = {"<", "<=", ">", ">=", "==", "!=", "&&", "||"};
    const std::string op = pick(kOperators);
    mark(op);
    return {fmt::format("({} {} {})", a.text, op, b.text), kInt, 0, 1};
  }
  Value unary(int depth) {
    Value a = expression(depth - 1);
    const int type = promoted(a.type);
    switch (below(3)) {
      case 0: mark("!"); return {"(!" + a.text + ")", kInt, 0, 1};
      case 1: mark("~"); return {"(~" + a.text + ")", type, info(type).low(), info(type).high()};
      default: {
        mark("unary -");
        Value x = as(a, type);
        if (info(type).is_signed && x.low == info(type).low() && !daring()) x = reduced(a, 1000);
        const int wide = x.type;
        if (!info(wide).is_signed) return {"(-" + x.text + ")", wide, 0, info(wide).high()};
        return as({"(-" + x.text + ")", wide, -x.high, -x.low}, wide);
      }
    }
  }
  Value conditional(int depth) {
    const Value c = expression(depth - 1), a = expression(depth - 1), b = expression(depth - 1);
    if (chance(25)) {
      mark("comma");
      return {fmt::format("({}, {})", c.text.starts_with("(") ? "(void)" + c.text : "(void)" + c.text, a.text), a.type, a.low, a.high};
    }
    mark("?:");
    const int type = common(a.type, b.type);
    const Value x = as(a, type), y = as(b, type);
    return {fmt::format("({} ? {} : {})", c.text, a.text, b.text), type, std::min(x.low, y.low), std::max(x.high, y.high)};
  }
  Value cast(int depth) {
    const int type = any_type();
    if (chance(15)) {
      mark("sizeof");
      return {fmt::format("((int)sizeof({}))", info(type).name), kInt, 1, 8};
    }
    mark("cast");
    Value a = expression(depth - 1);
    const std::string text = fmt::format("(({}){})", info(type).name, a.text);
    Value result = convert_to(std::move(a), type);
    result.text = text;
    return result;
  }
  /// C leaves open when a call within an expression happens, so there it must have no effect, undefined behaviour included.
  Value call_in_expression(int depth) {
    std::vector<Callee> pure;
    for (const Callee& callee : callees_)
      if (callee.is_pure) pure.push_back(callee);
    return in_helper_ || program_.wild || pure.empty() ? arithmetic(depth) : call(pick(pure), depth);
  }
  Value call(const Callee& callee, int depth) {
    mark("call");
    std::string arguments;
    for (std::size_t i = 0; i < callee.parameters.size(); ++i) arguments += (i ? ", " : "") + expression(std::min(depth - 1, 1)).text;
    return {fmt::format("{}({})", callee.name, arguments), callee.result, info(callee.result).low(), info(callee.result).high()};
  }

  // ---- statements ------------------------------------------------------------------------------------------------------
  const Variable* assignable() {
    std::vector<const Variable*> found;
    for (const Variable& v : variables_)
      if (v.assignable) found.push_back(&v);
    return found.empty() ? nullptr : found[below(found.size())];
  }
  void declare(bool wanted_assignable = true) {
    const int type = any_type();
    const std::string name = fresh("v");
    line(fmt::format("{} {} = {};", info(type).name, name, expression(2).text));
    variables_.push_back({name, type, wanted_assignable, info(type).low(), info(type).high()});
  }
  void assignment() {
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
          return line(fmt::format("{} {} {};", v->name, pick(kOperators), info(v->type).width < 16 ? small(expression(1)).text : masked(expression(1), 1023).text));
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
  void call_statement() {
    const Variable* v = assignable();
    if (!v || in_helper_ || callees_.empty()) return declare();
    line(fmt::format("{} = {};", v->name, call(pick(callees_), 2).text));
  }
  void element_assignment() {
    std::vector<const Array*> found;
    for (const Array& a : arrays_)
      if (a.assignable) found.push_back(&a);
    if (found.empty()) return declare();
    const std::string place = element_place(*found[below(found.size())]);
    line(fmt::format("{} = {};", place, expression(2).text));
  }
  void nested(int depth, std::uint64_t count) {
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
  void if_statement(int depth) {
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
  void loop(int depth) {
    const std::string i = fresh("i");
    const std::uint64_t bound = 1 + below(6);
    const auto form = below(4);
    if (form >= 2) {
      mark("for");
      line(chance(70) ? fmt::format("for (int {0} = 0; {0} < {1}; {0}++) {{", i, bound) : fmt::format("for (int {0} = {1}; {0} > 0; --{0}) {{", i, bound));
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
  void switch_statement(int depth) {
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
  void jump() {
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
  void array_statement() {
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
  void pointer_statement() {
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
  void struct_statement() {
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
  void checked_statement() {
    switch (in_helper_ && helper_is_pure_ ? 2 : below(3)) {
      case 0: {
        const Value v = expression(2);
        mark("assert");
        return line(program_.wild && chance(30) ? fmt::format("assert({} != {});", v.text, below(4)) : fmt::format("assert(({0}) == ({0}) || 0);", v.text));
      }
      case 1: mark("printf"); return line(fmt::format("printf(\"%d %ld\\n\", {}, (long){});", masked(expression(1), 127).text.insert(0, "(int)"), expression(1).text));
      default: mark("label"); return line("//@ label " + fresh("here"));
    }
  }
  /// Undefined for some inputs, on purpose.
  void trap() {
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
  void statement(int depth) {
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

  // ---- the file --------------------------------------------------------------------------------------------------------
  void file_scope() {
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
      line(fmt::format("struct {}S {{ {} a; {} b; {} c[2]; }};", prefix_, info(struct_types_[0]).name, info(struct_types_[1]).name, info(struct_types_[2]).name));
    }
  }
  void begin_function() {
    variables_ = globals_;
    arrays_ = global_arrays_;
    fields_.clear();
    loops_ = 0;
  }
  void helper(std::uint64_t number) {
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
  void recursive_helper() {
    mark("recursion");
    const std::string name = prefix_ + "r";
    line(fmt::format("static unsigned int {}(unsigned int n) {{ return n % 8u == 0u ? 1u : n + {}(n % 8u - 1u) * {}u; }}", name, name, 2 + below(5)));
    callees_.push_back({name, 7, {7}, true});
  }
  void struct_helper() {
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
  void entry() {
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
      line(fmt::format("//@ ensures result <= {};", info(result).is_signed && result == 10 ? "9223372036854775807LL" : info(result).width >= 63 ? "18446744073709551615uLL" : fmt::format("{}L", static_cast<std::int64_t>(info(result).high()))));
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

  // ---- inputs ----------------------------------------------------------------------------------------------------------
  std::int64_t number(int type) {
    const Type& t = info(type);
    static constexpr std::int64_t kEdges[] = {0, 1, -1, 2, 7, 100, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    const std::int64_t value = chance(40) ? pick(kEdges) : chance(50) ? static_cast<std::int64_t>(below(40)) - 10 : static_cast<std::int64_t>(next());
    const Wide span = t.high() - t.low() + 1;
    Wide fitted = (static_cast<Wide>(value) - t.low()) % span;
    if (fitted < 0) fitted += span;
    return static_cast<std::int64_t>(fitted + t.low());
  }
  std::vector<program::Argument> input() {
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

  std::uint64_t state_;
  std::string prefix_;
  GeneratedProgram program_;
  std::string out_;
  std::size_t indent_ = 0;
  int names_ = 0;
  int loops_ = 0;
  int return_type_ = kInt;
  bool in_helper_ = false;
  bool helper_is_pure_ = false;
  bool has_struct_ = false;
  bool has_enum_ = false;
  int struct_types_[3] = {kInt, kInt, kInt};
  std::string struct_callee_;
  std::vector<int> types_;
  std::vector<Variable> globals_, variables_, fields_;
  std::vector<Array> global_arrays_, arrays_;
  std::vector<Callee> callees_;
};

}  // namespace

std::span<const std::string_view> construct_names() { return kConstructs; }

GeneratedProgram generate(std::uint64_t seed, const std::string& prefix) { return Writer(seed, prefix).write(); }

void for_each_generated_program(std::uint64_t seed, std::uint64_t count, const std::function<void(const GeneratedProgram&)>& f) {
  for (std::uint64_t i = 0; i < count; ++i) f(generate(seed + i, fmt::format("p{}_", i)));
}

}  // namespace assay::generator
