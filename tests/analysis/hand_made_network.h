// A causal network written by hand: named sites whose values are functions of the tokens up to a position, and an answer that is a
// function of the tokens and of what lies at the sites. What an interchange must find in it is known by construction.
//
//   HandMadeNetwork network({{"resid_mid.0", carry}}, [](Prefix prefix, const HandMadeNetwork::Look& look) { return Answer{...look("resid_mid.0",
//   3)...}; });
//
// The variable lies in the first coordinate of its site: a swap within a subspace moves it exactly when the basis reaches that coordinate.
// The control with a random subspace moves nothing. Every site and position of a joint swap is replaced.
#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "tests/analysis/fake_network.h"

namespace assay::analysis::testing {

class HandMadeNetwork : public FakeNetwork {
 public:
  using Prefix = std::span<const TokenId>;
  /// What lies at a site and position of the run at hand, patched or not.
  using Look = std::function<std::int64_t(const std::string& site, int position)>;
  using Respond = std::function<Answer(Prefix prefix, const Look& look)>;

  HandMadeNetwork(std::map<std::string, Read> reads, Respond respond)
      : FakeNetwork([](Prefix) { return 0; },
                    [reads, respond](Prefix prefix, std::optional<std::int64_t>) { return respond(prefix, look_into(reads, prefix, {})); }),
        sites_(std::move(reads)),
        respond_(std::move(respond)) {}

  std::vector<std::pair<std::string, int>> sites() const override {
    std::vector<std::pair<std::string, int>> all = {{"resid_pre.0", 4}, {"resid_mid.0", 4}, {"mlp_out.0", 4}, {"resid_final", 4}};
    for (const auto& [site, read] : sites_)
      if (std::none_of(all.begin(), all.end(), [&site = site](const auto& known) { return known.first == site; })) all.emplace_back(site, 4);
    return all;
  }

  Status interchange(const circuits::InterchangeRequest& request, const circuits::InterchangeVisitor& visit, Session&) override {
    std::vector<std::vector<Answer>> answers;
    for (const circuits::InterchangePair& pair : request.pairs) {
      const circuits::InterchangeInput& base = request.bases[pair.base];
      const Patches patches = patches_of(request, base, request.sources[pair.source]);
      answers.emplace_back();
      for (const std::int32_t at : base.scored_positions) {
        const Prefix prefix(base.tokens.data(), static_cast<std::size_t>(at) + 1);
        answers.back().push_back(respond_(prefix, look_into(sites_, prefix, patches)));
      }
      ++pairs_run;
    }
    visit(0, answers);
    return {};
  }
  void set_heads(int heads) { info_.heads = info_.kv_heads = heads; }
  std::uint64_t pairs_run = 0;  ///< interchanges so far

 private:
  using Patches = std::map<std::pair<std::string, int>, std::int64_t>;

  static Look look_into(const std::map<std::string, Read>& reads, Prefix prefix, Patches patches) {
    return [&reads, prefix, patches = std::move(patches)](const std::string& site, int position) {
      if (const auto patched = patches.find({site, position}); patched != patches.end()) return patched->second;
      return reads.at(site)(prefix.first(static_cast<std::size_t>(position) + 1));
    };
  }

  static bool moves_the_variable(const circuits::InterchangeRequest& request, const circuits::Subspace& subspace) {
    if (request.mode != circuits::InterchangeRequest::Mode::kSwap) return false;
    if (subspace.rank == 0) return true;
    for (int column = 0; column < subspace.rank; ++column)
      if (subspace.columns[static_cast<std::size_t>(column)] != 0) return true;
    return false;
  }

  Patches patches_of(const circuits::InterchangeRequest& request, const circuits::InterchangeInput& base,
                     const circuits::InterchangeInput& source) const {
    Patches patches;
    for (std::size_t s = 0; s < request.swaps.size(); ++s) {
      const circuits::Site& site = request.swaps[s].site;
      const auto read = sites_.find(site.name);
      if (read == sites_.end() || !moves_the_variable(request, site.subspace)) continue;  // nothing that matters lies there
      patches[{site.name, base.site_positions[s]}] = read->second({source.tokens.data(), static_cast<std::size_t>(source.site_positions[s]) + 1});
    }
    return patches;
  }

  std::map<std::string, Read> sites_;
  Respond respond_;
};

}  // namespace assay::analysis::testing
