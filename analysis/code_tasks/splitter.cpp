#include "analysis/code_tasks/splitter.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <string>

namespace assay::analysis::code_tasks {
namespace {

// In this order: a new line with its indentation, a name, one digit, an operator or other sign, and what is left over.
constexpr std::string_view kPattern =
    R"(\n *| ?[A-Za-z_]+| ?[0-9]| ?(?://|/\*|\*/|<<=|>>=|<=|>=|==|!=|&&|\|\||\+\+|--|\+=|-=|\*=|/=|%=|\^=|&=|\|=|<<|>>|[^\sA-Za-z0-9_])|\s)";

std::string message_of(int code) {
  PCRE2_UCHAR text[256];
  pcre2_get_error_message(code, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

}  // namespace

struct Splitter::Code {
  pcre2_code* code = nullptr;
  Code() = default;
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  ~Code() { pcre2_code_free(code); }
};

std::string_view Splitter::pattern() { return kPattern; }

Result<Splitter> Splitter::create() {
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto made = std::make_shared<Code>();
  made->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(kPattern.data()), kPattern.size(), PCRE2_ANCHORED, &error, &offset, nullptr);
  if (made->code == nullptr) return internal_error("the splitting expression does not compile: " + message_of(error));
  pcre2_jit_compile(made->code, PCRE2_JIT_COMPLETE);  // without it the interpreter matches, slower
  Splitter splitter;
  splitter.code_ = std::move(made);
  return splitter;
}

void Splitter::split(std::string_view text, const std::function<void(std::string_view)>& piece) const {
  pcre2_match_data* match = pcre2_match_data_create(1, nullptr);
  std::size_t at = 0;
  while (at < text.size()) {
    const int found = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at, 0, match, nullptr);
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(match);
    const std::size_t end = found > 0 && ends[1] > at ? ends[1] : at + 1;  // a byte that no alternative takes stands alone
    piece(text.substr(at, end - at));
    at = end;
  }
  pcre2_match_data_free(match);
}

}  // namespace assay::analysis::code_tasks
