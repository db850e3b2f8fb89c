#include <array>
#include <cmath>
#include <set>

#include "circuits/generation/decoder.h"
#include "circuits/generation/generate.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

Status check_prompt(const Tokens& prompt, std::size_t index, const ModelConfig& config) {
  if (prompt.empty()) return input_error(fmt::format("prompt {} is empty", index), "give at least one token, for example the text's BOS token");
  if (prompt.size() >= static_cast<std::size_t>(config.positions))
    return unsupported(
        fmt::format("prompt {} has {} tokens: the network has {} positions and needs one for the answer", index, prompt.size(), config.positions),
        "use a shorter prompt");
  return check_tokens(prompt, fmt::format("prompt {}", index), config);
}

Status check_number(bool good, std::string_view name, double value, std::string_view expected) {
  if (good) return {};
  return input_error(fmt::format("{} is {}, expected {}", name, value, expected), "correct the request");
}

}  // namespace

Status check_tokens(const Tokens& text, const std::string& name, const ModelConfig& config) {
  if (text.size() > static_cast<std::size_t>(config.positions))
    return unsupported(fmt::format("{} has {} tokens: the network has {} positions", name, text.size(), config.positions), "use a shorter text");
  for (TokenId token : text)
    if (token < 0 || token >= config.vocabulary)
      return input_error(fmt::format("{} holds token {}, the network has tokens 0 to {}", name, token, config.vocabulary - 1),
                         "tokenizer and network must belong together");
  return {};
}

namespace {

/// Of a group's heads one may have its key or value changed, since they share it.
template <class Changes>
Status check_heads(const Changes& changes, const ModelConfig& config) {
  std::set<std::array<int, 3>> seen;
  for (const auto& change : changes) {
    if (change.layer < 0 || change.layer >= config.layers || change.head < 0 || change.head >= config.heads)
      return input_error(fmt::format("an intervention on head {} of layer {}: the network has heads 0 to {} in layers 0 to {}", change.head,
                                     change.layer, config.heads - 1, config.layers - 1),
                         "name a head that exists");
    const bool shared = change.part == Intervention::Part::kKey || change.part == Intervention::Part::kValue;
    const int owner = shared ? change.head / (config.heads / config.kv_heads) : change.head;
    if (!seen.insert({static_cast<int>(change.part), change.layer, owner}).second)
      return input_error(fmt::format("an intervention changes one thing twice: head {} of layer {}{}", change.head, change.layer,
                                     shared ? " shares its key and value with another head that is named" : ""),
                         "name it once");
  }
  return {};
}

Status check_positions(const std::vector<std::int32_t>& positions, const Tokens& tokens, std::size_t patches, const std::string& name) {
  if (positions.size() != patches)
    return input_error(fmt::format("{} has {} positions for {} patches", name, positions.size(), patches), "name one position per patch");
  for (const std::int32_t position : positions)
    if (position < 0 || static_cast<std::size_t>(position) >= tokens.size())
      return input_error(fmt::format("{} is patched at token {}, it has tokens 0 to {}", name, position, tokens.size() - 1), "name a token of it");
  return {};
}

Status check_patched(const GenerationRequest& request, const ModelConfig& config) {
  const std::size_t patches = request.intervention.patches.size();
  if (patches == 0) return {};
  if (request.intervention.where != Intervention::Where::kSite || !request.intervention.heads.empty())
    return unsupported("patches beside other changes of heads, or at tokens behind the prompt", "patch the prompt's tokens, and nothing else");
  if (request.patched.size() != request.prompts.size())
    return input_error(fmt::format("{} of {} prompts say where their patches are from", request.patched.size(), request.prompts.size()),
                       "give each prompt its runs");
  for (std::size_t i = 0; i < request.prompts.size(); ++i) {
    const PatchedPrompt& patched = request.patched[i];
    if (Status checked = check_positions(patched.positions, request.prompts[i], patches, fmt::format("prompt {}", i)); !checked) return checked;
    if (patched.runs.empty()) return input_error(fmt::format("prompt {} has no run to patch from", i), "give it one");
    for (const PatchedPrompt::Run& run : patched.runs) {
      if (Status checked = check_prompt(run.tokens, i, config); !checked) return checked;
      if (Status checked = check_positions(run.positions, run.tokens, patches, fmt::format("a run that prompt {} is patched from", i)); !checked)
        return checked;
    }
  }
  return {};
}

/// Do the prompts say what is read beside them?
Status check_beside(const GenerationRequest& request, const ModelConfig& config) {
  if (request.intervention.taken.empty()) return {};
  if (request.intervention.where == Intervention::Where::kEverywhere)
    return unsupported("taking from a prompt beside this one at all its tokens, which need not be as many", "take in the answer, or at the site");
  if (request.beside.size() != request.prompts.size())
    return input_error(fmt::format("{} of {} prompts say what is read beside them", request.beside.size(), request.prompts.size()),
                       "give each prompt its other prompt");
  if (Status checked = check_number(2 * request.batch <= Decoder::kMostRows, "batch", request.batch,
                                    fmt::format("at most {}, since two texts are read for each", Decoder::kMostRows / 2));
      !checked)
    return checked;
  for (std::size_t i = 0; i < request.beside.size(); ++i)
    if (Status checked = check_prompt(request.beside[i], i, config); !checked) return checked;
  return {};
}

/// Do the heads and MLPs that take exist?
Status check_taken(const std::vector<Intervention::Taken>& taken, const ModelConfig& config) {
  std::set<std::pair<int, int>> seen;
  for (const Intervention::Taken& one : taken) {
    const bool mlp = one.head == Intervention::Taken::kMlp;
    if (one.layer < 0 || one.layer >= config.layers || (mlp ? !config.has_mlp : one.head < 0 || one.head >= config.heads))
      return input_error(fmt::format("an intervention on {} of layer {}: the network has {}heads 0 to {} in layers 0 to {}",
                                     mlp ? "the MLP" : fmt::format("head {}", one.head), one.layer, config.has_mlp ? "an MLP and " : "no MLP, and ",
                                     config.heads - 1, config.layers - 1),
                         "name a head or an MLP that exists");
    if (!seen.insert({one.layer, one.head}).second)
      return input_error(fmt::format("an intervention takes one thing twice in layer {}", one.layer), "name it once");
    if (Status checked = check_number(std::isfinite(one.share), "share", static_cast<double>(one.share), "a finite number"); !checked) return checked;
  }
  return {};
}

}  // namespace

Status check_intervention(const Intervention& intervention, const ModelConfig& config) {
  if (Status checked = check_heads(intervention.heads, config); !checked) return checked;
  if (Status checked = check_heads(intervention.patches, config); !checked) return checked;
  if (Status checked = check_taken(intervention.taken, config); !checked) return checked;
  for (const Intervention::Patch& patch : intervention.patches)
    if (Status checked = check_number(std::isfinite(patch.share), "share", static_cast<double>(patch.share), "a finite number"); !checked)
      return checked;
  for (const Intervention::Head& head : intervention.heads) {
    if (!head.added.empty() && head.added.size() != static_cast<std::size_t>(config.d_head))
      return input_error(fmt::format("an intervention adds {} numbers to a head of width {}", head.added.size(), config.d_head),
                         "add one number per dimension of the head");
    if (Status checked = check_number(std::isfinite(head.scale), "scale", static_cast<double>(head.scale), "a finite number"); !checked)
      return checked;
  }
  for (const Intervention::Bias& bias : intervention.biases) {
    if (Status checked = check_tokens({bias.token}, "a bias", config); !checked) return checked;
    if (Status checked = check_number(std::isfinite(bias.by), "bias", static_cast<double>(bias.by), "a finite number"); !checked) return checked;
  }
  return {};
}

Status check_request(const GenerationRequest& request, const ModelConfig& config, bool has_tokenizer) {
  const auto& r = request;
  for (const Status& checked :
       {check_number(r.samples >= 1, "samples", r.samples, "at least 1"), check_number(r.max_tokens >= 1, "max_tokens", r.max_tokens, "at least 1"),
        check_number(r.temperature >= 0 && std::isfinite(r.temperature), "temperature", r.temperature, "0 or more"),
        check_number(r.top_p > 0 && r.top_p <= 1, "top_p", r.top_p, "more than 0 and at most 1"),
        check_number(r.alternatives >= 0, "alternatives", r.alternatives, "0 or more"),
        check_number(r.batch >= 1 && r.batch <= 96, "batch", r.batch, "1 to 96")})
    if (!checked) return checked;
  for (const std::string& stop : r.stop)
    if (stop.empty()) return input_error("an empty stop string", "name at least one character");
  if (!r.stop.empty() && !has_tokenizer)
    return input_error("stop strings, but the network has no tokenizer", "put a tokenizer.json beside the model, or end by tokens");
  if (Status checked = check_intervention(r.intervention, config); !checked) return checked;
  for (std::size_t i = 0; i < r.prompts.size(); ++i)
    if (Status checked = check_prompt(r.prompts[i], i, config); !checked) return checked;
  if (Status checked = check_beside(r, config); !checked) return checked;
  return check_patched(r, config);
}

}  // namespace assay::circuits
