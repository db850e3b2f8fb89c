// Our forward pass against logits that transformers 4.57.1 computed in float32 for models nobody here trained.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "circuits/model/load.h"
#include "shared_models.h"

namespace assay::circuits {
namespace {

struct Golden {
  std::string model;
  std::vector<std::int64_t> tokens;
  std::vector<std::pair<int, double>> top;
  std::vector<double> sums;
};

std::vector<Golden> golden_lines() {
  std::vector<Golden> lines;
  std::ifstream file(shared_models() + "/golden_logits.jsonl");
  for (std::string line; std::getline(file, line);) {
    nlohmann::json json = nlohmann::json::parse(line);
    Golden golden{json["model"], json["input_ids"], json["last_logits_top5"], json["logit_sum_per_position"]};
    if (!golden.model.starts_with("smollm2")) lines.push_back(std::move(golden));
  }
  return lines;
}

void expect_reproduced(const Golden& golden, const at::Tensor& logits) {
  const at::Tensor wide = logits.to(at::kDouble);
  const at::Tensor last = wide[-1];
  auto [values, indices] = last.topk(static_cast<std::int64_t>(golden.top.size()));
  for (std::size_t i = 0; i < golden.top.size(); ++i) {
    EXPECT_EQ(indices[static_cast<std::int64_t>(i)].item<std::int64_t>(), golden.top[i].first) << golden.model;
    EXPECT_NEAR(values[static_cast<std::int64_t>(i)].item<double>(), golden.top[i].second, 1e-3) << golden.model;
  }
  const double tolerance = 1e-5 * static_cast<double>(last.numel()) * wide.abs().max().item<double>();
  for (std::size_t p = 0; p < golden.sums.size(); ++p)
    EXPECT_NEAR(wide[static_cast<std::int64_t>(p)].sum().item<double>(), golden.sums[p], tolerance) << golden.model << " position " << p;
}

TEST(GoldenLogits, forward_pass_reproduces_every_recorded_line_in_both_precisions) {
  if (!shared_models_present()) GTEST_SKIP() << "no models in " << shared_models() << "; set ASSAY_SHARED";
  int compared = 0;
  for (const Golden& golden : golden_lines()) {
    for (at::ScalarType dtype : {at::kFloat, at::kDouble}) {
      Result<LoadedModel> model = load_model(shared_models() + "/" + golden.model, dtype);
      ASSERT_TRUE(model) << model.error().to_string();
      EXPECT_EQ(model->non_finite, 0u);
      at::Tensor tokens = at::tensor(golden.tokens, at::kLong).unsqueeze(0);
      expect_reproduced(golden, model->transformer.forward(tokens)[0]);
    }
    ++compared;
  }
  EXPECT_EQ(compared, 48);
}

}  // namespace
}  // namespace assay::circuits
