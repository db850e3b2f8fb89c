// Parallel work whose result does not depend on the number of threads: the work is split into shards that are fixed beforehand, each shard
// is computed by one thread with a single-threaded libtorch, and the caller combines the shards' results in order.
//
//   std::vector<at::Tensor> parts(shards);
//   for_each_shard(shards, session.threads, [&](std::size_t i) { parts[i] = compute(i); });
//   for (const at::Tensor& part : parts) sum += part;
//
// libtorch's own threads would split sums differently on one and two cores, so they are switched off for the whole process.
// Exceptions of a shard are rethrown (the first shard's by order). Gradient mode inside a shard is the caller's.
// Test: tests/circuits/discovery_test.cpp (same bytes on one and two threads).
#pragma once

#include <cstddef>
#include <functional>

namespace assay::circuits {

void for_each_shard(std::size_t shards, int threads, const std::function<void(std::size_t)>& work);

}  // namespace assay::circuits
