// The residual stream read and patched in one go, against one pass per site and against runs patched from the definition.
#include "circuits/model/residual_stream.h"

#include <gmock/gmock.h>

#include "circuits/engine/network.h"
#include "network_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

const std::vector<StreamInput> kInputs = {{{1, 2, 3, 4}, {0, 3}}, {{5, 4, 3}, {1}},    {{0, 0, 1, 2}, {}}, {{2, 2, 2, 2}, {2}},
                                          {{3, 1, 3, 1}, {3}},    {{4, 1, 0, 1}, {0}}, {{1, 1, 1, 5}, {1}}};
const Tokens kRead = {5, 0};

struct Setting {
  QuietSession quiet;
  ModelConfig config;
  Transformer transformer;
  std::unique_ptr<Network> network;
  explicit Setting(const ModelConfig& shape)
      : config(shape), transformer(shape, lively_weights(shape, 3)), network(*make_network(transformer, {"test", "float32"})) {}

  std::vector<float> logits_of(const Tokens& tokens) const {
    const std::vector<float> all = *network->logits(tokens);
    const float* last = all.data() + (tokens.size() - 1) * static_cast<std::size_t>(config.vocabulary);
    return {last[kRead[0]], last[kRead[1]]};
  }
};

/// resid_pre of one layer takes what `incoming` has at some tokens.
class PlainPatch : public Observer {
 public:
  PlainPatch(int layer, const std::vector<std::int32_t>& positions) : layer_(layer), positions_(positions) {}
  bool wants(SiteKind kind, int layer) const override { return kind == SiteKind::kResidPre && layer == layer_; }
  at::Tensor at_site(SiteKind, int, const at::Tensor& value) override {
    if (!incoming.defined()) return incoming = value, value;
    at::Tensor out = value.clone();
    for (const std::int32_t position : positions_) out[0][position].copy_(incoming[0][position]);
    return out;
  }
  at::Tensor incoming;

 private:
  int layer_;
  std::vector<std::int32_t> positions_;
};

TEST(ResidualStream, every_site_reads_as_a_pass_of_its_own_does) {
  for (const ModelConfig& shape : {gpt2_config(), llama_config()}) {
    Setting setting(shape);
    const StreamReading reading = *setting.network->read_stream(kInputs, kRead, setting.quiet.session);
    ASSERT_EQ(reading.sites.size(), 5U);
    std::vector<Tokens> sequences;
    std::vector<std::int32_t> positions;
    for (const StreamInput& input : kInputs)
      for (const std::int32_t position : input.positions) sequences.push_back(input.tokens), positions.push_back(position);
    for (std::size_t site = 0; site < reading.sites.size(); ++site)
      EXPECT_THAT(reading.values[site], Pointwise(FloatNear(1e-4f), *setting.network->read_site(sequences, positions, reading.sites[site])))
          << reading.sites[site];
    for (std::size_t i = 0; i < kInputs.size(); ++i)
      EXPECT_THAT(reading.logits[i], Pointwise(FloatNear(1e-3f), setting.logits_of(kInputs[i].tokens))) << i;
  }
}

TEST(ResidualStream, patch_is_a_run_that_goes_on_with_the_values_of_the_other) {
  Setting setting(llama_config());
  const std::vector<StreamPatch> patches = {{{1, 2, 3, 4, 0}, {1, 5, 3, 4, 0}, {1}}, {{1, 2, 3}, {4, 5, 3}, {0}}, {{0, 1, 2}, {0, 1, 5}, {2}}};
  const auto found = *setting.network->patch_stream(patches, std::vector<int>{0, 1}, kRead, setting.quiet.session);
  for (std::size_t i = 0; i < patches.size(); ++i)
    for (int layer = 0; layer < setting.config.layers; ++layer) {
      PlainPatch patch(layer, patches[i].positions);
      const auto run = [&](const Tokens& tokens) {
        at::Tensor ids = at::empty({1, static_cast<std::int64_t>(tokens.size())}, at::kLong);
        std::copy(tokens.begin(), tokens.end(), ids.data_ptr<std::int64_t>());
        return setting.transformer.forward(ids, &patch)[0][static_cast<std::int64_t>(tokens.size()) - 1];
      };
      static_cast<void>(run(patches[i].source));
      const at::Tensor patched = run(patches[i].base);
      const std::vector<float> expected = {patched[kRead[0]].item<float>(), patched[kRead[1]].item<float>()};
      EXPECT_THAT(found[i][static_cast<std::size_t>(layer)], Pointwise(FloatNear(1e-3f), expected)) << i << ", layer " << layer;
    }
  EXPECT_THAT(found[0][0], Pointwise(FloatNear(1e-3f), setting.logits_of(patches[0].source))) << "before layer 0 all that differs is patched";
}

TEST(ResidualStream, same_bytes_on_one_thread_and_two) {
  Setting setting(gpt2_config());
  setting.quiet.session.threads = 1;
  const StreamReading one = *setting.network->read_stream(kInputs, kRead, setting.quiet.session);
  setting.quiet.session.threads = 2;
  const StreamReading two = *setting.network->read_stream(kInputs, kRead, setting.quiet.session);
  EXPECT_EQ(one.values, two.values);
  EXPECT_EQ(one.logits, two.logits);
}

TEST(ResidualStream, refuses_pairs_of_two_lengths_and_places_that_are_not_there) {
  Setting setting(gpt2_config());
  Session& session = setting.quiet.session;
  EXPECT_THAT(setting.network->patch_stream(std::vector<StreamPatch>{{{1, 2}, {1}, {0}}}, {}, kRead, session).error().to_string(),
              HasSubstr("a base of 2 tokens and a source of 1"));
  EXPECT_THAT(setting.network->patch_stream({}, std::vector<int>{2}, kRead, session).error().to_string(), HasSubstr("layer 2 of a network with 2"));
  EXPECT_THAT(setting.network->read_stream(std::vector<StreamInput>{{{1, 2}, {2}}}, kRead, session).error().to_string(), HasSubstr("position 2"));
  EXPECT_THAT(setting.network->read_stream(kInputs, {99}, session).error().to_string(), HasSubstr("token 99"));
  setting.quiet.stop = true;
  EXPECT_EQ(setting.network->read_stream(kInputs, kRead, session).error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace assay::circuits
