#include "frontend/program/interpreter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "frontend/program/interpreter_machine.h"

namespace assay::program {

// ---- arguments and points ------------------------------------------------------------------------------------------------
Argument Argument::scalar(std::int64_t value) {
  Argument argument;
  argument.cells.push_back({true, value, false});
  return argument;
}

Argument Argument::array(const std::vector<std::int64_t>& values) {
  Argument argument;
  argument.kind = Kind::kArray;
  for (const std::int64_t value : values) argument.cells.push_back({true, value, false});
  return argument;
}

Argument Argument::null() {
  Argument argument;
  argument.kind = Kind::kNull;
  return argument;
}

Result<ProgramPoint> ProgramPoint::parse(std::string_view text) {
  const auto bad = [&](const std::string& why) {
    return input_error(fmt::format("'{}' is not a program point: {}", text, why), "write function.label.variable, and [visit] after it inside loops");
  };
  ProgramPoint point;
  std::string_view rest = text;
  if (rest.ends_with(']')) {
    const std::size_t open = rest.rfind('[');
    if (open == std::string_view::npos) return bad("']' without '['");
    const std::string_view digits = rest.substr(open + 1, rest.size() - open - 2);
    std::uint32_t visit = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), visit);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return bad(fmt::format("'{}' is no visit", digits));
    point.visit = visit;
    rest = rest.substr(0, open);
  }
  const std::size_t first = rest.find('.');
  const std::size_t second = first == std::string_view::npos ? first : rest.find('.', first + 1);
  if (second == std::string_view::npos) return bad("it needs three names with dots between them");
  if (rest.find('.', second + 1) != std::string_view::npos) return bad("it has more than three names");
  point.function = rest.substr(0, first);
  point.label = rest.substr(first + 1, second - first - 1);
  point.variable = rest.substr(second + 1);
  if (point.function.empty() || point.label.empty() || point.variable.empty()) return bad("a name is empty");
  return point;
}

std::string ProgramPoint::to_string() const {
  std::string text = function + "." + label + "." + variable;
  return visit ? fmt::format("{}[{}]", text, *visit) : text;
}

// ---- construction --------------------------------------------------------------------------------------------------------
namespace {

/// The mutable globals first, so that a reset copies only them.
GlobalLayout lay_out_globals(const Program& program, const Layouts& layouts) {
  GlobalLayout globals;
  globals.words.resize(program.globals.size());
  for (const bool constants : {false, true}) {
    for (std::size_t g = 0; g < program.globals.size(); ++g) {
      if (program.globals[g].is_const != constants) continue;
      globals.words[g] = globals.total_words;
      globals.total_words += layouts.words(program.globals[g].type);
    }
    if (!constants) globals.mutable_words = globals.total_words;
  }
  return globals;
}

void initialise_globals(Image& image) {
  FunctionCode code = compile_initialisation(*image.program, image.layouts, image.globals);
  image.plain.push_back(std::move(code));
  Machine machine(image);
  machine.reset();
  RunOptions options;
  options.step_limit = std::uint64_t{1} << 40;
  if (!machine.enter(static_cast<std::uint32_t>(image.plain.size() - 1), false)) {
    image.broken = "the globals are too large to run";
  } else if (machine.execute(options) != RunEnd::kReturned) {
    image.broken = "the initialisation of the globals fails: " + machine.failure.message + machine.unsupported;
  }
  for (std::uint64_t i = 0; i < image.globals.total_words; ++i) {
    image.words[i] = machine.word(i);
    image.states[i] = machine.state(i);
  }
  image.plain.pop_back();
}

std::unique_ptr<Image> make_image(const Program& program) {
  auto image = std::make_unique<Image>(program);
  image->globals = lay_out_globals(program, image->layouts);
  for (std::uint32_t i = 0; i < program.types.size(); ++i) image->strides.push_back(static_cast<std::uint32_t>(image->layouts.words({i})));
  if (image->globals.total_words > kLargestObjectWords) {
    image->broken = "the globals are too large to run";
    return image;
  }
  image->words.assign(image->globals.total_words, 0);
  image->states.assign(image->globals.total_words, 1);
  initialise_globals(*image);
  for (const Function& function : program.functions) {
    image->plain.push_back(compile(program, image->layouts, image->globals, function, false));
    image->observable.push_back(compile(program, image->layouts, image->globals, function, true));
  }
  return image;
}

// ---- watching ------------------------------------------------------------------------------------------------------------
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t next = std::min({row[j + 1] + 1, row[j] + 1, diagonal + (a[i] != b[j])});
      diagonal = row[j + 1];
      row[j + 1] = next;
    }
  }
  return row.back();
}

tl::unexpected<Error> unknown(std::string_view what, const ProgramPoint& point, std::string_view name, const std::vector<std::string>& existing) {
  std::string remedy = fmt::format("there is no {} there", what);
  const auto nearest = std::min_element(existing.begin(), existing.end(),
                                        [&](const std::string& a, const std::string& b) { return edit_distance(a, name) < edit_distance(b, name); });
  if (nearest != existing.end()) remedy = fmt::format("the nearest {} is '{}'", what, *nearest);
  return input_error(fmt::format("program point '{}': unknown {} '{}'", point.to_string(), what, name), remedy);
}

/// Which locals are visible at a label; declarations of enclosing blocks come after those they contain.
class LabelSearch {
 public:
  explicit LabelSearch(std::string_view label) : label_(label) {}
  bool block(const Block& block, std::size_t depth = 0) {
    const std::size_t outer = visible_.size();
    for (const Stmt& stmt : block) {
      if (stmt.kind == StmtKind::kDeclare) visible_.push_back(stmt.variable.index);
      if (stmt.kind == StmtKind::kLabel) labels.push_back(stmt.name);
      if (stmt.kind == StmtKind::kLabel && stmt.name == label_) {
        if (!found) at_label = visible_;
        found = true;
      }
      block_of(stmt, depth);
    }
    visible_.resize(outer);
    return found;
  }
  bool found = false;
  std::vector<std::uint32_t> at_label;
  std::vector<std::string> labels;

 private:
  void block_of(const Stmt& stmt, std::size_t depth) {
    block(stmt.body, depth + 1);
    block(stmt.else_body, depth + 1);
    if (stmt.loop) block(stmt.loop->step, depth + 1);
  }
  std::string_view label_;
  std::vector<std::uint32_t> visible_;
};

std::optional<VariableId> find_variable(const Program& program, const Function& function, const LabelSearch& label, const std::string& name) {
  for (auto local = label.at_label.rbegin(); local != label.at_label.rend(); ++local)
    if (function.locals[*local].name == name) return VariableId{false, *local};
  for (std::uint32_t i = 0; i < function.parameter_count; ++i)
    if (function.locals[i].name == name) return VariableId{false, i};
  for (std::uint32_t g = 0; g < program.globals.size(); ++g)
    if (program.globals[g].name == name || program.globals[g].name == function.name + "." + name) return VariableId{true, g};
  return std::nullopt;
}

Result<Watch> resolve(const Program& program, const ProgramPoint& point) {
  const std::optional<FunctionId> id = program.find(point.function);
  if (!id) {
    std::vector<std::string> names;
    for (const Function& function : program.functions) names.push_back(function.name);
    return unknown("function", point, point.function, names);
  }
  const Function& function = program.function(*id);
  LabelSearch label(point.label);
  if (!label.block(function.body)) return unknown("label", point, point.label, label.labels);
  const std::optional<VariableId> variable = find_variable(program, function, label, point.variable);
  if (!variable) {
    std::vector<std::string> names;
    for (const std::uint32_t local : label.at_label)
      if (!function.locals[local].is_temporary) names.push_back(function.locals[local].name);
    for (std::uint32_t i = 0; i < function.parameter_count; ++i) names.push_back(function.locals[i].name);
    for (const Variable& global : program.globals)
      if (!global.name.starts_with('$')) names.push_back(global.name);
    return unknown("variable", point, point.variable, names);
  }
  const TypeId type = program.variable(function, *variable).type;
  if (!program.type(type).is_scalar())
    return input_error(fmt::format("program point '{}': '{}' is an array or struct", point.to_string(), point.variable), "watch a scalar variable");
  return Watch{point, id->value, *variable};
}

}  // namespace

struct Interpreter::Code {
  std::unique_ptr<Image> image;
  std::unique_ptr<MachinePool> pool;
};

Interpreter::Interpreter(const Program& program) : code_(std::make_unique<Code>()) {
  code_->image = make_image(program);
  code_->pool = std::make_unique<MachinePool>(*code_->image);
}
Interpreter::Interpreter(const Program& program, const std::function<void(FunctionCode&)>& rewrite) : Interpreter(program) {
  for (std::vector<FunctionCode>* list : {&code_->image->plain, &code_->image->observable})
    for (FunctionCode& function : *list) rewrite(function);
}
Interpreter::~Interpreter() = default;
Interpreter::Interpreter(Interpreter&&) noexcept = default;
Interpreter& Interpreter::operator=(Interpreter&&) noexcept = default;

Status Interpreter::watch(std::span<const ProgramPoint> points) {
  Image& image = *code_->image;
  std::vector<Watch> watches;
  for (const ProgramPoint& point : points) {
    Result<Watch> watch = resolve(*image.program, point);
    if (!watch) return fail(watch.error());
    watches.push_back(std::move(*watch));
  }
  image.watches = std::move(watches);
  for (std::size_t f = 0; f < image.observable.size(); ++f)
    for (LabelSite& label : image.observable[f].labels) {
      label.watches.clear();
      for (std::uint32_t w = 0; w < image.watches.size(); ++w)
        if (image.watches[w].function == f && image.watches[w].point.label == label.name) label.watches.push_back(w);
    }
  return {};
}

// ---- running -------------------------------------------------------------------------------------------------------------
namespace {

/// Passes the arguments of one run and collects what it leaves.
class Run {
 public:
  Run(const Image& image, Machine& machine, std::uint32_t function, std::span<const Argument> arguments)
      : image_(image), machine_(machine), function_(image.program->functions[function]), function_id_(function), arguments_(arguments) {}

  RunResult run(const RunOptions& options) {
    RunResult result;
    if (!image_.broken.empty()) return refuse(image_.broken);
    if (!function_.has_body) return refuse(function_.refusal.empty() ? fmt::format("'{}' has no body here", function_.name) : function_.refusal);
    if (arguments_.size() != function_.parameter_count)
      return refuse(fmt::format("'{}' takes {} arguments, not {}", function_.name, function_.parameter_count, arguments_.size()));
    machine_.reset();
    machine_.trace.clear();
    machine_.observations.clear();
    machine_.output.clear();
    machine_.unsupported.clear();
    objects_.resize(arguments_.size());
    for (std::size_t i = 0; i < arguments_.size(); ++i)
      if (arguments_[i].kind == Argument::Kind::kArray && !make_array(i)) return refuse(problem_);
    const bool observable = options.trace || options.observe || !options.settings.empty();
    if (!machine_.enter(function_id_, observable)) return refuse("the variables of this function are too large to run");
    const FunctionCode& code = image_.plain[function_id_];
    for (std::size_t i = 0; i < arguments_.size(); ++i)
      if (!pass(i, code.variables[i])) return refuse(problem_);
    result.end = machine_.execute(options);
    collect(result, options);
    return result;
  }

 private:
  static RunResult refuse(std::string why) {
    RunResult result;
    result.end = RunEnd::kUnsupported;
    result.unsupported = std::move(why);
    return result;
  }
  bool problem(std::size_t index, std::string_view what) {
    problem_ = fmt::format("argument {} of '{}' {}", index + 1, function_.name, what);
    return false;
  }
  const Type& type(std::size_t index) const { return image_.program->type(function_.locals[index].type); }
  std::size_t leaf_count(TypeId id) const {
    std::size_t count = 0;
    image_.layouts.for_each_leaf(id, [&](const Leaf&) { ++count; });
    return count;
  }
  void put(std::uint64_t word, TypeId leaf, const Scalar& cell, std::size_t index) {
    const Type& t = image_.program->type(leaf);
    if (t.is_pointer()) {
      if (cell.integer != 0) problem(index, "holds a pointer that is not null");
      machine_.set_pointer(word, {});
    } else {
      machine_.set_word(word, fit(cell.integer, t), cell.initialised);
    }
  }
  bool make_array(std::size_t index) {
    if (!type(index).is_pointer()) return problem(index, "is an array, but the parameter is no pointer");
    const TypeId element = type(index).element;
    const std::size_t leaves = image_.program->type(element).kind == TypeKind::kVoid ? 0 : leaf_count(element);
    if (leaves == 0) return problem(index, "points to a type without scalars");
    const std::vector<Scalar>& cells = arguments_[index].cells;
    if (cells.size() % leaves != 0) return problem(index, fmt::format("has {} cells, which is no multiple of {}", cells.size(), leaves));
    Pointer& to = objects_[index];
    if (!machine_.add_argument(element, cells.size() / leaves, to)) return problem(index, "is too large");
    const std::uint64_t base = machine_.object(to.object).word;
    std::size_t next = 0;
    for (std::uint64_t e = 0; e < to.count; ++e)
      image_.layouts.for_each_leaf(
          element, [&](const Leaf& leaf) { put(base + e * image_.strides[element.value] + leaf.word, leaf.type, cells[next++], index); });
    return problem_.empty();
  }
  bool pass(std::size_t index, std::uint32_t word) {
    const Argument& argument = arguments_[index];
    const std::uint64_t at = word;
    Pointer pointer;
    switch (argument.kind) {
      case Argument::Kind::kScalar:
        if (!type(index).is_integer() || argument.cells.size() != 1) return problem(index, "is one integer, but the parameter is not");
        if (!argument.cells[0].initialised) return problem(index, "is an integer without a value");
        machine_.parameter_word(at) = fit(argument.cells[0].integer, type(index));
        machine_.parameter_state(at) = 1;
        return true;
      case Argument::Kind::kStruct: return pass_struct(index, at);
      case Argument::Kind::kNull: break;
      case Argument::Kind::kArray: pointer = objects_[index]; break;
      case Argument::Kind::kAlias:
        if (argument.shared_with >= index || arguments_[argument.shared_with].kind != Argument::Kind::kArray)
          return problem(index, "shares an array that is no earlier argument");
        pointer = objects_[argument.shared_with];
        break;
    }
    if (argument.offset > pointer.count) return problem(index, "points outside its array");
    pointer.index = static_cast<std::uint32_t>(argument.offset);
    if (!type(index).is_pointer()) return problem(index, "is a pointer, but the parameter is none");
    std::memcpy(&machine_.parameter_word(at), &pointer, sizeof pointer);
    machine_.parameter_state(at) = 1;
    return true;
  }
  bool pass_struct(std::size_t index, std::uint64_t at) {
    const Argument& argument = arguments_[index];
    if (type(index).kind != TypeKind::kStruct) return problem(index, "is a struct, but the parameter is none");
    const TypeId id = function_.locals[index].type;
    if (leaf_count(id) != argument.cells.size())
      return problem(index, fmt::format("has {} cells, but the struct has {}", argument.cells.size(), leaf_count(id)));
    std::size_t next = 0;
    image_.layouts.for_each_leaf(id, [&](const Leaf& leaf) {
      const Scalar& cell = argument.cells[next++];
      const Type& t = image_.program->type(leaf.type);
      if (t.is_pointer() && cell.integer != 0) problem(index, "holds a pointer that is not null");
      for (std::uint64_t w = 0; w < image_.layouts.words(leaf.type); ++w) machine_.parameter_word(at + leaf.word + w) = 0;
      if (t.is_integer()) machine_.parameter_word(at + leaf.word) = fit(cell.integer, t);
      machine_.parameter_state(at + leaf.word) = cell.initialised;
    });
    return problem_.empty();
  }

  Scalar scalar_at(std::uint64_t word, TypeId leaf) const {
    const Type& t = image_.program->type(leaf);
    if (!machine_.state(word)) return {false, 0, t.is_pointer()};
    if (t.is_pointer()) return {true, machine_.pointer_at(word).object != 0, true};
    return {true, fit(machine_.word(word), t), false};
  }
  void collect_value(RunResult& result) const {
    const Type& t = image_.program->type(function_.return_type);
    if (t.is_integer()) result.value = Scalar{true, fit(machine_.result, t), false};
    if (t.is_pointer()) result.value = Scalar{true, machine_.result_pointer.object != 0, true};
    if (t.kind != TypeKind::kStruct) return;
    image_.layouts.for_each_leaf(function_.return_type, [&](const Leaf& leaf) {
      const Type& leaf_type = image_.program->type(leaf.type);
      const bool set = machine_.result_states[leaf.word] != 0;
      const std::int64_t word = machine_.result_words[leaf.word];
      result.struct_value.push_back({set,
                                     !set                     ? 0
                                     : leaf_type.is_pointer() ? (word & 0xffffffff) != 0
                                                              : fit(word, leaf_type),
                                     leaf_type.is_pointer()});
    });
  }
  void collect(RunResult& result, const RunOptions& options) {
    result.steps = machine_.steps;
    result.output = std::move(machine_.output);
    result.exit_status = machine_.exit_status;
    result.unsupported = machine_.unsupported;
    result.trace = std::move(machine_.trace);
    result.observations = std::move(machine_.observations);
    if (result.end == RunEnd::kCheckFailed) result.failure = machine_.failure;
    if (result.end == RunEnd::kReturned && machine_.returned) collect_value(result);
    result.arrays.resize(arguments_.size());
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      if (arguments_[i].kind != Argument::Kind::kArray) continue;
      const TypeId element = type(i).element;
      for (std::uint64_t e = 0; e < objects_[i].count; ++e)
        image_.layouts.for_each_leaf(element, [&](const Leaf& leaf) {
          result.arrays[i].push_back(scalar_at(machine_.object(objects_[i].object).word + e * image_.strides[element.value] + leaf.word, leaf.type));
        });
    }
    if (!options.trace) return;
    for (std::size_t g = 0; g < image_.program->globals.size(); ++g)
      if (!image_.program->globals[g].is_const)
        image_.layouts.for_each_leaf(image_.program->globals[g].type,
                                     [&](const Leaf& leaf) { result.globals.push_back(scalar_at(image_.globals.words[g] + leaf.word, leaf.type)); });
  }

  const Image& image_;
  Machine& machine_;
  const Function& function_;
  std::uint32_t function_id_;
  std::span<const Argument> arguments_;
  std::vector<Pointer> objects_;
  std::string problem_;
};

}  // namespace

RunResult Interpreter::run(FunctionId function, std::span<const Argument> arguments, const RunOptions& options) const {
  std::unique_ptr<Machine> machine = code_->pool->take();
  RunResult result = Run(*code_->image, *machine, function.value, arguments).run(options);
  code_->pool->give(std::move(machine));
  return result;
}

bool Interpreter::run_integers(FunctionId function, std::span<const std::int64_t> scalars, std::span<const std::span<const std::int64_t>> arrays,
                               std::int64_t& value) const {
  const Image& image = *code_->image;
  const Function& callee = image.program->function(function);
  if (!image.broken.empty() || !callee.has_body || scalars.size() + arrays.size() != callee.parameter_count) return false;
  if (!image.program->type(callee.return_type).is_integer()) return false;
  std::unique_ptr<Machine> machine = code_->pool->take();
  machine->reset();
  const auto prepared = [&] {
    std::array<Pointer, 16> pointers;
    if (arrays.size() > pointers.size()) return false;
    std::size_t next_array = 0, next_scalar = 0;
    for (std::uint32_t p = 0; p < callee.parameter_count; ++p) {
      const Type& t = image.program->type(callee.locals[p].type);
      if (!t.is_pointer()) continue;
      if (next_array == arrays.size() || !image.program->type(t.element).is_integer()) return false;
      const std::span<const std::int64_t> cells = arrays[next_array];
      if (!machine->add_argument(t.element, cells.size(), pointers[next_array])) return false;
      const std::uint64_t base = machine->object(pointers[next_array].object).word;
      for (std::size_t c = 0; c < cells.size(); ++c) machine->set_word(base + c, fit(cells[c], image.program->type(t.element)));
      ++next_array;
    }
    if (!machine->enter(function.value, false)) return false;
    next_array = 0;
    for (std::uint32_t p = 0; p < callee.parameter_count; ++p) {
      const Type& t = image.program->type(callee.locals[p].type);
      const std::uint32_t at = image.plain[function.value].variables[p];
      machine->parameter_state(at) = 1;
      if (t.is_pointer()) {
        std::memcpy(&machine->parameter_word(at), &pointers[next_array++], sizeof(Pointer));
      } else {
        if (!t.is_integer() || next_scalar == scalars.size()) return false;
        machine->parameter_word(at) = fit(scalars[next_scalar++], t);
      }
    }
    return true;
  }();
  const RunOptions options;
  const bool returned = prepared && machine->execute(options) == RunEnd::kReturned && machine->returned;
  if (returned) value = machine->result;
  machine->output.clear();
  code_->pool->give(std::move(machine));
  return returned;
}

}  // namespace assay::program
