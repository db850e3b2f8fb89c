// Prints a found program as C in which every operation has a local variable of its own and a program point right after it: set
// there, a variable still decides what is computed from it, so each can be aligned with a site.
#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>

#include "analysis/inference/expression_search.h"

namespace assay::analysis {
namespace {

/// Names of terms that are computed already, and the number of the last local.
struct Locals {
  std::map<int, std::string> names;
  int last = 0;
};

class CaseWriter {
 public:
  CaseWriter(const TermPool& pool, std::string indent, Locals& locals) : pool_(pool), indent_(std::move(indent)), locals_(locals) {}

  /// Emits what the term needs and returns the expression that stands for it; a term is computed once.
  std::string write(int index) {
    if (const auto known = locals_.names.find(index); known != locals_.names.end()) return known->second;
    std::string text = compute(pool_[index]);
    locals_.names.emplace(index, text);
    return text;
  }
  const std::string& text() const { return text_; }
  /// "after_2.value_2" per operation, in order.
  const std::vector<std::string>& points() const { return points_; }

 private:
  std::string compute(const Term& term) {
    switch (term.op) {
      case TermOp::kInput: return column(term.a);
      case TermOp::kElement: return fmt::format("{}[{}]", column(term.a), term.b);
      case TermOp::kConstant: return std::to_string(term.constant);
      case TermOp::kAdd: return binary(term, "+");
      case TermOp::kSubtract: return binary(term, "-");
      case TermOp::kMultiply: return binary(term, "*");
      case TermOp::kDivide: return binary(term, "/");
      case TermOp::kRemainder: return binary(term, "%");
      case TermOp::kLess: return binary(term, "<");
      case TermOp::kEqual: return binary(term, "==");
      case TermOp::kMaximum: return choice(term, ">");
      case TermOp::kMinimum: return choice(term, "<");
      case TermOp::kArraySum: return fold(term, "sum", "0", 0, "{0} += {1}[i];");
      case TermOp::kArrayMaximum: return fold(term, "largest", column(term.a) + "[0]", 1, "if ({1}[i] > {0}) {0} = {1}[i];");
      case TermOp::kArrayMinimum: return fold(term, "smallest", column(term.a) + "[0]", 1, "if ({1}[i] < {0}) {0} = {1}[i];");
      case TermOp::kArrayCount: return fold(term, "count", "0", 0, fmt::format("if ({{1}}[i] == {}) ++{{0}};", write(term.b)));
      case TermOp::kLastMatch:
        return fold(term, "last", std::to_string(term.constant), 0, fmt::format("if ({{1}}[i] == {}) {{0}} = {}[i];", write(term.c), column(term.b)));
      case TermOp::kFirstMatch: return first_match(term);
      case TermOp::kTripLess: return trips(term, "<");
      case TermOp::kTripLessEqual: return trips(term, "<=");
      case TermOp::kTripNotEqual: return trips(term, "!=");
    }
    return "0";
  }
  const std::string& column(int index) const { return pool_.columns()[static_cast<std::size_t>(index)].name; }
  int length(int index) const { return pool_.columns()[static_cast<std::size_t>(index)].length; }
  std::string fresh(const std::string& stem) { return fmt::format("{}_{}", stem, ++locals_.last); }
  /// Ends the operation whose result is `name`, the last one that fresh() gave.
  std::string done(const std::string& name) {
    const std::string label = fmt::format("after_{}", locals_.last);
    line("//@ label " + label);
    points_.push_back(label + "." + name);
    return name;
  }
  void line(const std::string& statement) { text_ += indent_ + statement + "\n"; }

  std::string binary(const Term& term, const char* op) {
    const std::string a = write(term.a), b = write(term.b), name = fresh("value");
    line(fmt::format("int {} = {} {} {};", name, a, op, b));
    return done(name);
  }
  std::string choice(const Term& term, const char* op) {
    const std::string a = write(term.a), b = write(term.b), name = fresh(*op == '>' ? "larger" : "smaller");
    line(fmt::format("int {} = {} {} {} ? {} : {};", name, a, op, b, a, b));
    return done(name);
  }
  std::string fold(const Term& term, const char* stem, const std::string& initial, int from, const std::string& body) {
    const std::string name = fresh(stem);
    line(fmt::format("int {} = {};", name, initial));
    line(fmt::format("for (int i = {}; i < {}; i++) {{", from, length(term.a)));
    line("  " + fmt::format(fmt::runtime(body), name, column(term.a)));
    line(fmt::format("  //@ label step_{}", locals_.last));
    line("}");
    return done(name);
  }
  std::string first_match(const Term& term) {
    const std::string query = write(term.c), name = fresh("first");
    line(fmt::format("int {} = {};", name, term.constant));
    line(fmt::format("for (int i = 0; i < {}; i++) {{", length(term.a)));
    line(fmt::format("  if ({}[i] == {}) {{ {} = {}[i]; break; }}", column(term.a), query, name, column(term.b)));
    line("}");
    return done(name);
  }
  std::string trips(const Term& term, const char* op) {
    const std::string a = write(term.a), b = write(term.b), c = write(term.c), name = fresh("trips");
    line(fmt::format("int {} = 0;", name));
    line(fmt::format("for (int i = {}; i {} {}; i += {}) {{", a, op, b, c));
    line(fmt::format("  if ({} == {}) {{ {} = {}; break; }}  /* does not end */", name, pool_.trip_limit(), name, kNever));
    line(fmt::format("  ++{};", name));
    line("}");
    return done(name);
  }

  const TermPool& pool_;
  std::string indent_;
  Locals& locals_;
  std::string text_;
  std::vector<std::string> points_;
};

void reach(const TermPool& pool, int index, std::set<int>& reached) {
  if (!reached.insert(index).second) return;
  const Term& term = pool[index];
  if (child_a_is_term(term.op)) reach(pool, term.a, reached);
  if (child_b_is_term(term.op)) reach(pool, term.b, reached);
  if (child_c_is_term(term.op)) reach(pool, term.c, reached);
}

bool is_leaf(TermOp op) { return op == TermOp::kInput || op == TermOp::kElement || op == TermOp::kConstant; }

/// May the term be computed where no case asked for it? Loops may run long there, and a divisor may be 0.
bool defined_everywhere(const TermPool& pool, int index) {
  std::set<int> reached;
  reach(pool, index, reached);
  return std::all_of(reached.begin(), reached.end(), [&](int part) {
    const Term& term = pool[part];
    const bool loops = term.op == TermOp::kTripLess || term.op == TermOp::kTripLessEqual || term.op == TermOp::kTripNotEqual;
    const bool divides = term.op == TermOp::kDivide || term.op == TermOp::kRemainder;
    return !loops && (!divides || (pool[term.b].op == TermOp::kConstant && pool[term.b].constant > 0));
  });
}

/// Operations that several cases need: computed before them, children first.
std::vector<int> shared_terms(const FoundProgram& program) {
  std::map<int, int> cases;
  for (const FoundCase& branch : program.cases) {
    std::set<int> reached;
    reach(program.pool, branch.term, reached);
    for (int term : reached) ++cases[term];
  }
  std::vector<int> shared;
  for (const auto& [term, count] : cases)
    if (count > 1 && !is_leaf(program.pool[term].op) && defined_everywhere(program.pool, term)) shared.push_back(term);
  return shared;
}

std::string signature(const FoundProgram& program, const std::string& name) {
  std::string parameters;
  for (const InputColumn& column : program.pool.columns())
    parameters +=
        (parameters.empty() ? "" : ", ") + (column.length ? fmt::format("const int {}[{}]", column.name, column.length) : "int " + column.name);
  return fmt::format("int {}({}) {{\n", name, parameters);
}

}  // namespace

PrintedProgram program_to_c(const FoundProgram& program, const std::string& name, const std::vector<std::string>& requires_clauses) {
  PrintedProgram printed;
  for (const std::string& clause : requires_clauses) printed.text += "//@ requires " + clause + ";\n";
  printed.text += signature(program, name) + "  int result = 0;\n";
  Locals before;
  CaseWriter shared(program.pool, "  ", before);
  for (int term : shared_terms(program)) shared.write(term);
  printed.text += shared.text();
  for (const std::string& point : shared.points()) printed.variables.push_back({point, -1, false});
  int last = before.last;
  for (std::size_t i = 0; i < program.cases.size(); ++i) {
    const FoundCase& branch = program.cases[i];
    const bool split = branch.split >= 0;
    const std::string indent = split ? "    " : "  ";
    Locals own{before.names, last};
    CaseWriter writer(program.pool, indent, own);
    const std::string value = writer.write(branch.term);
    last = own.last;
    if (split) printed.text += fmt::format("  if ({} == {}) {{\n", program.pool.columns()[static_cast<std::size_t>(branch.split)].name, branch.value);
    printed.text += fmt::format("{}{}result = {};\n", writer.text(), indent, value);
    if (split) printed.text += "  }\n";
    for (const std::string& point : writer.points()) printed.variables.push_back({point, static_cast<int>(i), false});
    if (!writer.points().empty()) printed.variables.back().is_result = true;
  }
  printed.text += "  return result;\n}\n";
  return printed;
}

}  // namespace assay::analysis
