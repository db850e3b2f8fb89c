#include "analysis/claims/network_outputs.h"

#include <gmock/gmock.h>

#include <mutex>

#include "analysis/claims/rounding.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using ::testing::ElementsAre;
using testing::FakeNetwork;
using ::testing::HasSubstr;
using testing::kMaximumTask;
using testing::Workspace;

Answer sum_modulo_four(std::span<const TokenId> prefix, std::optional<std::int64_t>) {
  TokenId sum = 0;
  for (std::size_t i = 1; i < prefix.size(); ++i) sum += prefix[i];
  return {sum % 4, 0, 2};
}

struct NetworkOutputsTest : ::testing::Test {
  Workspace workspace;
  Task task;
  Cache cache = *Cache::open("");

  void SetUp() override { task = *read_task(workspace.write("maximum.task.toml", kMaximumTask)); }
  static FakeNetwork network(FakeNetwork::Compute compute = sum_modulo_four, int positions = 64) {
    return FakeNetwork([](std::span<const TokenId>) { return 0; }, std::move(compute), positions);
  }
  Result<NetworkOutputs> outputs(FakeNetwork& fake) { return compute_outputs(fake, task, task.domain, cache, workspace.session); }
  Domain longer(int by) const { return *task.domain.extended(by, "", false); }
  /// Prefix and answer of every visit, sorted by block and place.
  std::vector<std::pair<Tokens, TokenId>> visits(const Domain& domain, const NetworkOutputs& found, int threads) {
    std::map<std::uint64_t, std::vector<std::pair<Tokens, TokenId>>> blocks;
    std::mutex mutex;
    workspace.session.threads = threads;
    const auto visit = [&](const OutputBlock& block) {
      const std::lock_guard lock(mutex);
      auto& all = blocks[block.sequence];
      EXPECT_TRUE(all.empty()) << "two blocks with one number";
      for (std::size_t i = 0; i < block.count; ++i)
        all.emplace_back(Tokens(block.prefix(i).begin(), block.prefix(i).end()), found.answers[block.codes[i]].token);
      return true;
    };
    const Status status = for_each_scored(domain, found, visit, workspace.session);
    EXPECT_TRUE(status) << status.error().to_string();
    std::vector<std::pair<Tokens, TokenId>> flat;
    for (const auto& [number, all] : blocks) flat.insert(flat.end(), all.begin(), all.end());
    return flat;
  }
};

TEST(Rounding, of_a_large_network_is_measured_on_fewer_sequences) {
  circuits::NetworkInfo network;
  network.parameters = 100'000;
  EXPECT_EQ(affordable_probes(network, 20), 64u);
  network.parameters = 135'000'000;
  EXPECT_EQ(affordable_probes(network, 105), 7u);
  network.parameters = 70'000'000'000;
  EXPECT_EQ(affordable_probes(network, 4'096), 4u);
}

TEST_F(NetworkOutputsTest, every_scored_prefix_has_the_networks_answer_on_any_number_of_threads) {
  const Domain domain = longer(5);  // 87,380 prefixes: several blocks of the longest
  FakeNetwork fake = network();
  const NetworkOutputs found = *compute_outputs(fake, task, domain, cache, workspace.session);
  EXPECT_EQ(found.scored, 87'380u);
  const auto alone = visits(domain, found, 1);
  ASSERT_EQ(alone.size(), found.scored);
  for (const auto& [prefix, token] : alone) {
    Tokens sequence = domain.start();
    sequence.insert(sequence.end(), prefix.begin(), prefix.end());
    ASSERT_EQ(token, sum_modulo_four(sequence, {}).token);
  }
  EXPECT_EQ(visits(domain, found, 4), alone);
}

TEST_F(NetworkOutputsTest, a_visitor_that_has_enough_ends_the_walk) {
  FakeNetwork fake = network();
  const Domain domain = longer(5);
  const NetworkOutputs found = *compute_outputs(fake, task, domain, cache, workspace.session);
  std::atomic<int> blocks{0};
  workspace.session.threads = 1;
  ASSERT_TRUE(for_each_scored(domain, found, [&](const OutputBlock&) { return ++blocks < 2; }, workspace.session));
  EXPECT_EQ(blocks, 2);
}

TEST_F(NetworkOutputsTest, outputs_are_cached_by_network_domain_and_readout) {
  cache = *Cache::open(workspace.path("cache.sqlite"));
  FakeNetwork fake = network();
  const NetworkOutputs first = *outputs(fake), second = *outputs(fake);
  EXPECT_EQ(fake.runs, 1);
  EXPECT_FALSE(first.from_cache);
  EXPECT_TRUE(second.from_cache);
  EXPECT_EQ(visits(task.domain, first, 1), visits(task.domain, second, 1));
  EXPECT_EQ(second.smallest_margin_at, first.smallest_margin_at);
  EXPECT_EQ(second.threshold, first.threshold);
  fake.hash = "other weights";
  EXPECT_FALSE(outputs(fake)->from_cache);
  EXPECT_FALSE(compute_outputs(fake, task, longer(1), cache, workspace.session)->from_cache);
  task.output.readout.allowed = {0, 1};
  EXPECT_FALSE(outputs(fake)->from_cache);
  EXPECT_EQ(fake.runs, 4);
}

TEST_F(NetworkOutputsTest, more_than_256_different_answers_survive_the_cache) {
  cache = *Cache::open(workspace.path("cache.sqlite"));
  const auto by_place = [](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
    TokenId number = 0;
    for (std::size_t i = 1; i < prefix.size(); ++i) number = 4 * number + prefix[i];
    return Answer{number, 0, 2};
  };
  FakeNetwork fake = network(by_place);
  const Domain domain = longer(3);  // up to 4^6 answers
  const NetworkOutputs first = *compute_outputs(fake, task, domain, cache, workspace.session);
  const NetworkOutputs second = *compute_outputs(fake, task, domain, cache, workspace.session);
  ASSERT_TRUE(second.from_cache);
  EXPECT_EQ(second.answers.size(), 4096u);
  EXPECT_EQ(visits(domain, first, 1), visits(domain, second, 1));
}

TEST_F(NetworkOutputsTest, only_answers_below_the_threshold_are_run_again_in_float64) {
  FakeNetwork fake = network([](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    Answer answer = sum_modulo_four(prefix, hidden);
    if (prefix.size() == 2) answer.margin = prefix[1] == 0 ? 9e-4f : 1.1e-3f;
    return answer;
  });
  const NetworkOutputs found = *outputs(fake);
  EXPECT_EQ(found.threshold, 1e-3);
  EXPECT_EQ(found.low_count, 1u);
  EXPECT_THAT(fake.run_in_float64, ElementsAre(Tokens{4, 0}));
  EXPECT_EQ(found.changed_in_float64, 0u);
  EXPECT_NEAR(found.smallest_margin, 9e-4, 1e-9);
  EXPECT_EQ(found.smallest_margin_at, Tokens{0});
}

TEST_F(NetworkOutputsTest, threshold_is_ten_times_the_measured_difference_where_that_is_more) {
  FakeNetwork fake = network([](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    Answer answer = sum_modulo_four(prefix, hidden);
    answer.margin = 0.0021f + 0.001f * static_cast<float>(prefix[1]);
    return answer;
  });
  fake.difference = 3e-4;
  const NetworkOutputs found = *outputs(fake);
  EXPECT_DOUBLE_EQ(found.threshold, 3e-3);
  EXPECT_EQ(found.low_count, 21u) << "the strings that begin with 0";
  EXPECT_EQ(fake.run_in_float64.size(), 21u);
}

TEST_F(NetworkOutputsTest, another_answer_or_a_tie_in_float64_counts_as_changed) {
  const auto low = [](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    Answer answer = sum_modulo_four(prefix, hidden);
    if (prefix.size() == 2) answer.margin = 1e-4f;
    return answer;
  };
  FakeNetwork fake = network(low);
  fake.compute64 = [&](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    Answer answer = low(prefix, hidden);
    if (prefix[1] == 1) answer.token = 0;
    if (prefix[1] == 2) answer.margin = 0;
    return answer;
  };
  const NetworkOutputs found = *outputs(fake);
  EXPECT_EQ(found.low_count, 4u);
  EXPECT_EQ(found.changed_in_float64, 2u);
}

TEST_F(NetworkOutputsTest, a_margin_that_is_no_number_is_a_tie) {
  FakeNetwork fake = network([](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    Answer answer = sum_modulo_four(prefix, hidden);
    if (prefix.size() == 2 && prefix[1] == 3) answer.margin = std::nanf("");
    return answer;
  });
  const NetworkOutputs found = *outputs(fake);
  EXPECT_EQ(found.low_count, 1u);
  EXPECT_EQ(found.changed_in_float64, 1u) << "it is no number in float64 either";
  EXPECT_TRUE(std::isnan(found.smallest_margin));
}

TEST_F(NetworkOutputsTest, inputs_longer_than_the_position_table_are_unsupported) {
  FakeNetwork short_table = network(sum_modulo_four, 3);
  const Result<NetworkOutputs> found = outputs(short_table);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(found.error().message, HasSubstr("inputs of 4 tokens, but the network's position table ends at 3"));
  EXPECT_EQ(short_table.runs, 0);
  FakeNetwork just_enough = network(sum_modulo_four, 4);
  EXPECT_TRUE(outputs(just_enough));
}

TEST_F(NetworkOutputsTest, a_domain_beyond_the_budget_is_refused_before_anything_runs) {
  FakeNetwork fake = network();
  const Result<NetworkOutputs> found = compute_outputs(fake, task, longer(15), cache, workspace.session);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kBudget);
  EXPECT_THAT(found.error().message, HasSubstr("9.163e+10 inputs"));
  EXPECT_EQ(fake.runs, 0);
}

TEST_F(NetworkOutputsTest, an_interruption_is_no_result_and_is_not_cached) {
  cache = *Cache::open(workspace.path("cache.sqlite"));
  FakeNetwork fake = network([&](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    workspace.stop = true;
    return sum_modulo_four(prefix, hidden);
  });
  EXPECT_EQ(outputs(fake).error().kind, ErrorKind::kCancelled);
  workspace.stop = false;
  FakeNetwork again = network();
  EXPECT_FALSE(outputs(again)->from_cache);
}

TEST_F(NetworkOutputsTest, outputs_of_another_domain_are_noticed) {
  FakeNetwork fake = network();
  const NetworkOutputs found = *outputs(fake);
  const auto ignore = [](const OutputBlock&) { return true; };
  const Domain wider = longer(1);
  const Status more = for_each_scored(wider, found, ignore, workspace.session);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().kind, ErrorKind::kInternal);
  DomainSpec other = task.domain.spec();
  std::swap(other.alphabet[0], other.alphabet[1]);  // as many prefixes in another order
  EXPECT_EQ(for_each_scored(Domain(other), found, ignore, workspace.session).error().kind, ErrorKind::kInternal);
}

}  // namespace
}  // namespace assay::analysis
