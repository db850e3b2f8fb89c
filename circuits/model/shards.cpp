#include "circuits/model/shards.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace assay::circuits {

void for_each_shard(std::size_t shards, int threads, const std::function<void(std::size_t)>& work) {
  if (at::get_num_threads() != 1) at::set_num_threads(1);
  const bool gradients = at::GradMode::is_enabled();
  std::vector<std::exception_ptr> failures(shards);
  std::atomic<std::size_t> next{0};
  const auto drain = [&] {
    const at::AutoGradMode mode(gradients);
    for (std::size_t shard = next++; shard < shards; shard = next++) {
      try {
        work(shard);
      } catch (...) { failures[shard] = std::current_exception(); }
    }
  };
  std::vector<std::jthread> others;
  const std::size_t wanted = std::min(shards, static_cast<std::size_t>(std::max(threads, 1)));
  for (std::size_t i = 1; i < wanted; ++i) others.emplace_back(drain);
  drain();
  others.clear();
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace assay::circuits
