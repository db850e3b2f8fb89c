#include "analysis/bench/pages/attribute_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/bench/pages/html.h"

namespace assay::analysis::bench {
namespace {

struct Entry {
  Tally tally;
  std::vector<std::size_t> requests;
};
using Values = std::map<std::string, Entry>;

struct Family {
  Entry all;
  std::map<std::string, Values> attributes;
};

void add(Entry& entry, std::size_t request, const Tally& tally) {
  for (std::size_t label = 0; label < tally.by_label.size(); ++label) entry.tally.by_label[label] += tally.by_label[label];
  entry.tally.samples += tally.samples;
  if (entry.requests.empty() || entry.requests.back() != request) entry.requests.push_back(request);
}

class AttributeMap {
 public:
  AttributeMap(const Json& document, std::size_t model) : document_(document), model_(model) {
    const Json& tasks = document["tasks"];
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      if (is_variation(tasks[t])) continue;
      const Tally tally = tally_of(document["models"][model]["tasks"][t]);
      for (Family* family : {&together_, &families_[text_of(tasks[t], "family")]}) {
        add(family->all, t, tally);
        for (const Json& entry : tasks[t]["attributes"]) add(family->attributes[entry[0].get<std::string>()][entry[1].get<std::string>()], t, tally);
      }
    }
  }

  std::string html() const {
    if (together_.attributes.empty() && families_.size() < 2) return {};
    const std::vector<std::string> columns = columns_by_use();
    std::string html =
        "<div class=\"scroll map-frame\" tabindex=\"0\" role=\"region\" aria-label=\"Map of families and attributes\"><table class=\"map\"><caption>"
        "Samples by family and attribute. A cell opens the list of its requests, worst first.</caption><thead><tr><th scope=\"col\">family</th>"
        "<th scope=\"col\">all</th>";
    for (const std::string& column : columns) html += fmt::format("<th scope=\"col\">{}</th>", shown(column));
    html += "</tr></thead><tbody>\n" + row("all families", together_, columns);
    for (const auto& [name, family] : families_) html += row(name.empty() ? "no family" : name, family, columns);
    return html + "</tbody></table></div>\n";
  }

 private:
  std::vector<std::string> columns_by_use() const {
    std::map<std::string, std::size_t> uses;
    for (const auto& [name, family] : families_)
      for (const auto& [attribute, values] : family.attributes) ++uses[attribute];
    std::vector<std::string> columns;
    for (const auto& [attribute, count] : uses) columns.push_back(attribute);
    std::stable_sort(columns.begin(), columns.end(), [&](const std::string& a, const std::string& b) { return uses[a] > uses[b]; });
    return columns;
  }

  std::string row(const std::string& name, const Family& family, const std::vector<std::string>& columns) const {
    std::string html =
        fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>", shown(name),
                    cell(fmt::format("{} {}", family.all.requests.size(), family.all.requests.size() == 1 ? "request" : "requests"), family.all));
    for (const std::string& column : columns) {
      html += "<td>";
      if (const auto values = family.attributes.find(column); values != family.attributes.end())
        for (const auto& [value, entry] : values->second) html += cell(value, entry);
      html += "</td>";
    }
    return html + "</tr>\n";
  }

  std::string cell(const std::string& value, const Entry& entry) const {
    return fmt::format("<details class=\"cell\" name=\"map{}\"><summary><span class=\"value\">{}</span>{}</summary>{}</details>", model_,
                       shown(value), bar(entry.tally), request_links(document_, model_, entry.requests));
  }

  const Json& document_;
  std::size_t model_;
  Family together_;
  std::map<std::string, Family> families_;
};

}  // namespace

std::string attribute_map(const Json& document, std::size_t model) { return AttributeMap(document, model).html(); }

std::string request_links(const Json& document, std::size_t model, std::vector<std::size_t> requests) {
  const Json& runs = document["models"][model]["tasks"];
  std::map<std::size_t, Tally> tallies;
  for (const std::size_t request : requests) tallies[request] = tally_of(runs[request]);
  std::stable_sort(requests.begin(), requests.end(), [&](std::size_t a, std::size_t b) { return tallies[a].severity() < tallies[b].severity(); });
  std::string html = "<ul class=\"cases\">";
  for (const std::size_t request : requests)
    html += fmt::format("<li><a href=\"{}#m{}\">{}</a> {}</li>", request_page_name(request), model, shown(text_of(document["tasks"][request], "id")),
                        badges(tallies[request]));
  return html + "</ul>";
}

}  // namespace assay::analysis::bench
