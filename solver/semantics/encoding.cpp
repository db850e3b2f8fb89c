#include "solver/semantics/encoding.h"

#include <memory>

#include "solver/semantics/encodings.h"

namespace assay::solver {

smt::Wide lowest(const program::Type& type) { return type.is_signed ? -(smt::Wide{1} << (type.width - 1)) : 0; }
smt::Wide highest(const program::Type& type) { return (smt::Wide{1} << (type.width - (type.is_signed ? 1 : 0))) - 1; }

Term Encoding::is_lowest(const program::Type& type, Term a) { return is_value(type, a, static_cast<std::int64_t>(lowest(type))); }

const program::Type& Encoding::index_type() {
  static const program::Type type = [] {
    program::Type t;
    t.kind = program::TypeKind::kInteger;
    t.size = t.alignment = 8;
    t.width = 64;
    t.is_signed = true;
    t.name = "long";
    return t;
  }();
  return type;
}

std::unique_ptr<Encoding> make_encoding(EncodingKind kind, smt::TermStore& store, SemanticsMode mode) {
  return kind == EncodingKind::kBitVectors ? bit_vector_encoding(store, mode) : integer_encoding(store, mode);
}

}  // namespace assay::solver
