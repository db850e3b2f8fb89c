#include "analysis/site_rules/site_rule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace assay::analysis::site_rules {
namespace {

/// Index into `carried` of the variable that speaks for an argument in conditions: the query or key that carries most of it, else the value; -1:
/// none does.
int speaker(const SiteRead& read, std::size_t argument) {
  int best = -1;
  for (std::size_t c = 0; c < read.carried.size(); ++c) {
    const Carried& one = read.carried[c];
    if (one.argument != argument) continue;
    if (best < 0) best = static_cast<int>(c);
    const Carried& other = read.carried[static_cast<std::size_t>(best)];
    const bool value = one.channel == Channel::kValue, other_value = other.channel == Channel::kValue;
    if (value != other_value ? other_value : one.share > other.share) best = static_cast<int>(c);
  }
  return best;
}

/// The row as the conditions of a read see it.
Row row_for(const SiteRead& read, std::size_t number, const Row& row, const Overrides& overrides) {
  Row seen = row;
  for (std::size_t a = 0; a < row.size(); ++a)
    if (const int by = speaker(read, a); by >= 0)
      if (const auto found = overrides.find({number, static_cast<std::size_t>(by)}); found != overrides.end()) seen[a] = found->second;
  return seen;
}

const PromptSlot& slot_called(const Task& task, const std::string& name) {
  const std::vector<PromptSlot>& slots = task.domain.spec().prompts->form().slots;
  return *std::find_if(slots.begin(), slots.end(), [&](const PromptSlot& slot) { return slot.name == name; });
}

/// Is the value of each of its texts the character code of a letter, which is the text?
bool is_letter(const PromptSlot& slot) {
  for (std::size_t i = 0; i < slot.texts.size(); ++i)
    if (slot.texts[i].size() != 1 || std::islower(static_cast<unsigned char>(slot.texts[i][0])) == 0 || slot.values[i] != slot.texts[i][0])
      return false;
  return true;
}

std::string constant_of(const PromptSlot& slot, std::int64_t value) {
  return is_letter(slot) && value >= 'a' && value <= 'z' ? fmt::format("'{}'", static_cast<char>(value)) : std::to_string(value);
}

class Writer {
 public:
  Writer(const SiteRule& rule, const std::string& function, const Task& task) : rule_(rule), function_(function), task_(task) {}

  std::string text(const std::vector<std::string>& remarks) const {
    std::string text;
    for (const std::string& remark : remarks) text += fmt::format("// {}\n", remark);
    std::vector<std::string> parameters;
    for (std::size_t a = 0; a < rule_.arguments.size(); ++a) {
      if (task_.arguments.empty() && !reads_argument(static_cast<int>(a))) continue;  // else the task says what the parameters are
      text += fmt::format("//@ requires {};\n", clause(rule_.arguments[a]));
      parameters.push_back("int " + rule_.arguments[a]);
    }
    text += fmt::format("int {}({}) {{\n", function_, fmt::join(parameters, ", "));
    for (std::size_t r = 0; r < rule_.reads.size(); ++r) text += variables(r);
    text += "    //@ label read\n";
    for (std::size_t r = 0; r < reached(); ++r) text += gate(r);
    text += "    //@ label looked\n";
    for (std::size_t r = 0; r < reached(); ++r) text += answer(r);
    return text + rest() + "}\n";
  }

 private:
  /// Holds whatever the attributes are: then it decides, and what stands behind it is never reached.
  static bool always(const SiteRead& read) { return read.gate.condition.empty() && read.loud.condition.empty(); }

  /// The reads up to the first that always holds.
  std::size_t reached() const {
    const auto last = std::find_if(rule_.reads.begin(), rule_.reads.end(), always);
    return static_cast<std::size_t>(last - rule_.reads.begin()) + (last == rule_.reads.end() ? 0 : 1);
  }

  /// No part of the circuit carries what is decided where no head looks.
  std::string rest() const {
    if (std::any_of(rule_.reads.begin(), rule_.reads.end(), always)) return "";
    return fmt::format("    return {};  // behavioural, no part of the circuit carries it: {}\n", value(rule_.otherwise),
                       rule_.otherwise_rows == 0
                           ? "no prompt that was seen gets here"
                           : fmt::format("so decided on {} of {} prompts where no head above looks", rule_.otherwise_right, rule_.otherwise_rows));
  }

  bool reads_argument(int argument) const {
    const auto in = [&](const Condition& condition) {
      return std::any_of(condition.begin(), condition.end(), [&](const Literal& one) { return one.left == argument || one.right == argument; });
    };
    return std::any_of(rule_.reads.begin(), rule_.reads.end(), [&](const SiteRead& read) {
      const auto carries = [&](const Carried& one) { return static_cast<int>(one.argument) == argument; };
      return std::any_of(read.carried.begin(), read.carried.end(), carries) || in(read.gate.condition) || in(read.loud.condition);
    });
  }

  std::int64_t value(int answer) const { return task_.output.values[static_cast<std::size_t>(answer)]; }

  std::string clause(const std::string& argument) const {
    const PromptSlot& slot = slot_called(task_, argument);
    if (is_letter(slot)) return fmt::format("'a' <= {0} && {0} <= 'z'", argument);
    std::set<std::int64_t> values(slot.values.begin(), slot.values.end());
    if (values.size() > 8) return fmt::format("{0} >= {1} && {0} <= {2}", argument, *values.begin(), *values.rbegin());
    std::vector<std::string> each;
    for (const std::int64_t one : values) each.push_back(fmt::format("{} == {}", argument, one));
    return fmt::format("{}", fmt::join(each, " || "));
  }

  /// The first of them; the hypothesis has all.
  static std::string names_of(const std::vector<Reader>& heads) {
    constexpr std::size_t kNamed = 6;
    std::vector<std::string> names;
    for (std::size_t h = 0; h < std::min(kNamed, heads.size()); ++h) names.push_back(heads[h].name());
    return fmt::format("{}{}", fmt::join(names, ", "), heads.size() > kNamed ? fmt::format(" and {} more", heads.size() - kNamed) : "");
  }
  static std::string heads(const SiteRead& read) { return names_of(read.heads); }

  std::string variables(std::size_t r) const {
    const SiteRead& read = rule_.reads[r];
    std::string text;
    for (std::size_t c = 0; c < read.carried.size(); ++c) {
      const Carried& carried = read.carried[c];
      static constexpr const char* kWhat[] = {"queries", "keys", "values"};
      text += fmt::format("    int {} = {};  // {}: {} at {}, {:.0f} % of the effect of changing it{}\n", variable_name(rule_, r, c),
                          rule_.arguments[carried.argument], heads(read), kWhat[static_cast<int>(carried.channel)],
                          carried.channel == Channel::kQuery ? "the decision" : read.position, 100 * carried.share,
                          carried.channel == Channel::kKey ? brought(read) : relayed(carried));
    }
    return text;
  }

  static std::string relayed(const Carried& carried) {
    if (carried.relays.empty()) return "";
    return fmt::format("; {:.0f} % of these by {}, which read them on the way", 100 * (1 - carried.without_relays / carried.share),
                       names_of(carried.relays));
  }

  static std::string brought(const SiteRead& read) {
    std::set<std::string> from;
    for (const Reader& reader : read.heads)
      if (!reader.keys_come_from.empty()) from.insert(reader.keys_come_from);
    return from.empty() ? "" : fmt::format("; written there by {}", fmt::join(from, ", "));
  }

  std::vector<std::string> names_in(std::size_t r) const {
    std::vector<std::string> names = rule_.arguments;
    for (std::size_t a = 0; a < names.size(); ++a)
      if (const int by = speaker(rule_.reads[r], a); by >= 0) names[a] = variable_name(rule_, r, static_cast<std::size_t>(by));
    return names;
  }

  std::string condition(const Condition& condition, std::size_t r) const {
    return to_c(condition, names_in(r), [&](int argument, std::int64_t value) {
      return constant_of(slot_called(task_, rule_.arguments[static_cast<std::size_t>(argument)]), value);
    });
  }

  std::string suffix(std::size_t r) const { return rule_.reads.size() > 1 ? fmt::format("_{}", r + 1) : ""; }

  std::string gate(std::size_t r) const {
    const SiteRead& read = rule_.reads[r];
    if (always(read)) return "";
    std::string text;
    if (!read.gate.condition.empty())
      text += fmt::format("    int looks{} = {};  // {}: attention to {} {:.2f} where this holds, {:.2f} elsewhere (R2 {:.2f})\n", suffix(r),
                          condition(read.gate.condition, r), heads(read), read.position, read.gate.where_true, read.gate.where_false,
                          read.gate.explained);
    if (!read.loud.condition.empty())
      text +=
          fmt::format("    int loud{} = {};  // {}: what they write moves the logits by {:.2f} where this holds, {:.2f} elsewhere (R2 {:.2f})\n",
                      suffix(r), condition(read.loud.condition, r), heads(read), read.loud.where_true, read.loud.where_false, read.loud.explained);
    return text;
  }

  std::string answer(std::size_t r) const {
    const SiteRead& read = rule_.reads[r];
    std::string returned;
    if (read.copies < 0) {
      returned = std::to_string(value(read.answer_of.begin()->second));
    } else {
      const std::string name = variable_name(rule_, r, static_cast<std::size_t>(read.copies));
      const bool same = std::all_of(read.answer_of.begin(), read.answer_of.end(), [&](const auto& one) { return one.first == value(one.second); });
      if (same) {
        returned = name;
      } else {
        for (auto one = read.answer_of.begin(); std::next(one) != read.answer_of.end(); ++one)
          returned += fmt::format("{} == {} ? {} : ", name, one->first, value(one->second));
        returned += std::to_string(value(read.answer_of.rbegin()->second));
      }
    }
    const std::string carries = fmt::format("{}: their outputs carry {:.0f} % of the effect", heads(read), 100 * read.output_share);
    if (always(read))
      return fmt::format("    return {};  // {}, their attention to {} is {:.2f} on average, whatever the attributes\n", returned, carries,
                         read.position, read.gate.where_true);
    std::vector<std::string> tests;
    if (!read.gate.condition.empty()) tests.push_back("looks" + suffix(r));
    if (!read.loud.condition.empty()) tests.push_back("loud" + suffix(r));
    return fmt::format("    if ({})\n        return {};  // {}\n", fmt::join(tests, " && "), returned, carries);
  }

  const SiteRule& rule_;
  const std::string& function_;
  const Task& task_;
};

}  // namespace

int decide(const SiteRule& rule, const Row& row, const Overrides& overrides) {
  for (std::size_t r = 0; r < rule.reads.size(); ++r) {
    const SiteRead& read = rule.reads[r];
    const Row seen = row_for(read, r, row, overrides);
    if (!holds(read.gate.condition, seen) || !holds(read.loud.condition, seen)) continue;
    if (read.copies < 0) return read.answer_of.begin()->second;
    const std::size_t copies = static_cast<std::size_t>(read.copies);
    const auto put = overrides.find({r, copies});
    const std::int64_t value = put != overrides.end() ? put->second : row[read.carried[copies].argument];
    // As the C text: the last value of the table stands for all that it does not know.
    const auto found = read.answer_of.find(value);
    return found != read.answer_of.end() ? found->second : read.answer_of.rbegin()->second;
  }
  return rule.otherwise;
}

bool speaks(const SiteRead& read, std::size_t carried) {
  const std::size_t argument = read.carried[carried].argument;
  if (speaker(read, argument) != static_cast<int>(carried)) return false;
  const auto of_it = [&](const Literal& literal) {
    return literal.left == static_cast<int>(argument) || literal.right == static_cast<int>(argument);
  };
  return std::any_of(read.gate.condition.begin(), read.gate.condition.end(), of_it) ||
         std::any_of(read.loud.condition.begin(), read.loud.condition.end(), of_it);
}

std::string variable_name(const SiteRule& rule, std::size_t read, std::size_t carried) {
  static constexpr const char* kPrefix[] = {"looked_for", "found", "copied"};
  const Carried& one = rule.reads[read].carried[carried];
  return fmt::format("{}_{}{}", kPrefix[static_cast<int>(one.channel)], rule.arguments[one.argument],
                     rule.reads.size() > 1 ? fmt::format("_{}", read + 1) : "");
}

RuleText to_c(const SiteRule& rule, const std::string& function, const Task& task, const std::vector<std::string>& remarks) {
  return {Writer(rule, function, task).text(remarks), function};
}

std::string hypothesis_of(const SiteRule& rule, const RuleText& text, const Task& task, const HypothesisPaths& paths,
                          const std::optional<FunctionSource>& reference) {
  std::string out = fmt::format(
      "# Written by `assay infer`: the rule read from a circuit, asked of this task.\ntask = \"{}\"\nprogram = {{ file = \"{}\", function = \"{}\" "
      "}}\n",
      paths.task, paths.program, text.function);
  if (paths.where) out += fmt::format("domain = {{ where = {{ file = \"{}\", function = \"{}\" }} }}\n", paths.where->file, paths.where->function);
  if (reference) out += fmt::format("reference = {{ file = \"{}\", function = \"{}\" }}\n", reference->file, reference->function);
  std::string claims = "\n[[claim]]\nkind = \"network_equals_program\"\nextend = \"none\"\n";
  std::size_t variables = 0;
  for (std::size_t r = 0; r < rule.reads.size(); ++r)
    for (std::size_t c = 0; c < rule.reads[r].carried.size(); ++c) {
      const Carried& carried = rule.reads[r].carried[c];
      const std::string name = variable_name(rule, r, c);
      std::vector<std::string> sites;
      for (const Place& place : carried.places) sites.push_back(place.site);
      out += fmt::format("\n[[align]]\nvariable = \"{}.read.{}\"\nsites = [\"{}\"]\nposition = \"{}\"\n", text.function, name,
                         fmt::join(sites, "\", \""), task.positions[carried.places[0].position].name);
      claims += fmt::format("\n[[claim]]\nkind = \"iia\"\nid = \"iia.{0}\"\nvariables = [\"{0}\"]\njointly = true\nsamples = 32\n", name);
      ++variables;
    }
  if (variables > 1) claims += "\n[[claim]]  # all variables at once\nkind = \"iia\"\nid = \"iia.jointly\"\njointly = true\nsamples = 64\n";
  claims += "\n[[claim]]\nkind = \"safety\"\n";
  if (reference) claims += "\n[[claim]]\nkind = \"program_equals_reference\"\n";
  return out + claims;
}

}  // namespace assay::analysis::site_rules
