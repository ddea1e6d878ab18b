// SPDX-License-Identifier: Apache-2.0
#include "src/router/worker.h"

#include <algorithm>
#include <thread>

#include "src/base/log.h"
#include "src/base/metrics.h"

namespace minsheng::router {
namespace {

constexpr Millis kReadWait{200};
constexpr Millis kPauseWhenDown{200};
constexpr Millis kTrimPeriod{60'000};
constexpr Millis kKeepAcknowledged{3'600'000};

}  // namespace

void Worker::Run(const std::atomic<bool>& stop) {
  stop_ = &stop;
  trimmed_at_ = clock_.Monotonic();
  while (!stop) {
    RunOnce(kReadWait);
    if (clock_.Monotonic() - trimmed_at_ < kTrimPeriod) continue;
    trimmed_at_ = clock_.Monotonic();
    Trim(kKeepAcknowledged);
  }
  reader_->ReleaseLeases();
}

void Worker::Trim(Millis keep) {
  if (const auto n = reader_->Trim(keep); !n) log::Warn("trim-failed", {{"error", n.error().what}});
}

void Worker::Pause() { std::this_thread::sleep_for(kPauseWhenDown); }

std::optional<Knowledge> Worker::WaitForRules() {
  for (;;) {
    auto knowledge = current_();
    if (knowledge.rules) return knowledge;
    if (stop_ == nullptr || *stop_) return std::nullopt;
    Pause();
  }
}

std::vector<store::Decision> Worker::DecideAll(const std::vector<stream::Entry>& entries, const Knowledge& knowledge) {
  std::vector<store::Decision> decisions;
  decisions.reserve(entries.size());
  std::size_t compared = 0;
  for (const auto& entry : entries) {
    decisions.push_back(Decide(entry, knowledge, scratch_, policy_));
    decisions.back().shadow = JudgeInShadow(decisions.back(), knowledge, shadow_scratch_);
    compared += decisions.back().shadow ? 1 : 0;
  }
  if (compared > 0) metrics::Count("minsheng_shadow_compared_total", {}, static_cast<double>(compared));
  return decisions;
}

int Worker::RunOnce(Millis wait) {
  // Nothing is taken from the stream that cannot be decided: it stays there, not counted as a try.
  if (!current_().rules) {
    Pause();
    return 0;
  }
  const auto entries = reader_->Read(kBatch, wait);
  if (!entries) {
    log::Warn("read-failed", {{"error", entries.error().what}});
    Pause();
    return 0;
  }
  if (entries->empty()) return 0;
  const auto knowledge = WaitForRules();
  if (!knowledge) {
    reader_->GiveBack(*entries);  // they stay pending and come again
    return 0;
  }
  return CommitAndAck(*entries, DecideAll(*entries, *knowledge));
}

int Worker::CommitAndAck(const std::vector<stream::Entry>& entries, const std::vector<store::Decision>& decisions) {
  for (;;) {
    const auto outcomes = store_.Commit(decisions);
    if (outcomes) return Finished(entries, *outcomes);
    log::Error("commit-failed", {{"entries", entries.size()}, {"error", outcomes.error().what}});
    metrics::Count("minsheng_commit_failed_total", {{"kind", Label(outcomes.error().kind)}});
    // What may have been committed is found to be a repeat: each message has its identity.
    const bool again = IsRetryable(outcomes.error().kind) || outcomes.error().kind == ErrorKind::kUnknown;
    if (!again) return OneByOne(entries, decisions);
    if (stop_ != nullptr && *stop_) return 0;  // they stay pending and come again after the start
    Pause();
  }
}

// Something in this batch cannot be written. Each entry alone, in order; the one that fails is
// given back with the later ones of its partition, so that a sender's order holds, and ends up
// parked when its counter runs out.
int Worker::OneByOne(const std::vector<stream::Entry>& entries, const std::vector<store::Decision>& decisions) {
  int ended = 0;
  std::vector<stream::Entry> back;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool held =
        std::any_of(back.begin(), back.end(), [&](const auto& e) { return e.partition == entries[i].partition; });
    const auto outcome = held ? MakeError(ErrorKind::kConflict, "") : store_.Commit({decisions[i]});
    if (outcome) {
      ended += Finished({entries[i]}, *outcome);
    } else {
      if (!held) log::Error("entry-failed", {{"message", entries[i].id}, {"error", outcome.error().what}});
      back.push_back(entries[i]);
    }
  }
  reader_->GiveBack(back);
  return ended;
}

int Worker::Finished(const std::vector<stream::Entry>& entries, const std::vector<store::Outcome>& outcomes) {
  for (const auto& o : outcomes) {
    metrics::Count("minsheng_messages_total",
                   {{"bucket", store::ToWord(o.bucket)}, {"repeat", o.duplicate ? "1" : "0"}});
  }
  committed_(outcomes);
  if (const auto ok = reader_->Ack(entries); !ok) log::Warn("ack-failed", {{"error", ok.error().what}});
  return static_cast<int>(entries.size());
}

}  // namespace minsheng::router
