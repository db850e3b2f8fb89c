#include "analysis/code_tasks/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "analysis/code_tasks/families/phrase.h"
#include "base/text.h"

namespace assay::analysis::code_tasks {
namespace {

constexpr std::size_t kExampleTests = 3;
constexpr std::size_t kHiddenTests = 10;
constexpr std::size_t kTestsNearExample =
    3;  ///< hidden tests that share the first number of the first example: code that only knows the example fails them
constexpr std::size_t kLeastHiddenTests = 8;
constexpr int kTestAttempts = 200;

std::string literal(const std::vector<std::int64_t>& numbers) {
  std::string text = "{";
  for (std::size_t i = 0; i < numbers.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(numbers[i]);
  return text + "}";
}

bool has_loop(const Draft& draft) {
  return std::any_of(draft.function.body.begin(), draft.function.body.end(),
                     [](const std::string& line) { return line.find("for (") != std::string::npos; });
}

/// The sentences as comment lines: all on one, or each on its own.
std::string as_comment(const std::string& text, bool split_lines) {
  std::string out = "// ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends = split_lines && (text[i] == '.' || text[i] == '?') && i + 2 < text.size() && text[i + 1] == ' ';
    out += text[i];
    if (!ends) continue;
    out += "\n// ";
    ++i;
  }
  return out + "\n";
}

/// The sentences on one line instead of several, or the other way round; a single sentence without its full stop, or with one. The example call that
/// may stand on the last line stays as it is.
std::string reformatted(const std::string& comment, bool has_example) {
  const std::size_t end = has_example ? comment.rfind("\n//", comment.size() - 2) + 1 : comment.size();
  std::string text = comment.substr(0, end);
  const std::string example = comment.substr(end);
  constexpr std::string_view kBetween = "\n// ";
  bool joined = false;
  for (std::size_t at = text.find(kBetween); at != std::string::npos; at = text.find(kBetween)) {
    text.replace(at, kBetween.size(), " ");
    joined = true;
  }
  if (joined) return text + example;
  text = text.substr(std::string_view("// ").size(), text.size() - std::string_view("// \n").size());
  if (const std::string split = as_comment(text, true); split.find(kBetween) != std::string::npos) return split + example;
  if (text.ends_with('.')) text.pop_back();
  else if (!text.ends_with('?')) text += '.';
  return as_comment(text, false) + example;
}

/// Names of parameters in the order in which the comment first mentions them.
std::vector<std::string> mentioned(const std::string& comment, const FunctionText& function) {
  std::vector<std::string> order;
  for (std::size_t at = 0; at < comment.size();) {
    std::size_t end = at;
    while (end < comment.size() && in_identifier(comment[end])) ++end;
    const std::string word = comment.substr(at, end - at);
    const bool name = std::any_of(function.parameters.begin(), function.parameters.end(), [&](const Parameter& p) { return p.name == word; });
    if (name && std::find(order.begin(), order.end(), word) == order.end()) order.push_back(word);
    at = std::max(end, at + 1);
  }
  return order;
}

void add_distinct(std::vector<TestCase>& tests, const std::optional<TestCase>& test) {
  if (test && std::find(tests.begin(), tests.end(), *test) == tests.end()) tests.push_back(*test);
}

/// Position of the first parameter that is no array.
std::size_t first_scalar(const FunctionText& function) {
  const auto found = std::find_if(function.parameters.begin(), function.parameters.end(), [](const Parameter& p) { return !p.array; });
  return static_cast<std::size_t>(found - function.parameters.begin());
}

/// Example tests differ in their first number, so that each says something of its own.
bool repeats_first_number(const std::vector<TestCase>& tests, const TestCase& test, std::size_t scalar) {
  return std::any_of(tests.begin(), tests.end(), [&](const TestCase& other) { return other.arguments[scalar] == test.arguments[scalar]; });
}

}  // namespace

std::string example_text(const FunctionText& function, const TestCase& test) {
  std::string call = function.name + "(", before, after;
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    const Parameter& p = function.parameters[i];
    call += (i == 0 ? "" : ", ") + (p.array ? p.name : std::to_string(test.arguments[i].numbers.at(0)));
    const bool only_written = p.array && p.written && test.result && function.parameters.size() > 2 && p.role == Role::kOther;
    if (p.array && !only_written) before += (before.empty() ? "" : ", ") + p.name + " = " + literal(test.arguments[i].numbers);
    if (p.array && p.written) after = literal(test.arrays.at(i));
  }
  call += ")";
  if (!test.result) return call + " turns " + before + " into " + after;
  return call + " == " + std::to_string(*test.result) + (before.empty() ? "" : " for " + before);
}

std::string Draft::prompt() const {
  std::string text;
  for (const Draft& function_before : earlier) text += function_before.prompt() + function_before.body() + "\n\n";
  return text + comment + declaration_of(function);
}

bool Draft::is_valid_file() const {
  std::set<std::string_view> distinct = {function.name};
  return std::all_of(earlier.begin(), earlier.end(), [&](const Draft& before) { return distinct.insert(before.function.name).second; });
}

Result<Generator> Generator::create(const GeneratorOptions& options) {
  Result<References> references = References::create();
  if (!references) return fail(references.error());
  return Generator(std::move(*references), options.split_seed);
}

Generator::Generator(References references, std::uint64_t split_seed) : references_(std::move(references)), split_(split_seed) {
  for (auto& lists : by_family_) lists.resize(families().size());
  for (std::size_t i = 0; i < all_combinations().size(); ++i) {
    const std::size_t family = all_combinations()[i].family;
    by_family_[static_cast<std::size_t>(split_.held_out(i) ? Draws::kHeldOut : Draws::kSeen)][family].push_back(i);
    by_family_[static_cast<std::size_t>(Draws::kAll)][family].push_back(i);
  }
}

/// Half of the draws take every family alike, half every combination: a small family is known well, and a large one too.
std::size_t Generator::draw_combination(const DraftOptions& options, Draw& draw) const {
  if (options.combination) return *options.combination;
  const std::vector<std::vector<std::size_t>>& lists = by_family_[static_cast<std::size_t>(options.combinations)];
  const std::vector<std::size_t>& family = lists[draw.below(lists.size())];
  if (!family.empty() && draw.chance(0.5)) return draw.pick(family);
  if (options.combinations == Draws::kAll) return draw.below(all_combinations().size());
  return draw.pick(options.combinations == Draws::kSeen ? split_.seen() : split_.held());
}

std::string Generator::comment_of(const Draft& draft) const {
  Draw draw(draft.wording);
  const Family& family = draft.family();
  std::string text = sentence(family.facts().shapes[draft.shape], family.slots(draft.values(), draft.names), draw);
  if (text.ends_with('.') && draw.chance(0.25)) text.pop_back();
  text = as_comment(text, draw.chance(0.4));
  if (draft.shown) text += std::string("// ") + (draw.chance(0.3) ? "Example: " : "") + example_text(draft.function, *draft.shown) + "\n";
  return text;
}

Draft Generator::draw_function(const DraftOptions& options, const std::string& loop, Draw& draw) const {
  Draft draft;
  draft.combination = draw_combination(options, draw);
  const FamilyFacts& facts = draft.family().facts();
  draft.names = draw_names(facts.roles, function_pool(facts.name, facts.function_names), loop, options.names, draw);
  draft.shape = options.shape ? *options.shape % facts.shapes.size() : draw.below(facts.shapes.size());
  draft.function = draft.family().write(draft.values(), draft.names);
  if (draw.chance(options.example_share)) draft.shown = references_.draw_test(draft.combination, TestKind::kSmall, draw);
  draft.wording = draw.next();
  draft.comment = comment_of(draft);
  return draft;
}

Draft Generator::draft(std::uint64_t seed, const DraftOptions& options) const {
  Draw draw(seed);
  const bool some = draw.chance(options.earlier_share);
  const std::size_t count = some ? (draw.chance(1.0 / 3) ? 2 : 1) : 0;
  const Pool& loops = loop_pool();
  const std::string loop = count == 0 ? "i" : draw.pick(options.names == NameSplit::kSeen ? loops.seen : loops.held_out);
  std::vector<Draft> earlier;
  const DraftOptions before{.combinations = Draws::kSeen, .example_share = 0.1};
  for (std::size_t i = 0; i < count; ++i) earlier.push_back(draw_function(before, loop, draw));
  Draft draft = draw_function(options, std::any_of(earlier.begin(), earlier.end(), has_loop) ? loop : "i", draw);
  draft.earlier = std::move(earlier);
  return draft;
}

Draft Generator::rewritten(const Draft& draft, std::size_t combination) const {
  Draft other = draft;
  other.combination = combination;
  other.function = other.family().write(other.values(), draft.names);
  return other;
}

std::string_view name_of(Change change) {
  switch (change) {
    case Change::kWording: return "wording";
    case Change::kNames: return "names";
    case Change::kFormat: return "format";
    case Change::kAttribute: return "attribute";
    case Change::kMention: return "mention";
  }
  return "";
}

std::optional<Draft> Generator::reordered(const Draft& draft) const {
  Draft plain = draft;
  plain.shown = std::nullopt;  // an example call mentions the parameters in its own order
  const std::vector<std::string> before = mentioned(comment_of(plain), draft.function);
  for (std::size_t shape = 0; shape < draft.family().facts().shapes.size(); ++shape) {
    plain.shape = shape;
    const std::vector<std::string> after = mentioned(comment_of(plain), draft.function);
    if (after == before || !std::is_permutation(after.begin(), after.end(), before.begin(), before.end())) continue;
    Draft other = draft;
    other.shape = shape;
    other.comment = comment_of(other);
    return other;
  }
  return std::nullopt;
}

std::optional<Draft> Generator::changed(const Draft& draft, Change change, std::uint64_t seed) const {
  Draw draw(mixed(seed ^ (0xc4a9e + static_cast<std::uint64_t>(change))));
  const FamilyFacts& facts = draft.family().facts();
  Draft other = draft;
  switch (change) {
    case Change::kWording:
      other.shape = (draft.shape + 1 + draw.below(facts.shapes.size() - 1)) % facts.shapes.size();
      other.wording = draw.next();
      break;
    case Change::kNames:
      other.names = draw_names(facts.roles, function_pool(facts.name, facts.function_names), draft.names.loop, NameSplit::kSeen, draw);
      break;
    case Change::kFormat:
      other.comment = reformatted(draft.comment, draft.shown.has_value());
      if (other.comment == draft.comment) return std::nullopt;
      return other;
    case Change::kAttribute: {
      const std::vector<std::size_t> near = neighbours(draft.combination);
      if (near.empty()) return std::nullopt;
      other.combination = draw.pick(near);
      break;
    }
    case Change::kMention: return reordered(draft);
  }
  other.function = other.family().write(other.values(), other.names);
  if (draft.shown) other.shown = references_.run(other.combination, draft.shown->arguments);
  if (draft.shown && !other.shown) other.shown = references_.draw_test(other.combination, TestKind::kSmall, draw);
  other.comment = comment_of(other);
  return other;
}

Draft Generator::again(Draft draft) const {
  draft.function = draft.family().write(draft.values(), draft.names);
  if (draft.shown) draft.shown = references_.run(draft.combination, draft.shown->arguments);
  draft.comment = comment_of(draft);
  return draft;
}

Result<Request> Generator::request(std::uint64_t seed, const DraftOptions& options, const std::string& id) const {
  return request_of(draft(seed, options), seed, id);
}

Result<Request> Generator::request_of(const Draft& draft, std::uint64_t seed, const std::string& id) const {
  const FamilyFacts& facts = draft.family().facts();
  Request request{.id = id,
                  .family = facts.name,
                  .split = split_.held_out(draft.combination) ? "held_out" : "seen",
                  .wording = static_cast<std::int64_t>(draft.shape),
                  .earlier = static_cast<std::int64_t>(draft.earlier.size()),
                  .shows_example = draft.shown.has_value(),
                  .prompt = draft.prompt(),
                  .declaration = declaration_of(draft.function),
                  .function = draft.function.name,
                  .body = draft.body(),
                  .contract = contract_of(draft.function)};
  for (const AttributeDomain& domain : facts.attributes)
    request.attributes.emplace_back(name_of(domain.attribute), value_name(domain.attribute, draft.values().at(domain.attribute)));
  request.names["function"] = draft.names.function;
  request.names["loop"] = draft.names.loop;
  for (const Parameter& parameter : draft.function.parameters) request.names[std::string(name_of(parameter.role))] = parameter.name;

  Draw draw(mixed(seed ^ 0x7e575));
  if (draft.shown) request.examples.push_back(*draft.shown);
  const std::size_t scalar = first_scalar(draft.function);
  for (int attempt = 0; attempt < kTestAttempts && request.examples.size() < kExampleTests; ++attempt)
    if (const auto test = references_.draw_test(draft.combination, TestKind::kSmall, draw);
        test && !repeats_first_number(request.examples, *test, scalar))
      request.examples.push_back(*test);
  for (int attempt = 0; attempt < kTestAttempts && !request.examples.empty() && request.hidden.size() < kTestsNearExample; ++attempt)
    if (const auto test = references_.draw_test(draft.combination, TestKind::kAny, draw);
        test && repeats_first_number({request.examples[0]}, *test, scalar) && *test != request.examples[0])
      add_distinct(request.hidden, test);
  for (int attempt = 0; attempt < kTestAttempts && request.hidden.size() < kHiddenTests; ++attempt)
    add_distinct(request.hidden, references_.draw_test(draft.combination, attempt % 2 == 0 ? TestKind::kBoundary : TestKind::kAny, draw));
  if (request.examples.size() < 2 || request.hidden.size() < kLeastHiddenTests)
    return internal_error(fmt::format("the contract of {} admits too few inputs: {} example tests, {} hidden ones", text_of(draft.values()),
                                      request.examples.size(), request.hidden.size()));
  return request;
}

}  // namespace assay::analysis::code_tasks
