#include "solver/equivalence/outcome_difference.h"

#include <fmt/format.h>

namespace assay::solver {
namespace {

class Comparison {
 public:
  Comparison(const program::Program& reference_program, const World& reference, const program::Program& implementation_program,
             const World& implementation)
      : p_(reference_program), a_(reference), q_(implementation_program), b_(implementation), store_(reference.ground.store) {}

  Differences run() {
    undefined_behaviour();
    endings();
    cells("return value", a_.execution.result, b_.execution.result, store_.yes());
    memory();
    replayed_ = false;
    globals();
    replayed_ = true;
    printed_ = true;
    output();
    return std::move(result_);
  }

 private:
  Term both_return() const { return a_.execution.final.path && b_.execution.final.path; }

  void claim(std::string name, Term violated, bool undefined = false) {
    if (!undefined) violated = b_.execution.defined && violated;
    if (!violated.is_false())
      result_.claims.push_back({.name = std::move(name), .violated = violated, .undefined = undefined, .replayed = replayed_, .printed = printed_});
  }

  void undefined_behaviour() {
    for (const Obligation& obligation : b_.execution.obligations) {
      replayed_ = obligation.kind != program::CheckKind::kPrecondition;
      claim(fmt::format("{} at {} ({})", program::info(obligation.kind).id, q_.range(obligation.origin).to_string(), obligation.subject),
            any_of(store_, obligation.violated), true);
    }
    replayed_ = true;
  }

  /// Status of exit, or a value that no exit has for abort; 0 where the run returns.
  Term ending(const World& world) const {
    Encoding& encoding = *world.ground.encoding;
    Term code = encoding.index(0);
    for (const AbortEvent& event : world.execution.aborts) {
      const bool is_exit = event.status.valid() && event.name != "abort";
      // Of the status the system keeps eight bits.
      const Term mine = is_exit ? encoding.to_index(int_type(), encoding.arithmetic(program::BinaryOp::kBitAnd, int_type(), event.status,
                                                                                    encoding.constant(int_type(), 255), int_type()))
                                : encoding.index(std::int64_t{1} << 40);
      code = store_.ite(event.guard, mine, code);
    }
    return code;
  }

  static const program::Type& int_type() {
    static const program::Type type = [] {
      program::Type t = Encoding::index_type();
      t.width = 32;
      t.size = t.alignment = 4;
      return t;
    }();
    return type;
  }

  void endings() {
    claim("whether it returns", a_.execution.final.path.differs(b_.execution.final.path));
    replayed_ = false;
    if (!a_.execution.aborts.empty() || !b_.execution.aborts.empty())
      claim("how it ends the program", !a_.execution.final.path && !b_.execution.final.path && ending(a_).differs(ending(b_)));
    replayed_ = true;
  }

  void cells(const std::string& name, const std::vector<Cell>& x, const std::vector<Cell>& y, Term where) {
    for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) cell(x.size() == 1 ? name : fmt::format("{}.{}", name, i), x[i], y[i], where);
  }

  void cell(const std::string& name, const Cell& x, const Cell& y, Term where) {
    if (x.pointer || y.pointer) {
      if (x.pointer != y.pointer) result_.unsupported = fmt::format("{} is a pointer", name);
      return;
    }
    const Term differs = !y.initialised || x.integer.differs(y.integer);
    claim(name, both_return() && where && x.initialised && differs);
  }

  const std::vector<Cell>* object(const State& state, ObjectId id) const {
    return id.value < state.objects.size() && state.objects[id.value].cells ? state.objects[id.value].cells.get() : nullptr;
  }

  void memory() {
    for (std::size_t i = 0; i < a_.inputs.objects().size(); ++i) {
      const Inputs::ParameterObject &x = a_.inputs.objects()[i], &y = b_.inputs.objects()[i];
      const std::vector<Cell>*xs = object(a_.execution.final, x.object), *ys = object(b_.execution.final, y.object);
      if (!xs || !ys) continue;
      for (std::size_t c = 0; c < xs->size() && c < ys->size(); ++c) {
        const auto element = static_cast<std::int64_t>(c / x.stride);
        const Term at = a_.ground.encoding->index(element), inside = x.begin <= at && at < x.end;
        const std::string leaf = x.stride == 1 ? "" : fmt::format(".{}", c % x.stride);
        cell(fmt::format("element {}{} of parameter {}", element - static_cast<std::int64_t>(x.before), leaf, x.parameter + 1), (*xs)[c], (*ys)[c],
             inside && !x.null);
      }
    }
  }

  /// Mutable globals correspond by name.
  void globals() {
    for (std::uint32_t i = 0; i < p_.globals.size(); ++i) {
      const program::Variable& global = p_.globals[i];
      if (global.is_const) continue;
      std::optional<std::uint32_t> match;
      for (std::uint32_t j = 0; j < q_.globals.size(); ++j)
        if (!q_.globals[j].is_const && q_.globals[j].name == global.name) match = j;
      const bool touched = a_.execution.globals_touched.contains(i) || (match && b_.execution.globals_touched.contains(*match));
      if (!touched) continue;
      result_.assumptions.push_back(fmt::format("'{}' holds its initial value at entry", global.name));
      if (!match) {
        result_.assumptions.push_back(fmt::format("'{}' is the reference's own: the implementation has no such global", global.name));
        continue;
      }
      const std::vector<Cell>*xs = object(a_.execution.final, a_.executor.global(i)), *ys = object(b_.execution.final, b_.executor.global(*match));
      if (xs && ys) cells("global '" + global.name + "'", *xs, *ys, store_.yes());
    }
  }

  void output() {
    const std::vector<OutputEvent>&x = a_.execution.output, &y = b_.execution.output;
    bool alike = x.size() == y.size();
    for (std::size_t i = 0; alike && i < x.size(); ++i)
      alike = x[i].function == y[i].function && x[i].format == y[i].format && x[i].arguments.size() == y[i].arguments.size();
    if (!alike) {
      result_.unsupported = "printed output that is written by different calls";
      return;
    }
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t k = 0; k < x[i].arguments.size(); ++k)
        if (!(x[i].arguments[k].integer.sort() == y[i].arguments[k].integer.sort())) {
          result_.unsupported = "printed values of different types";
          return;
        }
    for (std::size_t i = 0; i < x.size(); ++i) {
      claim(fmt::format("output {}", i + 1), x[i].guard.differs(y[i].guard));
      for (std::size_t k = 0; k < x[i].arguments.size(); ++k) {
        const Cell &u = x[i].arguments[k], &v = y[i].arguments[k];
        claim(fmt::format("printed value {} of output {}", k + 1, i + 1), x[i].guard && y[i].guard && u.integer.differs(v.integer));
      }
    }
  }

  const program::Program& p_;
  const World& a_;
  const program::Program& q_;
  const World& b_;
  smt::TermStore& store_;
  Differences result_;
  bool replayed_ = true, printed_ = false;  ///< of the claims being made
};

}  // namespace

Differences differences(const program::Program& reference_program, const World& reference, const program::Program& implementation_program,
                        const World& implementation) {
  return Comparison(reference_program, reference, implementation_program, implementation).run();
}

}  // namespace assay::solver
