// A query as SMT-LIB 2 text that any solver decides on its own: set-logic, declarations, assertions, check-sat.
//
// Shared subterms become define-fun constants, so the text stays linear in the graph. Signed multiplication overflow is written with
// plain operators at twice the width, so that solvers without bvsmulo (SMT-LIB 2.7) read it too.
// Test: tests/solver/smtlib_test.cpp re-reads the files with Z3, and with cvc5 and Bitwuzla where they are installed.
#pragma once

#include <string>
#include <vector>

#include "solver/smt/term.h"

namespace assay::solver::smt {

/// `comment` lines are written first, each behind "; ".
std::string to_smtlib(const std::vector<Term>& assertions, const std::vector<std::string>& comment = {});

/// "QF_BV", "QF_LIA", "QF_NIA" or, for a mixture, "ALL".
std::string logic_of(const std::vector<Term>& assertions);

}  // namespace assay::solver::smt
