// SPDX-License-Identifier: Apache-2.0
// One loop over several threads. Which thread did what never shows: each index is done once, and
// the caller keeps results by index.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace minsheng {

// How many threads `wanted` means: itself, or one per core when it is 0 or less. At least 1.
inline int ThreadCount(int wanted) {
  if (wanted > 0) return wanted;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Calls body(worker, index) once for every index below `n`, on up to `threads` threads, the caller's
// included, in blocks of `block` indices; returns when all are done. worker < threads tells apart who
// works at the same time. body must not throw. When the system gives no more threads, those that
// there are do it all.
template <class Body>
void ForEachInParallel(std::size_t n, int threads, std::size_t block, const Body& body) {
  std::atomic<std::size_t> next{0};
  const auto work = [&](int worker) {
    for (;;) {
      const std::size_t begin = next.fetch_add(block);
      if (begin >= n) return;
      for (std::size_t i = begin; i < std::min(n, begin + block); ++i) body(worker, i);
    }
  };
  std::vector<std::jthread> others;
  const auto useful = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(std::max(1, threads)),
                                                             (n + block - 1) / std::max<std::size_t>(1, block)));
  for (int worker = 1; worker < useful; ++worker) {
    try {
      others.emplace_back(work, worker);
    } catch (const std::system_error&) {
      break;
    }
  }
  work(0);
}

}  // namespace minsheng
