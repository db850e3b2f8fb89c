#include "circuits/discovery/substitution.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/autograd.h>

namespace assay::circuits {
namespace {

tl::unexpected<Error> bad_request(const std::string& what) { return fail({ErrorKind::kInput, what, "use tokens and positions of this network", {}}); }

Status check(const SubstitutionRequest& request, const ModelConfig& config) {
  const auto known = [&](TokenId token) { return token >= 0 && token < config.vocabulary; };
  const auto all_known = [&](const Tokens& tokens) { return std::all_of(tokens.begin(), tokens.end(), known); };
  const auto within = [&](std::int32_t position) { return position >= 0 && static_cast<std::size_t>(position) < request.tokens.size(); };
  if (request.tokens.empty() || request.tokens.size() > static_cast<std::size_t>(config.positions))
    return bad_request(fmt::format("a text of {} tokens; expected 1 to {}", request.tokens.size(), config.positions));
  for (const TokenId token : request.tokens)
    if (!known(token)) return bad_request(fmt::format("token {} is outside 0 to {}", token, config.vocabulary - 1));
  if (request.choices.empty()) return bad_request("no choice to be moved; expected at least one");
  for (const TokenChoice& choice : request.choices)
    if (!within(choice.position) || choice.right.empty() || choice.wrong.empty() || !all_known(choice.right) || !all_known(choice.wrong))
      return bad_request(fmt::format("a choice between tokens {} and {} at position {} of {} tokens", fmt::join(choice.right, ", "),
                                     fmt::join(choice.wrong, ", "), choice.position, request.tokens.size()));
  for (const Blend& blend : request.blends)
    if (!within(blend.position) || blend.tokens.empty() || !all_known(blend.tokens))
      return bad_request(
          fmt::format("a blend of tokens {} at position {} of {} tokens", fmt::join(blend.tokens, ", "), blend.position, request.tokens.size()));
  for (const Substitution& substitution : request.substitutions)
    for (const auto& [position, token] : substitution.tokens)
      if (!within(position) || !known(token))
        return bad_request(fmt::format("token {} at position {} of {} tokens", token, position, request.tokens.size()));
  return {};
}

at::Tensor indices(const std::vector<std::int64_t>& numbers, const at::Device& device) { return at::tensor(numbers, at::kLong).to(device); }

/// All replaced tokens side by side: the substitution that each belongs to, its position and its token.
struct Replacements {
  std::vector<std::int64_t> substitution, position, token;
  explicit Replacements(const std::vector<Substitution>& substitutions) {
    for (std::size_t s = 0; s < substitutions.size(); ++s)
      for (const auto& [at, by] : substitutions[s].tokens) {
        substitution.push_back(static_cast<std::int64_t>(s));
        position.push_back(at);
        token.push_back(by);
      }
  }
};

/// What the network starts from, without positions: the token's embedding, or the mean of a blend's. [T, d_model]
at::Tensor start_of(const Transformer& network, const SubstitutionRequest& request, const at::Tensor& tokens) {
  const at::Tensor table = network.weights().token_embedding.detach();
  at::Tensor start = table.index_select(0, tokens);
  for (const Blend& blend : request.blends)
    start[blend.position] = table.index_select(0, indices({blend.tokens.begin(), blend.tokens.end()}, tokens.device())).mean(0);
  return start;
}

at::Tensor margin_of(const at::Tensor& logits, const TokenChoice& choice) {
  const auto best = [&](const Tokens& tokens) { return logits.index_select(0, indices({tokens.begin(), tokens.end()}, logits.device())).amax(); };
  return best(choice.right) - best(choice.wrong);
}

}  // namespace

Result<SubstitutionEffects> substitution_effects(const Transformer& network, const SubstitutionRequest& request) {
  if (Status checked = check(request, network.config()); !checked) return fail(checked.error());
  const at::AutoGradMode with_gradient(true);
  const at::Device device = network.options().device();
  const at::Tensor tokens = indices({request.tokens.begin(), request.tokens.end()}, device);
  const at::Tensor table = network.weights().token_embedding.detach(), start = start_of(network, request, tokens);
  const at::Tensor positions = network.embed(tokens.unsqueeze(0)).detach() - table.index_select(0, tokens);
  const at::Tensor embedding = (positions + start).requires_grad_(true);  // [1, T, d_model]
  const at::Tensor residual = network.blocks(embedding, 0)[0];

  SubstitutionEffects found;
  found.forward_passes = 1;
  found.effects.resize(request.choices.size() * request.substitutions.size());
  const Replacements replaced(request.substitutions);
  const at::Tensor places = indices(replaced.position, device);
  const at::Tensor moved = table.index_select(0, indices(replaced.token, device)) - start.index_select(0, places);
  for (std::size_t choice = 0; choice < request.choices.size(); ++choice) {
    const at::Tensor margin = margin_of(network.logits(residual[request.choices[choice].position]), request.choices[choice]);
    found.margins.push_back(margin.item<double>());
    if (replaced.token.empty()) continue;
    const at::Tensor gradient = torch::autograd::grad({margin}, {embedding}, {}, true)[0][0];  // [T, d_model]
    const at::Tensor products = (gradient.index_select(0, places) * moved).sum(-1).to(at::kCPU, at::kDouble).contiguous();
    for (std::size_t i = 0; i < replaced.token.size(); ++i)
      found.effects[choice * request.substitutions.size() + static_cast<std::size_t>(replaced.substitution[i])] += products.data_ptr<double>()[i];
    ++found.backward_passes;
  }
  return found;
}

}  // namespace assay::circuits
