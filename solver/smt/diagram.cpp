#include "solver/smt/diagram.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <span>

#include "solver/smt/fold.h"
#include "solver/smt/ranges.h"
#include "solver/smt/specialise.h"

namespace assay::solver::smt {
namespace {

using Id = std::uint32_t;
constexpr std::uint32_t kTerminal = ~std::uint32_t{0};

constexpr std::size_t kMostValues = 256;  // of one variable

std::size_t mixed(std::size_t hash, std::size_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
  return hash ^ (hash >> 29);
}

struct Triple {
  Id a, b, c;
  bool operator==(const Triple&) const = default;
};

/// Results of one operator: open addressing, and forgotten at once by a new stamp.
class Memo {
 public:
  const Id* find(const Triple& key) const {
    for (std::size_t at = hash(key) & mask();; at = (at + 1) & mask()) {
      if (slots_[at].stamp != stamp_) return nullptr;
      if (slots_[at].key == key) return &slots_[at].value;
    }
  }
  void add(const Triple& key, Id value) {
    if (++used_ * 2 > slots_.size()) grow();
    place({key, value, stamp_});
  }
  void forget() {
    ++stamp_;
    used_ = 0;
  }

 private:
  struct Slot {
    Triple key{};
    Id value = 0;
    std::uint32_t stamp = 0;
  };
  static std::size_t hash(const Triple& key) { return mixed(mixed(key.a + 1, key.b), key.c); }
  std::size_t mask() const { return slots_.size() - 1; }
  void place(const Slot& slot) {
    std::size_t at = hash(slot.key) & mask();
    while (slots_[at].stamp == stamp_) at = (at + 1) & mask();
    slots_[at] = slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.stamp == stamp_) place(slot);
  }

  std::vector<Slot> slots_ = std::vector<Slot>(1024);
  std::size_t used_ = 0;
  std::uint32_t stamp_ = 1;
};

/// Value of an operator on numbers; absent where 128 bits do not hold it.
std::optional<Wide> apply_to_values(const Node& node, Wide a, Wide b, Wide c) {
  switch (node.op) {
    case Op::kNot: return !a;
    case Op::kAnd: return a && b;
    case Op::kOr: return a || b;
    case Op::kIte: return a ? b : c;
    case Op::kEqual: return a == b;
    default: return fold(node.op, node.a.sort(), node.sort.width, a, b);
  }
}

struct Domain {
  Term variable;
  std::vector<Wide> values;  ///< as terms have them: bit-vectors unsigned
};

/// Diagrams over variables in a fixed order; equal diagrams are one node.
class Diagrams {
 public:
  Diagrams(const std::vector<Domain>& domains, std::uint64_t steps, std::size_t edges) : domains_(domains), most_edges_(edges), steps_left_(steps) {
    for (std::uint32_t level = 0; level < domains.size(); ++level) levels_[domains[level].variable.node()] = level;
  }

  bool failed() const { return failed_; }
  std::uint64_t steps_left() const { return steps_left_; }
  Id yes() { return terminal(1); }
  Id no() { return terminal(0); }

  Id of(Term root) {
    for (const Node* node : in_order({root})) {
      if (failed_) return 0;
      if (!built_.contains(node)) built_.emplace(node, build(*node));
    }
    return failed_ ? 0 : built_.at(root.node());
  }

  Id both(Id a, Id b) {
    static const Node kAnd{.op = Op::kAnd, .sort = Sort::boolean()};
    memo_.forget();
    return apply(kAnd, a, b, 0, 2);
  }

  /// Values of the variables on one way to a terminal that is not 0.
  void find_model(Id id, Model& model) const {
    while (nodes_[id].level != kTerminal) {
      const Domain& domain = domains_[nodes_[id].level];
      for (std::size_t i = 0; i < domain.values.size(); ++i) {
        const Id next = children_[nodes_[id].first + i];
        if (nodes_[next].level == kTerminal && nodes_[next].value == 0) continue;  // every other node leads to a terminal that is not 0
        model.set(domain.variable->store->name(domain.variable), domain.values[i]);
        id = next;
        break;
      }
    }
  }

 private:
  struct Vertex {
    std::uint32_t level = kTerminal;
    std::size_t first = 0;  ///< children_ from here on, one for each value
    Wide value = 0;         ///< of a terminal
  };

  Id terminal(Wide value) {
    const auto [entry, added] = terminals_.emplace(value, static_cast<Id>(nodes_.size()));
    if (added) nodes_.push_back({kTerminal, 0, value});
    return entry->second;
  }

  static std::size_t hash(std::uint32_t level, std::span<const Id> children) {
    std::size_t hash = level;
    for (Id child : children) hash = mixed(hash, child);
    return hash;
  }
  std::span<const Id> children_of(const Vertex& vertex) const {
    return std::span(children_).subspan(vertex.first, domains_[vertex.level].values.size());
  }

  Id vertex(std::uint32_t level, std::span<const Id> children) {
    if (std::all_of(children.begin(), children.end(), [&](Id child) { return child == children.front(); })) return children.front();
    if (nodes_.size() * 2 > unique_.size()) grow();
    std::size_t at = hash(level, children) & (unique_.size() - 1);
    for (; unique_[at] != kTerminal; at = (at + 1) & (unique_.size() - 1)) {
      const Vertex& other = nodes_[unique_[at]];
      if (other.level == level && std::ranges::equal(children, children_of(other))) return unique_[at];
    }
    const Id id = static_cast<Id>(nodes_.size());
    unique_[at] = id;
    failed_ = failed_ || children_.size() > most_edges_;
    nodes_.push_back({level, children_.size(), 0});
    children_.insert(children_.end(), children.begin(), children.end());
    return id;
  }

  void grow() {
    unique_.assign(unique_.size() * 2, kTerminal);
    for (Id id = 0; id < nodes_.size(); ++id) {
      if (nodes_[id].level == kTerminal) continue;
      std::size_t at = hash(nodes_[id].level, children_of(nodes_[id])) & (unique_.size() - 1);
      while (unique_[at] != kTerminal) at = (at + 1) & (unique_.size() - 1);
      unique_[at] = id;
    }
  }

  Id build(const Node& node) {
    if (node.op == Op::kConstant) return terminal(node.value);
    if (node.op == Op::kVariable) {
      const std::uint32_t level = levels_.at(&node);
      std::vector<Id> children;
      for (Wide value : domains_[level].values) children.push_back(terminal(value));
      return vertex(level, children);
    }
    memo_.forget();
    const Id a = built_.at(node.a.node()), b = node.b.valid() ? built_.at(node.b.node()) : 0, c = node.c.valid() ? built_.at(node.c.node()) : 0;
    return apply(node, a, b, c, node.c.valid() ? 3 : node.b.valid() ? 2 : 1);
  }

  bool is(Id id, Wide value) const { return nodes_[id].level == kTerminal && nodes_[id].value == value; }

  /// What needs no descent.
  std::optional<Id> at_once(const Node& node, Id a, Id b, Id c) {
    switch (node.op) {
      case Op::kAnd:
        if (is(a, 0) || is(b, 1) || a == b) return a;
        if (is(b, 0) || is(a, 1)) return b;
        break;
      case Op::kOr:
        if (is(a, 1) || is(b, 0) || a == b) return a;
        if (is(b, 1) || is(a, 0)) return b;
        break;
      case Op::kIte:
        if (b == c || is(a, 1)) return b;
        if (is(a, 0)) return c;
        break;
      default: break;
    }
    return std::nullopt;
  }

  Id apply(const Node& node, Id a, Id b, Id c, int arity) {
    if (failed_) return 0;
    if (const std::optional<Id> known = at_once(node, a, b, c)) return *known;
    const Triple key{a, b, c};
    if (const Id* known = memo_.find(key)) return *known;
    std::uint32_t level = nodes_[a].level;
    if (arity > 1) level = std::min(level, nodes_[b].level);
    if (arity > 2) level = std::min(level, nodes_[c].level);
    const std::uint64_t steps = level == kTerminal ? 1 : domains_[level].values.size();
    if (steps_left_ < steps) {
      failed_ = true;
      return 0;
    }
    steps_left_ -= steps;
    const Id result = level == kTerminal ? at_terminals(node, a, b, c, arity) : below(node, a, b, c, arity, level);
    memo_.add(key, result);
    return result;
  }

  Id at_terminals(const Node& node, Id a, Id b, Id c, int arity) {
    const std::optional<Wide> value = apply_to_values(node, nodes_[a].value, arity > 1 ? nodes_[b].value : 0, arity > 2 ? nodes_[c].value : 0);
    failed_ = failed_ || !value;
    return value ? terminal(*value) : 0;
  }

  Id below(const Node& node, Id a, Id b, Id c, int arity, std::uint32_t level) {
    auto child = [&](Id id, std::size_t i) { return nodes_[id].level == level ? children_[nodes_[id].first + i] : id; };
    const std::size_t count = domains_[level].values.size();
    Id children[kMostValues];
    for (std::size_t i = 0; i < count && !failed_; ++i)
      children[i] = apply(node, child(a, i), arity > 1 ? child(b, i) : 0, arity > 2 ? child(c, i) : 0, arity);
    return failed_ ? 0 : vertex(level, std::span<const Id>(children, count));
  }

  const std::vector<Domain>& domains_;
  std::unordered_map<const Node*, std::uint32_t> levels_;
  std::vector<Vertex> nodes_;
  std::vector<Id> children_;
  std::map<Wide, Id> terminals_;
  std::vector<Id> unique_ = std::vector<Id>(1024, kTerminal);  ///< open addressing
  std::unordered_map<const Node*, Id> built_;
  Memo memo_;  ///< of the operator at hand
  std::size_t most_edges_;
  std::uint64_t steps_left_;
  bool failed_ = false;
};

/// One query, case by case.
class Decision {
 public:
  explicit Decision(const DiagramLimits& limits) : limits_(limits), steps_left_(limits.steps) {}

  Answer run(const std::vector<Term>& assertions) {
    const auto start = std::chrono::steady_clock::now();
    Answer answer;
    answer.by_folding = std::any_of(assertions.begin(), assertions.end(), [](Term assertion) { return assertion.is_false(); });
    const Outcome outcome = answer.by_folding ? Outcome::kNone : decide(assertions, {}, limits_.depth);
    if (outcome == Outcome::kNone) answer.satisfiable = Satisfiable::kNo;
    if (outcome == Outcome::kFound && satisfies(assertions)) {
      answer.satisfiable = Satisfiable::kYes;
      answer.model = std::move(model_);
    }
    if (answer.satisfiable == Satisfiable::kUnknown) answer.limit = outcome == Outcome::kSteps ? Limit::kRlimit : Limit::kIncomplete;
    answer.detail = "decision diagrams";
    answer.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return answer;
  }

 private:
  enum class Outcome { kNone, kFound, kSteps, kShape };

  Outcome decide(const std::vector<Term>& assertions, const Values& values, int depth) {
    TermStore store;
    const std::vector<Term> units = specialise(assertions, values, store);
    if (units.size() == 1 && units[0].is_false()) return Outcome::kNone;
    const Ranges ranges(units);
    if (ranges.contradictory()) return Outcome::kNone;
    std::vector<Domain> domains;
    bool all_small = true;
    const std::vector<const Node*> nodes = in_order(units);
    for (const Node* node : nodes)
      if (node->op == Op::kVariable) all_small = add_domain(Term(node), ranges, domains) && all_small;
    if (all_small) return decide_small(units, domains, values);
    const std::optional<Domain> split = depth > 0 ? most_used(nodes, domains) : std::nullopt;
    return split ? try_values(units, values, *split, depth) : Outcome::kShape;
  }

  Outcome try_values(const std::vector<Term>& units, const Values& values, const Domain& split, int depth) {
    for (Wide value : split.values) {
      Values more = values;
      more[split.variable->store->name(split.variable)] = value;
      if (const Outcome outcome = decide(units, more, depth - 1); outcome != Outcome::kNone) return outcome;
    }
    return Outcome::kNone;
  }

  bool add_domain(Term variable, const Ranges& ranges, std::vector<Domain>& domains) const {
    const std::optional<Range> range = ranges.of(variable);
    if (!range || range->high - range->low >= static_cast<Wide>(kMostValues)) return false;
    Domain domain{variable, {}};
    for (Wide value = range->low; value <= range->high; ++value) domain.values.push_back(variable->store->constant(value, variable.sort()).value());
    domains.push_back(std::move(domain));
    return true;
  }

  /// The variable that most terms use: of a program over a sequence, its length.
  static std::optional<Domain> most_used(const std::vector<const Node*>& nodes, const std::vector<Domain>& domains) {
    std::unordered_map<const Node*, int> uses;
    for (const Node* node : nodes)
      for (Term part : {node->a, node->b, node->c})
        if (part.valid() && part->op == Op::kVariable) ++uses[part.node()];
    const auto most = std::max_element(domains.begin(), domains.end(),
                                       [&](const Domain& a, const Domain& b) { return uses[a.variable.node()] < uses[b.variable.node()]; });
    return most == domains.end() ? std::nullopt : std::optional<Domain>(*most);
  }

  Outcome decide_small(const std::vector<Term>& units, const std::vector<Domain>& domains, const Values& values) {
    Diagrams diagrams(domains, steps_left_, limits_.edges);
    Id all = diagrams.yes();
    const Id nothing = diagrams.no();
    for (Term unit : units) {
      all = diagrams.both(all, diagrams.of(unit));
      if (diagrams.failed() || all == nothing) break;
    }
    steps_left_ = diagrams.steps_left();
    if (diagrams.failed()) return Outcome::kSteps;
    if (all == nothing) return Outcome::kNone;
    for (const auto& [name, value] : values) model_.set(name, value);
    for (const Domain& domain : domains) model_.set(domain.variable->store->name(domain.variable), domain.values.front());
    diagrams.find_model(all, model_);
    return Outcome::kFound;
  }

  bool satisfies(const std::vector<Term>& assertions) {
    return std::all_of(assertions.begin(), assertions.end(), [&](Term assertion) { return model_.holds(assertion); });
  }

  const DiagramLimits limits_;
  std::uint64_t steps_left_;
  Model model_;
};

}  // namespace

Answer solve_by_diagrams(const std::vector<Term>& assertions, const DiagramLimits& limits) { return Decision(limits).run(assertions); }

}  // namespace assay::solver::smt
