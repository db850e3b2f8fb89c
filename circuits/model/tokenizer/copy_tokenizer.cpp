// The tokenizer of a GGUF file as a tokenizer.json with its neighbours, or those files of a folder. Test: tests/circuits/tokenizer_test.cpp
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "circuits/model/tokenizer/assembly.h"
#include "circuits/model/tokenizer/utf8.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

using Json = nlohmann::json;

Json model_of(const TokenizerAssembly& tokenizer) {
  Json vocabulary = Json::object(), merges = Json::array();
  for (std::size_t id = 0; id < tokenizer.bytes.size(); ++id)
    if (!tokenizer.bytes[id].empty()) vocabulary[printable_of_bytes(tokenizer.bytes[id])] = id;
  for (const AddedToken& added : tokenizer.added) vocabulary.erase(printable_of_bytes(added.text));
  for (const auto& [left, right] : tokenizer.merges) merges.push_back(printable_of_bytes(left) + " " + printable_of_bytes(right));
  return {{"type", "BPE"}, {"vocab", std::move(vocabulary)}, {"merges", std::move(merges)}, {"ignore_merges", tokenizer.whole_words_first}};
}

/// Expressions of GGUF files isolate their matches.
Json pre_tokenizer_of(const TokenizerAssembly& tokenizer) {
  Json steps = Json::array();
  for (const SplitStep& step : tokenizer.steps)
    steps.push_back({{"type", "Split"}, {"pattern", {{"Regex", step.expression}}}, {"behavior", "Isolated"}, {"invert", false}});
  steps.push_back({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}});
  return {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
}

Json template_of(const TokenizerAssembly& tokenizer) {
  Json single = Json::array();
  const auto add = [&](bool adds, TokenId id) {
    if (adds && id >= 0) single.push_back({{"SpecialToken", {{"id", tokenizer.bytes[static_cast<std::size_t>(id)]}, {"type_id", 0}}}});
  };
  add(tokenizer.info.adds_bos, tokenizer.info.bos);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  add(tokenizer.info.adds_eos, tokenizer.info.eos);
  return single.size() == 1 ? Json() : Json{{"type", "TemplateProcessing"}, {"single", std::move(single)}};
}

Json tokenizer_json(const TokenizerAssembly& tokenizer) {
  Json added = Json::array();
  for (const AddedToken& token : tokenizer.added) added.push_back({{"id", token.id}, {"content", token.text}, {"special", token.control}});
  return {{"version", "1.0"},
          {"added_tokens", std::move(added)},
          {"normalizer", nullptr},
          {"pre_tokenizer", pre_tokenizer_of(tokenizer)},
          {"post_processor", template_of(tokenizer)},
          {"model", model_of(tokenizer)}};
}

Status write_gguf_tokenizer(const std::string& path, const std::string& folder) {
  const Result<TokenizerAssembly> tokenizer = assembly_of_gguf(path);
  if (!tokenizer) return fail(tokenizer.error());
  Json generation = Json::object(), config = Json::object();
  if (tokenizer->info.bos >= 0) generation["bos_token_id"] = tokenizer->info.bos;
  if (tokenizer->info.eos >= 0) generation["eos_token_id"] = tokenizer->info.eos;
  if (!tokenizer->info.chat_template.empty()) config["chat_template"] = tokenizer->info.chat_template;
  const std::pair<const char*, Json> files[] = {{"tokenizer.json", tokenizer_json(*tokenizer)},
                                                {"generation_config.json", std::move(generation)},
                                                {"tokenizer_config.json", std::move(config)}};
  for (const auto& [name, json] : files)
    if (Status status = write_file(folder + "/" + name, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"); !status) return status;
  return {};
}

}  // namespace

Status copy_tokenizer(const std::string& model, const std::string& folder) {
  if (model.ends_with(".gguf")) return write_gguf_tokenizer(model, folder);
  for (const char* name : {"tokenizer.json", "generation_config.json", "tokenizer_config.json"}) {
    const std::string from = model + "/" + name, to = folder + "/" + name;
    std::error_code ignored;
    if (!std::filesystem::exists(from, ignored) || std::filesystem::equivalent(from, to, ignored)) continue;
    const Result<std::string> text = read_file(from);
    if (!text) return fail(text.error());
    if (Status status = write_file(to, *text); !status) return status;
  }
  return {};
}

}  // namespace assay::circuits
