// Prints a found program as C in which every operation has a local variable of its own, so that each can be aligned with a site.
#include <cstdlib>
#include <fmt/format.h>

#include "analysis/inference/expression_search.h"

namespace assay::analysis {
namespace {

class CaseWriter {
 public:
  CaseWriter(const TermPool& pool, std::string indent, int& next_name) : pool_(pool), indent_(std::move(indent)), next_name_(next_name) {}

  /// Emits what the term needs and returns the expression that stands for it.
  std::string write(int index) {
    const Term& term = pool_[index];
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
      case TermOp::kLastMatch: return fold(term, "last", std::to_string(term.constant), 0, fmt::format("if ({{1}}[i] == {}) {{0}} = {}[i];", write(term.c), column(term.b)));
      case TermOp::kFirstMatch: return first_match(term);
      case TermOp::kTripLess: return trips(term, "<");
      case TermOp::kTripLessEqual: return trips(term, "<=");
      case TermOp::kTripNotEqual: return trips(term, "!=");
    }
    return "0";
  }
  const std::string& text() const { return text_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  const std::string& column(int index) const { return pool_.columns()[static_cast<std::size_t>(index)].name; }
  int length(int index) const { return pool_.columns()[static_cast<std::size_t>(index)].length; }
  std::string fresh(const std::string& stem) {
    names_.push_back(fmt::format("{}_{}", stem, ++next_name_));
    return names_.back();
  }
  void line(const std::string& statement) { text_ += indent_ + statement + "\n"; }

  std::string binary(const Term& term, const char* op) {
    const std::string a = write(term.a), b = write(term.b), name = fresh("value");
    line(fmt::format("int {} = {} {} {};", name, a, op, b));
    return name;
  }
  std::string choice(const Term& term, const char* op) {
    const std::string a = write(term.a), b = write(term.b), name = fresh(*op == '>' ? "larger" : "smaller");
    line(fmt::format("int {} = {} {} {} ? {} : {};", name, a, op, b, a, b));
    return name;
  }
  std::string fold(const Term& term, const char* stem, const std::string& initial, int from, const std::string& body) {
    const std::string name = fresh(stem);
    line(fmt::format("int {} = {};", name, initial));
    line(fmt::format("for (int i = {}; i < {}; i++) {{", from, length(term.a)));
    line("  " + fmt::format(fmt::runtime(body), name, column(term.a)));
    line(fmt::format("  //@ label step_{}", next_name_));
    line("}");
    return name;
  }
  std::string first_match(const Term& term) {
    const std::string query = write(term.c), name = fresh("first");
    line(fmt::format("int {} = {};", name, term.constant));
    line(fmt::format("for (int i = 0; i < {}; i++) {{", length(term.a)));
    line(fmt::format("  if ({}[i] == {}) {{ {} = {}[i]; break; }}", column(term.a), query, name, column(term.b)));
    line("}");
    return name;
  }
  std::string trips(const Term& term, const char* op) {
    const std::string a = write(term.a), b = write(term.b), c = write(term.c), name = fresh("trips");
    line(fmt::format("int {} = 0;", name));
    line(fmt::format("for (int i = {}; i {} {}; i += {}) {{", a, op, b, c));
    line(fmt::format("  if ({} == {}) {{ {} = {}; break; }}  /* does not end */", name, pool_.trip_limit(), name, kNever));
    line(fmt::format("  ++{};", name));
    line("}");
    return name;
  }

  const TermPool& pool_;
  std::string indent_;
  int& next_name_;
  std::string text_;
  std::vector<std::string> names_;
};

}  // namespace

PrintedProgram program_to_c(const FoundProgram& program, const std::string& name, const std::vector<std::string>& requires_clauses) {
  PrintedProgram printed;
  std::string parameters;
  for (const std::string& clause : requires_clauses) printed.text += "//@ requires " + clause + ";\n";
  for (const InputColumn& column : program.pool.columns())
    parameters += (parameters.empty() ? "" : ", ") + (column.length ? fmt::format("const int {}[{}]", column.name, column.length) : "int " + column.name);
  printed.text += fmt::format("int {}({}) {{\n  int result = 0;\n", name, parameters);
  int next_name = 0;
  for (const FoundCase& branch : program.cases) {
    const bool split = branch.split >= 0;
    const std::string indent = split ? "    " : "  ";
    CaseWriter writer(program.pool, indent, next_name);
    const std::string value = writer.write(branch.term);
    const std::string label = split ? fmt::format("computed_{}{}", branch.value < 0 ? "minus_" : "", std::abs(branch.value)) : "computed";
    if (split) printed.text += fmt::format("  if ({} == {}) {{\n", program.pool.columns()[static_cast<std::size_t>(branch.split)].name, branch.value);
    printed.text += fmt::format("{0}{1}//@ label {2}\n{1}result = {3};\n", writer.text(), indent, label, value);
    if (split) printed.text += "  }\n";
    for (const std::string& local : writer.names()) printed.points.push_back(label + "." + local);
  }
  printed.text += "  return result;\n}\n";
  return printed;
}

}  // namespace assay::analysis
