// The rules of a RestGrammar as a tree: what is written, and the code that does the same for a choice that a parameter holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::solver {

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
  std::string type;  ///< of kAlternatives in form kValue: what each of them is
  std::vector<std::string> types;
  std::uint64_t size = 0;           ///< kAlternatives: texts, with every choice open
  std::optional<std::size_t> slot;  ///< stands only where a placement says so
};

/// Fills in RestNode::size.
void set_sizes(RestNode& node);

}  // namespace assay::solver
