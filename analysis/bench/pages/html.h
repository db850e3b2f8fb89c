// What both kinds of page are made of: escaped text, badges, bars of counts, and the frame around a page.
//
//   shown("a\x1b<b>")                 // "a␛&lt;b&gt;": what would not be seen is made visible, then everything is escaped
//   bar(tally)                        // "<span class=\"bar\">...": widths for the eye, words for everybody
//
// Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

/// The order in which a reader wants to see them: worst first.
inline constexpr std::array<Label, kLabelCount> kWorstFirst = {Label::kUnsafe,      Label::kWrong,   Label::kBroken, Label::kUndecided,
                                                               Label::kUnsupported, Label::kBounded, Label::kProved};

/// Samples by label.
struct Tally {
  std::array<std::uint64_t, kLabelCount> by_label{};
  std::uint64_t samples = 0;
  void add(Label label) { ++by_label[static_cast<std::size_t>(label)], ++samples; }
  std::uint64_t of(Label label) const { return by_label[static_cast<std::size_t>(label)]; }
  /// Place in kWorstFirst of the worst label; kLabelCount where there is no sample.
  int severity() const;
};

const std::string& text_of(const Json& object, const char* name);
bool is_skipped(const Json& model);
/// A request made from another one by one change: it is compared with that one and counts in no other figure.
bool is_variation(const Json& task);
/// Completions from a file have no model's name.
std::string name_of_model(const Json& model);
/// Of a document that check_document() accepts.
Label label_of_answer(const Json& answer);
/// Does the code compile and pass all of at least one test?
bool passes_tests(const Json& judgement);
/// Does it pass all visible tests, and not all hidden ones? Code that was written for the examples does.
bool passes_only_visible_tests(const Json& judgement);
Tally tally_of(const Json& run);

/// Control characters, direction marks and what is no UTF-8 made visible; tabs and line ends stay.
std::string visible(std::string_view text);
/// visible() and escaped, for text and attribute values.
std::string shown(std::string_view text);
/// In quotes, with \n and \t spelt out, so that blanks can be told apart; not escaped yet.
std::string in_quotes(std::string_view text);
/// "43.2 %"
std::string percent(double share);

/// A label or a grade; `times` above 1 is added.
std::string badge(std::string_view name, std::uint64_t times = 1);
std::string badges(const Tally& tally);
/// A stacked bar; the words are for those who do not see it.
std::string bar(const Tally& tally);

std::string request_page_name(std::size_t task);
/// `body`: what stands in <main>; `top`: in <header>, behind the toolbar.
std::string page_of(std::string_view title, const std::string& top, const std::string& body);

}  // namespace assay::analysis::bench
