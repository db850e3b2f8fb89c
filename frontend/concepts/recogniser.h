// A recogniser finds one kind of concept. Adding one: a class in a file of its own and a line in registry.cpp.
//
//   class Swap : public Recogniser { ... void find(const FunctionView& view, Findings& out) const override; };
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/concepts/view.h"

namespace assay::concepts {

class Recogniser {
 public:
  virtual ~Recogniser() = default;
  /// The kinds that it reports, with a sentence each.
  virtual std::vector<std::pair<std::string, std::string>> kinds() const = 0;
  virtual void find(const FunctionView& view, std::vector<Concept>& out) const = 0;
};

/// In the order of the registry.
std::vector<std::unique_ptr<Recogniser>> all_recognisers();

}  // namespace assay::concepts
