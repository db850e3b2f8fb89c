#include "analysis/inference/expression_search.h"

#include <fmt/format.h>
#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <unordered_map>

namespace assay::analysis {
namespace {

using Values = std::vector<std::int32_t>;

std::size_t hash_of(const Values& values) {
  std::uint64_t hash = 1469598103934665603ull;
  for (std::int32_t value : values) hash = (hash ^ static_cast<std::uint32_t>(value)) * 1099511628211ull;
  return static_cast<std::size_t>(hash ^ (hash >> 29));
}

constexpr TermOp kBinaryOps[] = {TermOp::kAdd,     TermOp::kSubtract, TermOp::kMultiply, TermOp::kDivide, TermOp::kRemainder,
                                 TermOp::kMaximum, TermOp::kMinimum,  TermOp::kLess,     TermOp::kEqual};
/// The index of join_sums looks at so many rows that `% c` has up to kMostKeys keys, and `/ c` up to kMostQuotients sums per lookup.
constexpr std::size_t kMostKeys = 10'000'000, kMostQuotients = 1'000;

std::uint64_t mix(std::uint64_t key, std::int64_t value) {
  key = (key ^ static_cast<std::uint64_t>(value)) * 0x9e3779b97f4a7c15ull;
  return key ^ (key >> 32);
}

constexpr TermOp kTripOps[] = {TermOp::kTripLess, TermOp::kTripLessEqual, TermOp::kTripNotEqual};

bool commutes(TermOp op) {
  return op == TermOp::kAdd || op == TermOp::kMultiply || op == TermOp::kMaximum || op == TermOp::kMinimum || op == TermOp::kEqual;
}

/// What may stand around a pair: nothing (kConstant), `% constant` or `/ constant`.
struct Outer {
  TermOp op = TermOp::kConstant;
  std::int32_t constant = 1;
  std::int32_t of(std::int32_t value) const {
    if (op == TermOp::kConstant) return value;
    return op == TermOp::kDivide ? value / constant : value % constant;
  }
};

/// Searches one case: all rows of one branch.
class CaseSearch {
 public:
  CaseSearch(TermPool& pool, const std::vector<SearchRow>& rows, const SearchOptions& options, Session& session)
      : pool_(pool), rows_(rows), options_(options), session_(session) {
    for (const SearchRow& row : rows) target_.push_back(row.answer);
    seen_.reserve(4096);
    outers_.push_back({});
    for (std::int32_t constant : options.constants)
      if (constant > 1 && outers_.size() < 60) {
        outers_.push_back({TermOp::kRemainder, constant});
        outers_.push_back({TermOp::kDivide, constant});
      }
  }

  std::optional<int> run() {
    add_leaves();
    for (int size = 1; size <= options_.most_size && !found_; ++size) {
      if (size > 1) grow(size);
      if (session_.cancelled() || full()) break;
      complete_to_ = size;
    }
    if (!found_) combine();
    return found_;
  }
  int complete_to() const { return complete_to_; }
  std::size_t tried() const { return tried_; }

 private:
  bool full() const { return kept_.size() >= options_.most_terms; }
  const Values& values(int kept) const { return kept_values_[static_cast<std::size_t>(kept)]; }

  /// Evaluates an operator on all rows into scratch_; false if it is undefined on one of them.
  bool evaluate(const Term& term, const Values* a, const Values* b, const Values* c) {
    ++tried_;
    if (a && b && !c) return TermPool::apply_rows(term.op, *a, *b, scratch_);
    scratch_.resize(rows_.size());
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      auto value = pool_.apply(term, rows_[row].inputs, a ? (*a)[row] : 0, b ? (*b)[row] : 0, c ? (*c)[row] : 0);
      if (!value) return false;
      scratch_[row] = *value;
    }
    return true;
  }

  /// Keeps the term if its behaviour is new.
  void offer(Term term, const Values* a, const Values* b, const Values* c) {
    if (found_ || full() || !evaluate(term, a, b, c)) return;
    const std::size_t hash = hash_of(scratch_);
    const auto [first, last] = seen_.equal_range(hash);
    if (std::any_of(first, last, [&](const auto& entry) { return values(entry.second) == scratch_; })) return;
    const int index = static_cast<int>(kept_.size());
    seen_.emplace(hash, index);
    kept_.push_back(pool_.add(term));
    by_size_[static_cast<std::size_t>(term.size)].push_back(index);
    kept_values_.push_back(scratch_);
    if (scratch_ == target_) found_ = kept_.back();
  }

  void add_leaves() {
    by_size_.resize(static_cast<std::size_t>(options_.most_size) + 1);
    const auto& columns = pool_.columns();
    for (int column = 0; column < static_cast<int>(columns.size()); ++column) {
      const int length = columns[static_cast<std::size_t>(column)].length;
      if (length == 0) offer({.op = TermOp::kInput, .a = column}, nullptr, nullptr, nullptr);
      for (int i = 0; i < length; ++i) offer({.op = TermOp::kElement, .a = column, .b = i}, nullptr, nullptr, nullptr);
      if (length > 0)
        for (TermOp fold : {TermOp::kArraySum, TermOp::kArrayMaximum, TermOp::kArrayMinimum})
          offer({.op = fold, .a = column}, nullptr, nullptr, nullptr);
    }
    for (std::int32_t constant : options_.constants) offer({.op = TermOp::kConstant, .constant = constant}, nullptr, nullptr, nullptr);
  }

  void grow(int size) {
    grow_array_terms(size);
    for (int left = size - 2; left >= 1; --left) {  // a small right operand first: `term / 10`
      const int right = size - 1 - left;
      for (int i : by_size_[static_cast<std::size_t>(left)]) {
        if (session_.cancelled()) return;
        for (int j : by_size_[static_cast<std::size_t>(right)])
          for (TermOp op : kBinaryOps) {
            if (commutes(op) && j < i) continue;
            offer({.op = op, .a = kept_[static_cast<std::size_t>(i)], .b = kept_[static_cast<std::size_t>(j)], .size = size}, &values(i), &values(j),
                  nullptr);
            if (found_ || full()) return;
          }
      }
    }
    if (size == 4) grow_trips();
  }

  void grow_array_terms(int size) {
    const auto& columns = pool_.columns();
    const std::vector<int> arguments = by_size_[static_cast<std::size_t>(size - 1)];
    for (int keys = 0; keys < static_cast<int>(columns.size()); ++keys) {
      if (columns[static_cast<std::size_t>(keys)].length == 0) continue;
      for (int query : arguments) {
        const int term = kept_[static_cast<std::size_t>(query)];
        offer({.op = TermOp::kArrayCount, .a = keys, .b = term, .size = size}, nullptr, &values(query), nullptr);
        for (int found = 0; found < static_cast<int>(columns.size()); ++found)
          if (found != keys && columns[static_cast<std::size_t>(found)].length == columns[static_cast<std::size_t>(keys)].length)
            for (TermOp op : {TermOp::kLastMatch, TermOp::kFirstMatch})
              for (std::int32_t none : options_.match_defaults)
                offer({.op = op, .a = keys, .b = found, .c = term, .constant = none, .size = size}, nullptr, nullptr, &values(query));
      }
    }
  }

  void grow_trips() {
    const std::vector<int> leaves = by_size_[1];
    for (int i : leaves)
      for (int j : leaves)
        for (int k : leaves)
          for (TermOp op : kTripOps)
            offer({.op = op,
                   .a = kept_[static_cast<std::size_t>(i)],
                   .b = kept_[static_cast<std::size_t>(j)],
                   .c = kept_[static_cast<std::size_t>(k)],
                   .size = 4},
                  &values(i), &values(j), &values(k));
  }

  /// Pairs of kept terms under one more operator, alone or under `% c` and `/ c`, without keeping them; smaller terms first.
  void combine() {
    for (std::size_t i = 0; i < kept_.size() && i < options_.most_pair_terms && !session_.cancelled(); ++i)
      for (std::size_t j = 0; j <= i; ++j)
        for (TermOp op : kBinaryOps)
          if (try_pair(op, static_cast<int>(j), static_cast<int>(i)) || (!commutes(op) && try_pair(op, static_cast<int>(i), static_cast<int>(j))))
            return;
    if (!rows_.empty())
      for (const Outer& outer : outers_)
        if (outer.op != TermOp::kConstant && join_sums(outer)) return;
  }

  /// Finds u + v with `outer(u + v) == target` without trying all pairs: v is looked up by what its first rows must be.
  bool join_sums(const Outer& outer) {
    const bool remainder = outer.op == TermOp::kRemainder;
    std::size_t key_rows = 0, residues = 1;  // c^key_rows
    while (key_rows < rows_.size() && residues * static_cast<std::size_t>(outer.constant) <= (remainder ? kMostKeys : kMostQuotients)) {
      residues *= static_cast<std::size_t>(outer.constant);
      ++key_rows;
    }
    auto reduce = [&](std::int64_t value) { return remainder ? ((value % outer.constant) + outer.constant) % outer.constant : value; };
    std::unordered_map<std::uint64_t, std::vector<int>> by_key;  // collisions are harmless: try_pair decides
    for (std::size_t v = 0; v < kept_.size(); ++v) {
      std::uint64_t key = 0;
      for (std::size_t row = 0; row < key_rows; ++row) key = mix(key, reduce(kept_values_[v][row]));
      by_key[key].push_back(static_cast<int>(v));
    }
    auto try_key = [&](std::uint64_t key, int u) {
      const auto bucket = by_key.find(key);
      if (bucket == by_key.end()) return false;
      return std::any_of(bucket->second.begin(), bucket->second.end(), [&](int v) { return try_pair(TermOp::kAdd, u, v); });
    };
    for (std::size_t u = 0; u < kept_.size() && u < options_.most_join_terms && !session_.cancelled(); ++u) {
      const Values& known = kept_values_[u];
      // Under `/ c` each row's sum may be any of c values: `choice` holds which, as digits to base c.
      for (std::size_t choice = 0; choice < (remainder ? 1 : residues); ++choice) {
        std::uint64_t key = 0;
        std::size_t digits = choice;
        for (std::size_t row = 0; row < key_rows; ++row) {
          const std::int64_t sum =
              remainder ? target_[row]
                        : std::int64_t{outer.constant} * target_[row] + static_cast<std::int64_t>(digits % static_cast<std::size_t>(outer.constant));
          digits /= static_cast<std::size_t>(outer.constant);
          key = mix(key, reduce(sum - known[row]));
        }
        if (try_key(key, static_cast<int>(u))) return true;
      }
    }
    return false;
  }

  /// Narrows the set of outer operators under which `i op j` answers every row so far; most pairs fall out at the first row.
  bool try_pair(TermOp op, int i, int j) {
    ++tried_;
    const std::vector<Outer>& outers = outers_;
    std::uint64_t fitting = (std::uint64_t{1} << outers.size()) - 1;
    const Values &a = values(i), &b = values(j);
    for (std::size_t row = 0; row < target_.size() && fitting; ++row) {
      const auto value = pool_.apply({.op = op}, rows_[row].inputs, a[row], b[row], 0);
      if (!value) return false;
      for (std::size_t k = 0; k < outers.size(); ++k)
        if ((fitting >> k & 1) && outers[k].of(*value) != target_[row]) fitting &= ~(std::uint64_t{1} << k);
    }
    if (!fitting) return false;
    keep_pair(op, i, j, outers[static_cast<std::size_t>(std::countr_zero(fitting))]);
    return true;
  }

  void keep_pair(TermOp op, int i, int j, const Outer& outer) {
    const int a = kept_[static_cast<std::size_t>(i)], b = kept_[static_cast<std::size_t>(j)];
    const int size = pool_[a].size + pool_[b].size + 1;
    int term = pool_.add({.op = op, .a = a, .b = b, .size = size});
    if (outer.op != TermOp::kConstant) {
      const int constant = pool_.add({.op = TermOp::kConstant, .constant = outer.constant});
      term = pool_.add({.op = outer.op, .a = term, .b = constant, .size = size + 2});
    }
    found_ = term;
  }

  TermPool& pool_;
  const std::vector<SearchRow>& rows_;
  const SearchOptions& options_;
  Session& session_;
  Values target_;
  std::vector<int> kept_;
  std::vector<Values> kept_values_;
  std::vector<std::vector<int>> by_size_;
  Values scratch_;
  std::unordered_multimap<std::size_t, int> seen_;  ///< by hash of the values; looked up only, never walked
  std::vector<Outer> outers_;
  std::optional<int> found_;
  int complete_to_ = 0;
  std::size_t tried_ = 0;
};

/// Copies a term with its children into another pool, each equal term once.
int transplant(const TermPool& from, int index, TermPool& to) {
  Term term = from[index];
  if (child_a_is_term(term.op)) term.a = transplant(from, term.a, to);
  if (child_b_is_term(term.op)) term.b = transplant(from, term.b, to);
  if (child_c_is_term(term.op)) term.c = transplant(from, term.c, to);
  for (int known = 0; known < to.count(); ++known)
    if (to[known].op == term.op && to[known].a == term.a && to[known].b == term.b && to[known].c == term.c && to[known].constant == term.constant)
      return known;
  return to.add(term);
}

class ProgramSearch {
 public:
  ProgramSearch(const std::vector<InputColumn>& columns, const SearchOptions& options, Session& session)
      : columns_(columns), full_(options), options_(options), session_(session) {}

  /// Shallow terms first over every case split, then deep ones: a split is often cheaper than one deep term. A later round, which
  /// has more rows, starts where the last one succeeded, since what failed on fewer rows fails again.
  std::optional<FoundProgram> fit(const std::vector<SearchRow>& rows) {
    std::vector<Attempt> attempts;
    const int shallow = std::min(4, full_.most_size), count = static_cast<int>(columns_.size());
    for (int column = -1; column < count; ++column) attempts.push_back({shallow, column});
    for (int column = 0; column <= count; ++column) attempts.push_back({full_.most_size, column < count ? column : -1});
    std::erase_if(attempts,
                  [&](const Attempt& attempt) { return attempt.column >= 0 && columns_[static_cast<std::size_t>(attempt.column)].length != 0; });
    for (; next_attempt_ < attempts.size(); ++next_attempt_, known_.clear()) {
      const auto [size, column] = attempts[next_attempt_];
      options_.most_size = size;
      options_.most_pair_terms = size == full_.most_size ? full_.most_pair_terms : full_.most_pair_terms / 4;
      if (auto candidate = fit_split(rows, column)) return candidate;
    }
    return std::nullopt;
  }

 private:
  std::size_t position(int column) const {
    std::size_t at = 0;
    for (int i = 0; i < column; ++i) at += static_cast<std::size_t>(std::max(columns_[static_cast<std::size_t>(i)].length, 1));
    return at;
  }

  std::optional<FoundProgram> fit_split(const std::vector<SearchRow>& rows, int split) {
    std::set<std::int32_t> values = {0};
    if (split >= 0) {
      values.clear();
      for (const SearchRow& row : rows) values.insert(row.inputs[position(split)]);
      if (values.size() < 2 || static_cast<int>(values.size()) > options_.most_case_values) return std::nullopt;
    }
    FoundProgram program{.pool = TermPool(columns_, options_.trip_limit), .complete_to = options_.most_size};
    for (std::int32_t value : values) {
      std::vector<SearchRow> branch;
      for (const SearchRow& row : rows)
        if (split < 0 || row.inputs[position(split)] == value) branch.push_back(row);
      const KnownCase* found = find_case(branch, value);
      program.terms_tried = tried_;
      if (!found) return std::nullopt;
      program.complete_to = std::min(program.complete_to, found->complete_to);
      program.cases.push_back({split, value, transplant(found->pool, found->term, program.pool)});
      program.size += found->pool[found->term].size;
    }
    return program;
  }

  /// The smallest term for a branch, remembered from the last round while it still answers: what is smallest on fewer rows and answers
  /// more of them is smallest on these too.
  struct KnownCase {
    TermPool pool;
    int term = -1, complete_to = 0;
  };
  const KnownCase* find_case(const std::vector<SearchRow>& branch, std::int32_t value) {
    const auto known = known_.find(value);
    const auto answers = [&](const SearchRow& row) { return known->second.pool.evaluate(known->second.term, row.inputs) == row.answer; };
    if (known != known_.end() && std::all_of(branch.begin(), branch.end(), answers)) return &known->second;
    TermPool scratch(columns_, options_.trip_limit);
    CaseSearch search(scratch, branch, options_, session_);
    const std::optional<int> term = search.run();
    tried_ += search.tried();
    if (!term) return nullptr;
    KnownCase fresh{TermPool(columns_, options_.trip_limit), -1, search.complete_to()};
    fresh.term = transplant(scratch, *term, fresh.pool);
    return &known_.insert_or_assign(value, std::move(fresh)).first->second;
  }

  struct Attempt {
    int size;
    int column;
  };
  const std::vector<InputColumn>& columns_;
  const SearchOptions full_;
  SearchOptions options_;  ///< of the attempt at hand
  Session& session_;
  std::size_t next_attempt_ = 0;
  std::map<std::int32_t, KnownCase> known_;  ///< of the attempt at hand, by the split column's value
  std::size_t tried_ = 0;
};

std::size_t column_position(const TermPool& pool, int column) {
  std::size_t at = 0;
  for (int i = 0; i < column; ++i) at += static_cast<std::size_t>(std::max(pool.columns()[static_cast<std::size_t>(i)].length, 1));
  return at;
}

}  // namespace

std::optional<std::int32_t> FoundProgram::answer(const InputRow& row) const {
  for (const FoundCase& branch : cases)
    if (branch.split < 0 || row[column_position(pool, branch.split)] == branch.value) return pool.evaluate(branch.term, row);
  return std::nullopt;
}

Result<FoundProgram> search_program(const std::vector<InputColumn>& columns, std::vector<SearchRow> sample, const WholeDomainCheck& check,
                                    const SearchOptions& options, Session& session) {
  ProgramSearch search(columns, options, session);
  for (int round = 1; round <= options.most_rounds; ++round) {
    session.progress.step(static_cast<std::uint64_t>(round));
    std::optional<FoundProgram> candidate = search.fit(sample);
    if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted during the search", "run the command again"});
    if (!candidate)
      return fail({ErrorKind::kBudget,
                   fmt::format("no program of the grammar with terms to size {} answers {} sampled inputs as the network does", options.most_size,
                               sample.size()),
                   "raise --size, or state the program in a hypothesis"});
    candidate->rounds = round;
    Result<std::vector<SearchRow>> differences = check(*candidate);
    if (!differences) return fail(differences.error());
    if (differences->empty()) return std::move(*candidate);
    sample.insert(sample.end(), differences->begin(), differences->end());
  }
  return fail({ErrorKind::kBudget, fmt::format("no program found in {} rounds of counterexamples", options.most_rounds),
               "state the program in a hypothesis"});
}

}  // namespace assay::analysis
