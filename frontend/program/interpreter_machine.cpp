// Frames, lifetimes, pointers, and what a run says when a check fails.
#include "frontend/program/interpreter_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "frontend/program/printer.h"

namespace assay::program {

namespace {

// A run may use this many words (512 MiB with 8-byte words).
constexpr std::uint64_t kMemoryLimitWords = std::uint64_t{1} << 26;

std::string show(std::int64_t value, const Type& type) {
  if (!type.is_signed && type.width >= 64) return fmt::format("{}", static_cast<std::uint64_t>(value));
  return fmt::format("{}", value);
}

}  // namespace

Machine::Machine(const Image& image) : image_(image), words_(image.words), states_(image.states) {
  objects_.resize(image.program->globals.size() + 1);
  for (std::size_t g = 0; g < image.program->globals.size(); ++g) {
    const Variable& variable = image.program->globals[g];
    objects_[g + 1] = {static_cast<std::uint32_t>(image.globals.words[g]), static_cast<std::uint32_t>(image.layouts.words(variable.type)), 1,
                       variable.is_const};
  }
  for (const FunctionCode& code : image.observable) visits_.emplace_back(code.labels.size(), 0);
}

void Machine::reset() {
  std::copy_n(image_.words.begin(), image_.globals.mutable_words, words_.begin());
  std::copy_n(image_.states.begin(), image_.globals.mutable_words, states_.begin());
  top_ = image_.globals.total_words;
  object_top_ = static_cast<std::uint32_t>(image_.program->globals.size() + 1);
  frame_base_ = 0;
  frames_.clear();
  clauses_.clear();
  if (births_ > 0x8000'0000u) {  // no object of an earlier run is reachable any more
    for (std::size_t i = object_top_; i < objects_.size(); ++i) objects_[i].generation = 0;
    births_ = 1;
  }
  returned = false;
  steps = 0;
  exit_status = 0;
  end_ = RunEnd::kReturned;
}

bool Machine::add_argument(TypeId type, std::uint64_t count, Pointer& to) {
  const std::uint64_t each = image_.layouts.words(type);
  if (each != 0 && count > kMemoryLimitWords / each) return false;
  const std::uint64_t size = each * count;
  if (top_ + size > kMemoryLimitWords) return false;
  if (words_.size() < top_ + size) {
    words_.resize(top_ + size);
    states_.resize(top_ + size);
  }
  if (objects_.size() <= object_top_) objects_.resize(object_top_ + 8);
  objects_[object_top_] = {static_cast<std::uint32_t>(top_), static_cast<std::uint32_t>(size), 1, false};
  to = {object_top_, 1, 0, static_cast<std::uint32_t>(count), 0, type.value};
  ++object_top_;
  top_ += size;
  return true;
}

bool Machine::enter(std::uint32_t function, bool observable) {
  observable_ = observable;
  if (observable)
    for (std::vector<std::uint32_t>& labels : visits_) std::fill(labels.begin(), labels.end(), 0);
  return push_frame(observable ? image_.observable[function] : image_.plain[function], static_cast<std::uint32_t>(top_), 0, nullptr);
}

bool Machine::push_frame(const FunctionCode& code, std::uint32_t base, std::uint32_t return_to, const Stmt* call) {
  const std::uint64_t end = std::uint64_t{base} + code.frame_words;
  if (end > kMemoryLimitWords) return false;
  if (words_.size() < end) {
    words_.resize(std::max<std::uint64_t>(end, std::min<std::uint64_t>(2 * words_.size(), kMemoryLimitWords)));
    states_.resize(words_.size());
  }
  if (objects_.size() < object_top_ + code.object_count) objects_.resize(2 * (object_top_ + code.object_count));
  frames_.push_back({&code, return_to, base, object_top_, call});
  object_top_ += code.object_count;
  frame_base_ = base;
  if (!code.constants.empty())
    std::memcpy(words_.data() + base + code.constants_begin, code.constants.data(), code.constants.size() * sizeof(std::int64_t));
  if (code.clear_states) std::memset(states_.data() + base, 0, code.variables_end);
  return true;
}

void Machine::birth(const Instruction& instruction) {
  Object& object = objects_[frames_.back().object_base + instruction.a];
  object = {frame_base_ + instruction.b, static_cast<std::uint32_t>(instruction.imm), ++births_, instruction.c != 0};
  if (!instruction.flag) std::memset(states_.data() + object.word, 0, object.words);
}

bool Machine::call(const Instruction& instruction, std::uint32_t& pc, const RunOptions& options) {
  if (frames_.size() >= options.recursion_limit) return stop(RunEnd::kRecursionLimit);
  const FunctionCode& caller = *frames_.back().code;
  const CallSite& where = caller.calls[instruction.a];
  const FunctionCode& callee = observable_ ? image_.observable[where.function] : image_.plain[where.function];
  const std::uint32_t from = frame_base_;
  const std::uint32_t to = from + caller.frame_words;
  if (!push_frame(callee, to, pc, caller.sites[instruction.site].stmt)) return stop(RunEnd::kRecursionLimit);
  for (const CallSite::Copy& copy : where.copies) {
    std::memcpy(words_.data() + to + copy.to, words_.data() + from + copy.from, copy.words * sizeof(std::int64_t));
    if (copy.with_state) std::memcpy(states_.data() + to + copy.to, states_.data() + from + copy.from, copy.words);
  }
  pc = 0;
  return true;
}

/// False when the entry function has returned; `end_` is then kReturned.
bool Machine::pop_frame(std::uint32_t& pc) {
  const Frame& frame = frames_.back();
  for (std::uint32_t i = 0; i < frame.code->object_count; ++i) objects_[frame.object_base + i].generation = 0;
  object_top_ = frame.object_base;
  pc = frame.return_to;
  if (frames_.size() == 1) return stop(RunEnd::kReturned);
  frames_.pop_back();
  frame_base_ = frames_.back().base;
  return true;
}

bool Machine::fetch(const Instruction& instruction) {
  if (!returned) return fail(CheckKind::kMissingReturn, instruction, "the call returned no value, but its value is used");
  std::int64_t* frame = words_.data() + frame_base_;
  if (instruction.op == Op::kFetchResult) {
    frame[instruction.d] = result;
  } else if (instruction.op == Op::kFetchPointer) {
    std::memcpy(frame + instruction.d, &result_pointer, sizeof result_pointer);
  } else {
    std::copy(result_words.begin(), result_words.end(), words_.begin() + frame[instruction.a]);
    std::copy(result_states.begin(), result_states.end(), states_.begin() + frame[instruction.a]);
  }
  return true;
}

void Machine::set_pointer(std::uint64_t at, const Pointer& pointer) {
  std::memcpy(words_.data() + at, &pointer, sizeof pointer);
  states_[at] = 1;
}

Pointer Machine::pointer_at(std::uint64_t at) const {
  Pointer pointer;
  std::memcpy(static_cast<void*>(&pointer), words_.data() + at, sizeof pointer);
  return pointer;
}

// ---- failures ------------------------------------------------------------------------------------------------------------
bool Machine::fail(CheckKind kind, const Instruction& instruction, std::string message) {
  return fail_at(kind, site(instruction), std::move(message));
}

bool Machine::fail_at(CheckKind kind, const Site& site, std::string message) {
  end_ = RunEnd::kCheckFailed;
  failure = {kind, site.origin ? image_.program->range(*site.origin) : SourceRange{}, std::move(message)};
  if (clauses_.empty()) return false;
  failure.kind = CheckKind::kContractUndefined;
  if (const Clause* clause = clauses_.front()) {
    failure.message = fmt::format("evaluating '{}': {}", clause->text, failure.message);
    failure.where = image_.program->range(clause->origin);
  }
  return false;
}

bool Machine::stop_unsupported(const Instruction& instruction, const std::string& what) {
  const Site& where = site(instruction);
  const std::string place = where.origin ? image_.program->range(*where.origin).to_string() : std::string();
  unsupported = place.empty() ? what : place + ": " + what;
  return stop(RunEnd::kUnsupported);
}

bool Machine::unsupported_statement(const Instruction& instruction) {
  const Stmt* stmt = site(instruction).stmt;
  if (!stmt) return stop_unsupported(instruction, "the variables of this function are too large to run");
  if (!stmt->callee) return stop_unsupported(instruction, fmt::format("call of '{}', which has no model", stmt->name));
  const Function& callee = image_.program->function(*stmt->callee);
  if (callee.refusal.empty()) return stop_unsupported(instruction, fmt::format("call of '{}', which has no body here", callee.name));
  unsupported = callee.refusal;
  return stop(RunEnd::kUnsupported);
}

bool Machine::uninitialised(const Instruction& instruction) {
  return fail(CheckKind::kUninitialisedRead, instruction, "the value is read before it is set");
}

bool Machine::index_failure(const Instruction& instruction, std::int64_t index) {
  const Type& array = image_.program->type(site(instruction).type);
  return fail(CheckKind::kIndexBounds, instruction, fmt::format("index {} is outside an array of {}", index, array.count));
}

bool Machine::arithmetic_failure(const Instruction& instruction, std::int64_t a, std::int64_t b) {
  const Type& type = image_.program->type(site(instruction).type);
  if (instruction.op == Op::kNegS) return fail(CheckKind::kNegationOverflow, instruction, fmt::format("-({}) does not fit {}", a, type.name));
  const char* op = instruction.op == Op::kAddS ? "+" : instruction.op == Op::kSubS ? "-" : "*";
  return fail(CheckKind::kSignedOverflow, instruction, fmt::format("{} {} {} does not fit {}", a, op, b, type.name));
}

bool Machine::divide(const Instruction& instruction, std::int64_t a, std::int64_t b, std::int64_t& d) {
  const bool remainder = instruction.op == Op::kRemS || instruction.op == Op::kRemU;
  const Type& type = image_.program->type(site(instruction).type);
  if (b == 0) return fail(CheckKind::kDivisionByZero, instruction, fmt::format("{} {} 0", show(a, type), remainder ? "%" : "/"));
  if (instruction.op == Op::kDivU || instruction.op == Op::kRemU) {
    const auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
    d = static_cast<std::int64_t>(remainder ? x % y : x / y);
    return true;
  }
  if (b == -1) {
    const std::int64_t smallest = instruction.width >= 64 ? INT64_MIN : -(std::int64_t{1} << (instruction.width - 1));
    if (a == smallest)
      return fail(CheckKind::kDivisionOverflow, instruction, fmt::format("{} {} -1 does not fit {}", a, remainder ? "%" : "/", type.name));
    d = remainder ? 0 : -a;
    return true;
  }
  d = remainder ? a % b : a / b;
  return true;
}

bool Machine::shift_left(const Instruction& instruction, std::int64_t a, std::int64_t b, std::int64_t& d, bool wraps) {
  const int width = instruction.width;
  if (static_cast<std::uint64_t>(b) >= static_cast<std::uint64_t>(width))
    return fail(CheckKind::kShiftCount, instruction, fmt::format("shift by {} in a type of {} bits", b, width));
  const auto shifted = static_cast<std::int64_t>(static_cast<std::uint64_t>(a) << b);
  const bool is_signed = instruction.op == Op::kShlS;
  if (is_signed && !instruction.flag && !wraps) {  // C; flag: defined, as in C++20
    const Type& type = image_.program->type(site(instruction).type);
    if (a < 0) return fail(CheckKind::kShiftOverflow, instruction, fmt::format("left shift of negative value {}", a));
    if ((a >> (width - 1 - b)) != 0) return fail(CheckKind::kShiftOverflow, instruction, fmt::format("{} << {} does not fit {}", a, b, type.name));
  }
  d = fit(shifted, width, is_signed);
  return true;
}

bool Machine::shift_right(const Instruction& instruction, std::int64_t a, std::int64_t b, std::int64_t& d) {
  if (static_cast<std::uint64_t>(b) >= instruction.width)
    return fail(CheckKind::kShiftCount, instruction, fmt::format("shift by {} in a type of {} bits", b, instruction.width));
  d = instruction.op == Op::kShr ? a >> b : static_cast<std::int64_t>(static_cast<std::uint64_t>(a) >> b);
  return true;
}

bool Machine::assertion_failure(const Instruction& instruction) {
  const Stmt& stmt = *site(instruction).stmt;
  if (stmt.name == "$unsequenced") return fail(CheckKind::kUnsequenced, instruction, "unsequenced side effects on one object");
  return fail(CheckKind::kAssertion, instruction, stmt.name.empty() ? "the asserted condition is false" : fmt::format("'{}' is false", stmt.name));
}

bool Machine::abort_program(const Instruction& instruction) {
  if (site(instruction).stmt->name == "__builtin_unreachable") return fail(CheckKind::kUnreachable, instruction, "__builtin_unreachable is reached");
  return stop(RunEnd::kAborted);
}

bool Machine::require_failure(const Instruction& instruction) {
  const Site& where = site(instruction);
  const auto kind = static_cast<CheckKind>(instruction.flag);
  clauses_.pop_back();
  const std::string text = fmt::format("'{}' is false", where.clause->text);
  if (kind != CheckKind::kPrecondition) return fail_at(kind, where, text);
  const Frame& frame = frames_.back();
  if (!frame.call) return stop(RunEnd::kPreconditionUnmet);
  Site caller = where;
  caller.origin = &frame.call->origin;
  return fail_at(kind, caller, text);
}

// ---- pointers ------------------------------------------------------------------------------------------------------------
/// Whether an element stored as one type may be accessed as another (C17 6.5p7, without the character exception).
bool Machine::compatible(std::uint32_t stored, std::uint32_t accessed) const {
  if (stored == accessed) return true;
  const Type& a = type(stored);
  const Type& b = type(accessed);
  if (a.is_integer() && b.is_integer()) return a.width == b.width && a.size == b.size && a.is_bool == b.is_bool;
  if (a.is_pointer() && b.is_pointer()) return compatible(a.element.value, b.element.value);
  return false;
}

/// The absolute word of pointer[index], after every check of a dereference.
bool Machine::resolve(const Instruction& instruction, const Pointer& pointer, std::uint32_t accessed, std::int64_t index, bool write,
                      std::uint64_t& word) {
  const Object& object = objects_[pointer.object];
  const std::uint64_t at = std::uint64_t{pointer.index} + static_cast<std::uint64_t>(index);
  if (object.generation != pointer.generation || pointer.object == 0 || at >= pointer.count || (write && object.is_const) ||
      (pointer.element != accessed && !compatible(pointer.element, accessed))) [[unlikely]]
    return resolve_failure(instruction, pointer, accessed, index, write);
  word = object.word + pointer.origin + at * image_.strides[pointer.element];
  return true;
}

bool Machine::resolve_failure(const Instruction& instruction, const Pointer& pointer, std::uint32_t accessed, std::int64_t index, bool write) {
  if (pointer.object == 0) return fail(CheckKind::kNullDereference, instruction, "the pointer is null");
  if (!alive(pointer)) return fail(CheckKind::kDanglingPointer, instruction, "the object no longer exists");
  const std::uint64_t at = std::uint64_t{pointer.index} + static_cast<std::uint64_t>(index);
  if (at > pointer.count)
    return fail(CheckKind::kPointerArithmetic, instruction,
                fmt::format("element {} of an array of {}", static_cast<std::int64_t>(at), pointer.count));
  if (pointer.element != accessed && !compatible(pointer.element, accessed)) {
    const auto name = [&](std::uint32_t id) { return print_declaration(*image_.program, {id}, ""); };
    return stop_unsupported(instruction, fmt::format("access to an object of type '{}' as '{}'", name(pointer.element), name(accessed)));
  }
  if (at == pointer.count) return fail(CheckKind::kPointerBounds, instruction, fmt::format("one past the end of an array of {}", pointer.count));
  static_cast<void>(write);
  return fail(CheckKind::kConstWrite, instruction, "the object is const");
}

bool Machine::usable(const Instruction& instruction, const Pointer& pointer) {
  if (pointer.object == 0 || alive(pointer)) return true;
  return fail(CheckKind::kDanglingPointer, instruction, "the object no longer exists");
}

bool Machine::add_to_pointer(const Instruction& instruction, Pointer pointer, std::int64_t index, Pointer& to) {
  if (pointer.object == 0) {
    if (index != 0) return fail(CheckKind::kNullDereference, instruction, fmt::format("{} is added to a null pointer", index));
    to = pointer;
    return true;
  }
  if (!usable(instruction, pointer)) return false;
  if (pointer.element != instruction.c && type(pointer.element).size != type(instruction.c).size) {
    const auto name = [&](std::uint32_t id) { return print_declaration(*image_.program, {id}, ""); };
    return stop_unsupported(instruction, fmt::format("arithmetic on an object of type '{}' as '{}'", name(pointer.element), name(instruction.c)));
  }
  const std::uint64_t at = std::uint64_t{pointer.index} + static_cast<std::uint64_t>(index);
  if (at > pointer.count)
    return fail(CheckKind::kPointerArithmetic, instruction,
                fmt::format("element {} of an array of {}", static_cast<std::int64_t>(at), pointer.count));
  pointer.index = static_cast<std::uint32_t>(at);
  to = pointer;
  return true;
}

/// &array[index], where `pointer` points to the array; one past the end only if the address is all that is wanted.
bool Machine::point_into(const Instruction& instruction, Pointer pointer, std::int64_t index, Pointer& to) {
  const auto count = static_cast<std::uint64_t>(instruction.imm);
  const auto at = static_cast<std::uint64_t>(index);
  if (at > count || (at == count && !instruction.flag)) return index_failure(instruction, index);
  pointer.origin += pointer.index * image_.strides[pointer.element];
  pointer.count = static_cast<std::uint32_t>(count);
  pointer.index = static_cast<std::uint32_t>(at);
  pointer.element = instruction.c;
  to = pointer;
  return true;
}

/// A pointer to an aggregate converted to a pointer to its first part points to that part (C17 6.7.2.1p15, 6.5.6p7).
Pointer Machine::converted(Pointer pointer, std::uint32_t wanted) const {
  if (pointer.object == 0 || type(wanted).kind == TypeKind::kVoid) return pointer;
  Pointer part = pointer;
  while (!compatible(part.element, wanted)) {
    const Type& t = type(part.element);
    const bool is_array = t.kind == TypeKind::kArray && t.count > 0;
    const bool is_struct = t.kind == TypeKind::kStruct && !t.fields.empty();
    if ((!is_array && !is_struct) || part.index >= part.count) return pointer;
    part.origin += part.index * image_.strides[part.element];
    part.index = 0;
    part.count = is_array ? static_cast<std::uint32_t>(t.count) : 1;
    part.element = is_array ? t.element.value : t.fields.front().type.value;
  }
  return part;
}

bool Machine::compare_pointers(const Instruction& instruction, const Pointer& a, const Pointer& b, std::int64_t& d) {
  if (!usable(instruction, a) || !usable(instruction, b)) return false;
  const auto position = [&](const Pointer& p) { return std::uint64_t{p.origin} + std::uint64_t{p.index} * image_.strides[p.element]; };
  if (instruction.op == Op::kPointerEq || instruction.op == Op::kPointerNe) {
    const bool equal = a.object == b.object && (a.object == 0 || position(a) == position(b));
    d = equal == (instruction.op == Op::kPointerEq);
    return true;
  }
  if (a.object == 0 || a.object != b.object || a.origin != b.origin)
    return fail(CheckKind::kPointerRelation, instruction, "the pointers do not point into one array");
  d = instruction.op == Op::kPointerLt ? position(a) < position(b) : position(a) <= position(b);
  return true;
}

bool Machine::subtract_pointers(const Instruction& instruction, const Pointer& a, const Pointer& b, std::int64_t& d) {
  if (!usable(instruction, a) || !usable(instruction, b)) return false;
  if (a.object == 0 || a.object != b.object || a.origin != b.origin)
    return fail(CheckKind::kPointerRelation, instruction, "the pointers do not point into one array");
  d = std::int64_t{a.index} - std::int64_t{b.index};
  return true;
}

// ---- program points ------------------------------------------------------------------------------------------------------
bool Machine::visit_label(const Instruction& instruction, const RunOptions& options) {
  const FunctionCode& code = *frames_.back().code;
  const LabelSite& label = code.labels[instruction.c];
  const auto function = static_cast<std::size_t>(&code - image_.observable.data());
  const std::uint32_t visit = visits_[function][instruction.c]++;
  for (const std::uint32_t index : label.watches) {
    const Watch& watch = image_.watches[index];
    const VariableId id = watch.variable;
    const TypeId type_id = (id.global ? image_.program->globals[id.index] : image_.program->functions[watch.function].locals[id.index]).type;
    const Type& t = image_.program->type(type_id);
    const std::uint64_t at = id.global ? image_.globals.words[id.index] : std::uint64_t{frame_base_} + code.variables[id.index];
    for (const Setting& setting : options.settings) {
      if (setting.point != index) continue;
      const bool meant = watch.point.visit ? visit == *watch.point.visit : setting.visit == Setting::kEveryVisit || setting.visit == visit;
      if (!meant) continue;
      if (t.is_pointer()) return stop_unsupported(instruction, fmt::format("setting the pointer '{}'", watch.point.to_string()));
      set_word(at, fit(setting.value, t));
    }
    if (!options.observe || (watch.point.visit && visit != *watch.point.visit)) continue;
    Observation seen{index, visit, {}};
    seen.value.initialised = states_[at] != 0;
    seen.value.is_pointer = t.is_pointer();
    if (seen.value.initialised) seen.value.integer = t.is_pointer() ? pointer_at(at).object != 0 : fit(words_[at], t);
    const auto earlier = std::find_if(observations.begin(), observations.end(), [&](const Observation& o) { return o.point == index; });
    if (!watch.point.visit && earlier != observations.end()) *earlier = seen;
    else observations.push_back(seen);
  }
  return true;
}

}  // namespace assay::program
