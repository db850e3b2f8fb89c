// Places -> addresses, loads, stores and pointers.
#include "frontend/program/interpreter_compiler.h"

namespace assay::program {

bool Compiler::is_register(VariableId id) const {
  return !id.global && type(function_.locals[id.index].type).is_scalar() && !address_taken_.contains(id.index);
}

std::optional<std::uint32_t> Compiler::register_local(const Place& place) const {
  if (place.kind != PlaceKind::kVariable || !is_register(place.variable)) return std::nullopt;
  return place.variable.index;
}

Address Compiler::address(const Place& place, bool write) {
  switch (place.kind) {
    case PlaceKind::kVariable:
      if (place.variable.global) return {Address::Base::kAbsolute, globals_.words[place.variable.index], 0};
      return {Address::Base::kFrame, slot_of(place.variable.index), 0};
    case PlaceKind::kDeref: {
      const std::uint32_t from = pointer(*place.pointer);
      const std::uint32_t to = temporary();
      emit_typed(write ? Op::kDerefWrite : Op::kDeref, place.type, place.origin, to, 0, from, place.type.value);
      return {Address::Base::kTemporary, 0, to};
    }
    case PlaceKind::kElement: return element_address(place, write);
    case PlaceKind::kField: {
      Address base = address(*place.base, write);
      base.word += layouts_.field(place.base->type, place.field);
      return base;
    }
  }
  return {};
}

Address Compiler::element_address(const Place& place, bool write) {
  Address base = address(*place.base, write);
  const std::uint64_t count = type(place.base->type).count;
  const std::uint64_t stride = words(place.type);
  if (place.index->kind == ExprKind::kConstant && static_cast<std::uint64_t>(place.index->value) < count) {
    base.word += static_cast<std::uint64_t>(place.index->value) * stride;
    return base;
  }
  const std::uint32_t index = value(*place.index);
  const std::uint32_t to = temporary();
  const bool relative = base.base == Address::Base::kTemporary;
  const std::uint64_t offset = relative ? base.word << 32 : 0;
  Instruction& instruction =
      emit_typed(Op::kElementAddress, place.base->type, place.origin, to, index, relative ? base.temporary : static_cast<std::uint32_t>(base.word),
                 static_cast<std::uint32_t>(stride), static_cast<std::int64_t>(offset | count));
  instruction.width = static_cast<std::uint8_t>(relative ? 0 : base.base == Address::Base::kFrame ? 1 : 2);
  return {Address::Base::kTemporary, 0, to};
}

std::uint32_t Compiler::absolute(const Address& address) {
  if (address.base == Address::Base::kTemporary && address.word == 0) return address.temporary;
  const std::uint32_t to = temporary();
  switch (address.base) {
    case Address::Base::kFrame: emit(Op::kFrameAddress, to, static_cast<std::uint32_t>(address.word)); break;
    case Address::Base::kAbsolute: return moved(constant(static_cast<std::int64_t>(address.word)), to);
    case Address::Base::kTemporary: {
      Instruction& add = emit(Op::kAddU, to, address.temporary, constant(static_cast<std::int64_t>(address.word)));
      add.width = 64;
      break;
    }
  }
  return to;
}

std::uint32_t Compiler::load_element(const Place& place, std::uint32_t want) {
  if (place.kind == PlaceKind::kDeref && place.pointer->kind == ExprKind::kPointerAdd) {
    const Expr& sum = *place.pointer;
    const std::uint32_t base = pointer(*sum.a);
    const std::uint32_t index = value(*sum.b);
    const std::uint32_t to = target(want);
    emit_typed(Op::kLoadPointerElement, place.type, place.origin, to, index, base, place.type.value);
    return to;
  }
  if (place.kind != PlaceKind::kElement || place.index->kind == ExprKind::kConstant) return kAnywhere;
  const Place& array = *place.base;
  if (array.kind != PlaceKind::kVariable) return kAnywhere;
  const Address base = address(array, false);
  const std::uint32_t index = value(*place.index);
  const std::uint32_t to = target(want);
  const Op op = base.base == Address::Base::kFrame ? Op::kLoadFrameElement : Op::kLoadGlobalElement;
  Instruction& instruction = emit_typed(op, place.type, place.origin, to, index, static_cast<std::uint32_t>(base.word), array.type.value,
                                        static_cast<std::int64_t>(type(array.type).count));
  instruction.site = site(place.origin, array.type);
  return to;
}

std::uint32_t Compiler::load(const Place& place, std::uint32_t want) {
  if (const auto local = register_local(place)) {
    const std::uint32_t slot = slot_of(*local);
    if (!flow_.set[*local]) {
      tracked_.insert(*local);
      emit_typed(Op::kCheckInitialised, place.type, place.origin, 0, slot, 0);
    }
    return moved(slot, want);
  }
  const std::uint32_t element = load_element(place, want);
  if (element != kAnywhere) return element;
  const Address from = address(place, false);
  const std::uint32_t to = target(want);
  switch (from.base) {
    case Address::Base::kFrame: emit_typed(Op::kLoadFrame, place.type, place.origin, to, static_cast<std::uint32_t>(from.word), 0); break;
    case Address::Base::kAbsolute:
      emit_typed(Op::kLoadAt, place.type, place.origin, to, 0, constant(0), 0, static_cast<std::int64_t>(from.word));
      break;
    case Address::Base::kTemporary:
      emit_typed(Op::kLoadAt, place.type, place.origin, to, 0, from.temporary, 0, static_cast<std::int64_t>(from.word));
      break;
  }
  return to;
}

std::uint32_t Compiler::load_pointer(const Place& place, std::uint32_t want) {
  if (const auto local = register_local(place)) {
    const std::uint32_t slot = slot_of(*local);
    if (!flow_.set[*local]) {
      tracked_.insert(*local);
      emit_typed(Op::kCheckInitialised, place.type, place.origin, 0, slot, 0);
    }
    if (want == kAnywhere) return slot;
    emit(Op::kMovePointer, want, slot);
    return want;
  }
  const std::uint32_t from = absolute(address(place, false));
  const std::uint32_t to = target(want, kPointerWords);
  emit_typed(Op::kLoadPointerAt, place.type, place.origin, to, 0, from);
  return to;
}

bool Compiler::store_element(const Place& place, std::uint32_t slot) {
  if (place.kind == PlaceKind::kDeref && place.pointer->kind == ExprKind::kPointerAdd) {
    const std::uint32_t base = pointer(*place.pointer->a);
    const std::uint32_t index = value(*place.pointer->b);
    emit_typed(Op::kStorePointerElement, place.type, place.origin, slot, index, base, place.type.value);
    return true;
  }
  if (place.kind != PlaceKind::kElement || place.index->kind == ExprKind::kConstant || place.base->kind != PlaceKind::kVariable) return false;
  const Address base = address(*place.base, true);
  const std::uint32_t index = value(*place.index);
  const Op op = base.base == Address::Base::kFrame ? Op::kStoreFrameElement : Op::kStoreGlobalElement;
  Instruction& instruction = emit_typed(op, place.type, place.origin, slot, index, static_cast<std::uint32_t>(base.word), 0,
                                        static_cast<std::int64_t>(type(place.base->type).count));
  instruction.site = site(place.origin, place.base->type);
  return true;
}

/// Writes a scalar that lies in `slot`.
void Compiler::store(const Place& place, std::uint32_t slot) {
  const bool is_pointer = type(place.type).is_pointer();
  if (const auto local = register_local(place)) {
    if (slot != slot_of(*local)) emit(is_pointer ? Op::kMovePointer : Op::kMove, slot_of(*local), slot);
    mark_set(*local);
    return;
  }
  if (is_pointer) {
    const std::uint32_t to = absolute(address(place, true));
    emit(Op::kStorePointerAt, 0, slot, to);
    return;
  }
  if (store_element(place, slot)) return;
  const Address to = address(place, true);
  switch (to.base) {
    case Address::Base::kFrame: emit(Op::kStoreFrame, static_cast<std::uint32_t>(to.word), slot); break;
    case Address::Base::kAbsolute: emit(Op::kStoreAt, 0, slot, constant(0), 0, static_cast<std::int64_t>(to.word)); break;
    case Address::Base::kTemporary: emit(Op::kStoreAt, 0, slot, to.temporary, 0, static_cast<std::int64_t>(to.word)); break;
  }
}

/// A pointer to `place`. &*p is p itself when it is the whole expression; below a field or element the object must be there.
std::uint32_t Compiler::pointer_to(const Place& place, std::uint32_t want, bool outermost) {
  switch (place.kind) {
    case PlaceKind::kVariable: {
      const std::uint32_t to = target(want, kPointerWords);
      if (place.variable.global) emit(Op::kPointerToGlobal, to, place.variable.index + 1, 0, place.type.value);
      else emit(Op::kPointerToFrame, to, out_.objects[place.variable.index], 0, place.type.value);
      return to;
    }
    case PlaceKind::kDeref: {
      if (outermost) return pointer(*place.pointer, want);
      const std::uint32_t from = pointer(*place.pointer);
      const std::uint32_t to = target(want, kPointerWords);
      emit_typed(Op::kAddressOfDereferenced, place.type, place.origin, to, 0, from, place.type.value);
      return to;
    }
    case PlaceKind::kElement: {
      const std::uint32_t base = pointer_to(*place.base, kAnywhere, false);
      const std::uint32_t index = value(*place.index);
      const std::uint32_t to = target(want, kPointerWords);
      Instruction& instruction = emit_typed(Op::kPointerElement, place.base->type, place.origin, to, index, base, place.type.value,
                                            static_cast<std::int64_t>(type(place.base->type).count));
      instruction.flag = outermost;
      return to;
    }
    case PlaceKind::kField: {
      const std::uint32_t base = pointer_to(*place.base, kAnywhere, false);
      const std::uint32_t to = target(want, kPointerWords);
      emit_typed(Op::kPointerField, place.type, place.origin, to, 0, base, place.type.value,
                 static_cast<std::int64_t>(layouts_.field(place.base->type, place.field)));
      return to;
    }
  }
  return 0;
}

}  // namespace assay::program
