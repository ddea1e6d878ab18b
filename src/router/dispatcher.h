// SPDX-License-Identifier: Apache-2.0
// Dispatcher: takes due outbox rows and sends each by its kind. The whole retry policy is here:
// kUnavailable waits longer each time; kUnknown is repeated only where the other side can tell a
// repeat by its id (dispatch), never towards a citizen; everything else ends the row.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "channels/channel.h"
#include "src/base/clock.h"
#include "src/store/store.h"

namespace minsheng::router {

// 2 s, 4 s, 8 s, ... at most one hour. attempts >= 1.
Millis BackOff(int attempts);

class Dispatcher {
 public:
  static constexpr int kMaxAttempts = 20;  // about 12 hours

  // Sends one row: kUnavailable = nothing was sent. Called from several threads.
  using Sender = std::function<Result<Receipt>(const store::OutboxRow&)>;

  // senders: by the row's kind. A kind without a sender ends as failed.
  Dispatcher(store::Store& store, std::map<std::string, Sender> senders, const Clock& clock)
      : store_(store), senders_(std::move(senders)), clock_(clock) {}

  int RunOnce();                            // sends what is due now; returns how many rows were tried
  void Run(const std::atomic<bool>& stop);  // several threads may run it at once
  void Wake();                              // something new was committed

 private:
  void SendOne(const store::OutboxRow& row);
  void Finish(const store::OutboxRow& row, store::OutboxState state, const std::string& error,
              const std::string& platform_id, Time next_at);
  void Tell(const store::OutboxRow& row, orders::Act act, const std::string& words);

  store::Store& store_;
  std::map<std::string, Sender> senders_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  int news_ = 0;
};

}  // namespace minsheng::router
