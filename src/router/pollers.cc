// SPDX-License-Identifier: Apache-2.0
#include "src/router/pollers.h"

#include <algorithm>

#include "src/base/log.h"
#include "src/base/metrics.h"

namespace minsheng::router {
namespace {

constexpr Millis kMaxPause{300'000};

class PollAcceptor final : public Acceptor {
 public:
  PollAcceptor(const Account& account, const Intake& intake, Refusals& refusals)
      : account_(account), intake_(intake), refusals_(refusals) {}
  Result<void> Accept(Inbound inbound) override {
    const auto accepted = intake_.AcceptAndWait(account_.channel, account_.account, std::move(inbound));
    if (accepted) return {};
    if (!IsRetryable(accepted.error().kind) && accepted.error().kind != ErrorKind::kUnknown) {
      refusals_.Add(account_.channel, accepted.error());
    }
    return Fail(accepted.error());
  }

 private:
  const Account& account_;
  const Intake& intake_;
  Refusals& refusals_;
};

}  // namespace

void Pollers::Start() {
  for (const auto& account : accounts_) {
    if (account.adapter->PollPeriod() > Millis{0}) threads_.emplace_back([this, &account] { Run(account); });
  }
}

void Pollers::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (auto& t : threads_) t.join();
  threads_.clear();
}

void Pollers::Run(const Account& account) {
  PollAcceptor acceptor(account, intake_, refusals_);
  const auto period = account.adapter->PollPeriod();
  auto pause = period;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    const auto polled = account.adapter->Poll(acceptor);
    metrics::Set("minsheng_poll_ok", {{"channel", account.channel}, {"account", account.account}}, polled ? 1 : 0);
    if (!polled) {
      log::Warn("poll-failed",
                {{"channel", account.channel}, {"account", account.account}, {"error", polled.error().what}});
    }
    // A mailbox that is down is asked less and less often.
    pause = polled ? period : std::min(pause * 2, std::max(kMaxPause, period));
    lock.lock();
    wake_.wait_for(lock, pause, [this] { return stop_; });
  }
}

}  // namespace minsheng::router
