// The two encodings; internal to semantics (make_encoding chooses).
#pragma once

#include "solver/semantics/encoding.h"

namespace assay::solver {

class BitVectorEncoding : public Encoding {
 public:
  using Encoding::Encoding;
  Term constant(const program::Type& type, std::int64_t value) override;
  Term variable(const program::Type& type, const std::string& name) override;
  Term in_range(const program::Type& type, Term value) override;
  Term arithmetic(program::BinaryOp op, const program::Type& type, Term a, Term b, const program::Type& b_type) override;
  Term overflows(program::BinaryOp op, const program::Type& type, Term a, Term b, const program::Type& b_type) override;
  Term compare(program::BinaryOp op, const program::Type& type, Term a, Term b) override;
  Term negate(const program::Type& type, Term a) override;
  Term bit_not(const program::Type& type, Term a) override;
  Term convert(const program::Type& from, const program::Type& to, Term a) override;
  std::int64_t read(const program::Type& type, smt::Wide value) const override;

 private:
  Term shift_count(const program::Type& type, Term b, const program::Type& b_type);
};

class IntegerEncoding : public Encoding {
 public:
  using Encoding::Encoding;
  Term constant(const program::Type& type, std::int64_t value) override;
  Term variable(const program::Type& type, const std::string& name) override;
  Term in_range(const program::Type& type, Term value) override;
  Term arithmetic(program::BinaryOp op, const program::Type& type, Term a, Term b, const program::Type& b_type) override;
  Term overflows(program::BinaryOp op, const program::Type& type, Term a, Term b, const program::Type& b_type) override;
  Term compare(program::BinaryOp op, const program::Type& type, Term a, Term b) override;
  Term negate(const program::Type& type, Term a) override;
  Term bit_not(const program::Type& type, Term a) override;
  Term convert(const program::Type& from, const program::Type& to, Term a) override;
  std::int64_t read(const program::Type& type, smt::Wide value) const override;
  void reinterpret_bits() override { exact_ = false; }

 private:
  Term exact_result(program::BinaryOp op, const program::Type& type, Term a, Term b);
  Term truncated_divide(Term a, Term b);
  Term truncated_remainder(Term a, Term b);
  Term mask(const program::Type& type, Term a, Term b);
  Term power_of_two(Term exponent, int width);
  Term reduce(const program::Type& type, Term a);  ///< modulo 2^width into the type's range
  Term no_form(const program::Type& type);
};

}  // namespace assay::solver
