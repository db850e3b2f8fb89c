#include "analysis/tasks/binding.h"

#include <fmt/format.h>

namespace assay::analysis {
namespace {

std::vector<std::int64_t> table_of(const Tokens& symbols, const std::vector<std::int64_t>& values, TokenId largest) {
  std::vector<std::int64_t> table(static_cast<std::size_t>(largest) + 1);
  for (std::size_t id = 0; id < table.size(); ++id) table[id] = static_cast<std::int64_t>(id);
  for (std::size_t i = 0; i < symbols.size(); ++i) table[static_cast<std::size_t>(symbols[i])] = values[i];
  return table;
}

TokenId largest_token(const DomainSpec& domain) {
  TokenId largest = 0;
  const auto see = [&](const Tokens& tokens) {
    for (const TokenId token : tokens) largest = std::max(largest, token);
  };
  see(domain.alphabet);
  see(domain.end);
  for (const Slot& slot : domain.slots) see(slot.symbols);
  for (const Element& element : domain.elements) largest = std::max(largest, element.literal);
  return largest;
}

std::vector<std::string> known_names(const DomainSpec& domain) {
  std::vector<std::string> names = {"prefix", "length", "step"};
  for (const Slot& slot : domain.slots) {
    names.push_back(slot.name);
    names.push_back("length." + slot.name);
  }
  return names;
}

}  // namespace

Result<Binding> Binding::create(const DomainSpec& domain, const std::vector<std::string>& given, const CFunction& function) {
  Binding binding;
  binding.is_tree_ = domain.is_tree();
  binding.prompts_ = domain.prompts;
  binding.elements_ = domain.elements;
  const TokenId largest = largest_token(domain);
  for (const Slot& slot : domain.slots) {
    binding.slot_lengths_.push_back(slot.length);
    binding.values_.push_back(table_of(slot.symbols, slot.values, largest));
  }
  if (domain.is_tree()) binding.values_.push_back(table_of(domain.alphabet, domain.alphabet_values, largest));

  const program::Function& code = function.function();
  const std::size_t parameters = code.parameter_count;
  std::vector<std::string> names = given;
  if (names.empty())
    for (std::size_t i = 0; i < parameters; ++i) names.push_back(code.locals[i].name);
  if (names.size() != parameters)
    return input_error(
        fmt::format("'{}' in {} takes {} parameters, but the task binds {} arguments", code.name, function.file(), parameters, names.size()),
        "list one argument per parameter in [program] arguments");
  for (std::size_t i = 0; i < parameters; ++i) {
    const std::string& name = names[i];
    const program::Variable& parameter = code.locals[i];
    const program::Type& type = function.program().type(parameter.type);
    Item item{Kind::kStep};
    const auto slot = std::find_if(domain.slots.begin(), domain.slots.end(), [&](const Slot& each) { return each.name == name; });
    const auto measured = std::find_if(domain.slots.begin(), domain.slots.end(), [&](const Slot& each) { return "length." + each.name == name; });
    bool wants_array = false;
    std::uint64_t length = 0;
    if (slot != domain.slots.end()) {
      wants_array = slot->length > 1 || type.is_pointer();
      length = static_cast<std::uint64_t>(slot->length);
      item = {wants_array ? Kind::kSlotArray : Kind::kSlotScalar, static_cast<int>(slot - domain.slots.begin())};
    } else if (measured != domain.slots.end()) {
      item = {Kind::kSlotLength, static_cast<int>(measured - domain.slots.begin())};
      binding.uses_length_ = true;
    } else if (name == "prefix") {
      item = {Kind::kPrefix};
      wants_array = true;
    } else if (name == "length") {
      item = {Kind::kLength};
      binding.uses_length_ = true;
    } else if (name != "step") {
      const std::string near = nearest(name, known_names(domain));
      return input_error(fmt::format("argument '{}' is neither a slot nor one of prefix, length, step", name),
                         near.empty() ? "name a slot of the domain" : fmt::format("did you mean '{}'?", near));
    }
    if (domain.prompts && (wants_array || item.kind == Kind::kSlotLength))
      return input_error(fmt::format("argument '{}' is an array or a length, but the domain is a template of prompts", name),
                         "pass slots, each of which is one number");
    if (wants_array != type.is_pointer())
      return input_error(fmt::format("parameter '{}' of '{}' is {}, but argument '{}' is {}", parameter.name, code.name,
                                     type.is_pointer() ? "a pointer" : "a number", name, wants_array ? "an array" : "a number"),
                         "change the parameter or the argument");
    if (length > 0 && parameter.declared_length && *parameter.declared_length > length)
      return input_error(fmt::format("parameter '{}' of '{}' has {} elements, but slot '{}' has {}", parameter.name, code.name,
                                     *parameter.declared_length, name, length),
                         "give both the same length");
    binding.items_.push_back(item);
  }
  return binding;
}

std::int64_t Binding::value_at(std::span<const TokenId> prefix, std::size_t position) const {
  const int slot = is_tree_ ? 0 : elements_[position].slot;
  const TokenId token = prefix[position];
  if (slot < 0) return token;
  const std::vector<std::int64_t>& table = values_[static_cast<std::size_t>(slot)];
  return static_cast<std::size_t>(token) < table.size() ? table[static_cast<std::size_t>(token)] : token;
}

void Binding::bind_prompt(std::span<const TokenId> prefix, BoundArguments& bound) const {
  const Prompt* prompt = prompts_->find(prefix);
  bound.arrays.clear();
  for (const Item& item : items_) {
    if (item.kind == Kind::kLength) bound.scalars.push_back(static_cast<std::int64_t>(prefix.size()));
    if (item.kind == Kind::kStep) bound.scalars.push_back(0);
    if (item.kind != Kind::kSlotScalar) continue;
    const auto slot = static_cast<std::size_t>(item.slot);
    bound.scalars.push_back(prompt == nullptr ? 0 : prompts_->form().slots[slot].values[prompt->choices[slot]]);
  }
}

void Binding::bind(std::span<const TokenId> prefix, int step, std::size_t input_part, BoundArguments& bound) const {
  bound.scalars.clear();
  if (prompts_) return bind_prompt(prefix.first(input_part), bound);
  std::size_t arrays = 0;
  const auto next_array = [&]() -> std::vector<std::int64_t>& {
    if (arrays == bound.cells.size()) bound.cells.emplace_back();
    std::vector<std::int64_t>& cells = bound.cells[arrays++];
    cells.clear();
    return cells;
  };
  for (const Item& item : items_) {
    switch (item.kind) {
      case Kind::kSlotScalar:
        for (std::size_t i = 0; i < input_part; ++i)
          if (elements_[i].slot == item.slot) bound.scalars.push_back(value_at(prefix, i));
        break;
      case Kind::kSlotArray: {
        std::vector<std::int64_t>& cells = next_array();
        for (std::size_t i = 0; i < input_part; ++i)
          if (elements_[i].slot == item.slot) cells.push_back(value_at(prefix, i));
        if (cells.empty()) cells.push_back(0);
        break;
      }
      case Kind::kPrefix: {
        std::vector<std::int64_t>& cells = next_array();
        for (std::size_t i = 0; i < input_part; ++i) cells.push_back(value_at(prefix, i));
        if (cells.empty()) cells.push_back(0);  // C has no empty array; the function is told the length 0
        break;
      }
      case Kind::kLength: bound.scalars.push_back(static_cast<std::int64_t>(input_part)); break;
      case Kind::kSlotLength: bound.scalars.push_back(slot_lengths_[static_cast<std::size_t>(item.slot)]); break;
      case Kind::kStep: bound.scalars.push_back(step); break;
    }
  }
  bound.arrays.assign(bound.cells.begin(), bound.cells.begin() + static_cast<std::ptrdiff_t>(arrays));
}

std::vector<program::Argument> Binding::arguments(const BoundArguments& bound) const {
  std::vector<program::Argument> arguments;
  std::size_t scalar = 0, array = 0;
  for (const Item& item : items_) {
    const bool is_array = item.kind == Kind::kSlotArray || item.kind == Kind::kPrefix;
    if (is_array) {
      const std::span<const std::int64_t> cells = bound.arrays[array++];
      arguments.push_back(program::Argument::array({cells.begin(), cells.end()}));
    } else {
      arguments.push_back(program::Argument::scalar(bound.scalars[scalar++]));
    }
  }
  return arguments;
}

circuits::Answer OutputSpec::answer_of(std::int64_t value) const {
  circuits::Answer answer;
  if (is_set()) {
    answer.set = static_cast<std::uint64_t>(value);
    return answer;
  }
  const auto found = token_of_value.find(value);
  answer.token = found == token_of_value.end() ? -1 : found->second;
  return answer;
}

std::string OutputSpec::text(const circuits::Answer& answer, const Vocabulary& words) const {
  if (!is_set()) return answer.token < 0 ? std::string("(no symbol)") : words.symbol(answer.token);
  std::string text = "{";
  for (std::size_t bit = 0; bit < 64; ++bit) {
    if ((answer.set >> bit & 1) == 0) continue;
    if (text.size() > 1) text += ", ";
    text += bit < readout.allowed.size() ? words.symbol(readout.allowed[bit]) : fmt::format("bit {}", bit);
  }
  return text + "}";
}

}  // namespace assay::analysis
