#include "analysis/tasks/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "analysis/tasks/prompt_edits.h"
#include "analysis/tasks/prompt_spans.h"
#include "base/files.h"
#include "base/hash.h"
#include "circuits/model/tokenizer/tokenizer.h"

namespace assay::analysis {
namespace {

constexpr int kLargestAnswer = 1024;

/// Reads one slot table of a sequence; `slots` collects them by name.
Status read_slot(TomlTable& table, const Vocabulary& words, DomainSpec& spec) {
  const std::string name = table.text("slot");
  const std::int64_t length = table.integer_or("length", 1);
  Result<Tokens> symbols = words.ids(table.texts("symbols"));
  if (!symbols) {
    table.reject("symbols", symbols.error().message, symbols.error().remedy);
    return table.finish();
  }
  std::vector<std::int64_t> values = table.integers("values");
  const bool distinct = table.boolean_or("distinct", false);
  if (symbols->empty()) table.reject("symbols", fmt::format("slot '{}' has no symbols", name), "list its symbols");
  if (length < 1 || length > kLongestDeclared)
    table.reject("length", fmt::format("slot '{}' has the length {}", name, length), fmt::format("use 1 to {}", kLongestDeclared));
  if (!values.empty() && values.size() != symbols->size())
    table.reject("values", fmt::format("slot '{}' has {} symbols but {} values", name, symbols->size(), values.size()), "give one value per symbol");
  if (Status status = table.finish(); !status) return status;
  if (values.empty())
    for (std::size_t i = 0; i < symbols->size(); ++i) values.push_back(static_cast<std::int64_t>(i));

  auto slot = std::find_if(spec.slots.begin(), spec.slots.end(), [&](const Slot& each) { return each.name == name; });
  if (slot == spec.slots.end()) {
    spec.slots.push_back({name, 0, *symbols, values, distinct});
    slot = std::prev(spec.slots.end());
  } else if (slot->symbols != *symbols || slot->values != values) {
    return input_error(fmt::format("slot '{}' occurs twice with different symbols or values", name), "use two names", table.where("slot"));
  }
  const int index = static_cast<int>(slot - spec.slots.begin());
  for (std::int64_t i = 0; i < length; ++i) spec.elements.push_back({index, slot->length + static_cast<int>(i), 0});
  slot->length += static_cast<int>(length);
  return {};
}

Status read_product(TomlTable& table, const Vocabulary& words, DomainSpec& spec) {
  for (TomlItem& item : table.items("sequence")) {
    if (item.table) {
      if (Status status = read_slot(*item.table, words, spec); !status) return status;
      continue;
    }
    if (!item.text) return input_error("an element of `sequence` is a number", "write symbols as texts, as in \"7\"", table.where("sequence"));
    Result<TokenId> token = words.id(*item.text);
    if (!token) return input_error(token.error().message, token.error().remedy, table.where("sequence"));
    spec.elements.push_back({-1, 0, *token});
  }
  if (spec.elements.empty()) return input_error("`sequence` is empty", "list slots and symbols", table.where("sequence"));
  if (spec.elements.size() > kLongestDeclared)
    return input_error(fmt::format("the sequence has {} tokens", spec.elements.size()), "shorten it", table.where("sequence"));
  return {};
}

Status read_tree(TomlTable& table, const Vocabulary& words, DomainSpec& spec) {
  Result<Tokens> alphabet = words.ids(table.texts("alphabet"));
  if (!alphabet) return input_error(alphabet.error().message, alphabet.error().remedy, table.where("alphabet"));
  spec.alphabet = *alphabet;
  spec.alphabet_values = table.integers("values");
  if (spec.alphabet_values.empty())
    for (std::size_t i = 0; i < spec.alphabet.size(); ++i) spec.alphabet_values.push_back(static_cast<std::int64_t>(i));
  spec.min_length = length_of(table.integer_or("min_length", 0));
  spec.max_length = length_of(table.integer("max_length"));
  Result<Tokens> end = words.ids(table.texts("end"));
  if (!end) return input_error(end.error().message, end.error().remedy, table.where("end"));
  spec.end = *end;
  const std::optional<FunctionSource> legal = read_function_source(table, "legal");
  if (spec.alphabet_values.size() != spec.alphabet.size())
    table.reject("values", fmt::format("{} symbols but {} values", spec.alphabet.size(), spec.alphabet_values.size()), "give one value per symbol");
  if (spec.min_length < 0 || spec.max_length < spec.min_length || spec.max_length > kLongestDeclared)
    table.reject("max_length", fmt::format("lengths {} to {}", spec.min_length, spec.max_length),
                 fmt::format("use 0 <= min_length <= max_length <= {}", kLongestDeclared));
  if (!spec.end.empty() && std::find(spec.alphabet.begin(), spec.alphabet.end(), spec.end.front()) != spec.alphabet.end())
    table.reject("end", "the first symbol of `end` is in the alphabet", "the end must be recognisable");
  if (legal && spec.alphabet.size() > 64) table.reject("legal", "a legal function answers for at most 64 symbols", "use a smaller alphabet");
  if (Status status = table.finish(); !status) return status;
  if (!legal) return {};
  Result<CFunction> function = CFunction::load(*legal);
  if (!function) return fail(function.error());
  const program::Function& code = function->function();
  const auto is_pointer = [&](std::size_t i) { return function->program().type(code.locals[i].type).is_pointer(); };
  if (code.parameter_count != 2 || !is_pointer(0) || is_pointer(1))
    return input_error(fmt::format("the legal function '{}' does not have the parameters (const int *s, int n)", code.name),
                       "let it return a bit mask over the alphabet of what may follow s[0..n-1]", table.where("legal"));
  spec.legal = std::move(*function);
  return {};
}

/// `template`, and `slots`, each { slot, texts, values, labels }
Status read_prompts(TomlTable& table, const std::string& model, DomainSpec& spec) {
  PromptTemplate form;
  form.text = table.text("template");
  for (TomlItem& item : table.items("slots")) {
    if (!item.table) return input_error("an element of `slots` is no table", R"(write { slot = "name", texts = [...] })", table.where("slots"));
    PromptSlot slot;
    slot.name = item.table->text("slot");
    slot.texts = item.table->texts("texts");
    slot.values = item.table->integers("values");
    slot.labels = item.table->texts("labels");
    if (Status status = item.table->finish(); !status) return status;
    if (slot.values.empty())
      for (std::size_t i = 0; i < slot.texts.size(); ++i) slot.values.push_back(static_cast<std::int64_t>(i));
    spec.slots.push_back({slot.name, 1, {}, slot.values, false});
    form.slots.push_back(std::move(slot));
  }
  if (Status status = table.finish(); !status) return status;
  if (spec.answers > 1 || spec.until)
    return input_error("the answers to prompts are not fed back", "leave `answer` and `until` out", table.where("answer"));
  if (!spec.start.empty())
    return input_error("`start` beside a template of prompts", "the tokenizer's file says whether a token comes first", table.where("start"));
  const Result<circuits::Tokenizer> tokenizer = circuits::Tokenizer::open(model);
  if (!tokenizer) return fail(tokenizer.error());
  Result<Prompts> prompts = Prompts::create(std::move(form), *tokenizer);
  if (!prompts) return input_error(prompts.error().message, prompts.error().remedy, table.where("template"));
  spec.prompts = std::make_shared<const Prompts>(std::move(*prompts));
  return {};
}

std::string describe_prompts(const Prompts& prompts) {
  std::string slots;
  for (const PromptSlot& slot : prompts.form().slots) slots += fmt::format("{}{} {}", slots.empty() ? "" : " x ", slot.texts.size(), slot.name);
  std::string edited;
  for (const EditCounts& counts : prompts.edit_counts()) edited += fmt::format("{}{} by {}", edited.empty() ? "" : ", ", counts.made, counts.kind);
  return fmt::format("{} prompts: {}{}", prompts.all().size(), slots, edited.empty() ? "" : "; edited " + edited);
}

std::string describe(const DomainSpec& spec, const Vocabulary& words) {
  if (spec.prompts) return describe_prompts(*spec.prompts);
  const auto start = spec.start.empty() ? std::string() : words.text(spec.start) + " ";
  if (spec.is_tree())
    return fmt::format("{}{} strings over {{{}}} of length {} to {}{}", start, spec.legal ? "legal" : "all", words.text(spec.alphabet),
                       spec.min_length, spec.max_length, spec.end.empty() ? "" : ", then " + words.text(spec.end));
  std::string text = start;
  for (std::size_t i = 0; i < spec.elements.size();) {
    const Element& element = spec.elements[i];
    std::size_t run = i + 1;
    if (element.slot >= 0)
      while (run < spec.elements.size() && spec.elements[run].slot == element.slot) ++run;
    if (i > 0) text += ' ';
    if (element.slot < 0) {
      text += words.symbol(element.literal);
    } else {
      const Slot& slot = spec.slots[static_cast<std::size_t>(element.slot)];
      text += fmt::format("{}[{} of {} symbols{}]", slot.name, run - i, slot.symbols.size(), slot.distinct ? ", distinct" : "");
    }
    i = run;
  }
  return text;
}

}  // namespace

ModelPath resolve_model_path(const std::string& file, std::string model, std::string models) {
  constexpr std::string_view kVariable = "${models}";
  const std::size_t at = model.find(kVariable);
  if (at == std::string::npos) return {relative_to(file, model), {}};
  if (models.empty())
    if (const char* variable = std::getenv("ASSAY_MODELS")) models = variable;
  if (models.empty()) return {{}, "the model is not part of this repository; pass --models DIR or set ASSAY_MODELS"};
  model.replace(at, kVariable.size(), models);
  std::error_code ignored;
  if (std::filesystem::exists(model, ignored)) return {model, {}};
  return {model, fmt::format("{} does not exist; --models or ASSAY_MODELS names another folder", model)};
}

Result<Domain> read_domain(TomlTable& table, const Vocabulary& words, const std::string& model, std::optional<FunctionSource>& where) {
  DomainSpec spec;
  Result<Tokens> start = words.ids(table.texts("start"));
  if (!start) return input_error(start.error().message, start.error().remedy, table.where("start"));
  spec.start = *start;
  where = read_function_source(table, "where");
  spec.answers = static_cast<int>(table.integer_or("answer", 1));
  if (spec.answers < 1 || spec.answers > kLargestAnswer)
    table.reject("answer", fmt::format("{} answer tokens", spec.answers), fmt::format("use 1 to {}", kLargestAnswer));
  if (table.has("until")) {
    Result<TokenId> until = words.id(table.text("until"));
    if (!until) return input_error(until.error().message, until.error().remedy, table.where("until"));
    spec.until = *until;
  }
  const bool is_tree = table.has("alphabet"), is_product = table.has("sequence"), is_template = table.has("template");
  if (is_tree + is_product + is_template > 1)
    return input_error("[domain] has more than one of `sequence`, `alphabet` and `template`",
                       "declare a product by `sequence`, strings by `alphabet`, or prompts by `template`", table.where("domain"));
  if (!is_tree && !is_product && !is_template) {
    table.items("sequence"), table.texts("alphabet"), table.texts("end"), table.integers("values"), table.table("legal"), table.items("slots");
    table.text_or("template", "");
    table.integer_or("min_length", 0), table.integer_or("max_length", 0);  // asked, so that a misspelt key is reported before the missing one
    if (Status status = table.finish(); !status) return fail(status.error());
    return input_error("[domain] has none of `sequence`, `alphabet` and `template`",
                       "declare a product by `sequence`, strings by `alphabet`, or prompts by `template`", table.where("domain"));
  }
  if (Status status = is_tree      ? read_tree(table, words, spec)
                      : is_product ? read_product(table, words, spec)
                                   : read_prompts(table, model, spec);
      !status)
    return fail(status.error());
  if (Status status = table.finish(); !status) return fail(status.error());
  if (is_tree && spec.end.empty() && spec.answers > 1)
    return input_error("strings whose answers are fed back need an end", "declare end = [...]", table.where("answer"));
  spec.described = describe(spec, words);
  return Domain(std::move(spec));
}

Status attach_where(Domain& domain, const std::optional<FunctionSource>& where, const std::vector<std::string>& arguments) {
  if (!where) return {};
  Result<CFunction> function = CFunction::load(*where);
  if (!function) return fail(function.error());
  std::vector<std::string> names = arguments;
  if (names.size() > function->function().parameter_count) std::erase(names, "step");  // membership does not depend on the step
  const MembershipMaker maker = [code = *function, names](const DomainSpec& spec) -> Result<Membership> {
    Result<Binding> binding = Binding::create(spec, names, code);
    if (!binding) return fail(binding.error());
    return Membership([shape = std::make_shared<Domain>(spec), code, bind = *binding](std::span<const TokenId> prefix) -> Result<bool> {
      thread_local BoundArguments bound;  // asked for every prefix of a tree: its memory is used again
      bind.bind(prefix, 0, shape->input_part(prefix), bound);
      std::int64_t value = 0;
      if (code.interpreter().run_integers(code.id(), bound.scalars, bound.arrays, value)) return value != 0;
      const std::vector<program::Argument> given = bind.arguments(bound);
      return input_error(fmt::format("the predicate '{}' gives no answer on an input of {} tokens: {}", code.function().name,
                                     shape->input_part(prefix), describe_failure(code, given, code.interpreter().run(code.id(), given))),
                         "let `where` return 0 for what is outside the domain");
    });
  };
  Result<Membership> membership = maker(domain.spec());
  if (!membership) return fail(membership.error());
  Hasher identity;
  identity.add(function->text());
  for (const std::string& name : names) identity.add(name);
  const std::string file = std::filesystem::path(function->file()).filename().string();
  domain.set_membership(*membership, fmt::format("{} of {} (hash {})", function->function().name, file, hash_of(function->text()).substr(0, 8)),
                        maker, identity.hex());
  return {};
}

namespace {

Status read_vocabulary(TomlTable& table, Task& task) {
  if (std::optional<TomlTable> written = table.table("vocabulary")) {
    Result<Vocabulary> words = Vocabulary::from_symbols(written->texts("symbols"));
    if (!words) written->reject("symbols", words.error().message, words.error().remedy);
    if (Status status = written->finish(); !status) return status;
    task.words = std::move(*words);
    return {};
  }
  Result<Vocabulary> words = Vocabulary::from_model_folder(task.model);
  if (!words) {
    table.reject("vocabulary", words.error().message, words.error().remedy);
    return table.so_far();
  }
  task.words = std::move(*words);
  return {};
}

Status resolve_model(TomlTable& table, const TaskOptions& options, Task& task) {
  const std::string written = table.text("model"), install = table.text_or("install", "");
  if (Status status = table.so_far(); !status) return status;
  ModelPath model = resolve_model_path(task.file, written, options.models);
  task.model = std::move(model.path);
  std::error_code ignored;
  if (!install.empty() && model.missing.empty() && !std::filesystem::exists(task.model, ignored))
    model.missing = fmt::format("the model is not installed; `{}` does it", install);
  if (!model.missing.empty()) task.skipped = std::move(model.missing);
  return {};
}

Status read_output(TomlTable& table, Task& task) {
  OutputSpec& output = task.output;
  const std::string kind = table.choice("kind", {"argmax", "set"}, "argmax");
  const std::string scored = table.choice("scored", {"last", "every", "answer"}, "last");
  Result<Tokens> symbols = task.words.ids(table.texts("symbols"));
  if (!symbols) return input_error(symbols.error().message, symbols.error().remedy, table.where("symbols"));
  output.values = table.integers("values");
  output.restricted = table.boolean_or("restrict", false);
  if (Status status = table.finish(); !status) return status;

  output.readout.kind = kind == "set" ? circuits::Readout::Kind::kSet : circuits::Readout::Kind::kArgmax;
  output.symbols = *symbols;
  if (output.symbols.empty())
    for (TokenId id = 0; id < task.words.size(); ++id) output.symbols.push_back(id);
  if (output.values.empty())
    for (std::size_t i = 0; i < output.symbols.size(); ++i) output.values.push_back(static_cast<std::int64_t>(i));
  if (output.values.size() != output.symbols.size())
    return input_error(fmt::format("[output] has {} symbols but {} values", output.symbols.size(), output.values.size()), "give one value per symbol",
                       table.where("values"));
  for (std::size_t i = 0; i < output.symbols.size(); ++i) output.token_of_value[output.values[i]] = output.symbols[i];
  if (output.restricted || output.is_set()) output.readout.allowed = output.symbols;
  if (output.is_set() && !output.restricted)  // a token outside `symbols` with a positive logit is a wrong answer: its bit is read too
    for (TokenId id = 0; id < task.words.size(); ++id)
      if (std::find(output.symbols.begin(), output.symbols.end(), id) == output.symbols.end()) output.readout.allowed.push_back(id);
  if (output.is_set() && output.readout.allowed.size() > 64)
    return input_error(fmt::format("a set over {} tokens does not fit 64 bits", output.readout.allowed.size()),
                       "declare `symbols` and restrict = true", table.where("kind"));

  DomainSpec spec = task.domain.spec();
  spec.scored = scored == "every" ? Scored::kEvery : scored == "answer" ? Scored::kAnswer : Scored::kLast;
  if (spec.scored != Scored::kAnswer && spec.answers > 1)
    return input_error(fmt::format("{} answer tokens, but scored = \"{}\"", spec.answers, scored), "write scored = \"answer\"",
                       table.where("scored"));
  task.domain = Domain(std::move(spec));
  return {};
}

/// `{ symbol = "=" }`, `{ slot = "a", index = 0 }`, `{ answer = 0 }`, `{ last = true }`, `{ index = 3 }`, `{ each = true }`
Result<PositionSpec> read_position(TomlTable& table, const std::string& name, const Task& task) {
  PositionSpec position;
  position.name = name;
  int ways = 0;
  if (table.has("symbol")) {
    Result<TokenId> token = task.words.id(table.text("symbol"));
    if (!token) return input_error(token.error().message, token.error().remedy, table.where("symbol"));
    position.symbol = *token;
    ++ways;
  }
  if (table.has("slot")) {
    position.slot = table.text("slot");
    const auto& slots = task.domain.spec().slots;
    const auto slot = std::find_if(slots.begin(), slots.end(), [&](const Slot& each) { return each.name == *position.slot; });
    position.index = static_cast<int>(table.integer_or("index", 0));
    if (slot == slots.end()) {
      std::vector<std::string> names;
      for (const Slot& each : slots) names.push_back(each.name);
      const std::string near = nearest(*position.slot, names);
      return input_error(fmt::format("position '{}' names slot '{}', which the domain does not have", name, *position.slot),
                         near.empty() ? "name a slot of the domain" : fmt::format("did you mean '{}'?", near), table.where("slot"));
    }
    if (position.index < 0 || (position.index >= slot->length && !task.domain.spec().prompts))
      return input_error(fmt::format("position '{}': slot '{}' has no element {}", name, *position.slot, position.index),
                         fmt::format("use 0 to {}", slot->length - 1), table.where("index"));
    ++ways;
  } else if (table.has("index")) {
    position.absolute = static_cast<int>(table.integer("index"));
    ++ways;
  }
  if (table.has("answer")) position.answer = static_cast<int>(table.integer("answer")), ++ways;
  if (table.boolean_or("last", false)) position.last = true, ++ways;
  if (table.boolean_or("each", false)) position.each = true, ++ways;
  if (Status status = table.finish(); !status) return fail(status.error());
  if (ways != 1)
    return input_error(fmt::format("position '{}' is said in {} ways", name, ways), "use one of symbol, slot with index, answer, last, index, each",
                       table.where("symbol"));
  return position;
}

Status read_positions(TomlTable& table, Task& task) {
  std::optional<TomlTable> positions = table.table("positions");
  if (positions) {
    for (const std::string& name : positions->keys()) {
      std::optional<TomlTable> entry = positions->table(name);
      if (!entry) break;
      Result<PositionSpec> position = read_position(*entry, name, task);
      if (!position) return fail(position.error());
      task.positions.push_back(*position);
    }
    if (Status status = positions->finish(); !status) return status;
  }
  for (const char* name : {"last", "each"}) {  // always there
    const bool named = std::any_of(task.positions.begin(), task.positions.end(), [&](const PositionSpec& each) { return each.name == name; });
    if (named) continue;
    PositionSpec position;
    position.name = name;
    (position.name == "last" ? position.last : position.each) = true;
    task.positions.push_back(position);
  }
  return {};
}

/// The slot of the domain that `key` of the table names.
std::optional<std::size_t> slot_named(const std::string& name, const std::vector<Slot>& slots, const char* key, TomlTable& table) {
  std::vector<std::string> names;
  for (const Slot& each : slots) names.push_back(each.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::string near = nearest(name, names);
  table.reject(key, fmt::format("the domain has no slot '{}'", name),
               near.empty() ? "name a slot of the domain" : fmt::format("did you mean '{}'?", near));
  return {};
}

Status read_code(TomlTable& table, Task& task) {
  const std::string slot = table.text("slot"), references = table.text("references");
  CodeSpec code;
  code.functions = table.texts("functions");
  code.references = relative_to(task.file, references);
  code.begins = table.text_or("begins", "");
  code.rest = table.texts("rest");
  if (Status status = table.so_far(); !status) return status;
  const Prompts* prompts = task.domain.spec().prompts.get();
  if (prompts == nullptr) {
    table.reject("slot", "[code] says what the prompts of a template begin, and the domain is none", "declare a domain by `template`");
  } else if (const std::optional<std::size_t> index = slot_named(slot, task.domain.spec().slots, "slot", table)) {
    code.slot = *index;
    const std::size_t texts = prompts->form().slots[*index].texts.size();
    if (code.functions.size() != texts)
      table.reject("functions", fmt::format("{} functions for the {} texts of slot '{}'", code.functions.size(), texts, slot),
                   "name one for each text");
    if (!code.rest.empty() && code.rest.size() != texts)
      table.reject("rest", fmt::format("{} completions for the {} texts of slot '{}'", code.rest.size(), texts, slot), "write one for each text");
    for (const std::string& each : code.rest)
      if (const Result<std::string> rest = prompts->filled(prompts->all().front(), each); !rest)
        table.reject("rest", rest.error().message, rest.error().remedy);
  }
  task.code = std::move(code);
  return table.finish();
}

void read_demanded(const std::string& name, TomlTable& table, Task& task) {
  if (!task.domain.spec().prompts || task.partner != Partner::kSlot || task.output.is_set())
    return table.reject("demanded", "`demanded` says which slot of a template asks for which symbol",
                        R"(use it with `template`, partner = "slot" and output kind = "argmax")");
  const std::optional<std::size_t> slot = slot_named(name, task.domain.spec().slots, "demanded", table);
  if (!slot) return;
  const std::size_t texts = task.domain.spec().prompts->form().slots[*slot].texts.size();
  if (texts != task.output.symbols.size())
    return table.reject("demanded", fmt::format("slot '{}' has {} texts, the output {} symbols", name, texts, task.output.symbols.size()),
                        "let each text demand one symbol, in the order of `symbols`");
  task.demanded_by = *slot;
}

Status read_counterfactual(TomlTable& table, Task& task) {
  task.partner = table.choice("partner", {"random", "slot"}, "random") == "slot" ? Partner::kSlot : Partner::kRandom;
  task.seed = static_cast<std::uint64_t>(table.integer_or("seed", 1));
  const std::vector<Slot>& slots = task.domain.spec().slots;
  const std::vector<std::string> named = table.texts("slots");
  if (!named.empty() && (!task.domain.spec().prompts || task.partner != Partner::kSlot))
    table.reject("slots", "`slots` says which slots of a template a partner may change", R"(use it with `template` and partner = "slot")");
  for (const std::string& name : named)
    if (const std::optional<std::size_t> slot = slot_named(name, slots, "slots", table)) task.partner_slots.push_back(*slot);
  if (const std::string name = table.text_or("demanded", ""); !name.empty()) read_demanded(name, table, task);
  task.edits = table.texts("edits");
  for (const std::string& kind : task.edits)
    if (const auto& kinds = syntax::edit_kinds(); std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
      table.reject("edits", fmt::format("no kind of edits is called '{}'", kind), fmt::format("use some of {}", fmt::join(kinds, ", ")));
  return table.finish();
}

/// Edits of the prompts' code and spans by its syntax, once [code] says how prompts become whole files.
Status read_syntax(const char* key, TomlTable& table, Task& task) {
  const DomainSpec& spec = task.domain.spec();
  if (!spec.prompts || !task.code)
    return input_error(fmt::format("`{}` reads the code of prompts, and the task has no template with [code]", key), "declare both, or leave it out",
                       table.where(key));
  PromptCode code{*task.code, {}, fmt::format("{}: a prompt, completed", task.name)};
  for (const TokenId symbol : task.output.symbols) code.symbols.push_back(task.words.symbol(symbol));
  const Result<circuits::Tokenizer> tokenizer = circuits::Tokenizer::open(task.model);
  if (!tokenizer) return fail(tokenizer.error());
  Result<Prompts> prompts = task.edits.empty() ? Result<Prompts>(*spec.prompts) : with_edits(*spec.prompts, task.edits, code, *tokenizer);
  if (!prompts) return input_error(prompts.error().message, prompts.error().remedy, table.where(key));
  if (task.spans_by_syntax) {
    std::vector<std::size_t> attributes = task.partner_slots;
    attributes.push_back(task.code->slot);
    if (task.demanded_by) attributes.push_back(*task.demanded_by);
    std::sort(attributes.begin(), attributes.end());
    attributes.erase(std::unique(attributes.begin(), attributes.end()), attributes.end());
    if (Status status = add_syntax_spans(*prompts, code, attributes, *tokenizer); !status)
      return input_error(status.error().message, status.error().remedy, table.where(key));
  }
  DomainSpec with = spec;
  with.prompts = std::make_shared<const Prompts>(std::move(*prompts));
  with.described = describe_prompts(*with.prompts);
  task.domain = Domain(std::move(with));
  return {};
}

Status read_body(TomlTable& table, Task& task) {
  if (Status status = read_vocabulary(table, task); !status) return status;
  std::optional<TomlTable> domain = table.table("domain");
  if (!domain) table.reject("domain", "the task has no [domain]", "declare which inputs it has");
  std::optional<TomlTable> output = table.table("output");
  if (!output) table.reject("output", "the task has no [output]", "say how the network's answer is read");
  if (!domain || !output) return table.so_far();
  Result<Domain> read = read_domain(*domain, task.words, task.model, task.where);
  if (!read) return fail(read.error());
  task.domain = *read;
  if (Status status = read_output(*output, task); !status) return status;
  if (std::optional<TomlTable> program = table.table("program")) {
    task.arguments = program->texts("arguments");
    if (Status status = program->finish(); !status) return status;
  }
  if (Status status = read_positions(table, task); !status) return status;
  if (std::optional<TomlTable> counterfactual = table.table("counterfactual"))
    if (Status status = read_counterfactual(*counterfactual, task); !status) return status;
  if (std::optional<TomlTable> code = table.table("code"))
    if (Status status = read_code(*code, task); !status) return status;
  task.spans_by_syntax = table.choice("spans", {"positions", "syntax"}, "positions") == "syntax";
  if (task.spans_by_syntax || !task.edits.empty())
    if (Status status = read_syntax(task.spans_by_syntax ? "spans" : "counterfactual", table, task); !status) return status;
  if (std::optional<TomlTable> trained = table.table("trained")) {
    task.trained_positions = static_cast<int>(trained->integer("positions"));
    if (Status status = trained->finish(); !status) return status;
  }
  if (Status status = table.finish(); !status) return status;
  return attach_where(task.domain, task.where, task.arguments);
}

}  // namespace

Result<Task> read_task(const std::string& path, const TaskOptions& options) {
  Result<std::string> text = read_file(path);
  if (!text) return fail(text.error());
  Result<TomlTable> table = TomlTable::parse(*text, path);
  if (!table) return fail(table.error());
  Task task;
  task.file = path;
  Hasher hasher;
  hasher.add(*text);
  task.name = table->text("name");
  if (Status status = resolve_model(*table, options, task); !status) return fail(status.error());
  if (task.skipped) return task;
  if (Status status = read_body(*table, task); !status) return fail(status.error());
  if (task.domain.spec().legal) hasher.add(task.domain.spec().legal->text());
  if (task.where)
    if (Result<std::string> where = read_file(task.where->file)) hasher.add(*where);
  if (task.code)
    if (Result<std::string> references = read_file(task.code->references)) hasher.add(*references);
  task.hash = hasher.hex();
  return task;
}

Result<PositionSpec> Task::position(const std::string& wanted) const {
  std::vector<std::string> names;
  for (const PositionSpec& each : positions) {
    if (each.name == wanted) return each;
    names.push_back(each.name);
  }
  const std::string near = nearest(wanted, names);
  return input_error(fmt::format("the task names no position '{}'", wanted),
                     near.empty() ? "declare it in [positions]" : fmt::format("did you mean '{}'?", near));
}

std::optional<int> Task::locate(const PositionSpec& position, std::span<const TokenId> prefix, std::uint32_t visit) const {
  const DomainSpec& spec = domain.spec();
  const int start = static_cast<int>(spec.start.size()), length = start + static_cast<int>(prefix.size());
  int at = -1;
  if (position.last) at = length - 1;
  if (position.each) at = start + static_cast<int>(visit);
  if (position.absolute) at = *position.absolute;
  if (position.answer) at = start + static_cast<int>(domain.input_part(prefix) + (spec.is_tree() ? spec.end.size() : 0)) - 1 + *position.answer;
  if (position.symbol) {
    const auto found = std::find(prefix.rbegin(), prefix.rend(), *position.symbol);
    if (found != prefix.rend()) at = start + static_cast<int>(prefix.rend() - found) - 1;
    if (found == prefix.rend())
      for (int i = 0; i < start; ++i)
        if (spec.start[static_cast<std::size_t>(i)] == *position.symbol) at = i;
  }
  if (position.slot && spec.prompts) {
    const auto slot = std::find_if(spec.slots.begin(), spec.slots.end(), [&](const Slot& each) { return each.name == *position.slot; });
    const Prompt* prompt = spec.prompts->find(prefix);
    if (prompt == nullptr || slot == spec.slots.end()) return {};
    const std::vector<int>& places = prompt->places[static_cast<std::size_t>(slot - spec.slots.begin())];
    if (static_cast<std::size_t>(position.index) < places.size()) at = places[static_cast<std::size_t>(position.index)];
  } else if (position.slot)
    for (std::size_t i = 0; i < spec.elements.size(); ++i) {
      const Element& element = spec.elements[i];
      if (element.slot >= 0 && element.index == position.index && spec.slots[static_cast<std::size_t>(element.slot)].name == *position.slot)
        at = start + static_cast<int>(i);
    }
  if (at < 0 || at >= length) return {};
  return at;
}

std::string Task::input_text(std::span<const TokenId> prefix) const {
  const Prompts* prompts = domain.spec().prompts.get();
  const Prompt* prompt = prompts == nullptr ? nullptr : prompts->find(prefix);
  return prompt == nullptr ? words.text(prefix) : prompts->described(*prompt);
}

Tokens Task::sequence(std::span<const TokenId> prefix) const {
  Tokens tokens = domain.start();
  tokens.insert(tokens.end(), prefix.begin(), prefix.end());
  return tokens;
}

}  // namespace assay::analysis
