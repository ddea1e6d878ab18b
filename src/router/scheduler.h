// SPDX-License-Identifier: Apache-2.0
// Scheduler: what happens by the clock, about once a second, on one thread: readiness, counts of
// refusals, gauges, checkpoints, and the sweeps of other parts.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "src/router/article_asker.h"
#include "src/router/doors.h"
#include "src/router/rules_holder.h"
#include "src/stream/stream.h"

namespace minsheng::router {

class Scheduler {
 public:
  struct Parts {
    store::Store& store;
    stream::Redis& redis;
    stream::Appender& appender;
    const RulesHolder& rules;
    Refusals& refusals;
  };
  Scheduler(Parts parts, const Clock& clock) : parts_(parts), clock_(clock) {}
  ~Scheduler() { Stop(); }

  // Called at the end of each round from now on; bounded, and safe to be cut short. Before Start.
  void Also(std::function<void()> sweep) { sweeps_.push_back(std::move(sweep)); }
  void Start();
  void Stop();  // last counts are written
  void Tick();  // one round; also called by Start before it returns
  // Empty = able to accept; else one line per thing that is not. Thread-safe.
  std::string NotReady() const;

 private:
  void Gauges();
  void BuildSearch();
  void AskUnits();

  Parts parts_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string not_ready_ = "starting";
  bool stop_ = false;
  Millis checkpoint_at_{0};
  bool search_failing_ = false;
  ArticleAsker article_asker_{parts_.store};
  std::vector<std::function<void()>> sweeps_;
  std::thread thread_;
};

}  // namespace minsheng::router
