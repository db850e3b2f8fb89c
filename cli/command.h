// One verb of the `assay` command: one class, one file, one line in commands.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/session.h"

namespace assay::cli {

/// Options that every verb shares.
struct Common {
  std::string format = "text";  ///< --format text|json
  bool colour = false;          ///< stdout is a terminal and NO_COLOR is unset
  bool quiet = false;           ///< --quiet: no progress on stderr
  bool json() const { return format == "json"; }
};

class Command {
 public:
  virtual ~Command() = default;
  /// Declares the subcommand with its options, its description and two examples (CLI::App::footer).
  virtual CLI::App* declare(CLI::App& app) = 0;
  /// Runs it; returns the exit code of DESIGN section 8. Results go to stdout, everything else to stderr.
  virtual int run(const Common& common, Session& session) = 0;
};

std::vector<std::unique_ptr<Command>> all_commands();

/// Prints an error to stderr and returns its exit code.
int report(const Error& error);

}  // namespace assay::cli
