// A dumped query means the same to every solver: Z3 re-reads the text, and cvc5 and Bitwuzla where they are installed.
#include "solver/smt/smtlib.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/process.h"
#include "solver/smt/solver.h"

namespace assay::solver::smt {
namespace {

std::vector<std::vector<Term>> queries(TermStore& store) {
  const Term x = store.variable("x", Sort::bit_vector(8)), y = store.variable("a[0]", Sort::bit_vector(8));
  const Term n = store.variable("n", Sort::integer());
  return {
      {store.apply(Op::kMultiplyOverflows, x, y), x < store.bits(4, 8), store.bits(0, 8) < x, y < store.bits(100, 8), store.bits(0, 8) < y},
      {store.apply(Op::kMultiplyOverflows, x, y), x < store.bits(4, 8), store.bits(0, 8) < x, y < store.bits(40, 8), store.bits(0, 8) < y},
      {store.resize(Op::kSignExtend, x, 16).differs(store.resize(Op::kZeroExtend, x, 16)), store.bits(-1, 8) < x},
      {(n + n).equals(store.integer(-14)), store.apply(Op::kFloorModulo, n, store.integer(4)).equals(store.integer(1))},
      {(n + n).equals(store.integer(7))},
  };
}

const char* const kExpected[] = {"sat", "unsat", "unsat", "sat", "unsat"};

TEST(Smtlib, z3_decides_the_text_as_the_terms) {
  TermStore store;
  const auto all = queries(store);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string text = to_smtlib(all[i], {"query " + std::to_string(i)});
    EXPECT_TRUE(decide_text(text, 10'000'000, 60'000).starts_with(kExpected[i])) << text;
    EXPECT_EQ(solve_here(all[i], 10'000'000, 60).satisfiable, std::string(kExpected[i]) == "sat" ? Satisfiable::kYes : Satisfiable::kNo);
    EXPECT_TRUE(text.ends_with("(check-sat)\n")) << "a model is an error where there is none, and needs an option elsewhere";
  }
}

/// `program` answers sat or unsat for a file; skips where it is not installed.
void check_with(const std::string& program, const std::string& script) {
  const std::string python = std::string(ASSAY_SOURCE_DIR) + "/build/venv/bin/python";
  Result<ProcessResult> probe = run_process({.command = {python, "-c", "import " + program}});
  if (!probe || probe->exit_code != 0) GTEST_SKIP() << program << " is not installed (pip install " << program << ")";
  TermStore store;
  const auto all = queries(store);
  Result<TemporaryFolder> folder = TemporaryFolder::create("smtlib");
  ASSERT_TRUE(folder);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (program == "bitwuzla" && logic_of(all[i]) != "QF_BV") continue;
    const std::string file = folder->path() + "/query.smt2";
    ASSERT_TRUE(write_file(file, to_smtlib(all[i])));
    Result<ProcessResult> answer = run_process({.command = {python, "-c", script, file}});
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->output.starts_with(kExpected[i])) << i << ": " << answer->output << answer->error_output;
  }
}

TEST(Smtlib, cvc5_decides_the_text_as_the_terms) {
  check_with("cvc5", R"(
import cvc5, sys
tm = cvc5.TermManager(); s = cvc5.Solver(tm); s.setOption("produce-models", "true")
p = cvc5.InputParser(s); p.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.argv[1]); sm = p.getSymbolManager()
while True:
    c = p.nextCommand()
    if c.isNull(): break
    print(c.invoke(s, sm), end="")
)");
}

TEST(Smtlib, bitwuzla_decides_the_text_as_the_terms) {
  check_with("bitwuzla", R"(
import bitwuzla, sys
tm = bitwuzla.TermManager(); o = bitwuzla.Options(); o.set(bitwuzla.Option.PRODUCE_MODELS, True)
p = bitwuzla.Parser(tm, o); p.parse(sys.argv[1], True)
print(p.bitwuzla().check_sat())
)");
}

}  // namespace
}  // namespace assay::solver::smt
