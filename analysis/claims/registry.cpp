// One line per claim kind.
#include "analysis/claims/claim.h"

namespace assay::analysis {

std::unique_ptr<ClaimKind> completeness();
std::unique_ptr<ClaimKind> faithfulness();
std::unique_ptr<ClaimKind> follows_meaning();
std::unique_ptr<ClaimKind> iia();
std::unique_ptr<ClaimKind> insensitive();
std::unique_ptr<ClaimKind> minimality();
std::unique_ptr<ClaimKind> network_equals_program();
std::unique_ptr<ClaimKind> program_equals_reference();
std::unique_ptr<ClaimKind> safety();
std::unique_ptr<ClaimKind> semantic_faithfulness();
std::unique_ptr<ClaimKind> sensitive();

namespace {

std::vector<std::unique_ptr<ClaimKind>> make_kinds() {
  std::vector<std::unique_ptr<ClaimKind>> kinds;
  kinds.push_back(faithfulness());
  kinds.push_back(semantic_faithfulness());
  kinds.push_back(follows_meaning());
  kinds.push_back(completeness());
  kinds.push_back(minimality());
  kinds.push_back(sensitive());
  kinds.push_back(insensitive());
  kinds.push_back(network_equals_program());
  kinds.push_back(iia());
  kinds.push_back(program_equals_reference());
  kinds.push_back(safety());
  return kinds;
}

}  // namespace

const std::vector<std::unique_ptr<ClaimKind>>& claim_kinds() {
  static const std::vector<std::unique_ptr<ClaimKind>> kinds = make_kinds();
  return kinds;
}

std::vector<std::string> claim_kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : claim_kinds()) names.emplace_back(kind->name());
  return names;
}

}  // namespace assay::analysis
