#include "base/verdict.h"

#include <algorithm>
#include <array>

namespace assay {

Grade grade_of(Outcome outcome, EvidenceKind evidence) {
  switch (outcome) {
    case Outcome::kFails: return Grade::kRefuted;
    case Outcome::kUndecided: return Grade::kUnknown;
    case Outcome::kUnsupported: return Grade::kUnsupported;
    case Outcome::kVacuous: return Grade::kVacuous;
    case Outcome::kHolds: break;
  }
  switch (evidence) {
    case EvidenceKind::kSolver:
    case EvidenceKind::kEnumeration: return Grade::kProved;
    case EvidenceKind::kBoundedSolver: return Grade::kBounded;
    case EvidenceKind::kSample: return Grade::kMeasured;
    case EvidenceKind::kNone:
    case EvidenceKind::kWitness: return Grade::kUnknown;
  }
  return Grade::kUnknown;
}

std::string_view name_of(Outcome outcome) {
  static constexpr std::array<std::string_view, 5> kNames = {"holds", "fails", "undecided", "unsupported", "vacuous"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::string_view name_of(EvidenceKind evidence) {
  static constexpr std::array<std::string_view, 6> kNames = {"none", "solver", "enumeration", "bounded-solver", "sample", "witness"};
  return kNames[static_cast<std::size_t>(evidence)];
}

std::string_view name_of(Grade grade) {
  static constexpr std::array<std::string_view, 7> kNames = {"proved", "bounded", "measured", "unknown", "unsupported", "vacuous", "refuted"};
  return kNames[static_cast<std::size_t>(grade)];
}

std::string_view name_of(Replay replay) {
  static constexpr std::array<std::string_view, 4> kNames = {"not-applicable", "agreed", "disagreed", "not-run"};
  return kNames[static_cast<std::size_t>(replay)];
}

Grade weakest(Grade a, Grade b) { return std::max(a, b); }

int exit_code(const std::vector<Grade>& grades) {
  bool refuted = false, is_unsupported = false, unknown = false;
  for (Grade grade : grades) {
    refuted |= grade == Grade::kRefuted || grade == Grade::kVacuous;
    is_unsupported |= grade == Grade::kUnsupported;
    unknown |= grade == Grade::kUnknown;
  }
  if (refuted) return 1;
  if (is_unsupported) return 4;
  return unknown ? 3 : 0;
}

}  // namespace assay
