// The `assay` command: argument parsing and printing, nothing else.
#include <csignal>
#include <cstdio>
#include <unistd.h>

#include "cli/command.h"

namespace {

std::atomic<bool> stop_requested{false};

void on_interrupt(int) {
  if (stop_requested.exchange(true)) _exit(130);  // a second Ctrl-C ends the process at once
}

constexpr const char* kFooter =
    "Exit codes: 0 every claim holds (or is as expected); 1 some claim refuted or vacuous; 2 usage or input error;\n"
    "3 unknown (budget); 4 unsupported; 5 internal error; of several, the first in the order 5, 2, 1, 4, 3, 0.";

}  // namespace

namespace assay::cli {

int report(const Error& error) {
  std::fprintf(stderr, "assay: %s\n", error.to_string().c_str());
  return exit_code(error.kind);
}

}  // namespace assay::cli

int main(int argc, char** argv) {
  using namespace assay;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);

  CLI::App app{"Assay checks what a circuit inside a code model really computes.", "assay"};
  app.require_subcommand(1);
  app.footer(kFooter);
  cli::Common common;
  common.colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  app.add_option("--format", common.format, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.fallthrough();

  auto commands = cli::all_commands();
  std::vector<std::pair<CLI::App*, cli::Command*>> verbs;
  for (auto& command : commands) verbs.emplace_back(command->declare(app), command.get());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  Progress silent;
  Session session{silent, stop_requested};
  for (auto& [verb, command] : verbs)
    if (verb->parsed()) return command->run(common, session);
  return 2;
}
