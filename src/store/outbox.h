// SPDX-License-Identifier: Apache-2.0
// Rows of the outbox: what has to leave the system. Plain data; Store moves them.
#pragma once
#include <string>
#include <string_view>

#include "src/base/clock.h"

namespace minsheng::store {

// Something that has to leave the system, written in the transaction that decided it.
struct OutboxDraft {
  std::string kind;     // "reply", "dispatch-webhook", "dispatch-mail"
  std::string channel;  // replies: channel and account; else empty
  std::string account;
  std::string target;   // replies: Message::sender; dispatch: unit id
  std::string payload;  // JSON: Reply, or the order as the unit may see it
  Time not_before{};
  Time prefer_passive_until{};  // an open request may take it until then (design 11.8); 0 = never
};

enum class OutboxState { kPending, kSending, kSent, kFailed, kUnknown };
std::string_view ToWord(OutboxState s);

struct OutboxRow {
  std::string id;  // ULID; also the idempotency key towards the other side
  OutboxDraft draft;
  OutboxState state = OutboxState::kPending;
  int attempts = 0;  // claims so far, this one included
  std::string claim_token;
  std::string request_id;
  std::string order_number;
  std::string wire_body;  // what a passive answer carried; a platform's retry gets the same
  std::string last_error;
  std::string platform_id;
  Time created_at{};
  Time next_at{};
  Time finished_at{};
};

// An outbox row that is to ride on an open request, and the answer's body that carries it.
struct PassiveClaim {
  std::string outbox_id;
  std::string body;
};

// How the sending of an outbox row ended.
struct FinishedRow {
  std::string outbox_id;
  std::string claim_token;
  OutboxState state = OutboxState::kSent;
  std::string error;
  std::string platform_id;
  Time next_at{};  // of kPending
};

}  // namespace minsheng::store
