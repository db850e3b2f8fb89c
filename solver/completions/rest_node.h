// The rules of a RestGrammar as a tree: what is written, and the code that does the same for a choice that a parameter holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::solver {

/// Stands in code for the name that RestGrammar::code() gives to the function.
inline constexpr char kOwnName = '\x01';

struct RestNode {
  enum class Kind : std::uint8_t {
    kText,          ///< `text`; its code is `code`
    kSequence,      ///< children
    kAlternatives,  ///< one of the children, as `choice` says
    kValue,         ///< value [operator value], of `types`: first, second, result; the code defines __assay_e
    kUse,           ///< children: what is done with __assay_e, and a kValue; written one behind the other with `;`
    kIf,            ///< children: value, comparison, value, statement; types of the values
  };
  enum class Form : std::uint8_t { kStatement, kValue, kCondition, kStep };
  Kind kind = Kind::kText;
  std::string text, code;
  std::vector<RestNode> children;
  int choice = -1;  ///< kAlternatives with more than one child
  Form form = Form::kStatement;
  bool on_lines = false;  ///< kAlternatives: each child's code stands on lines of its own
  std::string type;       ///< of kAlternatives in form kValue: what each of them is
  std::vector<std::string> types;
  std::uint64_t size = 0;           ///< kAlternatives: texts, with every choice open
  std::optional<std::size_t> slot;  ///< stands only where a placement says so
};

/// Fills in RestNode::size.
void set_sizes(RestNode& node);

/// Gives each choice below the node a cell from `next` on, other alternatives the same ones; returns the first cell behind them.
std::size_t set_cells(const RestNode& node, std::size_t next, std::vector<std::size_t>& cell_of);

}  // namespace assay::solver
