#include "circuits/graph/graph_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace assay::circuits {

GraphIndex::GraphIndex(const GraphShape& shape) : shape_(shape) {
  const int mlp = shape.has_mlp ? 1 : 0;
  sources_per_layer_ = shape.heads + mlp;
  slots_per_layer_ = 3 * shape.heads + mlp;
  sources_ = 1 + shape.layers * sources_per_layer_;
  for (int span = 0; span < spans(); ++span)
    if (shape.spans.empty() || shape.spans[static_cast<std::size_t>(span)].scored) scored_spans_.push_back(span);
  const int slots = shape.layers * slots_per_layer_ + 1;
  offsets_.assign(static_cast<std::size_t>(slots) + 1, 0);
  for (int slot = 0; slot < slots; ++slot)
    offsets_[static_cast<std::size_t>(slot) + 1] =
        offsets_[static_cast<std::size_t>(slot)] + static_cast<std::uint64_t>(visible(slot)) * static_cast<std::uint64_t>(cells(slot));
}

int GraphIndex::visible(int slot) const {
  if (slot == logits_slot()) return sources_;
  return is_mlp_slot(slot) ? visible_to_mlp(layer_of_slot(slot)) : visible_to_attention(layer_of_slot(slot));
}

int GraphIndex::cells(int slot) const {
  if (slot == logits_slot()) return static_cast<int>(scored_spans_.size());
  return reads_across(slot) ? spans() * (spans() + 1) / 2 : spans();
}

GraphIndex::Cell GraphIndex::cell(int slot, int number) const {
  if (slot == logits_slot()) {
    const int span = scored_spans_[static_cast<std::size_t>(number)];
    return {span, span};
  }
  if (!reads_across(slot)) return {number, number};
  int target = 0;
  while ((target + 1) * (target + 2) / 2 <= number) ++target;
  return {number - target * (target + 1) / 2, target};
}

int GraphIndex::cell_number(int slot, Cell cell) const {
  if (reads_across(slot)) return cell.source_span > cell.target_span ? -1 : cell.target_span * (cell.target_span + 1) / 2 + cell.source_span;
  if (cell.source_span != cell.target_span) return -1;
  if (slot != logits_slot()) return cell.source_span;
  const auto found = std::find(scored_spans_.begin(), scored_spans_.end(), cell.source_span);
  return found == scored_spans_.end() ? -1 : static_cast<int>(found - scored_spans_.begin());
}

int GraphIndex::slot_of_edge(std::uint64_t edge) const {
  const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), edge);
  return static_cast<int>(after - offsets_.begin()) - 1;
}

namespace {

Status check_spans(const GraphShape& shape) {
  std::set<std::string> names;
  if (shape.spans.size() > kMaximumSpans)
    return input_error(fmt::format("{} spans; expected at most {}", shape.spans.size(), kMaximumSpans), "name fewer positions");
  for (const Span& span : shape.spans) {
    const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    if (span.name.empty() || !std::all_of(span.name.begin(), span.name.end(), fits))
      return input_error(fmt::format("span '{}': a name has letters, digits and _ only", span.name), "rename it");
    if (!names.insert(span.name).second) return input_error(fmt::format("two spans have the name '{}'", span.name), "rename one");
  }
  if (!shape.spans.empty() && std::none_of(shape.spans.begin(), shape.spans.end(), [](const Span& span) { return span.scored; }))
    return input_error("no span is scored: nothing reads the output", "mark the span of the decision");
  return {};
}

}  // namespace

Status check_shape(const GraphShape& shape) {
  constexpr int kMaximum = 100'000;
  if (shape.layers < 1 || shape.heads < 1 || shape.layers > kMaximum || shape.heads > kMaximum)
    return input_error(fmt::format("a graph of {} layers and {} heads; expected 1 to {} of each", shape.layers, shape.heads, kMaximum),
                       "correct n_layers and n_heads");
  if (shape.d_model < 0) return input_error(fmt::format("d_model is {}; expected 0 or more", shape.d_model), "correct d_model");
  if (Status checked = check_spans(shape); !checked) return checked;
  const double sources = 1.0 + shape.layers * (shape.heads + 1.0);
  const double spans = shape.span_count();
  const double cells = spans == 1 ? 1 : (2 * (spans + 1) / 2 + 1) / 3 * spans;      // of a head's slots, on average
  const double edges = sources * (3.0 * shape.heads + 1.0) * shape.layers * cells;  // an upper bound, within a factor of about two
  if (edges > 2.0 * static_cast<double>(kMaximumEdges))
    return input_error(fmt::format("a graph of {} layers, {} heads and {} spans has more than {} edges", shape.layers, shape.heads,
                                   shape.span_count(), kMaximumEdges),
                       "graphs of this size are not supported; correct n_layers, n_heads or the spans if they are wrong");
  return {};
}

}  // namespace assay::circuits
