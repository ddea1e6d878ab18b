// SPDX-License-Identifier: Apache-2.0
#include "src/router/dispatcher.h"

#include <algorithm>

#include "src/base/log.h"
#include "src/base/metrics.h"
#include "src/base/ulid.h"

namespace minsheng::router {
namespace {

constexpr Millis kSendLease{120'000};  // longer than any sender may take
constexpr int kRowsPerTurn = 1;        // a claim must not run out while its row waits behind a slow one
constexpr Millis kIdle{500};

bool IsReply(const store::OutboxRow& row) { return row.draft.kind == "reply"; }

}  // namespace

Millis BackOff(int attempts) {
  constexpr std::int64_t kMax = 3'600'000;
  constexpr std::int64_t kFirst = 2'000;
  return Millis{std::min(kMax, kFirst << std::min(attempts - 1, 20))};
}

void Dispatcher::Wake() {
  {
    const std::lock_guard lock(mutex_);
    ++news_;
  }
  wake_.notify_one();
}

void Dispatcher::Run(const std::atomic<bool>& stop) {
  while (!stop) {
    if (RunOnce() > 0) continue;
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kIdle, [&] { return news_ > 0 || stop; }) && news_ > 0) --news_;
  }
}

int Dispatcher::RunOnce() {
  const auto now = clock_.Now();
  const auto rows = store_.TakeDue(now, now + kSendLease, kRowsPerTurn);
  if (!rows) {
    log::Warn("outbox-read-failed", {{"error", rows.error().what}});
    return 0;
  }
  for (const auto& row : *rows) SendOne(row);
  return static_cast<int>(rows->size());
}

void Dispatcher::SendOne(const store::OutboxRow& row) {
  using store::OutboxState;
  const auto sender = senders_.find(row.draft.kind);
  const auto sent = sender == senders_.end()
                        ? Result<Receipt>(MakeError(ErrorKind::kInternal, "no way to send a " + row.draft.kind))
                        : sender->second(row);
  const auto now = clock_.Now();
  if (sent) {
    Finish(row, OutboxState::kSent, "", sent->call_back_task ? "call-back" : sent->platform_id, now);
    if (!IsReply(row)) Tell(row, orders::Act::kDeliver, row.draft.kind + " -> " + row.draft.target);
    return;
  }
  const auto& error = sent.error();
  log::Warn("send-failed",
            {{"outbox", row.id}, {"kind", row.draft.kind}, {"error_kind", Label(error.kind)}, {"error", error.what}});
  const bool repeat = IsRetryable(error.kind) || (error.kind == ErrorKind::kUnknown && !IsReply(row));
  if (repeat && row.attempts < kMaxAttempts) {
    Finish(row, OutboxState::kPending, error.what, "", now + BackOff(row.attempts));
  } else {
    Finish(row, error.kind == ErrorKind::kUnknown ? OutboxState::kUnknown : OutboxState::kFailed, error.what, "", now);
    if (!IsReply(row)) Tell(row, orders::Act::kNote, "未送达 not delivered: " + row.draft.target + ": " + error.what);
  }
}

void Dispatcher::Finish(const store::OutboxRow& row, store::OutboxState state, const std::string& error,
                        const std::string& platform_id, Time next_at) {
  metrics::Count("minsheng_outbox_total", {{"kind", row.draft.kind}, {"state", store::ToWord(state)}});
  const auto done = store_.Finish(row.id, row.claim_token, state, error, platform_id, next_at);
  if (!done) {
    // The claim runs out and the row is looked at again: a reply as unknown, a dispatch by its id.
    log::Error("outbox-finish-failed", {{"outbox", row.id}, {"error", done.error().what}});
  } else if (!*done) {
    log::Warn("outbox-claim-lost", {{"outbox", row.id}});
  }
}

// Whether the unit's side took the order belongs on its timeline.
void Dispatcher::Tell(const store::OutboxRow& row, orders::Act act, const std::string& words) {
  if (row.order_number.empty()) return;
  orders::Event event;
  event.id = NewUlid(clock_.Now());
  event.act = act;
  event.actor = "system";
  event.reason = words;
  event.at = clock_.Now();
  if (const auto done = store_.Act(row.order_number, event); !done) {
    log::Warn("deliver-event-failed", {{"order", row.order_number}, {"error", done.error().what}});
  }
}

}  // namespace minsheng::router
