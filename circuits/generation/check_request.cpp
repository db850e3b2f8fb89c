#include <cmath>

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

Status check_intervention(const Intervention& intervention, const ModelConfig& config) {
  for (const Intervention::Head& head : intervention.heads) {
    if (head.layer < 0 || head.layer >= config.layers || head.head < 0 || head.head >= config.heads)
      return input_error(fmt::format("an intervention on head {} of layer {}: the network has heads 0 to {} in layers 0 to {}", head.head, head.layer,
                                     config.heads - 1, config.layers - 1),
                         "name a head that exists");
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
  return {};
}

}  // namespace assay::circuits
