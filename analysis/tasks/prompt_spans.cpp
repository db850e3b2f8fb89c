#include "analysis/tasks/prompt_spans.h"

#include <algorithm>

#include "circuits/model/tokenizer/tokenizer.h"
#include "frontend/lowering/syntax/syntax_spans.h"

namespace assay::analysis {
namespace {

using syntax::SyntaxSpan;

const SyntaxSpan& span_at(const std::vector<SyntaxSpan>& spans, std::size_t byte) {
  return *std::prev(std::upper_bound(spans.begin(), spans.end(), byte, [](std::size_t at, const SyntaxSpan& span) { return at < span.begin; }));
}

bool is_comment(const SyntaxSpan& span) { return span.name.ends_with("_comment"); }

/// The attributes' texts as spans of their own.
Status add_attributes(const Prompts& prompts, const Prompt& prompt, const std::vector<std::size_t>& attributes, std::vector<SyntaxSpan>& spans) {
  for (const std::size_t slot : attributes) {
    const Result<std::vector<circuits::ByteRange>> all = prompts.occurrences(prompt, slot);
    if (!all) return fail(all.error());
    const auto in_comment = [&](const circuits::ByteRange& at) {
      const SyntaxSpan &first = span_at(spans, at.begin), &last = span_at(spans, at.end - 1);
      return is_comment(first) && first == last && at.end > at.begin;
    };
    if (all->size() != 1 || !std::all_of(all->begin(), all->end(), in_comment)) continue;  // one place is what a name stands for
    const circuits::ByteRange& at = all->front();
    const std::string comment = span_at(spans, at.begin).name;
    const auto place =
        std::upper_bound(spans.begin(), spans.end(), at.begin, [](std::size_t byte, const SyntaxSpan& span) { return byte < span.begin; });
    const std::vector<SyntaxSpan> own = {{at.begin, prompts.form().slots[slot].name}, {at.end, comment + "_after"}};
    spans.insert(place, own.begin(), own.end());
  }
  return {};
}

Result<std::vector<std::string>> names_of(const std::vector<SyntaxSpan>& spans, const std::string& text, const circuits::Tokenizer& tokenizer) {
  const Result<circuits::Encoding> encoding = tokenizer.encode(text);
  if (!encoding) return fail(encoding.error());
  std::vector<std::string> names;
  std::size_t last = 0;
  for (std::size_t token = 0; token < encoding->tokens.size(); ++token) {
    if (encoding->ranges[token].end > encoding->ranges[token].begin) last = encoding->ranges[token].end - 1;
    names.push_back(span_at(spans, last).name);
  }
  if (!names.empty()) names.back() = "site";
  return names;
}

}  // namespace

Status add_syntax_spans(Prompts& prompts, const PromptCode& code, const std::vector<std::size_t>& attributes, const circuits::Tokenizer& tokenizer) {
  for (std::size_t i = 0; i < prompts.all().size(); ++i) {
    const Prompt& prompt = prompts.all()[i];
    std::vector<SyntaxSpan> spans;
    const Status read = whole_prompt(prompts, prompt, code, [&](const WholePrompt& whole) -> Status {
      Result<std::vector<SyntaxSpan>> found = syntax::syntax_spans(whole.text, code.name);
      if (!found) return fail(found.error());
      spans = std::move(*found);
      return {};
    });
    if (!read) return read;
    if (Status status = add_attributes(prompts, prompt, attributes, spans); !status) return status;
    Result<std::vector<std::string>> names = names_of(spans, prompt.text, tokenizer);
    if (!names) return fail(names.error());
    prompts.set_spans(i, std::move(*names));
  }
  return {};
}

}  // namespace assay::analysis
