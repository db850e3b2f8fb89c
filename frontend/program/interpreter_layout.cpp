// Where values lie: one word per integer leaf, three per pointer, arrays and structs flat.
#include <algorithm>

#include "frontend/program/interpreter_code.h"

namespace assay::program {

namespace {
// Sums saturate here, far above what a run may allocate and far below where arithmetic on word counts could overflow.
constexpr std::uint64_t kSaturated = std::uint64_t{1} << 41;
}  // namespace

Layouts::Layouts(const Program& program) : program_(&program), layouts_(program.types.size()), done_(program.types.size(), 0) {
  for (std::uint32_t i = 0; i < program.types.size(); ++i) place(program, i);
}

void Layouts::place(const Program& program, std::uint32_t index) {
  if (done_[index]) return;
  done_[index] = 1;
  const Type& type = program.types[index];
  TypeLayout layout;
  switch (type.kind) {
    case TypeKind::kVoid: break;
    case TypeKind::kInteger: layout.words = 1; break;
    case TypeKind::kPointer: layout.words = kPointerWords; break;
    case TypeKind::kArray: {
      place(program, type.element.value);
      const std::uint64_t each = layouts_[type.element.value].words;
      layout.words = each != 0 && type.count > kSaturated / each ? kSaturated : each * type.count;
      break;
    }
    case TypeKind::kStruct:
      for (const Field& field : type.fields) {
        place(program, field.type.value);
        layout.fields.push_back(layout.words);
        layout.words = std::min(kSaturated, layout.words + layouts_[field.type.value].words);
      }
      break;
  }
  layouts_[index] = std::move(layout);
}

}  // namespace assay::program
