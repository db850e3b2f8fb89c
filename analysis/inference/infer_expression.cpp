#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <mutex>

#include "analysis/inference/infer_task.h"
#include "analysis/tasks/labels.h"

namespace assay::analysis {
namespace {

constexpr std::size_t kFirstSample = 120, kCounterexamples = 40;

/// The task's arguments as columns of the search, with the contract that states the domain.
struct Signature {
  std::vector<InputColumn> columns;
  std::vector<std::string> clauses;
};

std::string identifier(std::string name) {
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

std::string range_clause(const std::string& subject, const std::vector<std::int64_t>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return fmt::format("{0} >= {1} && {0} <= {2}", subject, *low, *high);
}

/// Words of one length are an array of that length.
Result<Signature> signature_of_words(const Task& task) {
  const DomainSpec& spec = task.domain.spec();
  Signature signature;
  for (const std::string& argument : task.arguments) {
    const std::string name = identifier(argument);
    if (argument == "prefix") {
      signature.columns.push_back({name, spec.max_length});
      for (int i = 0; i < spec.max_length; ++i) signature.clauses.push_back(range_clause(fmt::format("{}[{}]", name, i), spec.alphabet_values));
    } else if (argument == "length") {
      signature.columns.push_back({name, 0});
      signature.clauses.push_back(fmt::format("{} == {}", name, spec.max_length));
    } else {
      return unsupported(fmt::format("inference of expressions over the argument '{}'", argument), "call programs with (prefix, length)");
    }
  }
  return signature;
}

Result<Signature> signature_of(const Task& task) {
  const DomainSpec& spec = task.domain.spec();
  if (spec.is_tree()) return signature_of_words(task);
  Signature signature;
  for (const std::string& argument : task.arguments) {
    const std::string name = identifier(argument);
    const auto slot = std::find_if(spec.slots.begin(), spec.slots.end(), [&](const Slot& candidate) { return candidate.name == argument; });
    if (slot != spec.slots.end()) {
      signature.columns.push_back({name, slot->length == 1 ? 0 : slot->length});
      for (int i = 0; slot->length > 1 && i < slot->length; ++i)
        signature.clauses.push_back(range_clause(fmt::format("{}[{}]", name, i), slot->values));
      if (slot->length == 1) signature.clauses.push_back(range_clause(name, slot->values));
    } else if (argument == "step") {
      signature.columns.push_back({name, 0});
      signature.clauses.push_back(fmt::format("{0} >= 0 && {0} < {1}", name, spec.answers));
    } else if (argument.rfind("length.", 0) == 0) {
      const auto of = std::find_if(spec.slots.begin(), spec.slots.end(), [&](const Slot& candidate) { return candidate.name == argument.substr(7); });
      if (of == spec.slots.end()) return unsupported("the argument " + argument, "name a slot behind length.");
      signature.columns.push_back({name, 0});
      signature.clauses.push_back(fmt::format("{} == {}", name, of->length));
    } else {
      return unsupported(fmt::format("inference of expressions over the argument '{}'", argument), "call programs with slots, length.SLOT and step");
    }
  }
  return signature;
}

InputRow row_of(const Signature& signature, const BoundArguments& bound) {
  InputRow row;
  std::size_t scalar = 0, array = 0;
  for (const InputColumn& column : signature.columns) {
    if (column.length == 0) row.push_back(static_cast<std::int32_t>(bound.scalars[scalar++]));
    else
      for (std::int64_t cell : bound.cells[array]) row.push_back(static_cast<std::int32_t>(cell));
    if (column.length != 0) ++array;
  }
  return row;
}

class ExpressionInference {
 public:
  ExpressionInference(const Task& task, const NetworkOutputs& outputs, const InferenceOptions& options, Session& session)
      : task_(task), outputs_(outputs), options_(options), session_(session) {}

  Result<InferredProgram> run() {
    Result<Signature> signature = signature_of(task_);
    if (!signature) return fail(signature.error());
    signature_ = *signature;
    for (const circuits::Answer& answer : outputs_.answers) {
      const std::optional<std::int64_t> value = value_of_answer(task_.output, answer);
      if (!value)
        return input_error(fmt::format("the network answers {}, which no value of the task stands for", task_.output.text(answer, task_.words)),
                           "add the symbol to [output] symbols and values");
      values_.push_back(static_cast<std::int32_t>(*value));
    }
    Result<std::vector<SearchRow>> sample = rows_where([](const InputRow&, std::int32_t) { return true; }, kFirstSample);
    if (!sample) return fail(sample.error());
    session_.progress.stage("infer an expression", 0);
    SearchOptions search = options_.search;
    // Longer loops than the largest answer never tell a right program from a wrong one.
    const auto largest = std::max_element(values_.begin(), values_.end());
    if (largest != values_.end() && *largest != 0) search.match_defaults.push_back(*largest);  // often the answer "none"
    if (largest != values_.end()) search.trip_limit = std::clamp(*largest + 1, 2, search.trip_limit);
    Result<FoundProgram> found =
        search_program(signature_.columns, *sample, [&](const FoundProgram& candidate) { return differences(candidate); }, search, session_);
    if (!found) return fail(found.error());
    InferredProgram program = written(*found);
    program.summary = fmt::format("{} case{}, {} nodes, smallest to size {} per case, {} terms tried, {} rounds; agrees on all {} scored inputs",
                                  found->cases.size(), found->cases.size() == 1 ? "" : "s", found->size, found->complete_to, found->terms_tried,
                                  found->rounds, outputs_.scored);
    return program;
  }

 private:
  /// Interventions set a variable while the first answer is computed: what only a later one needs cannot be aligned.
  InferredProgram written(const FoundProgram& found) const {
    PrintedProgram printed = program_to_c(found, options_.function, signature_.clauses);
    InferredProgram program{.text = std::move(printed.text), .function = options_.function};
    for (const PrintedVariable& variable : printed.variables) {
      const FoundCase* branch = variable.in_case < 0 ? nullptr : &found.cases[static_cast<std::size_t>(variable.in_case)];
      const bool later =
          branch && branch->split >= 0 && branch->value != 0 && signature_.columns[static_cast<std::size_t>(branch->split)].name == "step";
      if (later) program.notes.push_back(fmt::format("{} is not aligned: it is computed for answer {} only", variable.point, branch->value));
      else program.variables.push_back({variable.point, variable.is_result});
    }
    return program;
  }

  Result<std::vector<SearchRow>> differences(const FoundProgram& candidate) {
    return rows_where([&](const InputRow& row, std::int32_t answer) { return candidate.answer(row) != answer; }, kCounterexamples);
  }

  /// A row with the pseudo-random rank by which it is drawn. Ranks hang on the row's place in the walk alone, so the same rows are
  /// drawn on any number of threads.
  struct Drawn {
    std::uint64_t rank = 0;
    SearchRow row;
    bool operator<(const Drawn& other) const { return rank < other.rank; }
  };

  std::uint64_t rank(std::size_t length, std::uint64_t ordinal) const {
    std::uint64_t mixed = task_.seed * 0x9e3779b97f4a7c15ull + length;
    for (const std::uint64_t part : {ordinal, std::uint64_t{0x632be59bd9b4e019ull}}) {
      mixed = (mixed ^ part) * 0xbf58476d1ce4e5b9ull;
      mixed ^= mixed >> 29;
    }
    return mixed;
  }

  /// Up to `most` rows of the domain for which `wanted` holds, drawn from the first such rows of every block. Keeps `most` rows at a time.
  Result<std::vector<SearchRow>> rows_where(const std::function<bool(const InputRow&, std::int32_t)>& wanted, std::size_t most) {
    // The binding needs a function to learn the parameters' types from.
    Result<CFunction> typed =
        CFunction::from_text(program_to_c({.pool = TermPool(signature_.columns)}, "signature", {}).text, "<signature>", "signature");
    if (!typed) return fail(typed.error());
    Result<Binding> binding = Binding::create(task_.domain.spec(), task_.arguments, *typed);
    if (!binding) return fail(binding.error());
    std::vector<Drawn> drawn;  // a heap, largest rank on top
    std::mutex mutex;
    auto visit = [&](const OutputBlock& block) {
      BoundArguments bound;
      std::vector<Drawn> local;
      const std::size_t stride = std::max<std::size_t>(1, block.count / 997);  // spreads the rows that are taken over the block
      for (std::size_t start = 0; start < stride && local.size() < most; ++start)
        for (std::size_t i = start; i < block.count && local.size() < most; i += stride) {
          const std::span<const TokenId> prefix = block.prefix(i);
          binding->bind(prefix, task_.domain.step(prefix), task_.domain.input_part(prefix), bound);
          InputRow row = row_of(signature_, bound);
          const std::int32_t answer = values_[block.codes[i]];
          if (wanted(row, answer)) local.push_back({rank(block.length, block.first + i), {std::move(row), answer}});
        }
      const std::lock_guard lock(mutex);
      for (Drawn& one : local) {
        if (drawn.size() == most && !(one < drawn.front())) continue;
        drawn.push_back(std::move(one));
        std::push_heap(drawn.begin(), drawn.end());
        if (drawn.size() <= most) continue;
        std::pop_heap(drawn.begin(), drawn.end());
        drawn.pop_back();
      }
      return !session_.cancelled();
    };
    if (Status walked = for_each_scored(task_.domain, outputs_, visit, session_); !walked) return fail(walked.error());
    if (session_.cancelled()) return fail({ErrorKind::kCancelled, "interrupted during the search", "run the command again"});
    std::sort_heap(drawn.begin(), drawn.end());
    std::vector<SearchRow> rows;
    for (Drawn& one : drawn) rows.push_back(std::move(one.row));
    return rows;
  }

  const Task& task_;
  const NetworkOutputs& outputs_;
  const InferenceOptions& options_;
  Session& session_;
  Signature signature_;
  std::vector<std::int32_t> values_;  // by code
};

}  // namespace

Result<InferredProgram> infer_expression(const Task& task, const NetworkOutputs& outputs, const InferenceOptions& options, Session& session) {
  if (task.domain.spec().slots.empty() && !task.domain.spec().is_tree())
    return unsupported("inference for a task without slots or alphabet", "declare its inputs as slots");
  return ExpressionInference(task, outputs, options, session).run();
}

std::optional<std::int64_t> value_of_answer(const OutputSpec& output, const circuits::Answer& answer) {
  if (output.is_set()) return static_cast<std::int64_t>(answer.set);
  for (std::size_t i = 0; i < output.symbols.size() && i < output.values.size(); ++i)
    if (output.symbols[i] == answer.token) return output.values[i];
  return std::nullopt;
}

Result<InferredProgram> infer_program(const Task& task, circuits::Network& network, const NetworkOutputs& outputs, const InferenceOptions& options,
                                      Session& session) {
  const DomainSpec& spec = task.domain.spec();
  const bool words_of_many_lengths = spec.is_tree() && spec.min_length != spec.max_length;
  return words_of_many_lengths ? infer_automaton(task, network, outputs, options, session) : infer_expression(task, outputs, options, session);
}

namespace {

std::string claim_text(const std::string& kind, const std::string& more = "") { return fmt::format("\n[[claim]]\nkind = \"{}\"\n{}", kind, more); }

std::string alignment_text(const InferredProgram& program, const InferredVariable& variable, const FoundSite* found) {
  std::string text = "\n[[align]]\n";
  if (found) text += fmt::format("# the best of {} pairs of site and position, tried on one half of the inputs\n", found->tried);
  text += fmt::format("variable = \"{}.{}\"\n", program.function, variable.point);
  if (found) text += fmt::format("site = \"{}\"\nposition = \"{}\"\n", found->site, found->position);
  return text;
}

}  // namespace

std::string hypothesis_text(const InferredProgram& program, const std::string& task_file, const std::string& program_file,
                            const std::optional<FunctionSource>& reference, const std::vector<FoundSite>& sites, InferredClaims claims) {
  const bool all = claims == InferredClaims::kAll;
  const bool stated = sites.size() == program.variables.size();
  std::string text = fmt::format("# Written by `assay infer`: {}.\n", program.summary);
  for (const std::string& note : program.notes) text += fmt::format("# {}.\n", note);
  text += fmt::format("task = \"{}\"\nprogram = {{ file = \"{}\", function = \"{}\" }}\n", task_file, program_file, program.function);
  if (reference && all) text += fmt::format("reference = {{ file = \"{}\", function = \"{}\" }}\n", reference->file, reference->function);
  for (std::size_t i = 0; i < program.variables.size(); ++i) text += alignment_text(program, program.variables[i], stated ? &sites[i] : nullptr);
  if (all) text += claim_text("network_equals_program");
  for (const InferredVariable& variable : program.variables)
    text += claim_text("iia", fmt::format("id = \"iia.{0}\"\nvariables = [\"{0}\"]\n", variable.id()));
  if (all) text += claim_text("safety");
  if (reference && all) text += claim_text("program_equals_reference");
  return text;
}

}  // namespace assay::analysis
