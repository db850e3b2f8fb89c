// The `assay` command: argument parsing and printing, nothing else.
//
// Each verb is a Command (cli/command.h). This file gives them their common options and a Session, and turns whatever ends a command
// into an exit code (DESIGN section 8). Test: tests/cli/command_line_test.cpp
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include "base/terminal_progress.h"
#include "base/toml.h"
#include "base/version.h"
#include "cli/command.h"

namespace {

std::atomic<bool> stop_requested{false};  // a signal handler can reach nothing else

void on_interrupt(int) {
  if (stop_requested.exchange(true)) _exit(130);  // a second Ctrl-C ends the process at once
}

constexpr const char* kFooter =
    "Exit codes: 0 every claim holds (or is as expected); 1 some claim refuted or vacuous; 2 usage or input error;\n"
    "3 unknown (budget); 4 unsupported; 5 internal error; of several, the first in the order 5, 2, 1, 4, 3, 0.\n"
    "`assay VERB --help` describes one verb with two examples.";

struct SessionOptions {
  int threads = 0;
  std::string cache;
  bool no_cache = false;
};

std::string default_cache() {
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder != nullptr && *folder != 0) return std::string(folder) + "/assay/cache.sqlite";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != 0) return std::string(home) + "/.cache/assay/cache.sqlite";
  return {};
}

void declare_common(CLI::App& app, assay::cli::Common& common, SessionOptions& options) {
  app.add_option("--format", common.format, "text or json (default text)")->check(CLI::IsMember({"text", "json"}));
  app.add_flag("-q,--quiet", common.quiet, "no progress on stderr");
  app.add_option("--threads", options.threads, "threads to compute with (default: as many as the machine has)")->check(CLI::Range(1, 1024));
  app.add_option("--cache", options.cache, "SQLite file that keeps finished work (default $XDG_CACHE_HOME/assay/cache.sqlite)");
  app.add_flag("--no-cache", options.no_cache, "neither read nor write finished work");
  app.set_version_flag("--version", "assay " + std::string(assay::assay_version()));
}

std::vector<std::string> verb_names(const CLI::App& app) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) verbs.push_back(verb->get_name());
  return verbs;
}

// CLI11 answers an unknown verb with "A subcommand is required"; say instead which word was not understood and what it is near to.
const char* unknown_verb(const std::vector<std::string>& verbs, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--format" || word == "--threads" || word == "--cache") ++i;
    else if (!word.starts_with("-")) return std::find(verbs.begin(), verbs.end(), word) == verbs.end() ? argv[i] : nullptr;
  }
  return nullptr;
}

int usage_error(const CLI::App& app, const std::string& message, const std::string& remedy) {
  auto parsed = app.get_subcommands();
  std::string help = parsed.empty() ? "assay --help" : "assay " + parsed.front()->get_name() + " --help";
  std::fprintf(stderr, "assay: %s; %s`%s` lists what there is\n", message.c_str(), remedy.c_str(), help.c_str());
  return 2;
}

int parse_failure(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);  // --help, --version
  std::vector<std::string> verbs = verb_names(app);
  const char* word = unknown_verb(verbs, argc, argv);
  if (word == nullptr) return usage_error(app, error.what(), "");
  std::string near = assay::nearest(word, verbs);
  return usage_error(app, "found '" + std::string(word) + "', expected a verb", near.empty() ? "" : "did you mean '" + near + "'? ");
}

int run_command(assay::cli::Command& command, const assay::cli::Common& common, const SessionOptions& options) {
  assay::Progress silent;
  assay::TerminalProgress shown(stderr, isatty(STDERR_FILENO) != 0);
  assay::Session session{common.quiet ? silent : static_cast<assay::Progress&>(shown), stop_requested};
  session.threads = options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (!options.no_cache) session.cache_path = options.cache.empty() ? default_cache() : options.cache;
  int code = command.run(common, session);
  session.progress.finish();
  return code;
}

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
  std::signal(SIGPIPE, SIG_DFL);

  CLI::App app{"Assay checks what a circuit inside a code model really computes.", "assay"};
  app.require_subcommand(1);
  app.footer(kFooter);
  app.fallthrough();
  cli::Common common;
  common.colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  SessionOptions options;
  declare_common(app, common, options);

  auto commands = cli::all_commands();
  std::vector<std::pair<CLI::App*, cli::Command*>> verbs;
  for (auto& command : commands) verbs.emplace_back(command->declare(app), command.get());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) { return parse_failure(app, error, argc, argv); }
  for (auto& [verb, command] : verbs) {
    if (!verb->parsed()) continue;
    try {
      int code = run_command(*command, common, options);
      // A result that could not be written is a failure, whatever the result says.
      if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
        return cli::report({ErrorKind::kInput, "the result could not be written to stdout", "check the disk or the pipe that stdout goes to"});
      return code;
    } catch (const std::bad_alloc&) {
      return cli::report({ErrorKind::kBudget, "memory ran out", "choose a smaller domain or a machine with more memory"});
    } catch (const std::exception& error) {
      return cli::report(
          {ErrorKind::kInternal, std::string("unexpected exception: ") + error.what(), "please report this with the command and its input"});
    }
  }
  return 2;
}
