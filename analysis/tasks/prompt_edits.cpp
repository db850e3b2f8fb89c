#include "analysis/tasks/prompt_edits.h"

#include <fmt/format.h>

#include <algorithm>

#include "circuits/model/tokenizer/tokenizer.h"

namespace assay::analysis {
namespace {

using syntax::CodeEdit;
using syntax::TextChange;

/// The changes on both sides of the token decided on; none where they touch it.
struct Split {
  std::vector<TextChange> in_prompt, in_rest;
};
std::optional<Split> split(const CodeEdit& edit, const WholePrompt& whole) {
  Split parts;
  for (const TextChange& change : edit.changes)
    if (change.end <= whole.cut) parts.in_prompt.push_back(change);
    else if (change.begin >= whole.rest) parts.in_rest.push_back({change.begin - whole.rest, change.end - whole.rest, change.text});
    else return std::nullopt;
  if (parts.in_prompt.empty()) return std::nullopt;
  return parts;
}

class Editor {
 public:
  Editor(Prompts prompts, const std::vector<std::string>& kinds, const PromptCode& code, const circuits::Tokenizer& tokenizer)
      : prompts_(std::move(prompts)), code_(code), tokenizer_(tokenizer) {
    for (const std::string& kind : syntax::edit_kinds())
      if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) counts_.push_back({kind});
  }

  Result<Prompts> edit() {
    for (std::size_t base = 0; base < prompts_.unedited(); ++base)
      if (Status status = edit(base); !status) return fail(status.error());
    prompts_.set_edit_counts(std::move(counts_));
    return std::move(prompts_);
  }

 private:
  Status edit(std::size_t base) {
    const Prompt prompt = prompts_.all()[base];  // a copy: adding moves them
    std::vector<CodeEdit> found;
    WholePrompt whole;
    const Status read = whole_prompt(prompts_, prompt, code_, [&](const WholePrompt& each) -> Status {
      Result<std::vector<CodeEdit>> edits = syntax::code_edits(each.text, code_.name, each.cut);
      if (!edits) return fail(edits.error());
      found = std::move(*edits);
      whole = each;
      return {};
    });
    if (!read) return read;
    for (auto first = found.begin(); first != found.end();) {
      const auto last =
          std::find_if(first, found.end(), [&](const CodeEdit& each) { return each.kind != first->kind || each.number != first->number; });
      const auto counts = std::find_if(counts_.begin(), counts_.end(), [&](const EditCounts& each) { return each.kind == first->kind; });
      if (counts != counts_.end())
        if (Status status = add(base, prompt, {first, last}, whole, *counts); !status) return status;
      first = last;
    }
    return {};
  }

  /// The first of some alternatives that has the prompt's length.
  Status add(std::size_t base, const Prompt& prompt, std::span<const CodeEdit> alternatives, const WholePrompt& whole, EditCounts& counts) {
    bool other_length = false, known = false;
    for (const CodeEdit& edit : alternatives) {
      const std::optional<Split> parts = split(edit, whole);
      if (!parts) continue;
      std::string text = syntax::edited_text(parts->in_prompt, prompt.text);
      const Result<circuits::Encoding> encoding = tokenizer_.encode(text);
      if (!encoding) return fail(encoding.error());
      if (encoding->tokens.size() != prompt.tokens.size()) {
        other_length = true;
        continue;
      }
      PromptEdit made{edit.kind, edit.what, edit.ast, edit.function, edit.number, base, parts->in_prompt, parts->in_rest};
      const Result<bool> added = prompts_.add_edited(std::move(made), *encoding, std::move(text));
      if (!added) return fail(added.error());
      if (*added) return ++counts.made, Status{};
      known = true;
    }
    if (known) ++counts.known;
    else if (other_length) ++counts.other_length;
    return {};
  }

  Prompts prompts_;
  const PromptCode& code_;
  const circuits::Tokenizer& tokenizer_;
  std::vector<EditCounts> counts_;
};

}  // namespace

Result<Prompts> with_edits(Prompts prompts, const std::vector<std::string>& kinds, const PromptCode& code, const circuits::Tokenizer& tokenizer) {
  return Editor(std::move(prompts), kinds, code, tokenizer).edit();
}

}  // namespace assay::analysis
