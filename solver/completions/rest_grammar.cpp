#include "solver/completions/rest_grammar.h"

#include <fmt/format.h>

#include <algorithm>

#include "solver/completions/rest_node.h"

namespace assay::solver {

namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 62;

std::uint64_t times(std::uint64_t a, std::uint64_t b) { return a != 0 && b > kMost / a ? kMost : a * b; }
std::uint64_t plus(std::uint64_t a, std::uint64_t b) { return std::min(kMost, a + b); }

std::uint64_t count_of(const RestNode& node, const RestChoices& choices) {
  if (node.kind == RestNode::Kind::kText) return 1;
  if (node.kind != RestNode::Kind::kAlternatives) {
    std::uint64_t all = 1;
    for (const RestNode& child : node.children) all = times(all, count_of(child, choices));
    return all;
  }
  const int chosen = node.choice < 0 || choices.empty() ? -1 : choices[static_cast<std::size_t>(node.choice)];
  if (chosen >= 0) return count_of(node.children[static_cast<std::size_t>(chosen)], choices);
  if (node.choice >= 0 && node.size != 0) return node.size;  // what stands below an open choice is open
  std::uint64_t all = 0;
  for (const RestNode& child : node.children) all = plus(all, count_of(child, choices));
  return all;
}

void write_text(const RestNode& node, const RestChoices& choices, std::string& out) {
  switch (node.kind) {
    case RestNode::Kind::kText: out += node.text; return;
    case RestNode::Kind::kAlternatives: {
      const int chosen = node.choice < 0 || choices.empty() ? 0 : std::max(0, choices[static_cast<std::size_t>(node.choice)]);
      return write_text(node.children[static_cast<std::size_t>(chosen)], choices, out);
    }
    case RestNode::Kind::kIf: out += "if ("; break;
    default: break;
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (node.kind == RestNode::Kind::kIf && i == 3) out += ") ";
    write_text(node.children[i], choices, out);
  }
  if (node.kind == RestNode::Kind::kUse) out += ";";
}

/// Writes the code of nodes and notes on which lines choices are read.
class CodeWriter {
 public:
  CodeWriter(std::string& out, const std::vector<std::size_t>& cell_of, std::map<int, int>& lines, std::map<int, std::size_t>& rest_lines)
      : out_(out), cell_of_(cell_of), lines_(lines), rest_lines_(rest_lines) {
    seen_ = out.size(), line_ = newlines(0);
  }

  void write(const RestNode& node) {
    switch (node.kind) {
      case RestNode::Kind::kText: out_ += node.code; return;
      case RestNode::Kind::kSequence:
        for (const RestNode& child : node.children) write(child);
        return;
      case RestNode::Kind::kAlternatives: return alternatives(node, 0, node.children.size());
      case RestNode::Kind::kValue: return value(node);
      case RestNode::Kind::kUse:
        out_ += "{ ";
        write(node.children[1]);
        write(node.children[0]);
        out_ += " }";
        return;
      case RestNode::Kind::kIf: return condition(node);
    }
  }

  void read(int choice) {
    out_ += "\n";
    lines_[line()] = choice;
  }

 private:
  void alternatives(const RestNode& node, std::size_t low, std::size_t high) {
    if (high - low == 1) return leaf(node, low);
    if (low == 0 && high == node.children.size()) read(node.choice);
    const std::size_t middle = (low + high) / 2;
    const std::string test = fmt::format("__assay_choice[{}] < {}", cell_of_[static_cast<std::size_t>(node.choice)], middle);
    const bool is_statement = node.form == RestNode::Form::kStatement;
    out_ += is_statement ? "if (" + test + ") { " : "(" + test + " ? ";
    alternatives(node, low, middle);
    out_ += is_statement ? " } else { " : " : ";
    alternatives(node, middle, high);
    out_ += is_statement ? " }" : ")";
  }

  void leaf(const RestNode& node, std::size_t child) {
    if (node.on_lines) begin_rest(child);
    leaf(node, node.children[child]);
    if (node.on_lines) begin_rest(child + 1);
  }

  void begin_rest(std::size_t child) {
    out_ += "\n";
    rest_lines_[line()] = child;
  }

  void leaf(const RestNode& node, const RestNode& child) {
    switch (node.form) {
      case RestNode::Form::kStatement: return write(child);
      case RestNode::Form::kValue: out_ += "((" + node.type + ")("; break;
      case RestNode::Form::kCondition: out_ += "(("; break;
      case RestNode::Form::kStep: out_ += "((void)("; break;
    }
    write(child);
    out_ += node.form == RestNode::Form::kCondition ? ") != 0)" : "))";
  }

  /// Defines __assay_e.
  void value(const RestNode& node) {
    const bool binary = node.children.size() == 3;
    out_ += node.types[0] + (binary ? " __assay_l = " : " __assay_e = ");
    write(node.children[0]);
    out_ += "; ";
    if (!binary) return;
    out_ += node.types[1] + " __assay_r = ";
    write(node.children[2]);
    out_ += "; " + node.types[2] + " __assay_e = ";
    write(node.children[1]);
    out_ += "; ";
  }

  void condition(const RestNode& node) {
    out_ += "{ " + node.types[0] + " __assay_l = ";
    write(node.children[0]);
    out_ += "; " + node.types[1] + " __assay_r = ";
    write(node.children[2]);
    out_ += "; if (";
    write(node.children[1]);
    out_ += ") { ";
    write(node.children[3]);
    out_ += " } }";
  }

  int newlines(std::size_t from) const { return static_cast<int>(std::count(out_.begin() + static_cast<std::ptrdiff_t>(from), out_.end(), '\n')); }
  int line() {
    line_ += newlines(seen_);
    seen_ = out_.size();
    return line_;
  }

  std::string& out_;
  const std::vector<std::size_t>& cell_of_;
  std::map<int, int>& lines_;
  std::map<int, std::size_t>& rest_lines_;
  std::size_t seen_ = 0;
  int line_ = 0;
};

}  // namespace

void set_sizes(RestNode& node) {
  for (RestNode& child : node.children) set_sizes(child);
  node.size = 0;
  if (node.kind == RestNode::Kind::kAlternatives) node.size = count_of(node, {});
}

std::size_t set_cells(const RestNode& node, std::size_t next, std::vector<std::size_t>& cell_of) {
  if (node.choice >= 0) cell_of[static_cast<std::size_t>(node.choice)] = next++;
  std::size_t behind = next;
  for (const RestNode& child : node.children) {
    const std::size_t end = set_cells(child, next, cell_of);
    behind = std::max(behind, end);
    if (node.kind != RestNode::Kind::kAlternatives) next = end;
  }
  return behind;
}

std::uint64_t RestGrammar::size() const { return count({}); }

std::uint64_t RestGrammar::count(const RestChoices& choices) const {
  std::uint64_t fixed = 1;
  std::map<std::size_t, std::uint64_t> slots;
  for (const auto& part : parts_) {
    if (part->slot) slots[*part->slot] = count_of(*part, choices);
    else fixed = times(fixed, count_of(*part, choices));
  }
  std::uint64_t all = 0;
  const int chosen = placement_ < 0 || choices.empty() ? -1 : choices[static_cast<std::size_t>(placement_)];
  for (std::size_t p = 0; p < placements_.size(); ++p) {
    if (chosen >= 0 && static_cast<std::size_t>(chosen) != p) continue;
    std::uint64_t each = 1;
    for (const std::size_t slot : placements_[p]) each = times(each, slots.at(slot));
    all = plus(all, each);
  }
  return times(fixed, all);
}

std::string RestGrammar::rest(const RestChoices& choices) const {
  const std::size_t chosen =
      placement_ < 0 || choices.empty() ? 0 : static_cast<std::size_t>(std::max(0, choices[static_cast<std::size_t>(placement_)]));
  const std::vector<std::size_t>& filled = placements_[chosen];
  std::string text;
  for (const auto& part : parts_) {
    if (part->slot && std::find(filled.begin(), filled.end(), *part->slot) == filled.end()) continue;
    write_text(*part, choices, text);
    if (part->slot) text += " ";
  }
  return text;
}

std::string RestGrammar::code(const std::string& name) {
  std::string out = head_name_ + name + head_parameters_ + (head_parameters_.ends_with("(") ? "" : ", ") + "const int *__assay_choice" + head_;
  lines_.clear();
  rest_lines_.clear();
  CodeWriter writer(out, cell_of_, lines_, rest_lines_);
  for (const auto& part : parts_) {
    if (!part->slot) {
      writer.write(*part);
      continue;
    }
    std::string test;
    for (std::size_t p = 0; p < placements_.size(); ++p)
      if (std::find(placements_[p].begin(), placements_[p].end(), *part->slot) != placements_[p].end())
        test += fmt::format("{}__assay_choice[{}] == {}", test.empty() ? "" : " || ", cell_of_[static_cast<std::size_t>(placement_)], p);
    writer.read(placement_);
    out += "if (" + test + ") { ";
    writer.write(*part);
    out += " }";
  }
  for (std::size_t at = 0; (at = out.find(kOwnName, at)) != std::string::npos; at += name.size()) out.replace(at, 1, name);
  return out + "\n";
}

bool RestGrammar::leave_out(const std::set<std::size_t>& rests) {
  RestNode node = *parts_[*cut_];
  std::vector<RestNode> left;
  for (std::size_t r = 0; r < node.children.size(); ++r)
    if (!rests.contains(r)) left.push_back(std::move(node.children[r]));
  node.children = std::move(left);
  if (node.choice >= 0) arity_[static_cast<std::size_t>(node.choice)] = static_cast<int>(node.children.size());
  set_sizes(node);
  const bool any = !node.children.empty();
  parts_[*cut_] = std::make_shared<const RestNode>(std::move(node));
  return any;
}

std::optional<int> RestGrammar::choice_at(int line) const {
  const auto found = lines_.find(line);
  return found == lines_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> RestGrammar::rest_at(int line) const {
  const auto behind = rest_lines_.upper_bound(line);
  if (behind == rest_lines_.begin() || behind == rest_lines_.end()) return std::nullopt;
  return std::prev(behind)->second;
}

}  // namespace assay::solver
