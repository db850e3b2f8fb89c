// A task: which network, which inputs, how its output is read, how C functions are called on it. docs/formats.md has the file format.
//
//   Result<Task> task = read_task("zoo/addition/addition.task.toml", {.models = "../shared/models"});
//   task->domain.size_bound(), task->words.text(prefix)
//
// Every path in the file is relative to it; `${models}` is --models or ASSAY_MODELS. Test: tests/analysis/task_test.cpp
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/tasks/binding.h"
#include "analysis/tasks/domain.h"

namespace assay::analysis {

struct TaskOptions {
  std::string models;  ///< what `${models}` stands for; empty: the environment's ASSAY_MODELS
};

/// A named position in an input. Exactly one of the ways to say it is set.
struct PositionSpec {
  std::string name;
  std::optional<TokenId> symbol;    ///< its last occurrence in the input
  std::optional<std::string> slot;  ///< element `index` of the slot; of a prompt: where its occurrence `index` ends
  int index = 0;
  std::optional<int> answer;    ///< where answer number k is read
  std::optional<int> absolute;  ///< from the first token, start included
  bool last = false;            ///< the last token of the prefix at hand
  bool each = false;            ///< one position per visit of the program point: input token i <-> visit i
};

enum class Partner { kRandom, kSlot };

/// Each prompt of a template begins a function in C: which one, and what it must become.
struct CodeSpec {
  std::size_t slot = 0;                ///< whose text begins the function
  std::vector<std::string> functions;  ///< by text of the slot
  std::string references;              ///< path of a C file with each of them and its contract
  std::string begins;                  ///< the function's name in the prompts, where that is not the reference's; empty: it is
  std::vector<std::string> rest;       ///< by text of the slot, with slots: what completes a prompt behind the token decided on; empty: not said
};

struct Task {
  std::string name, file, hash;
  std::string model;  ///< folder; empty when `${models}` stands for nothing: then `skipped` says so
  std::optional<std::string> skipped;
  Vocabulary words;
  Domain domain;
  OutputSpec output;
  std::vector<std::string> arguments;
  std::vector<PositionSpec> positions;
  Partner partner = Partner::kRandom;
  std::vector<std::size_t> partner_slots;  ///< of a template: which slots a partner may change; empty: all
  std::optional<std::size_t>
      demanded_by;                 ///< of a template: slot whose texts demand the output's symbols, which pairs are contrasted by; else by answers
  std::vector<std::string> edits;  ///< of a template: kinds of edits of the prompts' code (prompt_edits.h); empty: none
  std::uint64_t seed = 1;
  std::optional<CodeSpec> code;
  bool spans_by_syntax = false;          ///< of a template: circuits tell the parts of the code apart (prompt_spans.h), not the named positions
  std::optional<int> trained_positions;  ///< training never went beyond this many tokens
  std::optional<FunctionSource> where;   ///< the domain's own predicate, if it has one

  /// Unknown name: an error that names the nearest.
  Result<PositionSpec> position(const std::string& name) const;
  /// Absolute index of a position in start + prefix; empty if the prefix does not reach it. `visit` is for `each`.
  std::optional<int> locate(const PositionSpec& position, std::span<const TokenId> prefix, std::uint32_t visit = 0) const;
  /// start + prefix
  Tokens sequence(std::span<const TokenId> prefix) const;
  /// Of a prompt: the choices that make it.
  std::string input_text(std::span<const TokenId> prefix) const;
};

struct ModelPath {
  std::string path;     ///< empty when `${models}` stands for nothing
  std::string missing;  ///< why the model cannot be read, and what to do; empty: it is there, or no variable was used
};
/// `model` as `file` names it: relative to that file, `${models}` replaced by `models` or by ASSAY_MODELS.
ModelPath resolve_model_path(const std::string& file, std::string model, std::string models);

Result<Task> read_task(const std::string& path, const TaskOptions& options = {});
/// Reads a table of the shape of [domain]; hypotheses and training specs use it for domains of their own. `model`: whose tokenizer reads prompts.
Result<Domain> read_domain(TomlTable& table, const Vocabulary& words, const std::string& model, std::optional<FunctionSource>& where);
/// Attaches the predicate `where`, bound with the task's arguments.
Status attach_where(Domain& domain, const std::optional<FunctionSource>& where, const std::vector<std::string>& arguments);

}  // namespace assay::analysis
