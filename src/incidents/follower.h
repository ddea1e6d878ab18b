// SPDX-License-Identifier: Apache-2.0
// Follower: groups the committed requests, in commit order, behind the workers and without holding them up.
//
// The store orders everything: a step is written together with the cursor, and only if the cursor
// still stands where the step began. So however many processes follow, however often one is killed,
// each request is grouped once and all see one grouping. A lease keeps the others from working
// for nothing; it decides nothing. What is in memory is made anew from the store whenever the store
// moved without us.
#pragma once
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "src/incidents/grouper.h"

namespace minsheng::incidents {

class Follower {
 public:
  static constexpr int kBatch = 128;
  static constexpr Millis kLease{10'000};
  static constexpr Millis kLook{1'000};  // at most this long until commits of other processes are seen

  Follower(store::IncidentLog& log, Options options, std::string holder, const Clock& clock)
      : log_(log), options_(std::move(options)), holder_(std::move(holder)), clock_(clock) {}

  // One batch. How many requests were grouped or changes repeated; 0: nothing to do, or another process is at it.
  Result<int> Step();
  // Until `stop`. Wake() makes it look at once. Thread-safe.
  void Run(const std::atomic<bool>& stop);
  void Wake();

 private:
  Result<void> Load(const store::IncidentCursor& at);
  Result<void> Announce();
  void Gauges(const store::IncidentCursor& at);

  store::IncidentLog& log_;
  const Options options_;
  const std::string holder_;
  const Clock& clock_;
  std::unique_ptr<Grouper> grouper_;  // null: to be made from the store
  std::int64_t cursor_ = -1;
  std::int64_t acts_ = -1;
  bool to_announce_ = true;
  bool failing_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
};

// The request of a row of the feed, as the Grouper takes it.
Request RequestOf(const store::FeedRow& row);

}  // namespace minsheng::incidents
