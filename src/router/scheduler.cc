// SPDX-License-Identifier: Apache-2.0
#include "src/router/scheduler.h"

#include "src/base/log.h"
#include "src/base/metrics.h"

namespace minsheng::router {
namespace {

constexpr Millis kTick{1'000};
constexpr Millis kCheckpointPeriod{30'000};
constexpr int kSearchStepsPerTick = 4;

}  // namespace

void Scheduler::Start() {
  checkpoint_at_ = clock_.Monotonic() + kCheckpointPeriod;
  Tick();
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kTick, [this] { return stop_; })) {
      lock.unlock();
      Tick();
      lock.lock();
    }
  });
}

void Scheduler::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  parts_.refusals.Flush(parts_.store);
}

void Scheduler::Tick() {
  std::string why;
  const auto note = [&](std::string_view part, const Result<void>& result) {
    if (!result) why += (why.empty() ? "" : "\n") + std::string(part) + ": " + std::string(Label(result.error().kind));
    if (!result) log::Warn("not-ready", {{"part", part}, {"error", result.error().what}});
  };
  note("store", parts_.store.Probe());
  note("rules", parts_.rules.Health());
  note("stream",
       parts_.appender.Ready() ? Result<void>{} : MakeError(ErrorKind::kUnavailable, "the stream takes nothing"));
  {
    const std::lock_guard lock(mutex_);
    not_ready_ = why;
  }
  parts_.refusals.Flush(parts_.store);
  Gauges();
  BuildSearch();
  AskUnits();
  for (const auto& sweep : sweeps_) sweep();
  if (clock_.Monotonic() < checkpoint_at_) return;
  checkpoint_at_ = clock_.Monotonic() + kCheckpointPeriod;
  if (const auto done = parts_.store.Checkpoint(); !done)
    log::Warn("checkpoint-failed", {{"error", done.error().what}});
}

void Scheduler::BuildSearch() {
  for (int i = 0; i < kSearchStepsPerTick; ++i) {
    const auto done = parts_.store.Search().Sweep();
    if (!done && !search_failing_) log::Warn("search-not-built", {{"error", done.error().what}});
    search_failing_ = !done;
    if (!done || *done == 0) break;
  }
  if (const auto state = parts_.store.Search().ReadState())
    metrics::Set("minsheng_search_waiting", {}, static_cast<double>(state->waiting + state->changed));
}

void Scheduler::AskUnits() {
  const auto asked = article_asker_.Step(parts_.rules.Current(), clock_.Now());
  if (!asked) log::Warn("articles-not-asked", {{"error", asked.error().what}});
  if (asked && *asked > 0) log::Info("articles-asked", {{"articles", *asked}});
}

std::string Scheduler::NotReady() const {
  const std::lock_guard lock(mutex_);
  // A version of the rules that cannot be used is known at once, with its reason.
  if (const auto rules = parts_.rules.Health(); !rules) return "rules: " + rules.error().what;
  // The stream's state is asked for at once: a second is long when platforms are waiting.
  if (not_ready_.empty() && !parts_.appender.Ready()) return "stream: unavailable";
  return not_ready_;
}

void Scheduler::Gauges() {
  const auto stats = parts_.redis.ReadStats();
  if (!stats) return;
  metrics::Set("minsheng_stream_waiting", {}, static_cast<double>(stats->waiting));
  metrics::Set("minsheng_stream_pending", {}, static_cast<double>(stats->pending));
  metrics::Set("minsheng_stream_length", {}, static_cast<double>(stats->length));
  metrics::Set("minsheng_stream_oldest_waiting_seconds", {}, static_cast<double>(stats->oldest_waiting_ms) / 1000);
}

}  // namespace minsheng::router
