// SPDX-License-Identifier: Apache-2.0
// Limiter: how often one caller may do something. Thread-safe; memory is bounded.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "src/base/clock.h"

namespace minsheng::callback {

class Limiter {
 public:
  static constexpr std::size_t kMostCallers = 10'000;

  // At most `most` within each `window`, counted from a caller's first one.
  Limiter(int most, Millis window, const Clock& clock) : most_(most), window_(window), clock_(clock) {}

  // False: too often. When too many callers are known at once, those whose window is over are forgotten; while that
  // leaves no room, new ones are refused.
  bool Allow(const std::string& caller) {
    const Millis now = clock_.Monotonic();
    const std::lock_guard lock(mutex_);
    auto at = callers_.find(caller);
    if (at != callers_.end() && now - at->second.since >= window_) {
      at->second = {now, 0};
    } else if (at == callers_.end()) {
      if (callers_.size() >= kMostCallers)
        std::erase_if(callers_, [&](const auto& c) { return now - c.second.since >= window_; });
      if (callers_.size() >= kMostCallers) return false;
      at = callers_.emplace(caller, Count{now, 0}).first;
    }
    return ++at->second.n <= most_;
  }

 private:
  struct Count {
    Millis since{0};
    int n = 0;
  };
  const int most_;
  const Millis window_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Count> callers_;
};

}  // namespace minsheng::callback
