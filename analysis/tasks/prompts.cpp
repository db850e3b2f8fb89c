#include "analysis/tasks/prompts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/toml.h"
#include "circuits/model/tokenizer/tokenizer.h"

namespace assay::analysis {
namespace {

constexpr std::size_t kLongestText = 1 << 20;
constexpr std::size_t kMostBytes = 64 << 20;  ///< of all prompts

/// Writes a template out for one choice of texts and notes where each occurrence of a slot ends.
class Writer {
 public:
  Writer(const PromptTemplate& form, const std::vector<std::size_t>& choices) : form_(form), choices_(choices), ends_(form.slots.size()) {}

  Status write(std::string_view text) {
    while (true) {
      const std::size_t begin = text.find("${");
      text_ += text.substr(0, begin);
      if (text_.size() > kLongestText) return input_error(fmt::format("a prompt has more than {} bytes", kLongestText), "use shorter texts");
      if (begin == std::string_view::npos) return {};
      const std::size_t end = text.find('}', begin);
      if (end == std::string_view::npos) return input_error("a `${` of the template is never closed", "write ${name}");
      if (Status status = write_slot(text.substr(begin + 2, end - begin - 2)); !status) return status;
      text = text.substr(end + 1);
    }
  }

  std::string text_;
  const std::vector<std::vector<std::size_t>>& ends() const { return ends_; }

 private:
  const PromptTemplate& form_;
  const std::vector<std::size_t>& choices_;
  std::vector<std::vector<std::size_t>> ends_;  ///< per slot and occurrence; 0: the occurrence is empty
  std::vector<std::size_t> open_;

  Status write_slot(std::string_view name) {
    const auto slot = std::find_if(form_.slots.begin(), form_.slots.end(), [&](const PromptSlot& each) { return each.name == name; });
    if (slot == form_.slots.end()) {
      std::vector<std::string> names;
      for (const PromptSlot& each : form_.slots) names.push_back(each.name);
      const std::string near = nearest(name, names);
      return input_error(fmt::format("the template uses the slot '{}', which is not declared", name),
                         near.empty() ? "declare it in `slots`" : fmt::format("did you mean '{}'?", near));
    }
    const auto index = static_cast<std::size_t>(slot - form_.slots.begin());
    if (std::find(open_.begin(), open_.end(), index) != open_.end())
      return input_error(fmt::format("the slot '{}' holds itself", name), "let texts hold other slots only");
    open_.push_back(index);
    const std::size_t begin = text_.size();
    if (Status status = write(slot->texts[choices_[index]]); !status) return status;
    open_.pop_back();
    ends_[index].push_back(text_.size() > begin ? text_.size() : 0);
    return {};
  }
};

/// How many prompts there are.
Result<std::size_t> check(const PromptTemplate& form) {
  std::size_t size = 1;
  for (const PromptSlot& slot : form.slots) {
    if (slot.texts.empty()) return input_error(fmt::format("slot '{}' has no texts", slot.name), "list its texts");
    if (slot.values.size() != slot.texts.size() || (!slot.labels.empty() && slot.labels.size() != slot.texts.size()))
      return input_error(
          fmt::format("slot '{}' has {} texts, {} values and {} labels", slot.name, slot.texts.size(), slot.values.size(), slot.labels.size()),
          "give one of each per text");
    size *= slot.texts.size();
    if (size > kMostPrompts)
      return input_error(fmt::format("the template stands for more than {} prompts", kMostPrompts),
                         "use fewer texts, or a predicate and several tasks");
  }
  return size;
}

/// The next choice of texts, the last slot fastest; false behind the last one.
bool advance(std::vector<std::size_t>& choices, const PromptTemplate& form) {
  for (std::size_t slot = choices.size(); slot-- > 0;) {
    if (++choices[slot] < form.slots[slot].texts.size()) return true;
    choices[slot] = 0;
  }
  return false;
}

/// The token that holds the byte before `end`.
int token_at(const circuits::Encoding& encoding, std::size_t end) {
  for (std::size_t token = 0; token < encoding.ranges.size(); ++token)
    if (encoding.ranges[token].begin < end && end <= encoding.ranges[token].end) return static_cast<int>(token);
  return -1;  // white space that a WordLevel tokenizer drops
}

}  // namespace

Result<Prompts> Prompts::create(PromptTemplate form, const circuits::Tokenizer& tokenizer) {
  const Result<std::size_t> count = check(form);
  if (!count) return fail(count.error());
  Prompts prompts;
  prompts.form_ = std::move(form);
  const std::size_t slots = prompts.form_.slots.size();
  std::vector<std::size_t> choices(slots);
  std::vector<bool> used(slots);
  std::size_t bytes = 0;
  do {
    Writer writer(prompts.form_, choices);
    if (Status status = writer.write(prompts.form_.text); !status) return fail(status.error());
    bytes += writer.text_.size();
    const std::size_t foreseen = bytes / (prompts.prompts_.size() + 1) * *count;  // as long as those so far
    if (std::max(bytes, foreseen) > kMostBytes)
      return input_error(fmt::format("the prompts of the template have about {} MB, more than {} MB", foreseen >> 20, kMostBytes >> 20),
                         "use shorter or fewer texts, or several tasks");
    const Result<circuits::Encoding> encoding = tokenizer.encode(writer.text_);
    if (!encoding) return fail(encoding.error());
    for (std::size_t slot = 0; slot < slots; ++slot) used[slot] = used[slot] || !writer.ends()[slot].empty();
    Prompt prompt{writer.text_, encoding->tokens, choices, prompts.places_of(writer.ends(), *encoding)};
    if (Status status = prompts.add(std::move(prompt)); !status) return fail(status.error());
  } while (advance(choices, prompts.form_));
  if (const auto unused = std::find(used.begin(), used.end(), false); unused != used.end())
    return input_error(fmt::format("no text uses the slot '{}'", prompts.form_.slots[static_cast<std::size_t>(unused - used.begin())].name),
                       "write ${name} where it stands, or leave it out");
  prompts.unedited_ = prompts.prompts_.size();
  return prompts;
}

std::vector<std::vector<int>> Prompts::places_of(const std::vector<std::vector<std::size_t>>& ends, const circuits::Encoding& encoding) {
  std::vector<std::vector<int>> places(ends.size());
  for (std::size_t slot = 0; slot < ends.size(); ++slot)
    for (const std::size_t end : ends[slot])
      if (const int place = end > 0 ? token_at(encoding, end) : -1; place >= 0) places[slot].push_back(place);
  return places;
}

Result<bool> Prompts::add_edited(PromptEdit edit, const circuits::Encoding& encoding, std::string text) {
  if (find(encoding.tokens) != nullptr) return false;
  if (prompts_.size() >= kMostPrompts)
    return input_error(fmt::format("template and edits stand for more than {} prompts", kMostPrompts), "use fewer texts or kinds of edits");
  const Prompt& base = prompts_[edit.base];
  Writer writer(form_, base.choices);
  if (Status status = writer.write(form_.text); !status) return fail(status.error());
  std::vector<std::vector<std::size_t>> ends = writer.ends();
  for (std::vector<std::size_t>& of_slot : ends)
    for (std::size_t& end : of_slot)
      if (end > 0) end = syntax::moved(edit.in_prompt, end);
  edited_.emplace(std::tuple(edit.base, edit.kind, edit.number), prompts_.size());
  if (Status status = add({std::move(text), encoding.tokens, base.choices, places_of(ends, encoding), std::move(edit)}); !status)
    return fail(status.error());
  return true;
}

Status Prompts::add(Prompt prompt) {
  if (prompt.tokens.empty()) return input_error("a prompt of the template is empty", "write a text that the model continues");
  std::uint32_t node = 0;
  for (const TokenId token : prompt.tokens) {
    if (const std::optional<std::uint32_t> known = child(node, token)) {
      node = *known;
      continue;
    }
    const auto added = static_cast<std::uint32_t>(nodes_.size());
    nodes_[node].children.emplace_back(token, added);
    nodes_.emplace_back();
    node = added;
  }
  if (nodes_[node].prompt >= 0)
    return input_error(fmt::format("two choices give the same prompt: {} and {}", described(prompts_[static_cast<std::size_t>(nodes_[node].prompt)]),
                                   described(prompt)),
                       "let every text of a slot be seen in the prompt");
  nodes_[node].prompt = static_cast<std::int64_t>(prompts_.size());
  longest_ = std::max(longest_, static_cast<int>(prompt.tokens.size()));
  prompts_.push_back(std::move(prompt));
  return {};
}

std::optional<std::uint32_t> Prompts::child(std::uint32_t node, TokenId token) const {
  const auto& children = nodes_[node].children;
  const auto found = std::find_if(children.begin(), children.end(), [&](const auto& each) { return each.first == token; });
  return found == children.end() ? std::nullopt : std::optional(found->second);
}

const Prompts::Node* Prompts::walk(std::span<const TokenId> prefix) const {
  std::uint32_t node = 0;
  for (const TokenId token : prefix) {
    const std::optional<std::uint32_t> next = child(node, token);
    if (!next) return nullptr;
    node = *next;
  }
  return &nodes_[node];
}

const Prompt* Prompts::find(std::span<const TokenId> tokens) const {
  const Node* node = walk(tokens);
  return node == nullptr || node->prompt < 0 ? nullptr : &prompts_[static_cast<std::size_t>(node->prompt)];
}

void Prompts::children(std::span<const TokenId> prefix, Tokens& next) const {
  if (const Node* node = walk(prefix))
    for (const auto& [token, child] : node->children) next.push_back(token);
}

std::vector<std::size_t> Prompts::neighbours(std::size_t prompt, std::span<const std::size_t> slots) const {
  if (const std::optional<PromptEdit>& edit = prompts_[prompt].edit) {
    std::vector<std::size_t> found;
    for (const std::size_t other : neighbours(edit->base, slots))
      if (const auto edited = edited_.find({other, edit->kind, edit->number}); edited != edited_.end()) found.push_back(edited->second);
    return found;
  }
  std::vector<std::size_t> found;
  std::size_t stride = 1;
  for (std::size_t slot = form_.slots.size(); slot-- > 0;) {
    const std::size_t texts = form_.slots[slot].texts.size();
    if (slots.empty() || std::find(slots.begin(), slots.end(), slot) != slots.end())
      for (std::size_t text = 0; text < texts; ++text)
        if (const std::size_t own = prompts_[prompt].choices[slot]; text != own) found.push_back(prompt + text * stride - own * stride);
    stride *= texts;
  }
  return found;
}

Result<std::string> Prompts::filled(const Prompt& prompt, const std::string& text) const {
  Writer writer(form_, prompt.choices);
  if (Status status = writer.write(text); !status) return fail(status.error());
  return writer.text_;
}

Result<std::vector<circuits::ByteRange>> Prompts::occurrences(const Prompt& prompt, std::size_t slot) const {
  Writer writer(form_, prompt.choices);
  if (Status status = writer.write(form_.text); !status) return fail(status.error());
  const Result<std::string> text = filled(prompt, form_.slots[slot].texts[prompt.choices[slot]]);
  if (!text) return fail(text.error());
  std::vector<circuits::ByteRange> ranges;
  for (const std::size_t end : writer.ends()[slot]) {
    if (end == 0) continue;
    circuits::ByteRange range{end - text->size(), end};
    if (prompt.edit) range = {syntax::moved(prompt.edit->in_prompt, range.begin), syntax::moved(prompt.edit->in_prompt, range.end)};
    ranges.push_back(range);
  }
  return ranges;
}

Result<std::string> Prompts::completion(const Prompt& prompt, const std::string& rest) const {
  Result<std::string> text = filled(prompt, rest);
  if (text && prompt.edit) *text = syntax::edited_text(prompt.edit->in_rest, *text);
  return text;
}

std::string Prompts::described(const Prompt& prompt) const {
  std::string text;
  for (std::size_t slot = 0; slot < form_.slots.size(); ++slot) {
    const PromptSlot& each = form_.slots[slot];
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", each.name, each.label(prompt.choices[slot]));
  }
  if (prompt.edit) text += fmt::format(", {} in {}: {}", prompt.edit->kind, prompt.edit->function, prompt.edit->what);
  return text;
}

}  // namespace assay::analysis
