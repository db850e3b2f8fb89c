#define PCRE2_CODE_UNIT_WIDTH 8
#include "circuits/model/tokenizer/pre_tokenizer.h"

#include <pcre2.h>

#include <optional>

#include "circuits/model/tokenizer/utf8.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

constexpr std::size_t kLongestExpression = 16384;
constexpr std::uint32_t kMatchSteps = 1'000'000;
constexpr const char* kWhiteSpace = R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Code = std::unique_ptr<pcre2_code, Freer<pcre2_code_free>>;
using CompileContext = std::unique_ptr<pcre2_compile_context, Freer<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freer<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freer<pcre2_match_data_free>>;

/// Spells out `\s`, and `\S` outside brackets.
std::string with_white_space(const std::string& expression) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\' && i + 1 < expression.size()) {
      const char next = expression[++i];
      if (next == 's') out += in_class ? kWhiteSpace : fmt::format("[{}]", kWhiteSpace);
      else if (next == 'S' && !in_class) out += fmt::format("[^{}]", kWhiteSpace);
      else out += {c, next};
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    out += c;
  }
  return out;
}

std::string message_of(int code) {
  PCRE2_UCHAR text[160];
  pcre2_get_error_message(code, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

Result<Code> compiled(const SplitStep& step, const std::string& origin) {
  const std::string shown = step.expression.size() <= 60 ? step.expression : step.expression.substr(0, 60) + "...";
  if (step.expression.size() > kLongestExpression)
    return input_error(fmt::format("{}: a regular expression of {} bytes, expected at most {}", origin, step.expression.size(), kLongestExpression),
                       "the file is damaged: download it again");
  const std::string expression = with_white_space(step.expression);
  const CompileContext context(pcre2_compile_context_create(nullptr));
  pcre2_set_parens_nest_limit(context.get(), 100);
  int error = 0;
  PCRE2_SIZE place = 0;
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(), PCRE2_UTF | PCRE2_UCP, &error, &place, context.get()));
  if (!code)
    return input_error(fmt::format("{}: the regular expression '{}' is not one: {}", origin, shown, message_of(error)),
                       "expected an expression that PCRE2 reads: correct the pre-tokenizer");
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);  // where there is no JIT, the interpreter matches
  return code;
}

/// A text cut in two kinds of parts: matches and what lies between them.
struct Part {
  ByteRange range;
  bool is_match;
};

using Parts = std::vector<Part>;

std::vector<ByteRange> isolated(const Parts& parts) {
  std::vector<ByteRange> out;
  for (const Part& part : parts) out.push_back(part.range);
  return out;
}

std::vector<ByteRange> without_matches(const Parts& parts) {
  std::vector<ByteRange> out;
  for (const Part& part : parts)
    if (!part.is_match) out.push_back(part.range);
  return out;
}

/// A part joins the one before where `joins(before, part)`.
template <class Joins>
std::vector<ByteRange> joined(const Parts& parts, Joins joins) {
  std::vector<ByteRange> out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && joins(parts[i - 1], parts[i])) out.back().end = parts[i].range.end;
    else out.push_back(parts[i].range);
  }
  return out;
}

std::vector<ByteRange> pieces_of(SplitBehaviour behaviour, const Parts& parts) {
  switch (behaviour) {
    case SplitBehaviour::kIsolated: return isolated(parts);
    case SplitBehaviour::kRemoved: return without_matches(parts);
    case SplitBehaviour::kContiguous: return joined(parts, [](const Part& before, const Part& part) { return before.is_match == part.is_match; });
    case SplitBehaviour::kMergedWithPrevious:
      return joined(parts, [](const Part& before, const Part& part) { return part.is_match && !before.is_match; });
    case SplitBehaviour::kMergedWithNext:
      return joined(parts, [](const Part& before, const Part& part) { return before.is_match && !part.is_match; });
  }
  return isolated(parts);
}

struct Segment {
  ByteRange range;
  bool utf8;
};

std::vector<Segment> utf8_segments(std::string_view text) {
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = leading_character(text.substr(i, 4));
    const bool good = length > 0;
    if (segments.empty() || segments.back().utf8 != good) segments.push_back({{i, i}, good});
    i += good ? length : 1;
    segments.back().range.end = i;
  }
  return segments;
}

}  // namespace

struct PreTokenizer::Step {
  Code code;
  SplitBehaviour behaviour;
  bool invert;
  std::string shown;

  Result<Parts> parts_of(std::string_view text, std::size_t base, pcre2_match_data* data, pcre2_match_context* context) const;
};

/// `text` is well-formed and begins at byte `base` of the whole.
Result<Parts> PreTokenizer::Step::parts_of(std::string_view text, std::size_t base, pcre2_match_data* data, pcre2_match_context* context) const {
  Parts parts;
  const auto add = [&](std::size_t begin, std::size_t end, bool is_match) {
    if (begin < end) parts.push_back({{base + begin, base + end}, is_match != invert});
  };
  std::size_t done = 0, from = 0;
  while (from < text.size()) {
    const int found = pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, PCRE2_NO_UTF_CHECK, data, context);
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0)
      return fail({ErrorKind::kBudget,
                   fmt::format("the pre-tokenizer's expression '{}' gave up at byte {}: {}", shown, base + from, message_of(found)),
                   "it backtracks too much: use a tokenizer with a simpler expression",
                   {}});
    const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(data);
    if (bounds[1] <= bounds[0]) {  // an empty match separates nothing
      from = bounds[0] + leading_character(text.substr(bounds[0], 4));
      if (from == bounds[0]) break;
      continue;
    }
    add(done, bounds[0], false);
    add(bounds[0], bounds[1], true);
    done = from = bounds[1];
  }
  add(done, text.size(), false);
  return parts;
}

PreTokenizer::PreTokenizer(std::vector<Step> steps) : steps_(std::move(steps)) {}
PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;
PreTokenizer& PreTokenizer::operator=(PreTokenizer&&) noexcept = default;
PreTokenizer::~PreTokenizer() = default;

Result<PreTokenizer> PreTokenizer::compile(const std::vector<SplitStep>& steps, const std::string& origin) {
  std::vector<Step> made;
  for (const SplitStep& step : steps) {
    Result<Code> code = compiled(step, origin);
    if (!code) return fail(code.error());
    made.push_back({std::move(*code), step.behaviour, step.invert, step.expression.substr(0, 60)});
  }
  return PreTokenizer(std::move(made));
}

Result<std::vector<ByteRange>> PreTokenizer::split(std::string_view text) const {
  const MatchContext context(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), kMatchSteps);
  const MatchData data(pcre2_match_data_create(16, nullptr));
  std::vector<ByteRange> all;
  for (const Segment& segment : utf8_segments(text)) {
    std::vector<ByteRange> pieces = {segment.range};
    for (std::size_t s = 0; segment.utf8 && s < steps_.size(); ++s) {
      std::vector<ByteRange> finer;
      for (const ByteRange& piece : pieces) {
        Result<Parts> parts = steps_[s].parts_of(text.substr(piece.begin, piece.end - piece.begin), piece.begin, data.get(), context.get());
        if (!parts) return fail(parts.error());
        const std::vector<ByteRange> ranges = pieces_of(steps_[s].behaviour, *parts);
        finer.insert(finer.end(), ranges.begin(), ranges.end());
      }
      pieces = std::move(finer);
    }
    all.insert(all.end(), pieces.begin(), pieces.end());
  }
  return all;
}

std::string literal_expression(std::string_view text) {
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!plain && c != '\n') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

}  // namespace assay::circuits
