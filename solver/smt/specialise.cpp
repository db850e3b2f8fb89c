#include "solver/smt/specialise.h"

#include <algorithm>
#include <optional>

#include "solver/smt/ranges.h"

namespace assay::solver::smt {
namespace {

constexpr int kRounds = 3;
constexpr std::uint64_t kRebuilds = 3'000'000;  ///< of nodes, after which what is learnt reaches only terms that were not seen before

class Specialiser {
 public:
  Specialiser(const Values& values, TermStore& store, std::uint64_t& rebuilds_left) : values_(values), store_(store), rebuilds_left_(rebuilds_left) {}

  std::vector<Term> run(const std::vector<Term>& assertions) {
    std::vector<Term> units;
    for (Term assertion : assertions)
      for (Term unit : conjuncts({rewritten(assertion)})) {
        if (unit.is_false()) return {unit};
        learn(unit);
        units.push_back(unit);
      }
    return units;
  }

 private:
  void learn(Term unit) {
    bool more = known_.emplace(unit.node(), true).second;
    known_.emplace((!unit).node(), false);
    more = ranges_.add(unit) || more;
    if (more && rebuilds_left_ > 0) done_.clear();  // built without this knowledge
  }

  Term rewritten(Term root) {
    std::vector<std::pair<const Node*, bool>> open{{root.node(), false}};
    while (!open.empty()) {
      const auto [node, expanded] = open.back();
      open.pop_back();
      if (done_.contains(node)) continue;
      if (expanded) {
        if (rebuilds_left_ > 0) --rebuilds_left_;
        done_.emplace(node, settled(rebuild(*node)));
        continue;
      }
      open.emplace_back(node, true);
      for (Term part : {node->c, node->b, node->a})
        if (part.valid() && !done_.contains(part.node())) open.emplace_back(part.node(), false);
    }
    return settled(done_.at(root.node()));
  }

  Term settled(Term term) const {
    if (term.sort().kind != SortKind::kBool) return term;
    if (const auto known = known_.find(term.node()); known != known_.end()) return store_.boolean(known->second);
    const std::optional<bool> decided = ranges_.decides(term);
    return decided ? store_.boolean(*decided) : term;
  }

  Term of(Term part) const { return settled(done_.at(part.node())); }

  Term rebuild(const Node& node) {
    switch (node.op) {
      case Op::kConstant: return store_.constant(node.value, node.sort);
      case Op::kVariable: {
        const std::string& name = node.store->name(Term(&node));
        const auto value = values_.find(name);
        return value == values_.end() ? store_.variable(name, node.sort) : store_.constant(value->second, node.sort);
      }
      case Op::kNot: return !of(node.a);
      case Op::kAnd: return of(node.a) && of(node.b);
      case Op::kOr: return of(node.a) || of(node.b);
      case Op::kIte: return store_.ite(of(node.a), of(node.b), of(node.c));
      case Op::kEqual: return of(node.a).equals(of(node.b));
      case Op::kTruncate:
      case Op::kZeroExtend:
      case Op::kSignExtend: return store_.resize(node.op, of(node.a), node.sort.width);
      default: return store_.apply(node.op, of(node.a), node.b.valid() ? of(node.b) : Term());
    }
  }

  const Values& values_;
  TermStore& store_;
  std::uint64_t& rebuilds_left_;
  Ranges ranges_;
  std::unordered_map<const Node*, Term> done_;
  std::unordered_map<const Node*, bool> known_;
};

}  // namespace

std::vector<Term> specialise(const std::vector<Term>& assertions, const Values& values, TermStore& store) {
  std::vector<Term> units = assertions;
  std::uint64_t rebuilds_left = kRebuilds;
  for (int round = 0; round < kRounds; ++round) {  // forwards, then backwards: a conjunct may be known only after those that it simplifies
    std::vector<Term> next = Specialiser(values, store, rebuilds_left).run(units);
    if (next.size() == 1 && next[0].is_false()) return next;
    std::reverse(next.begin(), next.end());
    units = std::move(next);
  }
  if (kRounds % 2 == 1) std::reverse(units.begin(), units.end());
  return units;
}

}  // namespace assay::solver::smt
