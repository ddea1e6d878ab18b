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
  // Nobody is woken: the thread never sleeps longer than a new call may wait.
  shared_->waiting[message_id].push_back({std::move(call), clock_.Monotonic() + kHold});
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
    for (auto& w : at->second) {
      w.durable = w.ready = true;
      w.silent = !o.duplicate && o.outbox_ids.empty();
    }
  }
  shared_->wake.notify_all();
}

void PassiveDesk::Run() {
  auto& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  for (;;) {
    const auto now = clock_.Monotonic();
    auto next = now + kHold;
    std::vector<Case> due;
    std::vector<std::string> look;
    for (auto at = shared.waiting.begin(); at != shared.waiting.end();) {
      auto& calls = at->second;
      if (shared.stop ||
          std::any_of(calls.begin(), calls.end(), [&](const Waiting& w) { return w.ready || w.deadline <= now; })) {
        due.push_back({at->first, std::move(calls), {}, {}, {}});
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
    AnswerAll(std::move(due));
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

// Whatever is due together shares two transactions, however many calls there are.
void PassiveDesk::AnswerAll(std::vector<Case> cases) {
  FindReplies(cases);
  Claim(cases);
  for (auto& c : cases) Send(std::move(c));
}

void PassiveDesk::FindReplies(std::vector<Case>& cases) {
  std::vector<Case*> asked;
  std::vector<std::string> ids;
  for (auto& c : cases) {
    if (std::all_of(c.calls.begin(), c.calls.end(), [](const Waiting& w) { return w.silent; })) continue;
    asked.push_back(&c);
    ids.push_back(c.message_id);
  }
  if (ids.empty()) return;
  const auto replies = store_.RepliesOf(ids);
  if (!replies) {
    log::Warn("passive-read-failed", {{"calls", ids.size()}, {"error", replies.error().what}});
    return;
  }
  for (std::size_t i = 0; i < asked.size(); ++i) Choose((*replies)[i], asked[i]);
}

// What went out once goes out again; else the first Reply that waits and fits.
void PassiveDesk::Choose(const std::vector<store::OutboxRow>& rows, Case* c) {
  const auto& call = c->calls.front().call;
  for (const auto& row : rows) {
    if (row.wire_body.empty()) continue;
    c->answer = call.ack;
    c->answer->body = row.wire_body;
    return;
  }
  for (const auto& row : rows) {
    if (row.state != store::OutboxState::kPending) continue;
    const auto reply = DecodeReply(row.draft.payload);
    if (reply) c->answer = call.passive(*reply);
    if (!c->answer) continue;  // it does not fit a passive answer: the dispatcher sends it
    c->outbox_id = row.id;
    return;
  }
}

// The body is kept before it is written to the wire.
void PassiveDesk::Claim(std::vector<Case>& cases) {
  std::vector<Case*> claimed;
  std::vector<store::PassiveClaim> claims;
  for (auto& c : cases) {
    if (c.outbox_id.empty()) continue;
    claimed.push_back(&c);
    claims.push_back({c.outbox_id, c.answer->body});
  }
  if (claims.empty()) return;
  const auto now = clock_.Now();
  const auto tokens = store_.TakePassive(claims, now, now + kPassiveLease);
  if (!tokens) log::Warn("passive-claim-failed", {{"calls", claims.size()}, {"error", tokens.error().what}});
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    claimed[i]->claim_token = tokens ? (*tokens)[i] : std::string();
    if (claimed[i]->claim_token.empty()) claimed[i]->answer.reset();  // the dispatcher has it, or will
  }
}

// Every call of one message gets the same body; the row counts as sent by the first of them.
void PassiveDesk::Send(Case c) {
  for (auto& waiting : c.calls) {
    auto& call = waiting.call;
    if (!waiting.durable && !c.answer) {
      call.responder.Send(TryAgain());
      continue;
    }
    if (!c.answer || c.claim_token.empty()) {
      call.responder.Send(c.answer ? *c.answer : call.ack);
      continue;
    }
    call.responder.Send(*c.answer, [shared = shared_, id = c.outbox_id, token = c.claim_token](bool written) {
      const std::lock_guard lock(shared->mutex);
      shared->written.push_back({id, token, written});
      shared->wake.notify_all();
    });
    c.claim_token.clear();
  }
}

void PassiveDesk::Record(const std::vector<Written>& written) {
  if (written.empty()) return;
  std::vector<store::FinishedRow> rows;
  for (const auto& [id, token, ok] : written) {
    rows.push_back({id, token, ok ? store::OutboxState::kSent : store::OutboxState::kUnknown,
                    ok ? "" : "the platform's connection was lost", "", clock_.Now()});
  }
  if (const auto done = store_.Finish(rows); !done) {
    log::Warn("passive-finish-failed", {{"rows", rows.size()}, {"error", done.error().what}});
  }
}

}  // namespace minsheng::router
