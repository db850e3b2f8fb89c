// `assay-solve RLIMIT MILLISECONDS < QUERY.smt2`: the solver in a process of its own, so that a query that runs away dies alone.
#include "solver/smt/solver.h"

int main(int argument_count, char** arguments) { return assay::solver::smt::child_main(argument_count, arguments); }
