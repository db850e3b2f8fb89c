// Outcome, evidence and the grade that follows from the two (DESIGN section 3).
//
// A claim's outcome is what was found, its evidence how it was found. The grade that people see is computed from both by
// grade_of and never says more than was earned. Order of grades, best to worst, is the order of the enumerators.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

enum class Outcome { kHolds, kFails, kUndecided, kUnsupported, kVacuous };

enum class EvidenceKind {
  kNone,
  kSolver,         ///< an unsatisfiable query, for every input of the declared domain
  kEnumeration,    ///< every input of the declared domain was executed
  kBoundedSolver,  ///< as kSolver, up to a stated bound that the domain does not imply
  kSample,         ///< a sample: size, seed, 95 % interval
  kWitness,        ///< an input (or a pair of base and source) on which the claim fails
};

enum class Grade { kProved, kBounded, kMeasured, kUnknown, kUnsupported, kVacuous, kRefuted };

enum class Replay { kNotApplicable, kAgreed, kDisagreed, kNotRun };

Grade grade_of(Outcome outcome, EvidenceKind evidence);
std::string_view name_of(Outcome outcome);
std::string_view name_of(EvidenceKind evidence);
std::string_view name_of(Grade grade);
std::string_view name_of(Replay replay);
/// The worse of two grades; a report's headline is the worst grade of its claims.
Grade weakest(Grade a, Grade b);

/// Exit code of a command whose claims have these grades (DESIGN section 8): of several, the first in the order 5, 2, 1, 4, 3, 0.
int exit_code(const std::vector<Grade>& grades);

}  // namespace assay
