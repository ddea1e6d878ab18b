// SPDX-License-Identifier: Apache-2.0
#include "src/router/passive_desk.h"

#include <algorithm>

#include "src/base/log.h"
#include "src/router/answers.h"

namespace minsheng::router {
namespace {

constexpr Millis kPassiveLease{15'000};  // longer than any platform keeps its call open

}  // namespace

PassiveDesk::PassiveDesk(store::Store& store, const Clock& clock)
    : store_(store), clock_(clock), thread_([this] { Run(); }) {}

PassiveDesk::~PassiveDesk() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stop = true;
  }
  shared_->wake.notify_all();
  thread_.join();
}

void PassiveDesk::Hold(const std::string& message_id, Call call) {
  const std::lock_guard lock(shared_->mutex);
  shared_->waiting[message_id].push_back({std::move(call), clock_.Monotonic() + kHold});
  shared_->wake.notify_all();
}

std::optional<PassiveDesk::Call> PassiveDesk::Release(const std::string& message_id) {
  const std::lock_guard lock(shared_->mutex);
  const auto at = shared_->waiting.find(message_id);
  if (at == shared_->waiting.end()) return std::nullopt;
  auto call = std::move(at->second.front().call);
  shared_->waiting.erase(at);
  return call;
}

void PassiveDesk::Durable(const std::string& message_id) {
  const std::lock_guard lock(shared_->mutex);
  const auto at = shared_->waiting.find(message_id);
  if (at == shared_->waiting.end()) return;
  for (auto& w : at->second) w.durable = true;
}

void PassiveDesk::MoveTo(const std::string& message_id, const std::string& first_id) {
  const std::lock_guard lock(shared_->mutex);
  const auto at = shared_->waiting.find(message_id);
  if (at == shared_->waiting.end()) return;
  auto calls = std::move(at->second);
  shared_->waiting.erase(at);
  for (auto& call : calls) {
    call.durable = call.look = true;
    shared_->waiting[first_id].push_back(std::move(call));
  }
  shared_->wake.notify_all();
}

void PassiveDesk::Committed(const std::vector<store::Outcome>& outcomes) {
  const std::lock_guard lock(shared_->mutex);
  for (const auto& o : outcomes) {
    const auto at = shared_->waiting.find(o.message_id);
    if (at == shared_->waiting.end()) continue;
    for (auto& w : at->second) w.durable = w.ready = true;
    shared_->wake.notify_all();
  }
}

void PassiveDesk::Run() {
  auto& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  for (;;) {
    const auto now = clock_.Monotonic();
    auto next = now + kHold;
    std::vector<std::pair<std::string, std::vector<Waiting>>> due;
    std::vector<std::string> look;
    for (auto at = shared.waiting.begin(); at != shared.waiting.end();) {
      auto& calls = at->second;
      if (shared.stop ||
          std::any_of(calls.begin(), calls.end(), [&](const Waiting& w) { return w.ready || w.deadline <= now; })) {
        due.emplace_back(at->first, std::move(calls));
        at = shared.waiting.erase(at);
      } else {
        bool look_for_it = false;
        for (auto& w : calls) {
          next = std::min(next, w.deadline);
          look_for_it = std::exchange(w.look, false) || look_for_it;
        }
        if (look_for_it) look.push_back(at->first);
        ++at;
      }
    }
    const auto written = std::exchange(shared.written, {});
    if (due.empty() && written.empty() && look.empty()) {
      if (shared.stop) return;
      shared.wake.wait_for(lock, next - now);
      continue;
    }
    lock.unlock();
    Record(written);
    for (auto& [id, calls] : due) AnswerAll(id, std::move(calls));
    LookFor(look);
    lock.lock();
  }
}

// The calls stay where they are meanwhile: a commit after the look finds them by itself.
void PassiveDesk::LookFor(const std::vector<std::string>& message_ids) {
  for (const auto& id : message_ids) {
    const auto outcome = store_.OutcomeOf(id);
    if (!outcome || !*outcome) continue;
    const std::lock_guard lock(shared_->mutex);
    const auto at = shared_->waiting.find(id);
    if (at == shared_->waiting.end()) continue;
    for (auto& w : at->second) w.ready = true;
  }
}

// Every call of one message gets the same body; the row counts as sent by the first of them.
void PassiveDesk::AnswerAll(const std::string& message_id, std::vector<Waiting> calls) {
  auto answered = BodyFor(message_id, calls.front().call);
  for (auto& waiting : calls) {
    auto& call = waiting.call;
    if (!waiting.durable && !answered) {
      call.responder.Send(TryAgain());
      continue;
    }
    if (!answered || answered->outbox_id.empty()) {
      call.responder.Send(answered ? answered->response : call.ack);
      continue;
    }
    call.responder.Send(answered->response,
                        [shared = shared_, id = answered->outbox_id, token = answered->claim_token](bool written) {
                          const std::lock_guard lock(shared->mutex);
                          shared->written.push_back({id, token, written});
                          shared->wake.notify_all();
                        });
    answered->outbox_id.clear();
  }
}

std::optional<PassiveDesk::Answered> PassiveDesk::BodyFor(const std::string& message_id, const Call& call) {
  const auto rows = store_.RepliesOf(message_id);
  if (!rows) return std::nullopt;
  for (const auto& row : *rows) {
    if (row.wire_body.empty()) continue;
    Answered kept{call.ack, "", ""};
    kept.response.body = row.wire_body;
    return kept;
  }
  for (const auto& row : *rows) {
    if (auto claimed = Claim(row, call)) return claimed;
  }
  return std::nullopt;
}

std::optional<PassiveDesk::Answered> PassiveDesk::Claim(const store::OutboxRow& row, const Call& call) {
  if (row.state != store::OutboxState::kPending) return std::nullopt;
  const auto reply = DecodeReply(row.draft.payload);
  const auto response = reply ? call.passive(*reply) : std::nullopt;
  if (!response) return std::nullopt;  // it does not fit a passive answer: the dispatcher sends it
  const auto now = clock_.Now();
  const auto taken = store_.TakePassive(row.id, now, now + kPassiveLease);
  if (!taken || !*taken) return std::nullopt;
  const auto& token = (*taken)->claim_token;
  if (!store_.KeepWireBody(row.id, token, response->body)) {
    (void)store_.Finish(row.id, token, store::OutboxState::kPending, "", "", now);
    return std::nullopt;
  }
  return Answered{*response, row.id, token};
}

void PassiveDesk::Record(const std::vector<Written>& written) {
  for (const auto& [id, token, ok] : written) {
    const auto done = store_.Finish(id, token, ok ? store::OutboxState::kSent : store::OutboxState::kUnknown,
                                    ok ? "" : "the platform's connection was lost", "", clock_.Now());
    if (!done) log::Warn("passive-finish-failed", {{"outbox", id}, {"error", done.error().what}});
  }
}

}  // namespace minsheng::router
