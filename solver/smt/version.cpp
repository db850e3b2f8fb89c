#include "solver/smt/version.h"

#include <z3.h>

#include "solver/smt/solver.h"

namespace assay::solver::smt {
namespace {

Status expect(bool holds, const std::string& what) {
  if (holds) return {};
  return internal_error("the solver's self-test failed: " + what);
}

}  // namespace

std::string z3_version() { return Z3_get_full_version(); }

Status self_test() {
  TermStore store;
  const Term x = store.variable("x", Sort::bit_vector(32));
  const std::vector<Term> square{(x * x).equals(store.bits(49, 32)), x < store.bits(10, 32), store.bits(0, 32) < x};
  const std::vector<Term> parity{(x * x).equals(store.bits(2, 32))};  // squares are 0 or 1 modulo 4
  const Limits limits;
  for (bool child : {false, true}) {
    const std::string road = child ? "in the child" : "in this process";
    auto decide = [&](const std::vector<Term>& query) {
      return child ? solve_in_child(query, limits, nullptr) : solve_here(query, limits.rlimit, limits.wall_seconds);
    };
    Answer found = decide(square);
    if (Status status = expect(found.satisfiable == Satisfiable::kYes, "x * x = 49 has no answer " + road + ": " + found.detail); !status)
      return status;
    for (Term assertion : square)
      if (Status status = expect(found.model.holds(assertion), "the model of x * x = 49 is wrong " + road); !status) return status;
    Answer none = decide(parity);
    if (Status status = expect(none.satisfiable == Satisfiable::kNo, "x * x = 2 is not refuted " + road + ": " + none.detail); !status) return status;
  }
  return {};
}

}  // namespace assay::solver::smt
