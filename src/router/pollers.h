// SPDX-License-Identifier: Apache-2.0
// Pollers: one thread for each account that is polled (mailboxes, drop folders). What a poll hands
// over is durable before the channel moves its cursor or file.
#pragma once
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "src/router/doors.h"
#include "src/router/host.h"
#include "src/router/intake.h"

namespace minsheng::router {

class Pollers {
 public:
  Pollers(const std::vector<Account>& accounts, const Intake& intake, Refusals& refusals)
      : accounts_(accounts), intake_(intake), refusals_(refusals) {}
  ~Pollers() { Stop(); }
  void Start();
  void Stop();  // waits for polls that are under way

 private:
  void Run(const Account& account);

  const std::vector<Account>& accounts_;
  const Intake& intake_;
  Refusals& refusals_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace minsheng::router
