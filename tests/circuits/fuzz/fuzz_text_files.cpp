// libFuzzer target for what a model that reads text is made of: the first byte chooses between a GGUF header and a tokenizer.json.
//
//   build/fuzz/bin/fuzz_text_files CORPUS_FOLDER -max_total_time=600 -rss_limit_mb=1024
//
// Must hold: no crash, no sanitizer report, no memory beyond a small multiple of the input; tensors of an accepted header lie inside the
// file; what an accepted byte-level tokenizer encodes it decodes to the same bytes, with one range after the other.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "circuits/model/gguf/gguf.h"
#include "circuits/model/tokenizer/tokenizer.h"

namespace {

using namespace assay::circuits;

void check_header(std::span<const std::uint8_t> file) {
  auto header = parse_gguf(std::as_bytes(file), "fuzz");
  if (!header) return;
  for (const auto& [name, tensor] : header->tensors)
    if (tensor.begin > tensor.end || tensor.end > file.size()) std::abort();
}

void check_tokenizer(const std::string& json) {
  auto tokenizer = Tokenizer::parse_json(json, "fuzz/tokenizer.json");
  if (!tokenizer) return;
  const std::string text = "for (int i = 0; i < n; ++i)\n\t\xc3\xa9\xff\xf0\x9f\x98\x80 " + json.substr(0, 64);
  auto encoding = tokenizer->encode(text);
  if (!encoding || tokenizer->info().algorithm == "WordLevel") return;
  if (encoding->tokens.size() != encoding->ranges.size()) std::abort();
  std::size_t kept = 0;
  for (const ByteRange& range : encoding->ranges) {
    if (range.begin < kept && range.begin != range.end) std::abort();
    kept = range.end;
  }
  if (kept > text.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  if (data[0] % 2 == 0) check_header(rest);
  else check_tokenizer(std::string(rest.begin(), rest.end()));
  return 0;
}
