// The run loop: one case per instruction. What is rare (failures, lifetimes, calls) lies in interpreter_machine.cpp.
#include <cstring>

#include "frontend/program/interpreter_machine.h"

namespace assay::program {

namespace {

Pointer pointer_in(const std::int64_t* words) {
  Pointer pointer;
  std::memcpy(static_cast<void*>(&pointer), words, sizeof pointer);
  return pointer;
}
void put_pointer(std::int64_t* words, const Pointer& pointer) { std::memcpy(words, &pointer, sizeof pointer); }

std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

// One function, since the places that every instruction reads have to stay in registers.
// NOLINTNEXTLINE(readability-function-size)
RunEnd Machine::execute(const RunOptions& options) {
  std::uint32_t pc = 0;
  const Instruction* code = frames_.back().code->code.data();
  std::int64_t* f = words_.data() + frame_base_;
  std::uint8_t* s = states_.data() + frame_base_;
  const auto reload = [&] {
    code = frames_.back().code->code.data();
    f = words_.data() + frame_base_;
    s = states_.data() + frame_base_;
  };
  for (;;) {
    const Instruction& i = code[pc++];
    bool ok = true;
    switch (i.op) {
      // ---- integers ------------------------------------------------------------------------------------------------------
      case Op::kMove: f[i.d] = f[i.a]; break;
      case Op::kConvertSigned: f[i.d] = fit(f[i.a], i.width, true); break;
      case Op::kConvertUnsigned: f[i.d] = fit(f[i.a], i.width, false); break;
      case Op::kToBool: f[i.d] = f[i.a] != 0; break;
      case Op::kAddS: {
        std::int64_t r;
        if (!__builtin_add_overflow(f[i.a], f[i.b], &r) && fit(r, i.width, true) == r) f[i.d] = r;
        else if (options.wrap_signed) f[i.d] = fit(r, i.width, true);  // r: the result modulo 2^64
        else ok = arithmetic_failure(i, f[i.a], f[i.b]);
        break;
      }
      case Op::kSubS: {
        std::int64_t r;
        if (!__builtin_sub_overflow(f[i.a], f[i.b], &r) && fit(r, i.width, true) == r) f[i.d] = r;
        else if (options.wrap_signed) f[i.d] = fit(r, i.width, true);  // r: the result modulo 2^64
        else ok = arithmetic_failure(i, f[i.a], f[i.b]);
        break;
      }
      case Op::kMulS: {
        std::int64_t r;
        if (!__builtin_mul_overflow(f[i.a], f[i.b], &r) && fit(r, i.width, true) == r) f[i.d] = r;
        else if (options.wrap_signed) f[i.d] = fit(r, i.width, true);  // r: the result modulo 2^64
        else ok = arithmetic_failure(i, f[i.a], f[i.b]);
        break;
      }
      case Op::kAddU: f[i.d] = fit(number(bits(f[i.a]) + bits(f[i.b])), i.width, false); break;
      case Op::kSubU: f[i.d] = fit(number(bits(f[i.a]) - bits(f[i.b])), i.width, false); break;
      case Op::kMulU: f[i.d] = fit(number(bits(f[i.a]) * bits(f[i.b])), i.width, false); break;
      case Op::kDivS:
      case Op::kDivU:
      case Op::kRemS:
      case Op::kRemU: ok = divide(i, f[i.a], f[i.b], f[i.d]); break;
      case Op::kShlS:
      case Op::kShlU: ok = shift_left(i, f[i.a], f[i.b], f[i.d], options.wrap_signed); break;
      case Op::kShr:
      case Op::kShrU: ok = shift_right(i, f[i.a], f[i.b], f[i.d]); break;
      case Op::kAnd: f[i.d] = f[i.a] & f[i.b]; break;
      case Op::kOr: f[i.d] = f[i.a] | f[i.b]; break;
      case Op::kXor: f[i.d] = f[i.a] ^ f[i.b]; break;
      case Op::kNegS:
        if (f[i.a] != number(bits(-1) << (i.width - 1))) f[i.d] = -f[i.a];
        else if (options.wrap_signed) f[i.d] = f[i.a];
        else ok = arithmetic_failure(i, f[i.a], 0);
        break;
      case Op::kNegU: f[i.d] = fit(number(0 - bits(f[i.a])), i.width, false); break;
      case Op::kNotS: f[i.d] = ~f[i.a]; break;
      case Op::kNotU: f[i.d] = fit(~f[i.a], i.width, false); break;
      case Op::kLogicalNot: f[i.d] = f[i.a] == 0; break;
      case Op::kEq: f[i.d] = f[i.a] == f[i.b]; break;
      case Op::kNe: f[i.d] = f[i.a] != f[i.b]; break;
      case Op::kLt: f[i.d] = f[i.a] < f[i.b]; break;
      case Op::kLe: f[i.d] = f[i.a] <= f[i.b]; break;
      case Op::kLtU: f[i.d] = bits(f[i.a]) < bits(f[i.b]); break;
      case Op::kLeU: f[i.d] = bits(f[i.a]) <= bits(f[i.b]); break;

      // ---- control -------------------------------------------------------------------------------------------------------
      case Op::kJump: pc = i.c; break;
      case Op::kJumpIfZero:
        if (f[i.a] == 0) pc = i.c;
        break;
      case Op::kJumpIfNotZero:
        if (f[i.a] != 0) pc = i.c;
        break;
      case Op::kJumpEq:
        if (f[i.a] == f[i.b]) pc = i.c;
        break;
      case Op::kJumpNe:
        if (f[i.a] != f[i.b]) pc = i.c;
        break;
      case Op::kJumpLt:
        if (f[i.a] < f[i.b]) pc = i.c;
        break;
      case Op::kJumpLe:
        if (f[i.a] <= f[i.b]) pc = i.c;
        break;
      case Op::kJumpLtU:
        if (bits(f[i.a]) < bits(f[i.b])) pc = i.c;
        break;
      case Op::kJumpLeU:
        if (bits(f[i.a]) <= bits(f[i.b])) pc = i.c;
        break;
      case Op::kSwitch: {
        const SwitchTable& table = frames_.back().code->switches[i.b];
        const std::uint64_t nth = bits(f[i.a]) - bits(table.low);
        if (nth < table.dense.size()) {
          pc = table.dense[nth];
        } else {
          const auto found = table.targets.find(f[i.a]);
          pc = found == table.targets.end() ? table.otherwise : found->second;
        }
        break;
      }
      case Op::kStep:
        steps += bits(i.imm);
        if (steps > options.step_limit) ok = stop(RunEnd::kStepLimit);
        break;

      // ---- initialised state ---------------------------------------------------------------------------------------------
      case Op::kCheckInitialised:
        if (!s[i.a]) ok = uninitialised(i);
        break;
      case Op::kSetInitialised: s[i.a] = 1; break;
      case Op::kClearInitialised: std::memset(s + i.a, 0, bits(i.imm)); break;

      // ---- memory --------------------------------------------------------------------------------------------------------
      case Op::kFrameAddress: f[i.d] = frame_base_ + i.a; break;
      case Op::kElementAddress: {
        const std::uint64_t count = bits(i.imm) & 0xffffffffu;
        if (bits(f[i.a]) >= count) {
          ok = index_failure(i, f[i.a]);
          break;
        }
        const std::uint64_t base = i.width == 0 ? bits(f[i.b]) + (bits(i.imm) >> 32) : i.width == 1 ? std::uint64_t{frame_base_} + i.b : i.b;
        f[i.d] = number(base + bits(f[i.a]) * i.c);
        break;
      }
      case Op::kLoadFrame:
        if (!s[i.a]) ok = uninitialised(i);
        else f[i.d] = fit(f[i.a], i.width, i.flag);
        break;
      case Op::kStoreFrame:
        f[i.d] = f[i.a];
        s[i.d] = 1;
        break;
      case Op::kLoadAt: {
        const std::uint64_t at = bits(f[i.b] + i.imm);
        if (!states_[at]) ok = uninitialised(i);
        else f[i.d] = fit(words_[at], i.width, i.flag);
        break;
      }
      case Op::kStoreAt: {
        const std::uint64_t at = bits(f[i.b] + i.imm);
        words_[at] = f[i.a];
        states_[at] = 1;
        break;
      }
      case Op::kLoadFrameElement: {
        const std::uint64_t at = i.b + bits(f[i.a]);
        if (bits(f[i.a]) >= bits(i.imm)) ok = index_failure(i, f[i.a]);
        else if (!s[at]) ok = uninitialised(i);
        else f[i.d] = fit(f[at], i.width, i.flag);
        break;
      }
      case Op::kStoreFrameElement:
        if (bits(f[i.a]) >= bits(i.imm)) {
          ok = index_failure(i, f[i.a]);
        } else {
          f[i.b + bits(f[i.a])] = f[i.d];
          s[i.b + bits(f[i.a])] = 1;
        }
        break;
      case Op::kLoadGlobalElement: {
        const std::uint64_t at = i.b + bits(f[i.a]);
        if (bits(f[i.a]) >= bits(i.imm)) ok = index_failure(i, f[i.a]);
        else if (!states_[at]) ok = uninitialised(i);
        else f[i.d] = fit(words_[at], i.width, i.flag);
        break;
      }
      case Op::kStoreGlobalElement:
        if (bits(f[i.a]) >= bits(i.imm)) {
          ok = index_failure(i, f[i.a]);
        } else {
          words_[i.b + bits(f[i.a])] = f[i.d];
          states_[i.b + bits(f[i.a])] = 1;
        }
        break;
      case Op::kLoadPointerElement: {
        std::uint64_t at = 0;
        ok = resolve(i, pointer_in(f + i.b), i.c, f[i.a], false, at);
        if (!ok) break;
        if (!states_[at]) ok = uninitialised(i);
        else f[i.d] = fit(words_[at], i.width, i.flag);
        break;
      }
      case Op::kStorePointerElement: {
        std::uint64_t at = 0;
        ok = resolve(i, pointer_in(f + i.b), i.c, f[i.a], true, at);
        if (ok) set_word(at, f[i.d]);
        break;
      }
      case Op::kDeref:
      case Op::kDerefWrite: {
        std::uint64_t at = 0;
        ok = resolve(i, pointer_in(f + i.b), i.c, 0, i.op == Op::kDerefWrite, at);
        f[i.d] = number(at);
        break;
      }
      case Op::kAddressOfDereferenced: {
        const Pointer from = pointer_in(f + i.b);
        std::uint64_t at = 0;
        ok = resolve(i, from, i.c, 0, false, at);
        put_pointer(f + i.d, from);
        break;
      }
      case Op::kCopyWords:
        std::memmove(words_.data() + f[i.d], words_.data() + f[i.a], bits(i.imm) * sizeof(std::int64_t));
        std::memmove(states_.data() + f[i.d], states_.data() + f[i.a], bits(i.imm));
        break;

      // ---- pointers ------------------------------------------------------------------------------------------------------
      case Op::kMovePointer: put_pointer(f + i.d, pointer_in(f + i.a)); break;
      case Op::kNullPointer: put_pointer(f + i.d, {}); break;
      case Op::kLoadPointerAt:
        if (!states_[bits(f[i.b])]) ok = uninitialised(i);
        else put_pointer(f + i.d, pointer_in(words_.data() + f[i.b]));
        break;
      case Op::kStorePointerAt: {
        const Pointer from = pointer_in(f + i.a);
        set_pointer(bits(f[i.b]), from);
        break;
      }
      case Op::kPointerToFrame: {
        const std::uint32_t object = frames_.back().object_base + i.a;
        put_pointer(f + i.d, {object, objects_[object].generation, 0, 1, 0, i.c});
        break;
      }
      case Op::kPointerToGlobal: put_pointer(f + i.d, {i.a, 1, 0, 1, 0, i.c}); break;
      case Op::kPointerField: {
        Pointer p = pointer_in(f + i.b);
        p.origin += p.index * image_.strides[p.element] + static_cast<std::uint32_t>(i.imm);
        p.count = 1;
        p.index = 0;
        p.element = i.c;
        put_pointer(f + i.d, p);
        break;
      }
      case Op::kPointerElement: {
        Pointer to;
        ok = point_into(i, pointer_in(f + i.b), f[i.a], to);
        put_pointer(f + i.d, to);
        break;
      }
      case Op::kPointerAdd: {
        Pointer to;
        ok = add_to_pointer(i, pointer_in(f + i.b), f[i.a], to);
        put_pointer(f + i.d, to);
        break;
      }
      case Op::kPointerSubtract: ok = subtract_pointers(i, pointer_in(f + i.a), pointer_in(f + i.b), f[i.d]); break;
      case Op::kPointerEq:
      case Op::kPointerNe:
      case Op::kPointerLt:
      case Op::kPointerLe: ok = compare_pointers(i, pointer_in(f + i.a), pointer_in(f + i.b), f[i.d]); break;
      case Op::kPointerIsNull: f[i.d] = pointer_in(f + i.a).object == 0; break;
      case Op::kPointerConvert: put_pointer(f + i.d, converted(pointer_in(f + i.b), i.c)); break;
      case Op::kPointerLength: {
        const Pointer p = pointer_in(f + i.a);
        ok = usable(i, p);
        f[i.d] = p.object == 0 ? 0 : std::int64_t{p.count} - p.index;
        break;
      }

      // ---- lifetimes, calls ------------------------------------------------------------------------------------------------
      case Op::kBirth: birth(i); break;
      case Op::kDeath: objects_[frames_.back().object_base + i.a].generation = 0; break;
      case Op::kCall:
        ok = call(i, pc, options);
        reload();
        break;
      case Op::kReturn:
      case Op::kFallOff:
      case Op::kReturnValue:
      case Op::kReturnPointer:
      case Op::kReturnAggregate:
        returned = i.op != Op::kReturn && i.op != Op::kFallOff;
        if (i.op == Op::kReturnValue) result = f[i.a];
        if (i.op == Op::kReturnPointer) result_pointer = pointer_in(f + i.a);
        if (i.op == Op::kReturnAggregate) {
          result_words.assign(words_.begin() + f[i.a], words_.begin() + f[i.a] + i.imm);
          result_states.assign(states_.begin() + f[i.a], states_.begin() + f[i.a] + i.imm);
        }
        if (i.op == Op::kFallOff && frames_.size() == 1) {
          ok = fail(CheckKind::kMissingReturn, i, "the function ends without returning a value");
          break;
        }
        ok = pop_frame(pc);
        if (ok) reload();
        break;
      case Op::kFetchResult:
      case Op::kFetchPointer:
      case Op::kFetchAggregate: ok = fetch(i); break;
      case Op::kBuiltin: ok = library_call(i, options); break;

      // ---- checks and contracts --------------------------------------------------------------------------------------------
      case Op::kAssert: ok = assertion_failure(i); break;
      case Op::kAssume: ok = stop(RunEnd::kPreconditionUnmet); break;
      case Op::kAbort:
        exit_status = static_cast<int>(f[i.a]);
        ok = abort_program(i);
        break;
      case Op::kUnsupported: ok = unsupported_statement(i); break;
      case Op::kClauseBegin: clauses_.push_back(site(i).clause); break;
      case Op::kClauseEnd: clauses_.pop_back(); break;
      case Op::kRequire: ok = require_failure(i); break;
      case Op::kSkipUnlessContracts:
        if (!options.check_contracts) pc = i.c;
        break;
      case Op::kTrace:
        if (options.trace && trace.size() < 10'000) trace.push_back(*site(i).origin);
        break;
      case Op::kLabel: ok = visit_label(i, options); break;
    }
    if (!ok) [[unlikely]]
      return end_;
  }
}

}  // namespace assay::program
