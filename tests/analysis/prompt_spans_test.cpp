// Prompts by their syntax: each token in one part, the attribute and the decision apart, and a circuit's spans from them.
#include "analysis/tasks/prompt_spans.h"

#include <gmock/gmock.h>

#include "analysis/claims/spans.h"
#include "tests/analysis/prompt_task.h"

namespace assay::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char* const kTask = R"(
name = "combine"
model = "model"
spans = "syntax"
[domain]
template = "// The ${attribute} of two.\nint f(int ${name}, int y) {\n int s = ${name};\n return s"
slots = [
  { slot = "attribute", texts = ["sum", "mul"] },
  { slot = "name", texts = ["a", "bb"] },
]
[program]
arguments = ["attribute"]
[output]
kind = "argmax"
symbols = ["+", "*"]
[counterfactual]
partner = "slot"
edits = ["rename"]
[code]
slot = "attribute"
begins = "f"
functions = ["sum", "product"]
references = "references.c"
rest = [" y;\n}\n", " y;\n}\n"]
)";

struct PromptSpans : testing::PromptTask {
  PromptSpans() : PromptTask(kTask) {}
};

/// Name and text of each run of equal names; tokens are bytes here.
std::vector<std::string> runs(const Prompt& prompt) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < prompt.spans.size(); ++i) {
    if (i == 0 || prompt.spans[i] != prompt.spans[i - 1]) found.push_back(prompt.spans[i] + " ");
    found.back() += prompt.text[i];
  }
  return found;
}

TEST_F(PromptSpans, name_the_part_of_the_syntax_the_attribute_and_the_decision) {
  const Task all = task();
  EXPECT_THAT(runs(all.domain.spec().prompts->all()[1]),
              ElementsAre("f1_comment // The ", "attribute sum", "f1_comment_after  of two.\n", "f1_head int f(int bb, int y) {\n ",
                          "f1_declaration int s = bb;\n ", "f1_return return ", "site s"));
}

TEST_F(PromptSpans, an_edited_prompt_has_those_of_its_base) {
  const Task all = task();
  const Prompts& prompts = *all.domain.spec().prompts;
  ASSERT_GT(prompts.all().size(), prompts.unedited());
  for (std::size_t i = prompts.unedited(); i < prompts.all().size(); ++i) {
    const Prompt& prompt = prompts.all()[i];
    EXPECT_EQ(prompt.spans, prompts.all()[prompt.edit->base].spans) << prompt.edit->what;
  }
}

TEST_F(PromptSpans, circuits_get_them_in_the_order_of_the_text_and_pairs_of_one_form_agree) {
  const Task all = task();
  const Prompts& prompts = *all.domain.spec().prompts;
  EXPECT_TRUE(same_spans(all, prompts.all()[0].tokens, prompts.all()[2].tokens)) << "another attribute of the same length";
  EXPECT_FALSE(same_spans(all, prompts.all()[0].tokens, prompts.all()[1].tokens)) << "a longer name";
  ExampleSet set;
  circuits::Example example;
  example.clean = prompts.all()[0].tokens;
  example.positions = {static_cast<std::int32_t>(example.clean.size()) - 1};
  set.unpaired = {example};
  std::vector<std::string> names;
  const std::vector<circuits::Span> spans = *spans_of(all, set);
  for (const circuits::Span& span : spans) names.push_back(span.name + (span.scored ? " (scored)" : ""));
  EXPECT_THAT(names, ElementsAre("f1_comment", "attribute", "f1_comment_after", "f1_head", "f1_declaration", "f1_return", "site (scored)"));
}

TEST_F(PromptSpans, task_without_code_is_refused) {
  text.erase(text.find("[code]"));
  text.erase(text.find("edits ="), std::string("edits = [\"rename\"]").size());
  EXPECT_THAT(read().error().to_string(), HasSubstr("the task has no template with [code]"));
}

}  // namespace
}  // namespace assay::analysis
