#include "cli/command.h"

namespace assay::cli {

// Each verb's file defines its factory; one line here registers it.
std::unique_ptr<Command> concepts_command();
std::unique_ptr<Command> bench_command();
std::unique_ptr<Command> check_command();
std::unique_ptr<Command> discover_command();
std::unique_ptr<Command> doctor_command();
std::unique_ptr<Command> equiv_command();
std::unique_ptr<Command> evaluate_command();
std::unique_ptr<Command> explain_command();
std::unique_ptr<Command> infer_command();
std::unique_ptr<Command> patch_command();
std::unique_ptr<Command> report_command();
std::unique_ptr<Command> train_command();
std::unique_ptr<Command> verify_command();

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(concepts_command());
  commands.push_back(bench_command());
  commands.push_back(check_command());
  commands.push_back(discover_command());
  commands.push_back(doctor_command());
  commands.push_back(equiv_command());
  commands.push_back(evaluate_command());
  commands.push_back(explain_command());
  commands.push_back(infer_command());
  commands.push_back(patch_command());
  commands.push_back(report_command());
  commands.push_back(train_command());
  commands.push_back(verify_command());
  return commands;
}

}  // namespace assay::cli
