// Expressions of generated programs: each comes with the interval of its values, so that guards stand exactly where they are needed.
#include "tests/frontend/generator/writer.h"

namespace assay::generator {

std::uint64_t Writer::next() {
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::uint64_t Writer::below(std::uint64_t limit) { return next() % limit; }
bool Writer::chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
/// Leaves a guard out, on purpose.
bool Writer::daring() { return program_.wild && chance(25); }
void Writer::mark(std::string_view construct) { program_.constructs.insert(std::string(construct)); }

int Writer::any_type() {
  const int type = static_cast<int>(chance(35) ? kInt : below(kTypes.size()));
  mark(kTypes[static_cast<std::size_t>(type)].name);
  return type;
}

const Type& Writer::info(int type) { return kTypes[static_cast<std::size_t>(type)]; }
void Writer::line(const std::string& text) { out_ += std::string(2 * indent_, ' ') + text + "\n"; }
std::string Writer::fresh(const char* stem) { return fmt::format("{}{}", stem, names_++); }
int Writer::promoted(int type) { return info(type).rank < 3 ? kInt : type; }

int Writer::common(int a, int b) {
  a = promoted(a);
  b = promoted(b);
  if (a == b) return a;
  if (info(a).rank < info(b).rank) std::swap(a, b);
  if (info(a).is_signed && !info(b).is_signed && info(a).width == info(b).width) return a + 1;  // the unsigned twin
  if (info(a).rank == info(b).rank) return info(a).is_signed ? b : a;
  return a;
}

Value Writer::as(Value value, int type) {
  if (value.low < info(type).low() || value.high > info(type).high()) {
    value.low = info(type).low();
    value.high = info(type).high();
  }
  value.type = type;
  return value;
}

Value Writer::convert_to(Value value, int type) {
  if (type == kBool) {
    value.low = 0;
    value.high = 1;
    value.type = kBool;
    return value;
  }
  return as(std::move(value), type);
}

Value Writer::constant(int type) {
  static constexpr std::int64_t kInteresting[] = {0,   1,   2,   3,   5,   7,    8,     10,    16,    31,        64,
                                                  100, 127, 128, 255, 256, 1000, 32767, 65535, 65536, 2147483647};
  const int wide = promoted(type);
  const Wide value = pick(kInteresting);
  return {fmt::format("{}{}", static_cast<std::int64_t>(value), info(wide).suffix), wide, value, value};
}

Value Writer::masked(Value value, std::int64_t mask) {
  mark("&");
  value.text = fmt::format("({} & {})", value.text, mask);
  value.type = promoted(value.type);
  value.low = 0;
  value.high = std::min<Wide>(mask, info(value.type).high());
  return value;
}

Value Writer::reduced(Value value, std::int64_t modulus) {
  mark("%");
  const int type = common(value.type, kInt);
  value.text = fmt::format("({} % {})", value.text, modulus);
  value.low = value.low < 0 && info(type).is_signed ? -(modulus - 1) : 0;
  value.high = modulus - 1;
  value.type = type;
  return value;
}

Value Writer::small(Value value) {
  return chance(50) ? masked(std::move(value), static_cast<std::int64_t>((1u << (3 + below(5))) - 1))
                    : reduced(std::move(value), static_cast<std::int64_t>(11 + below(90)));
}
bool Writer::fits(const Value& value) { return value.low >= info(value.type).low() && value.high <= info(value.type).high(); }

Value Writer::leaf() {
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

std::string Writer::index(std::uint64_t count) {
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

std::string Writer::element_place(const Array& array) {
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

Value Writer::element(const Array& array) { return {"(" + element_place(array) + ")", array.type, info(array.type).low(), info(array.type).high()}; }

Value Writer::expression(int depth) {
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

Value Writer::arithmetic(int depth) {
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

Value Writer::bitwise(int depth) {
  const Value a = expression(depth - 1), b = expression(depth - 1);
  const std::string op(1, "&|^"[below(3)]);
  mark(op);
  const int type = common(a.type, b.type);
  return {fmt::format("({} {} {})", a.text, op, b.text), type, info(type).low(), info(type).high()};
}

Value Writer::shift(int depth) {
  Value a = expression(depth - 1), count = expression(depth - 1);
  const bool left = chance(50);
  mark(left ? "<<" : ">>");
  const int type = promoted(a.type);
  if (!daring()) count = masked(count, left && info(type).is_signed ? 7 : 31);
  if (left && info(type).is_signed && !daring()) a = masked(a, 0xffff);
  return {fmt::format("({} {} {})", a.text, left ? "<<" : ">>", count.text), type, info(type).low(), info(type).high()};
}

Value Writer::divide(int depth) {
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

Value Writer::comparison(int depth) {
  const Value a = expression(depth - 1), b = expression(depth - 1);
  static constexpr const char* kOperators[] = {"<", "<=", ">", ">=", "==", "!=", "&&", "||"};
  const std::string op = pick(kOperators);
  mark(op);
  return {fmt::format("({} {} {})", a.text, op, b.text), kInt, 0, 1};
}

Value Writer::unary(int depth) {
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

Value Writer::conditional(int depth) {
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

Value Writer::cast(int depth) {
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
Value Writer::call_in_expression(int depth) {
  std::vector<Callee> pure;
  for (const Callee& callee : callees_)
    if (callee.is_pure) pure.push_back(callee);
  return in_helper_ || program_.wild || pure.empty() ? arithmetic(depth) : call(pick(pure), depth);
}

Value Writer::call(const Callee& callee, int depth) {
  mark("call");
  std::string arguments;
  for (std::size_t i = 0; i < callee.parameters.size(); ++i) arguments += (i ? ", " : "") + expression(std::min(depth - 1, 1)).text;
  return {fmt::format("{}({})", callee.name, arguments), callee.result, info(callee.result).low(), info(callee.result).high()};
}

}  // namespace assay::generator
