// Positions of a task as spans of its examples: names, order, what is scored, and what does not fit.
#include "analysis/claims/spans.h"

#include <gmock/gmock.h>

namespace assay::analysis {
namespace {

using circuits::Example;
using circuits::Span;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Task task_of(const std::string& name) { return *read_task(ASSAY_SOURCE_DIR "/zoo/" + name + "/" + name + ".task.toml", {}); }

/// `text` in symbols of the task, scored at the last `answers` tokens.
Example example(const Task& task, const std::vector<std::string>& symbols, int answers) {
  Example e;
  for (const std::string& symbol : symbols) e.clean.push_back(*task.words.id(symbol));
  e.clean.insert(e.clean.begin(), task.domain.spec().start.begin(), task.domain.spec().start.end());
  for (int i = answers; i > 0; --i) e.positions.push_back(static_cast<std::int32_t>(e.clean.size()) - i);
  return e;
}

std::vector<std::string> names(const std::vector<Span>& spans) {
  std::vector<std::string> all;
  for (const Span& span : spans) all.push_back(span.name + (span.scored ? "!" : ""));
  return all;
}

struct Spans : ::testing::Test {
  Task task = task_of("addition");
  ExampleSet set;
  Spans() {
    set.unpaired = {example(task, {"1", "2", "+", "3", "4", "=", "0", "4"}, 3), example(task, {"9", "9", "+", "0", "0", "="}, 1)};
    set.paired = {set.unpaired[1]};
    set.paired[0].corrupted = example(task, {"9", "9", "+", "0", "1", "="}, 1).clean;
  }
};

TEST_F(Spans, every_position_is_one_and_what_leads_up_to_it_another) {
  const auto spans = spans_of(task, set);
  ASSERT_TRUE(spans) << spans.error().to_string();
  EXPECT_THAT(names(*spans), ElementsAre("a_tens", "a_units", "to_b_tens", "b_tens", "b_units", "equals!", "tens!", "units!"))
      << "the token of `hundreds` is that of `equals`, which is named first";
}

TEST_F(Spans, tokens_know_their_span_in_both_lists) {
  const auto spans = spans_of(task, set);
  ASSERT_TRUE(assign_spans(task, *spans, set));
  EXPECT_THAT(set.unpaired[0].spans, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(set.paired[0].spans, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(Spans, a_pair_whose_partner_has_its_positions_elsewhere_is_left_out) {
  const auto spans = spans_of(task, set);
  set.paired.push_back(set.paired[0]);
  set.paired[1].corrupted = example(task, {"9", "9", "0", "+", "1", "="}, 1).clean;  // no input of the domain, but of its length
  std::swap(set.paired[1].corrupted[2], set.paired[1].corrupted[5]);                 // `=` stands before the end
  ASSERT_TRUE(assign_spans(task, *spans, set));
  EXPECT_EQ(set.paired.size(), 1u);
  EXPECT_EQ(set.without_partner, 1u);
}

TEST_F(Spans, spans_of_another_task_fit_where_the_names_do) {
  std::vector<Span> spans = *spans_of(task, set);
  std::swap(spans[0], spans[1]);
  EXPECT_THAT(assign_spans(task, spans, set).error().message, HasSubstr("another order"));
  std::swap(spans[0], spans[1]);
  spans.resize(4);
  EXPECT_THAT(assign_spans(task, spans, set).error().message, HasSubstr("which the circuit does not know"));
}

TEST_F(Spans, a_task_without_positions_has_nothing_to_tell_apart) {
  task.positions.clear();
  const auto spans = spans_of(task, set);
  ASSERT_FALSE(spans);
  EXPECT_THAT(spans.error().message, HasSubstr("names no positions"));
}

}  // namespace
}  // namespace assay::analysis
