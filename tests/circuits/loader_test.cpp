// The engine module: found, loaded once, and not loaded by a process that needs no network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "circuits/engine.h"
#include "network_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

/// Runs before any test of this process opens the engine: gtest keeps the order of this file, and the engine is opened once only.
TEST(Loader, a_missing_module_is_an_error_that_names_the_file_and_can_be_retried) {
  ASSERT_EQ(setenv("ASSAY_ENGINE", "/nowhere/libassay_engine.so", 1), 0);
  Result<Engine*> engine = open_engine();
  unsetenv("ASSAY_ENGINE");
  if (engine) GTEST_SKIP() << "another test of this process has opened the engine";
  EXPECT_EQ(engine.error().kind, ErrorKind::kInput);
  EXPECT_THAT(engine.error().message, HasSubstr("/nowhere/libassay_engine.so"));
  EXPECT_THAT(engine.error().remedy, HasSubstr("ASSAY_ENGINE"));
}

TEST(Loader, finds_the_module_beside_the_binary_and_opens_it_once) {
  Result<Engine*> first = open_engine(), second = open_engine();
  ASSERT_TRUE(first) << first.error().to_string();
  EXPECT_EQ(*first, *second);
  EXPECT_FALSE((*first)->torch_version().empty());
  EXPECT_THAT((*first)->devices(), ::testing::Contains("cpu"));
  Status tested = (*first)->self_test();
  EXPECT_TRUE(tested) << tested.error().to_string();
}

TEST(Loader, loads_networks_and_says_what_they_are) {
  Engine& engine = **open_engine();
  TemporaryFolder folder = stored_network(llama_config(), lively_weights(llama_config(), 1));
  auto network = engine.load(folder.path(), {});
  ASSERT_TRUE(network) << network.error().to_string();
  EXPECT_EQ((*network)->info().layout, "llama");
  EXPECT_EQ((*network)->info().kv_heads, 2);
  EXPECT_EQ((*network)->info().processing, "float32, as stored");
  auto control = engine.load(folder.path(), {.random_weights = true, .seed = 3}),
       again = engine.load(folder.path(), {.random_weights = true, .seed = 3});
  EXPECT_NE((*control)->info().hash, (*network)->info().hash);
  EXPECT_EQ((*control)->info().hash, (*again)->info().hash);
  const Tokens tokens = {1, 2, 3};
  EXPECT_EQ(*(*control)->logits(tokens), *(*again)->logits(tokens));
  EXPECT_NE(*(*control)->logits(tokens), *(*network)->logits(tokens));
  auto missing = engine.load(folder.path(), {.device = "tpu"});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("available: cpu"));
}

/// The command's own binary, started in a process of its own, prints its memory map through /proc.
TEST(Loader, a_command_that_needs_no_network_does_not_load_libtorch) {
  const std::string binary = std::string(ASSAY_BINARY_DIR) + "/bin/assay";
  if (!std::filesystem::exists(binary)) GTEST_SKIP() << binary << " is not built";
  TemporaryFolder folder = *TemporaryFolder::create("maps");
  const std::string log = folder.path() + "/opened";
  // LD_DEBUG=files lists every object that the loader opens.
  const std::string command = "LD_DEBUG=files '" + binary + "' --version >/dev/null 2>'" + log + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string opened = *read_file(log);
  EXPECT_THAT(opened, HasSubstr("libc.so"));
  EXPECT_EQ(opened.find("libtorch"), std::string::npos);
}

}  // namespace
}  // namespace assay::circuits
