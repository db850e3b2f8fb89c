// The library functions that the interpreter knows, exact on typed cells. Anything that would need a view of bytes which the cells do
// not give (a memset that covers half an int, overlapping memcpy) is unsupported, by name and place.
//
// Source: C17 7.4 (ctype, "C" locale), 7.21.6.1 (printf), 7.22.6.1 (abs), 7.24 (string). Test: tests/frontend/interpreter_library_test.cpp
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "frontend/program/interpreter_compiler.h"
#include "frontend/program/interpreter_machine.h"

namespace assay::program {

enum class Builtin : std::uint8_t {
  kPrintf,
  kPuts,
  kPutchar,
  kAbs,
  kMemset,
  kMemcpy,
  kMemmove,
  kMemcmp,
  kStrlen,
  kStrcmp,
  kStrncmp,
  kStrcpy,
  kStrncpy,
  kStrcat,
  kStrchr,
  kStrrchr,
  kIsDigit,
  kIsAlpha,
  kIsAlnum,
  kIsSpace,
  kIsUpper,
  kIsLower,
  kIsXdigit,
  kIsPunct,
  kToUpper,
  kToLower,
};

namespace {

struct Entry {
  std::string_view name;
  Builtin builtin;
};
constexpr std::array kEntries = {
    Entry{"printf", Builtin::kPrintf},     Entry{"puts", Builtin::kPuts},       Entry{"putchar", Builtin::kPutchar},
    Entry{"abs", Builtin::kAbs},           Entry{"labs", Builtin::kAbs},        Entry{"llabs", Builtin::kAbs},
    Entry{"memset", Builtin::kMemset},     Entry{"memcpy", Builtin::kMemcpy},   Entry{"memmove", Builtin::kMemmove},
    Entry{"memcmp", Builtin::kMemcmp},     Entry{"strlen", Builtin::kStrlen},   Entry{"strcmp", Builtin::kStrcmp},
    Entry{"strncmp", Builtin::kStrncmp},   Entry{"strcpy", Builtin::kStrcpy},   Entry{"strncpy", Builtin::kStrncpy},
    Entry{"strcat", Builtin::kStrcat},     Entry{"strchr", Builtin::kStrchr},   Entry{"strrchr", Builtin::kStrrchr},
    Entry{"isdigit", Builtin::kIsDigit},   Entry{"isalpha", Builtin::kIsAlpha}, Entry{"isalnum", Builtin::kIsAlnum},
    Entry{"isspace", Builtin::kIsSpace},   Entry{"isupper", Builtin::kIsUpper}, Entry{"islower", Builtin::kIsLower},
    Entry{"isxdigit", Builtin::kIsXdigit}, Entry{"ispunct", Builtin::kIsPunct}, Entry{"toupper", Builtin::kToUpper},
    Entry{"tolower", Builtin::kToLower},
};

bool is_digit(std::int64_t c) { return c >= '0' && c <= '9'; }
bool is_upper(std::int64_t c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(std::int64_t c) { return c >= 'a' && c <= 'z'; }
bool is_alnum(std::int64_t c) { return is_digit(c) || is_upper(c) || is_lower(c); }

}  // namespace

std::optional<Builtin> find_builtin(std::string_view name) {
  constexpr std::string_view kPrefix = "__builtin_";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  for (const Entry& entry : kEntries)
    if (entry.name == name) return entry.builtin;
  return std::nullopt;
}

/// One call of a library function.
class Library {
 public:
  Library(Machine& machine, const Instruction& instruction, const BuiltinCall& call, const RunOptions& options)
      : machine_(machine), instruction_(instruction), call_(call), options_(options) {}

  bool run() {
    machine_.returned = true;
    switch (call_.builtin) {
      case Builtin::kPrintf: return print_formatted();
      case Builtin::kPuts: return arity(1) && put_string();
      case Builtin::kPutchar: return arity(1) && put_character();
      case Builtin::kAbs: return arity(1) && absolute();
      case Builtin::kMemset: return arity(3) && fill();
      case Builtin::kMemcpy:
      case Builtin::kMemmove: return arity(3) && copy();
      case Builtin::kMemcmp: return arity(3) && compare(true, integer(2), false);
      case Builtin::kStrlen: return arity(1) && length();
      case Builtin::kStrcmp: return arity(2) && compare(false, INT64_MAX, true);
      case Builtin::kStrncmp: return arity(3) && compare(false, integer(2), true);
      case Builtin::kStrcpy: return arity(2) && copy_string(0);
      case Builtin::kStrncpy: return arity(3) && copy_bounded();
      case Builtin::kStrcat: return arity(2) && concatenate();
      case Builtin::kStrchr:
      case Builtin::kStrrchr: return arity(2) && find_character();
      default: return arity(1) && classify();
    }
  }

 private:
  bool unsupported(const std::string& why) { return machine_.stop_unsupported(instruction_, fmt::format("'{}' {}", call_.stmt->name, why)); }
  bool arity(std::size_t count) {
    if (call_.slots.size() == count) return true;
    return unsupported(fmt::format("with {} arguments", call_.slots.size()));
  }
  const Type& type_of(std::size_t argument) const { return machine_.image_.program->type(call_.types[argument]); }
  std::int64_t integer(std::size_t argument) const { return machine_.words_[machine_.frame_base_ + call_.slots[argument]]; }
  Pointer pointer(std::size_t argument) const { return machine_.pointer_at(machine_.frame_base_ + call_.slots[argument]); }
  bool give(std::int64_t value) {
    machine_.result = value;
    return true;
  }

  // ---- characters behind a pointer, one at a time, each fully checked -------------------------------------------------
  bool is_text(const Pointer& at) {
    if (at.object == 0) return machine_.fail(CheckKind::kNullDereference, instruction_, "the pointer is null");
    const Type& element = machine_.type(at.element);
    if (element.is_integer() && element.size == 1 && !element.is_bool) return true;
    return unsupported("on an object that is no array of characters");
  }
  bool read(const Pointer& at, std::uint64_t offset, std::int64_t& c) {
    std::uint64_t word = 0;
    if (!in_array(at, offset) || !machine_.resolve(instruction_, at, at.element, static_cast<std::int64_t>(offset), false, word)) return false;
    if (!machine_.state(word)) return machine_.uninitialised(instruction_);
    c = machine_.word(word);
    return true;
  }
  bool write(const Pointer& at, std::uint64_t offset, std::int64_t c) {
    std::uint64_t word = 0;
    if (!in_array(at, offset) || !machine_.resolve(instruction_, at, at.element, static_cast<std::int64_t>(offset), true, word)) return false;
    machine_.set_word(word, fit(c, machine_.type(at.element)));
    return true;
  }
  /// A library function that leaves its array is an access outside of it, not arithmetic.
  bool in_array(const Pointer& at, std::uint64_t offset) {
    if (at.object == 0 || !machine_.alive(at) || at.index + offset < at.count) return true;
    return machine_.fail(CheckKind::kPointerBounds, instruction_, fmt::format("'{}' leaves an array of {}", call_.stmt->name, at.count));
  }
  bool text(const Pointer& at, std::string& to, std::uint64_t limit = UINT64_MAX) {
    if (!is_text(at)) return false;
    for (std::uint64_t i = 0; i < limit; ++i) {
      std::int64_t c = 0;
      if (!read(at, i, c)) return false;
      if (c == 0) break;
      to.push_back(static_cast<char>(c));
    }
    return true;
  }

  // ---- output ----------------------------------------------------------------------------------------------------------
  void write_out(std::string_view piece) {
    const std::size_t room = options_.output_limit - std::min(options_.output_limit, machine_.output.size());
    machine_.output.append(piece.substr(0, room));
  }
  bool put_string() {
    std::string line;
    if (!text(pointer(0), line)) return false;
    line.push_back('\n');
    write_out(line);
    return give(static_cast<std::int64_t>(line.size()));
  }
  bool put_character() {
    const auto c = static_cast<unsigned char>(integer(0));
    write_out(std::string(1, static_cast<char>(c)));
    return give(c);
  }
  bool print_formatted();
  bool conversion(const std::string& format, std::size_t& at, std::size_t& argument, std::string& out);
  bool number(const std::string& spec, char conversion, int width, std::size_t argument, std::string& out);

  // ---- arithmetic and memory -------------------------------------------------------------------------------------------
  bool absolute() {
    const Type& t = type_of(0);
    const std::int64_t value = integer(0);
    const std::int64_t smallest = t.width >= 64 ? INT64_MIN : -(std::int64_t{1} << (t.width - 1));
    if (value == smallest)
      return machine_.fail(CheckKind::kNegationOverflow, instruction_, fmt::format("{}({}) does not fit {}", call_.stmt->name, value, t.name));
    return give(value < 0 ? -value : value);
  }
  bool classify();
  bool region(const Pointer& at, std::uint64_t bytes, std::uint64_t& elements, bool write);
  bool fill();
  bool copy();
  bool compare(bool whole, std::int64_t limit, bool stop_at_zero);
  bool length() {
    std::string found;
    return text(pointer(0), found) && give(static_cast<std::int64_t>(found.size()));
  }
  bool copy_string(std::uint64_t from_offset) {
    std::string found;
    if (!text(pointer(1), found) || !is_text(pointer(0))) return false;
    for (std::size_t i = 0; i <= found.size(); ++i)
      if (!write(pointer(0), from_offset + i, i < found.size() ? found[i] : 0)) return false;
    machine_.result_pointer = pointer(0);
    return true;
  }
  bool copy_bounded() {
    std::string found;
    const auto count = static_cast<std::uint64_t>(integer(2));
    if (!text(pointer(1), found, count) || !is_text(pointer(0))) return false;
    for (std::uint64_t i = 0; i < count; ++i)
      if (!write(pointer(0), i, i < found.size() ? found[i] : 0)) return false;
    machine_.result_pointer = pointer(0);
    return true;
  }
  bool concatenate() {
    std::string before;
    return text(pointer(0), before) && copy_string(before.size());
  }
  bool find_character() {
    std::string found;
    if (!text(pointer(0), found)) return false;
    found.push_back('\0');
    const char wanted = static_cast<char>(integer(1));
    const std::size_t at = call_.builtin == Builtin::kStrchr ? found.find(wanted) : found.rfind(wanted);
    machine_.result_pointer = at == std::string::npos ? Pointer{} : pointer(0);
    if (at != std::string::npos) machine_.result_pointer.index += static_cast<std::uint32_t>(at);
    return true;
  }

  Machine& machine_;
  const Instruction& instruction_;
  const BuiltinCall& call_;
  const RunOptions& options_;
};

bool Library::classify() {
  const std::int64_t c = integer(0);
  if (c < -1 || c > 255) return unsupported("of a value that is neither EOF nor an unsigned char (undefined: C17 7.4p1)");
  switch (call_.builtin) {
    case Builtin::kIsDigit: return give(is_digit(c));
    case Builtin::kIsAlpha: return give(is_upper(c) || is_lower(c));
    case Builtin::kIsAlnum: return give(is_alnum(c));
    case Builtin::kIsSpace: return give(c == ' ' || (c >= '\t' && c <= '\r'));
    case Builtin::kIsUpper: return give(is_upper(c));
    case Builtin::kIsLower: return give(is_lower(c));
    case Builtin::kIsXdigit: return give(is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    case Builtin::kIsPunct: return give(c > ' ' && c < 127 && !is_alnum(c));
    case Builtin::kToUpper: return give(is_lower(c) ? c - 'a' + 'A' : c);
    default: return give(is_upper(c) ? c - 'A' + 'a' : c);
  }
}

/// How many whole elements `bytes` covers, after the checks of an access to all of them.
bool Library::region(const Pointer& at, std::uint64_t bytes, std::uint64_t& elements, bool write) {
  elements = 0;
  if (at.object == 0) { return machine_.fail(CheckKind::kNullDereference, instruction_, "the pointer is null"); }
  if (!machine_.usable(instruction_, at)) return false;
  const std::uint64_t size = machine_.type(at.element).size;
  if (bytes == 0) return true;
  if (size == 0 || bytes % size != 0) return unsupported("of part of an element");
  elements = bytes / size;
  if (elements > std::uint64_t{at.count} - at.index)
    return machine_.fail(CheckKind::kPointerBounds, instruction_,
                         fmt::format("'{}' of {} elements where {} are left", call_.stmt->name, elements, at.count - at.index));
  if (write && machine_.object(at.object).is_const) return machine_.fail(CheckKind::kConstWrite, instruction_, "the object is const");
  return true;
}

bool Library::fill() {
  const Pointer to = pointer(0);
  std::uint64_t elements = 0;
  if (!region(to, static_cast<std::uint64_t>(integer(2)), elements, true)) return false;
  const std::uint64_t byte = static_cast<std::uint64_t>(integer(1)) & 0xff;
  const std::uint64_t stride = machine_.image_.strides[to.element];
  const std::uint64_t base = std::uint64_t{machine_.object(to.object).word} + to.origin + to.index * stride;
  bool exact = true;
  machine_.image_.layouts.for_each_leaf({to.element}, [&](const Leaf& leaf) {
    const Type& t = machine_.image_.program->type(leaf.type);
    exact = exact && (byte == 0 || (t.is_integer() && (!t.is_bool || byte == 1)));
  });
  if (!exact) return unsupported("with a value that the elements cannot hold");
  for (std::uint64_t i = 0; i < elements; ++i)
    machine_.image_.layouts.for_each_leaf({to.element}, [&](const Leaf& leaf) {
      const Type& t = machine_.image_.program->type(leaf.type);
      const std::uint64_t at = base + i * stride + leaf.word;
      if (t.is_pointer()) machine_.set_pointer(at, {});
      else machine_.set_word(at, fit(static_cast<std::int64_t>(byte * 0x0101010101010101u), t));
    });
  machine_.result_pointer = to;
  return true;
}

bool Library::copy() {
  const Pointer to = pointer(0);
  const Pointer from = pointer(1);
  const auto bytes = static_cast<std::uint64_t>(integer(2));
  std::uint64_t elements = 0;
  if (!region(to, bytes, elements, true) || !region(from, bytes, elements, false)) return false;
  machine_.result_pointer = to;
  if (elements == 0) return true;
  if (!machine_.compatible(to.element, from.element)) return unsupported("between objects of different types");
  const std::uint64_t stride = machine_.image_.strides[to.element];
  const auto base = [&](const Pointer& p) { return std::uint64_t{machine_.object(p.object).word} + p.origin + p.index * stride; };
  const std::uint64_t size = elements * stride;
  const bool overlap = base(to) < base(from) + size && base(from) < base(to) + size;
  if (overlap && call_.builtin == Builtin::kMemcpy) return unsupported("between overlapping regions (undefined: C17 7.24.2.1p2)");
  std::memmove(&machine_.words_[base(to)], &machine_.words_[base(from)], size * sizeof(std::int64_t));
  std::memmove(&machine_.states_[base(to)], &machine_.states_[base(from)], size);
  return true;
}

bool Library::compare(bool whole, std::int64_t limit, bool stop_at_zero) {
  const Pointer a = pointer(0), b = pointer(1);
  if (!is_text(a) || !is_text(b)) return false;
  std::uint64_t elements = 0;
  if (whole && (!region(a, static_cast<std::uint64_t>(limit), elements, false) || !region(b, static_cast<std::uint64_t>(limit), elements, false)))
    return false;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(limit); ++i) {
    std::int64_t x = 0, y = 0;
    if (!read(a, i, x) || !read(b, i, y)) return false;
    const auto ux = static_cast<unsigned char>(x), uy = static_cast<unsigned char>(y);
    if (ux != uy) return give(ux < uy ? -1 : 1);
    if (stop_at_zero && ux == 0) break;
  }
  return give(0);
}

// ---- printf --------------------------------------------------------------------------------------------------------------
bool Library::print_formatted() {
  std::string format, out;
  if (call_.slots.empty() || !type_of(0).is_pointer()) return unsupported("without a format");
  if (!text(pointer(0), format)) return false;
  std::size_t argument = 1;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%') out.push_back(format[at]);
    else if (!conversion(format, at, argument, out)) return false;
  }
  write_out(out);
  return give(static_cast<std::int64_t>(out.size()));
}

/// Reads one conversion that starts at `at`; leaves `at` on its last character.
bool Library::conversion(const std::string& format, std::size_t& at, std::size_t& argument, std::string& out) {
  const std::size_t begin = at++;
  const auto skip = [&](std::string_view set) {
    while (at < format.size() && set.find(format[at]) != std::string_view::npos) ++at;
  };
  skip("-+ #0");
  const std::size_t width_begin = at;
  skip("0123456789");
  const std::size_t width_end = at;
  std::size_t precision_digits = 0;
  if (at < format.size() && format[at] == '.') {
    const std::size_t precision_begin = ++at;
    skip("0123456789");
    precision_digits = at - precision_begin;
  }
  const std::string spec = format.substr(begin, at - begin);
  const std::size_t modifier_begin = at;
  skip("hlzjt");
  const std::string modifier = format.substr(modifier_begin, at - modifier_begin);
  if (at >= format.size()) return unsupported("with an incomplete conversion");
  const char kind = format[at];
  if (kind == '%' && spec.size() == 1) {
    out.push_back('%');
    return true;
  }
  if (std::string_view("diuxXocs").find(kind) == std::string_view::npos)
    return unsupported(fmt::format("with the conversion '{}'", spec + modifier + kind));
  if (width_end - width_begin > 6 || precision_digits > 6) return unsupported("with a field of a million characters or more");
  if (argument >= call_.slots.size()) return unsupported("with fewer arguments than conversions (undefined: C17 7.21.6.1p2)");
  const std::size_t nth = argument++;
  if (type_of(nth).is_pointer() != (kind == 's')) return unsupported(fmt::format("with an argument that does not fit '%{}'", kind));
  if (kind == 's') {
    std::string found;
    const std::size_t dot = spec.find('.');
    const std::uint64_t limit = dot == std::string::npos ? UINT64_MAX : std::strtoull(spec.c_str() + dot + 1, nullptr, 10);
    if (!text(pointer(nth), found, limit)) return false;
    const int size = std::snprintf(nullptr, 0, (spec + "s").c_str(), found.c_str());
    std::string piece(static_cast<std::size_t>(size) + 1, '\0');
    std::snprintf(piece.data(), piece.size(), (spec + "s").c_str(), found.c_str());
    piece.pop_back();
    out += piece;
    return true;
  }
  const int int_width = machine_.image_.program->target.int_width;
  const int long_width = machine_.image_.program->target.pointer_width;
  const int width = modifier == "hh"                      ? 8
                    : modifier == "h"                     ? 16
                    : modifier.empty()                    ? int_width
                    : modifier == "ll" || modifier == "j" ? 64
                                                          : long_width;
  return number(spec, kind, width, nth, out);
}

bool Library::number(const std::string& spec, char kind, int width, std::size_t argument, std::string& out) {
  const std::int64_t value = integer(argument);
  if (type_of(argument).width > std::max(width, machine_.image_.program->target.int_width))
    return unsupported("with an argument wider than its conversion (undefined: C17 7.21.6.1p9)");
  char buffer[16];
  std::string piece;
  const auto print = [&](const std::string& format, auto printed) {
    const int size = std::snprintf(buffer, sizeof buffer, format.c_str(), printed);
    piece.resize(static_cast<std::size_t>(size) + 1);
    std::snprintf(piece.data(), piece.size(), format.c_str(), printed);
    piece.pop_back();
  };
  if (kind == 'c') print(spec + "c", static_cast<int>(static_cast<unsigned char>(value)));
  else if (kind == 'd' || kind == 'i') print(spec + "ll" + kind, static_cast<long long>(fit(value, width, true)));
  else print(spec + "ll" + kind, static_cast<unsigned long long>(fit(value, width, false)));
  out += piece;
  return true;
}

bool Machine::library_call(const Instruction& instruction, const RunOptions& options) {
  return Library(*this, instruction, frames_.back().code->builtins[instruction.a], options).run();
}

}  // namespace assay::program
