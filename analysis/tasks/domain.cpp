#include "analysis/tasks/domain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "base/hash.h"

namespace assay::analysis {

int DomainSpec::input_length() const {
  if (prompts) return prompts->longest();
  return is_tree() ? max_length + static_cast<int>(end.size()) : static_cast<int>(elements.size());
}

int Domain::depth() const { return spec_.input_length() + (spec_.scored == Scored::kAnswer ? spec_.answers - 1 : 0); }

std::size_t Domain::input_part(std::span<const TokenId> prefix) const {
  if (spec_.prompts) return prefix.size();
  if (!spec_.is_tree()) return std::min(prefix.size(), spec_.elements.size());
  if (spec_.end.empty()) return prefix.size();
  return static_cast<std::size_t>(std::find(prefix.begin(), prefix.end(), spec_.end.front()) - prefix.begin());
}

bool Domain::complete(std::span<const TokenId> prefix) const {
  if (spec_.prompts) return spec_.prompts->find(prefix) != nullptr;
  if (!spec_.is_tree()) return prefix.size() >= spec_.elements.size();
  const std::size_t length = input_part(prefix);
  return static_cast<int>(length) >= spec_.min_length && prefix.size() >= length + spec_.end.size();
}

int Domain::step(std::span<const TokenId> prefix) const {
  if (spec_.prompts) return 0;
  const std::size_t input = spec_.is_tree() ? input_part(prefix) + spec_.end.size() : spec_.elements.size();
  return prefix.size() > input ? static_cast<int>(prefix.size() - input) : 0;
}

bool Domain::scored(std::span<const TokenId> prefix) const {
  if (prefix.empty() && spec_.start.empty()) return false;
  if (!spec_.is_tree() && !spec_.prompts && spec_.scored == Scored::kEvery) {
    if (prefix.empty()) return false;
  } else if (!complete(prefix)) {
    return false;
  }
  if (const int at = step(prefix); at > 0) {
    if (at >= spec_.answers) return false;
    if (spec_.until && prefix.back() == *spec_.until) return false;
  }
  return !membership_ || is_member(prefix);
}

std::uint64_t Domain::legal_mask(std::span<const TokenId> prefix) const {
  const std::uint64_t all = spec_.alphabet.size() >= 64 ? ~0ull : (1ull << spec_.alphabet.size()) - 1;
  if (!spec_.legal) return all;
  if (failed_) return 0;
  std::vector<std::int64_t> values;
  for (const TokenId token : prefix) {
    const auto at = std::find(spec_.alphabet.begin(), spec_.alphabet.end(), token);
    values.push_back(at == spec_.alphabet.end() ? -1 : spec_.alphabet_values[static_cast<std::size_t>(at - spec_.alphabet.begin())]);
  }
  if (values.empty()) values.push_back(0);  // a null array has no first element to point to; the function sees n = 0
  const std::array<std::int64_t, 1> scalars = {static_cast<std::int64_t>(prefix.size())};
  const std::array<std::span<const std::int64_t>, 1> arrays = {std::span<const std::int64_t>(values)};
  std::int64_t mask = 0;
  if (spec_.legal->interpreter().run_integers(spec_.legal->id(), scalars, arrays, mask)) return static_cast<std::uint64_t>(mask) & all;
  const std::array<program::Argument, 2> arguments = {program::Argument::array(values), program::Argument::scalar(scalars[0])};
  const program::RunResult run = spec_.legal->interpreter().run(spec_.legal->id(), arguments);
  record_failure(fmt::format("the legal function '{}' gives no answer on a prefix of length {}: {}", spec_.legal->function().name, prefix.size(),
                             describe_failure(*spec_.legal, arguments, run)),
                 "correct the legal function");
  return 0;
}

bool Domain::is_member(std::span<const TokenId> prefix) const {
  if (failed_) return false;
  const Result<bool> inside = membership_(prefix);
  if (!inside) record_failure(inside.error().message, inside.error().remedy);
  return inside && *inside;
}

void Domain::record_failure(std::string message, std::string remedy) const {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = Error{ErrorKind::kInput, std::move(message), std::move(remedy)};
  failed_ = true;
}

std::optional<Error> Domain::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Domain::product_children(std::span<const TokenId> prefix, Tokens& next) const {
  const Element& element = spec_.elements[prefix.size()];
  if (element.slot < 0) {
    next.push_back(element.literal);
    return;
  }
  const Slot& slot = spec_.slots[static_cast<std::size_t>(element.slot)];
  if (!slot.distinct) {
    next.insert(next.end(), slot.symbols.begin(), slot.symbols.end());
    return;
  }
  for (const TokenId symbol : slot.symbols) {
    bool used = false;
    for (std::size_t i = 0; i < prefix.size() && !used; ++i) used = spec_.elements[i].slot == element.slot && prefix[i] == symbol;
    if (!used) next.push_back(symbol);
  }
}

void Domain::tree_children(std::span<const TokenId> prefix, Tokens& next) const {
  const std::size_t length = input_part(prefix);
  if (length < prefix.size()) {  // within `end`
    next.push_back(spec_.end[prefix.size() - length]);
    return;
  }
  if (static_cast<int>(length) < spec_.max_length) {
    const std::uint64_t legal = legal_mask(prefix);
    for (std::size_t i = 0; i < spec_.alphabet.size(); ++i)
      if (!spec_.legal || (legal >> i & 1) != 0) next.push_back(spec_.alphabet[i]);
  }
  if (!spec_.end.empty() && static_cast<int>(length) >= spec_.min_length) next.push_back(spec_.end.front());
}

void Domain::children(std::span<const TokenId> prefix, const circuits::Answer* answer, Tokens& next) const {
  if (spec_.prompts) return spec_.prompts->children(prefix, next);
  const bool input_done = spec_.is_tree() ? !spec_.end.empty() && complete(prefix) : prefix.size() >= spec_.elements.size();
  if (!input_done) {
    spec_.is_tree() ? tree_children(prefix, next) : product_children(prefix, next);
    return;
  }
  if (spec_.scored != Scored::kAnswer || answer == nullptr || answer->token < 0) return;
  if (step(prefix) + 1 >= spec_.answers || (spec_.until && answer->token == *spec_.until)) return;
  next.push_back(answer->token);
}

std::string Domain::described() const {
  return membership_text_.empty() ? spec_.described : fmt::format("{}, where {}", spec_.described, membership_text_);
}

std::string Domain::fingerprint() const {
  Hasher hasher;
  const auto add = [&](const Tokens& tokens) {
    hasher.add(static_cast<std::int64_t>(tokens.size()));
    for (const TokenId token : tokens) hasher.add(token);
  };
  const auto add_values = [&](const std::vector<std::int64_t>& values) {  // the legal function and the predicate see these
    for (const std::int64_t value : values) hasher.add(value);
  };
  add(spec_.start);
  add(spec_.alphabet);
  add_values(spec_.alphabet_values);
  add(spec_.end);
  for (const Slot& slot : spec_.slots) {
    add(slot.symbols);
    add_values(slot.values);
    hasher.add(slot.distinct ? 1 : 0);
  }
  for (const Element& element : spec_.elements) hasher.add(element.slot).add(element.index).add(element.literal);
  hasher.add(spec_.min_length).add(spec_.max_length).add(static_cast<int>(spec_.scored)).add(spec_.answers).add(spec_.until ? *spec_.until : -1);
  if (spec_.legal) hasher.add(spec_.legal->text()).add(spec_.legal->function().name);
  if (spec_.prompts)
    for (const Prompt& prompt : spec_.prompts->all()) add(prompt.tokens);
  return hasher.add(membership_text_).add(membership_identity_).hex();
}

double Domain::size_bound() const {
  if (spec_.prompts) return static_cast<double>(spec_.prompts->all().size());
  if (!spec_.is_tree()) {
    double size = 1;
    for (const Slot& slot : spec_.slots)
      for (int i = 0; i < slot.length; ++i) size *= std::max<double>(0, static_cast<double>(slot.symbols.size()) - (slot.distinct ? i : 0));
    return size;
  }
  double size = 0;
  for (int length = spec_.min_length; length <= spec_.max_length; ++length) size += std::pow(static_cast<double>(spec_.alphabet.size()), length);
  return size;
}

Tokens Domain::random_input(std::uint64_t seed) const {
  std::mt19937_64 random(seed * 0x9E3779B97F4A7C15ull + 0x632BE59BD9B4E019ull);
  if (spec_.prompts) return spec_.prompts->all()[static_cast<std::size_t>(random() % spec_.prompts->all().size())].tokens;
  Tokens prefix, next;
  const auto choose = [&] { prefix.push_back(next[static_cast<std::size_t>(random() % next.size())]); };
  if (!spec_.is_tree()) {
    while (prefix.size() < spec_.elements.size()) {
      next.clear();
      product_children(prefix, next);
      if (next.empty()) break;
      choose();
    }
    return prefix;
  }
  const int length = spec_.min_length + static_cast<int>(random() % static_cast<std::uint64_t>(spec_.max_length - spec_.min_length + 1));
  while (static_cast<int>(prefix.size()) < length) {
    next.clear();
    const std::uint64_t legal = legal_mask(prefix);
    for (std::size_t i = 0; i < spec_.alphabet.size(); ++i)
      if (!spec_.legal || (legal >> i & 1) != 0) next.push_back(spec_.alphabet[i]);
    if (next.empty()) break;
    choose();
  }
  prefix.insert(prefix.end(), spec_.end.begin(), spec_.end.end());
  return prefix;
}

Result<Domain> Domain::extended(int by, const std::string& slot_name, bool answers, bool only_new) const {
  if (spec_.prompts) return unsupported("longer inputs of a template of prompts", "write another task for them");
  Domain wider(*this);
  DomainSpec& spec = wider.spec_;
  const auto with_predicate = [&]() -> Result<Domain> {
    if (!membership_) return wider;
    if (!membership_maker_) return unsupported("the domain's predicate is not known for longer inputs");
    Result<Membership> membership = membership_maker_(spec);
    if (!membership) return fail(membership.error());
    wider.membership_ = std::move(*membership);
    return wider;
  };
  if (answers) spec.answers += by;
  if (spec.is_tree()) {
    spec.max_length += by;
    if (only_new) spec.min_length = spec.max_length;
    return with_predicate();
  }
  bool found = false;
  std::vector<Element> elements;
  for (std::size_t i = 0; i < spec.elements.size(); ++i) {
    elements.push_back(spec.elements[i]);
    const int at = spec.elements[i].slot;
    if (at < 0) continue;
    Slot& slot = spec.slots[static_cast<std::size_t>(at)];
    const bool chosen = slot_name.empty() ? slot.length > 1 : slot.name == slot_name;
    if (!chosen || spec.elements[i].index + 1 != spec_.slots[static_cast<std::size_t>(at)].length) continue;
    for (int k = 0; k < by; ++k) elements.push_back({at, slot.length + k, 0});
    found = true;
  }
  if (!found)
    return input_error(slot_name.empty() ? std::string("no slot is longer than one symbol") : fmt::format("no slot is named '{}'", slot_name),
                       "extend by `slot NAME + 1`");
  for (const Element& element : elements)
    if (element.slot >= 0) {
      Slot& slot = spec.slots[static_cast<std::size_t>(element.slot)];
      slot.length = std::max(slot.length, element.index + 1);
    }
  spec.elements = std::move(elements);
  return with_predicate();
}

}  // namespace assay::analysis
