// Prompts whose code is edited: same length, places that move along, completions edited as the prompt was, pairs of one edit.
#include "analysis/tasks/prompt_edits.h"

#include <gmock/gmock.h>

#include "tests/analysis/prompt_task.h"

namespace assay::analysis {
namespace {

using ::testing::HasSubstr;

const char* const kTask = R"(
name = "combine"
model = "model"
[domain]
template = "// ${attribute}\nint twice(int q) { return q + q; }\nint f(int ${name}, int y) {\n int s = ${name};\n return s"
slots = [
  { slot = "attribute", texts = ["s", "p"] },
  { slot = "name", texts = ["a", "b"] },
]
[program]
arguments = ["attribute"]
[output]
kind = "argmax"
symbols = ["+", "*"]
[positions]
second = { slot = "name", index = 1 }
[counterfactual]
partner = "slot"
edits = ["rename", "reorder", "idiom", "token"]
[code]
slot = "attribute"
begins = "f"
functions = ["sum", "product"]
references = "references.c"
rest = [" y + s - s;\n}\n", " y + s - s;\n}\n"]
)";

struct PromptEdits : testing::PromptTask {
  PromptEdits() : PromptTask(kTask) {}

  static const Prompts& prompts(const Task& task) { return *task.domain.spec().prompts; }
  /// The edited prompt of base 0 (attribute s, name a) with this in its edit.
  static const Prompt& edited(const Task& task, const std::string& what) {
    for (const Prompt& prompt : prompts(task).all())
      if (prompt.edit && prompt.edit->base == 0 && prompt.edit->what == what) return prompt;
    ADD_FAILURE() << "no edit " << what;
    return prompts(task).all()[0];
  }
};

TEST_F(PromptEdits, follow_the_product_and_have_the_length_of_their_base) {
  const Task all = task();
  EXPECT_EQ(prompts(all).unedited(), 4u);
  for (std::size_t i = 4; i < prompts(all).all().size(); ++i) {
    const Prompt& prompt = prompts(all).all()[i];
    ASSERT_TRUE(prompt.edit);
    EXPECT_EQ(prompt.tokens.size(), prompts(all).all()[prompt.edit->base].tokens.size()) << prompt.edit->what;
    EXPECT_NE(prompt.text, prompts(all).all()[prompt.edit->base].text);
    EXPECT_EQ(prompts(all).find(prompt.tokens), &prompt);
  }
  std::uint64_t made = 0, other_length = 0;
  for (const EditCounts& counts : prompts(all).edit_counts()) made += counts.made, other_length += counts.other_length;
  EXPECT_EQ(made, prompts(all).all().size() - 4);
  EXPECT_EQ(other_length, 4u) << "`return (q + q)` in each of the four";
}

TEST_F(PromptEdits, completion_is_edited_as_the_prompt_was) {
  const Task all = task();
  const Prompt& renamed = edited(all, "s -> t");
  EXPECT_THAT(renamed.text, HasSubstr(" int t = a;\n return t"));
  EXPECT_EQ(*prompts(all).completion(renamed, all.code->rest[0]), " y + t - t;\n}\n");
  EXPECT_EQ(*prompts(all).completion(prompts(all).all()[0], all.code->rest[0]), " y + s - s;\n}\n");
}

TEST_F(PromptEdits, places_of_slots_move_along) {
  const Task all = task();
  const PositionSpec second = *all.position("second");
  const std::optional<int> before = all.locate(second, prompts(all).all()[0].tokens), after = all.locate(second, edited(all, "a -> t").tokens);
  ASSERT_TRUE(before && after);
  EXPECT_EQ(*before, *after);
}

TEST_F(PromptEdits, neighbours_have_the_same_edit) {
  const Task all = task();
  const Prompt& one = edited(all, "s -> t");
  const auto index = static_cast<std::size_t>(&one - prompts(all).all().data());
  const std::vector<std::size_t> attribute = {0};
  const std::vector<std::size_t> found = prompts(all).neighbours(index, attribute);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(prompts(all).all()[found[0]].edit->what, "s -> t");
  EXPECT_EQ(prompts(all).all()[found[0]].edit->base, 2u) << "the other attribute, the same name";
}

TEST_F(PromptEdits, bad_input_is_said) {
  text.replace(text.find("\"rename\""), 8, "\"renam\"");
  EXPECT_THAT(read().error().to_string(), HasSubstr("no kind of edits is called 'renam'"));
  text = kTask;
  text.erase(text.find("rest ="));
  EXPECT_THAT(read().error().to_string(), HasSubstr("does not say how they go on"));
  text = kTask;
  text.replace(text.find("return q + q"), 12, "return m + q");
  EXPECT_THAT(read().error().to_string(), HasSubstr("undeclared identifier 'm'"));
}

}  // namespace
}  // namespace assay::analysis
