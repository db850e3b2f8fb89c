#include "analysis/report/page_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "analysis/report/assets.h"
#include "analysis/report/island.h"

namespace assay::analysis {
namespace {

constexpr std::array<Grade, 7> kGrades = {Grade::kProved,      Grade::kBounded, Grade::kMeasured, Grade::kUnknown,
                                          Grade::kUnsupported, Grade::kVacuous, Grade::kRefuted};
constexpr std::array<std::string_view, 4> kLinkNames = {"", "model and circuit", "circuit and program", "program and code"};

std::string badge(std::string_view state) { return fmt::format("<span class=\"badge {0}\">{0}</span>", state); }

/// What a hypothesis came to, in one word: a grade, or why there is none.
std::string_view state_of(const HypothesisResult& hypothesis) {
  if (hypothesis.error) return "error";
  if (hypothesis.skipped) return "skipped";
  return hypothesis.claims.empty() ? "unknown" : name_of(hypothesis.grade());
}

bool as_expected(const HypothesisResult& hypothesis) {
  return !hypothesis.error && std::all_of(hypothesis.claims.begin(), hypothesis.claims.end(),
                                          [](const ClaimResult& claim) { return claim.as_expected() && claim.replay != Replay::kDisagreed; });
}

bool has_expectation(const HypothesisResult& hypothesis) {
  return std::any_of(hypothesis.claims.begin(), hypothesis.claims.end(), [](const ClaimResult& claim) { return claim.expect.has_value(); });
}

bool refuted_on_purpose(const ClaimResult& claim) { return claim.expect && claim.as_expected() && claim.grade() >= Grade::kVacuous; }

/// A wrong program or a rival says so in its file name.
std::string_view role_of(const HypothesisResult& hypothesis) {
  const std::string stem = std::filesystem::path(hypothesis.file).filename().string() + " " + hypothesis.name;
  for (const std::string_view role : {"mutant", "rival"})
    if (stem.find(role) != std::string::npos) return role;
  return "";
}

/// Hypotheses about one network: main ones first, then rivals, then mutants.
struct Group {
  std::string folder, network;  ///< network: its hash, empty if nothing was loaded
  std::string task;
  std::vector<std::size_t> members;
};

std::string text_of(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
}

std::vector<Group> groups_of(const std::vector<HypothesisResult>& hypotheses) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < hypotheses.size(); ++i) {
    const std::string folder = std::filesystem::path(hypotheses[i].file).parent_path().string(), network = text_of(hypotheses[i].network, "hash");
    auto at = std::find_if(groups.begin(), groups.end(), [&](const Group& group) { return group.folder == folder && group.network == network; });
    if (at == groups.end()) at = groups.insert(groups.end(), Group{folder, network, text_of(hypotheses[i].task, "name"), {}});
    at->members.push_back(i);
  }
  const auto order = [&](std::size_t i) { return role_of(hypotheses[i]).empty() ? 0 : role_of(hypotheses[i]) == "rival" ? 1 : 2; };
  for (Group& group : groups)
    std::stable_sort(group.members.begin(), group.members.end(), [&](std::size_t a, std::size_t b) { return order(a) < order(b); });
  return groups;
}

/// The folder, with the task behind it where a folder holds several networks.
std::string title_of(const Group& group, const std::vector<Group>& groups) {
  const std::string folder = group.folder.empty() ? "." : group.folder;
  const auto same = std::count_if(groups.begin(), groups.end(), [&](const Group& other) { return other.folder == group.folder; });
  return same == 1 || group.task.empty() ? folder : folder + ": " + group.task;
}

/// Claims from the weakest to the strongest.
std::vector<const ClaimResult*> weakest_first(const HypothesisResult& hypothesis) {
  std::vector<const ClaimResult*> claims;
  for (const ClaimResult& claim : hypothesis.claims) claims.push_back(&claim);
  std::stable_sort(claims.begin(), claims.end(), [](const ClaimResult* a, const ClaimResult* b) { return a->grade() > b->grade(); });
  return claims;
}

std::string seconds_text(const ClaimResult& claim) { return claim.from_cache ? std::string("cached") : fmt::format("{:.2f} s", claim.seconds); }

std::string expectation_cell(const ClaimResult& claim) {
  if (claim.replay == Replay::kDisagreed) return "<td class=\"bad\">replay disagreed</td>";
  if (!claim.expect) return "<td class=\"quiet\">none stated</td>";
  if (claim.as_expected()) return "<td class=\"good\">as expected</td>";
  return fmt::format("<td class=\"bad\">expected {}</td>", escape_html(*claim.expect));
}

std::string claim_rows(const HypothesisResult& hypothesis) {
  std::string rows;
  for (const ClaimResult* claim : weakest_first(hypothesis))
    rows += fmt::format(
        "<tr data-claim=\"{}\"><th scope=\"row\">{}</th><td>{}</td><td><span title=\"{}\">{} {}</span></td><td>{}</td><td "
        "class=\"summary\">{}</td>{}<td class=\"number\">{}</td></tr>\n",
        claim - hypothesis.claims.data(), escape_html(claim->id), badge(name_of(claim->grade())), kLinkNames[static_cast<std::size_t>(claim->link)],
        claim->link, kLinkNames[static_cast<std::size_t>(claim->link)], name_of(claim->evidence), escape_html(claim->summary),
        expectation_cell(*claim), seconds_text(*claim));
  return rows;
}

std::string mark_of(const HypothesisResult& hypothesis) {
  if (!as_expected(hypothesis)) return hypothesis.error ? std::string() : "<span class=\"mark bad\">not as expected</span>";
  return has_expectation(hypothesis) ? "<span class=\"mark good\">as expected</span>" : "";
}

std::string hypothesis_section(const HypothesisResult& hypothesis, std::size_t number, bool open) {
  const std::string_view state = state_of(hypothesis), role = role_of(hypothesis);
  const bool unexpected = !as_expected(hypothesis);
  std::string html = fmt::format(
      "<details class=\"hypothesis\" id=\"h{0}\" data-h=\"{0}\" data-grade=\"{1}\" data-unexpected=\"{2}\"{3}>\n<summary>{4}<span "
      "class=\"name\">{5}</span>{6}{7}"
      "<span class=\"headline\">{8}</span></summary>\n<div class=\"body\">\n",
      number, state, unexpected ? 1 : 0, open ? " open" : "", badge(state), escape_html(hypothesis.name),
      role.empty() ? std::string() : fmt::format("<span class=\"role\">{}</span>", role), mark_of(hypothesis), escape_html(headline(hypothesis)));
  html += fmt::format("<p class=\"file\"><code>{}</code></p>\n", escape_html(hypothesis.file));
  if (!hypothesis.claims.empty())
    html +=
        "<div class=\"scroll\"><table class=\"claims\"><caption>Claims, weakest first</caption><thead><tr><th scope=\"col\">claim</th><th "
        "scope=\"col\">grade</th><th scope=\"col\">link</th>"
        "<th scope=\"col\">evidence</th><th scope=\"col\">finding</th><th scope=\"col\">expectation</th><th "
        "scope=\"col\">time</th></tr></thead><tbody>\n" +
        claim_rows(hypothesis) + "</tbody></table></div>\n";
  return html + "<div class=\"lazy\"></div>\n</div>\n</details>\n";
}

// ---- the top of the page -------------------------------------------------------------------------------------------------------------
struct Weakest {
  std::size_t hypothesis = 0;
  const ClaimResult* claim = nullptr;
};

/// The weakest claim of all; without those that were meant to be refuted if `meant_to_hold`.
Weakest weakest_of(const std::vector<HypothesisResult>& hypotheses, bool meant_to_hold) {
  Weakest weakest;
  for (std::size_t i = 0; i < hypotheses.size(); ++i)
    for (const ClaimResult& claim : hypotheses[i].claims)
      if (!(meant_to_hold && refuted_on_purpose(claim)) && (weakest.claim == nullptr || claim.grade() > weakest.claim->grade()))
        weakest = {i, &claim};
  return weakest;
}

std::string counted(std::size_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

std::string weakest_line(const Verification& verification, const Weakest& weakest, std::string_view title) {
  if (weakest.claim == nullptr) return {};
  const ClaimResult& claim = *weakest.claim;
  return fmt::format("<p class=\"weakest\">{} <strong>{}:</strong> link {} ({}), <a href=\"#h{}\">{}</a>, claim {}: {}</p>\n",
                     badge(name_of(claim.grade())), title, claim.link, kLinkNames[static_cast<std::size_t>(claim.link)], weakest.hypothesis,
                     escape_html(verification.hypotheses[weakest.hypothesis].name), escape_html(claim.id), escape_html(claim.summary));
}

struct Counts {
  std::map<Grade, int> grades;
  int claims = 0, expected = 0, unexpected = 0, skipped = 0, errors = 0, replays_disagree = 0;
  int failing = 0;  ///< neither hold nor fail as they should
};

Counts count(const Verification& verification) {
  Counts counts;
  for (const HypothesisResult& hypothesis : verification.hypotheses) {
    counts.skipped += hypothesis.skipped ? 1 : 0;
    counts.errors += hypothesis.error ? 1 : 0;
    for (const ClaimResult& claim : hypothesis.claims) {
      ++counts.claims;
      ++counts.grades[claim.grade()];
      if (claim.expect) ++(claim.as_expected() ? counts.expected : counts.unexpected);
      counts.failing += claim.grade() > Grade::kMeasured && !(claim.expect && claim.as_expected()) ? 1 : 0;
      counts.replays_disagree += claim.replay == Replay::kDisagreed ? 1 : 0;
    }
  }
  counts.unexpected += static_cast<int>(verification.unexpected.size());
  return counts;
}

/// The one sentence on top: is all as it should be?
std::string verdict_line(const Verification& verification, const Counts& counts) {
  std::string problems;
  const auto add = [&](int number, std::string_view what) {
    if (number > 0) problems += fmt::format("{}{} {}", problems.empty() ? "" : ", ", number, what);
  };
  add(counts.replays_disagree, "replays disagree (internal error)");
  add(counts.errors, "hypotheses with errors");
  add(counts.unexpected, "not as expected");
  if (verification.interrupted) problems += fmt::format("{}the run was interrupted", problems.empty() ? "" : ", ");
  if (!problems.empty()) return fmt::format("<p class=\"verdict bad\">{}</p>\n", problems);
  if (counts.claims == 0) return "<p class=\"verdict\">No claim was checked</p>\n";
  const bool all_hold = std::all_of(counts.grades.begin(), counts.grades.end(), [](const auto& entry) { return entry.first <= Grade::kMeasured; });
  if (all_hold)
    return counts.claims == 1 ? std::string("<p class=\"verdict good\">The claim holds</p>\n")
                              : fmt::format("<p class=\"verdict good\">All {} claims hold</p>\n", counts.claims);
  if (counts.failing > 0) return fmt::format("<p class=\"verdict bad\">{} of {} claims do not hold</p>\n", counts.failing, counts.claims);
  return fmt::format("<p class=\"verdict good\">All {} claims {}</p>\n", counts.claims,
                     counts.expected == counts.claims ? "came out as expected" : "hold, or fail as they should");
}

std::string top(const ResultFile& result) {
  const Verification& verification = result.verification;
  const Counts counts = count(verification);
  std::string html = verdict_line(verification, counts);
  const Weakest meant = weakest_of(verification.hypotheses, true), any = weakest_of(verification.hypotheses, false);
  html += weakest_line(verification, meant, any.claim == meant.claim ? "Weakest link" : "Weakest link of what is claimed to hold");
  if (any.claim != meant.claim) html += weakest_line(verification, any, "Weakest of all, refuted as it should be");
  html += fmt::format("<p class=\"counts\">{}, {}", counted(verification.hypotheses.size(), "hypothesis", "hypotheses"),
                      counted(static_cast<std::size_t>(counts.claims), "claim", "claims"));
  if (counts.expected > 0) html += fmt::format(", {} as expected", counts.expected);
  if (counts.skipped > 0) html += fmt::format(", {} skipped", counts.skipped);
  html += fmt::format("; {:.1f} s</p>\n", verification.seconds);
  if (!verification.unexpected.empty()) {
    html += "<ul class=\"unexpected\">\n";
    for (const std::string& line : verification.unexpected) html += fmt::format("<li>{}</li>\n", escape_html(line));
    html += "</ul>\n";
  }
  return html;
}

/// One row per network: how many claims have which grade.
std::string index_table(const std::vector<HypothesisResult>& hypotheses, const std::vector<Group>& groups) {
  std::string html =
      "<div class=\"scroll\"><table class=\"index\"><caption>Claims by network and grade</caption><thead><tr><th scope=\"col\">network</th><th "
      "scope=\"col\">hypotheses</th>";
  for (const Grade grade : kGrades) html += fmt::format("<th scope=\"col\">{}</th>", badge(name_of(grade)));
  html += "<th scope=\"col\">expectation</th></tr></thead><tbody>\n";
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::map<Grade, int> grades;
    int skipped = 0, wrong = 0, expected = 0;
    for (const std::size_t i : groups[g].members) {
      skipped += hypotheses[i].skipped ? 1 : 0;
      wrong += as_expected(hypotheses[i]) ? 0 : 1;
      expected += has_expectation(hypotheses[i]) ? 1 : 0;
      for (const ClaimResult& claim : hypotheses[i].claims) ++grades[claim.grade()];
    }
    html += fmt::format("<tr><th scope=\"row\"><a href=\"#g{}\">{}</a></th><td class=\"number\">{}</td>", g, escape_html(title_of(groups[g], groups)),
                        groups[g].members.size());
    for (const Grade grade : kGrades)
      html += grades.contains(grade) ? fmt::format("<td class=\"number\">{}</td>", grades[grade]) : std::string("<td class=\"number quiet\">0</td>");
    if (wrong > 0) html += fmt::format("<td class=\"bad\">{} not as expected</td></tr>\n", wrong);
    else if (expected > 0) html += "<td class=\"good\">as expected</td></tr>\n";
    else html += fmt::format("<td class=\"quiet\">{}</td></tr>\n", skipped > 0 ? "skipped" : "none stated");
  }
  return html + "</tbody></table></div>\n";
}

/// Which section is open at first: the only one, or the first that needs attention.
std::size_t first_open(const std::vector<HypothesisResult>& hypotheses) {
  if (hypotheses.size() == 1) return 0;
  for (std::size_t i = 0; i < hypotheses.size(); ++i)
    if (!as_expected(hypotheses[i])) return i;
  return hypotheses.size();
}

constexpr std::string_view kToolbar =
    "<div class=\"toolbar\" role=\"search\" hidden>\n<fieldset class=\"chips\" id=\"grades\"><legend>Show</legend></fieldset>\n"
    "<label>Find <input id=\"find\" type=\"search\" placeholder=\"name, claim or finding\"></label>\n"
    "<button type=\"button\" id=\"theme\">theme</button><button type=\"button\" id=\"keys\" aria-haspopup=\"dialog\">keys</button>\n"
    "<span id=\"shown\" role=\"status\"></span></div>\n";

}  // namespace

std::string to_html(const ResultFile& result) {
  const std::vector<HypothesisResult>& hypotheses = result.verification.hypotheses;
  const std::vector<Group> groups = groups_of(hypotheses);
  const std::size_t open = first_open(hypotheses);
  std::string html = "<a class=\"skip\" href=\"#hypotheses\">Skip to the hypotheses</a>\n<header>\n<h1>Assay report</h1>\n";
  html += top(result);
  html += "</header>\n";
  html += kToolbar;
  html +=
      "<noscript><p class=\"verdict\">The verdicts below need no script; source, circuits, counterexamples and attention do.</p></noscript>\n<main "
      "id=\"hypotheses\">\n";
  if (groups.size() > 1) html += index_table(hypotheses, groups);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    html += fmt::format("<section class=\"group\" id=\"g{}\"><h2>{}</h2>\n", g, escape_html(title_of(groups[g], groups)));
    for (const std::size_t i : groups[g].members) html += hypothesis_section(hypotheses[i], i, i == open);
    html += "</section>\n";
  }
  html += "</main>\n<script type=\"application/json\" id=\"result\">" + escape_island(make_island(result)) + "</script>\n";
  return frame(report_assets(), "Assay report", html);
}

}  // namespace assay::analysis
