// The shared module behind circuits/engine.h: one C entry point, one engine for the life of the process.
// Tests: tests/circuits/loader_test.cpp
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/version.h>

#include <algorithm>
#include <optional>

#include "circuits/engine/network.h"
#include "circuits/engine/self_test.h"
#include "circuits/training/trainer.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace assay::circuits {
namespace {

std::vector<std::string> available_devices() {
  std::vector<std::string> devices = {"cpu"};
  if (!at::hasCUDA()) return devices;
  for (int i = 0; i < static_cast<int>(at::detail::getCUDAHooks().getNumGPUs()); ++i) devices.push_back(fmt::format("cuda:{}", i));
  return devices;
}

Result<at::Device> device_named(const std::string& name) {
  const std::vector<std::string> devices = available_devices();
  if (name == "auto") return at::Device(devices.back() == "cpu" ? "cpu" : "cuda:0");
  const std::string full = name == "cuda" ? "cuda:0" : name;
  if (std::find(devices.begin(), devices.end(), full) != devices.end()) return at::Device(full);
  return input_error(fmt::format("device '{}', available: {}", name.substr(0, 40), fmt::join(devices, ", ")), "use one of these, or \"auto\"");
}

std::string processing_of(const LoadedModel& model, const LoadOptions& options, const at::Device& device) {
  std::string text = options.random_weights           ? fmt::format("float32, random weights from seed {}", options.seed)
                     : model.stored_type == "float32" ? "float32, as stored"
                                                      : fmt::format("float32, widened from {}", model.stored_type);
  if (!device.is_cpu()) text += fmt::format(", on {}", device.str());
  if (model.non_finite > 0) text += fmt::format("; {} weights are NaN or infinite", model.non_finite);
  return text;
}

class TorchEngine : public Engine {
 public:
  Result<std::unique_ptr<Network>> load(const std::string& path, const LoadOptions& options) override {
    Result<at::Device> device = device_named(options.device);
    if (!device) return fail(device.error());
    try {
      Result<LoadedModel> model = load_model(path, at::kFloat, options.random_weights ? std::optional(options.seed) : std::nullopt);
      if (!model) return fail(model.error());
      std::string processing = processing_of(*model, options, *device);
      if (device->is_cpu()) return make_network(std::move(model->transformer), {model->hash, std::move(processing), path});
      Transformer moved(model->transformer.config(), converted(model->transformer.weights(), at::TensorOptions().device(*device)));
      return make_network(std::move(moved), {model->hash, std::move(processing), path});
    } catch (const std::bad_alloc&) {
      return fail(
          {ErrorKind::kBudget, fmt::format("{}: out of memory while loading", path), "use a smaller model, or a machine with more memory", {}});
    } catch (const std::exception& error) { return internal_error(fmt::format("{}: {}", path, error.what())); }
  }

  Result<TrainingReport> train(const TrainingSpec& spec, const ExampleSource& examples, const DomainCheck& check, Session& session) override {
    const NetworkMaker make = [](const ModelConfig& config, const Weights& weights) {
      return make_network(Transformer(config, weights), {"in training", "float32, in training"});
    };
    try {
      return train_network(spec, examples, check, make, session);
    } catch (const std::exception& error) { return internal_error(fmt::format("training: {}", error.what())); }
  }

  std::string torch_version() const override { return TORCH_VERSION; }
  std::vector<std::string> devices() const override { return available_devices(); }
  Status self_test() override {
    try {
      return run_self_test();
    } catch (const std::exception& error) { return internal_error(fmt::format("engine self-test: {}", error.what())); }
  }
};

}  // namespace
}  // namespace assay::circuits

extern "C" __attribute__((visibility("default"))) assay::circuits::Engine* assay_engine_v1() {
  static assay::circuits::TorchEngine engine;
  return &engine;
}
