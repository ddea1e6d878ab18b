// SPDX-License-Identifier: Apache-2.0
// Worker: reads the stream in batches, decides, commits once, acknowledges once.
//
// Owns its Reader and its Scratch; one thread. An entry is acknowledged only after the database
// committed; while the database cannot be written, or the RuleSet in force cannot be used, it is held,
// not counted as failed.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "src/router/decide.h"
#include "src/store/store.h"
#include "src/stream/stream.h"

namespace minsheng::router {

class Worker {
 public:
  static constexpr int kBatch = 512;

  using Current = std::function<Knowledge()>;
  using Committed = std::function<void(const std::vector<store::Outcome>&)>;

  // `current` is asked once a batch, and again and again while it has no rules; `committed` runs after each commit,
  // before the acknowledgement.
  Worker(std::unique_ptr<stream::Reader> reader, store::Store& store, Current current, Policy policy,
         Committed committed, const Clock& clock)
      : reader_(std::move(reader)),
        store_(store),
        current_(std::move(current)),
        policy_(std::move(policy)),
        committed_(std::move(committed)),
        clock_(clock) {}

  // One turn: reads for at most `wait`, works, acknowledges. Returns how many entries ended.
  int RunOnce(Millis wait);
  // Until `stop`. Releases its partitions at the end.
  void Run(const std::atomic<bool>& stop);
  // Removes what every group acknowledged more than `keep` ago.
  void Trim(Millis keep);

 private:
  // What is in force now; nullopt when nothing may be decided before the stop.
  std::optional<Knowledge> WaitForRules();
  std::vector<store::Decision> DecideAll(const std::vector<stream::Entry>& entries, const Knowledge& knowledge);
  int CommitAndAck(const std::vector<stream::Entry>& entries, const std::vector<store::Decision>& decisions);
  int OneByOne(const std::vector<stream::Entry>& entries, const std::vector<store::Decision>& decisions);
  int Finished(const std::vector<stream::Entry>& entries, const std::vector<store::Outcome>& outcomes);
  void Pause();

  std::unique_ptr<stream::Reader> reader_;
  store::Store& store_;
  Current current_;
  Policy policy_;
  Committed committed_;
  const Clock& clock_;
  rules::RuleSet::Scratch scratch_;
  rules::RuleSet::Scratch shadow_scratch_;
  const std::atomic<bool>* stop_ = nullptr;
  Millis trimmed_at_{0};
};

}  // namespace minsheng::router
